package protocol

import (
	"fmt"
	"math"
	"slices"

	"github.com/segmentio/kafka-go/compress"
)

// BatchBuilder appends records in wire form to the record batch (version 2)
// that it holds. It keeps its memory when it is Reset, so that no record costs
// an allocation. The zero value is an empty batch. A BatchBuilder is not safe
// for concurrent use.
type BatchBuilder struct {
	buf    []byte // the header, which Seal fills in, and the records
	sealed []byte // the header and the compressed records
	packed int8   // the code of the codec that sealed is up to date for; 0 for none
	header batchHeader

	sum       recordSum // of buf
	packedSum recordSum // of sealed
	coded     bool      // the last batch was compressed: sums of buf are of no use
}

// BatchOptions says how a batch is sealed. The zero value is an uncompressed
// batch of a producer without an id.
type BatchOptions struct {
	// Codec compresses the records; nil leaves them as they are.
	Codec compress.Codec

	// Idempotent and Transactional say that the batch carries the id, epoch and
	// sequence below (KIP-98); without either they are not used. BaseSequence is
	// the sequence number of the first record.
	Idempotent    bool
	Transactional bool
	ProducerID    int64
	ProducerEpoch int16
	BaseSequence  int32

	// Control marks the records as control records, which brokers write.
	Control bool
	// LogAppendTime says that the timestamps are times of arrival, which brokers
	// do.
	LogAppendTime bool
}

// Append appends a record, which it copies. The timestamp is in milliseconds
// since 1970; a nil key, value or header value is null. The one error is
// [ErrBatchFull], where the builder stays as it was.
func (b *BatchBuilder) Append(timestamp int64, key, value []byte, headers []Header) error {
	if len(b.buf) == 0 {
		b.buf = slices.Grow(b.buf, batchHeaderSize)[:batchHeaderSize]
	}
	h, delta := &b.header, int64(b.header.count)
	if h.count == 0 {
		h.baseTimestamp, h.maxTimestamp = timestamp, timestamp
	}
	timeDelta := timestamp - h.baseTimestamp
	size := recordSize(delta, timeDelta, key, value, headers)
	total := size + int64(sizeVarint(size)) + int64(len(b.buf))
	if total > math.MaxInt32 || delta == math.MaxInt32 {
		return ErrBatchFull
	}
	h.count++
	h.lastOffsetDelta = int32(delta)
	h.maxTimestamp = max(h.maxTimestamp, timestamp)

	dst := slices.Grow(b.buf, int(total)-len(b.buf))
	dst = appendVarint(dst, size)
	dst = append(dst, 0) // attributes
	dst = appendVarint(dst, timeDelta)
	dst = appendVarint(dst, delta)
	dst = appendVarBytes(dst, key)
	dst = appendVarBytes(dst, value)
	dst = appendVarint(dst, int64(len(headers)))
	for i := range headers {
		dst = append(appendVarint(dst, int64(len(headers[i].Key))), headers[i].Key...)
		dst = appendVarBytes(dst, headers[i].Value)
	}
	b.buf, b.packed = dst, 0
	if !b.coded && len(dst)-b.sum.end >= sumChunk {
		b.sum.extend(dst)
	}
	return nil
}

// RecordSize returns the number of bytes that Append would add for this record.
func (b *BatchBuilder) RecordSize(timestamp int64, key, value []byte, headers []Header) int {
	timeDelta := int64(0)
	if b.header.count > 0 {
		timeDelta = timestamp - b.header.baseTimestamp
	}
	size := recordSize(int64(b.header.count), timeDelta, key, value, headers)
	return int(min(size+int64(sizeVarint(size)), math.MaxInt32))
}

// Len returns the size of the batch in bytes before compression, its header
// included; that of an empty batch is the size of the header.
func (b *BatchBuilder) Len() int { return max(len(b.buf), batchHeaderSize) }

// Cap returns the size of the memory that the builder holds.
func (b *BatchBuilder) Cap() int { return cap(b.buf) + cap(b.sealed) }

// Grow makes room for records of n bytes together, so that Append need not.
func (b *BatchBuilder) Grow(n int) { b.buf = slices.Grow(b.buf, max(n, 0)) }

// Count returns the number of records.
func (b *BatchBuilder) Count() int { return int(b.header.count) }

// Reset makes the builder empty. What Seal returned is not valid after it.
func (b *BatchBuilder) Reset() {
	b.buf, b.sealed = b.buf[:0], b.sealed[:0]
	b.header, b.packed = batchHeader{}, 0
	b.sum, b.packedSum = recordSum{}, recordSum{}
}

// Compress does the larger part of what Seal does with a codec: a Seal with a
// codec of the same code that follows does not compress again.
func (b *BatchBuilder) Compress(codec compress.Codec) error {
	if _, err := codecFor(codec, magicV2); err != nil {
		return err
	}
	if b.header.count == 0 {
		return ErrNoRecord
	}
	head := slices.Grow(b.sealed[:0], batchHeaderSize)[:batchHeaderSize]
	batch, err := compress.Append(head, codec, b.buf[batchHeaderSize:])
	if err != nil {
		return fmt.Errorf("compressing a record batch with %s: %w", codec.Name(), err)
	}
	b.sealed = batch
	if len(batch) > math.MaxInt32 {
		return ErrBatchFull
	}
	b.packed, b.packedSum = codec.Code(), recordSum{}
	if len(batch) >= sumChunk {
		b.packedSum.extend(batch)
	}
	return nil
}

// Seal completes the batch and returns its wire form, which aliases the builder
// and is valid until the next call of any of its methods. A batch may be sealed
// again with other options, and appended to afterwards.
//
// The error is [ErrNoRecord] if the batch is empty, or what the codec returned.
func (b *BatchBuilder) Seal(o BatchOptions) ([]byte, error) {
	return b.seal(o, o.attributes(), 0, -1)
}

func (b *BatchBuilder) seal(o BatchOptions, a Attributes, baseOffset int64, leaderEpoch int32) ([]byte, error) {
	if b.header.count == 0 {
		return nil, ErrNoRecord
	}
	h := b.header
	h.baseOffset, h.leaderEpoch = baseOffset, leaderEpoch
	h.producerID, h.producerEpoch, h.baseSequence = -1, -1, -1
	if o.Idempotent || o.Transactional {
		h.producerID, h.producerEpoch, h.baseSequence = o.ProducerID, o.ProducerEpoch, o.BaseSequence
	}
	h.attributes = a
	batch, sum := b.buf, b.sum
	if b.coded = o.Codec != nil; b.coded {
		if b.packed == 0 || b.packed != o.Codec.Code() {
			if err := b.Compress(o.Codec); err != nil {
				return nil, err
			}
		}
		h.attributes |= Attributes(o.Codec.Code())
		batch, sum = b.sealed, b.packedSum
	}
	h.put(batch, sum)
	return batch, nil
}

func (o *BatchOptions) attributes() Attributes {
	var a Attributes
	if o.Transactional {
		a |= Transactional
	}
	if o.Control {
		a |= Control
	}
	if o.LogAppendTime {
		a |= LogAppendTime
	}
	return a
}

// recordSize is the size of a record without the varint that states it.
func recordSize(offsetDelta, timeDelta int64, key, value []byte, headers []Header) int64 {
	n := 1 + sizeVarint(timeDelta) + sizeVarint(offsetDelta) + sizeVarint(int64(len(headers)))
	size := int64(n) + varBytesSize(key) + varBytesSize(value)
	for i := range headers {
		k := int64(len(headers[i].Key))
		size += int64(sizeVarint(k)) + k + varBytesSize(headers[i].Value)
	}
	return size
}

func varBytesSize(v []byte) int64 {
	if v == nil {
		return 1
	}
	n := int64(len(v))
	return int64(sizeVarint(n)) + n
}
