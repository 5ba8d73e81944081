package lz4

import (
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"github.com/segmentio/kafka-go/compress/internal/codec"
)

// encoder writes one frame to w, block by block.
type encoder struct {
	codec.Blocks
	w   io.Writer
	out []byte // the header until the first block, then one block
}

var encoders = sync.Pool{New: func() any { return new(encoder) }}

func (e *encoder) WriteBlock(block []byte) error {
	var err error
	if e.out, err = appendBlock(e.out, block); err != nil {
		return err
	}
	return e.flush()
}

// Finish writes the end mark.
func (e *encoder) Finish() error {
	e.out = append(e.out, 0, 0, 0, 0)
	return e.flush()
}

func (e *encoder) flush() error {
	_, err := e.w.Write(e.out)
	e.out = e.out[:0]
	return err
}

func (e *encoder) Release() {
	e.w = nil
	encoders.Put(e)
}

// decoder reads frames from r, block by block.
type decoder struct {
	codec.Chunks
	r      io.Reader
	legacy bool
	open   bool // within a frame
	frame  frameHeader
	head   [maxHeader]byte
	in     []byte
	out    []byte // what a block may look back on, then the block
	size   uint64 // of the frame's content so far
	sum    xxh32  // of the frame's content so far
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

func (d *decoder) Release() {
	d.Chunks.Reset(nil)
	d.r, d.open = nil, false
	if cap(d.in) > codec.MaxPooled {
		d.in = nil
	}
	if d.out = d.out[:0]; cap(d.out) > codec.MaxPooled+window {
		d.out = nil
	}
	decoders.Put(d)
}

// Next returns the next decoded block.
func (d *decoder) Next() ([]byte, error) {
	for !d.open {
		if err := d.begin(); err != nil {
			return nil, err
		}
	}
	size, err := d.uint32()
	if err != nil {
		return nil, err
	}
	if size == 0 {
		return nil, d.end()
	}
	p := partCompressed
	if size&storedBit != 0 {
		p, size = partStored, size&^storedBit
	}
	if err := checkBlockSize(size, &d.frame); err != nil {
		return nil, err
	}
	if d.in, err = codec.ReadN(d.in[:0], d.r, int(size)); err != nil {
		return nil, err
	}
	if d.frame.has(flagBlockChecksum) {
		if _, err = d.uint32(); err == nil {
			err = checkSum("block", d.head[:sumLen], checksum(d.in))
		}
		if err != nil {
			return nil, err
		}
	}
	return d.decode(p)
}

// decode decodes the block in d.in behind what it may look back on.
func (d *decoder) decode(p part) ([]byte, error) {
	if d.frame.has(flagIndependent) {
		d.out = d.out[:0]
	} else if n := len(d.out); n > window {
		d.out = d.out[:copy(d.out, d.out[n-window:])]
	}
	n := int64(len(d.in))
	if p == partCompressed {
		var err error
		if n, err = decodedLen(d.in, d.frame.maxBlock); err != nil {
			return nil, err
		}
	}
	start := len(d.out)
	out, err := decodeBlock(codec.Grow(d.out, int(n)), 0, p, d.in, &d.frame)
	if err != nil {
		return nil, err
	}
	d.out = out
	if d.frame.has(flagContentChecksum) {
		d.sum.write(out[start:])
	}
	d.size += uint64(len(out) - start)
	return out[start:], nil
}

// uint32 reads four bytes into head. They are never the last ones, so that
// the end of the input is an error.
func (d *decoder) uint32() (uint32, error) {
	if _, err := io.ReadFull(d.r, d.head[:4]); err == io.EOF {
		return 0, codec.Truncated(name)
	} else if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(d.head[:]), nil
}

// end checks the end of a frame.
func (d *decoder) end() error {
	d.open = false
	if d.frame.has(flagContentSize) && d.size != d.frame.contentSize {
		return badContentSize(&d.frame, int64(d.size))
	}
	if !d.frame.has(flagContentChecksum) {
		return nil
	}
	if _, err := d.uint32(); err != nil {
		return err
	}
	return checkSum("content", d.head[:sumLen], d.sum.sum())
}

// begin reads a frame header, or a skippable frame. io.EOF is the end.
func (d *decoder) begin() error {
	if _, err := io.ReadFull(d.r, d.head[:magicLen]); err != nil {
		return err
	}
	m := binary.LittleEndian.Uint32(d.head[:])
	if m&skipMagicMask == skipMagic {
		n, err := d.uint32()
		if err == nil {
			_, err = io.CopyN(io.Discard, d.r, int64(n))
		}
		return noEOF(err)
	}
	if m != magic {
		return badMagic(m)
	}
	if _, err := io.ReadFull(d.r, d.head[magicLen:minHeader]); err != nil {
		return noEOF(err)
	}
	if err := parseFlags(d.head[magicLen]); err != nil {
		return err
	}
	n := headerLen(d.head[magicLen])
	if _, err := io.ReadFull(d.r, d.head[minHeader:n]); err != nil {
		return noEOF(err)
	}
	var err error
	if d.frame, err = parseHeader(d.head[:n], d.legacy); err != nil {
		return err
	}
	d.open, d.size, d.out = true, 0, d.out[:0]
	d.sum.reset()
	return nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return codec.Truncated(name)
	}
	return err
}
