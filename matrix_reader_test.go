package kafka

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
)

// matrixReader reads with a Reader: alone, in a group, every codec, by offset and by
// time. Versions differ in whether there are sessions, topic ids and leader epochs.
func matrixReader(t *testing.T, k *testkafka.Cluster) {
	t.Run("partition", func(t *testing.T) { matrixReaderPartition(t, k) })
	t.Run("codecs", func(t *testing.T) { matrixReaderCodecs(t, k) })
	t.Run("group", func(t *testing.T) { matrixReaderGroup(t, k) })
	t.Run("recreated topic", func(t *testing.T) { matrixReaderRecreated(t, k) })
}

func matrixReaderPartition(t *testing.T, k *testkafka.Cluster) {
	topic := newTopicWith(t, k, 2)
	fill(t, k, topic, 1, 100)
	r := newTestReader(t, ReaderConfig{Brokers: k.Brokers(), Topic: topic, Partition: 1, Logger: testLogger(t)})
	for i := range 100 {
		m, err := r.FetchMessage(patient(t))
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(i), string(m.Value))
		require.EqualValues(t, 99-i, r.Lag())
	}
	lag, err := r.ReadLag(patient(t))
	require.NoError(t, err)
	assert.Zero(t, lag)
	for _, offset := range []int64{50, FirstOffset, 99, 0} {
		require.NoError(t, r.SetOffset(offset))
		m, err := r.FetchMessage(patient(t))
		require.NoError(t, err)
		assert.Equal(t, max(0, offset), m.Offset)
	}
	require.NoError(t, r.SetOffset(10_000)) // reading goes on when the partition gets there
	require.NoError(t, r.SetOffset(LastOffset))
	waitUntil(t, func() bool { return len(r.Lags()) == 1 && r.Lags()[0].Offset == 100 || poll(r) })
	fill(t, k, topic, 1, 1)
	m, err := r.FetchMessage(patient(t))
	require.NoError(t, err)
	assert.EqualValues(t, 100, m.Offset)
}

// poll has a Reader begin to read, and returns false.
func poll(r *Reader) bool {
	r.reading()
	return false
}

func matrixReaderCodecs(t *testing.T, k *testkafka.Cluster) {
	c := newTopic(t, k)
	var want []string
	for _, codec := range []Compression{0, Gzip, Snappy, Lz4, Zstd} {
		if codec == Zstd && producesAt(t, c) < zstdProduce {
			continue
		}
		w := newTestWriter(t, k, c.topic)
		w.Compression = codec
		var msgs []Message
		for i := range 50 {
			msgs = append(msgs, Message{Value: fmt.Append(nil, codec, i)})
			want = append(want, fmt.Sprint(codec, i))
		}
		require.NoError(t, w.WriteMessages(patient(t), msgs...))
	}
	r := newTestReader(t, ReaderConfig{Brokers: k.Brokers(), Topic: c.topic, Logger: testLogger(t)})
	for i, value := range want {
		m, err := r.FetchMessage(patient(t))
		require.NoError(t, err)
		require.Equal(t, value, string(m.Value))
		require.EqualValues(t, i, m.Offset)
	}
	// From the middle of batches.
	for offset := int64(7); offset < int64(len(want)); offset += 31 {
		require.NoError(t, r.SetOffset(offset))
		m, err := r.FetchMessage(patient(t))
		require.NoError(t, err)
		require.Equal(t, offset, m.Offset)
	}
	require.NoError(t, r.SetOffsetAt(patient(t), time.Now().Add(-time.Hour)))
	m, err := r.FetchMessage(patient(t))
	require.NoError(t, err)
	assert.Zero(t, m.Offset)
}

func matrixReaderGroup(t *testing.T, k *testkafka.Cluster) {
	topic := newTopicWith(t, k, 4)
	for p := range 4 {
		fill(t, k, topic, p, 10)
	}
	config := ReaderConfig{Brokers: k.Brokers(), Topic: topic, GroupID: topic, Logger: testLogger(t)}
	seen := make(map[string]int)
	for range 4 { // one member after the other reads a part
		r := newTestReader(t, config)
		for range 10 {
			m, err := r.ReadMessage(patient(t))
			require.NoError(t, err)
			seen[fmt.Sprint(m.Partition, "/", m.Offset)]++
		}
		require.NoError(t, r.Close())
	}
	require.Len(t, seen, 40, "none twice, as all were committed")
}

// matrixReaderRecreated has a topic deleted and created while it is read.
func matrixReaderRecreated(t *testing.T, k *testkafka.Cluster) {
	topic := newTopicName()
	admin := dialController(t, k)
	config := TopicConfig{Topic: topic, NumPartitions: 1, ReplicationFactor: 1}
	require.NoError(t, admin.CreateTopics(config))
	fill(t, k, topic, 0, 3)
	r := newTestReader(t, ReaderConfig{Brokers: k.Brokers(), Topic: topic, Logger: testLogger(t)})
	for range 3 {
		_, err := r.FetchMessage(patient(t))
		require.NoError(t, err)
	}
	require.NoError(t, admin.DeleteTopics(topic))
	waitUntil(t, func() bool { return admin.CreateTopics(config) == nil && exists(t, admin, topic) })
	t.Cleanup(func() { admin.DeleteTopics(topic) })
	fill(t, k, topic, 0, 5)
	// Where brokers tell no ids, it cannot be told from the one before, which had three.
	last := int64(-1)
	for last < 4 {
		m, err := r.FetchMessage(patient(t))
		if err != nil {
			require.True(t, isTemporary(err), "%v", err)
			continue
		}
		require.Greater(t, m.Offset, last)
		last = m.Offset
	}
}

// exists tells whether a topic has a partition with a leader.
func exists(t *testing.T, c *Conn, topic string) bool {
	t.Helper()
	partitions, err := c.ReadPartitions(topic)
	return err == nil && len(partitions) == 1 && partitions[0].Leader.Host != ""
}
