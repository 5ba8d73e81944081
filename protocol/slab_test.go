package protocol

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSlabKeepsNilAndEmptyApart(t *testing.T) {
	var s Slab
	require.Nil(t, s.Copy(nil))
	require.Equal(t, []byte{}, s.Copy([]byte{}))
	require.Empty(t, s.String(nil))
	require.Nil(t, s.Headers(0))
	require.Nil(t, s.Headers(-1))
}

func TestSlabCopies(t *testing.T) {
	var s Slab
	var want, got [][]byte
	var wantString, gotString []string
	for i := range 3000 {
		b := bytes.Repeat([]byte{byte(i)}, i*i%6000)
		want, wantString = append(want, bytes.Clone(b)), append(wantString, string(b))
		got, gotString = append(got, s.Copy(b)), append(gotString, s.String(b))
		clear(b)
	}
	require.Equal(t, want, got)
	require.Equal(t, wantString, gotString)
}

// An append to a copy, and writing to it, reach nothing else.
func TestSlabCopiesAreApart(t *testing.T) {
	var s Slab
	a, b := s.Copy([]byte("aa")), s.Copy([]byte("bb"))
	text := s.String([]byte("text"))
	require.Equal(t, len(a), cap(a))
	_ = append(a, "overwritten"...)
	clear(a)
	require.Equal(t, "bb", string(b))
	require.Equal(t, "text", text)
	h, g := s.Headers(2), s.Headers(1)
	require.Equal(t, 2, cap(h))
	_ = append(h, Header{Key: "x"})
	require.Equal(t, []Header{{}}, g)
	require.Len(t, s.Headers(1000), 1000)
	e := s.Copy([]byte{})
	require.Zero(t, cap(e), "nothing to append into")
}

func TestSlabChunks(t *testing.T) {
	var s Slab
	s.Copy(make([]byte, 10))
	require.LessOrEqual(t, s.chunk, 512, "one message pins little")
	for range 10000 {
		s.Copy(make([]byte, 100))
		require.LessOrEqual(t, s.chunk, 16<<10)
		require.LessOrEqual(t, len(s.free), 16<<10)
	}
	free := len(s.free)
	s.Copy(make([]byte, 100_000))
	require.Len(t, s.free, free, "a large value has memory of its own")
}

func TestSlabAllocs(t *testing.T) {
	for _, size := range []int{1, 10, 60, 100} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			var s Slab
			value := make([]byte, size)
			run := func() {
				for range 10_000 {
					s.Copy(value)
					s.String(value[:size/4])
					s.Headers(1)[0].Value = value
				}
			}
			run()
			require.Less(t, testing.AllocsPerRun(5, run)/10_000, 0.015)
			copies := func() {
				for range 10_000 {
					s.Copy(value)
				}
			}
			require.Less(t, testing.AllocsPerRun(5, copies)/10_000, 0.01)
		})
	}
}

func BenchmarkSlabCopy(b *testing.B) {
	for _, size := range []int{16, 100, 1000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			var s Slab
			value := make([]byte, size)
			b.ReportAllocs()
			for b.Loop() {
				s.Copy(value)
			}
		})
	}
}
