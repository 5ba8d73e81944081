package protocol

import (
	"bytes"
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// A connection keeps the frames of large answers past garbage collections.
func TestLargeFramesStayWithTheirConnection(t *testing.T) {
	const n = 2<<20 + 100
	var s frameShelf
	first, second := s.get(n), s.get(n)
	require.Less(t, cap(first.b)-n, shelfRound, "as large as it has to be, about")
	first.b = append(first.b, "something"...)
	putFrame(first)
	putFrame(second)
	for range 4 { // a sync.Pool is empty after two
		runtime.GC()
	}
	require.Same(t, first, s.get(n))
	require.Empty(t, first.b)
	require.Same(t, second, s.get(n-1000))
	require.NotSame(t, second, s.get(n))
}

// Nothing is kept beyond a few frames, nor by a connection whose answers are small.
func TestFramesAreGivenUp(t *testing.T) {
	var s frameShelf
	var frames []*frame
	for range shelfFrames + 2 {
		frames = append(frames, s.get(1<<20))
	}
	for _, f := range frames {
		putFrame(f)
	}
	require.Len(t, s.frames, shelfFrames)
	for range shelfTurns - 1 {
		putFrame(s.get(100))
	}
	require.Len(t, s.frames, shelfFrames)
	putFrame(s.get(100))
	require.Empty(t, s.frames)
	huge := s.get(1<<maxFrameBits + 1)
	putFrame(huge)
	require.Empty(t, s.frames)
}

// Frames of answers that have become larger take the place of those that are too small.
func TestLargerFramesAreKeptInstead(t *testing.T) {
	var s frameShelf
	var small, large []*frame
	for range shelfFrames {
		small, large = append(small, s.get(1<<20)), append(large, s.get(3<<20))
	}
	for _, f := range append(small, large...) {
		putFrame(f)
	}
	require.Len(t, s.frames, shelfFrames)
	for _, f := range s.frames {
		require.GreaterOrEqual(t, cap(f.b), 3<<20)
	}
}

// What arrives is right in frames that were used before, for whatever sizes.
func TestFramesUsedAgain(t *testing.T) {
	sizes := []int{3 << 20, 100, 2<<20 + 1, 70 << 10, 64 << 10, 3<<20 - 5, 9 << 20, 1 << 20}
	var stream []byte
	for i, size := range sizes {
		stream = append(stream, bytes.Repeat([]byte{byte(i)}, size)...)
	}
	r := newFrameReader(bytes.NewReader(stream), defaultMaxFrame)
	for i, size := range sizes {
		f, err := r.body(size, func() {})
		require.NoError(t, err)
		require.Equal(t, size, len(f.b))
		require.Equal(t, size, bytes.Count(f.b, []byte{byte(i)}))
		putFrame(f)
	}
	_, err := r.body(1<<20, func() {})
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

// askedReader notes the most that it was asked for at once.
type askedReader struct {
	io.Reader
	most int
}

func (r *askedReader) Read(b []byte) (int, error) {
	r.most = max(r.most, len(b))
	return r.Reader.Read(b)
}

// A large frame is read by pieces, each of which the kernel copies in some microseconds.
func TestLargeFramesAreReadByPieces(t *testing.T) {
	src := &askedReader{Reader: bytes.NewReader(make([]byte, 3<<20))}
	f, err := newFrameReader(src, defaultMaxFrame).body(3<<20, func() {})
	require.NoError(t, err)
	require.Len(t, f.b, 3<<20)
	require.Equal(t, readChunk, src.most)
}
