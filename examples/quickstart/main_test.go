package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/kafkatest"
)

func TestQuickstart(t *testing.T) {
	var out bytes.Buffer
	s := settings{broker: os.Getenv("KAFKA_BROKERS"), topic: "quickstart-" + rand.Text(), messages: 2500}
	require.NoError(t, run(t.Context(), &out, s))

	text := out.String()
	if s.broker == "" {
		require.Contains(t, text, "KAFKA_BROKERS is not set: using an embedded broker on 127.0.0.1:")
	}
	for _, codec := range codecs {
		require.Regexp(t, regexp.MustCompile(`(?m)^`+codec.String()+` +2500 +[0-9.]+ +[0-9.]+ +[0-9.]+x$`), text)
	}
	require.Contains(t, text, "\nOK: 12500 messages")
}

func TestTopicIsDeletedUnlessKept(t *testing.T) {
	broker := kafkatest.New(t)
	s := settings{broker: broker.Addr(), topic: "orders", messages: 1}
	require.NoError(t, run(t.Context(), io.Discard, s))
	require.Empty(t, topics(t, broker))

	s.keep = true
	require.NoError(t, run(t.Context(), io.Discard, s))
	require.Contains(t, topics(t, broker), "orders")
}

func TestTopicOfSomeoneElseIsLeftAlone(t *testing.T) {
	broker := kafkatest.New(t, kafkatest.Topic("orders", 1))
	err := run(t.Context(), io.Discard, settings{broker: broker.Addr(), topic: "orders", messages: 1})
	require.EqualError(t, err, "topic orders already exists")
	require.Contains(t, topics(t, broker), "orders")
}

func TestInterruptDeletesTheTopic(t *testing.T) {
	broker := kafkatest.New(t)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()

	// The interrupt comes with the first line of the table, in the middle of the work.
	out := writerFunc(func(b []byte) (int, error) {
		if bytes.HasPrefix(b, []byte(codecs[0].String())) {
			interrupt()
		}
		return len(b), nil
	})
	err := run(ctx, out, settings{broker: broker.Addr(), topic: "orders", messages: 100})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, topics(t, broker))
}

func TestInterruptEndsAReadInProgress(t *testing.T) {
	broker := kafkatest.New(t, kafkatest.Topic("empty", 1))
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	reader := newReader(broker.Addr(), "empty")
	defer reader.Close()
	var reading sync.WaitGroup
	var err error
	reading.Go(func() { _, err = read(ctx, reader, 1) })
	interrupt()
	reading.Wait()
	require.Error(t, err)
}

func TestAMessageAtAnotherOffsetIsAnError(t *testing.T) {
	broker := kafkatest.New(t, kafkatest.Topic("orders", 1))
	var socket byteCount
	require.NoError(t, write(t.Context(), &socket, broker.Addr(), "orders", kafka.Gzip, makeOrders(2)))
	err := write(t.Context(), &socket, broker.Addr(), "orders", kafka.Gzip, makeOrders(2))
	require.EqualError(t, err, "message 0 is at partition 0, offset 2")
}

func TestAnUnreachableBrokerIsAnError(t *testing.T) {
	broker := kafkatest.New(t)
	require.NoError(t, broker.Close())
	err := run(t.Context(), io.Discard, settings{broker: broker.Addr(), topic: "orders", messages: 1})
	require.ErrorContains(t, err, broker.Addr())
}

func TestCompareFindsEveryKindOfDifference(t *testing.T) {
	for name, change := range map[string]func(m *kafka.Message){
		"offset 7 instead of 1":     func(m *kafka.Message) { m.Offset = 7 },
		`key "x" instead of "ord`:   func(m *kafka.Message) { m.Key = []byte("x") },
		`value "x" instead of "{`:   func(m *kafka.Message) { m.Value = []byte("x") },
		`value "" instead of "{`:    func(m *kafka.Message) { m.Value = nil },
		"headers [] instead of [{c": func(m *kafka.Message) { m.Headers = nil },
		"headers [{con":             func(m *kafka.Message) { m.Headers[1].Value = []byte("x") },
	} {
		t.Run(name, func(t *testing.T) {
			got := makeOrders(3)
			for i := range got {
				got[i].Offset = int64(i)
			}
			require.NoError(t, compare(got, makeOrders(3)))
			change(&got[1])
			require.ErrorContains(t, compare(got, makeOrders(3)), "message 1: "+name)
			require.ErrorContains(t, compare(got[:2], makeOrders(3)), "read 2 messages instead of 3")
		})
	}
	require.False(t, same(nil, []byte{}), "a tombstone is no empty value")
}

func topics(t *testing.T, broker *kafkatest.Broker) []string {
	t.Helper()
	conn, err := kafka.Dial("tcp", broker.Addr())
	require.NoError(t, err)
	defer conn.Close()
	partitions, err := conn.ReadPartitions()
	require.NoError(t, err)
	var names []string
	for _, p := range partitions {
		if !strings.HasPrefix(p.Topic, "__") {
			names = append(names, p.Topic)
		}
	}
	return names
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
