package kafkatest_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/kafkatest"
)

const (
	metadata    = 3
	apiVersions = 18
)

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && !goroutinesEnd() {
		fmt.Fprintln(os.Stderr, "goroutines of a closed broker are still running:")
		fmt.Fprintln(os.Stderr, brokerStacks())
		code = 1
	}
	os.Exit(code)
}

func TestBrokerAnswersApiVersions(t *testing.T) {
	conn := dial(t, kafkatest.New(t).Addr())
	answer := exchange(t, conn, apiVersions, 0, nil)

	require.Zero(t, binary.BigEndian.Uint16(answer), "error code")
	count := int(binary.BigEndian.Uint32(answer[2:]))
	entries := answer[6:]
	require.Len(t, entries, 6*count)
	highest := map[uint16]uint16{}
	for ; len(entries) > 0; entries = entries[6:] {
		highest[binary.BigEndian.Uint16(entries)] = binary.BigEndian.Uint16(entries[4:])
	}
	assert.GreaterOrEqual(t, highest[apiVersions], uint16(3), "flexible versions")
	assert.Contains(t, highest, uint16(metadata))
}

func TestMetadataNamesEveryBrokerAndTopic(t *testing.T) {
	b := kafkatest.New(t, kafkatest.Brokers(3), kafkatest.Topic("orders", 3), kafkatest.Topic("payments", 1))
	require.Len(t, b.Addrs(), 3)
	require.Equal(t, b.Addrs()[0], b.Addr())
	require.NoError(t, b.CreateTopic("later", 2))

	all := []byte{0xff, 0xff, 0xff, 0xff} // a null array of topics: all of them
	answer := exchange(t, dial(t, b.Addr()), metadata, 1, all)
	require.Equal(t, uint32(3), binary.BigEndian.Uint32(answer))
	for _, name := range []string{"127.0.0.1", "orders", "payments", "later"} {
		assert.True(t, bytes.Contains(answer, []byte(name)), name)
	}
}

func TestListenTakesConsecutivePorts(t *testing.T) {
	first := consecutivePorts(t)
	b := kafkatest.New(t, kafkatest.Listen(fmt.Sprintf("localhost:%d", first)), kafkatest.Brokers(2))
	for i, addr := range b.Addrs() {
		assert.True(t, strings.HasSuffix(addr, fmt.Sprintf(":%d", first+i)), addr)
	}
}

func TestStartFreesThePortsItTookWhenOneIsMissing(t *testing.T) {
	first := consecutivePorts(t)
	taken, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first+1))
	require.NoError(t, err)
	defer taken.Close()

	_, err = kafkatest.Start(kafkatest.Listen(fmt.Sprintf("127.0.0.1:%d", first)), kafkatest.Brokers(2))
	require.ErrorContains(t, err, "address already in use")
	free, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first))
	require.NoError(t, err)
	require.NoError(t, free.Close())
}

func TestStartReportsEveryInvalidOption(t *testing.T) {
	_, err := kafkatest.Start(
		kafkatest.Brokers(0),
		kafkatest.Topic("", 1),
		kafkatest.Topic("none", 0),
		kafkatest.AutoCreateTopics(0),
		kafkatest.Listen("127.0.0.1:kafka"),
		kafkatest.TLS(nil),
		kafkatest.User("GSSAPI", "alice", "secret"),
	)
	require.Error(t, err)
	for _, text := range []string{
		"0", `invalid topic name ""`, `topic "none"`, `cannot listen on "127.0.0.1:kafka"`, "TLS needs", `mechanism "GSSAPI"`,
	} {
		assert.ErrorContains(t, err, text)
	}
	assert.NotContains(t, err.Error(), "secret")
}

func TestCreateTopicRefusesWhatABrokerRefuses(t *testing.T) {
	b := kafkatest.New(t, kafkatest.Topic("orders", 1))
	require.ErrorContains(t, b.CreateTopic("orders", 1), "TOPIC_ALREADY_EXISTS")
	require.ErrorContains(t, b.CreateTopic("or ders", 1), "invalid topic name")
	require.ErrorContains(t, b.CreateTopic("none", 0), "at least 1 partition")
}

func TestCloseEndsConnectionsAndIsIdempotent(t *testing.T) {
	b, err := kafkatest.Start()
	require.NoError(t, err)
	conn := dial(t, b.Addr())
	exchange(t, conn, apiVersions, 0, nil)

	require.NoError(t, b.Close())
	require.NoError(t, b.Close())
	_, err = conn.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	_, err = net.Dial("tcp", b.Addr())
	require.Error(t, err)
}

func TestNewStopsTheBrokerWithItsTest(t *testing.T) {
	var b *kafkatest.Broker
	t.Run("user", func(t *testing.T) { b = kafkatest.New(t) })
	_, err := net.Dial("tcp", b.Addr())
	require.Error(t, err)
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	return conn
}

// exchange sends one request with a null client id and returns the body of its answer.
func exchange(t *testing.T, conn net.Conn, key, version int16, body []byte) []byte {
	t.Helper()
	const correlation = 7
	frame := binary.BigEndian.AppendUint16(make([]byte, 4), uint16(key))
	frame = binary.BigEndian.AppendUint16(frame, uint16(version))
	frame = binary.BigEndian.AppendUint32(frame, correlation)
	frame = append(frame, 0xff, 0xff)
	frame = append(frame, body...)
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	_, err := conn.Write(frame)
	require.NoError(t, err)

	var size [4]byte
	_, err = io.ReadFull(conn, size[:])
	require.NoError(t, err)
	answer := make([]byte, binary.BigEndian.Uint32(size[:]))
	_, err = io.ReadFull(conn, answer)
	require.NoError(t, err)
	require.Equal(t, uint32(correlation), binary.BigEndian.Uint32(answer))
	return answer[4:]
}

// consecutivePorts returns the first of two neighbouring ports that are free at the moment.
func consecutivePorts(t *testing.T) int {
	t.Helper()
	for range 100 {
		one, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		port := one.Addr().(*net.TCPAddr).Port
		next, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port+1))
		require.NoError(t, one.Close())
		if err == nil {
			require.NoError(t, next.Close())
			return port
		}
	}
	t.Fatal("no two neighbouring ports are free")
	return 0
}

func goroutinesEnd() bool {
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		if brokerStacks() == "" {
			return true
		}
	}
	return false
}

// brokerStacks returns the stacks of the goroutines that belong to a broker.
func brokerStacks() string {
	buf := make([]byte, 1<<20)
	var found []string
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(stack, "/kfake.") {
			found = append(found, stack)
		}
	}
	return strings.Join(found, "\n\n")
}
