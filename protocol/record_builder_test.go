package protocol

import (
	"bytes"
	"io"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
)

func TestBuilderSizes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	some := func(most int) []byte {
		if rnd.IntN(4) == 0 {
			return nil
		}
		return make([]byte, rnd.IntN(most))
	}
	var b BatchBuilder
	require.Equal(t, batchHeaderSize, b.Len())
	for i := range 2000 {
		var headers []Header
		for range rnd.IntN(3) {
			headers = append(headers, Header{Key: string(some(70)), Value: some(200)})
		}
		timestamp := rnd.Int64N(1 << rnd.IntN(50))
		key, value := some(20), some(20000>>rnd.IntN(12))
		size, before := b.RecordSize(timestamp, key, value, headers), b.Len()
		require.NoError(t, b.Append(timestamp, key, value, headers))
		require.Equal(t, before+size, b.Len())
		require.Equal(t, i+1, b.Count())
	}
	batch, err := b.Seal(BatchOptions{})
	require.NoError(t, err)
	require.Len(t, batch, b.Len())
}

// Times may come in any order: deltas are from the first, the maximum is the
// largest.
func TestBuilderTimes(t *testing.T) {
	times := []int64{5000, 90_000_000_000, 4000, 5001, -1, 0, math.MaxInt64, math.MinInt64}
	var b BatchBuilder
	for _, ms := range times {
		require.NoError(t, b.Append(ms, nil, nil, nil))
	}
	batch, err := b.Seal(BatchOptions{})
	require.NoError(t, err)
	var h batchHeader
	require.NoError(t, h.parse(batch, true))
	require.Equal(t, int64(5000), h.baseTimestamp)
	require.Equal(t, int64(math.MaxInt64), h.maxTimestamp)
	var it RecordIter
	it.Reset(batch, RecordIterOptions{})
	for _, ms := range times {
		require.True(t, it.Next())
		require.Equal(t, ms, it.Record().Timestamp)
	}
}

func TestBuilderProducers(t *testing.T) {
	var b BatchBuilder
	require.NoError(t, b.Append(0, nil, []byte("v"), nil))
	for name, c := range map[string]struct {
		o    BatchOptions
		want batchHeader
	}{
		"none":            {BatchOptions{}, batchHeader{producerID: -1, producerEpoch: -1, baseSequence: -1}},
		"not used":        {BatchOptions{ProducerID: 5}, batchHeader{producerID: -1, producerEpoch: -1, baseSequence: -1}},
		"id 0":            {BatchOptions{Idempotent: true}, batchHeader{}},
		"idempotent":      {BatchOptions{Idempotent: true, ProducerID: 5, ProducerEpoch: 6, BaseSequence: 7}, batchHeader{producerID: 5, producerEpoch: 6, baseSequence: 7}},
		"transactional":   {BatchOptions{Transactional: true, ProducerID: 5}, batchHeader{producerID: 5, attributes: Transactional}},
		"control":         {BatchOptions{Transactional: true, Control: true}, batchHeader{attributes: Transactional | Control}},
		"log append time": {BatchOptions{Idempotent: true, LogAppendTime: true, Codec: compress.Lookup(2)}, batchHeader{attributes: LogAppendTime | Snappy}},
	} {
		batch, err := b.Seal(c.o)
		require.NoError(t, err)
		var h batchHeader
		require.NoError(t, h.parse(batch, true))
		c.want.count, c.want.leaderEpoch = 1, -1
		require.Equal(t, c.want, h, name)
	}
}

func TestBuilderSealAgain(t *testing.T) {
	var b BatchBuilder
	_, err := b.Seal(BatchOptions{})
	require.ErrorIs(t, err, ErrNoRecord)
	for round := range 3 {
		for n := 1; n <= 3; n++ {
			require.NoError(t, b.Append(int64(n), nil, []byte{byte('a' + round)}, nil))
			for code := range int8(5) {
				batch, err := b.Seal(BatchOptions{Codec: compress.Lookup(code)})
				require.NoError(t, err)
				var it RecordIter
				it.Reset(batch, RecordIterOptions{})
				require.Len(t, shown(&it), n)
				require.NoError(t, it.Err())
				it.Close()
			}
		}
		b.Reset()
		require.Zero(t, b.Count())
		require.Equal(t, batchHeaderSize, b.Len())
	}
	_, err = b.Seal(BatchOptions{})
	require.ErrorIs(t, err, ErrNoRecord, "Reset makes it empty")
}

func TestBuilderFull(t *testing.T) {
	var b BatchBuilder
	require.NoError(t, b.Append(0, nil, nil, nil))
	b.header.count = math.MaxInt32 - 1
	require.NoError(t, b.Append(0, nil, nil, nil))
	before := bytes.Clone(b.buf)
	require.ErrorIs(t, b.Append(0, nil, nil, nil), ErrBatchFull)
	require.Equal(t, before, b.buf)

	b.Reset()
	require.NoError(t, b.Append(0, nil, nil, nil))
	headers := make([]Header, 0, 100)
	for range cap(headers) { // 2.1 GB if it were written
		headers = append(headers, Header{Value: make([]byte, 0)})
	}
	huge := string(make([]byte, 22<<20))
	for i := range headers {
		headers[i].Key = huge
	}
	require.ErrorIs(t, b.Append(0, nil, nil, headers), ErrBatchFull)
	require.Equal(t, 1, b.Count())
	require.Equal(t, math.MaxInt32, b.RecordSize(0, nil, nil, headers))
	_, err := b.Seal(BatchOptions{})
	require.NoError(t, err, "as it was before")
}

// countingCodec counts how often it compresses.
type countingCodec struct {
	compress.Codec
	writers *int
}

func (c countingCodec) NewWriter(w io.Writer) io.WriteCloser {
	*c.writers++
	return c.Codec.NewWriter(w)
}

func TestBuilderCompressesOnce(t *testing.T) {
	var b BatchBuilder
	codec := countingCodec{compress.Lookup(1), new(int)}
	require.ErrorIs(t, b.Compress(codec), ErrNoRecord)
	require.NoError(t, b.Append(0, nil, make([]byte, 1000), nil))
	require.NoError(t, b.Compress(codec))
	require.Equal(t, 1, *codec.writers)
	first, err := b.Seal(BatchOptions{Codec: codec, Idempotent: true, BaseSequence: 1})
	require.NoError(t, err)
	first = bytes.Clone(first)
	second, err := b.Seal(BatchOptions{Codec: codec, Idempotent: true, BaseSequence: 2})
	require.NoError(t, err)
	require.NotEqual(t, first, second)
	require.Equal(t, 1, *codec.writers, "sealing again does not compress again")
	plain, err := b.Seal(BatchOptions{})
	require.NoError(t, err)
	require.Greater(t, len(plain), 1000)
	require.NoError(t, b.Append(0, nil, make([]byte, 1000), nil))
	_, err = b.Seal(BatchOptions{Codec: codec})
	require.NoError(t, err)
	require.Equal(t, 2, *codec.writers, "another record makes it out of date")
}

type strangeCodec struct {
	compress.Codec
	code int8
}

func (c strangeCodec) Code() int8 { return c.code }

func TestBuilderCodecs(t *testing.T) {
	var b BatchBuilder
	require.NoError(t, b.Append(0, nil, make([]byte, 1000), nil))
	for _, code := range []int8{0, 8, -1, 127} {
		_, err := b.Seal(BatchOptions{Codec: strangeCodec{compress.Lookup(1), code}})
		require.ErrorIs(t, err, ErrUnsupportedCompression)
	}
	batch, err := b.Seal(BatchOptions{Codec: strangeCodec{compress.Lookup(1), 7}})
	require.NoError(t, err)
	require.Equal(t, byte(7), batch[batchAttributes+1])
	require.Less(t, len(batch), 200)
}

func TestBuilderSealCopiesNothing(t *testing.T) {
	var b BatchBuilder
	require.NoError(t, b.Append(0, nil, []byte("v"), nil))
	batch, err := b.Seal(BatchOptions{})
	require.NoError(t, err)
	require.Same(t, &b.buf[0], &batch[0])
}

func TestBuilderAllocs(t *testing.T) {
	var b BatchBuilder
	key, value := make([]byte, 16), make([]byte, 100)
	headers := []Header{{"a", value}, {"b", nil}}
	for code := range int8(5) {
		codec := compress.Lookup(code)
		run := func() {
			b.Reset()
			for i := range int64(1000) {
				if b.Append(i, key, value, headers) != nil {
					t.Error("append")
				}
			}
			if _, err := b.Seal(BatchOptions{Codec: codec}); err != nil {
				t.Error(err)
			}
		}
		run()
		n := testing.AllocsPerRun(20, run)
		if codec == nil {
			require.Zero(t, n)
		}
		// The race detector empties the pools of the codecs at random.
		require.Less(t, n/1000, 0.05, "codec %d", code)
	}
	b.Reset()
	i := int64(0)
	b.buf = make([]byte, 0, 1<<20)
	require.Zero(t, testing.AllocsPerRun(1000, func() {
		i++
		if b.Append(i, key, value, headers) != nil {
			t.Error("append")
		}
	}))
}
