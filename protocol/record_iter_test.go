package protocol

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
)

// wireBatch is a record batch for tests.
type wireBatch struct {
	base     int64
	values   []string
	gap      int32 // offsets after the last record that were compacted away
	options  BatchOptions
	maxTime  int64
	baseTime int64
	noRecord bool
}

func (w wireBatch) wire(tb testing.TB) []byte {
	tb.Helper()
	var b BatchBuilder
	values := w.values
	if w.noRecord {
		values = []string{"removed"}
	}
	for i, v := range values {
		require.NoError(tb, b.Append(w.baseTime+int64(i), nil, []byte(v), nil))
	}
	batch, err := b.Seal(w.options)
	require.NoError(tb, err)
	batch = bytes.Clone(batch)
	var h batchHeader
	h.read(batch)
	h.baseOffset = w.base
	h.lastOffsetDelta += w.gap
	if w.maxTime != 0 {
		h.maxTimestamp = w.maxTime
	}
	if w.noRecord {
		h.count = 0
		batch = batch[:batchHeaderSize]
	}
	h.put(batch, recordSum{})
	return batch
}

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// shown collects the values that an iterator shows, with their offsets.
func shown(it *RecordIter) (list []string) {
	for it.Next() {
		list = append(list, fmt.Sprintf("%d:%s", it.Record().Offset, it.Record().Value))
	}
	return list
}

func TestIterSkipsToOffset(t *testing.T) {
	set := concat(
		wireBatch{base: 10, values: []string{"a", "b", "c"}}.wire(t),
		wireBatch{base: 13, values: []string{"d", "e"}, options: BatchOptions{Codec: compress.Lookup(1)}}.wire(t),
	)
	all := []string{"10:a", "11:b", "12:c", "13:d", "14:e"}
	var it RecordIter
	defer it.Close()
	for from := int64(8); from <= 16; from++ {
		it.Reset(set, RecordIterOptions{Offset: from})
		require.Equal(t, from, it.Position())
		assert.Equal(t, all[min(max(from-10, 0), 5):], append([]string{}, shown(&it)...))
		assert.NoError(t, it.Err())
		assert.Equal(t, max(from, 15), it.Position(), "the position never moves back")
	}
}

func TestIterPositionFollowsRecords(t *testing.T) {
	set := concat(
		wireBatch{base: 5, values: []string{"a", "b"}, gap: 3}.wire(t),
		wireBatch{base: 20, values: []string{"c"}}.wire(t),
	)
	var it RecordIter
	defer it.Close()
	it.Reset(set, RecordIterOptions{Offset: 5})
	for _, want := range []int64{6, 10, 21} { // the last record of a batch ends the batch
		require.True(t, it.Next())
		require.Equal(t, want, it.Position())
	}
	require.False(t, it.Next())
	require.Equal(t, int64(21), it.Position())
}

// A batch that compaction has emptied, alone or not, is passed.
func TestIterPassesEmptyBatches(t *testing.T) {
	empty := wireBatch{base: 1000, noRecord: true, gap: 9}.wire(t)
	var it RecordIter
	it.Reset(empty, RecordIterOptions{Offset: 1000})
	require.False(t, it.Next())
	require.NoError(t, it.Err())
	require.Equal(t, int64(1010), it.Position())

	it.Reset(concat(empty, wireBatch{base: 1010, values: []string{"x"}}.wire(t), empty), RecordIterOptions{Offset: 1005})
	require.Equal(t, []string{"1010:x"}, shown(&it))
	require.Equal(t, int64(1011), it.Position())
}

func TestIterLogAppendTime(t *testing.T) {
	for _, arrival := range []bool{false, true} {
		var it RecordIter
		it.Reset(wireBatch{
			values: []string{"a", "b", "c"}, baseTime: 1000, maxTime: 5000,
			options: BatchOptions{LogAppendTime: arrival},
		}.wire(t), RecordIterOptions{})
		for i := range int64(3) {
			require.True(t, it.Next())
			want := 1000 + i
			if arrival {
				want = 5000
			}
			require.Equal(t, want, it.Record().Timestamp)
			require.Equal(t, arrival, it.Record().Attributes.LogAppendTime())
		}
	}
}

// A reader must not lose records of a producer that numbered them wrongly, which
// brokers did not check in every version.
func TestIterShowsRecordsWithEqualOffsets(t *testing.T) {
	batch := wireBatch{base: 7, values: []string{"a", "b", "c"}}.wire(t)
	for i := range 3 { // the second and third record: 8 bytes each, offset delta at 3
		batch[batchHeaderSize+8*i+3] = 0
	}
	fixBatch(batch)
	var it RecordIter
	it.Reset(batch, RecordIterOptions{Offset: 7})
	require.Equal(t, []string{"7:a", "7:b", "7:c"}, shown(&it))
	require.Equal(t, int64(10), it.Position())
}

func fixBatch(b []byte) {
	binary.BigEndian.PutUint32(b[8:], uint32(len(b)-entryHeaderSize))
	binary.BigEndian.PutUint32(b[batchChecksum:], crc32.Checksum(b[batchAttributes:], castagnoli))
}

func TestIterTruncated(t *testing.T) {
	first := wireBatch{base: 0, values: []string{"a", "b"}}.wire(t)
	set := concat(first, wireBatch{base: 2, values: []string{"c"}}.wire(t))
	var it RecordIter
	for n := range len(set) + 1 {
		it.Reset(set[:n:n], RecordIterOptions{})
		got := shown(&it)
		require.NoError(t, it.Err(), "%d bytes", n)
		require.Equal(t, n != 0 && n != len(first) && n != len(set), it.Truncated(), "%d bytes", n)
		switch {
		case n < len(first):
			require.Empty(t, got)
			require.Zero(t, it.Position())
		case n < len(set):
			require.Equal(t, []string{"0:a", "1:b"}, got)
			require.Equal(t, int64(2), it.Position())
		}
		require.False(t, it.Next(), "the end stays the end")
	}
}

func TestIterChecksums(t *testing.T) {
	for _, name := range []string{"batch-none-headers.bin", "batch-zstd-plain.bin", "set1-none-plain.bin", "set0-gzip-plain.bin"} {
		g := goldenNamed(t, name)
		first := wireBatch{base: 900, values: []string{"before"}}.wire(t)
		covered := batchAttributes
		if g.Batches[0].Magic != magicV2 {
			covered = entryMagic + 1
		}
		entry, _, err := splitEntry(g.wire)
		require.NoError(t, err)
		for at := covered; at < len(entry); at++ {
			broken := bytes.Clone(g.wire)
			broken[at] ^= 0x10
			var it RecordIter
			it.Reset(concat(first, broken), RecordIterOptions{})
			require.Equal(t, []string{"900:before"}, shown(&it))
			require.ErrorIs(t, it.Err(), ErrChecksum, "byte %d of %s", at, name)
			var batch *BatchError
			require.ErrorAs(t, it.Err(), &batch)
			require.Equal(t, entryOffset(g.wire), batch.BaseOffset)
			require.Contains(t, it.Err().Error(), fmt.Sprint(batch.BaseOffset))
			require.Equal(t, int64(901), it.Position(), "not past the broken batch")
			require.False(t, it.Next())
		}
	}
}

func TestIterUnknownCodec(t *testing.T) {
	batch := wireBatch{base: 3, values: []string{"a"}}.wire(t)
	batch[batchAttributes+1] = 6
	fixBatch(batch)
	var it RecordIter
	it.Reset(batch, RecordIterOptions{Offset: 3})
	require.False(t, it.Next())
	require.ErrorIs(t, it.Err(), ErrUnsupportedCompression)
	require.ErrorContains(t, it.Err(), "code 6")
	require.Equal(t, int64(3), it.Position())

	// A batch that has nothing to show needs no codec.
	it.Reset(batch, RecordIterOptions{Offset: 4})
	require.False(t, it.Next())
	require.NoError(t, it.Err())
}

// edit returns a valid batch with some bytes changed and the checksum adapted.
func edit(t *testing.T, change func(b []byte) []byte) []byte {
	b := change(wireBatch{base: 5, values: []string{"a", "b"}}.wire(t))
	if len(b) >= batchHeaderSize {
		fixBatch(b)
	}
	return b
}

func setInt32(at int, v int32) func([]byte) []byte {
	return func(b []byte) []byte {
		binary.BigEndian.PutUint32(b[at:], uint32(v))
		return b
	}
}

func setByte(at int, v byte) func([]byte) []byte {
	return func(b []byte) []byte {
		b[at] = v
		return b
	}
}

func TestIterMalformed(t *testing.T) {
	// A record of these is length, attributes, time, offset, key, value, header
	// count: the value of one byte is at 6.
	const record = batchHeaderSize
	for name, c := range map[string]struct {
		change func([]byte) []byte
		shown  []string
	}{
		"negative offset":           {change: setByte(0, 0x80)},
		"offset too large":          {change: func(b []byte) []byte { binary.BigEndian.PutUint64(b, math.MaxInt64-1); return b }},
		"negative last delta":       {change: setInt32(batchLastOffsetDelta, -1)},
		"negative count":            {change: setInt32(batchCount, -1)},
		"count beyond the bytes":    {change: setInt32(batchCount, 3)},
		"count of 2^31-1":           {change: setInt32(batchCount, math.MaxInt32)},
		"count too small":           {change: setInt32(batchCount, 1), shown: []string{"5:a"}},
		"bytes after the records":   {change: func(b []byte) []byte { return append(b, 0) }, shown: []string{"5:a", "6:b"}},
		"record too short":          {change: setByte(record, 2)},
		"record negative":           {change: setByte(record, 1)},
		"record beyond the batch":   {change: setByte(record, 120)},
		"record length unending":    {change: func(b []byte) []byte { return append(b[:record], bytes.Repeat([]byte{0x80}, 18)...) }},
		"negative offset delta":     {change: setByte(record+3, 1)},
		"key beyond the record":     {change: setByte(record+4, 100)},
		"key of -2":                 {change: setByte(record+4, 3)},
		"value beyond the record":   {change: setByte(record+5, 100)},
		"value of -2":               {change: setByte(record+5, 3)},
		"value too short":           {change: setByte(record+5, 0)},
		"negative headers":          {change: setByte(record+7, 1)},
		"headers without bytes":     {change: setByte(record+7, 2)},
		"2^60 headers":              {change: setByte(record+7, 0x7f)},
		"second record":             {change: setByte(record+8+5, 100), shown: []string{"5:a"}},
		"header instead of a batch": {change: func(b []byte) []byte { return b[:batchHeaderSize-1] }},
	} {
		t.Run(name, func(t *testing.T) {
			b := edit(t, c.change)
			if len(b) < batchHeaderSize {
				binary.BigEndian.PutUint32(b[8:], uint32(len(b)-entryHeaderSize))
			}
			var it RecordIter
			it.Reset(b, RecordIterOptions{})
			require.Equal(t, c.shown, shown(&it))
			require.ErrorIs(t, it.Err(), ErrMalformed)
			var batch *BatchError
			require.ErrorAs(t, it.Err(), &batch)
			require.Equal(t, entryOffset(b), batch.BaseOffset)
			require.False(t, it.Next())
			require.GreaterOrEqual(t, it.Position(), int64(0))
		})
	}
}

func TestIterMalformedEntries(t *testing.T) {
	batch := wireBatch{base: 5, values: []string{"a"}}.wire(t)
	for name, change := range map[string]func([]byte) []byte{
		"negative size": setInt32(8, -1),
		"size of 0":     setInt32(8, 0),
		"size of 13":    setInt32(8, 13),
		"magic 3":       setByte(entryMagic, 3),
		"magic -1":      setByte(entryMagic, 255),
	} {
		var it RecordIter
		it.Reset(change(bytes.Clone(batch)), RecordIterOptions{})
		require.False(t, it.Next(), name)
		require.ErrorIs(t, it.Err(), ErrMalformed, name)
	}
	var it RecordIter
	it.Reset(setInt32(8, math.MaxInt32)(batch), RecordIterOptions{})
	require.False(t, it.Next())
	require.NoError(t, it.Err())
	require.True(t, it.Truncated(), "a size beyond the set is an incomplete batch")
}

func TestIterHeaders(t *testing.T) {
	headers := []Header{{"k", []byte("v")}, {"", nil}, {"empty", []byte{}}}
	var b BatchBuilder
	require.NoError(t, b.Append(0, nil, nil, headers))
	batch, err := b.Seal(BatchOptions{})
	require.NoError(t, err)
	batch = bytes.Clone(batch)
	var it RecordIter
	it.Reset(batch, RecordIterOptions{})
	require.True(t, it.Next())
	r := it.Record()
	require.Nil(t, r.Key)
	require.Nil(t, r.Value)
	require.Equal(t, 3, r.HeaderCount())
	copied := r.CopyHeaders(new(Slab))
	for range r.Headers() {
		break // an iteration may end early
	}
	clear(batch)
	require.Equal(t, headers, copied, "copies do not alias the record")

	// The header bytes begin behind length, attributes, deltas, key, value, count.
	at := batchHeaderSize + 7
	for name, change := range map[string]func([]byte) []byte{
		"null key":         setByte(at, 1),
		"key too long":     setByte(at, 60),
		"value too long":   setByte(at+2, 60),
		"value of -2":      setByte(at+2, 3),
		"one header more":  setByte(at-1, 8),
		"one header fewer": setByte(at-1, 4),
	} {
		batch, err := b.Seal(BatchOptions{})
		require.NoError(t, err)
		batch = change(bytes.Clone(batch))
		fixBatch(batch)
		it.Reset(batch, RecordIterOptions{})
		require.False(t, it.Next(), name)
		require.ErrorIs(t, it.Err(), ErrMalformed, name)
	}
}

func TestIterHeaderValueOfNegativeSize(t *testing.T) {
	var b BatchBuilder
	require.NoError(t, b.Append(0, nil, nil, []Header{{Key: "k"}}))
	batch, err := b.Seal(BatchOptions{})
	require.NoError(t, err)
	batch[len(batch)-1] = 3 // -2 where null is -1
	fixBatch(batch)
	var it RecordIter
	it.Reset(batch, RecordIterOptions{})
	require.False(t, it.Next())
	require.ErrorIs(t, it.Err(), ErrMalformed)
}

// One huge batch does not make the pool keep its memory.
func TestBufferPoolKeepsNothingHuge(t *testing.T) {
	for range 100 {
		huge := make([]byte, 0, pooledMax+1)
		putBuffer(&huge)
		p := getBuffer()
		require.LessOrEqual(t, cap(*p), pooledMax)
		require.Empty(t, *p)
	}
}

func TestIterBatchFacts(t *testing.T) {
	g := goldenNamed(t, "batch-gzip-transactional.bin")
	var it RecordIter
	it.Reset(concat(g.wire, goldenNamed(t, "set1-none-plain.bin").wire), RecordIterOptions{})
	for range g.Records {
		require.True(t, it.Next())
		r, h := it.Record(), g.Batches[0]
		require.Equal(t, h.Attributes, r.Attributes)
		require.Equal(t, h.ProducerID, r.ProducerID)
		require.Equal(t, h.ProducerEpoch, r.ProducerEpoch)
		require.Equal(t, h.LeaderEpoch, r.LeaderEpoch)
	}
	require.True(t, it.Next())
	r := it.Record()
	require.Equal(t, [3]int64{-1, -1, -1}, [3]int64{r.ProducerID, int64(r.ProducerEpoch), int64(r.LeaderEpoch)})
	require.Zero(t, r.HeaderCount())
	it.Close()
}

func TestIterVarints(t *testing.T) {
	for _, v := range []int64{0, 1, -1, 63, 64, -64, -65, 8191, 8192, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64} {
		b := appendVarint([]byte{9}, v)
		got, i := readVarint(b, 1)
		require.Equal(t, v, got)
		require.Equal(t, len(b), i)
		for n := 1; n < len(b); n++ {
			_, i := readVarint(b[:n], 1)
			require.Equal(t, pastEnd, i)
		}
	}
	_, i := readVarint(append(bytes.Repeat([]byte{0x80}, 10), 0), 0)
	require.Equal(t, pastEnd, i, "more bytes than 64 bits take")
	_, i = readVarint(nil, pastEnd)
	require.Equal(t, pastEnd, i)
}

func TestIterAllocs(t *testing.T) {
	for code := range int8(5) {
		codec := compress.Lookup(code)
		batch := benchBatch(t, 16, 100, 2, codec)
		var it RecordIter
		run := func() {
			it.Reset(batch, RecordIterOptions{ReadCommitted: true, Aborted: []AbortedTransaction{{1, 1}}})
			n := 0
			for it.Next() {
				for k, v := range it.Record().Headers() {
					n += len(k) + len(v)
				}
			}
			if it.Err() != nil || n == 0 {
				t.Error(it.Err(), n)
			}
		}
		run()
		n := testing.AllocsPerRun(50, run)
		if codec == nil {
			require.Zero(t, n)
		}
		// The race detector empties pools at random: of buffers and codecs.
		require.Less(t, n/benchRecords, 0.05, "codec %d", code)
		it.Close()
	}
}

// A small batch that would become a huge one is an error, not memory.
func TestIterBomb(t *testing.T) {
	codec := compress.Lookup(int8(compress.Gzip))
	zeros, err := compress.Append(nil, codec, make([]byte, 65<<20))
	require.NoError(t, err)
	var inner []byte
	inner, err = compress.Append(make([]byte, batchHeaderSize), compress.Lookup(int8(compress.Zstd)), make([]byte, 65<<20))
	require.NoError(t, err)
	for code, b := range map[Attributes][]byte{
		Gzip: append(make([]byte, batchHeaderSize), zeros...),
		Zstd: inner,
	} {
		(&batchHeader{attributes: code, count: 1}).put(b, recordSum{})
		var it RecordIter
		it.Reset(b, RecordIterOptions{})
		require.False(t, it.Next())
		require.ErrorIs(t, it.Err(), compress.ErrTooLarge)
		it.Close()
	}
}
