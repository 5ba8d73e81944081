package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"
)

// fetchOverhead is what a fetch response has around its records, but for the
// name of the topic: their sum must stay within what a frame can hold.
const fetchOverhead = 58

// fetchSlice is how long a fetch that waits for a single message stays with the
// broker before it is sent anew. Other requests of the connection are answered
// in between.
const fetchSlice = 500 * time.Millisecond

// ReadBatchConfig says what a fetch brings.
type ReadBatchConfig struct {
	// MinBytes is how much the broker waits for. With 0 it answers at once.
	MinBytes int

	// MaxBytes bounds what the broker sends, except that a message, with the
	// record batch that it is part of, is always sent whole.
	MaxBytes int

	// IsolationLevel says whether records of transactions are visible that
	// have not been committed. The default is ReadUncommitted.
	IsolationLevel IsolationLevel

	// MaxWait is how long the broker waits for MinBytes. With 0 it waits until
	// shortly before the read deadline, or for ever if there is none; see
	// Conn.SetDeadline. A deadline that is shorter than MaxWait wins: the read
	// then fails with a timeout, which closes the connection if MaxWait is more
	// than a second.
	MaxWait time.Duration
}

// Read reads the value of the next message into b and returns its length. The
// offset of the connection moves behind that message.
//
// A value that does not fit b gives io.ErrShortBuffer and the beginning of it;
// the offset does not move, so that the message can be read again. If there is
// no message before the read deadline, the error is RequestTimedOut.
//
// Read is there to satisfy net.Conn. Each call fetches anew: ReadBatch is much
// cheaper. Goroutines that read at the same time may get the same messages.
func (c *Conn) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	var n int
	err := c.readOne(len(b), func(batch *Batch) (err error) {
		n, err = batch.Read(b)
		return err
	})
	return n, err
}

// ReadMessage reads the next message, fetching about maxBytes at most, and moves
// the offset of the connection behind it. The message belongs to the caller.
//
// Each call fetches anew: ReadBatch is much cheaper. Goroutines that read at the
// same time may get the same messages.
func (c *Conn) ReadMessage(maxBytes int) (Message, error) {
	var msg Message
	err := c.readOne(maxBytes, func(batch *Batch) (err error) {
		msg, err = batch.ReadMessage()
		return err
	})
	return msg, err
}

// readOne reads from a batch once. Batches without a visible message, such as
// those that compaction has emptied, are passed over.
func (c *Conn) readOne(maxBytes int, read func(*Batch) error) error {
	for {
		batch := c.ReadBatch(1, maxBytes)
		start := batch.Offset()
		err := read(batch)
		closeErr := batch.Close()
		if err == nil {
			return closeErr
		}
		if !errors.Is(err, io.EOF) {
			return err
		}
		if batch.Offset() == start {
			return io.ErrNoProgress
		}
	}
}

// ReadBatch fetches messages, at least minBytes and at most maxBytes of them;
// see ReadBatchWith.
func (c *Conn) ReadBatch(minBytes, maxBytes int) *Batch {
	return c.ReadBatchWith(ReadBatchConfig{MinBytes: minBytes, MaxBytes: maxBytes})
}

// ReadBatchWith fetches messages from the offset of the connection on, and waits
// until they are there. It always returns a Batch; if the fetch failed, that
// has the error. Closing the batch moves the connection behind what was read.
//
// Batches that are open at the same time begin at the same offset.
func (c *Conn) ReadBatchWith(cfg ReadBatchConfig) *Batch {
	batch, err := c.fetch(c.read.context(), cfg)
	if err != nil {
		return &Batch{topic: c.topic, partition: int(c.partition), err: err, closed: true}
	}
	return batch
}

func (c *Conn) fetch(ctx context.Context, cfg ReadBatchConfig) (*Batch, error) {
	if err := c.checkLimits(cfg); err != nil {
		return nil, err
	}
	offset, err := c.resolve(ctx)
	if err != nil {
		return nil, err
	}
	reply, part, due, err := c.fetchRecords(ctx, cfg, offset)
	if err != nil {
		return nil, err
	}
	batch := &Batch{
		conn:      c,
		topic:     c.topic,
		partition: int(c.partition),
		highWater: part.HighWatermark,
		throttle:  time.Duration(reply.Message.(*fetch.Response).ThrottleTimeMs) * time.Millisecond,
		due:       due,
		reply:     reply,
		start:     offset,
		offset:    offset,
		empty:     len(wireOf(part)) == 0,
		recs:      recordIters.Get().(*protocol.RecordIter),
		slab:      new(protocol.Slab),
	}
	batch.recs.Reset(wireOf(part), protocol.RecordIterOptions{
		Offset:        offset,
		ReadCommitted: cfg.IsolationLevel == ReadCommitted,
		Aborted:       abortedOf(part),
	})
	return batch, nil
}

func (c *Conn) checkLimits(cfg ReadBatchConfig) error {
	limit := math.MaxInt32 - fetchOverhead - len(c.topic)
	switch {
	case c.topic == "":
		return errNoTopic
	case cfg.MinBytes < 0 || cfg.MinBytes > limit:
		return fmt.Errorf("minBytes of %d is outside of [0, %d]", cfg.MinBytes, limit)
	case cfg.MaxBytes < 0 || cfg.MaxBytes > limit:
		return fmt.Errorf("maxBytes of %d is outside of [0, %d]", cfg.MaxBytes, limit)
	case cfg.MinBytes > cfg.MaxBytes:
		return fmt.Errorf("minBytes (%d) is above maxBytes (%d)", cfg.MinBytes, cfg.MaxBytes)
	default:
		return nil
	}
}

// fetchRecords asks for records until there are some or the time is up. due is
// when the broker was to answer; zero for never. The reply is the caller's to
// release, unless there is an error.
func (c *Conn) fetchRecords(ctx context.Context, cfg ReadBatchConfig, offset int64) (*protocol.Reply, *fetch.ResponsePartition, time.Time, error) {
	var waiter fetchWaiter
	for {
		wait, last := waiter.next(ctx, cfg)
		reply, err := c.exchange(ctx, "read", fetchRequest(c.topic, c.partition, cfg, offset, wait))
		if err != nil {
			return nil, nil, waiter.due, err
		}
		part, err := c.fetched(reply.Message.(*fetch.Response))
		if err == nil && (last || len(wireOf(part)) > 0) {
			return reply, part, waiter.due, nil
		}
		reply.Release()
		if err != nil {
			return nil, nil, waiter.due, err
		}
	}
}

// fetchWaiter cuts the time that a fetch waits for messages into requests.
type fetchWaiter struct {
	deadline time.Time // that due was computed from
	due      time.Time // when the broker is to answer; zero for never
}

// next says how long the broker may take over the next request, and whether it
// is the last one. A deadline that was moved meanwhile is heeded.
func (w *fetchWaiter) next(ctx context.Context, cfg ReadBatchConfig) (wait time.Duration, last bool) {
	now := time.Now()
	if deadline, _ := ctx.Deadline(); !deadline.Equal(w.deadline) {
		w.deadline = deadline
		w.due, _ = brokerDue(ctx, now)
	}
	if cfg.MaxWait > 0 {
		return cfg.MaxWait, true
	}
	wait = math.MaxInt32 * time.Millisecond
	if !w.due.IsZero() {
		wait = max(0, w.due.Sub(now))
	}
	if cfg.MinBytes == 1 && wait > fetchSlice {
		return fetchSlice, false
	}
	return wait, true
}

// fetchRequest asks for records of one partition from an offset on.
func fetchRequest(topic string, partition int32, cfg ReadBatchConfig, offset int64, wait time.Duration) *fetch.Request {
	return &fetch.Request{
		ReplicaID:      -1,
		MaxWaitTime:    milliseconds(wait),
		MinBytes:       int32(cfg.MinBytes),
		MaxBytes:       int32(cfg.MaxBytes),
		IsolationLevel: int8(cfg.IsolationLevel),
		SessionEpoch:   -1,
		Topics: []fetch.RequestTopic{{
			Topic: topic,
			Partitions: []fetch.RequestPartition{{
				Partition:          partition,
				CurrentLeaderEpoch: -1,
				LastFetchedEpoch:   -1,
				LogStartOffset:     -1,
				FetchOffset:        offset,
				PartitionMaxBytes:  int32(cfg.MaxBytes),
			}},
		}},
	}
}

// fetched returns the partition of the connection, or what the broker has
// against the request.
func (c *Conn) fetched(res *fetch.Response) (*fetch.ResponsePartition, error) {
	if res.ErrorCode != 0 {
		return nil, Error(res.ErrorCode)
	}
	if p := fetchedPartition(res, c.topic, c.partition); p != nil {
		return p, errorOf(p.ErrorCode)
	}
	return nil, c.notAnswered("fetch")
}

// fetchedPartition returns the answer about a partition, nil if there is none.
func fetchedPartition(res *fetch.Response, topic string, partition int32) *fetch.ResponsePartition {
	for i := range res.Topics {
		for j := range res.Topics[i].Partitions {
			p := &res.Topics[i].Partitions[j]
			if res.Topics[i].Topic == topic && p.Partition == partition {
				return p
			}
		}
	}
	return nil
}

// wireOf returns the records of a partition in wire form; they live as long as
// the reply.
func wireOf(p *fetch.ResponsePartition) []byte {
	if w, ok := p.RecordSet.Records.(*protocol.WireRecords); ok {
		return w.Bytes()
	}
	return nil
}

func abortedOf(p *fetch.ResponsePartition) []protocol.AbortedTransaction {
	list := make([]protocol.AbortedTransaction, len(p.AbortedTransactions))
	for i, t := range p.AbortedTransactions {
		list[i] = protocol.AbortedTransaction{ProducerID: t.ProducerID, FirstOffset: t.FirstOffset}
	}
	return list
}
