package zstd

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLevels(t *testing.T) {
	for level, want := range map[int]zstd.EncoderLevel{
		-5: zstd.SpeedFastest, 0: zstd.SpeedDefault, 1: zstd.SpeedFastest, 2: zstd.SpeedFastest, 3: zstd.SpeedDefault,
		5: zstd.SpeedDefault, 6: zstd.SpeedBetterCompression, 9: zstd.SpeedBetterCompression, 10: zstd.SpeedBestCompression,
		22: zstd.SpeedBestCompression, 1000: zstd.SpeedBestCompression,
	} {
		assert.Equal(t, want, (&Codec{Level: level}).level(), level)
	}
}

// TestLevelsDoNotMix: an encoder of one level never serves another.
func TestLevelsDoNotMix(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	var p []byte
	for range 30_000 {
		p = append(p, "abcdefghijklmnop"[r.Intn(16)], byte(r.Intn(7)))
	}
	size := func(level int) int {
		b, err := (&Codec{Level: level}).AppendEncoded(nil, p)
		require.NoError(t, err)
		return len(b)
	}
	fast, best := size(1), size(22)
	require.NotEqual(t, fast, best)
	for range 5 {
		require.Equal(t, fast, size(1))
		require.Equal(t, best, size(22))
	}
}

func TestEmptyIsAnEmptyFrame(t *testing.T) {
	b, err := (&Codec{}).AppendEncoded(nil, nil)
	require.NoError(t, err)
	var buf bytes.Buffer
	require.NoError(t, (&Codec{}).NewWriter(&buf).Close())
	for _, b := range [][]byte{b, buf.Bytes()} {
		var h zstd.Header
		require.NoError(t, h.Decode(b))
		got, err := (&Codec{}).AppendDecoded(nil, b, 0)
		require.NoError(t, err)
		require.Empty(t, got)
	}
}

const (
	magic     = "\x28\xb5\x2f\xfd"
	skippable = "\x5a\x2a\x4d\x18\x03\x00\x00\x00xyz"
)

// raw is a block that is not compressed.
func raw(last bool, s string) string {
	h := len(s) << 3
	if last {
		h |= 1
	}
	return string([]byte{byte(h), byte(h >> 8), byte(h >> 16)}) + s
}

func TestFrames(t *testing.T) {
	const open = magic + "\x00\x58" // a window of 2 MiB, no size
	sized := func(n byte) string { return magic + "\x20" + string([]byte{n}) }
	for name, test := range map[string]struct {
		in   string
		want string
		err  string
	}{
		"no size":               {in: open + raw(false, "hello ") + raw(true, "kafka"), want: "hello kafka"},
		"size":                  {in: sized(5) + raw(true, "hello"), want: "hello"},
		"run":                   {in: open + "\x53\x00\x00x", want: "xxxxxxxxxx"},
		"frames":                {in: open + raw(true, "a") + sized(1) + raw(true, "b") + open + raw(true, "c"), want: "abc"},
		"skippable frames":      {in: skippable + open + raw(true, "a") + skippable, want: "a"},
		"skippable frame alone": {in: skippable, want: ""},
		"size too small":        {in: sized(4) + raw(true, "hello"), err: "states 4 bytes"},
		"size too large":        {in: sized(6) + raw(true, "hello"), err: "states 6 bytes"},
		"reserved block":        {in: open + "\x07\x00\x00", err: "reserved"},
		"block too large":       {in: open + "\xff\xff\xf7", err: "block of"},
		"no last block":         {in: open + raw(false, "hello"), err: "EOF"},
		"cut in a block":        {in: open + raw(true, "hello")[:5], err: "EOF"},
		"cut in a header":       {in: open[:5], err: "EOF"},
		"cut before checksum":   {in: magic + "\x04\x58" + raw(true, "hello") + "\x00", err: "EOF"},
		"wrong checksum":        {in: magic + "\x04\x58" + raw(true, "hello") + "\x00\x00\x00\x00", err: "CRC"},
		"skippable, cut":        {in: skippable[:9], err: "EOF"},
		"bytes after it":        {in: open + raw(true, "a") + "garbage", err: "zstd"},
		"not zstd":              {in: "this is not zstd", err: "zstd"},
		"dictionary":            {in: magic + "\x01\x58\x07" + raw(true, "a"), err: "zstd"},
		"broken block":          {in: open + "\x2d\x00\x00hello", err: "zstd"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := (&Codec{}).AppendDecoded(nil, []byte(test.in), 1<<20)
			r := (&Codec{}).NewReader(bytes.NewReader([]byte(test.in)))
			streamed, streamErr := io.ReadAll(r)
			require.NoError(t, r.Close())
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

// TestLargeWindows reads data that a stream would have to hold 128 MiB for.
func TestLargeWindows(t *testing.T) {
	p := bytes.Repeat([]byte("far away and long ago, "), 100_000)
	var buf bytes.Buffer
	w, err := zstd.NewWriter(&buf, zstd.WithWindowSize(128<<20), zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true))
	require.NoError(t, err)
	for rest := p; len(rest) > 0; rest = rest[min(100_000, len(rest)):] {
		_, err = w.Write(rest[:min(100_000, len(rest))])
		require.NoError(t, err)
		require.NoError(t, w.Flush())
	}
	require.NoError(t, w.Close())
	var h zstd.Header
	require.NoError(t, h.Decode(buf.Bytes()))
	require.Greater(t, h.WindowSize, uint64(maxWindow))
	require.False(t, h.HasFCS)

	got, err := (&Codec{}).AppendDecoded(nil, buf.Bytes(), len(p))
	require.NoError(t, err)
	require.True(t, bytes.Equal(p, got))
	got, err = io.ReadAll((&Codec{}).NewReader(&buf))
	require.NoError(t, err)
	require.True(t, bytes.Equal(p, got))
}

// TestUnknownSizes decodes streams that do not state their size, into all
// kinds of room: the guess is right, too small, or not needed.
func TestUnknownSizes(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	noise := make([]byte, 300_000)
	_, _ = r.Read(noise)
	for name, p := range map[string][]byte{
		"compressible": bytes.Repeat([]byte("0123456789 some text "), 20_000),
		"noise":        noise,
		"tiny":         []byte("x"),
	} {
		t.Run(name, func(t *testing.T) {
			var buf bytes.Buffer
			w, err := zstd.NewWriter(&buf, zstd.WithEncoderConcurrency(1))
			require.NoError(t, err)
			for rest := p; len(rest) > 0; rest = rest[min(7000, len(rest)):] {
				_, err = w.Write(rest[:min(7000, len(rest))])
				require.NoError(t, err)
				require.NoError(t, w.Flush())
			}
			require.NoError(t, w.Close())
			for _, room := range []int{0, 10, len(p) - 1, len(p), len(p) + 15, 2*len(p) + 1000} {
				got, err := (&Codec{}).AppendDecoded(make([]byte, 0, room), buf.Bytes(), 1<<20)
				require.NoError(t, err, room)
				require.True(t, bytes.Equal(p, got), room)
			}
		})
	}
}

func TestWindowOfOurStreams(t *testing.T) {
	var buf bytes.Buffer
	w := (&Codec{}).NewWriter(&buf)
	_, err := w.Write(make([]byte, 3<<20))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	var h zstd.Header
	require.NoError(t, h.Decode(buf.Bytes()))
	require.EqualValues(t, encoderWindow, h.WindowSize, "what a reader has to hold")
}

func TestPooledStateLetsGo(t *testing.T) {
	d := getStreamDecoder()
	d.in.r = bytes.NewReader([]byte(magic + "\x00\x58" + raw(true, "hello")))
	_, err := io.ReadAll(d)
	require.NoError(t, err)
	d.Release()
	require.Nil(t, d.in.r)
	require.Nil(t, d.out)
}

func TestFalseSizeIsNotBelieved(t *testing.T) {
	// 60 MiB in a frame of 20 bytes, below the limit.
	in := binary.LittleEndian.AppendUint32([]byte(magic+"\xa0"), 60<<20)
	in = append(in, raw(true, "hello")...)
	_, err := (&Codec{}).AppendDecoded(nil, in, 64<<20)
	require.ErrorContains(t, err, "states 62914560 bytes and has 5 to 5")
}
