package protocol

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/segmentio/kafka-go/compress"
)

// seedRecords adds the golden record sets and what is made of them.
func seedRecords(f *testing.F, add func(set []byte)) {
	for _, g := range goldenFiles(f) {
		if len(g.wire) > 10_000 {
			continue
		}
		add(g.wire)
		add(g.wire[:len(g.wire)-1])
	}
	add(nil)
}

// fixChecksums makes the checksums of all batches and messages right, so that
// changed bytes get past them.
func fixChecksums(b []byte) []byte {
	b = bytes.Clone(b)
	for rest := b; ; {
		entry, next, err := splitEntry(rest)
		if entry == nil || err != nil {
			return b
		}
		if entry[entryMagic] != magicV2 {
			w := messageWriter{dst: entry}
			_ = w.end(0)
		} else if len(entry) >= batchHeaderSize {
			fixBatch(entry)
		}
		rest = next
	}
}

func FuzzRecordIter(f *testing.F) {
	seedRecords(f, func(set []byte) {
		f.Add(set, int64(0), false)
		f.Add(set, int64(1001), true)
	})
	f.Fuzz(func(t *testing.T, set []byte, offset int64, committed bool) {
		for _, b := range [][]byte{set, fixChecksums(set)} {
			walk(t, b, offset, committed)
		}
	})
}

// walk iterates over b and checks what holds whatever b is.
func walk(t *testing.T, b []byte, offset int64, committed bool) {
	var it RecordIter
	defer it.Close()
	it.Reset(b, RecordIterOptions{
		Offset:        offset,
		ReadCommitted: committed,
		Aborted:       []AbortedTransaction{{4712, 3}, {4711, 1000}, {4711, 10}},
	})
	var slab Slab
	// A record takes seven bytes or more, and codecs are bounded.
	most := compress.Limit(len(b))/recordMin + 1
	position := it.Position()
	for n := 0; it.Next(); n++ {
		r := it.Record()
		if n > most {
			t.Fatalf("record %d of %d bytes", n, len(b))
		}
		if r.Offset < offset || r.Attributes.Control() || it.Position() < position || it.Position() <= r.Offset {
			t.Fatalf("offset %d, attributes %v, position %d after %d", r.Offset, r.Attributes, it.Position(), position)
		}
		position = it.Position()
		headers := 0
		for range r.Headers() {
			headers++
		}
		if headers != r.HeaderCount() || len(r.CopyHeaders(&slab)) != headers {
			t.Fatalf("%d headers, %d announced", headers, r.HeaderCount())
		}
	}
	if it.Err() != nil && it.Truncated() {
		t.Fatal("both truncated and", it.Err())
	}
}

func FuzzRecordSet(f *testing.F) {
	seedRecords(f, func(set []byte) { f.Add(set) })
	f.Fuzz(func(t *testing.T, set []byte) {
		for _, b := range [][]byte{set, fixChecksums(set)} {
			reread(t, b)
		}
	})
}

// reread checks that a set is written as it was read, and that what its records
// make is what was read.
func reread(t *testing.T, b []byte) {
	var rs RecordSet
	if err := rs.decodeFrom(b, ownRecords); err != nil {
		t.Fatal(err)
	}
	if b == nil {
		return
	}
	again, err := rs.appendTo(nil)
	if err != nil || !bytes.Equal(again, b) {
		t.Fatalf("%v: %d bytes instead of %d", err, len(again), len(b))
	}
	stream := rs.Records.(*RecordStream)
	count := 0
	for err == nil {
		if _, err = stream.ReadRecord(); err == nil {
			count++
		}
	}
	w := NewWireRecords(b)
	for i := 0; ; i++ {
		if _, err := w.ReadRecord(); err != nil {
			if i != count {
				t.Fatalf("%d records, %d in the stream", i, count)
			}
			break
		}
	}
	if err := rs.Reset(); err != nil {
		t.Fatal(err)
	}
	if rebuilt, err := appendRecords(nil, magicV2, 0, rs.Records); err == nil {
		var it RecordIter
		it.Reset(rebuilt, RecordIterOptions{})
		n := 0
		for it.Next() {
			n++
		}
		if it.Err() != nil || n != count {
			t.Fatalf("%d records of %d written: %v", n, count, it.Err())
		}
	}
}

// FuzzMessageSet puts the input into a message, compressed too.
func FuzzMessageSet(f *testing.F) {
	seedRecords(f, func(set []byte) {
		for code := range int8(4) {
			f.Add(set, code, int8(1), int64(1002), int64(5))
		}
		f.Add(set, int8(3|8), int8(0), int64(0), int64(math.MaxInt64))
	})
	f.Fuzz(func(t *testing.T, inner []byte, attributes, magic int8, offset, timestamp int64) {
		inner = fixChecksums(inner)
		if codec, err := lookupCodec(Attributes(attributes), magic&1); err == nil && codec != nil {
			if compressed, err := compress.Append([]byte{}, codec, inner); err == nil {
				inner = compressed
			}
		}
		w := messageWriter{magic: magic & 1}
		start := w.begin(offset, Attributes(attributes), timestamp)
		w.dst = appendInt32(w.dst, -1)
		w.dst = binary.BigEndian.AppendUint32(w.dst, uint32(len(inner)))
		w.dst = append(w.dst, inner...)
		if err := w.end(start); err != nil {
			t.Fatal(err)
		}
		walk(t, w.dst, 0, false)
		reread(t, w.dst)
	})
}
