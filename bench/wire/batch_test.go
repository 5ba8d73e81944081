package wire

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBatch(t *testing.T) {
	var values [][]byte
	for i := range 3000 {
		values = append(values, fmt.Appendf(nil, "value %d of a batch that is longer than a block of snappy", i))
	}
	for _, codec := range Codecs {
		t.Run(codec, func(t *testing.T) {
			records, err := AppendBatch(nil, codec, values)
			require.NoError(t, err)
			require.EqualValues(t, 3000, nextOffset(records, 0))
			cut := append(records[:len(records):len(records)], records[:100]...) // brokers cut the last one off

			var offsets []int64
			var seen [][]byte
			require.NoError(t, walk(cut, 10, func(offset int64, value []byte) {
				offsets = append(offsets, offset)
				seen = append(seen, append([]byte(nil), value...))
			}))
			require.Equal(t, values[10:], seen)
			require.EqualValues(t, 10, offsets[0])

			records[len(records)-1] ^= 1
			require.ErrorContains(t, walk(records, 0, func(int64, []byte) {}), "CRC")
		})
	}
}
