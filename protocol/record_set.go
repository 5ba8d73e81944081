package protocol

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// RecordSet is the sequence of records in a produce request or a fetch
// response. It is not safe for concurrent use.
type RecordSet struct {
	// Version is the format: 2 for record batches, 1 for message sets, which
	// brokers before 0.11 have and which cannot carry headers. Zero is written
	// as 1, unless Records is in wire form. When a set is read, it is the
	// highest version found.
	Version int8
	// Attributes holds for the whole set when records are written one by one.
	// When a set is read, it is what the attributes of its batches have together.
	Attributes Attributes
	// Records is the sequence. Of a set that was read it is a *[RecordStream],
	// whose records own their memory, and nil if the set is null.
	//
	// *[RecordBatch] and *[ControlBatch] are written with their attributes and
	// producer, *[WireRecords] are written as they are, a *RecordStream that was
	// read as the same batches. Anything else makes one batch.
	Records RecordReader
}

// Reset moves Records back to the first record, so that the set can be written
// once more. It fails with [ErrNoReset] if they come from a source that can be
// read only once, as a RecordReader of the program may be: one that has a
// method Reset() error can be read again.
func (rs *RecordSet) Reset() error {
	if rs.Records == nil {
		return nil
	}
	return resetReader(rs.Records)
}

// ReadFrom reads a record set from r, which begins with its size in four bytes;
// a size of -1 or 0 leaves Records nil. It returns the number of bytes read. The
// error is io.ErrUnexpectedEOF if r ends too early, and a [*BatchError] if the
// first batch cannot be read.
func (rs *RecordSet) ReadFrom(r io.Reader) (int64, error) {
	*rs = RecordSet{}
	var prefix [4]byte
	if n, err := io.ReadFull(r, prefix[:]); err != nil {
		return int64(n), err
	}
	size := int64(int32(binary.BigEndian.Uint32(prefix[:])))
	if size <= 0 {
		return 4, nil
	}
	var body bytes.Buffer // grows with what arrives, whatever the size says
	n, err := io.CopyN(&body, r, size)
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return 4 + n, err
	}
	stream := rs.readOwned(body.Bytes())
	return 4 + n, stream.failure()
}

// WriteTo writes the record set to w, with its size in four bytes before it. It
// reads the records and closes their keys and values. The error is
// [ErrNoRecord] if there are none, with nothing written.
func (rs *RecordSet) WriteTo(w io.Writer) (int64, error) {
	p := getBuffer()
	defer putBuffer(p)
	b, err := rs.appendTo(append(*p, 0, 0, 0, 0))
	if err != nil {
		return 0, err
	}
	*p = b
	if len(b)-4 > math.MaxInt32 {
		return 0, ErrBatchFull
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	n, err := w.Write(b)
	return int64(n), err
}

// decodeFrom reads the record set that b holds; nil is null. With aliasRecords
// the set aliases b.
func (rs *RecordSet) decodeFrom(b []byte, mode recordMode) error {
	*rs = RecordSet{}
	switch {
	case b == nil:
	case mode == aliasRecords:
		rs.Records = NewWireRecords(b)
		rs.Version, rs.Attributes = summary(b)
	default:
		rs.readOwned(slices.Clone(b))
	}
	return nil
}

// readOwned reads the record set that b holds, which it may keep.
func (rs *RecordSet) readOwned(b []byte) *RecordStream {
	stream := readStream(b)
	rs.Records = stream
	rs.Version, rs.Attributes = summary(b)
	stream.wire.version = rs.Version
	return stream
}

// summary returns the highest version among the batches of a record set, and
// the attributes that they have together.
func summary(b []byte) (version int8, a Attributes) {
	for {
		entry, rest, err := splitEntry(b)
		if entry == nil || err != nil {
			return version, a
		}
		version = max(version, int8(entry[entryMagic]))
		if entry[entryMagic] != magicV2 {
			a |= Attributes(entry[entryMagic+1]) & messageAttributes
		} else if len(entry) >= batchHeaderSize {
			a |= Attributes(binary.BigEndian.Uint16(entry[batchAttributes:]))
		}
		b = rest
	}
}

// ready returns the bytes that appendTo appends, nil if they have to be made.
func (rs *RecordSet) ready() []byte {
	if w, ok := rs.Records.(*WireRecords); ok && rs.known() && rs.keeps(w) {
		return w.wire
	}
	return nil
}

// known tells whether the version is one that there is, or left open.
func (rs *RecordSet) known() bool { return rs.Version >= 0 && rs.Version <= magicV2 }

// wireLen returns the number of bytes that appendTo appends, -1 if that is not
// known beforehand.
func (rs *RecordSet) wireLen() int {
	if w, ok := rs.Records.(*WireRecords); ok && rs.keeps(w) {
		return len(w.wire)
	}
	return -1
}

// keeps reports whether w is in the format that the set shall have.
func (rs *RecordSet) keeps(w *WireRecords) bool {
	if rs.Version == 0 || len(w.wire) < entryMin {
		return true
	}
	return (w.wire[entryMagic] == magicV2) == (rs.Version == magicV2)
}

// appendTo appends the record set without its size.
func (rs *RecordSet) appendTo(dst []byte) ([]byte, error) {
	if rs.Records == nil {
		return dst, ErrNoRecord
	}
	if !rs.known() {
		return dst, fmt.Errorf("unsupported record set version %d", rs.Version)
	}
	switch r := rs.Records.(type) {
	case *WireRecords:
		if rs.keeps(r) {
			return append(dst, r.wire...), nil
		}
		if rs.Version == magicV1 {
			return appendDowngraded(dst, r.wire)
		}
	case *RecordStream:
		if r.wire != nil && r.wire.version == rs.Version {
			return appendStream(dst, r)
		}
	case *RecordBatch:
		if rs.Version == magicV2 {
			return appendBatch(dst, r, rs.Attributes)
		}
		if r.identified {
			return dst, Errorf("a record set of version %d has no room for a producer", rs.Version)
		}
	case *ControlBatch:
		if rs.Version == magicV2 {
			batch := RecordBatch(*r)
			return appendBatch(dst, &batch, rs.Attributes|Control)
		}
	}
	magic := rs.Version
	if magic == 0 {
		magic = magicV1
	}
	return appendRecords(dst, magic, rs.Attributes, rs.Records)
}

// RawRecordSet is a record set of a produce request as bytes that were encoded
// elsewhere.
type RawRecordSet struct {
	// Reader gives the bytes: record batches without a size before them.
	Reader io.Reader
}

// ReadFrom reads r to its end, and makes Reader one of what was read.
func (rrs *RawRecordSet) ReadFrom(r io.Reader) (int64, error) {
	*rrs = RawRecordSet{}
	b, err := io.ReadAll(r)
	if err == nil {
		rrs.Reader = &rawRecords{*bytes.NewReader(b)}
	}
	return int64(len(b)), err
}

// rawRecords are raw records in memory, from their first byte on.
type rawRecords struct{ bytes.Reader }

// Reset moves Reader back to the first byte, so that the set can be written once
// more. It fails with [ErrNoReset] unless ReadFrom has made Reader.
func (rrs *RawRecordSet) Reset() error {
	switch r := rrs.Reader.(type) {
	case nil:
		return nil
	case *rawRecords:
		_, err := r.Seek(0, io.SeekStart)
		return err
	}
	return ErrNoReset
}

// WriteTo copies what Reader gives to w. The error is [ErrNoRecord] if Reader is
// nil.
func (rrs *RawRecordSet) WriteTo(w io.Writer) (int64, error) {
	if rrs.Reader == nil {
		return 0, ErrNoRecord
	}
	return io.Copy(w, rrs.Reader)
}

func (rrs *RawRecordSet) appendTo(dst []byte) ([]byte, error) {
	if rrs.Reader == nil {
		return dst, ErrNoRecord
	}
	buf := bytes.NewBuffer(dst)
	_, err := buf.ReadFrom(rrs.Reader)
	return buf.Bytes(), err
}

func (rrs *RawRecordSet) decodeFrom(b []byte, mode recordMode) error {
	*rrs = RawRecordSet{}
	if b == nil {
		return nil
	}
	if mode == ownRecords {
		b = slices.Clone(b)
	}
	rrs.Reader = bytes.NewReader(b)
	return nil
}
