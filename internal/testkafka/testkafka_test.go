package testkafka

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

// askVersions exchanges an ApiVersions v0 request and returns the range of each
// API.
func askVersions(t *testing.T, conn net.Conn) map[int16][2]int16 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	answer, err := exchange(ctx, conn, []byte{0, 18, 0, 0, 0, 0, 0, 42, 0, 4, 't', 'e', 's', 't'})
	require.NoError(t, err)
	r := wireReader{b: answer}
	require.Equal(t, int32(42), r.int32(), "correlation id")
	require.Zero(t, binary.BigEndian.Uint16(r.take(2)), "error code")
	ranges := map[int16][2]int16{}
	for range r.int32() {
		b := r.take(6)
		require.NoError(t, r.err)
		ranges[int16(binary.BigEndian.Uint16(b))] = [2]int16{int16(binary.BigEndian.Uint16(b[2:])), int16(binary.BigEndian.Uint16(b[4:]))}
	}
	require.NoError(t, r.err)
	return ranges
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestVersionsStart(t *testing.T) {
	fetch := map[string]int16{"0.10.1.1": 3, "1.1.1": 7, "2.8.2": 12, "4.4.0": 18}
	for version, newest := range fetch {
		t.Run(version, func(t *testing.T) {
			began := time.Now()
			k := Start(t, Config{Version: version})
			t.Logf("up after %v", time.Since(began))
			ranges := askVersions(t, dial(t, k.Brokers()[0]))
			assert.Equal(t, newest, ranges[1][1], "newest Fetch")
			assert.Equal(t, version, k.Version)
		})
	}
}

// TestSecureListeners runs on an old version and the newest, or on those of
// KAFKA_MATRIX.
func TestSecureListeners(t *testing.T) {
	versions := MatrixVersions()
	if len(versions) == 1 {
		versions = append(versions, "0.10.2.2")
	}
	for _, version := range versions {
		t.Run(version, func(t *testing.T) {
			k := Start(t, Config{Version: version, Listeners: []Security{SSL, SASLPlaintext, SASLSSL}, Authorizer: true})
			for _, s := range []Security{SSL, SASLSSL} {
				conn := tls.Client(dial(t, k.Addr(s, 1)), k.TLSConfig())
				require.NoError(t, conn.HandshakeContext(t.Context()), "%s", s)
				assert.NotEmpty(t, askVersions(t, conn), "%s", s)
			}
			config := k.TLSConfig()
			config.Certificates = []tls.Certificate{k.ClientCertificate()}
			assert.NotEmpty(t, askVersions(t, tls.Client(dial(t, k.Addr(SSL, 1)), config)))

			assert.NoError(t, plainLogin(t, k, "alice", "alice-secret"))
			assert.Error(t, plainLogin(t, k, "alice", "wrong"))
			if k.ver.scram() {
				assert.NoError(t, scramFirst(t, k, "alice"))
			}
		})
	}
}

// plainLogin runs SASL/PLAIN: handshake v0, then the token in a bare frame.
func plainLogin(t *testing.T, k *Cluster, user, password string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn := handshake(ctx, t, k, "PLAIN")
	_, err := exchange(ctx, conn, []byte("\x00"+user+"\x00"+password))
	return err
}

// scramFirst sends SCRAM's first message, which only a known user gets an answer
// to.
func scramFirst(t *testing.T, k *Cluster, user string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn := handshake(ctx, t, k, "SCRAM-SHA-512")
	answer, err := exchange(ctx, conn, []byte("n,,n="+user+",r=nonce"))
	if err == nil {
		assert.Contains(t, string(answer), "r=nonce")
	}
	return err
}

func handshake(ctx context.Context, t *testing.T, k *Cluster, mechanism string) net.Conn {
	t.Helper()
	conn := dial(t, k.Addr(SASLPlaintext, 1))
	req := []byte{0, 17, 0, 0, 0, 0, 0, 1, 0, 0, 0, byte(len(mechanism))}
	answer, err := exchange(ctx, conn, append(req, mechanism...))
	require.NoError(t, err)
	require.Greater(t, len(answer), 6)
	require.Equal(t, []byte{0, 0}, answer[4:6], "error code")
	return conn
}

// createTopic asks the node at addr for a topic of one partition.
func createTopic(t *testing.T, addr, topic string) {
	t.Helper()
	// CreateTopics v2: one topic, one partition, one replica.
	req := []byte{0, 19, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, byte(len(topic))}
	req = append(req, topic...)
	req = append(req, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x27, 0x10, 0)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn := dial(t, addr)
	answer, err := exchange(ctx, conn, req)
	require.NoError(t, err)
	require.Contains(t, string(answer), topic+"\x00\x00", "answer: %q", answer)
}

// topicError returns the error code of a topic in Metadata v4, which does not
// create it.
func topicError(ctx context.Context, t *testing.T, addr, topic string) int16 {
	t.Helper()
	req := []byte{0, 3, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, byte(len(topic))}
	req = append(append(req, topic...), 0)
	answer, err := ask(ctx, addr, req)
	require.NoError(t, err)
	r := wireReader{b: answer}
	r.int32() // correlation id
	r.int32() // throttle time
	for range r.int32() {
		r.int32()
		r.string()
		r.int32()
		r.string()
	}
	r.string() // cluster id
	r.int32()  // controller
	require.Equal(t, int32(1), r.int32(), "topics")
	code := int16(binary.BigEndian.Uint16(r.take(2)))
	require.NoError(t, r.err)
	return code
}

func TestNodesComeAndGo(t *testing.T) {
	for _, version := range []string{"2.8.2", Newest} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			lap := time.Now()
			took := func(what string) { t.Logf("%s: %v", what, time.Since(lap)); lap = time.Now() }
			k := Start(t, Config{Version: version, Nodes: 2})
			took("start")
			addr := k.Brokers()[0]
			_, controller, err := askMetadata(t.Context(), addr)
			require.NoError(t, err)
			createTopic(t, k.Brokers()[controller-1], "kept")

			took("create")
			k.Kill(1)
			took("kill")
			_, err = net.DialTimeout("tcp", addr, time.Second)
			require.Error(t, err, "a killed node listens")
			k.Restart(1)
			took("restart")
			assert.Zero(t, topicError(t.Context(), t, addr, "kept"))

			k.Freeze(2)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			_, _, err = askMetadata(ctx, k.Brokers()[1])
			require.ErrorIs(t, err, os.ErrDeadlineExceeded, "a frozen node answers")
			k.Thaw(2)
			_, _, err = askMetadata(t.Context(), k.Brokers()[1])
			require.NoError(t, err)

			took("freeze and thaw")
			k.Stop(2)
			took("stop")
			k.Restart(2)
			took("restart")
			assert.Zero(t, topicError(t.Context(), t, k.Brokers()[1], "kept"))
		})
	}
}

func TestSharedIsOne(t *testing.T) {
	k := Shared(t)
	assert.Same(t, k, Shared(t))
	assert.NotEmpty(t, askVersions(t, dial(t, k.Brokers()[0])))
	if k.external == nil {
		assert.Panics(t, func() { k.Kill(1) })
	}
}

func TestStartFailureShowsTheLog(t *testing.T) {
	require.NoError(t, skipWithoutJava(t))
	_, err := start(Config{Properties: map[string]string{"num.io.threads": "many"}})
	require.Error(t, err)
	assert.ErrorContains(t, err, "num.io.threads")
}

func TestUnknownVersionFails(t *testing.T) {
	for _, version := range []string{"4", "4.x.0", "2.2.0", "-1.0.0"} {
		_, err := start(Config{Version: version})
		assert.Error(t, err, version)
	}
}

func skipWithoutJava(t *testing.T) error {
	t.Helper()
	if err := toolchain(); err != nil {
		unavailable(t, err)
	}
	return nil
}
