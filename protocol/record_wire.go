package protocol

import (
	"errors"
	"io"
)

// WireRecords is a record set in wire form: record batches, or messages of
// versions 0 and 1. As the Records of a [RecordSet] it is written as it is; a
// [RecordIter] walks over it without copying.
//
// It is a RecordReader too, whose records own their memory, and which leaves
// out control batches. It is not safe for concurrent use.
type WireRecords struct {
	wire   []byte
	reader *ownedReader
}

// NewWireRecords returns the record set that b holds, which it aliases.
func NewWireRecords(b []byte) *WireRecords { return &WireRecords{wire: b} }

// Bytes returns the wire form, which the record set aliases.
func (w *WireRecords) Bytes() []byte { return w.wire }

// ReadRecord returns the next record, io.EOF after the last one, and a
// [*BatchError] at a batch that cannot be read. An incomplete batch at the end
// is left out.
func (w *WireRecords) ReadRecord() (*Record, error) {
	if w.reader == nil {
		w.reader = &ownedReader{wire: w.wire}
	}
	return w.reader.ReadRecord()
}

// Reset moves back to the first record, see [RecordSet.Reset].
func (w *WireRecords) Reset() error {
	if w.reader == nil {
		return nil
	}
	return w.reader.Reset()
}

// ownedReader reads the records of wire form as [Record] values that own their
// memory.
type ownedReader struct {
	wire     []byte
	options  *RecordIterOptions // nil for all records
	control  bool               // control batches are shown
	verified bool               // checksums have been verified
	begun    bool
	err      error
	it       RecordIter
	slab     Slab
	chunk    []ownedRecord
	chunkLen int
}

// ownedRecord is a record and what its Key and Value refer to.
type ownedRecord struct {
	Record
	key, value byteReader
}

// ownedChunk is how many records are allocated at once, at most.
const ownedChunk = 64

func (r *ownedReader) ReadRecord() (*Record, error) {
	if r.err != nil {
		return nil, r.err
	}
	if !r.begun {
		r.begun = true
		if r.options != nil {
			r.it.Reset(r.wire, *r.options)
		} else {
			r.it.resetAll(r.wire)
		}
		r.it.control, r.it.verified = r.control, r.verified
	}
	if r.it.Next() {
		return r.own(r.it.Record()), nil
	}
	if r.err = r.it.Err(); r.err == nil {
		r.err = io.EOF
	}
	r.it.Close()
	return nil, r.err
}

func (r *ownedReader) own(v *RecordView) *Record {
	if len(r.chunk) == 0 {
		r.chunkLen = min(max(2*r.chunkLen, 1), ownedChunk)
		r.chunk = make([]ownedRecord, r.chunkLen)
	}
	o := &r.chunk[0]
	r.chunk = r.chunk[1:]
	o.Offset = v.Offset
	o.Time = recordTime(v.Timestamp)
	if v.Key != nil {
		o.key.data = r.slab.Copy(v.Key)
		o.Key = &o.key
	}
	if v.Value != nil {
		o.value.data = r.slab.Copy(v.Value)
		o.Value = &o.value
	}
	o.Headers = v.CopyHeaders(&r.slab)
	return &o.Record
}

// Reset moves back to the first record.
func (r *ownedReader) Reset() error {
	r.it.Close()
	r.begun, r.err = false, nil
	return nil
}

// failedReader stands for a batch that could not be read.
type failedReader struct {
	wire []byte
	err  error
}

func (r *failedReader) ReadRecord() (*Record, error) { return nil, r.err }

func (r *failedReader) Reset() error { return nil }

// bytesOf returns what is left of b. It aliases b, or scratch, which it extends
// and returns; b is closed.
func bytesOf(scratch []byte, b Bytes) (data, buf []byte, err error) {
	switch b := b.(type) {
	case nil:
		return nil, scratch, nil
	case *byteReader:
		return b.rest(), scratch, nil
	}
	defer b.Close()
	n := len(scratch)
	scratch = append(scratch, make([]byte, max(b.Len(), 0))...)
	if _, err := io.ReadFull(b, scratch[n:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, scratch[:n], err
	}
	return scratch[n:], scratch, nil
}
