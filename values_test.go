package kafka

import (
	"context"
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTCP(t *testing.T) {
	assert.Nil(t, TCP())
	for in, want := range map[string]string{
		"":               ":9092",
		"h":              "h:9092",
		"h:":             "h:",
		"h:1":            "h:1",
		":1":             ":1",
		"127.0.0.1":      "127.0.0.1:9092",
		"::1":            "[::1]:9092",
		"[::1]":          "[::1]:9092",
		"[::1]:2":        "[::1]:2",
		"fe80::1%eth0":   "[fe80::1%eth0]:9092",
		"[fe80::1%e]:3":  "[fe80::1%e]:3",
		"broker.example": "broker.example:9092",
	} {
		addr := TCP(in)
		assert.Equal(t, want, addr.String(), "TCP(%q)", in)
		assert.Equal(t, "tcp", addr.Network())
	}
	several := TCP("a", "b:2", "::1")
	assert.Equal(t, "a:9092,b:2,[::1]:9092", several.String())
	assert.Equal(t, "tcp,tcp,tcp", several.Network())
}

func TestBrokerResolver(t *testing.T) {
	addrs, err := NewBrokerResolver(nil).LookupBrokerIPAddr(context.Background(), Broker{Host: "127.0.0.1", Port: 9092, ID: -1})
	require.NoError(t, err)
	require.Len(t, addrs, 1)
	assert.Equal(t, "127.0.0.1", addrs[0].String())

	_, err = NewBrokerResolver(new(net.Resolver)).LookupBrokerIPAddr(context.Background(), Broker{Host: "no such host."})
	var dns *net.DNSError
	require.ErrorAs(t, err, &dns)
}

func TestLoggerFunc(t *testing.T) {
	var line string
	var l Logger = LoggerFunc(func(msg string, args ...interface{}) { line = fmt.Sprintf(msg, args...) })
	l.Printf("%d%%", 5)
	assert.Equal(t, "5%", line)
}

func TestRequiredAcksAsText(t *testing.T) {
	for text, acks := range map[string]RequiredAcks{
		"none": RequireNone, "one": RequireOne, "all": RequireAll,
		"0": RequireNone, "1": RequireOne, "-1": RequireAll,
	} {
		var got RequiredAcks
		require.NoError(t, got.UnmarshalText([]byte(text)))
		assert.Equal(t, acks, got)
		b, err := acks.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, acks.String(), string(b))
		require.NoError(t, got.UnmarshalText(b))
		assert.Equal(t, acks, got)
	}
	got := RequireOne
	assert.ErrorContains(t, got.UnmarshalText([]byte("most")), `"most"`)
	assert.Equal(t, RequireOne, got)
	assert.Equal(t, "unknown(7)", RequiredAcks(7).String())
}

func TestApiVersionFormat(t *testing.T) {
	fetch := ApiVersion{ApiKey: 1, MinVersion: 2, MaxVersion: 5}
	for format, want := range map[string]string{
		"%s":  "Fetch",
		"%d":  "1",
		"%-d": "2",
		"%+d": "5",
		"%v":  "Fetch[v2:v5]",
		"%-v": "v2",
		"%+v": "v5",
		"%#v": "kafka.ApiVersion{ApiKey:1, MinVersion:2, MaxVersion:5}",
		"%x":  "%!x(kafka.ApiVersion=Fetch[v2:v5])",
	} {
		assert.Equal(t, want, fmt.Sprintf(format, fetch), format)
	}
	unknown := ApiVersion{ApiKey: 12345, MaxVersion: 1}
	assert.Equal(t, "12345", fmt.Sprintf("%s", unknown))
	assert.Equal(t, "12345[v0:v1]", fmt.Sprint(unknown))
	assert.Equal(t, "IncrementalAlterConfigs", fmt.Sprintf("%s", ApiVersion{ApiKey: 44}))
}

func TestDefaultClientID(t *testing.T) {
	host, err := os.Hostname()
	require.NoError(t, err)
	assert.Equal(t, filepath.Base(os.Args[0])+"@"+host+" (github.com/segmentio/kafka-go)", DefaultClientID)
}

func TestSummary(t *testing.T) {
	var s summary
	assert.Zero(t, s.snapshot())
	for _, v := range []int64{4, 9, 2} {
		s.observe(v)
	}
	assert.Equal(t, SummaryStats{Avg: 5, Min: 2, Max: 9, Count: 3, Sum: 15}, s.snapshot())
	assert.Zero(t, s.snapshot(), "a snapshot starts anew")

	// The first snapshot has a minimum like every other.
	s.observe(int64(time.Second))
	assert.Equal(t, DurationStats{Avg: time.Second, Min: time.Second, Max: time.Second, Count: 1, Sum: time.Second}, s.durations())
	s.observe(-3)
	assert.Equal(t, int64(-3), s.snapshot().Max)
}

func TestMessageTimestamp(t *testing.T) {
	now := time.UnixMilli(1700000000123)
	assert.Equal(t, now.UnixMilli(), (&Message{}).timestamp(now))
	old := time.Date(1999, 1, 1, 0, 0, 0, 999_999, time.UTC)
	assert.Equal(t, old.UnixMilli(), (&Message{Time: old}).timestamp(now))
	assert.True(t, makeTime(-1).IsZero())
	assert.True(t, makeTime(0).IsZero())
	assert.Equal(t, time.UnixMilli(5).UTC(), makeTime(5))
}

func TestAliasesOfRecords(t *testing.T) {
	b, err := ReadAll(NewBytes([]byte("abc")))
	require.NoError(t, err)
	assert.Equal(t, "abc", string(b))
	assert.Nil(t, NewBytes(nil))
	b, err = ReadAll(nil)
	require.NoError(t, err)
	assert.Nil(t, b)

	r := NewRecordReader(Record{Offset: 1}, Record{Offset: 2})
	first, err := r.ReadRecord()
	require.NoError(t, err)
	assert.Equal(t, int64(1), first.Offset)
}

// pastInt32 is the first int that 32 bits cannot hold. It is no constant, as that would not
// compile where an int has no more.
var pastInt32 = func(last int64) int { return int(last + 1) }(math.MaxInt32)
