package compress_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/compress/gzip"
	"github.com/segmentio/kafka-go/compress/lz4"
	"github.com/segmentio/kafka-go/compress/snappy"
	"github.com/segmentio/kafka-go/compress/zstd"
)

// testCodecs are all codecs with all their ways to write.
func testCodecs() map[string]compress.Codec {
	return map[string]compress.Codec{
		"gzip":            &compress.GzipCodec,
		"gzip-1":          &gzip.Codec{Level: 1},
		"gzip-9":          &gzip.Codec{Level: 9},
		"gzip-huffman":    &gzip.Codec{Level: -2},
		"gzip-stateless":  &gzip.Codec{Level: -3},
		"snappy":          &compress.SnappyCodec,
		"snappy-faster":   &snappy.Codec{Compression: snappy.FasterCompression},
		"snappy-better":   &snappy.Codec{Compression: snappy.BetterCompression},
		"snappy-best":     &snappy.Codec{Compression: snappy.BestCompression},
		"snappy-unframed": &snappy.Codec{Framing: snappy.Unframed},
		"lz4":             &compress.Lz4Codec,
		"lz4-m0":          lz4.LegacyCodec{},
		"zstd":            &compress.ZstdCodec,
		"zstd-1":          &zstd.Codec{Level: 1},
		"zstd-7":          &zstd.Codec{Level: 7},
		"zstd-22":         &zstd.Codec{Level: 22},
	}
}

func requireSame(t testing.TB, want, got []byte) {
	t.Helper()
	if !bytes.Equal(want, got) {
		t.Fatalf("other bytes: want %d, got %d", len(want), len(got))
	}
}

func writeAll(t testing.TB, c compress.Codec, p []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := c.NewWriter(&buf)
	for rest := p; len(rest) > 0; {
		n := min(len(rest), 1+len(p)/3)
		m, err := w.Write(rest[:n])
		require.NoError(t, err)
		require.Equal(t, n, m)
		rest = rest[n:]
	}
	require.NoError(t, w.Close())
	return buf.Bytes()
}

func readAll(t testing.TB, c compress.Codec, b []byte) []byte {
	t.Helper()
	r := c.NewReader(bytes.NewReader(b))
	p, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	return p
}

func mixed(n int) []byte {
	r := rand.New(rand.NewSource(int64(n)))
	b := make([]byte, 0, n+64)
	for len(b) < n {
		if r.Intn(4) == 0 {
			b = append(b, byte(r.Int()), byte(r.Int()), byte(r.Int()))
		}
		b = append(b, "some words that repeat and repeat "[:r.Intn(34)]...)
	}
	return b[:n]
}

func TestRoundTrip(t *testing.T) {
	const k = 1 << 10
	for name, c := range testCodecs() {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{0, 1, 15, 16, 17, 1000, 64*k - 1, 64 * k, 64*k + 1, 128*k + 1, 300*k + 7} {
				if raceEnabled && n > 1000 && n != 128*k+1 {
					continue // slow, and nothing new about races
				}
				p := mixed(n)
				block, err := compress.Append([]byte("dst"), c, p)
				require.NoError(t, err)
				require.Equal(t, "dst", string(block[:3]))
				for form, b := range map[string][]byte{"block": block[3:], "stream": writeAll(t, c, p)} {
					got, err := compress.AppendDecoded([]byte("dst"), c, b)
					require.NoError(t, err, "%s of %d", form, n)
					requireSame(t, append([]byte("dst"), p...), got)
					requireSame(t, p, readAll(t, c, b))
				}
			}
		})
	}
}

// TestReadersTakeAnyPieces reads from sources that give a byte at a time, or
// the error with the last bytes.
func TestReadersTakeAnyPieces(t *testing.T) {
	p := mixed(140_000)
	for name, c := range testCodecs() {
		t.Run(name, func(t *testing.T) {
			b := writeAll(t, c, p)
			for _, in := range []io.Reader{
				iotest.OneByteReader(bytes.NewReader(b)), iotest.DataErrReader(bytes.NewReader(b)), bytes.NewBuffer(slices.Clone(b)),
			} {
				r := c.NewReader(in)
				got, err := io.ReadAll(iotest.HalfReader(r))
				require.NoError(t, err)
				requireSame(t, p, got)
				require.NoError(t, r.Close())
			}
			r := c.NewReader(bytes.NewReader(b))
			require.NoError(t, iotest.TestReader(r, p))
		})
	}
}

func TestWriterToAndReaderFrom(t *testing.T) {
	p := mixed(300_000)
	for name, c := range testCodecs() {
		t.Run(name, func(t *testing.T) {
			var compressed, out bytes.Buffer
			w := c.NewWriter(&compressed)
			require.Implements(t, (*io.ReaderFrom)(nil), w)
			n, err := w.(io.ReaderFrom).ReadFrom(iotest.HalfReader(bytes.NewReader(p)))
			require.NoError(t, err)
			require.EqualValues(t, len(p), n)
			require.NoError(t, w.Close())

			r := c.NewReader(&compressed)
			require.Implements(t, (*io.WriterTo)(nil), r)
			n, err = r.(io.WriterTo).WriteTo(&out)
			require.NoError(t, err)
			require.EqualValues(t, len(p), n)
			requireSame(t, p, out.Bytes())
			require.NoError(t, r.Close())
		})
	}
}

func TestEmptyInput(t *testing.T) {
	for name, c := range testCodecs() {
		t.Run(name, func(t *testing.T) {
			_, err := compress.AppendDecoded(nil, c, nil)
			require.Error(t, err)
			requireSame(t, nil, readAll(t, c, nil))
			r := c.NewReader(bytes.NewReader(nil))
			n, err := r.(io.WriterTo).WriteTo(io.Discard)
			require.NoError(t, err)
			require.Zero(t, n)
		})
	}
}

func TestUseAfterClose(t *testing.T) {
	for name, c := range testCodecs() {
		t.Run(name, func(t *testing.T) {
			var buf bytes.Buffer
			w := c.NewWriter(&buf)
			_, err := w.Write([]byte("data"))
			require.NoError(t, err)
			require.NoError(t, w.Close())
			size := buf.Len()
			_, err = w.Write([]byte("more"))
			assert.Equal(t, io.ErrClosedPipe, err)
			_, err = w.(io.ReaderFrom).ReadFrom(strings.NewReader("more"))
			assert.Equal(t, io.ErrClosedPipe, err)
			assert.NoError(t, w.Close(), "second Close")
			assert.Equal(t, size, buf.Len())

			r := c.NewReader(&buf)
			require.NoError(t, r.Close())
			_, err = r.Read(make([]byte, 1))
			assert.Equal(t, io.ErrClosedPipe, err)
			_, err = r.(io.WriterTo).WriteTo(io.Discard)
			assert.Equal(t, io.ErrClosedPipe, err)
			assert.NoError(t, r.Close(), "second Close")
		})
	}
}

// TestSecondCloseReachesNobodyElse closes twice while the pooled state serves
// somebody else already.
func TestSecondCloseReachesNobodyElse(t *testing.T) {
	p := mixed(100_000)
	for name, c := range testCodecs() {
		t.Run(name, func(t *testing.T) {
			old := c.NewWriter(io.Discard)
			require.NoError(t, old.Close())
			var buf bytes.Buffer
			w := c.NewWriter(&buf)
			_, err := w.Write(p[:50_000])
			require.NoError(t, err)
			require.NoError(t, old.Close())
			_, err = w.Write(p[50_000:])
			require.NoError(t, err)
			require.NoError(t, w.Close())

			oldReader := c.NewReader(bytes.NewReader(nil))
			require.NoError(t, oldReader.Close())
			r := c.NewReader(&buf)
			head := make([]byte, 1000)
			_, err = io.ReadFull(r, head)
			require.NoError(t, err)
			require.NoError(t, oldReader.Close())
			rest, err := io.ReadAll(r)
			require.NoError(t, err)
			requireSame(t, p, append(head, rest...))
		})
	}
}

// TestNothingOfAFailureStays uses the pooled state after streams that broke.
func TestNothingOfAFailureStays(t *testing.T) {
	p := mixed(100_000)
	boom := errors.New("boom")
	for name, c := range testCodecs() {
		t.Run(name, func(t *testing.T) {
			b := writeAll(t, c, p)
			for range 3 {
				w := c.NewWriter(failingWriter{boom})
				_, err := w.Write(p)
				if err == nil {
					err = w.Close()
				}
				require.ErrorIs(t, err, boom)
				require.NoError(t, ignore(w.Close()))

				r := c.NewReader(iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(b))))
				_, err = io.ReadAll(r)
				require.ErrorIs(t, err, iotest.ErrTimeout)
				require.NoError(t, r.Close())

				requireSame(t, b, writeAll(t, c, p))
				requireSame(t, p, readAll(t, c, b))
			}
		})
	}
}

func ignore(error) error { return nil }

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// TestTruncatedInput cuts the data at each of many places: always an error,
// dst as it was, and nothing above the memory of what was there.
func TestTruncatedInput(t *testing.T) {
	p := mixed(70_000)
	for name, c := range testCodecs() {
		t.Run(name, func(t *testing.T) {
			b := writeAll(t, c, p)
			for n := range b {
				if n > 40 && n < len(b)-40 && n%977 != 0 {
					continue
				}
				if isBlockEnd(c, b, n) {
					continue
				}
				got, err := compress.AppendDecoded([]byte("dst"), c, b[:n])
				require.Error(t, err, "cut at %d of %d", n, len(b))
				require.Equal(t, "dst", string(got))
				if n == 0 {
					continue
				}
				r := c.NewReader(bytes.NewReader(b[:n]))
				_, err = io.ReadAll(r)
				require.Error(t, err, "stream cut at %d of %d", n, len(b))
				require.NoError(t, r.Close())
			}
		})
	}
}

// isBlockEnd says whether framed snappy data, which has no end mark, may end
// at n.
func isBlockEnd(c compress.Codec, b []byte, n int) bool {
	s, ok := c.(*snappy.Codec)
	if !ok || s.Framing == snappy.Unframed {
		return false
	}
	for at := 16; at <= n; {
		if at == n {
			return true
		}
		at += 4 + int(b[at])<<24 + int(b[at+1])<<16 + int(b[at+2])<<8 + int(b[at+3])
	}
	return false
}

func TestConcurrentUse(t *testing.T) {
	payloads := [][]byte{mixed(10), mixed(1000), mixed(66_000)}
	for name, c := range testCodecs() {
		t.Run(name, func(t *testing.T) {
			var wg sync.WaitGroup
			for g := range 4 {
				wg.Go(func() {
					for i := range 3 {
						p := payloads[(g+i)%len(payloads)]
						b, err := compress.Append(nil, c, p)
						assert.NoError(t, err)
						got, err := compress.AppendDecoded(nil, c, b)
						assert.NoError(t, err)
						assert.True(t, bytes.Equal(p, got))
						var buf bytes.Buffer
						w := c.NewWriter(&buf)
						_, err = w.Write(p)
						assert.NoError(t, err)
						assert.NoError(t, w.Close())
						r := c.NewReader(&buf)
						got, err = io.ReadAll(r)
						assert.NoError(t, err)
						assert.NoError(t, r.Close())
						assert.True(t, bytes.Equal(p, got))
					}
				})
			}
			wg.Wait()
		})
	}
}

// TestBlockFormAllocatesNothing holds with room in dst.
func TestBlockFormAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("pools drop what they keep under the race detector")
	}
	p := payload(t, "text")
	for name, c := range testCodecs() {
		t.Run(name, func(t *testing.T) {
			src, err := compress.Append(nil, c, p)
			require.NoError(t, err)
			// Room for the worst case, which the snappy and lz4 encoders need.
			in, out := make([]byte, 0, 2*len(p)), make([]byte, 0, 2*len(p))
			allocs := testing.AllocsPerRun(20, func() {
				_, err = compress.Append(in, c, p)
			})
			require.NoError(t, err)
			assert.LessOrEqual(t, allocs, 0.5, "Append")
			allocs = testing.AllocsPerRun(20, func() {
				_, err = compress.AppendDecoded(out, c, src)
			})
			require.NoError(t, err)
			assert.LessOrEqual(t, allocs, 0.5, "AppendDecoded")
		})
	}
}
