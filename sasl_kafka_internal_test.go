package kafka

import (
	"context"
	"crypto/tls"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// saslDial connects to a listener and authenticates.
func saslDial(t *testing.T, addr string, tlsConfig *tls.Config, mech sasl.Mechanism) (*protocol.Conn, error) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, 10*time.Second)
	require.NoError(t, err)
	if tlsConfig != nil {
		conn = tls.Client(conn, tlsConfig)
	}
	pc := protocol.NewConnWith(conn, protocol.ConnOptions{ClientID: "sasl test", Broker: addr})
	t.Cleanup(func() { _ = pc.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	host, portText, err := net.SplitHostPort(addr)
	require.NoError(t, err)
	port, err := strconv.Atoi(portText)
	require.NoError(t, err)
	return pc, authenticate(ctx, pc, mech, host, port)
}

// TestKafkaSASL runs the exchange with real brokers: those before 1.0 take bare
// tokens and refuse by hanging up.
func TestKafkaSASL(t *testing.T) {
	for _, version := range testkafka.MatrixVersions() {
		t.Run(version, func(t *testing.T) {
			k := testkafka.Start(t, testkafka.Config{
				Version:   version,
				Listeners: []testkafka.Security{testkafka.SSL, testkafka.SASLPlaintext, testkafka.SASLSSL},
				Users:     map[string]string{"jane": saslPassword},
			})
			t.Run("PLAIN", func(t *testing.T) { testKafkaSASL(t, k, plainMechanism) })
			if version != "0.10.1.1" {
				t.Run("SCRAM-SHA-256", func(t *testing.T) { testKafkaSASL(t, k, scramMechanism(scram.SHA256)) })
				t.Run("SCRAM-SHA-512", func(t *testing.T) { testKafkaSASL(t, k, scramMechanism(scram.SHA512)) })
			}
			t.Run("refused", func(t *testing.T) { testKafkaSASLRefused(t, k) })
		})
	}
}

type mechanismOf func(t *testing.T, username, password string) sasl.Mechanism

func plainMechanism(t *testing.T, username, password string) sasl.Mechanism {
	return plain.Mechanism{Username: username, Password: password}
}

func scramMechanism(algo scram.Algorithm) mechanismOf {
	return func(t *testing.T, username, password string) sasl.Mechanism {
		mech, err := scram.Mechanism(algo, username, password)
		require.NoError(t, err)
		return mech
	}
}

func testKafkaSASL(t *testing.T, k *testkafka.Cluster, mechanism mechanismOf) {
	listeners := map[testkafka.Security]*tls.Config{testkafka.SASLPlaintext: nil, testkafka.SASLSSL: k.TLSConfig()}
	for listener, tlsConfig := range listeners {
		if tlsConfig != nil {
			tlsConfig.ServerName = "localhost"
		}
		addr := k.Addr(listener, 1)
		pc, err := saslDial(t, addr, tlsConfig, mechanism(t, "jane", saslPassword))
		require.NoError(t, err)
		res, err := pc.RoundTrip(&metadata.Request{})
		require.NoError(t, err)
		require.Len(t, res.(*metadata.Response).Brokers, 1)

		for _, user := range []string{"jane", "nobody"} {
			_, err = saslDial(t, addr, tlsConfig, mechanism(t, user, "another-"+saslPassword))
			require.ErrorIs(t, err, SASLAuthenticationFailed)
			require.NotContains(t, err.Error(), saslPassword)
			t.Log(err)
		}
	}
}

func testKafkaSASLRefused(t *testing.T, k *testkafka.Cluster) {
	jane := plain.Mechanism{Username: "jane", Password: saslPassword}

	_, err := saslDial(t, k.Addr(testkafka.SASLPlaintext, 1), nil, scripted{})
	require.ErrorIs(t, err, UnsupportedSASLMechanism)
	require.ErrorContains(t, err, "PLAIN")
	t.Log(err)

	_, err = saslDial(t, k.Addr(testkafka.Plaintext, 1), nil, jane)
	require.ErrorIs(t, err, IllegalSASLState)
	t.Log(err)

	for _, listener := range []testkafka.Security{testkafka.SSL, testkafka.SASLSSL} {
		_, err = saslDial(t, k.Addr(listener, 1), nil, jane)
		require.ErrorContains(t, err, "TLS")
		t.Log(err)
	}
}
