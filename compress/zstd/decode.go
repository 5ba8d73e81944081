package zstd

import (
	"bytes"
	"errors"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/segmentio/kafka-go/compress/internal/codec"
)

const (
	// maxWindow is the largest window of a stream, and so what one pooled
	// decoder holds at most.
	maxWindow = 8 << 20

	// overrun is room behind the content that lets the library copy in steps
	// of 16 bytes.
	overrun = 16
)

// decoders decode blocks: the output is their window.
var decoders sync.Pool

func getDecoder() *zstd.Decoder {
	if z, ok := decoders.Get().(*zstd.Decoder); ok {
		return z
	}
	return newDecoder(codec.HardLimit, zstd.WithDecodeAllCapLimit(true))
}

func newDecoder(window uint64, more ...zstd.DOption) *zstd.Decoder {
	z, err := zstd.NewReader(nil, append(more,
		zstd.WithDecoderConcurrency(1), // no goroutine
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(window),
		zstd.WithDecodeBuffersBelow(0),
	)...)
	if err != nil {
		panic(err) // the options are constants
	}
	return z
}

// AppendDecoded appends what the zstd frames in src decompress to, at most
// limit bytes, and returns the extended slice. More is an error that
// errors.Is finds compress.ErrTooLarge in; where frames do not state their
// size, it is counted before anything is allocated for it. An error leaves
// dst as it was.
func (c *Codec) AppendDecoded(dst, src []byte, limit int) ([]byte, error) {
	out, err := appendDecoded(dst, src, limit)
	if err != nil {
		return dst, err
	}
	return out, nil
}

func appendDecoded(dst, src []byte, limit int) ([]byte, error) {
	size, err := scan(src)
	if err != nil {
		return nil, err
	}
	if size.least > int64(limit) {
		return nil, codec.TooLarge(name, len(src), limit)
	}
	z := getDecoder()
	defer decoders.Put(z)
	room := min(guess(size, len(src), cap(dst)-len(dst)-overrun), int64(limit))
	out, err := decodeInto(dst, src, z, room)
	if err != nil && room < size.most {
		// Too little room, or corrupt data: the library does not tell.
		if room, err = count(src, size, int64(limit)); err != nil {
			return nil, err
		}
		out, err = decodeInto(dst, src, z, room)
	}
	if err == nil && len(out)-len(dst) <= limit {
		return out, nil
	}
	if err == nil || room == int64(limit) && size.most > room {
		return nil, codec.TooLarge(name, len(src), limit)
	}
	return nil, codec.Corrupt(name, "%w", err)
}

// guess returns how much room to try with. There may be that much already.
func guess(size sizes, input, room int) int64 {
	if size.exact() {
		return size.most
	}
	return min(size.most, max(int64(room), size.least, 16<<10+16*int64(input)))
}

// decodeInto appends the content of src, which must not be more than room and
// overrun bytes.
func decodeInto(dst, src []byte, z *zstd.Decoder, room int64) ([]byte, error) {
	n, end := len(dst), len(dst)+int(room)+overrun
	dst = codec.Grow(dst, end-n)
	// The library must see an empty slice: it counts what is in it as content.
	out, err := z.DecodeAll(src, dst[n:n:end])
	if err != nil {
		return nil, err
	}
	return dst[:n+len(out)], nil
}

// count returns the size of the content by decoding it without keeping more
// than its window. Frames with a window too large for that get the most that
// they can need.
func count(src []byte, size sizes, limit int64) (int64, error) {
	if size.window > maxWindow {
		return min(size.most, limit), nil
	}
	d := getStreamDecoder()
	defer d.Release()
	d.in.r = bytes.NewReader(src)
	w := counter{left: limit}
	if _, err := d.WriteTo(&w); errors.Is(err, errCounted) {
		return 0, codec.TooLarge(name, len(src), int(limit))
	} else if err != nil {
		return 0, codec.Corrupt(name, "%w", err)
	}
	return limit - w.left, nil
}

// counter counts what is written down to nothing left.
type counter struct{ left int64 }

func (c *counter) Write(p []byte) (int, error) {
	if c.left -= int64(len(p)); c.left < 0 {
		return 0, errCounted
	}
	return len(p), nil
}
