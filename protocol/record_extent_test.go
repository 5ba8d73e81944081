package protocol

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
)

// positionOf is where a reader of a set from its beginning gets to.
func positionOf(tb testing.TB, set []byte) int64 {
	tb.Helper()
	var it RecordIter
	defer it.Close()
	it.Reset(set, RecordIterOptions{})
	for it.Next() {
	}
	require.NoError(tb, it.Err())
	return it.Position()
}

// The extent of every kind of set is where a reader of it gets to.
func TestExtentOfGoldenSets(t *testing.T) {
	for _, g := range goldenFiles(t) {
		e := ExtentOf(g.wire)
		require.Equal(t, positionOf(t, g.wire), e.Next)
		epoch := int32(-1)
		if last := g.Batches[len(g.Batches)-1]; last.Magic == magicV2 {
			epoch = last.LeaderEpoch
		}
		require.Equal(t, epoch, e.LeaderEpoch)
	}
}

func TestExtentOf(t *testing.T) {
	a := wireBatch{base: 5, values: []string{"a", "b"}}.wire(t)
	zipped := wireBatch{base: 7, values: []string{"c", "d", "e"}, options: BatchOptions{Codec: compress.Lookup(1)}}.wire(t)
	gap := wireBatch{base: 10, values: []string{"f"}, gap: 9}.wire(t)
	empty := wireBatch{base: 20, noRecord: true, gap: 9}.wire(t)
	epoch := func(b []byte, v int32) []byte {
		return setInt32(batchLeaderEpoch, v)(bytes.Clone(b))
	}
	for name, c := range map[string]struct {
		set  []byte
		want RecordsExtent
	}{
		"nothing":                  {nil, RecordsExtent{LeaderEpoch: -1}},
		"one batch":                {epoch(a, 3), RecordsExtent{7, 2, 3}},
		"compressed":               {epoch(zipped, 3), RecordsExtent{10, 3, 3}},
		"compacted at its end":     {epoch(gap, 3), RecordsExtent{20, 1, 3}},
		"emptied by compaction":    {epoch(empty, 3), RecordsExtent{30, 0, 3}},
		"several":                  {concat(epoch(a, 1), epoch(zipped, 1), epoch(gap, 2), epoch(empty, 4)), RecordsExtent{30, 6, 4}},
		"the beginning of one":     {epoch(a, 3)[:len(a)-1], RecordsExtent{LeaderEpoch: -1}},
		"and of another":           {concat(epoch(a, 3), zipped[:40]), RecordsExtent{7, 2, 3}},
		"garbage behind":           {concat(epoch(a, 3), bytes.Repeat([]byte{0xff}, 100)), RecordsExtent{7, 2, 3}},
		"negative count":           {concat(epoch(a, 3), setInt32(batchCount, -1)(bytes.Clone(zipped))), RecordsExtent{7, 2, 3}},
		"negative last delta":      {concat(epoch(a, 3), setInt32(batchLastOffsetDelta, -1)(bytes.Clone(zipped))), RecordsExtent{7, 2, 3}},
		"offsets that go back":     {concat(epoch(gap, 3), a), RecordsExtent{20, 1, 3}},
		"the same again":           {concat(epoch(a, 3), epoch(a, 4)), RecordsExtent{7, 2, 3}},
		"too short for its header": {setInt32(8, 40)(bytes.Clone(a)), RecordsExtent{LeaderEpoch: -1}},
		"the largest offset":       {binary.BigEndian.AppendUint64(nil, math.MaxInt64-1)[:8:8], RecordsExtent{LeaderEpoch: -1}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, ExtentOf(c.set)) })
	}
	overflow := bytes.Clone(a)
	binary.BigEndian.PutUint64(overflow, math.MaxInt64-1)
	require.Equal(t, RecordsExtent{LeaderEpoch: -1}, ExtentOf(overflow))
}

// Cut off anywhere, a set has the extent of its complete batches.
func TestExtentOfCutSets(t *testing.T) {
	set := concat(
		wireBatch{base: 0, values: []string{"a", "b"}}.wire(t),
		wireBatch{base: 2, values: []string{"c"}, gap: 4, options: BatchOptions{Codec: compress.Lookup(3)}}.wire(t),
	)
	for n := range len(set) + 1 {
		require.Equal(t, positionOf(t, set[:n:n]), ExtentOf(set[:n:n]).Next, "%d bytes", n)
	}
}

// Whatever the bytes, the extent is not beyond where a reader gets to, and the same
// where all batches are complete and in order.
func FuzzExtentOf(f *testing.F) {
	seedRecords(f, func(set []byte) { f.Add(set) })
	f.Fuzz(func(t *testing.T, set []byte) {
		set = fixChecksums(set)
		e := ExtentOf(set)
		require.GreaterOrEqual(t, e.Records, 0)
		require.GreaterOrEqual(t, e.Next, int64(0))
		var it RecordIter
		defer it.Close()
		it.Reset(set, RecordIterOptions{})
		for it.Next() {
		}
		if it.Err() != nil {
			return
		}
		require.LessOrEqual(t, e.Next, it.Position())
		if ascending(set) {
			require.Equal(t, e.Next, it.Position())
		}
	})
}

// ascending tells whether a set consists of record batches each of which begins
// behind the one before, and holds no record behind its last offset.
func ascending(set []byte) bool {
	next := int64(0)
	for {
		entry, rest, err := splitEntry(set)
		if entry == nil || err != nil {
			return err == nil
		}
		var h batchHeader
		if entry[entryMagic] != magicV2 || h.parse(entry, false) != nil || h.baseOffset < next {
			return false
		}
		var it RecordIter
		it.resetAll(entry)
		for it.Next() {
			if it.Record().Offset > h.lastOffset() {
				return false
			}
		}
		it.Close()
		next, set = h.lastOffset()+1, rest
	}
}
