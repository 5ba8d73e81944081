package kafka

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/protocol"
)

// TestKafkaTrap07And08Compaction has a broker compact a topic, so that a batch
// is left without records (the last one of an idempotent producer, which the
// broker keeps for its sequence number), and another without its last ones.
func TestKafkaTrap07And08Compaction(t *testing.T) {
	k := testkafka.Start(t, testkafka.Config{Properties: map[string]string{"log.cleaner.backoff.ms": "50"}})
	c := newTopic(t, k,
		ConfigEntry{"cleanup.policy", "compact"},
		ConfigEntry{"min.cleanable.dirty.ratio", "0.001"},
		ConfigEntry{"segment.bytes", "1048576"},
	)
	key := func(k, v string) Message { return Message{Key: []byte(k), Value: []byte(v)} }
	newProducer(t, c, k, "").write(key("a", "old"))           // 0: nothing of it stays
	c.WriteMessages(key("b", "stays"), key("c", "old"))       // 1, 2: its last record goes
	c.WriteMessages(key("a", "new"), key("c", "new"))         // 3, 4
	filler := make([]byte, 600_000)                           // the active segment is not compacted: leave it
	c.WriteMessages(Message{Key: []byte("d"), Value: filler}) // 5
	c.WriteMessages(Message{Key: []byte("e"), Value: filler}) // 6

	var m Message
	waitUntil(t, func() (compacted bool) {
		var err error
		c.setPosition(0)
		m, err = c.ReadMessage(100)
		require.NoError(t, err)
		return m.Offset > 0
	})
	assert.Equal(t, "stays@1", valuesOf([]Message{m})[0])
	c.setPosition(0)
	batch := c.ReadBatch(1, 1) // the first batch of the partition alone
	msgs, err := readAll(batch)
	assert.Equal(t, io.EOF, err)
	assert.Empty(t, msgs)
	require.NoError(t, batch.Close())
	assert.Equal(t, int64(1), c.position(), "the batch without records is passed")

	c.setPosition(2)
	m, err = c.ReadMessage(100)
	require.NoError(t, err)
	assert.Equal(t, "new@3", valuesOf([]Message{m})[0], "the batch before it has lost its last record")

	var offsets []int64
	c.setPosition(0)
	for range 5 {
		m, err := c.ReadMessage(1 << 20)
		require.NoError(t, err)
		offsets = append(offsets, m.Offset)
	}
	assert.Equal(t, []int64{1, 3, 4, 5, 6}, offsets)
	assert.Equal(t, int64(7), c.position())
	t.Run("Trap06Checksum", func(t *testing.T) { testKafkaChecksum(t, k) })
}

// testKafkaChecksum damages a message on the broker's disk. The broker serves it
// as it is: the reader has to see it.
func testKafkaChecksum(t *testing.T, k *testkafka.Cluster) {
	c := newTopic(t, k)
	topic := c.topic
	for _, v := range []string{"fine", "damaged", "fine"} {
		_, err := c.Write([]byte(v))
		require.NoError(t, err)
	}
	k.Stop(1)
	files, err := filepath.Glob(filepath.Join(k.Dir, "node-1", "data", topic+"-0", "*.log"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	damage(t, files[0], "damaged")
	k.Restart(1)

	c = dialTopic(t, k, topic)
	c.setPosition(0)
	msgs, err := readAll(c.ReadBatch(1, 1000))
	assert.Equal(t, []string{"fine@0"}, valuesOf(msgs))
	require.ErrorIs(t, err, protocol.ErrChecksum)
	assert.ErrorContains(t, err, "offset 1")
	c.setPosition(2)
	m, err := c.ReadMessage(1000)
	require.NoError(t, err, "a program can go on behind it")
	assert.Equal(t, "fine", string(m.Value))
}

func damage(t *testing.T, file, text string) {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	i := indexOf(b, text)
	require.GreaterOrEqual(t, i, 0)
	b[i] ^= 0x20
	require.NoError(t, os.WriteFile(file, b, 0o600))
}

func indexOf(b []byte, text string) int {
	for i := range b[:len(b)-len(text)+1] {
		if string(b[i:i+len(text)]) == text {
			return i
		}
	}
	return -1
}
