package gzip

import (
	"bytes"
	stdgzip "compress/gzip"
	"encoding/binary"
	"io"
	"math/rand"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestInvalidLevel(t *testing.T) {
	for _, level := range []int{-4, 10, 99} {
		c := &Codec{Level: level}
		w := c.NewWriter(io.Discard)
		_, err := w.Write([]byte("data"))
		assert.ErrorContains(t, err, "invalid compression level")
		assert.Equal(t, err, w.Close())
		assert.Equal(t, err, w.Close(), "again")
		got, err := c.AppendEncoded([]byte("dst"), []byte("data"))
		assert.ErrorContains(t, err, "invalid compression level")
		assert.Equal(t, "dst", string(got))
		// Reading knows no level.
		b, err := (&Codec{}).AppendEncoded(nil, []byte("data"))
		require.NoError(t, err)
		got, err = c.AppendDecoded(nil, b, 100)
		require.NoError(t, err)
		assert.Equal(t, "data", string(got))
	}
}

func TestLevels(t *testing.T) {
	p := bytes.Repeat([]byte("abcdefgh ijk lmnop 0123 abcdefgh"), 3000)
	size := map[int]int{}
	for level := -3; level <= 9; level++ {
		c := &Codec{Level: level}
		b, err := c.AppendEncoded(nil, p)
		require.NoError(t, err)
		size[level] = len(b)
		r, err := stdgzip.NewReader(bytes.NewReader(b))
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		require.True(t, bytes.Equal(p, got), level)
	}
	assert.Equal(t, size[-1], size[0], "0 is the default")
	assert.Less(t, size[9], size[-2])
}

func member(t *testing.T, s string) []byte {
	t.Helper()
	b, err := (&Codec{}).AppendEncoded(nil, []byte(s))
	require.NoError(t, err)
	return b
}

func TestDecoding(t *testing.T) {
	hello := member(t, "hello")
	long := member(t, string(bytes.Repeat([]byte("0123456789"), 500)))
	lying := bytes.Clone(hello)
	binary.LittleEndian.PutUint32(lying[len(lying)-4:], 3)
	wrong := bytes.Clone(hello)
	wrong[len(wrong)-5] ^= 1
	named := []byte{0x1f, 0x8b, 8, 1 << 3, 0, 0, 0, 0, 0, 255, 'n', 'a', 'm', 'e', 0}
	named = append(named, hello[10:]...)
	for name, test := range map[string]struct {
		in   []byte
		want string
		err  string
	}{
		"one member":               {in: hello, want: "hello"},
		"two members":              {in: append(bytes.Clone(hello), hello...), want: "hellohello"},
		"a long one and an empty":  {in: append(bytes.Clone(long), member(t, "")...), want: string(bytes.Repeat([]byte("0123456789"), 500))},
		"header with a name":       {in: named, want: "hello"},
		"stated size too small":    {in: lying, err: "checksum"},
		"wrong checksum":           {in: wrong, err: "checksum"},
		"bytes after it":           {in: append(bytes.Clone(hello), "garbage garbage garbage"...), err: "header"},
		"not gzip":                 {in: []byte("this is not gzip at all"), err: "header"},
		"less than a trailer":      {in: []byte{0x1f, 0x8b, 8}, err: "EOF"},
		"header alone":             {in: hello[:10], err: "EOF"},
		"nothing of second member": {in: append(bytes.Clone(hello), hello[:12]...), err: "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, room := range []int{0, 4, 100, 10_000} {
				got, err := (&Codec{}).AppendDecoded(make([]byte, 0, room), test.in, 100_000)
				if test.err != "" {
					require.ErrorContains(t, err, test.err)
					continue
				}
				require.NoError(t, err)
				require.Equal(t, test.want, string(got))
			}
			got, err := io.ReadAll((&Codec{}).NewReader(bytes.NewReader(test.in)))
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, string(got))
		})
	}
}

// TestFalseSizeIsNotBelieved: a trailer that states what the data is not makes
// little room, and the error is about the data.
func TestFalseSizeIsNotBelieved(t *testing.T) {
	noise := make([]byte, 16<<10)
	_, _ = rand.New(rand.NewSource(1)).Read(noise)
	for _, stated := range []uint32{16 << 20, 60 << 20, 1 << 30} {
		b := member(t, string(noise))
		binary.LittleEndian.PutUint32(b[len(b)-4:], stated)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := (&Codec{}).AppendDecoded(nil, b, 64<<20)
		runtime.ReadMemStats(&after)
		require.ErrorContains(t, err, "checksum")
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
	}
}

// TestPooledStateLetsGo looks at what a state keeps after Close.
func TestPooledStateLetsGo(t *testing.T) {
	d := new(decoder)
	d.stream(bytes.NewReader(member(t, "hello")))
	_, err := io.ReadAll(d)
	require.NoError(t, err)
	d.Release()
	require.Panics(t, func() { _, _ = d.br.Peek(1) }, "it still has its reader")
	require.False(t, d.opened)

	e := getEncoder(-1)
	e.out.B = make([]byte, 10)
	e.Release()
	require.Nil(t, e.out.B)
}
