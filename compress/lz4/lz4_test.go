package lz4

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"testing"

	"github.com/pierrec/lz4/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress/internal/codec"
)

func TestXXH32(t *testing.T) {
	for in, want := range map[string]uint32{
		"":    0x02cc5d05,
		"a":   0x550d7456,
		"abc": 0x32d153ff,
		"Nobody inspects the spammish repetition": 0xe2293b2f,
	} {
		assert.Equal(t, want, checksum([]byte(in)), in)
	}
	// In pieces, as over the blocks of a stream.
	b := bytes.Repeat([]byte("0123456789abcde"), 100)
	for _, step := range []int{1, 3, 15, 16, 17, 40} {
		var x xxh32
		x.reset()
		for rest := b; len(rest) > 0; rest = rest[min(step, len(rest)):] {
			x.write(rest[:min(step, len(rest))])
		}
		assert.Equal(t, checksum(b), x.sum(), step)
	}
}

// TestHeadersAreJavas compares with what the Java client writes: the header of
// magic 0 differs in its checksum (KIP-57).
func TestHeadersAreJavas(t *testing.T) {
	for file, c := range map[string]interface {
		AppendEncoded(dst, src []byte) ([]byte, error)
		NewWriter(io.Writer) io.WriteCloser
	}{"lz4": Codec{}, "lz4-m1": Codec{}, "lz4-m0": LegacyCodec{}} {
		want, err := os.ReadFile("../testdata/golden/" + file + ".empty")
		require.NoError(t, err)
		got, err := c.AppendEncoded(nil, nil)
		require.NoError(t, err)
		assert.Equal(t, want, got, file)
		var buf bytes.Buffer
		require.NoError(t, c.NewWriter(&buf).Close())
		assert.Equal(t, want, buf.Bytes(), file)
	}
}

func TestLegacyReadsBothHeadersAndTheOtherOne(t *testing.T) {
	legacy, err := LegacyCodec{}.AppendEncoded(nil, []byte("data"))
	require.NoError(t, err)
	proper, err := Codec{}.AppendEncoded(nil, []byte("data"))
	require.NoError(t, err)
	require.NotEqual(t, legacy, proper)
	for _, b := range [][]byte{legacy, proper} {
		got, err := LegacyCodec{}.AppendDecoded(nil, b, 100)
		require.NoError(t, err)
		require.Equal(t, "data", string(got))
		got, err = io.ReadAll(LegacyCodec{}.NewReader(bytes.NewReader(b)))
		require.NoError(t, err)
		require.Equal(t, "data", string(got))
	}
	_, err = Codec{}.AppendDecoded(nil, legacy, 100)
	require.ErrorContains(t, err, "header checksum")
	_, err = io.ReadAll(Codec{}.NewReader(bytes.NewReader(legacy)))
	require.ErrorContains(t, err, "header checksum")
}

// frame builds a frame of parts that are given as they are.
func frame(flags byte, blockSize byte, size uint64, parts ...[]byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, magic)
	b = append(b, flags, blockSize)
	if flags&flagContentSize != 0 {
		b = binary.LittleEndian.AppendUint64(b, size)
	}
	b = append(b, headerChecksum(b, false))
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func le(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func block(data string) []byte { return append(le(uint32(len(data))), data...) }

func stored(data string) []byte { return append(le(uint32(len(data))|storedBit), data...) }

var end = []byte{0, 0, 0, 0}

const (
	sixteen = "0123456789abcdef"
	// again copies 16 bytes from 16 back and adds "tail.".
	again = "\x0c\x10\x00" + "\x50tail."
)

func TestFrames(t *testing.T) {
	const v, independent = flagVersion, flagVersion | flagIndependent
	sum := func(s string) []byte { return le(checksum([]byte(s))) }
	skippable := append(append(le(skipMagic+7), le(3)...), "xyz"...)
	for name, test := range map[string]struct {
		in   []byte
		want string
		err  string
	}{
		"stored block":              {in: frame(independent, 0x40, 0, stored(sixteen), end), want: sixteen},
		"linked blocks":             {in: frame(v, 0x40, 0, stored(sixteen), block(again), end), want: sixteen + sixteen + "tail."},
		"linked, told apart":        {in: frame(independent, 0x40, 0, stored(sixteen), block(again), end), err: "malformed"},
		"two frames":                {in: append(frame(v, 0x40, 0, stored("a"), end), frame(v, 0x70, 0, stored("b"), end)...), want: "ab"},
		"no look into frame before": {in: append(frame(v, 0x40, 0, stored(sixteen), end), frame(v, 0x40, 0, block(again), end)...), err: "malformed"},
		"skippable frames":          {in: bytes.Join([][]byte{skippable, frame(v, 0x40, 0, stored("a"), end), skippable}, nil), want: "a"},
		"skippable, cut":            {in: skippable[:9], err: "unexpected EOF"},
		"skippable, absurd":         {in: append(le(skipMagic), 255, 255, 255, 255), err: "unexpected EOF"},
		"block checksum":            {in: frame(v|flagBlockChecksum, 0x40, 0, stored("a"), sum("a"), end), want: "a"},
		"wrong block checksum":      {in: frame(v|flagBlockChecksum, 0x40, 0, stored("a"), sum("b"), end), err: "block checksum"},
		"content checksum":          {in: frame(v|flagContentChecksum, 0x40, 0, stored("a"), stored("b"), end, sum("ab")), want: "ab"},
		"wrong content checksum":    {in: frame(v|flagContentChecksum, 0x40, 0, stored("a"), end, sum("b")), err: "content checksum"},
		"content size":              {in: frame(v|flagContentSize, 0x40, 2, stored("ab"), end), want: "ab"},
		"content size too small":    {in: frame(v|flagContentSize, 0x40, 1, stored("ab"), end), err: "states 1 bytes and has 2"},
		"content size too large":    {in: frame(v|flagContentSize, 0x40, 3, stored("ab"), end), err: "states 3 bytes and has 2"},
		"no end mark":               {in: frame(v, 0x40, 0, stored("ab")), err: "unexpected EOF"},
		"bytes after the frame":     {in: frame(v, 0x40, 0, end, []byte("garbage")), err: "frame begins with"},
		"block above its frame's":   {in: frame(v, 0x40, 0, stored(string(make([]byte, 64<<10+1))), end), err: "block of 65537 bytes"},
		"wrong version":             {in: frame(2<<6, 0x40, 0, end), err: "version 2"},
		"reserved flag":             {in: frame(v|flagReserved, 0x40, 0, end), err: "reserved flag"},
		"dictionary":                {in: frame(v|flagDictionary, 0x40, 0, end), err: "dictionary"},
		"wrong block size":          {in: frame(v, 0x30, 0, end), err: "block size"},
		"reserved block size":       {in: frame(v, 0xc0, 0, end), err: "block size"},
		"wrong magic":               {in: []byte("not a frame"), err: "frame begins with"},
		"block without an end":      {in: frame(v, 0x40, 0, block("\x10"), end), err: "malformed"},
		"block of empty literals":   {in: frame(v, 0x40, 0, block("\x00"), end), want: ""},
		"match before the start":    {in: frame(v, 0x40, 0, block("\x10a\x02\x00\x50tail."), end), err: "malformed"},
		"match of distance zero":    {in: frame(v, 0x40, 0, block("\x10a\x00\x00\x50tail."), end), err: "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Codec{}.AppendDecoded(nil, test.in, 1<<20)
			streamed, streamErr := io.ReadAll(Codec{}.NewReader(bytes.NewReader(test.in)))
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				require.ErrorContains(t, streamErr, test.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, string(got))
			require.NoError(t, streamErr)
			require.Equal(t, test.want, string(streamed))
		})
	}
}

// TestLinkedStreamLooksFarBack decodes more linked blocks than the window holds.
func TestLinkedStreamLooksFarBack(t *testing.T) {
	// 64 KiB of text, then blocks that copy it all again from 65,535 back.
	text := bytes.Repeat([]byte("0123456789abcde\n"), 4096)
	far := []byte{0x0f, 0xff, 0xff}
	for n := 60_000 - 4 - 15; ; n -= 255 {
		if n < 255 {
			far = append(far, byte(n))
			break
		}
		far = append(far, 255)
	}
	far = append(far, "\x50tail."...)
	parts := [][]byte{stored(string(text))}
	want := bytes.Clone(text)
	for range 5 {
		parts = append(parts, block(string(far)))
		at := len(want) - 65_535
		want = append(append(want, want[at:at+60_000]...), "tail."...)
	}
	in := frame(flagVersion, 0x40, 0, append(parts, end)...)
	got, err := Codec{}.AppendDecoded(nil, in, 1<<20)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got))
	got, err = io.ReadAll(Codec{}.NewReader(bytes.NewReader(in)))
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got))
}

func TestRoomIsMadeForTheTrueSize(t *testing.T) {
	// A frame of 4 MiB blocks with little in it, as some clients write them.
	in := frame(flagVersion|flagIndependent, 0x70, 0, stored(sixteen), block("\x80abcdefgh"), end)
	got, err := Codec{}.AppendDecoded(nil, in, 1<<20)
	require.NoError(t, err)
	require.Len(t, got, 24)
	require.Equal(t, 24, cap(got))
}

// TestPoolsKeepNothingLarge looks at what states keep after Close.
func TestPoolsKeepNothingLarge(t *testing.T) {
	large := string(make([]byte, 3<<20))
	d := new(decoder)
	d.r = bytes.NewReader(frame(flagVersion, 0x70, 0, stored(large), end))
	d.Chunks.Reset(d)
	got, err := io.ReadAll(d)
	require.NoError(t, err)
	require.Len(t, got, len(large))
	require.Greater(t, cap(d.out), codec.MaxPooled+window)
	d.Release()
	require.LessOrEqual(t, cap(d.out), codec.MaxPooled+window)
	require.LessOrEqual(t, cap(d.in), codec.MaxPooled)
	require.Nil(t, d.r)

	e := new(encoder)
	e.w = io.Discard
	e.Blocks.Reset(e, blockSize)
	_, err = io.WriteString(e, large)
	require.NoError(t, err)
	require.NoError(t, e.Close())
	e.Release()
	require.LessOrEqual(t, cap(e.out), 4*blockSize)
	require.Nil(t, e.w)
}

// FuzzBlock holds the walk over tokens against the decoder.
func FuzzBlock(f *testing.F) {
	f.Add([]byte(again))
	f.Add([]byte("\xf0\x00" + sixteen[:15]))
	out := make([]byte, 64<<10)
	n, err := lz4.CompressBlock(bytes.Repeat([]byte("some text, "), 1000), out, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bytes.Clone(out[:n]))
	f.Fuzz(func(t *testing.T, b []byte) {
		walked, walkErr := decodedLen(b, len(out))
		n, err := lz4.UncompressBlock(b, out)
		if err != nil || walkErr != nil {
			return // the walk does not look at distances, and is stricter at the end
		}
		require.EqualValues(t, n, walked)
	})
}
