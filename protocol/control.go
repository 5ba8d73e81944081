package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Types of control records (KIP-98).
const (
	ControlAbort  int16 = 0
	ControlCommit int16 = 1
)

// controlKeySize is the size of the key of a control record: version and type.
const controlKeySize = 4

// ControlRecord is a marker that the broker wrote between the records of a
// partition, such as the end of a transaction.
type ControlRecord struct {
	Offset int64
	Time   time.Time
	// Version is the version of the key's format.
	Version int16
	// Type says what the marker marks: [ControlAbort], [ControlCommit], or a
	// type that only brokers use among each other.
	Type int16
	// Data is the value of the record, nil for null.
	Data    []byte
	Headers []Header
}

// ReadControlRecord interprets r, a record of a control batch. It reads the key
// and value of r and closes them.
func ReadControlRecord(r *Record) (*ControlRecord, error) {
	if r.Key == nil {
		return nil, fmt.Errorf("%w: control record with a null key", ErrMalformed)
	}
	defer r.Key.Close()
	key, err := ReadAll(r.Key)
	if err != nil {
		return nil, fmt.Errorf("reading the key of a control record: %w", err)
	}
	if len(key) != controlKeySize {
		return nil, fmt.Errorf("%w: control record with a key of %d bytes, %d expected", ErrMalformed, len(key), controlKeySize)
	}
	if r.Value != nil {
		defer r.Value.Close()
	}
	data, err := ReadAll(r.Value)
	if err != nil {
		return nil, fmt.Errorf("reading the value of a control record: %w", err)
	}
	return &ControlRecord{
		Offset:  r.Offset,
		Time:    r.Time,
		Version: int16(binary.BigEndian.Uint16(key)),
		Type:    int16(binary.BigEndian.Uint16(key[2:])),
		Data:    data,
		Headers: r.Headers,
	}, nil
}

// Key returns the key of the record on the wire.
func (cr *ControlRecord) Key() Bytes {
	return NewBytes(appendInt16(appendInt16(make([]byte, 0, controlKeySize), cr.Version), cr.Type))
}

// Value returns the value of the record on the wire. It aliases Data.
func (cr *ControlRecord) Value() Bytes { return NewBytes(cr.Data) }

// Record returns the record as it stands in its batch. It aliases Data and
// Headers.
func (cr *ControlRecord) Record() Record {
	return Record{Offset: cr.Offset, Time: cr.Time, Key: cr.Key(), Value: cr.Value(), Headers: cr.Headers}
}

// ControlBatch is a record batch that holds control records. [RecordStream]
// hides such batches, but lists them.
type ControlBatch struct {
	Attributes           Attributes
	PartitionLeaderEpoch int32
	BaseOffset           int64
	ProducerID           int64
	ProducerEpoch        int16
	BaseSequence         int32
	Records              RecordReader

	identified bool // as in RecordBatch
	wire       *batchOrigin
}

// NewControlBatch returns a control batch of the records given. It copies the
// slice, but not what the records refer to.
func NewControlBatch(records ...ControlRecord) *ControlBatch {
	return &ControlBatch{Attributes: Control, Records: &controlReader{records: slices.Clone(records)}}
}

// ReadRecord returns the next record of the batch as data, io.EOF at its end.
func (c *ControlBatch) ReadRecord() (*Record, error) { return readRecord(c.Records) }

// ReadControlRecord returns the next record of the batch, io.EOF at its end.
func (c *ControlBatch) ReadControlRecord() (*ControlRecord, error) {
	if r, ok := c.Records.(*controlReader); ok {
		return r.ReadControlRecord()
	}
	r, err := c.ReadRecord()
	if err != nil {
		return nil, err
	}
	return ReadControlRecord(r)
}

// Offset returns the offset of the first record of the batch.
func (c *ControlBatch) Offset() int64 { return c.BaseOffset }

// Version returns 2, the version of the batch format.
func (c *ControlBatch) Version() int { return 2 }

// Reset moves back to the first record, see [RecordSet.Reset].
func (c *ControlBatch) Reset() error { return resetReader(c.Records) }

type controlReader struct {
	records []ControlRecord
	next    int
	current Record
}

func (r *controlReader) ReadControlRecord() (*ControlRecord, error) {
	if r.next == len(r.records) {
		return nil, io.EOF
	}
	r.next++
	return &r.records[r.next-1], nil
}

func (r *controlReader) ReadRecord() (*Record, error) {
	c, err := r.ReadControlRecord()
	if err != nil {
		return nil, err
	}
	r.current = c.Record()
	return &r.current, nil
}

func (r *controlReader) Reset() error {
	r.next = 0
	return nil
}

// readRecord reads from r, where nil is an empty sequence.
func readRecord(r RecordReader) (*Record, error) {
	if r == nil {
		return nil, io.EOF
	}
	rec, err := r.ReadRecord()
	if err != nil && errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	return rec, err
}
