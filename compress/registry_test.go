package compress_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/compress/gzip"
	"github.com/segmentio/kafka-go/compress/lz4"
	"github.com/segmentio/kafka-go/compress/snappy"
	"github.com/segmentio/kafka-go/compress/zstd"
)

// xorCodec is a codec of a user's own: it has the stream form alone.
type xorCodec struct{ code int8 }

func (c xorCodec) Code() int8   { return c.code }
func (c xorCodec) Name() string { return "xor" }

func (c xorCodec) NewReader(r io.Reader) io.ReadCloser { return io.NopCloser(xorReader{r}) }

func (c xorCodec) NewWriter(w io.Writer) io.WriteCloser { return &xorWriter{w: w} }

type xorReader struct{ r io.Reader }

func (x xorReader) Read(p []byte) (int, error) {
	n, err := x.r.Read(p)
	for i := range p[:n] {
		p[i] ^= 0x55
	}
	return n, err
}

// xorWriter writes all at Close, as many codecs do.
type xorWriter struct {
	w   io.Writer
	buf []byte
}

func (x *xorWriter) Write(p []byte) (int, error) {
	for _, b := range p {
		x.buf = append(x.buf, b^0x55)
	}
	return len(p), nil
}

func (x *xorWriter) Close() error {
	_, err := x.w.Write(x.buf)
	return err
}

func TestCustomCodecWorksThroughItsStreams(t *testing.T) {
	for _, n := range []int{0, 1, 5000, 300_000} {
		p := mixed(n)
		b, err := compress.Append([]byte("dst"), xorCodec{5}, p)
		require.NoError(t, err)
		require.Len(t, b, 3+n)
		got, err := compress.AppendDecoded([]byte("dst"), xorCodec{5}, b[3:])
		require.NoError(t, err)
		requireSame(t, append([]byte("dst"), p...), got)
	}
}

func TestNilCodecCopies(t *testing.T) {
	b, err := compress.Append([]byte("a"), nil, []byte("b"))
	require.NoError(t, err)
	b, err = compress.AppendDecoded(b, nil, []byte("c"))
	require.NoError(t, err)
	require.Equal(t, "abc", string(b))
}

// shoutingCodec embeds one of ours and changes its streams.
type shoutingCodec struct{ *gzip.Codec }

func (c shoutingCodec) NewWriter(w io.Writer) io.WriteCloser {
	return shoutingWriter{c.Codec.NewWriter(w)}
}

type shoutingWriter struct{ io.WriteCloser }

func (w shoutingWriter) Write(p []byte) (int, error) { return w.WriteCloser.Write(bytes.ToUpper(p)) }

func TestCodecThatEmbedsOursIsNotBypassed(t *testing.T) {
	b, err := compress.Append(nil, shoutingCodec{&compress.GzipCodec}, []byte("quiet"))
	require.NoError(t, err)
	require.Equal(t, "QUIET", string(readAll(t, &compress.GzipCodec, b)))
}

// brokenCodec gives the streams that it holds.
type brokenCodec struct {
	xorCodec
	r io.ReadCloser
	w io.WriteCloser
}

func (c brokenCodec) NewReader(io.Reader) io.ReadCloser  { return c.r }
func (c brokenCodec) NewWriter(io.Writer) io.WriteCloser { return c.w }

type readCloser struct {
	read func([]byte) (int, error)
	err  error // of Close
}

func (r readCloser) Read(p []byte) (int, error) { return r.read(p) }
func (r readCloser) Close() error               { return r.err }

type writeCloser struct{ write, close error }

func (w writeCloser) Write(p []byte) (int, error) { return len(p), w.write }
func (w writeCloser) Close() error                { return w.close }

func TestErrorsOfCustomCodecs(t *testing.T) {
	boom := errors.New("boom")
	eof := func([]byte) (int, error) { return 0, io.EOF }
	for name, r := range map[string]readCloser{
		"read":  {read: func([]byte) (int, error) { return 0, boom }},
		"close": {read: eof, err: boom},
	} {
		got, err := compress.AppendDecoded([]byte("dst"), brokenCodec{r: r}, nil)
		assert.ErrorIs(t, err, boom, name)
		assert.ErrorContains(t, err, "xor", name)
		assert.Equal(t, "dst", string(got), name)
	}
	for name, read := range map[string]func(p []byte) (int, error){
		"nothing for ever": func([]byte) (int, error) { return 0, nil },
		"negative":         func([]byte) (int, error) { return -1, nil },
		"too many":         func(p []byte) (int, error) { return len(p) + 1, nil },
	} {
		_, err := compress.AppendDecoded(nil, brokenCodec{r: readCloser{read: read}}, nil)
		assert.Error(t, err, name)
	}
	for name, w := range map[string]writeCloser{"write": {write: boom}, "close": {close: boom}} {
		got, err := compress.Append([]byte("dst"), brokenCodec{w: w}, nil)
		assert.ErrorIs(t, err, boom, name)
		assert.Equal(t, "dst", string(got), name)
	}
}

func TestRegisterLastWins(t *testing.T) {
	t.Cleanup(func() { compress.Register(&compress.SnappyCodec) })
	require.Same(t, &compress.SnappyCodec, compress.Lookup(2))
	first, second := &snappy.Codec{Framing: snappy.Unframed}, &snappy.Codec{Compression: snappy.BestCompression}
	compress.Register(first)
	require.Same(t, first, compress.Lookup(2))
	compress.Register(second)
	require.Same(t, second, compress.Lookup(2))
	require.Same(t, second, compress.Snappy.Codec(), "Compression agrees with Lookup")
	require.Equal(t, "snappy", compress.Snappy.String())
}

// TestRegisterNewCode takes code 6, which nothing else here uses: there is no
// way to unregister.
func TestRegisterNewCode(t *testing.T) {
	require.Nil(t, compress.Lookup(6))
	require.Equal(t, "uncompressed", compress.Compression(6).String())
	compress.Register(xorCodec{6})
	require.Equal(t, xorCodec{6}, compress.Lookup(6))
	require.Equal(t, xorCodec{6}, compress.Compression(6).Codec())
	require.Equal(t, "xor", compress.Compression(6).String())
	var c compress.Compression
	require.NoError(t, c.UnmarshalText([]byte("xor")))
	require.Equal(t, compress.Compression(6), c)
}

func TestRegisterIgnoresCodesOfNoBatch(t *testing.T) {
	for _, code := range []int8{-128, -1, 0, 8, 127} {
		compress.Register(xorCodec{code})
		assert.Nil(t, compress.Lookup(code), code)
		assert.Nil(t, compress.Compression(code).Codec(), code)
		assert.Equal(t, "uncompressed", compress.Compression(code).String(), code)
	}
}

func TestRegistryIsSafeForConcurrentUse(t *testing.T) {
	t.Cleanup(func() { compress.Register(&compress.ZstdCodec) })
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				compress.Register(&zstd.Codec{Level: 1})
				assert.NotNil(t, compress.Lookup(4))
			}
		})
	}
	wg.Wait()
}

func TestBuiltInCodecs(t *testing.T) {
	require.Len(t, compress.Codecs, 5)
	require.Nil(t, compress.Codecs[0])
	for code, name := range map[compress.Compression]string{
		compress.Gzip: "gzip", compress.Snappy: "snappy", compress.Lz4: "lz4", compress.Zstd: "zstd",
	} {
		codec := code.Codec()
		require.NotNil(t, codec, name)
		assert.Equal(t, compress.Codecs[code], codec)
		assert.Equal(t, name, codec.Name())
		assert.Equal(t, int8(code), codec.Code())
		assert.Equal(t, name, code.String())
	}
	assert.Nil(t, compress.None.Codec())
	assert.Equal(t, "uncompressed", compress.None.String())
}

func TestForMagic(t *testing.T) {
	for _, c := range []compress.Codec{&compress.Lz4Codec, lz4.Codec{}} {
		assert.Equal(t, lz4.LegacyCodec{}, compress.ForMagic(c, 0))
		assert.Equal(t, c, compress.ForMagic(c, 1))
		assert.Equal(t, c, compress.ForMagic(c, 2))
	}
	for _, c := range []compress.Codec{nil, &compress.GzipCodec, xorCodec{3}} {
		assert.Equal(t, c, compress.ForMagic(c, 0))
	}
	assert.EqualValues(t, 3, lz4.LegacyCodec{}.Code())
	assert.Equal(t, "lz4", lz4.LegacyCodec{}.Name())
}

func TestCompressionText(t *testing.T) {
	for text, want := range map[string]compress.Compression{
		"none": 0, "uncompressed": 0, "0": 0, "gzip": 1, "1": 1, "snappy": 2, "2": 2, "lz4": 3, "3": 3, "zstd": 4, "4": 4,
	} {
		c := compress.Compression(99)
		require.NoError(t, c.UnmarshalText([]byte(text)), text)
		assert.Equal(t, want, c, text)
	}
	for _, text := range []string{"", "5", "-1", "00", "GZIP", "brotli", " gzip"} {
		c := compress.Gzip
		require.Error(t, c.UnmarshalText([]byte(text)), text)
		assert.Equal(t, compress.Gzip, c, text)
	}
	for c := compress.None; c <= compress.Zstd; c++ {
		b, err := c.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, c.String(), string(b))
		var again compress.Compression
		require.NoError(t, again.UnmarshalText(b))
		assert.Equal(t, c, again)
	}
	var config struct{ Compression compress.Compression }
	require.NoError(t, json.Unmarshal([]byte(`{"Compression":"zstd"}`), &config))
	assert.Equal(t, compress.Zstd, config.Compression)
}
