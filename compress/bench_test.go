package compress_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/segmentio/kafka-go/compress"
)

// BenchmarkAppend compresses with room in dst. ratio is plain to compressed.
func BenchmarkAppend(b *testing.B) {
	benchmarkSizes(b, func(b *testing.B, c compress.Codec, p []byte) {
		dst, err := compress.Append(make([]byte, 0, 2*len(p)), c, p)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			_, _ = compress.Append(dst[:0], c, p)
		}
		b.ReportMetric(float64(len(p))/float64(len(dst)), "ratio")
	})
}

// BenchmarkAppendDecoded decompresses with room in dst.
func BenchmarkAppendDecoded(b *testing.B) {
	benchmarkSizes(b, func(b *testing.B, c compress.Codec, p []byte) {
		src, err := compress.Append(nil, c, p)
		if err != nil {
			b.Fatal(err)
		}
		dst := make([]byte, 0, 2*len(p))
		for b.Loop() {
			_, _ = compress.AppendDecoded(dst, c, src)
		}
	})
}

func BenchmarkNewReader(b *testing.B) {
	benchmarkSizes(b, func(b *testing.B, c compress.Codec, p []byte) {
		src := writeAll(b, c, p)
		in := newLoopReader(src)
		for b.Loop() {
			in.at = 0
			r := c.NewReader(in)
			_, _ = io.Copy(io.Discard, r)
			_ = r.Close()
		}
	})
}

func BenchmarkNewWriter(b *testing.B) {
	benchmarkSizes(b, func(b *testing.B, c compress.Codec, p []byte) {
		for b.Loop() {
			w := c.NewWriter(io.Discard)
			_, _ = w.Write(p)
			_ = w.Close()
		}
	})
}

// loopReader is a reader that starts again without an allocation.
type loopReader struct {
	b  []byte
	at int
}

func newLoopReader(b []byte) *loopReader { return &loopReader{b: b} }

func (r *loopReader) Read(p []byte) (int, error) {
	if r.at == len(r.b) {
		return 0, io.EOF
	}
	n := copy(p, r.b[r.at:])
	r.at += n
	return n, nil
}

func benchmarkSizes(b *testing.B, f func(*testing.B, compress.Codec, []byte)) {
	text := textOf(1 << 20)
	for _, name := range []string{"gzip", "snappy", "lz4", "zstd", "zstd-1", "zstd-7", "zstd-22"} {
		for _, n := range []int{1 << 10, 16 << 10, 128 << 10, 1 << 20} {
			b.Run(fmt.Sprintf("%s/%dKiB", name, n>>10), func(b *testing.B) {
				b.SetBytes(int64(n))
				b.ReportAllocs()
				f(b, testCodecs()[name], text[:n])
			})
		}
	}
}
