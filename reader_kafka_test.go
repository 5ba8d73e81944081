package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
)

// fill writes n messages to a partition of a topic, with values from "0" on.
func fill(t testing.TB, k *testkafka.Cluster, topic string, partition, n int) {
	t.Helper()
	w := &Writer{Addr: TCP(k.Brokers()...), Topic: topic, Balancer: &ManualBalancer{}, RequiredAcks: RequireAll}
	defer w.Close()
	msgs := make([]Message, n)
	for i := range msgs {
		msgs[i] = Message{Partition: partition, Value: fmt.Append(nil, i)}
	}
	require.NoError(t, w.WriteMessages(patient(t), msgs...))
}

// newTopicWith creates a topic of several partitions.
func newTopicWith(t testing.TB, k *testkafka.Cluster, partitions int, settings ...ConfigEntry) string {
	t.Helper()
	topic := newTopicName()
	admin := dialController(t, k)
	require.NoError(t, admin.CreateTopics(TopicConfig{Topic: topic, NumPartitions: partitions, ReplicationFactor: 1, ConfigEntries: settings}))
	t.Cleanup(func() { admin.DeleteTopics(topic) })
	return topic
}

func newTestReader(t testing.TB, config ReaderConfig) *Reader {
	t.Helper()
	r := NewReader(config)
	t.Cleanup(func() { r.Close() })
	return r
}

func TestReaderReadsAPartitionInOrder(t *testing.T) {
	k := testkafka.Shared(t)
	topic := newTopicWith(t, k, 2)
	fill(t, k, topic, 1, 1000)
	r := newTestReader(t, ReaderConfig{Brokers: k.Brokers(), Topic: topic, Partition: 1, Logger: testLogger(t)})
	require.EqualValues(t, FirstOffset, r.Offset())
	for i := range 1000 {
		m, err := r.ReadMessage(patient(t))
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(i), string(m.Value))
		require.EqualValues(t, i, m.Offset)
		require.Equal(t, topic, m.Topic)
		require.Equal(t, 1, m.Partition)
		require.EqualValues(t, 1000-i-1, r.Lag())
	}
	require.EqualValues(t, 1000, r.Offset())
	begin := time.Now()
	require.NoError(t, r.Close())
	require.Less(t, time.Since(begin), 2*time.Second)
	_, err := r.ReadMessage(patient(t))
	require.True(t, err == io.EOF)
}

func TestReaderInAGroup(t *testing.T) {
	k := testkafka.Shared(t)
	topic := newTopicWith(t, k, 3)
	for p := range 3 {
		fill(t, k, topic, p, 100)
	}
	config := ReaderConfig{Brokers: k.Brokers(), Topic: topic, GroupID: topic, Logger: testLogger(t)}
	r := newTestReader(t, config)
	seen := make(map[int]int)
	for range 150 {
		m, err := r.FetchMessage(patient(t))
		require.NoError(t, err)
		require.EqualValues(t, seen[m.Partition], m.Offset)
		seen[m.Partition]++
		require.NoError(t, r.CommitMessages(patient(t), m))
	}
	require.NoError(t, r.Close())
	r = newTestReader(t, config)
	for range 150 {
		m, err := r.ReadMessage(patient(t))
		require.NoError(t, err)
		require.EqualValues(t, seen[m.Partition], m.Offset)
		seen[m.Partition]++
	}
	require.Equal(t, map[int]int{0: 100, 1: 100, 2: 100}, seen)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := r.FetchMessage(ctx)
	require.True(t, errors.Is(err, context.Canceled))
}

// testLogger logs with the test.
func testLogger(t testing.TB) Logger { return LoggerFunc(t.Logf) }
