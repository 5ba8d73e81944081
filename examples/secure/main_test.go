package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/kafkatest"
)

func TestListTopics(t *testing.T) {
	server, ca := certificate(t)
	broker := kafkatest.New(t, kafkatest.Topic("orders", 1), kafkatest.TLS(server), kafkatest.User(kafkatest.ScramSHA512, "alice", "in wonderland"))

	dialer, err := newDialer(ca, "alice", "in wonderland")
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, listTopics(t.Context(), &out, dialer, broker.Addr()))
	require.Equal(t, "orders/0 is led by broker 0\n", out.String())

	dialer, err = newDialer(ca, "alice", "behind the looking-glass")
	require.NoError(t, err)
	err = listTopics(t.Context(), io.Discard, dialer, broker.Addr())
	require.Error(t, err)
	require.NotContains(t, err.Error(), "looking-glass", "no password in an error")

	dialer, err = newDialer("", "alice", "in wonderland")
	require.NoError(t, err)
	require.Error(t, listTopics(t.Context(), io.Discard, dialer, broker.Addr()), "the system does not know the authority")
}

func TestNewDialerNeedsCertificates(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	_, err := newDialer(empty, "alice", "in wonderland")
	require.ErrorContains(t, err, "holds no certificate")
	_, err = newDialer(empty+".missing", "alice", "in wonderland")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// certificate returns a server configuration for 127.0.0.1 and a PEM file of the authority that signed it.
func certificate(t *testing.T) (server *tls.Config, ca string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotAfter:              time.Now().Add(time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	require.NoError(t, err)
	ca = filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, ca
}
