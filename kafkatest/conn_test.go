package kafkatest_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/kafkatest"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

func TestConnWritesAndReads(t *testing.T) {
	b := kafkatest.New(t, kafkatest.Brokers(3), kafkatest.Topic("orders", 6))
	for partition := range 6 {
		conn, err := kafka.DialLeader(t.Context(), "tcp", b.Addr(), "orders", partition)
		require.NoError(t, err)
		assert.Contains(t, b.Addrs(), conn.RemoteAddr().String())
		roundTrip(t, conn)
	}
}

func TestConnWithTLSAndSASL(t *testing.T) {
	server, roots := certificate(t)
	sha256, err := scram.Mechanism(scram.SHA256, "alice", "in wonderland")
	require.NoError(t, err)
	sha512, err := scram.Mechanism(scram.SHA512, "alice", "in wonderland")
	require.NoError(t, err)
	for mechanism, client := range map[kafkatest.Mechanism]sasl.Mechanism{
		kafkatest.Plain:       plain.Mechanism{Username: "alice", Password: "in wonderland"},
		kafkatest.ScramSHA256: sha256,
		kafkatest.ScramSHA512: sha512,
	} {
		t.Run(string(mechanism), func(t *testing.T) {
			b := kafkatest.New(t, kafkatest.Topic("orders", 1), kafkatest.TLS(server), kafkatest.User(mechanism, "alice", "in wonderland"))
			dialer := kafka.Dialer{Timeout: 10 * time.Second, TLS: &tls.Config{RootCAs: roots}, SASLMechanism: client}
			conn, err := dialer.DialLeader(t.Context(), "tcp", b.Addr(), "orders", 0)
			require.NoError(t, err)
			roundTrip(t, conn)

			dialer.SASLMechanism = plain.Mechanism{Username: "mallory", Password: "in wonderland"}
			_, err = dialer.DialContext(t.Context(), "tcp", b.Addr())
			require.Error(t, err, "an unknown user")
		})
	}
}

func TestAutoCreateTopics(t *testing.T) {
	b := kafkatest.New(t, kafkatest.AutoCreateTopics(4))
	conn, err := kafka.DialLeader(t.Context(), "tcp", b.Addr(), "on-demand", 3)
	require.NoError(t, err)
	roundTrip(t, conn)
}

func TestUnknownTopicsStayUnknownByDefault(t *testing.T) {
	b := kafkatest.New(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := kafka.DefaultDialer.LookupPartitions(ctx, "tcp", b.Addr(), "nowhere")
	require.ErrorIs(t, err, kafka.UnknownTopicOrPartition)
}

// roundTrip writes a message, reads it back and closes the connection.
func roundTrip(t *testing.T, conn *kafka.Conn) {
	t.Helper()
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err := conn.WriteMessages(kafka.Message{
		Key: []byte("42"), Value: []byte("paid"), Headers: []kafka.Header{{Key: "trace", Value: []byte("a1")}},
	})
	require.NoError(t, err)
	got, err := conn.ReadMessage(1e6)
	require.NoError(t, err)
	assert.Equal(t, "42", string(got.Key))
	assert.Equal(t, "paid", string(got.Value))
	assert.Equal(t, []kafka.Header{{Key: "trace", Value: []byte("a1")}}, got.Headers)
}

// certificate returns a server configuration for 127.0.0.1 and the pool that trusts it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
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
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}
