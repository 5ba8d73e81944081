package snappy

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"github.com/golang/snappy"

	"github.com/segmentio/kafka-go/compress/internal/codec"
)

const (
	// blockSize is what one framed block holds: all that snappy looks back
	// on. Java's is half of that, which costs it 2 to 3 % in size.
	blockSize = 64 << 10

	headerLen = 16
	sizeLen   = 4
)

// header begins framed data: the magic of the Java library, its version 1,
// and 1 as the oldest version that can read it, big-endian.
var header = []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1}

// AppendEncoded appends src snappy-compressed to dst and returns the extended
// slice. It keeps neither. An error, which leaves dst as it was, comes only
// of a src that snappy cannot hold in one block (4 GiB).
func (c *Codec) AppendEncoded(dst, src []byte) ([]byte, error) {
	encode := c.encoder()
	if c.Framing == Unframed {
		return appendBlock(dst, src, encode)
	}
	dst = codec.Grow(dst, headerLen+sizeLen+snappy.MaxEncodedLen(min(len(src), blockSize)))
	dst = append(dst, header...)
	for len(src) > 0 {
		n := min(len(src), blockSize)
		dst = appendFramed(dst, src[:n], encode)
		src = src[n:]
	}
	return dst, nil
}

// appendFramed appends the size of a compressed block and the block.
func appendFramed(dst, block []byte, encode func(dst, src []byte) []byte) []byte {
	at := len(dst)
	dst, _ = appendBlock(append(dst, 0, 0, 0, 0), block, encode) // a block of 64 KiB always fits
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-sizeLen))
	return dst
}

// appendBlock appends src as one block. The encoders write straight into dst
// when it has room for the worst case.
func appendBlock(dst, src []byte, encode func(dst, src []byte) []byte) ([]byte, error) {
	bound := snappy.MaxEncodedLen(len(src))
	if bound < 0 {
		return dst, fmt.Errorf("snappy: %d bytes do not fit one block", len(src))
	}
	if cap(dst)-len(dst) < bound {
		dst = append(make([]byte, 0, max(len(dst)+bound, 2*cap(dst))), dst...)
	}
	at := len(dst)
	return dst[:at+copyOver(dst[at:at+bound], encode(dst[at:at+bound], src))], nil
}

// copyOver copies what an encoder did not write into room, where it belongs.
func copyOver(room, encoded []byte) int {
	if &room[0] == &encoded[0] {
		return len(encoded)
	}
	return copy(room, encoded)
}

// framedEncoder writes blocks as they fill.
type framedEncoder struct {
	codec.Blocks
	w      io.Writer
	encode func(dst, src []byte) []byte
	out    []byte // the header until the first block, then one block
}

var framedEncoders = sync.Pool{New: func() any { return new(framedEncoder) }}

func (e *framedEncoder) WriteBlock(block []byte) error {
	e.out = appendFramed(e.out, block, e.encode)
	return e.Finish()
}

// Finish writes what stands in out.
func (e *framedEncoder) Finish() error {
	if len(e.out) == 0 {
		return nil
	}
	_, err := e.w.Write(e.out)
	e.out = e.out[:0]
	return err
}

func (e *framedEncoder) Release() {
	e.w, e.encode = nil, nil
	framedEncoders.Put(e)
}

// plainEncoder gathers everything: one block states its size first.
type plainEncoder struct {
	w      io.Writer
	encode func(dst, src []byte) []byte
	buf    []byte
}

var plainEncoders = sync.Pool{New: func() any { return new(plainEncoder) }}

func (e *plainEncoder) Write(p []byte) (int, error) {
	e.buf = append(e.buf, p...)
	return len(p), nil
}

func (e *plainEncoder) Close() error {
	out, err := appendBlock(nil, e.buf, e.encode)
	if err == nil {
		_, err = e.w.Write(out)
	}
	return err
}

func (e *plainEncoder) Release() {
	e.w, e.encode = nil, nil
	if e.buf = e.buf[:0]; cap(e.buf) > codec.MaxPooled {
		e.buf = nil
	}
	plainEncoders.Put(e)
}
