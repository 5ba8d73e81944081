package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// appendBatch appends what b reads as one batch with the facts of b. A batch
// that is as it was read stays so, to the byte.
func appendBatch(dst []byte, b *RecordBatch, extra Attributes) ([]byte, error) {
	if b.wire.intact(b.Records) && b.wire.describes(b) && extra&^b.Attributes == 0 {
		return append(dst, b.wire.entries...), nil
	}
	if f, ok := b.Records.(*failedReader); ok {
		return append(dst, f.wire...), nil
	}
	e := newRecordEncoder()
	defer e.close()
	if err := e.read(b); err != nil {
		return dst, err
	}
	return e.appendBatch(dst, b, b.Attributes|extra)
}

func appendMessages(dst []byte, m *MessageSet) ([]byte, error) {
	if m.wire.intact(m.Records) {
		return append(dst, m.wire.entries...), nil
	}
	return appendRecords(dst, magicV1, m.Attributes, m)
}

// appendStream appends what is left of a stream that was read, as the batches
// that it consists of.
func appendStream(dst []byte, s *RecordStream) ([]byte, error) {
	if len(s.Records) > 0 && s.next == len(s.Records) {
		return dst, ErrNoRecord
	}
	for _, r := range s.Records[s.next:] {
		var err error
		switch r := r.(type) {
		case *RecordBatch:
			dst, err = appendBatch(dst, r, 0)
		case *ControlBatch:
			batch := RecordBatch(*r)
			dst, err = appendBatch(dst, &batch, Control)
		case *MessageSet:
			dst, err = appendMessages(dst, r)
		default:
			dst, err = appendRecords(dst, s.wire.version, 0, r)
		}
		if err != nil && !errors.Is(err, ErrNoRecord) {
			return dst, err
		}
	}
	return append(dst, s.wire.tail...), nil
}

// appendRecords appends all that r reads as one batch or message set.
func appendRecords(dst []byte, magic int8, a Attributes, r RecordReader) ([]byte, error) {
	e := newRecordEncoder()
	defer e.close()
	if err := e.read(r); err != nil {
		return dst, err
	}
	if magic == magicV2 {
		return e.appendBatch(dst, &RecordBatch{}, a)
	}
	codec, err := lookupCodec(a, magic)
	if err != nil {
		return dst, err
	}
	batch, err := e.builder.Seal(BatchOptions{})
	if err != nil {
		return dst, err
	}
	return AppendMessageSet(dst, magic, codec, batch)
}

// appendDowngraded appends the records of batches as a message set each, with
// the codecs that they have.
func appendDowngraded(dst, batches []byte) ([]byte, error) {
	for len(batches) > 0 {
		entry, rest, err := splitEntry(batches)
		if err != nil {
			return dst, err
		}
		if len(entry) < batchHeaderSize {
			return dst, malformed("%d bytes at the end of a record set", len(batches))
		}
		a := Attributes(binary.BigEndian.Uint16(entry[batchAttributes:]))
		codec, err := lookupCodec(a, magicV1)
		if err != nil {
			return dst, err
		}
		if dst, err = AppendMessageSet(dst, magicV1, codec, entry); err != nil {
			return dst, err
		}
		batches = rest
	}
	return dst, nil
}

// recordEncoder collects records that a RecordReader reads.
type recordEncoder struct {
	builder BatchBuilder
	scratch []byte  // for keys and values that are not in memory
	pooled  *[]byte // what the builder began with
}

func newRecordEncoder() *recordEncoder {
	p := getBuffer()
	return &recordEncoder{builder: BatchBuilder{buf: *p}, pooled: p}
}

func (e *recordEncoder) close() {
	*e.pooled = e.builder.buf
	putBuffer(e.pooled)
}

// read appends the records of r. They all get the same time if they have none.
func (e *recordEncoder) read(r RecordReader) error {
	now := time.Now().UnixMilli()
	for {
		rec, err := r.ReadRecord()
		if errors.Is(err, io.EOF) {
			if e.builder.Count() == 0 {
				return ErrNoRecord
			}
			return nil
		}
		if err != nil {
			return err
		}
		if err := e.add(rec, now); err != nil {
			return fmt.Errorf("record %d: %w", e.builder.Count(), err)
		}
	}
}

func (e *recordEncoder) add(rec *Record, now int64) error {
	key, scratch, err := bytesOf(e.scratch[:0], rec.Key)
	if err != nil {
		return fmt.Errorf("reading the key: %w", err)
	}
	value, scratch, err := bytesOf(scratch, rec.Value)
	if err != nil {
		return fmt.Errorf("reading the value: %w", err)
	}
	e.scratch = scratch
	return e.builder.Append(milliseconds(rec.Time, now), key, value, rec.Headers)
}

// appendBatch appends the records with the facts of b.
func (e *recordEncoder) appendBatch(dst []byte, b *RecordBatch, a Attributes) ([]byte, error) {
	codec, err := lookupCodec(a, magicV2)
	if err != nil {
		return dst, err
	}
	epoch := int32(-1)
	if b.wire != nil {
		epoch = b.PartitionLeaderEpoch
	}
	batch, err := e.builder.seal(BatchOptions{
		Codec:         codec,
		Idempotent:    b.wire != nil || b.hasProducer() || a.Transactional(),
		ProducerID:    b.ProducerID,
		ProducerEpoch: b.ProducerEpoch,
		BaseSequence:  b.BaseSequence,
	}, a&^codecMask, b.BaseOffset, epoch)
	return append(dst, batch...), err
}
