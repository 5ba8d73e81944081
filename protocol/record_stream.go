package protocol

import (
	"errors"
	"io"
)

// RecordStream is the sequence of the records of several readers, batch after
// batch. It hides control batches, which Records lists nevertheless.
//
// Of a record set that was read, Records holds a *[RecordBatch], *[ControlBatch]
// or *[MessageSet] for each batch. A batch that cannot be read stands last; its
// ReadRecord returns a [*BatchError].
type RecordStream struct {
	Records []RecordReader

	next int
	wire *streamOrigin
}

// streamOrigin is what a stream was read from.
type streamOrigin struct {
	version int8
	set     []byte // all of it
	tail    []byte // an incomplete batch at the end
}

// ReadRecord returns the next record that is not a control record, io.EOF after
// the last one.
func (s *RecordStream) ReadRecord() (*Record, error) {
	for s.next < len(s.Records) {
		if _, control := s.Records[s.next].(*ControlBatch); !control {
			r, err := readRecord(s.Records[s.next])
			if !errors.Is(err, io.EOF) {
				return r, err
			}
		}
		s.next++
	}
	return nil, io.EOF
}

// Reset moves back to the first record, see [RecordSet.Reset].
func (s *RecordStream) Reset() error {
	if err := resetAll(s.Records); err != nil {
		return err
	}
	s.next = 0
	return nil
}

// RecordBatch is a batch of records in the format of version 2.
type RecordBatch struct {
	Attributes           Attributes
	PartitionLeaderEpoch int32
	BaseOffset           int64
	// ProducerID, ProducerEpoch and BaseSequence are -1 if the producer had no
	// id. In a batch that is made by a program, three zeros mean none too, unless
	// SetProducer has set them or the batch is transactional.
	ProducerID    int64
	ProducerEpoch int16
	BaseSequence  int32
	Records       RecordReader

	identified bool // three zeros are meant
	wire       *batchOrigin
}

// SetProducer sets ProducerID, ProducerEpoch and BaseSequence, even to three zeros:
// the first producer of a cluster has them.
func (r *RecordBatch) SetProducer(id int64, epoch int16, baseSequence int32) {
	r.ProducerID, r.ProducerEpoch, r.BaseSequence = id, epoch, baseSequence
	r.identified = true
}

// hasProducer reports whether the batch of a program has a producer.
func (r *RecordBatch) hasProducer() bool {
	return r.identified || r.ProducerID != 0 || r.ProducerEpoch != 0 || r.BaseSequence != 0
}

// ReadRecord returns the next record of the batch, io.EOF at its end.
func (r *RecordBatch) ReadRecord() (*Record, error) { return readRecord(r.Records) }

// Offset returns the offset of the first record of the batch.
func (r *RecordBatch) Offset() int64 { return r.BaseOffset }

// Version returns 2, the version of the batch format.
func (r *RecordBatch) Version() int { return 2 }

// Reset moves back to the first record, see [RecordSet.Reset].
func (r *RecordBatch) Reset() error { return resetReader(r.Records) }

// MessageSet is a sequence of messages in the formats before record batches:
// either those that one compressed message held, or several uncompressed ones
// in a row.
type MessageSet struct {
	Attributes Attributes
	BaseOffset int64
	Records    RecordReader

	wire *batchOrigin
}

// ReadRecord returns the next record of the set, io.EOF at its end.
func (m *MessageSet) ReadRecord() (*Record, error) { return readRecord(m.Records) }

// Offset returns the offset of the first message of the set.
func (m *MessageSet) Offset() int64 { return m.BaseOffset }

// Version returns 1, the version that stands for message sets.
func (m *MessageSet) Version() int { return 1 }

// Reset moves back to the first record, see [RecordSet.Reset].
func (m *MessageSet) Reset() error { return resetReader(m.Records) }

// batchOrigin is what a batch was read from.
type batchOrigin struct {
	entries []byte
	reader  *ownedReader
}

// intact reports whether r are the records of the batch, none of them read.
func (o *batchOrigin) intact(r RecordReader) bool {
	return o != nil && r == RecordReader(o.reader) && !o.reader.begun
}

// describes reports whether the fields of b are still what was read.
func (o *batchOrigin) describes(b *RecordBatch) bool {
	var h batchHeader
	h.read(o.entries)
	return b.Attributes == h.attributes &&
		b.PartitionLeaderEpoch == h.leaderEpoch &&
		b.BaseOffset == h.baseOffset &&
		b.ProducerID == h.producerID &&
		b.ProducerEpoch == h.producerEpoch &&
		b.BaseSequence == h.baseSequence
}

// readStream returns the batches of the record set b, which it aliases.
func readStream(b []byte) *RecordStream {
	s := &RecordStream{wire: &streamOrigin{set: b}}
	for len(b) > 0 {
		entry, rest, err := splitEntry(b)
		if err != nil {
			s.Records = append(s.Records, unreadable(b, err))
			break
		}
		if entry == nil {
			s.wire.tail = b
			break
		}
		var group RecordReader
		if entry[entryMagic] == magicV2 {
			group, err = readBatch(entry)
		} else {
			group, rest, err = readMessageSet(b)
		}
		if err != nil {
			s.Records = append(s.Records, unreadable(b, err))
			break
		}
		s.Records = append(s.Records, group)
		b = rest
	}
	return s
}

// unreadable is a batch that stands for an error and for b, the rest of the set.
func unreadable(b []byte, err error) RecordReader {
	batch := &RecordBatch{
		BaseOffset:           entryOffset(b), // complete, or there would be no error
		ProducerID:           -1,
		ProducerEpoch:        -1,
		BaseSequence:         -1,
		PartitionLeaderEpoch: -1,
	}
	batch.Records = &failedReader{b, &BatchError{BaseOffset: batch.BaseOffset, Err: err}}
	return batch
}

// failure returns the error of a stream whose first batch is unreadable.
func (s *RecordStream) failure() error {
	if len(s.Records) == 0 {
		return nil
	}
	if b, ok := s.Records[0].(*RecordBatch); ok {
		if f, ok := b.Records.(*failedReader); ok {
			return f.err
		}
	}
	return nil
}

func readBatch(entry []byte) (RecordReader, error) {
	var h batchHeader
	if err := h.parse(entry, true); err != nil {
		return nil, err
	}
	reader := &ownedReader{wire: entry, control: true, verified: true}
	batch := RecordBatch{
		Attributes:           h.attributes,
		PartitionLeaderEpoch: h.leaderEpoch,
		BaseOffset:           h.baseOffset,
		ProducerID:           h.producerID,
		ProducerEpoch:        h.producerEpoch,
		BaseSequence:         h.baseSequence,
		Records:              reader,
		wire:                 &batchOrigin{entry, reader},
	}
	if h.attributes.Control() {
		control := ControlBatch(batch)
		return &control, nil
	}
	return &batch, nil
}

// readMessageSet returns the message set that b begins with: a compressed
// message, or all messages up to one that differs in its attributes.
func readMessageSet(b []byte) (group RecordReader, rest []byte, err error) {
	var first, m messageHeader
	for rest = b; ; {
		entry, next, err := splitEntry(rest)
		if err != nil || entry == nil || entry[entryMagic] == magicV2 {
			break // the first entry is whole: whatever this is comes after it
		}
		begin := len(rest) == len(b)
		if err = m.parse(entry); err != nil {
			if begin {
				return nil, b, err
			}
			break
		}
		if begin {
			first = m
		} else if m.attributes != first.attributes || m.magic != first.magic {
			break
		}
		rest = next
		if m.attributes&codecMask != 0 {
			first.offset = firstOffset(entry, m.offset)
			break
		}
	}
	entries := b[:len(b)-len(rest)]
	reader := &ownedReader{wire: entries}
	return &MessageSet{ //nolint:nilerr // what follows the set is read, or refused, on its own
		Attributes: first.attributes,
		BaseOffset: first.offset,
		Records:    reader,
		wire:       &batchOrigin{entries, reader},
	}, rest, nil
}

// firstOffset returns the offset of the first message in a compressed one, the
// fallback if there is none that can be read.
func firstOffset(entry []byte, fallback int64) int64 {
	var it RecordIter
	it.resetAll(entry)
	defer it.Close()
	if !it.Next() {
		return fallback
	}
	return it.Record().Offset
}
