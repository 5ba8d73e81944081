package protocol

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/segmentio/kafka-go/compress"
)

// AppendMessageSet appends the records of record batches as a message set, for
// brokers before 0.11: magic 1, which has timestamps, for 0.10, magic 0 for
// older ones. Neither can carry headers, producers or transactions: they are
// left out. With a codec, all messages are compressed into one.
//
// The error is [ErrNoRecord] if there are no records, and the [*BatchError] of a
// batch that cannot be read; dst is returned as it was.
func AppendMessageSet(dst []byte, magic int8, codec compress.Codec, batches []byte) ([]byte, error) {
	if magic != magicV0 && magic != magicV1 {
		return dst, fmt.Errorf("message sets have magic 0 or 1, not %d", magic)
	}
	w := messageWriter{dst: dst, magic: magic}
	if codec == nil {
		if err := w.convert(batches); err != nil {
			return dst, err
		}
		return w.dst, nil
	}
	codec, err := codecFor(codec, magic)
	if err != nil {
		return dst, err
	}
	p := getBuffer()
	defer putBuffer(p)
	inner := messageWriter{dst: *p, magic: magic}
	err = inner.convert(batches)
	*p = inner.dst
	if err != nil {
		return dst, err
	}
	// The offset of the last message inside: KIP-31.
	start := w.begin(inner.count-1, Attributes(codec.Code()), inner.maxTimestamp)
	w.dst = appendInt32(w.dst, -1) // null key
	w.dst = appendInt32(w.dst, 0)
	value := len(w.dst)
	if w.dst, err = compress.Append(w.dst, codec, inner.dst); err != nil {
		return dst, fmt.Errorf("compressing a message set with %s: %w", codec.Name(), err)
	}
	binary.BigEndian.PutUint32(w.dst[value-4:], uint32(len(w.dst)-value))
	if err := w.end(start); err != nil {
		return dst, err
	}
	return w.dst, nil
}

// messageWriter appends messages to dst.
type messageWriter struct {
	dst          []byte
	magic        int8
	count        int64
	maxTimestamp int64
}

// convert appends the records of batches, with offsets from 0 on.
func (w *messageWriter) convert(batches []byte) error {
	var it RecordIter
	it.resetAll(batches)
	defer it.Close()
	w.maxTimestamp = -1
	for it.Next() {
		r := it.Record()
		start := w.begin(w.count, 0, r.Timestamp)
		w.dst = appendNullableBytes32(w.dst, r.Key)
		w.dst = appendNullableBytes32(w.dst, r.Value)
		if err := w.end(start); err != nil {
			return err
		}
		w.count++
		w.maxTimestamp = max(w.maxTimestamp, r.Timestamp)
	}
	if it.Err() == nil && w.count == 0 {
		return ErrNoRecord
	}
	return it.Err()
}

// begin appends a message up to its key, and returns where it begins.
func (w *messageWriter) begin(offset int64, a Attributes, timestamp int64) int {
	start := len(w.dst)
	w.dst = appendInt64(w.dst, offset)
	w.dst = appendInt64(w.dst, 0) // size and checksum: see end
	w.dst = append(w.dst, byte(w.magic), byte(a))
	if w.magic == magicV1 {
		w.dst = appendInt64(w.dst, timestamp)
	}
	return start
}

// end fills in the size and the checksum of the message that begins at start.
func (w *messageWriter) end(start int) error {
	m := w.dst[start:]
	size := len(m) - entryHeaderSize
	if size > math.MaxInt32 {
		return ErrBatchFull
	}
	binary.BigEndian.PutUint32(m[8:], uint32(size))
	binary.BigEndian.PutUint32(m[entryHeaderSize:], crc32.ChecksumIEEE(m[entryMagic:]))
	return nil
}

func appendNullableBytes32(dst, v []byte) []byte {
	if v == nil {
		return appendInt32(dst, -1)
	}
	return appendBytes(dst, v)
}
