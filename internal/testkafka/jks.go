package testkafka

import (
	"bytes"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the JKS format is defined by it
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"time"
	"unicode/utf16"
)

// A Java key store (JKS) is what every Kafka version reads on every JDK; PEM
// files came with Kafka 2.7 (KIP-651) only.

const (
	jksMagic   = 0xfeedfeed
	jksVersion = 2
	jksKey     = 1
	jksCert    = 2
)

var oidJKSProtection = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 42, 2, 17, 1, 1}

// keyStore returns a JKS with one private key (PKCS #8, DER) and its chain.
func keyStore(password string, pkcs8 []byte, chain ...[]byte) ([]byte, error) {
	protected, err := protectKey(password, pkcs8)
	if err != nil {
		return nil, err
	}
	b := jksHeader(jksKey)
	b = jksBytes(b, protected)
	b = binary.BigEndian.AppendUint32(b, uint32(len(chain)))
	for _, cert := range chain {
		b = jksCertificate(b, cert)
	}
	return jksSeal(password, b), nil
}

// trustStore returns a JKS with one trusted certificate (DER).
func trustStore(password string, cert []byte) []byte {
	return jksSeal(password, jksCertificate(jksHeader(jksCert), cert))
}

// jksHeader opens a store of one entry.
func jksHeader(entry uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, jksMagic)
	b = binary.BigEndian.AppendUint32(b, jksVersion)
	b = binary.BigEndian.AppendUint32(b, 1)
	b = binary.BigEndian.AppendUint32(b, entry)
	b = jksString(b, "entry")
	return binary.BigEndian.AppendUint64(b, uint64(time.Now().UnixMilli()))
}

func jksString(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

func jksBytes(b, data []byte) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(data))), data...)
}

func jksCertificate(b, cert []byte) []byte {
	return jksBytes(jksString(b, "X.509"), cert)
}

// jksSeal appends the digest that Java checks on loading.
func jksSeal(password string, b []byte) []byte {
	h := sha1.New()
	h.Write(jksPassword(password))
	h.Write([]byte("Mighty Aphrodite"))
	h.Write(b)
	return h.Sum(b)
}

// jksPassword is the password as UTF-16, big endian.
func jksPassword(s string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		b = binary.BigEndian.AppendUint16(b, unit)
	}
	return b
}

// protectKey encrypts a key as Java's JKS does: a key stream of chained SHA-1
// sums over a salt, with a check sum at the end.
func protectKey(password string, key []byte) ([]byte, error) {
	secret := jksPassword(password)
	salt := make([]byte, sha1.Size)
	if _, err := rand.Read(salt); err != nil {
		return nil, err
	}
	out := bytes.Clone(salt)
	digest := salt
	for i, c := range key {
		if i%sha1.Size == 0 {
			sum := sha1.Sum(append(bytes.Clone(secret), digest...))
			digest = sum[:]
		}
		out = append(out, c^digest[i%sha1.Size])
	}
	check := sha1.Sum(append(bytes.Clone(secret), key...))
	return asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}{
		pkix.AlgorithmIdentifier{Algorithm: oidJKSProtection, Parameters: asn1.NullRawValue},
		append(out, check[:]...),
	})
}
