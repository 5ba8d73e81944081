package kafka

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/protocol/fetch"
)

func TestKafkaReadAndWrite(t *testing.T) {
	k := testkafka.Shared(t)
	c := newTopic(t, k)
	n, err := c.Write([]byte("hello"))
	require.NoError(t, err)
	assert.Equal(t, 5, n)
	p := make([]byte, 16)
	n, err = c.Read(p)
	require.NoError(t, err)
	assert.Equal(t, "hello", string(p[:n]))
	offset, whence := c.Offset()
	assert.Equal(t, int64(1), offset)
	assert.Equal(t, SeekAbsolute, whence)

	// A message that does not fit can be read again.
	_, err = c.Write([]byte("0123456789"))
	require.NoError(t, err)
	for range 10 {
		n, err = c.Read(p[:4])
		require.Equal(t, io.ErrShortBuffer, err)
		require.Equal(t, "0123", string(p[:n]))
	}
	m, err := c.ReadMessage(100)
	require.NoError(t, err)
	assert.Equal(t, "0123456789", string(m.Value))
	assert.Equal(t, c.topic, m.Topic)
	assert.Equal(t, int64(2), m.HighWaterMark)
}

func TestKafkaOrderOfWrites(t *testing.T) {
	k := testkafka.Shared(t)
	const writers, each = 4, 25
	c := newTopic(t, k)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				_, err := c.WriteMessages(Message{Key: []byte{byte(w)}, Value: []byte{byte(i)}})
				assert.NoError(t, err)
			}
		})
	}
	wg.Wait()
	next := map[byte]byte{}
	for i, m := range readN(t, c, FirstOffset, writers*each, ReadUncommitted) {
		assert.Equal(t, int64(i), m.Offset)
		assert.Equal(t, next[m.Key[0]], m.Value[0], "each writer's messages are in order")
		next[m.Key[0]]++
	}
}

func TestKafkaEmptyPartition(t *testing.T) {
	k := testkafka.Shared(t)
	c := newTopic(t, k)
	c.SetReadDeadline(time.Now().Add(time.Second))
	n, err := c.Read(make([]byte, 10))
	assert.Zero(t, n)
	requireTimeout(t, err)
	assert.Equal(t, RequestTimedOut, err)
	c.SetReadDeadline(time.Time{})
	_, err = c.ReadLastOffset()
	assert.NoError(t, err, "the connection is still good")
}

// One goroutine waits for a message, another writes it, on one connection.
func TestKafkaWriteWhileAReadWaits(t *testing.T) {
	k := testkafka.Shared(t)
	c := newTopic(t, k)
	require.NoError(t, c.SetDeadline(time.Time{}))
	var wg sync.WaitGroup
	wg.Go(func() {
		m, err := c.ReadMessage(1000)
		assert.NoError(t, err)
		assert.Equal(t, "x", string(m.Value))
	})
	_, err := c.Write([]byte("x"))
	require.NoError(t, err)
	wg.Wait()
}

func TestKafkaReadBatchWith(t *testing.T) {
	k := testkafka.Shared(t)
	c := newTopic(t, k)
	msgs := make([]Message, 10)
	for i := range msgs {
		msgs[i].Value = []byte(itoa(i))
	}
	_, err := c.WriteMessages(msgs...)
	require.NoError(t, err)

	batch := c.ReadBatchWith(ReadBatchConfig{})
	assert.Equal(t, int64(10), batch.HighWaterMark())
	got, err := readAll(batch)
	assert.Equal(t, io.EOF, err)
	assert.Len(t, got, 10, "no limits: the first batch comes whole")
	require.NoError(t, batch.Close())

	c.Seek(3, SeekAbsolute)
	batch = c.ReadBatchWith(ReadBatchConfig{MinBytes: 1, MaxBytes: 1000, MaxWait: 500 * time.Millisecond})
	m, err := batch.ReadMessage()
	require.NoError(t, err)
	assert.Equal(t, int64(3), m.Offset)
	require.NoError(t, batch.Close())

	c.Seek(0, SeekEnd)
	c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	batch = c.ReadBatchWith(ReadBatchConfig{MinBytes: 1, MaxBytes: 1000, MaxWait: 10 * time.Second})
	requireTimeout(t, batch.Close())
}

func TestKafkaOffsetOutOfRange(t *testing.T) {
	k := testkafka.Shared(t)
	c := newTopic(t, k)
	_, err := c.Seek(42, SeekAbsolute|SeekDontCheck)
	require.NoError(t, err)
	_, err = c.ReadMessage(100)
	assert.Equal(t, OffsetOutOfRange, err)
	_, err = c.Seek(43, SeekAbsolute)
	assert.Equal(t, OffsetOutOfRange, err)
	_, err = c.Write([]byte("x"))
	assert.NoError(t, err)
	_, err = c.Seek(0, SeekStart)
	require.NoError(t, err)
	m, err := c.ReadMessage(100)
	require.NoError(t, err)
	assert.Equal(t, "x", string(m.Value))
}

func TestKafkaMessageTooLarge(t *testing.T) {
	k := testkafka.Shared(t)
	k.SkipEmbedded(t, "it takes messages of any size")
	c := newTopic(t, k, ConfigEntry{"max.message.bytes", "1000"})
	_, err := c.Write(make([]byte, 2000))
	assert.Equal(t, MessageSizeTooLarge, err)
	_, err = c.Write(make([]byte, 20))
	assert.NoError(t, err)
}

func TestKafkaTopics(t *testing.T) {
	k := testkafka.Shared(t)
	admin := dialController(t, k)
	a, b := newTopicName(), newTopicName()
	require.NoError(t, admin.CreateTopics(
		TopicConfig{Topic: a, NumPartitions: 3, ReplicationFactor: 1, ConfigEntries: []ConfigEntry{{"retention.ms", "3600000"}}},
		TopicConfig{Topic: b, NumPartitions: 1, ReplicationFactor: 1},
	))
	require.NoError(t, admin.CreateTopics(TopicConfig{Topic: a, NumPartitions: 3, ReplicationFactor: 1}), "it exists")
	assert.Equal(t, InvalidPartitionNumber, admin.CreateTopics(
		TopicConfig{Topic: a, NumPartitions: 3, ReplicationFactor: 1},
		TopicConfig{Topic: newTopicName(), NumPartitions: 0, ReplicationFactor: 1},
	))

	_, err := LookupPartition(patient(t), "tcp", k.Brokers()[0], a, 2) // which waits for it
	require.NoError(t, err)
	partitions, err := LookupPartitions(patient(t), "tcp", k.Brokers()[0], a)
	require.NoError(t, err)
	require.Len(t, partitions, 3)
	for _, p := range partitions {
		assert.Equal(t, a, p.Topic)
		assert.NotEmpty(t, p.Leader.Host)
		assert.Equal(t, []Broker{p.Leader}, p.Replicas)
		assert.Equal(t, []Broker{p.Leader}, p.Isr)
		assert.NotNil(t, p.OfflineReplicas)
		assert.Empty(t, p.OfflineReplicas)
		assert.NoError(t, p.Error)
	}

	assert.Equal(t, UnknownTopicOrPartition, admin.DeleteTopics(a, newTopicName(), b))
	waitUntil(t, func() bool {
		all, err := admin.ReadPartitions()
		require.NoError(t, err)
		for _, p := range all {
			if p.Topic == a || p.Topic == b {
				return false
			}
		}
		return true // both are deleted, whatever became of the third
	})
}

func TestKafkaReplicaAssignments(t *testing.T) {
	k := testkafka.Start(t, testkafka.Config{Nodes: 3})
	admin := dialController(t, k)
	topic := newTopicName()
	require.NoError(t, admin.CreateTopics(TopicConfig{Topic: topic, ReplicaAssignments: []ReplicaAssignment{
		{Partition: 0, Replicas: 2}, {Partition: 0, Replicas: 3}, {Partition: 1, Replicas: 3}, {Partition: 1, Replicas: 1},
	}}))
	for id, want := range [][]int{{2, 3}, {3, 1}} {
		p, err := LookupPartition(patient(t), "tcp", k.Brokers()[0], topic, id)
		require.NoError(t, err)
		var got []int
		for _, r := range p.Replicas {
			got = append(got, r.ID)
		}
		assert.Equal(t, want, got)
		c, err := DialPartition(patient(t), "tcp", "", p)
		require.NoError(t, err)
		assert.Equal(t, want[0], c.Broker().ID)
		_, err = c.Write([]byte("x"))
		assert.NoError(t, err)
		c.Close()
	}

	// The wrong broker says so, and its connection goes on.
	other, err := Dial("tcp", k.Brokers()[0])
	require.NoError(t, err)
	defer other.Close()
	other.topic = topic
	_, err = other.Write([]byte("x"))
	assert.Equal(t, NotLeaderForPartition, err)
	_, err = other.ReadPartitions()
	assert.NoError(t, err)
}

func TestKafkaLogAppendTime(t *testing.T) {
	k := testkafka.Shared(t)
	old := time.UnixMilli(1_500_000_000_000)
	c := newTopic(t, k, ConfigEntry{"message.timestamp.type", "LogAppendTime"})
	before := time.Now().Add(-time.Minute)
	_, _, offset, at, err := c.WriteCompressedMessagesAt(nil, Message{Value: []byte("a"), Time: old}, Message{Value: []byte("b")})
	require.NoError(t, err)
	assert.Zero(t, offset)
	assert.True(t, at.After(before), "%v", at)
	for _, m := range readN(t, c, FirstOffset, 2, ReadUncommitted) {
		assert.Equal(t, at.UnixMilli(), m.Time.UnixMilli(), "not the time that the message was written with")
		assert.Equal(t, time.UTC, m.Time.Location())
	}

	c = newTopic(t, k)
	_, _, _, at, err = c.WriteCompressedMessagesAt(nil, Message{Time: old})
	require.NoError(t, err)
	assert.Equal(t, int64(-1), at.UnixMilli())
	assert.Equal(t, old.UTC(), readN(t, c, FirstOffset, 1, ReadUncommitted)[0].Time)
}

// Tombstones and empty values, on a real broker.
func TestKafkaTrap04NullAndEmptyStayApart(t *testing.T) {
	c := newTopic(t, testkafka.Shared(t))
	_, err := c.WriteMessages(
		Message{Key: []byte("k"), Headers: []Header{{Key: "h"}}},
		Message{Key: []byte{}, Value: []byte{}, Headers: []Header{{Key: "h", Value: []byte{}}}},
	)
	require.NoError(t, err)
	msgs := readN(t, c, FirstOffset, 2, ReadUncommitted)
	assert.Nil(t, msgs[0].Value)
	assert.Nil(t, msgs[0].Headers[0].Value)
	assert.True(t, msgs[1].Key != nil && msgs[1].Value != nil && msgs[1].Headers[0].Value != nil)
}

// Control records are no messages, and those of aborted transactions are left
// out under ReadCommitted.
func TestKafkaTrap02And03Transactions(t *testing.T) {
	k := testkafka.Shared(t)
	c := newTopic(t, k)
	p := newProducer(t, c, k, newTopicName())
	p.write(values("aborted")...)
	p.end(false)
	p.write(values("committed")...)
	p.end(true)
	_, err := c.Write([]byte("plain"))
	require.NoError(t, err)

	assert.Equal(t, []string{"committed@2", "plain@4"}, valuesOf(readN(t, c, 0, 2, ReadCommitted)))
	assert.Equal(t, []string{"aborted@0", "committed@2", "plain@4"}, valuesOf(readN(t, c, 0, 3, ReadUncommitted)))

	// What is still open cannot be read, and a read says so.
	p.write(values("open")...)
	c.SetReadDeadline(time.Now().Add(2 * time.Second))
	batch := c.ReadBatchWith(ReadBatchConfig{MinBytes: 1, MaxBytes: 1000, IsolationLevel: ReadCommitted})
	assert.Equal(t, RequestTimedOut, lastError(batch))
	c.SetReadDeadline(time.Now().Add(patience))
	assert.Equal(t, []string{"open@5"}, valuesOf(readN(t, c, 5, 1, ReadUncommitted)))
	p.end(true)
	assert.Equal(t, []string{"open@5"}, valuesOf(readN(t, c, 5, 1, ReadCommitted)))
}

// A broker that is frozen lets deadlines pass; one that is killed ends what
// waits, with an error that is not the end of a batch.
func TestKafkaBrokerInTrouble(t *testing.T) {
	k := testkafka.Start(t, testkafka.Config{})
	c := newTopic(t, k)
	topic := c.topic
	k.Freeze(1)
	start := time.Now()
	c.SetWriteDeadline(start.Add(300 * time.Millisecond))
	_, err := c.Write([]byte("x"))
	requireTimeout(t, err)
	assert.Less(t, time.Since(start), 10*time.Second)
	d := &Dialer{Timeout: 300 * time.Millisecond}
	_, err = d.LookupPartitions(patient(t), "tcp", k.Brokers()[0], "x")
	var netErr net.Error
	require.ErrorAs(t, err, &netErr)
	assert.True(t, netErr.Timeout(), "%v", err)
	k.Thaw(1)

	c = dialTopic(t, k, topic)
	require.NoError(t, c.SetDeadline(time.Time{}))
	_, err = c.Seek(0, SeekEnd)
	require.NoError(t, err)
	var wg sync.WaitGroup
	wg.Go(func() { _, err = c.ReadMessage(100) })
	k.Kill(1)
	wg.Wait()
	require.Error(t, err)
	assert.NotErrorIs(t, err, io.EOF)

	k.Restart(1)
	c = dialTopic(t, k, topic)
	_, err = c.Write([]byte("x"))
	assert.NoError(t, err)
}

// waitUntil looks for a condition that comes about by itself.
func waitUntil(t testing.TB, done func() bool) {
	t.Helper()
	ctx := patient(t)
	for !done() {
		require.NoError(t, pause(ctx, 5*time.Millisecond))
	}
}

// Plaintext and TLS mixed up: both ways give an error that says what is wrong.
func TestKafkaWrongSecurity(t *testing.T) {
	k := testkafka.Start(t, testkafka.Config{Listeners: []testkafka.Security{testkafka.SSL}})
	secure := &Dialer{Timeout: 10 * time.Second, TLS: k.TLSConfig()}
	c, err := secure.Dial("tcp", k.Addr(testkafka.SSL, 1))
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Brokers()
	require.NoError(t, err)

	_, err = secure.Dial("tcp", k.Addr(testkafka.Plaintext, 1))
	assert.ErrorContains(t, err, "the broker may not speak TLS on this port")
	_, err = (&Dialer{Timeout: 10 * time.Second}).LookupPartitions(patient(t), "tcp", k.Addr(testkafka.SSL, 1), "t")
	assert.ErrorContains(t, err, "TLS")
}

func TestKafkaFetchesAtANewVersion(t *testing.T) {
	k := testkafka.Shared(t)
	k.SkipEmbedded(t, "its versions are its own")
	c := newTopic(t, k)
	_, err := c.ReadLastOffset()
	require.NoError(t, err)
	version, err := c.wire.SelectVersion(fetchRequest(c.topic, c.partition, ReadBatchConfig{}, 0, 0))
	require.NoError(t, err)
	assert.Equal(t, int16(12), version, "the newest that names topics")
	assert.Implements(t, (*interface{ VersionRange() (int16, int16) })(nil), new(fetch.Request))
}
