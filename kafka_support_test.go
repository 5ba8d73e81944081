package kafka

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/addpartitionstotxn"
	"github.com/segmentio/kafka-go/protocol/endtxn"
	"github.com/segmentio/kafka-go/protocol/findcoordinator"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// patience bounds what a real broker may take for one step of a test.
const patience = 60 * time.Second

func patient(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

var topicNumber atomic.Int64

func newTopicName() string {
	return fmt.Sprintf("conn-%d-%d", time.Now().UnixNano(), topicNumber.Add(1))
}

// dialController connects to the broker that creates topics.
func dialController(t testing.TB, k *testkafka.Cluster) *Conn {
	t.Helper()
	c, err := DialContext(patient(t), "tcp", k.Brokers()[0])
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	controller, err := c.Controller()
	require.NoError(t, err)
	if controller.Host == "" {
		return c
	}
	c, err = DialContext(patient(t), "tcp", TCP(controller.Host+":"+itoa(controller.Port)).String())
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c
}

// newTopic creates a topic of one partition and connects to its leader.
func newTopic(t testing.TB, k *testkafka.Cluster, settings ...ConfigEntry) *Conn {
	t.Helper()
	topic := newTopicName()
	admin := dialController(t, k)
	require.NoError(t, admin.CreateTopics(TopicConfig{Topic: topic, NumPartitions: 1, ReplicationFactor: 1, ConfigEntries: settings}))
	t.Cleanup(func() { admin.DeleteTopics(topic) })
	return dialTopic(t, k, topic)
}

func dialTopic(t testing.TB, k *testkafka.Cluster, topic string) *Conn {
	t.Helper()
	ctx := patient(t)
	c, err := DialLeader(ctx, "tcp", k.Brokers()[0], topic, 0)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	awaitLeader(ctx, t, c)
	return c
}

// awaitLeader waits until the leader of a new topic serves it: metadata names it a
// moment before.
func awaitLeader(ctx context.Context, t testing.TB, c *Conn) {
	t.Helper()
	for {
		_, err := c.ReadLastOffset()
		if err == nil {
			return
		}
		require.True(t, isTemporary(err), "%v", err)
		require.NoError(t, pause(ctx, 10*time.Millisecond))
	}
}

// readN reads n messages from an offset on, in as many batches as it takes.
func readN(t testing.TB, c *Conn, from int64, n int, level IsolationLevel) (msgs []Message) {
	t.Helper()
	c.setPosition(from)
	for len(msgs) < n {
		batch := c.ReadBatchWith(ReadBatchConfig{MinBytes: 1, MaxBytes: 1 << 20, IsolationLevel: level})
		require.NoError(t, batch.Err())
		for {
			m, err := batch.ReadMessage()
			if err != nil {
				break
			}
			msgs = append(msgs, m)
		}
		require.NoError(t, batch.Close())
	}
	require.Len(t, msgs, n)
	return msgs
}

// producer writes with a producer id, in transactions if it has a name.
type producer struct {
	t        testing.TB
	conn     *Conn
	txn      *protocol.Conn // to the transaction coordinator
	name     string
	id       int64
	epoch    int16
	sequence int32
}

func newProducer(t testing.TB, c *Conn, k *testkafka.Cluster, name string) *producer {
	t.Helper()
	p := &producer{t: t, conn: c, txn: c.wire, name: name}
	if name != "" {
		p.coordinator(k)
	}
	req := &initproducerid.Request{TransactionalID: name, TransactionTimeoutMs: 30_000, ProducerID: -1, ProducerEpoch: -1}
	for {
		res := exchange[*initproducerid.Response](t, p.txn, req)
		if code := Error(res.ErrorCode); code != 0 {
			require.True(t, code.Temporary(), code)
			require.NoError(t, pause(patient(t), 50*time.Millisecond))
			continue
		}
		p.id, p.epoch = res.ProducerID, res.ProducerEpoch
		return p
	}
}

// coordinator connects to the broker that keeps the producer's transactions.
func (p *producer) coordinator(k *testkafka.Cluster) {
	for {
		res := exchange[*findcoordinator.Response](p.t, p.conn.wire, &findcoordinator.Request{Key: p.name, KeyType: 1})
		if code := Error(res.ErrorCode); code != 0 {
			require.True(p.t, code.Temporary(), code)
			require.NoError(p.t, pause(patient(p.t), 50*time.Millisecond))
			continue
		}
		c, err := DialContext(patient(p.t), "tcp", TCP(res.Host+":"+itoa(int(res.Port))).String())
		require.NoError(p.t, err)
		p.t.Cleanup(func() { c.Close() })
		p.txn = c.wire
		return
	}
}

func exchange[T protocol.Message](t testing.TB, wire *protocol.Conn, req protocol.Message) T {
	t.Helper()
	reply, err := wire.Exchange(patient(t), req)
	require.NoError(t, err)
	return reply.Message.(T)
}

// write appends one batch; in a transaction, it adds the partition first.
func (p *producer) write(msgs ...Message) (offset int64) {
	p.t.Helper()
	if p.name != "" {
		p.begin()
	}
	var b protocol.BatchBuilder
	for _, m := range msgs {
		require.NoError(p.t, b.Append(m.timestamp(time.Now()), m.Key, m.Value, m.Headers))
	}
	sealed, err := b.Seal(protocol.BatchOptions{
		Idempotent: true, Transactional: p.name != "", ProducerID: p.id, ProducerEpoch: p.epoch, BaseSequence: p.sequence,
	})
	require.NoError(p.t, err)
	p.sequence += int32(len(msgs))
	res := exchange[*produce.Response](p.t, p.conn.wire, &produce.Request{
		TransactionalID: p.name, Acks: -1, Timeout: 10_000,
		Topics: []produce.RequestTopic{{Topic: p.conn.topic, Partitions: []produce.RequestPartition{
			{Partition: p.conn.partition, RecordSet: protocol.RecordSet{Version: 2, Records: protocol.NewWireRecords(sealed)}},
		}}},
	})
	part := res.Topics[0].Partitions[0]
	require.Zero(p.t, part.ErrorCode)
	return part.BaseOffset
}

func (p *producer) begin() {
	for {
		res := exchange[*addpartitionstotxn.Response](p.t, p.txn, &addpartitionstotxn.Request{
			TransactionalID: p.name, ProducerID: p.id, ProducerEpoch: p.epoch,
			Topics: []addpartitionstotxn.RequestTopic{{Name: p.conn.topic, Partitions: []int32{p.conn.partition}}},
		})
		code := Error(res.Results[0].Results[0].ErrorCode)
		if code == 0 {
			return
		}
		// The end of the transaction before may still be on its way.
		require.Equal(p.t, ConcurrentTransactions, code)
		require.NoError(p.t, pause(patient(p.t), 20*time.Millisecond))
	}
}

// end ends the transaction, and waits for the marker in the partition.
func (p *producer) end(commit bool) {
	p.t.Helper()
	before, err := p.conn.ReadLastOffset()
	require.NoError(p.t, err)
	res := exchange[*endtxn.Response](p.t, p.txn, &endtxn.Request{
		TransactionalID: p.name, ProducerID: p.id, ProducerEpoch: p.epoch, Committed: commit,
	})
	require.Zero(p.t, res.ErrorCode)
	waitUntil(p.t, func() bool {
		last, err := p.conn.ReadLastOffset()
		require.NoError(p.t, err)
		return last > before
	})
}
