package kafka

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// recordIters keeps iterators for the next batch, and with them what they have
// allocated.
var recordIters = sync.Pool{New: func() any { return new(protocol.RecordIter) }}

// A Batch is an iterator over the messages that one fetch from a partition
// brought. Conn.ReadBatch makes them. The messages have arrived when a Batch is
// returned: reading them takes no I/O, and the connection is free for other
// calls meanwhile.
//
// A Batch must be closed: that is what moves the connection to the messages
// that follow. It is safe for concurrent use.
type Batch struct {
	conn      *Conn // nil if there are no messages because of err
	topic     string
	partition int
	highWater int64
	throttle  time.Duration
	due       time.Time // the broker was to answer until then; zero for never

	mu     sync.Mutex
	reply  *protocol.Reply // holds what recs walks over; nil once that has ended
	recs   *protocol.RecordIter
	slab   *protocol.Slab
	start  int64 // the offset that was asked for
	offset int64
	err    error
	empty  bool // the broker had nothing
	closed bool
}

// Throttle returns for how long the broker held back its answer, because the
// client had used up a quota.
func (b *Batch) Throttle() time.Duration { return b.throttle }

// HighWaterMark returns the end of what consumers could see of the partition
// when the messages were fetched. It is zero if the fetch failed.
func (b *Batch) HighWaterMark() int64 { return b.highWater }

// Partition returns the partition that the messages are from.
func (b *Batch) Partition() int { return b.partition }

// Offset returns the offset of the next message to read. It moves past what is
// never shown too, such as messages that compaction has removed and the markers
// of transactions. It is zero if the fetch failed.
func (b *Batch) Offset() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.offset
}

// Err returns nil while the batch can be read from, and after that the error
// that Read, ReadMessage and, except for io.EOF, Close return.
func (b *Batch) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// Close ends the batch: the next read of the connection begins where the batch
// was left. It returns the error that ended the batch before all messages were
// read, if any; a second call returns the same.
func (b *Batch) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.closed = true
		b.release()
		if b.conn != nil {
			b.conn.setPosition(b.offset)
		}
	}
	if errors.Is(b.err, io.EOF) {
		return nil
	}
	return b.err
}

// Read reads the value of the next message into p, and returns its length.
//
// After an error the batch cannot be read from any more, and the error is
// repeated. It is
//   - io.EOF when all messages were read;
//   - RequestTimedOut, a kafka.Error, when the broker had no message, or when the
//     deadline came too near before all of the last one was there;
//   - io.ErrNoProgress when the broker sent the beginning of a message or batch
//     and nothing before it, so that asking again would not help;
//   - io.ErrShortBuffer if the value does not fit p, which then holds the
//     beginning of it. The connection can read the message again.
//
// All but io.EOF are returned by Close too.
func (b *Batch) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	record, err := b.next()
	if err != nil {
		return 0, err
	}
	n := copy(p, record.Value)
	if n < len(record.Value) {
		return n, b.fail(io.ErrShortBuffer)
	}
	b.offset = b.recs.Position()
	return n, nil
}

// ReadMessage returns the next message, which belongs to the caller. Errors are
// those of Read, but for io.ErrShortBuffer.
func (b *Batch) ReadMessage() (Message, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	record, err := b.next()
	if err != nil {
		return Message{}, err
	}
	b.offset = b.recs.Position()
	return Message{
		Topic:         b.topic,
		Partition:     b.partition,
		Offset:        record.Offset,
		HighWaterMark: b.highWater,
		Key:           b.slab.Copy(record.Key),
		Value:         b.slab.Copy(record.Value),
		Headers:       record.CopyHeaders(b.slab),
		Time:          makeTime(record.Timestamp),
	}, nil
}

// next returns the next record, which is valid until the batch moves on.
func (b *Batch) next() (*protocol.RecordView, error) {
	if b.err != nil {
		return nil, b.err
	}
	if b.closed {
		return nil, io.ErrClosedPipe
	}
	if b.recs.Next() {
		return b.recs.Record(), nil
	}
	return nil, b.end()
}

// end finishes a batch that has no more records.
func (b *Batch) end() error {
	b.offset = b.recs.Position()
	switch err := b.recs.Err(); {
	case err != nil:
		return b.fail(fmt.Errorf("partition %d of topic %q: %w", b.partition, b.topic, err))
	case b.empty:
		return b.fail(RequestTimedOut)
	case b.recs.Truncated() && b.late():
		return b.fail(RequestTimedOut)
	case b.recs.Truncated() && b.offset == b.start:
		return b.fail(fmt.Errorf("partition %d of topic %q: the answer has the mere beginning of what is at offset %d: %w", b.partition, b.topic, b.offset, io.ErrNoProgress))
	default:
		return b.fail(io.EOF)
	}
}

func (b *Batch) late() bool { return !b.due.IsZero() && !time.Now().Before(b.due) }

func (b *Batch) fail(err error) error {
	b.err = err
	b.release()
	return err
}

// release gives back the memory of the fetch.
func (b *Batch) release() {
	if b.reply == nil {
		return
	}
	b.recs.Close()
	recordIters.Put(b.recs)
	b.reply.Release()
	b.recs, b.reply = nil, nil
}
