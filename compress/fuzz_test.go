package compress_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/compress/lz4"
)

// fuzzDecoder holds for any input: an error leaves dst as it was; the limit is
// kept; and what the block form takes, the stream form reads alike.
func fuzzDecoder(f *testing.F, c compress.Codec) {
	for _, file := range goldenFiles(f) {
		if file.codec.Code() == c.Code() && len(file.data) < 5000 {
			f.Add(file.data)
		}
	}
	for _, n := range []int{0, 1, 100, 3000} {
		f.Add(mustAppend(f, c, mixed(n)))
		f.Add(writeAll(f, c, mixed(n)))
	}
	for _, b := range bombs(f) {
		if b.codec.Code() == c.Code() && len(b.data) < 5000 {
			f.Add(b.data)
		}
	}
	const limit = 1 << 20
	block := c.(interface {
		AppendDecoded(dst, src []byte, limit int) ([]byte, error)
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := block.AppendDecoded([]byte("dst"), b, limit)
		require.Equal(t, "dst", string(got[:3]))
		r := c.NewReader(bytes.NewReader(b))
		defer func() { require.NoError(t, r.Close()) }()
		streamed, streamErr := io.ReadAll(io.LimitReader(r, limit+1))
		if err != nil {
			require.Len(t, got, 3)
			return
		}
		require.LessOrEqual(t, len(got), 3+limit)
		require.NoError(t, streamErr)
		requireSame(t, got[3:], streamed)
	})
}

func FuzzGzip(f *testing.F) { fuzzDecoder(f, &compress.GzipCodec) }

func FuzzSnappy(f *testing.F) { fuzzDecoder(f, &compress.SnappyCodec) }

func FuzzLz4(f *testing.F) { fuzzDecoder(f, &compress.Lz4Codec) }

func FuzzLz4Legacy(f *testing.F) { fuzzDecoder(f, lz4.LegacyCodec{}) }

func FuzzZstd(f *testing.F) { fuzzDecoder(f, &compress.ZstdCodec) }

func FuzzRoundTrip(f *testing.F) {
	codecs := testCodecs()
	f.Add([]byte("some bytes, some bytes"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, p []byte) {
		for name, c := range codecs {
			if name == "zstd-22" || name == "snappy-best" {
				continue // too slow to find much
			}
			got, err := compress.AppendDecoded(nil, c, mustAppend(t, c, p))
			require.NoError(t, err, name)
			requireSame(t, p, got)
			got, err = compress.AppendDecoded(nil, c, writeAll(t, c, p))
			require.NoError(t, err, name)
			requireSame(t, p, got)
		}
	})
}
