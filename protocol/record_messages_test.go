package protocol

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
)

// message is a message of a set for tests.
type message struct {
	offset, timestamp int64
	attributes        Attributes
	key, value        []byte
}

func messageSet(t *testing.T, magic int8, messages ...message) []byte {
	w := messageWriter{magic: magic}
	for _, m := range messages {
		start := w.begin(m.offset, m.attributes, m.timestamp)
		w.dst = appendNullableBytes32(appendNullableBytes32(w.dst, m.key), m.value)
		require.NoError(t, w.end(start))
	}
	return w.dst
}

func gzipped(t *testing.T, b []byte) []byte {
	out, err := compress.Append([]byte{}, compress.Lookup(int8(compress.Gzip)), b)
	require.NoError(t, err)
	return out
}

func TestMessageOffsetsOfWrappers(t *testing.T) {
	inner := func(magic int8, offsets ...int64) []byte {
		var list []message
		for _, o := range offsets {
			list = append(list, message{offset: o, timestamp: 40 + o, value: []byte("x")})
		}
		return gzipped(t, messageSet(t, magic, list...))
	}
	for name, c := range map[string]struct {
		magic   int8
		wrapper int64
		inner   []int64
		want    []string
	}{
		"relative":                    {1, 102, []int64{0, 1, 2}, []string{"100:x", "101:x", "102:x"}},
		"relative, compacted":         {1, 105, []int64{2, 5}, []string{"102:x", "105:x"}},
		"absolute in magic 1":         {1, 102, []int64{101, 102}, []string{"101:x", "102:x"}},
		"wrapper without an offset":   {1, 0, []int64{0, 1, 2}, []string{"0:x", "1:x", "2:x"}},
		"absolute, magic 0":           {0, 102, []int64{100, 102}, []string{"100:x", "102:x"}},
		"magic 0 below a new wrapper": {0, 102, []int64{0, 1}, []string{"0:x", "1:x"}},
	} {
		t.Run(name, func(t *testing.T) {
			set := messageSet(t, c.magic, message{offset: c.wrapper, attributes: Gzip, value: inner(c.magic, c.inner...)})
			var it RecordIter
			defer it.Close()
			it.Reset(set, RecordIterOptions{})
			require.Equal(t, c.want, shown(&it))
			require.NoError(t, it.Err())
			require.Equal(t, max(c.wrapper, c.inner[len(c.inner)-1])+1, it.Position())
		})
	}
}

func TestMessageTimes(t *testing.T) {
	inner := gzipped(t, messageSet(t, 1, message{offset: 0, timestamp: 7}, message{offset: 1, timestamp: 8}))
	for attributes, want := range map[Attributes][]int64{Gzip: {7, 8}, Gzip | LogAppendTime: {99, 99}} {
		var it RecordIter
		it.Reset(messageSet(t, 1, message{offset: 1, timestamp: 99, attributes: attributes, value: inner}), RecordIterOptions{})
		for _, ms := range want {
			require.True(t, it.Next())
			require.Equal(t, ms, it.Record().Timestamp)
		}
		require.False(t, it.Next())
	}
	var it RecordIter
	it.Reset(messageSet(t, 0, message{}), RecordIterOptions{})
	require.True(t, it.Next())
	require.Equal(t, int64(-1), it.Record().Timestamp, "magic 0 has no time")
}

func TestMessageAttributes(t *testing.T) {
	var it RecordIter
	it.Reset(messageSet(t, 1, message{attributes: 0xf8}), RecordIterOptions{})
	require.True(t, it.Next())
	require.Equal(t, LogAppendTime, it.Record().Attributes, "messages have no other")
}

func TestMessageMalformed(t *testing.T) {
	x := message{value: []byte("x")}
	good := messageSet(t, 1, x)
	wrap := func(a Attributes, value []byte) []byte {
		return messageSet(t, 1, message{offset: 4, attributes: a, value: value})
	}
	badInner := messageSet(t, 1, x)
	badInner[len(badInner)-1] ^= 1
	fix := func(b []byte, at int, v byte) []byte {
		b = bytes.Clone(b)
		b[at] = v
		w := messageWriter{dst: b}
		require.NoError(t, w.end(0))
		return b
	}
	for name, c := range map[string]struct {
		set  []byte
		want error
	}{
		"no inner message":      {wrap(Gzip, gzipped(t, nil)), ErrMalformed},
		"truncated inner":       {wrap(Gzip, gzipped(t, good[:len(good)-1])), ErrMalformed},
		"inner size":            {wrap(Gzip, gzipped(t, setInt32(8, 3)(bytes.Clone(good)))), ErrMalformed},
		"inner checksum":        {wrap(Gzip, gzipped(t, badInner)), ErrChecksum},
		"inner batch":           {wrap(Gzip, gzipped(t, wireBatch{values: []string{"a"}}.wire(t))), ErrMalformed},
		"compressed twice":      {wrap(Gzip, gzipped(t, wrap(Gzip, gzipped(t, good)))), ErrMalformed},
		"zstd":                  {wrap(Zstd, []byte("x")), ErrUnsupportedCompression},
		"unknown codec":         {wrap(5, []byte("x")), ErrUnsupportedCompression},
		"negative offset":       {messageSet(t, 1, message{offset: -1}), ErrMalformed},
		"inner offset overflow": {wrap(Gzip, gzipped(t, messageSet(t, 1, message{offset: 1<<63 - 2}, message{offset: 0}))), ErrMalformed},
		"key beyond the end":    {fix(good, 29, 100), ErrMalformed},
		"key of -2":             {setKey(t, good, -2), ErrMalformed},
		"value too short":       {fix(good, 33, 0), ErrMalformed},
		"magic 1 in 14 bytes":   {short(t), ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			var it RecordIter
			defer it.Close()
			it.Reset(c.set, RecordIterOptions{})
			for it.Next() {
				require.Equal(t, "inner offset overflow", name)
			}
			require.ErrorIs(t, it.Err(), c.want)
			var batch *BatchError
			require.ErrorAs(t, it.Err(), &batch)
			require.Equal(t, entryOffset(c.set), batch.BaseOffset)
		})
	}
	// Corrupt compressed data is the codec's error.
	var it RecordIter
	it.Reset(wrap(Gzip, []byte("no gzip")), RecordIterOptions{})
	require.False(t, it.Next())
	require.Error(t, it.Err())
}

func setKey(t *testing.T, set []byte, n int32) []byte {
	set = setInt32(26, n)(bytes.Clone(set))
	w := messageWriter{dst: set}
	require.NoError(t, w.end(0))
	return set
}

// short is a message that says magic 1 and has the size of one of magic 0.
func short(t *testing.T) []byte {
	set := messageSet(t, 0, message{})
	set[entryMagic] = magicV1
	w := messageWriter{dst: set}
	require.NoError(t, w.end(0))
	return set
}

func TestMessageSetTruncated(t *testing.T) {
	first := messageSet(t, 1, message{offset: 3, value: []byte("a")})
	set := concat(first, messageSet(t, 1, message{offset: 4, value: []byte("b")}))
	for n := len(first); n < len(set); n++ {
		var it RecordIter
		it.Reset(set[:n], RecordIterOptions{Offset: 3})
		require.Equal(t, []string{"3:a"}, shown(&it))
		require.NoError(t, it.Err())
		require.Equal(t, n > len(first), it.Truncated())
		require.Equal(t, int64(4), it.Position())
	}
}

func TestAppendMessageSet(t *testing.T) {
	var b BatchBuilder
	require.NoError(t, b.Append(30, []byte("k"), []byte("v"), []Header{{"dropped", nil}}))
	require.NoError(t, b.Append(20, nil, []byte{}, nil))
	for code := range int8(4) {
		for magic := range int8(2) {
			codec := compress.Lookup(code)
			sealed, err := b.Seal(BatchOptions{Codec: codec})
			require.NoError(t, err)
			set, err := AppendMessageSet([]byte("before"), magic, codec, sealed)
			require.NoError(t, err)
			require.Equal(t, "before", string(set[:6]))
			set = set[6:]
			require.Equal(t, byte(magic), set[entryMagic])
			var it RecordIter
			it.Reset(set, RecordIterOptions{})
			times := [2]int64{30, 20}
			if magic == 0 {
				times = [2]int64{-1, -1}
			}
			require.True(t, it.Next())
			r := *it.Record()
			require.Equal(t, []byte("k"), r.Key)
			require.Equal(t, []byte("v"), r.Value)
			require.Equal(t, times[0], r.Timestamp)
			require.True(t, it.Next())
			r = *it.Record()
			require.Nil(t, r.Key)
			require.Equal(t, []byte{}, r.Value)
			require.Equal(t, times[1], r.Timestamp)
			require.Equal(t, int64(1), r.Offset)
			require.False(t, it.Next())
			require.NoError(t, it.Err())
			if code != 0 && magic == 1 {
				require.Equal(t, uint64(30), binary.BigEndian.Uint64(set[18:]), "largest time")
			}
			it.Close()
		}
	}
}

func TestAppendMessageSetErrors(t *testing.T) {
	batch := wireBatch{values: []string{"a"}}.wire(t)
	dst := []byte("kept")
	broken := bytes.Clone(batch)
	broken[len(broken)-1] ^= 1
	for name, c := range map[string]struct {
		magic   int8
		codec   compress.Codec
		batches []byte
		want    error
	}{
		"no records":             {1, nil, nil, ErrNoRecord},
		"no records, compressed": {1, compress.Lookup(1), nil, ErrNoRecord},
		"checksum":               {1, compress.Lookup(1), broken, ErrChecksum},
		"zstd":                   {1, compress.Lookup(4), batch, ErrUnsupportedCompression},
		"magic 2":                {2, nil, batch, nil},
	} {
		got, err := AppendMessageSet(dst, c.magic, c.codec, c.batches)
		require.Error(t, err, name)
		if c.want != nil {
			require.ErrorIs(t, err, c.want, name)
		}
		require.Equal(t, "kept", string(got), name)
	}
}
