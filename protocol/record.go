package protocol

import (
	"errors"
	"io"
	"slices"
	"time"
)

// Header is a key and a value that travel with a record, outside of its own
// key and value (KIP-82). Brokers before 0.11 do not have headers.
type Header struct {
	Key string
	// Value is nil for null, which differs from empty.
	Value []byte
}

// Record is one record of a record set.
//
// A Record is not safe for concurrent use.
type Record struct {
	// Offset is the position of the record in its partition. It is ignored
	// when records are produced: the broker assigns it.
	Offset int64
	// Time is the time of the record, which Kafka keeps in milliseconds. When
	// records are written, the zero Time stands for the current time; in
	// records that were read it says that there is none.
	Time time.Time
	// Key and Value are nil for null. Of records that were read they may be
	// kept: they do not alias the buffer that the records came in.
	Key   Bytes
	Value Bytes
	// Headers is nil if there are none. It is to be treated as immutable.
	Headers []Header
}

// RecordReader is a sequence of records, read once from its beginning to its
// end. Readers are not safe for concurrent use.
type RecordReader interface {
	// ReadRecord returns the next record, or io.EOF after the last one. The
	// record is valid until the next call.
	ReadRecord() (*Record, error)
}

// NewRecordReader returns a reader of the records given. It copies the slice,
// but not what the records refer to.
func NewRecordReader(records ...Record) RecordReader {
	return &recordSlice{records: slices.Clone(records)}
}

type recordSlice struct {
	records []Record
	next    int
	current Record
}

func (r *recordSlice) ReadRecord() (*Record, error) {
	if r.next == len(r.records) {
		return nil, io.EOF
	}
	r.current = r.records[r.next]
	r.next++
	return &r.current, nil
}

func (r *recordSlice) Reset() error {
	r.next = 0
	return nil
}

// MultiRecordReader returns a reader of the records of each reader in turn.
func MultiRecordReader(batches ...RecordReader) RecordReader {
	return &multiReader{readers: slices.Clone(batches)}
}

type multiReader struct {
	readers []RecordReader
	next    int
}

func (m *multiReader) ReadRecord() (*Record, error) {
	for m.next < len(m.readers) {
		r, err := m.readers[m.next].ReadRecord()
		if !errors.Is(err, io.EOF) {
			return r, err
		}
		m.next++
	}
	return nil, io.EOF
}

func (m *multiReader) Reset() error {
	if err := resetAll(m.readers); err != nil {
		return err
	}
	m.next = 0
	return nil
}

// resetReader moves r back to its first record.
func resetReader(r RecordReader) error {
	if s, ok := r.(interface{ Reset() error }); ok {
		return s.Reset()
	}
	return ErrNoReset
}

func resetAll(readers []RecordReader) error {
	for _, r := range readers {
		if err := resetReader(r); err != nil {
			return err
		}
	}
	return nil
}

// milliseconds is the wire form of a time; the zero Time gives now.
func milliseconds(t time.Time, now int64) int64 {
	if t.IsZero() {
		return now
	}
	return t.UnixMilli()
}

// recordTime is the time of a timestamp of the wire, where negative ones mean
// that there is none.
func recordTime(ms int64) time.Time {
	if ms < 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
