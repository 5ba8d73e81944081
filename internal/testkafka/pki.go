package testkafka

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

const storePassword = "changeit"

// authority is a certificate authority made for one cluster, with what it
// issued.
type authority struct {
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
	serial int64
	client tls.Certificate
	roots  *x509.CertPool
}

// newAuthority makes a CA and writes the brokers' key and trust stores to dir.
func newAuthority(dir string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := certificate(1, "testkafka CA")
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	a := &authority{key: key, serial: 1, roots: x509.NewCertPool()}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	a.roots.AddCert(a.cert)
	if a.client, err = a.issue("client", x509.ExtKeyUsageClientAuth); err != nil {
		return nil, err
	}
	return a, a.writeStores(dir)
}

func certificate(serial int64, name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(48 * time.Hour),
	}
}

func (a *authority) issue(name string, use x509.ExtKeyUsage) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	a.serial++
	template := certificate(a.serial, name)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{use}
	if use == x509.ExtKeyUsageServerAuth {
		template.DNSNames = []string{"localhost"}
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key}, nil
}

func (a *authority) writeStores(dir string) error {
	server, err := a.issue("broker", x509.ExtKeyUsageServerAuth)
	if err != nil {
		return err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(server.PrivateKey)
	if err != nil {
		return err
	}
	keys, err := keyStore(storePassword, pkcs8, server.Certificate...)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "broker.jks"), keys, 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "trust.jks"), trustStore(storePassword, a.cert.Raw), 0o600)
}

// properties are the SSL settings of a broker.
func (a *authority) properties(dir string) map[string]string {
	return map[string]string{
		"ssl.keystore.type":       "JKS",
		"ssl.keystore.location":   filepath.Join(dir, "broker.jks"),
		"ssl.keystore.password":   storePassword,
		"ssl.key.password":        storePassword,
		"ssl.truststore.type":     "JKS",
		"ssl.truststore.location": filepath.Join(dir, "trust.jks"),
		"ssl.truststore.password": storePassword,
		"ssl.client.auth":         "requested",
	}
}

// TLSConfig returns a configuration that trusts the cluster's certificates,
// which are good for localhost, 127.0.0.1 and ::1. It has no client
// certificate. Each call returns a new one. It panics on a cluster that has no
// SSL listener.
func (c *Cluster) TLSConfig() *tls.Config {
	if c.ca == nil {
		panic(fmt.Sprintf("testkafka: the cluster has no %s listener", SSL))
	}
	return &tls.Config{RootCAs: c.ca.roots, ServerName: "localhost", MinVersion: tls.VersionTLS12}
}

// ClientCertificate returns a certificate the brokers accept; its principal is
// User:CN=client. It panics on a cluster that has no SSL listener.
func (c *Cluster) ClientCertificate() tls.Certificate {
	if c.ca == nil {
		panic(fmt.Sprintf("testkafka: the cluster has no %s listener", SSL))
	}
	return c.ca.client
}
