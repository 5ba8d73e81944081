package protocol

import (
	"hash/crc32"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
)

func TestRecordSumJoins(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	batch := make([]byte, batchHeaderSize+3*sumChunk)
	for i := range batch {
		batch[i] = byte(random.Uint32())
	}
	for _, n := range []int{0, 1, 7, 8, 255, 256, 1000, sumChunk, sumChunk + 1, 3 * sumChunk} {
		var s recordSum
		whole := batch[:batchHeaderSize+n]
		for end := batchHeaderSize; end < len(whole); end = min(len(whole), end+1+random.IntN(n)) {
			s.extend(whole[:end])
		}
		s.extend(whole)
		require.Equal(t, crc32.Checksum(whole[batchAttributes:], castagnoli), s.join(whole), "%d bytes", n)
	}
}

// A batch that is summed as it grows is as one that is summed at the end, whatever
// it has been through.
func TestBuilderSumsAsItGrows(t *testing.T) {
	value := make([]byte, 1000)
	grow := func(b *BatchBuilder, kilobytes int) {
		for i := range kilobytes {
			value[0] = byte(i)
			require.NoError(t, b.Append(int64(i), nil, value, nil))
		}
	}
	checked := func(b *BatchBuilder, o BatchOptions) {
		wire, err := b.Seal(o)
		require.NoError(t, err)
		var h batchHeader
		require.NoError(t, h.parse(wire, true))
	}
	lz4, gzip := compress.Lz4.Codec(), compress.Gzip.Codec()
	var b BatchBuilder
	for range 3 {
		grow(&b, 100)
		require.NotEqual(t, b.coded, b.sum.end > 0, "a batch to be compressed is not summed before")
		checked(&b, BatchOptions{})
		checked(&b, BatchOptions{Idempotent: true, ProducerID: 9, BaseSequence: 7})
		grow(&b, 1)
		checked(&b, BatchOptions{})
		checked(&b, BatchOptions{Codec: lz4})
		grow(&b, 40)
		checked(&b, BatchOptions{Codec: lz4})
		checked(&b, BatchOptions{Codec: gzip, Idempotent: true, ProducerID: 9, BaseSequence: 8})
		checked(&b, BatchOptions{})
		grow(&b, 40)
		checked(&b, BatchOptions{Codec: gzip})
		b.Reset()
		grow(&b, 1)
		checked(&b, BatchOptions{Codec: lz4})
		b.Reset()
	}
}
