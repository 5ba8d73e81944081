package kafka

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// TestMatrix runs what a Conn, a Writer and a group do against each version of Kafka:
// produce, fetch, offsets, topics, codecs and headers, where the version has them.
func TestMatrix(t *testing.T) {
	for _, version := range testkafka.MatrixVersions() {
		t.Run(version, func(t *testing.T) {
			k := testkafka.Start(t, testkafka.Config{Version: version})
			t.Run("produce and fetch", func(t *testing.T) { matrixProduceFetch(t, k) })
			t.Run("codecs", func(t *testing.T) { matrixCodecs(t, k) })
			t.Run("headers", func(t *testing.T) { matrixHeaders(t, k) })
			t.Run("offsets", func(t *testing.T) { matrixOffsets(t, k) })
			t.Run("topics", func(t *testing.T) { matrixTopics(t, k) })
			t.Run("versions", func(t *testing.T) { matrixVersions(t, k) })
			t.Run("writer", func(t *testing.T) { matrixWriter(t, k) })
			t.Run("group", func(t *testing.T) { matrixGroup(t, k) })
			t.Run("reader", func(t *testing.T) { matrixReader(t, k) })
		})
	}
}

// producesAt tells which version of Produce the broker gets.
func producesAt(t *testing.T, c *Conn) int16 {
	t.Helper()
	require.NoError(t, c.wire.Negotiate(patient(t)))
	version, err := c.wire.SelectVersion(&produce.Request{Topics: []produce.RequestTopic{{Topic: c.topic}}})
	require.NoError(t, err)
	return version
}

// The versions of Produce that brought headers (0.11) and zstd (2.1).
const (
	produceHeaders = 3
	zstdProduce    = 7
)

func matrixProduceFetch(t *testing.T, k *testkafka.Cluster) {
	c := newTopic(t, k)
	at := time.UnixMilli(1_500_000_000_123).UTC()
	now := time.Now().Add(-time.Second)
	msgs := []Message{
		{Key: []byte("k"), Value: []byte("v"), Time: at},
		{Value: []byte("without key")},
		{Key: []byte("tombstone")},
		{Key: []byte{}, Value: []byte{}},
		{Value: bytes.Repeat([]byte("x"), 100_000)},
	}
	n, partition, offset, _, err := c.WriteCompressedMessagesAt(nil, msgs...)
	require.NoError(t, err)
	assert.Equal(t, 1+1+11+9+100_000, n)
	assert.Zero(t, partition)
	assert.Zero(t, offset)

	got := readN(t, c, FirstOffset, len(msgs), ReadUncommitted)
	for i, m := range got {
		assert.Equal(t, c.topic, m.Topic)
		assert.Equal(t, int64(i), m.Offset)
		assert.Equal(t, int64(len(msgs)), m.HighWaterMark)
		assert.Equal(t, msgs[i].Key, m.Key)
		assert.Equal(t, msgs[i].Value, m.Value)
		if i == 0 {
			assert.Equal(t, at, m.Time)
		} else {
			assert.True(t, m.Time.After(now), "%v", m.Time)
		}
	}

	require.NoError(t, c.SetRequiredAcks(1))
	_, err = c.Write([]byte("more"))
	require.NoError(t, err)
	m, err := c.ReadMessage(1000)
	require.NoError(t, err)
	assert.Equal(t, "more", string(m.Value))

	// Nothing more: the broker says so before the deadline.
	c.SetReadDeadline(time.Now().Add(time.Second))
	_, err = c.ReadMessage(1000)
	assert.Equal(t, RequestTimedOut, err)
}

func matrixCodecs(t *testing.T, k *testkafka.Cluster) {
	c := newTopic(t, k)
	var want []string
	for _, codec := range []compress.Compression{compress.None, compress.Gzip, compress.Snappy, compress.Lz4, compress.Zstd} {
		msgs := make([]Message, 20)
		for i := range msgs {
			msgs[i].Value = bytes.Repeat([]byte(codec.String()+itoa(i)), 50)
		}
		_, _, offset, _, err := c.WriteCompressedMessagesAt(codec.Codec(), msgs...)
		if codec == compress.Zstd && producesAt(t, c) < zstdProduce {
			assert.Equal(t, UnsupportedCompressionType, err)
			continue
		}
		require.NoError(t, err, codec)
		assert.Equal(t, int64(len(want)), offset, codec)
		for _, m := range msgs {
			want = append(want, string(m.Value))
		}
	}
	for i, m := range readN(t, c, FirstOffset, len(want), ReadUncommitted) {
		assert.Equal(t, want[i], string(m.Value))
		assert.Equal(t, int64(i), m.Offset)
	}
	// From the middle of each compressed batch.
	for from := int64(5); from < int64(len(want)); from += 20 {
		c.setPosition(from)
		m, err := c.ReadMessage(1 << 20)
		require.NoError(t, err)
		assert.Equal(t, from, m.Offset)
	}
}

func matrixHeaders(t *testing.T, k *testkafka.Cluster) {
	c := newTopic(t, k)
	headers := []Header{{Key: "a", Value: []byte("1")}, {Key: "a", Value: []byte{}}, {Key: "", Value: nil}}
	_, err := c.WriteMessages(Message{Value: []byte("v"), Headers: headers}, Message{Value: []byte("w")})
	require.NoError(t, err)
	msgs := readN(t, c, FirstOffset, 2, ReadUncommitted)
	if producesAt(t, c) < produceHeaders {
		headers = nil // a message set has no room for them
	}
	assert.Equal(t, headers, msgs[0].Headers)
	assert.Nil(t, msgs[1].Headers)
}

func matrixOffsets(t *testing.T, k *testkafka.Cluster) {
	c := newTopic(t, k)
	first, last, err := c.ReadOffsets()
	require.NoError(t, err)
	assert.Equal(t, []int64{0, 0}, []int64{first, last})
	base := time.UnixMilli(1_600_000_000_000)
	for i := range 10 {
		_, err := c.WriteMessages(Message{Value: []byte(itoa(i)), Time: base.Add(time.Duration(i) * time.Second)})
		require.NoError(t, err)
	}
	first, last, err = c.ReadOffsets()
	require.NoError(t, err)
	assert.Equal(t, []int64{0, 10}, []int64{first, last})
	for at, want := range map[time.Time]int64{
		{}:                              0,
		base.Add(4 * time.Second):       4,
		base.Add(4*time.Second + 1e6):   5,
		base.Add(9*time.Second + 1e6):   LastOffset,
		base.Add(1000000 * time.Second): LastOffset,
	} {
		offset, err := c.ReadOffset(at)
		require.NoError(t, err)
		assert.Equal(t, want, offset, "%v", at)
	}
	offset, err := c.Seek(3, SeekEnd)
	require.NoError(t, err)
	assert.Equal(t, int64(7), offset)
	m, err := c.ReadMessage(100)
	require.NoError(t, err)
	assert.Equal(t, "7", string(m.Value))
	_, err = c.Seek(11, SeekAbsolute)
	assert.Equal(t, OffsetOutOfRange, err)
	c.Seek(100, SeekAbsolute|SeekDontCheck)
	_, err = c.ReadMessage(100)
	assert.Equal(t, OffsetOutOfRange, err)
	c.Seek(LastOffset, SeekAbsolute|SeekDontCheck)
	_, err = c.Write([]byte("new"))
	require.NoError(t, err)
	c.Seek(10, SeekAbsolute)
	batch := c.ReadBatch(1, 1000)
	msgs, err := readAll(batch)
	assert.Equal(t, io.EOF, err)
	require.NoError(t, batch.Close())
	assert.Equal(t, []string{"new@10"}, valuesOf(msgs))
}

func matrixTopics(t *testing.T, k *testkafka.Cluster) {
	admin := dialController(t, k)
	brokers, err := admin.Brokers()
	require.NoError(t, err)
	require.Len(t, brokers, 1)
	a, b := newTopicName(), newTopicName()
	require.NoError(t, admin.CreateTopics(
		TopicConfig{Topic: a, NumPartitions: 2, ReplicationFactor: 1, ConfigEntries: []ConfigEntry{{"retention.ms", "3600000"}}},
		TopicConfig{Topic: b, ReplicaAssignments: []ReplicaAssignment{{0, brokers[0].ID}, {1, brokers[0].ID}, {2, brokers[0].ID}}},
	))
	require.NoError(t, admin.CreateTopics(TopicConfig{Topic: a, NumPartitions: 2, ReplicationFactor: 1}))
	assert.Equal(t, InvalidReplicationFactor, admin.CreateTopics(TopicConfig{Topic: newTopicName(), NumPartitions: 1, ReplicationFactor: 9}))
	for topic, n := range map[string]int{a: 2, b: 3} {
		leader, err := DefaultDialer.LookupLeader(patient(t), "tcp", k.Brokers()[0], topic, n-1)
		require.NoError(t, err)
		assert.Equal(t, brokers[0], leader)
		partitions, err := admin.ReadPartitions(topic)
		require.NoError(t, err)
		assert.Len(t, partitions, n)
	}
	require.NoError(t, admin.DeleteTopics(a, b))
	waitUntil(t, func() bool {
		all, err := admin.ReadPartitions()
		require.NoError(t, err)
		for _, p := range all {
			if p.Topic == a || p.Topic == b {
				return false
			}
		}
		return true
	})
	assert.Equal(t, UnknownTopicOrPartition, admin.DeleteTopics(newTopicName()))
}

func matrixVersions(t *testing.T, k *testkafka.Cluster) {
	c := dialController(t, k)
	versions, err := c.ApiVersions()
	require.NoError(t, err)
	keys := map[protocol.ApiKey]ApiVersion{}
	for _, v := range versions {
		assert.LessOrEqual(t, v.MinVersion, v.MaxVersion)
		keys[protocol.ApiKey(v.ApiKey)] = v
	}
	assert.Contains(t, keys, protocol.Produce)
	assert.Contains(t, keys, protocol.Fetch)
}

// matrixWriter writes with a Writer and each codec. It is idempotent where the
// version lets it be (0.11).
func matrixWriter(t *testing.T, k *testkafka.Cluster) {
	for _, codec := range []Compression{0, Gzip, Snappy, Lz4, Zstd} {
		t.Run(codec.String(), func(t *testing.T) {
			c := newTopic(t, k)
			w := newTestWriter(t, k, c.topic)
			w.Compression = codec
			var msgs []Message
			for i := range 250 {
				msgs = append(msgs, Message{Key: []byte(itoa(i)), Value: bytes.Repeat([]byte("value "), 20)})
			}
			results, err := w.WriteMessagesAt(patient(t), msgs...)
			version := producesAt(t, c)
			if codec == Zstd && version < zstdProduce {
				require.ErrorIs(t, err, UnsupportedCompressionType)
				return
			}
			require.NoError(t, err)
			require.Equal(t, version >= produceHeaders, w.core.Load().producer.current.set, "idempotence")
			got := readN(t, c, FirstOffset, len(msgs), ReadUncommitted)
			for i, m := range got {
				require.Equal(t, int64(i), results[i].Offset)
				require.Equal(t, msgs[i].Key, m.Key)
				require.Equal(t, msgs[i].Value, m.Value)
			}
		})
	}
}
