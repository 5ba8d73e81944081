package protocol

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
)

func recordsForTest() []Record {
	at := time.UnixMilli(1_600_000_000_123).UTC()
	return []Record{
		{Time: at, Key: NewBytes([]byte("k")), Value: NewBytes([]byte("v")), Headers: []Header{{"a", []byte("b")}, {"c", nil}}},
		{Offset: 1, Time: at.Add(-time.Hour), Value: NewBytes([]byte{})},
		{Offset: 2, Time: at.Add(time.Hour), Key: NewBytes([]byte{}), Value: NewBytes(bytes.Repeat([]byte("long"), 5000))},
		{Offset: 3, Time: at},
	}
}

// requireRecords reads all of r and compares.
func requireRecords(t *testing.T, want []Record, r RecordReader) {
	t.Helper()
	for i := range want {
		got, err := r.ReadRecord()
		require.NoError(t, err)
		require.Equal(t, want[i].Offset, got.Offset)
		require.Equal(t, want[i].Time, got.Time)
		require.Equal(t, want[i].Headers, got.Headers)
		for _, pair := range [][2]Bytes{{want[i].Key, got.Key}, {want[i].Value, got.Value}} {
			a, err := ReadAll(pair[0])
			require.NoError(t, err)
			b, err := ReadAll(pair[1])
			require.NoError(t, err)
			require.Equal(t, a, b)
			if pair[0] != nil {
				require.NoError(t, pair[0].Close())
			}
		}
	}
	_, err := r.ReadRecord()
	require.Equal(t, io.EOF, err)
}

func TestRecordSetRoundTrip(t *testing.T) {
	for version := range int8(3) {
		for code := range int8(5) {
			if code == 4 && version < 2 {
				continue
			}
			want := recordsForTest()
			rs := RecordSet{Version: version, Attributes: Attributes(code), Records: NewRecordReader(want...)}
			var w bytes.Buffer
			n, err := rs.WriteTo(&w)
			require.NoError(t, err)
			require.Equal(t, int64(w.Len()), n)
			w.WriteString("what follows")

			var got RecordSet
			m, err := got.ReadFrom(iotest.OneByteReader(&w))
			require.NoError(t, err)
			require.Equal(t, n, m)
			require.Equal(t, "what follows", w.String())
			require.Equal(t, max(version, 1), got.Version)
			require.Equal(t, Attributes(code), got.Attributes)
			if version < 2 {
				for i := range want {
					want[i].Headers = nil
				}
			}
			requireRecords(t, want, got.Records)
		}
	}
}

func TestRecordSetErrors(t *testing.T) {
	for _, rs := range []RecordSet{{}, {Version: 2}, {Version: 2, Records: NewRecordReader()}, {Version: 1, Records: &RecordStream{}}} {
		var w bytes.Buffer
		n, err := rs.WriteTo(&w)
		require.Equal(t, ErrNoRecord, err)
		require.Zero(t, n)
		require.Zero(t, w.Len())
	}
	for _, version := range []int8{3, -1} {
		_, err := (&RecordSet{Version: version, Records: NewRecordReader(recordsForTest()...)}).WriteTo(io.Discard)
		require.ErrorContains(t, err, "version")
	}
	_, err := (&RecordSet{Version: 2, Attributes: 6, Records: NewRecordReader(recordsForTest()...)}).WriteTo(io.Discard)
	require.ErrorIs(t, err, ErrUnsupportedCompression)
	_, err = (&RecordSet{Version: 1, Attributes: Zstd, Records: NewRecordReader(recordsForTest()...)}).WriteTo(io.Discard)
	require.ErrorIs(t, err, ErrUnsupportedCompression)

	broken := errors.New("broken")
	for _, r := range []Record{
		{Key: lyingBytes{iotest.ErrReader(broken), 1, nil}},
		{Value: lyingBytes{iotest.ErrReader(broken), 1, nil}},
	} {
		_, err = (&RecordSet{Version: 2, Records: NewRecordReader(r)}).WriteTo(io.Discard)
		require.ErrorIs(t, err, broken)
	}
	_, err = (&RecordSet{Version: 2, Records: NewRecordReader(Record{Value: lyingBytes{strings.NewReader("x"), 2, nil}})}).WriteTo(io.Discard)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	_, err = (&RecordSet{Version: 2, Records: failing{broken}}).WriteTo(io.Discard)
	require.ErrorIs(t, err, broken)
}

type failing struct{ err error }

func (f failing) ReadRecord() (*Record, error) { return nil, f.err }

func TestRecordSetReadFromErrors(t *testing.T) {
	for input, c := range map[string]struct {
		n   int64
		err error
	}{
		"":                         {0, io.EOF},
		"\x00\x00":                 {2, io.ErrUnexpectedEOF},
		"\x00\x00\x00\x00":         {4, nil},
		"\xff\xff\xff\xff":         {4, nil},
		"\x00\x00\x00\x09x":        {5, io.ErrUnexpectedEOF},
		"\x7f\xff\xff\xffshort":    {9, io.ErrUnexpectedEOF},
		"\x00\x00\x00\x03abcdefgh": {7, nil}, // an incomplete batch is no error
	} {
		var rs RecordSet
		n, err := rs.ReadFrom(strings.NewReader(input))
		require.Equal(t, c.n, n, "%q", input)
		require.Equal(t, c.err, err, "%q", input)
	}
	batch := wireBatch{base: 77, values: []string{"a"}}.wire(t)
	batch[len(batch)-1] ^= 1
	var rs RecordSet
	_, err := rs.ReadFrom(bytes.NewReader(appendBytes(nil, batch)))
	require.ErrorIs(t, err, ErrChecksum)
}

// Keys and values of any kind of Bytes are written, and closed.
func TestRecordSetForeignBytes(t *testing.T) {
	closed := [2]bool{}
	rs := RecordSet{Version: 2, Records: NewRecordReader(Record{
		Key:   lyingBytes{strings.NewReader("key"), 3, &closed[0]},
		Value: lyingBytes{iotest.OneByteReader(strings.NewReader("value")), 5, &closed[1]},
	})}
	b, err := rs.appendTo(nil)
	require.NoError(t, err)
	require.Equal(t, [2]bool{true, true}, closed)
	var it RecordIter
	it.Reset(b, RecordIterOptions{})
	require.True(t, it.Next())
	require.Equal(t, "key", string(it.Record().Key))
	require.Equal(t, "value", string(it.Record().Value))
}

// A record without a time gets the current one, also beside one that has an old
// time.
func TestRecordSetZeroTime(t *testing.T) {
	old := time.UnixMilli(1000)
	for version := int8(1); version <= 2; version++ {
		rs := RecordSet{Version: version, Records: NewRecordReader(Record{Time: old}, Record{}, Record{Time: old}, Record{})}
		before := time.Now().UnixMilli()
		b, err := rs.appendTo(nil)
		require.NoError(t, err)
		var it RecordIter
		it.Reset(b, RecordIterOptions{})
		for i := range 4 {
			require.True(t, it.Next())
			ms := it.Record().Timestamp
			if i%2 == 0 {
				require.Equal(t, int64(1000), ms)
				continue
			}
			require.GreaterOrEqual(t, ms, before)
			require.LessOrEqual(t, ms, time.Now().UnixMilli())
		}
	}
}

func TestRecordTimes(t *testing.T) {
	require.True(t, recordTime(-1).IsZero())
	require.Equal(t, time.Unix(0, 0).UTC(), recordTime(0))
	require.Equal(t, int64(0), milliseconds(time.Unix(0, 0), 5))
	require.Equal(t, int64(5), milliseconds(time.Time{}, 5))
}

func TestRecordSetReset(t *testing.T) {
	records := recordsForTest()
	batch := wireBatch{values: []string{"a", "b"}}.wire(t)
	var stream RecordSet
	require.NoError(t, stream.decodeFrom(batch, ownRecords))
	for name, r := range map[string]RecordReader{
		"slice":   NewRecordReader(records...),
		"multi":   MultiRecordReader(NewRecordReader(records[0]), NewRecordReader(records[1:]...)),
		"wire":    NewWireRecords(batch),
		"stream":  stream.Records,
		"control": NewControlBatch(ControlRecord{Time: time.UnixMilli(1)}),
	} {
		rs := RecordSet{Version: 2, Records: r}
		once, err := rs.appendTo(nil)
		require.NoError(t, err, name)
		require.NoError(t, rs.Reset(), name)
		_, err = r.ReadRecord()
		require.True(t, err == nil, name)
		require.NoError(t, rs.Reset(), name)
		again, err := rs.appendTo(nil)
		require.NoError(t, err, name)
		require.Equal(t, once, again, name)
	}
	for _, r := range []RecordReader{failing{}, MultiRecordReader(failing{}), &RecordStream{Records: []RecordReader{failing{}}}, &RecordBatch{Records: failing{}}} {
		require.Equal(t, ErrNoReset, (&RecordSet{Records: r}).Reset())
	}
	require.NoError(t, (&RecordSet{}).Reset())
}

func TestMultiRecordReader(t *testing.T) {
	records := recordsForTest()
	readers := []RecordReader{NewRecordReader(records[:1]...), NewRecordReader(), NewRecordReader(records[1:]...)}
	m := MultiRecordReader(readers...)
	readers[0] = nil
	requireRecords(t, recordsForTest(), m)
	_, err := MultiRecordReader().ReadRecord()
	require.Equal(t, io.EOF, err)
	_, err = MultiRecordReader(failing{io.ErrClosedPipe}).ReadRecord()
	require.Equal(t, io.ErrClosedPipe, err)
}

func TestNewRecordReaderCopies(t *testing.T) {
	records := recordsForTest()
	r := NewRecordReader(records...)
	want := recordsForTest()
	clear(records)
	first, err := r.ReadRecord()
	require.NoError(t, err)
	*first = Record{} // a record is the reader's own copy
	require.NoError(t, resetReader(r))
	requireRecords(t, want, r)
}

func TestWireRecordsAreWrittenAsTheyAre(t *testing.T) {
	batch := wireBatch{base: 4, values: []string{"a", "b"}, options: BatchOptions{Codec: compress.Lookup(1)}}.wire(t)
	set := messageSet(t, 1, message{value: []byte("x")})
	for _, c := range []struct {
		version int8
		wire    []byte
	}{{0, batch}, {2, batch}, {0, set}, {1, set}, {2, nil}, {1, []byte("half")}} {
		rs := RecordSet{Version: c.version, Records: NewWireRecords(c.wire)}
		require.Equal(t, len(c.wire), rs.wireLen())
		b, err := rs.appendTo([]byte("x"))
		require.NoError(t, err)
		require.Equal(t, "x"+string(c.wire), string(b))
		require.Equal(t, c.wire, rs.Records.(*WireRecords).Bytes())
	}
	require.Equal(t, -1, (&RecordSet{Version: 2, Records: NewWireRecords(set)}).wireLen())
	require.Equal(t, -1, (&RecordSet{Version: 1, Records: NewWireRecords(batch)}).wireLen())
	require.Equal(t, -1, (&RecordSet{Version: 2, Records: NewRecordReader()}).wireLen())
}

// What a Writer has built as record batches, a broker before 0.11 gets as
// message sets, with the same codec.
func TestWireRecordsForOldBrokers(t *testing.T) {
	for code := range int8(5) {
		codec := compress.Lookup(code)
		wire := concat(
			wireBatch{values: []string{"a", "b"}, options: BatchOptions{Codec: codec}}.wire(t),
			wireBatch{values: []string{"c"}, options: BatchOptions{Codec: codec}}.wire(t),
		)
		rs := RecordSet{Version: 1, Records: NewWireRecords(wire)}
		b, err := rs.appendTo(nil)
		if code == 4 {
			require.ErrorIs(t, err, ErrUnsupportedCompression)
			continue
		}
		require.NoError(t, err)
		version, attributes := summary(b)
		require.Equal(t, int8(1), version)
		require.Equal(t, Attributes(code), attributes)
		var it RecordIter
		it.resetAll(b)
		require.Equal(t, []string{"0:a", "1:b", "0:c"}, shown(&it))
		it.Close()

		_, err = (&RecordSet{Version: 1, Records: NewWireRecords(wire[:len(wire)-1])}).appendTo(nil)
		require.ErrorIs(t, err, ErrMalformed)
	}
	// And the other way round.
	rs := RecordSet{Version: 2, Records: NewWireRecords(messageSet(t, 1, message{offset: 9, timestamp: 5, value: []byte("x")}))}
	b, err := rs.appendTo(nil)
	require.NoError(t, err)
	var it RecordIter
	it.Reset(b, RecordIterOptions{})
	require.Equal(t, []string{"0:x"}, shown(&it))
	require.Equal(t, int64(5), it.Record().Timestamp)
}

func TestWireRecordsReader(t *testing.T) {
	frame := concat(
		wireBatch{base: 4, values: []string{"a", "b"}}.wire(t),
		marker(t, 6, 1, ControlCommit, false),
		messageSet(t, 1, message{offset: 7, timestamp: 3, value: []byte("c")}),
		[]byte("incomplete"),
	)
	var rs RecordSet
	require.NoError(t, rs.decodeFrom(frame, aliasRecords))
	require.Equal(t, int8(2), rs.Version)
	require.Equal(t, Transactional|Control, rs.Attributes)
	w := rs.Records.(*WireRecords)
	require.Same(t, &frame[0], &w.Bytes()[0])
	require.NoError(t, w.Reset())
	var kept []Record
	for range 2 {
		for _, want := range []int64{4, 5, 7} {
			r, err := w.ReadRecord()
			require.NoError(t, err)
			require.Equal(t, want, r.Offset)
			kept = append(kept, *r)
		}
		for range 2 {
			_, err := w.ReadRecord()
			require.Equal(t, io.EOF, err)
		}
		require.NoError(t, w.Reset())
	}
	clear(frame)
	for i, want := range []string{"a", "b", "c", "a", "b", "c"} {
		v, err := ReadAll(kept[i].Value)
		require.NoError(t, err)
		require.Equal(t, want, string(v), "records own their memory")
	}
}

func TestRawRecordSet(t *testing.T) {
	var raw RawRecordSet
	_, err := raw.WriteTo(io.Discard)
	require.Equal(t, ErrNoRecord, err)
	_, err = raw.appendTo(nil)
	require.Equal(t, ErrNoRecord, err)
	n, err := raw.ReadFrom(strings.NewReader("bytes"))
	require.NoError(t, err)
	require.Equal(t, int64(5), n)
	b, err := raw.appendTo([]byte("x"))
	require.NoError(t, err)
	require.Equal(t, "xbytes", string(b))
	_, err = (&RawRecordSet{Reader: iotest.ErrReader(io.ErrClosedPipe)}).appendTo(nil)
	require.ErrorIs(t, err, io.ErrClosedPipe)

	frame := []byte("frame")
	for mode, want := range map[recordMode]string{ownRecords: "frame", aliasRecords: "Frame"} {
		copy(frame, "frame")
		require.NoError(t, raw.decodeFrom(frame, mode))
		frame[0] = 'F'
		var w bytes.Buffer
		n, err := raw.WriteTo(&w)
		require.NoError(t, err)
		require.Equal(t, int64(5), n)
		require.Equal(t, want, w.String())
	}
	require.NoError(t, raw.decodeFrom(nil, ownRecords))
	require.Nil(t, raw.Reader)
}

// A set of a version that there is not has no wire form, in whatever form its records are:
// those that are written from where they are go past what would refuse it.
func TestNoWireFormOfAnUnknownVersion(t *testing.T) {
	wire := make([]byte, entryMin)
	wire[entryMagic] = magicV1
	for version, want := range map[int8]bool{-1: false, 0: true, magicV1: true, magicV2: false, magicV2 + 1: false} {
		rs := RecordSet{Version: version, Records: NewWireRecords(wire)}
		require.Equal(t, want, rs.ready() != nil, version)
	}
}
