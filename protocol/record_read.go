package protocol

import (
	"errors"
	"io"
)

// Read returns the records that a reader is to see of a set that was fetched, see
// RecordIterOptions. They own their memory. Errors are those of a [RecordStream].
//
// Records in any other form than that of a set that was read are filtered by their
// offset alone.
func (rs *RecordSet) Read(o RecordIterOptions) RecordReader {
	if wire, ok := rs.wire(); ok {
		return &ownedReader{wire: wire, options: &o}
	}
	return &offsetFilter{rs.Records, o.Offset}
}

// NextOffset returns the offset to fetch after the set, when it was fetched from an
// offset: the one after the last batch that is there as a whole, whether it has
// records to be seen or not. Where a batch cannot be read, it is not passed.
func (rs *RecordSet) NextOffset(from int64) int64 {
	b, _ := rs.wire()
	for {
		entry, rest, err := splitEntry(b)
		if entry == nil || err != nil {
			return from
		}
		last := entryOffset(entry)
		if entry[entryMagic] == magicV2 {
			var h batchHeader
			if h.parse(entry, true) != nil {
				return from
			}
			last = h.lastOffset()
		}
		from = max(from, last+1)
		b = rest
	}
}

// wire returns the wire form of the set, if it has that.
func (rs *RecordSet) wire() ([]byte, bool) {
	switch r := rs.Records.(type) {
	case nil:
		return nil, true
	case *WireRecords:
		return r.wire, true
	case *RecordStream:
		if r.wire != nil {
			return r.wire.set, true
		}
	}
	return nil, false
}

// offsetFilter leaves out records before an offset.
type offsetFilter struct {
	records RecordReader
	from    int64
}

func (f *offsetFilter) ReadRecord() (*Record, error) {
	for {
		r, err := readRecord(f.records)
		if err != nil || r.Offset >= f.from {
			return r, err
		}
		if err := errors.Join(closeBytes(r.Key), closeBytes(r.Value)); err != nil {
			return nil, err
		}
	}
}

func closeBytes(b io.Closer) error {
	if b == nil {
		return nil
	}
	return b.Close()
}
