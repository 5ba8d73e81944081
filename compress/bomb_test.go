package compress_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"

	kzstd "github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/compress/gzip"
	"github.com/segmentio/kafka-go/compress/lz4"
	"github.com/segmentio/kafka-go/compress/snappy"
	"github.com/segmentio/kafka-go/compress/zstd"
)

const mib = 1 << 20

func TestLimit(t *testing.T) {
	for n, want := range map[int]int{
		0: 64 * mib, 1024: 64 * mib, 256 << 10: 64 * mib, mib: 256 * mib, 4 * mib: 1 << 30, 4*mib + 1: 1 << 30, math.MaxInt32: 1 << 30,
	} {
		assert.Equal(t, want, compress.Limit(n), n)
	}
}

// allocated returns how many bytes f allocates in all, which its peak cannot
// exceed.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// zstdFrame is a frame that does not state its size, with the given blocks.
func zstdFrame(windowLog int, blocks ...[]byte) []byte {
	b := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, byte((windowLog - 10) << 3)}
	for i, block := range blocks {
		b = append(b, block...)
		if i == len(blocks)-1 {
			b[len(b)-len(block)] |= 1
		}
	}
	return b
}

// rleBlock becomes n zeros.
func rleBlock(n int) []byte {
	h := n<<3 | 1<<1
	return []byte{byte(h), byte(h >> 8), byte(h >> 16), 0}
}

// matchBlock is a compressed block that becomes 128 KiB without the help of
// another, and does not say so anywhere.
func matchBlock(t testing.TB) []byte {
	t.Helper()
	z, err := kzstd.NewWriter(nil, kzstd.WithEncoderCRC(false), kzstd.WithEncoderLevel(kzstd.SpeedBetterCompression), kzstd.WithSingleSegment(true))
	require.NoError(t, err)
	frame := z.EncodeAll(bytes.Repeat([]byte("abcdefghijklmnopqrstuvwxyz"), 128<<10)[:128<<10], nil)
	require.NoError(t, z.Close())
	var h kzstd.Header
	require.NoError(t, h.Decode(frame))
	require.True(t, h.FirstBlock.Compressed && h.FirstBlock.Last)
	block := bytes.Clone(frame[h.HeaderSize:])
	block[0] &^= 1
	return block
}

func times(n int, block []byte) [][]byte {
	list := make([][]byte, n)
	for i := range list {
		list[i] = block
	}
	return list
}

// lz4Header is a frame header; its checksum is found by trying.
func lz4Header(t testing.TB, flags, blockSize byte, size uint64) []byte {
	t.Helper()
	b := binary.LittleEndian.AppendUint64([]byte{0x04, 0x22, 0x4d, 0x18, flags, blockSize}, size)
	for sum := range 256 {
		h := append(b[:14:14], byte(sum))
		if _, err := compress.AppendDecoded(nil, lz4.Codec{}, h); !strings.Contains(err.Error(), "header checksum") {
			return h
		}
	}
	t.Fatal("no checksum fits")
	return nil
}

type bomb struct {
	name  string
	codec compress.Codec
	data  []byte
	peak  int // bytes that may be allocated in all
}

// bombs all state or become far more than their limit of 64 MiB. Where the
// format states a size, refusing costs nothing but the states of the pools;
// where it does not, it is counted first.
func bombs(t testing.TB) []bomb {
	t.Helper()
	const gib = 1 << 30
	var list []bomb
	add := func(name string, c compress.Codec, data []byte, peak int) {
		list = append(list, bomb{name, c, data, peak})
	}

	small, err := compress.Append(nil, &compress.GzipCodec, make([]byte, 900_000))
	require.NoError(t, err)
	for _, stated := range []int{70 * mib, gib} {
		honest := bytes.Repeat(small, stated/880_000)
		binary.LittleEndian.PutUint32(honest[len(honest)-4:], uint32(stated))
		add(fmt.Sprintf("gzip that states %d MiB", stated/mib), &compress.GzipCodec, honest, mib)
	}
	members := bytes.Repeat(small, 90)
	tiny, err := compress.Append(nil, &compress.GzipCodec, []byte("last member"))
	require.NoError(t, err)
	add("gzip of many members, the last one tiny", &compress.GzipCodec, append(members, tiny...), 8*mib)

	plain := append(binary.AppendUvarint(nil, gib), make([]byte, 1000)...)
	add("snappy that states 1 GiB", &compress.SnappyCodec, plain, mib)
	framed, err := compress.Append(nil, &compress.SnappyCodec, nil)
	require.NoError(t, err)
	framed = binary.BigEndian.AppendUint32(framed, uint32(len(plain)))
	add("framed snappy that states 1 GiB", &compress.SnappyCodec, append(framed, plain...), mib)

	add("lz4 that states 1 GiB", &compress.Lz4Codec, append(lz4Header(t, 0x68, 0x70, gib), 0, 0, 0, 0), mib)

	add("zstd of 1 GiB in runs", &compress.ZstdCodec, zstdFrame(20, times(8192, rleBlock(128<<10))...), mib)
	sized := []byte{0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0x40}
	for range 8192 {
		sized = append(sized, rleBlock(128<<10)...)
	}
	sized[len(sized)-4] |= 1
	add("zstd that states 1 GiB", &compress.ZstdCodec, sized, mib)
	match := matchBlock(t)
	add("zstd of matches", &compress.ZstdCodec, zstdFrame(20, times(1024, match)...), 8*mib)
	// Nothing counts a stream of this window without holding 128 MiB: room for
	// the limit is made, and outgrown once where the library has no assembly.
	add("zstd of matches and a large window", &compress.ZstdCodec, zstdFrame(27, times(1024, match)...), 160*mib)
	return list
}

func TestBombs(t *testing.T) {
	for _, b := range bombs(t) {
		t.Run(b.name, func(t *testing.T) {
			var got []byte
			var err error
			dst := []byte("dst")
			n := allocated(func() { got, err = compress.AppendDecoded(dst, b.codec, b.data) })
			require.ErrorIs(t, err, compress.ErrTooLarge)
			require.Equal(t, "dst", string(got))
			t.Logf("%d bytes: %v; allocated %.2f MiB", len(b.data), err, float64(n)/mib)
			if !raceEnabled {
				assert.Less(t, n, b.peak)
			}
		})
	}
}

// TestBombsThroughReaders takes what a reader gives of them without keeping
// it: what the reader itself holds is bounded.
func TestBombsThroughReaders(t *testing.T) {
	for _, b := range bombs(t) {
		t.Run(b.name, func(t *testing.T) {
			r := b.codec.NewReader(bytes.NewReader(b.data))
			n := allocated(func() { _, _ = io.Copy(io.Discard, io.LimitReader(r, 80*mib)) })
			require.NoError(t, r.Close())
			if !raceEnabled {
				assert.Less(t, n, max(b.peak, 16*mib))
			}
		})
	}
}

func TestEndlessCustomCodec(t *testing.T) {
	c := brokenCodec{r: readCloser{read: func(p []byte) (int, error) { return len(p), nil }}}
	n := allocated(func() {
		_, err := compress.AppendDecoded(nil, c, []byte("x"))
		require.ErrorIs(t, err, compress.ErrTooLarge)
	})
	require.Less(t, n, 3*64*mib)
}

// TestLimitIsExact decodes with the limit at the size and one below.
func TestLimitIsExact(t *testing.T) {
	p := mixed(100_000)
	for name, c := range testCodecs() {
		t.Run(name, func(t *testing.T) {
			for form, b := range map[string][]byte{"block": mustAppend(t, c, p), "stream": writeAll(t, c, p)} {
				for _, room := range []int{0, len(p), 3 * len(p)} {
					d := c.(interface {
						AppendDecoded(dst, src []byte, limit int) ([]byte, error)
					})
					got, err := d.AppendDecoded(make([]byte, 0, room), b, len(p))
					require.NoError(t, err, form)
					requireSame(t, p, got)
					_, err = d.AppendDecoded(make([]byte, 0, room), b, len(p)-1)
					require.ErrorIs(t, err, compress.ErrTooLarge, form)
				}
			}
		})
	}
}

func mustAppend(t testing.TB, c compress.Codec, p []byte) []byte {
	t.Helper()
	b, err := compress.Append(nil, c, p)
	require.NoError(t, err)
	return b
}

// TestVeryCompressibleBatchesPass: what is honest is not refused.
func TestVeryCompressibleBatchesPass(t *testing.T) {
	p := make([]byte, 20*mib)
	for _, c := range []compress.Codec{&gzip.Codec{Level: 1}, &snappy.Codec{}, lz4.Codec{}, &zstd.Codec{}} {
		b := mustAppend(t, c, p)
		got, err := compress.AppendDecoded(nil, c, b)
		require.NoError(t, err, c.Name())
		require.Len(t, got, len(p))
		require.LessOrEqual(t, cap(got), len(p)+16, "room for the content, no more")
	}
	got, err := compress.AppendDecoded(nil, &compress.ZstdCodec, zstdFrame(20, times(400, matchBlock(t))...))
	require.NoError(t, err)
	require.Len(t, got, 400*128<<10)
	require.LessOrEqual(t, cap(got), len(got)+16)
}
