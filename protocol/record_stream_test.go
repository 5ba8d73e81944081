package protocol

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
)

func decoded(t *testing.T, wire []byte) (*RecordSet, *RecordStream) {
	t.Helper()
	var rs RecordSet
	require.NoError(t, rs.decodeFrom(wire, ownRecords))
	return &rs, rs.Records.(*RecordStream)
}

func TestStreamGroups(t *testing.T) {
	plain := messageSet(t, 1, message{offset: 0}, message{offset: 1})
	other := messageSet(t, 1, message{offset: 2, attributes: LogAppendTime})
	wrapped := messageSet(t, 1, message{offset: 5, attributes: Gzip, value: gzipped(t, messageSet(t, 1, message{offset: 0}, message{offset: 2}))})
	batch := wireBatch{base: 6, values: []string{"a"}, options: BatchOptions{Idempotent: true, ProducerID: 9, BaseSequence: 3}}.wire(t)
	control := marker(t, 7, 9, ControlCommit, false)
	rs, stream := decoded(t, concat(plain, other, wrapped, batch, control))
	require.Equal(t, int8(2), rs.Version)
	require.Equal(t, Gzip|LogAppendTime|Transactional|Control, rs.Attributes)

	require.Len(t, stream.Records, 5)
	for i, want := range []struct {
		offset     int64
		attributes Attributes
	}{{0, 0}, {2, LogAppendTime}, {3, Gzip}} {
		set := stream.Records[i].(*MessageSet)
		require.Equal(t, want.offset, set.Offset())
		require.Equal(t, want.attributes, set.Attributes)
	}
	b := stream.Records[3].(*RecordBatch)
	require.Equal(t, [5]int64{6, -1, 9, 0, 3}, [5]int64{b.Offset(), int64(b.PartitionLeaderEpoch), b.ProducerID, int64(b.ProducerEpoch), int64(b.BaseSequence)})
	require.Equal(t, int64(7), stream.Records[4].(*ControlBatch).Offset())

	var offsets []int64
	for {
		r, err := stream.ReadRecord()
		if err != nil {
			require.Equal(t, io.EOF, err)
			break
		}
		offsets = append(offsets, r.Offset)
	}
	require.Equal(t, []int64{0, 1, 2, 3, 5, 6}, offsets)
}

// A batch that cannot be read hides no record before it, and no other batch's.
func TestStreamBrokenBatch(t *testing.T) {
	good := wireBatch{base: 1, values: []string{"a", "b"}}.wire(t)
	for name, c := range map[string]struct {
		broken []byte
		want   error
	}{
		"checksum":         {setByte(batchHeaderSize, 9)(wireBatch{base: 3, values: []string{"c"}}.wire(t)), ErrChecksum},
		"magic":            {setByte(entryMagic, 9)(wireBatch{base: 3, values: []string{"c"}}.wire(t)), ErrMalformed},
		"codec":            {edit(t, setByte(batchAttributes+1, 6)), ErrUnsupportedCompression},
		"message checksum": {setByte(entryHeaderSize, 1)(messageSet(t, 1, message{offset: 3})), ErrChecksum},
		"second message":   {setByte(entryHeaderSize+34, 1)(messageSet(t, 1, message{offset: 3}, message{offset: 4})), ErrChecksum},
	} {
		t.Run(name, func(t *testing.T) {
			wire := concat(good, c.broken, good)
			rs, stream := decoded(t, wire)
			b, err := rs.appendTo(nil)
			require.NoError(t, err)
			require.Equal(t, wire, b, "passed on as it came")

			for range 2 {
				_, err := stream.ReadRecord()
				require.NoError(t, err)
			}
			for err == nil {
				_, err = stream.ReadRecord()
			}
			require.ErrorIs(t, err, c.want)
			var batch *BatchError
			require.ErrorAs(t, err, &batch)
			_, err = stream.ReadRecord()
			require.ErrorIs(t, err, c.want, "and no record after it")

			require.NoError(t, stream.Reset())
			r, err := stream.ReadRecord()
			require.NoError(t, err)
			require.Equal(t, int64(1), r.Offset)
		})
	}
}

// A set that was read and is written again is what is left of it.
func TestStreamWrittenAgain(t *testing.T) {
	at := time.UnixMilli(50).UTC()
	first := wireBatch{base: 10, values: []string{"a", "b"}, baseTime: 50, options: BatchOptions{
		Idempotent: true, ProducerID: 7, ProducerEpoch: 1, BaseSequence: 5, Codec: compress.Lookup(1),
	}}.wire(t)
	second := wireBatch{base: 12, values: []string{"c"}}.wire(t)
	tail := []byte("incomplete batch")
	rs, stream := decoded(t, concat(first, second, tail))
	b, err := rs.appendTo(nil)
	require.NoError(t, err)
	require.Equal(t, concat(first, second, tail), b)

	r, err := stream.ReadRecord()
	require.NoError(t, err)
	require.Equal(t, at, r.Time)
	b, err = rs.appendTo(nil)
	require.NoError(t, err)
	_, rest := decoded(t, b)
	require.Equal(t, []string{"b", "c"}, values(t, rest))
	batch := rest.Records[0].(*RecordBatch)
	require.Equal(t, Gzip, batch.Attributes)
	require.Equal(t, int64(7), batch.ProducerID)

	require.NoError(t, rs.Reset())
	values(t, stream)
	_, err = rs.appendTo(nil)
	require.ErrorIs(t, err, ErrNoRecord)

	// Changed fields are written.
	rs, stream = decoded(t, concat(first, second))
	stream.Records[0].(*RecordBatch).ProducerID = 8
	b, err = rs.appendTo(nil)
	require.NoError(t, err)
	_, rest = decoded(t, b)
	require.Equal(t, int64(8), rest.Records[0].(*RecordBatch).ProducerID)
	require.Equal(t, []string{"a", "b", "c"}, values(t, rest))

	// Another version makes other batches.
	rs, _ = decoded(t, concat(first, second))
	rs.Version = 1
	b, err = rs.appendTo(nil)
	require.NoError(t, err)
	_, rest = decoded(t, b)
	require.IsType(t, &MessageSet{}, rest.Records[0])
	require.Equal(t, []string{"a", "b", "c"}, values(t, rest))

	rs, stream = decoded(t, messageSet(t, 1, message{offset: 3, value: []byte("x")}, message{offset: 4, value: []byte("y")}))
	_, err = stream.ReadRecord()
	require.NoError(t, err)
	b, err = rs.appendTo(nil)
	require.NoError(t, err)
	_, rest = decoded(t, b)
	require.Equal(t, []string{"y"}, values(t, rest))
}

// A stream that a program made is one batch: brokers take only one per
// partition.
func TestStreamMadeByHand(t *testing.T) {
	record := func(s string) RecordReader { return NewRecordReader(Record{Value: NewBytes([]byte(s))}) }
	stream := &RecordStream{Records: []RecordReader{
		record("a"),
		&RecordBatch{Records: record("b")},
		&MessageSet{Records: record("c")},
		NewControlBatch(ControlRecord{}),
	}}
	b, err := (&RecordSet{Version: 2, Attributes: Snappy, Records: stream}).appendTo(nil)
	require.NoError(t, err)
	_, got := decoded(t, b)
	require.Len(t, got.Records, 1)
	require.Equal(t, Snappy, got.Records[0].(*RecordBatch).Attributes)
	require.Equal(t, int64(-1), got.Records[0].(*RecordBatch).ProducerID)
	require.Equal(t, []string{"a", "b", "c"}, values(t, got))

	b, err = (&RecordSet{Version: 2, Records: &RecordBatch{ProducerID: 3, BaseOffset: 8, Attributes: Transactional, Records: record("a")}}).appendTo(nil)
	require.NoError(t, err)
	_, got = decoded(t, b)
	batch := got.Records[0].(*RecordBatch)
	require.Equal(t, int64(3), batch.ProducerID)
	require.Equal(t, int64(8), batch.BaseOffset)
	require.Equal(t, Transactional, batch.Attributes)

	for _, r := range []RecordReader{&RecordBatch{}, &MessageSet{}, &RecordStream{}} {
		_, err = r.ReadRecord()
		require.Equal(t, io.EOF, err)
	}
}

// Reading costs a few allocations per batch, not per record.
func TestOwnedRecordsAllocs(t *testing.T) {
	wire := benchBatch(t, 16, 100, 1, nil)
	n := testing.AllocsPerRun(20, func() {
		r := NewWireRecords(wire)
		for range benchRecords {
			if _, err := r.ReadRecord(); err != nil {
				t.Fatal(err)
			}
		}
	})
	require.Less(t, n/benchRecords, 0.06)
}
