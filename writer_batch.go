package kafka

import (
	"fmt"
	"math"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/segmentio/kafka-go/protocol"
)

// writeBatch is a batch of messages in wire form, on its way from callers to a
// partition. partitionQueue.mu guards it until a sender takes it; it is the
// sender's until it is handed back to the queue.
type writeBatch struct {
	order   uint64 // of the batch among those of its partition
	builder protocol.BatchBuilder
	refs    []messageRef // one for each message
	msgs    []Message    // for Completion
	size    int64        // what it takes of the buffer
	dropped int          // messages that were withdrawn, still in builder
	created time.Time

	// packed is set once the batch is complete and compressed. It is the one
	// thing that is looked at without the lock.
	packed  atomic.Bool
	packErr error

	records protocol.WireRecords // what is sent, once it is

	attempts     int
	maybeWritten bool // an attempt ended without the broker's answer
	identity     batchIdentity
}

// messageRef says whose a message of a batch is. The delivery is nil for one that
// was withdrawn.
type messageRef struct {
	delivery *delivery
	index    int32 // among the messages of the call
	size     int32
}

// wasteBytes is how much of a batch may be messages that were withdrawn, beside
// as much as there are others.
const wasteBytes = 64 << 10

// newBatch returns an empty batch, with memory for about size bytes.
func (core *writerCore) newBatch(order uint64, size int) *writeBatch {
	most := math.MaxInt
	if core.options.linger > 0 {
		most = 4*size + spareSlack // of as many batches as there are partitions
	}
	b := core.spare.get(size, most)
	if b == nil {
		b = new(writeBatch)
		b.builder.Grow(size)
	}
	b.order, b.created = order, time.Now()
	return b
}

// free makes the memory of a batch available to others.
func (core *writerCore) free(b *writeBatch) {
	builder, refs, msgs := b.builder, b.refs, b.msgs
	clear(refs)
	clear(msgs)
	builder.Reset()
	*b = writeBatch{builder: builder, refs: refs[:0], msgs: msgs[:0]}
	core.spare.put(b)
}

// memory is what a batch takes when it is empty.
func (b *writeBatch) memory() int {
	return b.builder.Cap() + cap(b.refs)*int(unsafe.Sizeof(messageRef{})) + cap(b.msgs)*int(unsafe.Sizeof(Message{}))
}

// append adds a message.
func (b *writeBatch) append(msg *Message, ref messageRef, now time.Time, o *writerOptions) error {
	if err := b.builder.Append(msg.timestamp(now), msg.Key, msg.Value, msg.Headers); err != nil {
		return err
	}
	b.size += int64(ref.size)
	b.refs = append(b.refs, ref)
	if o.completion != nil {
		b.msgs = append(b.msgs, *msg)
		if m := &b.msgs[len(b.msgs)-1]; m.Time.IsZero() {
			m.Time = now
		}
	}
	return nil
}

// withdrawn tells whether nobody wants any of the messages.
func (b *writeBatch) withdrawn() bool { return b.dropped == len(b.refs) }

// live is the number of messages that were not withdrawn.
func (b *writeBatch) live() int { return len(b.refs) - b.dropped }

// compact leaves out the messages that were withdrawn.
func (b *writeBatch) compact() error {
	return b.without(func(i int) bool { return b.refs[i].delivery == nil })
}

// pack compresses the batch. It runs in the goroutine of the caller whose message
// was the last, outside of any lock.
func (b *writeBatch) pack(o *writerOptions) {
	if o.codec != nil {
		b.packErr = b.builder.Compress(o.codec)
	}
	b.packed.Store(true)
}

// wire returns the batch as it is sent; for a version of Produce before record
// batches it is converted when the request is encoded.
func (b *writeBatch) wire(o *writerOptions, version int16) (*protocol.WireRecords, error) {
	if b.packErr != nil {
		return nil, b.packErr
	}
	if o.codec != nil && Compression(o.codec.Code()) == Zstd && version < produceZstd {
		return nil, UnsupportedCompressionType
	}
	wire, err := b.builder.Seal(protocol.BatchOptions{
		Codec:         o.codec,
		Idempotent:    b.identity.set,
		ProducerID:    b.identity.id,
		ProducerEpoch: b.identity.epoch,
		BaseSequence:  b.identity.sequence,
	})
	if err != nil {
		return nil, err
	}
	b.records = *protocol.NewWireRecords(wire)
	return &b.records, nil
}

// without makes the batch anew, without the messages for which drop returns true.
func (b *writeBatch) without(drop func(i int) bool) error {
	plain, err := b.builder.Seal(protocol.BatchOptions{})
	if err != nil {
		return err
	}
	var builder protocol.BatchBuilder
	var records protocol.RecordIter
	records.Reset(plain, protocol.RecordIterOptions{})
	defer records.Close()
	refs := b.refs[:0:0]
	var msgs []Message
	var slab protocol.Slab
	for i := 0; records.Next(); i++ {
		if drop(i) {
			continue
		}
		r := records.Record()
		if err := builder.Append(r.Timestamp, r.Key, r.Value, r.CopyHeaders(&slab)); err != nil {
			return err
		}
		refs = append(refs, b.refs[i])
		if len(b.msgs) > 0 { // memory of a pool is not nil
			msgs = append(msgs, b.msgs[i])
		}
	}
	if err := records.Err(); err != nil {
		return fmt.Errorf("kafka: reading a batch of the Writer's own: %w", err)
	}
	b.builder, b.refs, b.msgs, b.dropped = builder, refs, msgs, 0
	b.size = b.measure()
	return nil
}

// split moves the second half of the messages to a batch of its own.
func (b *writeBatch) split() (*writeBatch, error) {
	half := len(b.refs) / 2
	first, second := b.copy(), b.copy()
	if err := first.without(func(i int) bool { return i >= half }); err != nil {
		return nil, err
	}
	if err := second.without(func(i int) bool { return i < half }); err != nil {
		return nil, err
	}
	second.order = b.order + uint64(half)
	second.identity.sequence = nextSequence(b.identity.sequence, half)
	b.builder, b.refs, b.msgs, b.size = first.builder, first.refs, first.msgs, first.size
	return second, nil
}

// copy returns a batch with the same contents, to be made anew.
func (b *writeBatch) copy() *writeBatch {
	c := &writeBatch{
		order: b.order, builder: b.builder, refs: b.refs, msgs: b.msgs,
		created: b.created, attempts: b.attempts, identity: b.identity,
	}
	c.packed.Store(true) // it is compressed when it is sent
	return c
}

func (b *writeBatch) measure() (size int64) {
	for i := range b.refs {
		size += int64(b.refs[i].size)
	}
	return size
}

// settle tells the callers what became of the messages.
func (b *writeBatch) settle(base int64, partition int, err *WriteError) {
	for i := 0; i < len(b.refs); {
		d, from := b.refs[i].delivery, i
		for i < len(b.refs) && b.refs[i].delivery == d {
			i++
		}
		if d != nil {
			d.settle(b.refs[from:i], base, from, partition, err)
		}
	}
}

// only returns the one message of a batch, as far as it is still known.
func (b *writeBatch) only() (Message, bool) {
	switch {
	case len(b.refs) != 1:
		return Message{}, false
	case len(b.msgs) == 1:
		return b.msgs[0], true
	}
	return b.refs[0].delivery.message(int(b.refs[0].index))
}

// firstError returns the first error there is.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
