package snappy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"github.com/golang/snappy"

	"github.com/segmentio/kafka-go/compress/internal/codec"
)

// AppendDecoded appends what src, framed or not, decompresses to, at most
// limit bytes, and returns the extended slice. Every block states its size,
// so that all of them are added up and checked before anything is allocated;
// more than limit is an error that errors.Is finds compress.ErrTooLarge in.
// An error leaves dst as it was.
func (c *Codec) AppendDecoded(dst, src []byte, limit int) ([]byte, error) {
	framed := isFramed(src)
	size, err := decodedLen(src, framed, limit)
	if err != nil {
		return dst, err
	}
	out := codec.Grow(dst, size)
	if framed {
		out, err = decodeBlocks(out, src)
	} else {
		out, err = decodeBlock(out, src)
	}
	if err != nil {
		return dst, err
	}
	return out, nil
}

func isFramed(src []byte) bool {
	return len(src) >= headerLen && bytes.Equal(src[:8], header[:8])
}

// decodedLen adds up what the blocks of src state, without decoding any.
func decodedLen(src []byte, framed bool, limit int) (int, error) {
	if !framed {
		return blockLen(src, limit)
	}
	total, rest := 0, src[headerLen:]
	for {
		block, next, err := nextBlock(rest)
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return 0, err
		}
		n, err := blockLen(block, limit)
		if err != nil {
			return 0, err
		}
		if n > limit-total {
			return 0, codec.TooLarge(name, len(src), limit)
		}
		total += n
		rest = next
	}
}

// decodeBlocks appends framed data to dst, which has room for it.
func decodeBlocks(dst, src []byte) ([]byte, error) {
	for src = src[headerLen:]; ; {
		block, next, err := nextBlock(src)
		if errors.Is(err, io.EOF) {
			return dst, nil
		}
		if err == nil {
			dst, err = decodeBlock(dst, block)
		}
		if err != nil {
			return dst, err
		}
		src = next
	}
}

// nextBlock cuts the next block off framed data; io.EOF says that there is
// none. Headers of data appended to it are skipped, as the Java library does.
func nextBlock(src []byte) (block, rest []byte, err error) {
	for isFramed(src) {
		if err = checkVersion(src); err != nil {
			return nil, nil, err
		}
		src = src[headerLen:]
	}
	if len(src) == 0 {
		return nil, nil, io.EOF
	}
	if len(src) < sizeLen {
		return nil, nil, codec.Truncated(name)
	}
	n := binary.BigEndian.Uint32(src)
	if src = src[sizeLen:]; uint64(n) > uint64(len(src)) {
		return nil, nil, codec.Truncated(name)
	}
	return src[:n], src[n:], nil
}

// checkVersion looks at the version of a header within the data, as the Java
// library does. Neither looks at the first header's: producers exist that
// write it in the wrong byte order.
func checkVersion(h []byte) error {
	if v := int32(binary.BigEndian.Uint32(h[8:])); v < 1 {
		return codec.Corrupt(name, "frame of version %d", v)
	}
	return nil
}

// maxRatio is above what a snappy block can reach: 64 bytes for a copy of 3.
const maxRatio = 22

// blockLen returns what a block states to decompress to, checked against
// limit and against what its own length can give.
func blockLen(block []byte, limit int) (int, error) {
	n, err := snappy.DecodedLen(block)
	if err != nil {
		return 0, codec.Corrupt(name, "block of %d bytes without a size", len(block))
	}
	if n > limit {
		return 0, codec.TooLarge(name, len(block), limit)
	}
	if int64(n) > maxRatio*int64(len(block)) {
		return 0, codec.Corrupt(name, "block of %d bytes states %d", len(block), n)
	}
	return n, nil
}

// decodeBlock appends a block to dst, which has room for it.
func decodeBlock(dst, block []byte) ([]byte, error) {
	out, err := snappy.Decode(dst[len(dst):cap(dst)], block)
	if err != nil {
		return dst, err
	}
	return dst[:len(dst)+len(out)], nil
}

// decoder reads blocks from r, one at a time.
type decoder struct {
	codec.Chunks
	r      io.Reader
	framed bool
	head   [headerLen]byte
	in     []byte
	out    []byte
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

func (d *decoder) Release() {
	d.Chunks.Reset(nil)
	d.r, d.framed = nil, false
	if cap(d.in) > codec.MaxPooled {
		d.in = nil
	}
	if cap(d.out) > codec.MaxPooled {
		d.out = nil
	}
	decoders.Put(d)
}

// Next returns the next decoded block.
func (d *decoder) Next() ([]byte, error) {
	in, err := d.in, error(nil)
	if !d.framed {
		in, err = d.begin()
	}
	if err == nil && d.framed {
		in, err = d.next()
	}
	if err != nil {
		return nil, err
	}
	d.in = in
	n, err := blockLen(in, codec.Limit(len(in)))
	if err != nil {
		return nil, err
	}
	d.out, err = decodeBlock(codec.Grow(d.out[:0], n), in)
	return d.out, err
}

// begin reads the frame header, or all of unframed data.
func (d *decoder) begin() ([]byte, error) {
	n, err := io.ReadFull(d.r, d.head[:])
	if n == 0 {
		return nil, err
	}
	if err != nil && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	if isFramed(d.head[:n]) {
		d.framed = true
		return d.in[:0], nil
	}
	in := append(d.in[:0], d.head[:n]...)
	return codec.ReadAll(in, d.r, codec.HardLimit)
}

// next reads one block of framed data.
func (d *decoder) next() ([]byte, error) {
	for {
		if _, err := io.ReadFull(d.r, d.head[:sizeLen]); err != nil {
			return nil, err // io.EOF: the end
		}
		size := binary.BigEndian.Uint32(d.head[:])
		if size != binary.BigEndian.Uint32(header) {
			return d.read(size)
		}
		if _, err := io.ReadFull(d.r, d.head[sizeLen:]); err != nil {
			return nil, codec.Truncated(name)
		}
		if !isFramed(d.head[:]) {
			return nil, codec.Corrupt(name, "block of %d bytes", size)
		}
		if err := checkVersion(d.head[:]); err != nil {
			return nil, err
		}
	}
}

func (d *decoder) read(size uint32) ([]byte, error) {
	if size > codec.HardLimit {
		return nil, codec.Corrupt(name, "block of %d bytes", size)
	}
	return codec.ReadN(d.in[:0], d.r, int(size))
}
