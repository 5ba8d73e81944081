package protocol

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// readValues reads to the end, or to an error, which it returns.
func readValues(t *testing.T, r RecordReader) (list []string, err error) {
	t.Helper()
	for {
		rec, err := r.ReadRecord()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		value, err := ReadAll(rec.Value)
		require.NoError(t, err)
		list = append(list, string(value))
	}
}

func TestReadShowsWhatAReaderIsToSee(t *testing.T) {
	set := concat(
		wireBatch{base: 0, values: []string{"a", "b", "c"}}.wire(t),
		producerBatch(t, 3, 7, true, "aborted"),
		marker(t, 4, 7, 0, false),
		producerBatch(t, 5, 8, true, "committed"),
		marker(t, 6, 8, 1, false),
		wireBatch{base: 7, noRecord: true, gap: 4}.wire(t),
	)
	options := RecordIterOptions{Offset: 1, ReadCommitted: true, Aborted: []AbortedTransaction{{ProducerID: 7, FirstOffset: 3}}}
	for name, decode := range map[string]recordMode{"own": ownRecords, "alias": aliasRecords} {
		var rs RecordSet
		require.NoError(t, rs.decodeFrom(set, decode))
		list, err := readValues(t, rs.Read(options))
		require.NoError(t, err)
		require.Equal(t, []string{"b", "c", "committed"}, list, name)
		list, err = readValues(t, rs.Read(RecordIterOptions{Offset: 3}))
		require.NoError(t, err)
		require.Equal(t, []string{"aborted", "committed"}, list, name)
		require.EqualValues(t, 12, rs.NextOffset(1), name)
		require.EqualValues(t, 50, rs.NextOffset(50), name)
	}
	other := RecordSet{Records: NewRecordReader(Record{Offset: 1, Value: NewBytes([]byte("x"))}, Record{Offset: 2, Value: NewBytes([]byte("y"))})}
	list, err := readValues(t, other.Read(RecordIterOptions{Offset: 2}))
	require.NoError(t, err)
	require.Equal(t, []string{"y"}, list)
	list, err = readValues(t, new(RecordSet).Read(options))
	require.NoError(t, err)
	require.Empty(t, list)
	require.EqualValues(t, 9, new(RecordSet).NextOffset(9))
}

func TestNextOffsetStopsAtWhatCannotBeRead(t *testing.T) {
	good := wireBatch{base: 4, values: []string{"a", "b"}}.wire(t)
	bad := wireBatch{base: 6, values: []string{"c"}}.wire(t)
	bad[len(bad)-1] ^= 1
	for name, set := range map[string][]byte{
		"checksum": concat(good, bad), "cut": concat(good, good[:len(good)-1]), "garbage": concat(good, make([]byte, 40)),
	} {
		var rs RecordSet
		require.NoError(t, rs.decodeFrom(set, ownRecords))
		require.EqualValues(t, 6, rs.NextOffset(4), name)
	}
	var rs RecordSet
	require.NoError(t, rs.decodeFrom(concat(good, bad), ownRecords))
	list, err := readValues(t, rs.Read(RecordIterOptions{Offset: 4}))
	require.ErrorIs(t, err, ErrChecksum)
	require.Equal(t, []string{"a", "b"}, list)
	require.NoError(t, rs.decodeFrom(goldenNamed(t, "set1-gzip-plain.bin").wire, ownRecords))
	g := goldenNamed(t, "set1-gzip-plain.bin")
	require.EqualValues(t, g.Records[len(g.Records)-1].Offset+1, rs.NextOffset(0))
}

func TestProducerOfThreeZeros(t *testing.T) {
	for name, test := range map[string]struct {
		set        bool
		attributes Attributes
		want       int64
	}{
		"none":                 {false, 0, -1},
		"by SetProducer":       {true, 0, 0},
		"in a transaction":     {false, Transactional, 0},
		"both, and compressed": {true, Transactional | Gzip, 0},
	} {
		b := &RecordBatch{Records: NewRecordReader(Record{Value: NewBytes([]byte("v"))})}
		if test.set {
			b.SetProducer(0, 0, 0)
		}
		rs := RecordSet{Version: 2, Attributes: test.attributes, Records: b}
		wire, err := rs.appendTo(nil)
		require.NoError(t, err, name)
		var h batchHeader
		require.NoError(t, h.parse(wire, true), name)
		require.Equal(t, []int64{test.want, test.want, test.want}, []int64{h.producerID, int64(h.producerEpoch), int64(h.baseSequence)}, name)
		require.Equal(t, test.attributes, h.attributes, name)
		rs.Version = 1
		require.NoError(t, rs.Reset())
		_, err = rs.appendTo(nil)
		require.Equal(t, test.set, err != nil, name)
	}
}

func TestRawRecordSetReset(t *testing.T) {
	require.NoError(t, new(RawRecordSet).Reset())
	require.Equal(t, ErrNoReset, (&RawRecordSet{Reader: strings.NewReader("x")}).Reset())
	var rrs RawRecordSet
	n, err := rrs.ReadFrom(strings.NewReader("bytes"))
	require.NoError(t, err)
	require.EqualValues(t, 5, n)
	for range 2 {
		b, err := rrs.appendTo(nil)
		require.NoError(t, err)
		require.Equal(t, "bytes", string(b))
		require.NoError(t, rrs.Reset())
	}
}
