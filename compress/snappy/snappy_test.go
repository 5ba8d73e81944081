package snappy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/golang/snappy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress/internal/codec"
)

func TestHeaderIsJavas(t *testing.T) {
	want, err := os.ReadFile("../testdata/golden/snappy.empty")
	require.NoError(t, err)
	for framing, want := range map[Framing][]byte{Framed: want, Unframed: {0}} {
		c := &Codec{Framing: framing}
		got, err := c.AppendEncoded(nil, nil)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		var buf bytes.Buffer
		require.NoError(t, c.NewWriter(&buf).Close())
		assert.Equal(t, want, buf.Bytes())
	}
}

func TestFramings(t *testing.T) {
	p := bytes.Repeat([]byte("some text that repeats, "), 10_000)
	b, err := (&Codec{Framing: Unframed}).AppendEncoded(nil, p)
	require.NoError(t, err)
	got, err := snappy.Decode(nil, b)
	require.NoError(t, err, "one plain block")
	require.True(t, bytes.Equal(p, got))

	b, err = (&Codec{Framing: 7, Compression: -1}).AppendEncoded(nil, p)
	require.NoError(t, err)
	require.Equal(t, header, b[:headerLen], "what is neither counts as Framed")
	b, err = (&Codec{Compression: 99}).AppendEncoded(nil, p)
	require.NoError(t, err)
	require.Equal(t, header, b[:headerLen])
}

func TestCompressionGetsBetter(t *testing.T) {
	var p []byte
	for i := range 3000 {
		p = fmt.Appendf(p, "{\"id\":%d,\"event\":\"page_view\",\"url\":\"/products/%d\"}\n", i*7919, i*i%100_000)
	}
	var size []int
	for _, effort := range []Compression{DefaultCompression, BetterCompression, BestCompression} {
		b, err := (&Codec{Compression: effort}).AppendEncoded(nil, p)
		require.NoError(t, err)
		size = append(size, len(b))
	}
	assert.Less(t, size[1], size[0])
	assert.LessOrEqual(t, size[2], size[1])
}

func framed(blocks ...string) []byte {
	b := bytes.Clone(header)
	for _, block := range blocks {
		encoded := snappy.Encode(nil, []byte(block))
		b = binary.BigEndian.AppendUint32(b, uint32(len(encoded)))
		b = append(b, encoded...)
	}
	return b
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestDecoding(t *testing.T) {
	other := bytes.Clone(header)
	copy(other[8:], []byte{1, 0, 0, 0, 1, 0, 0, 0})
	zero := bytes.Clone(header)
	copy(zero[8:], make([]byte, 8))
	for name, test := range map[string]struct {
		in   []byte
		want string
		err  string
	}{
		"blocks":                       {in: framed("hello ", "", "kafka"), want: "hello kafka"},
		"plain":                        {in: snappy.Encode(nil, []byte("hello")), want: "hello"},
		"plain, long":                  {in: snappy.Encode(nil, bytes.Repeat([]byte("hello"), 1000)), want: string(bytes.Repeat([]byte("hello"), 1000))},
		"data appended":                {in: join(framed("a"), framed("b", "c"), framed("d")), want: "abcd"},
		"header at the end":            {in: join(framed("a"), header), want: "a"},
		"version in the other order":   {in: join(other, framed("a")[headerLen:]), want: "a"},
		"first version not looked at":  {in: join(zero, framed("a")[headerLen:]), want: "a"},
		"later version 0":              {in: join(framed("a"), zero), err: "version 0"},
		"later header cut":             {in: join(framed("a"), header[:10]), err: "unexpected EOF"},
		"later header spoilt":          {in: join(framed("a"), header[:7], []byte("xxxxxxxxx")), err: "snappy"},
		"block size cut":               {in: join(framed("a"), []byte{0, 0}), err: "unexpected EOF"},
		"block cut":                    {in: join(framed("a"), []byte{0, 0, 0, 9, 1}), err: "unexpected EOF"},
		"block size negative":          {in: join(framed("a"), []byte{255, 255, 255, 255, 1}), err: "snappy"},
		"empty block":                  {in: join(framed("a"), []byte{0, 0, 0, 0}), err: "block of 0 bytes"},
		"block that states too much":   {in: join(framed(), []byte{0, 0, 0, 3, 200, 1, 0}), err: "block of 3 bytes states 200"},
		"block that states too little": {in: join(framed(), []byte{0, 0, 0, 7, 2, 4 << 2, 'h', 'e', 'l', 'l', 'o'}), err: "corrupt"},
		"not snappy":                   {in: []byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), err: "without a size"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := (&Codec{}).AppendDecoded(nil, test.in, 1<<20)
			streamed, streamErr := io.ReadAll((&Codec{}).NewReader(bytes.NewReader(test.in)))
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				require.Error(t, streamErr)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, string(got))
			require.NoError(t, streamErr)
			require.Equal(t, test.want, string(streamed))
		})
	}
}

// TestPoolsKeepNothingLarge looks at what states keep after Close.
func TestPoolsKeepNothingLarge(t *testing.T) {
	p := make([]byte, 3<<20)
	b := snappy.Encode(nil, p)
	for _, in := range [][]byte{b, join(header, binary.BigEndian.AppendUint32(nil, uint32(len(b))), b)} {
		d := new(decoder)
		d.r = bytes.NewReader(in)
		d.Chunks.Reset(d)
		got, err := io.ReadAll(d)
		require.NoError(t, err)
		require.Len(t, got, len(p))
		require.Greater(t, cap(d.out), codec.MaxPooled)
		d.Release()
		require.LessOrEqual(t, cap(d.out), codec.MaxPooled)
		require.LessOrEqual(t, cap(d.in), codec.MaxPooled)
		require.Nil(t, d.r)
	}
	e := &plainEncoder{w: io.Discard, encode: snappy.Encode}
	_, err := e.Write(p)
	require.NoError(t, err)
	require.NoError(t, e.Close())
	e.Release()
	require.LessOrEqual(t, cap(e.buf), codec.MaxPooled)
	require.Nil(t, e.w)
}
