package gzip

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/klauspost/compress/gzip"

	"github.com/segmentio/kafka-go/compress/internal/codec"
)

const (
	trailerLen = 8
	// maxRatio is what deflate can reach: a match of 258 bytes in two bits.
	maxRatio = 1032
	// trustedRatio is up to where room is made for the size that is stated.
	trustedRatio = 64
)

// AppendEncoded appends src gzip-compressed to dst and returns the extended
// slice. It keeps neither. An error leaves dst as it was.
func (c *Codec) AppendEncoded(dst, src []byte) ([]byte, error) {
	level, err := c.level()
	if err != nil {
		return dst, err
	}
	e := getEncoder(level)
	defer e.Release()
	e.out.B = slices.Grow(dst, 64+len(src)/8)
	e.w.Reset(&e.out)
	if _, err = e.w.Write(src); err == nil {
		err = e.w.Close()
	}
	if err != nil {
		return dst, err
	}
	return e.out.B, nil
}

// AppendDecoded appends what src, a whole gzip file, decompresses to, at most
// limit bytes, and returns the extended slice. More is an error that
// errors.Is finds compress.ErrTooLarge in; nothing near the claimed size is
// allocated for it. An error leaves dst as it was.
func (c *Codec) AppendDecoded(dst, src []byte, limit int) ([]byte, error) {
	d := decoders.Get().(*decoder)
	defer d.Release()
	out, err := d.appendAll(dst, src, limit)
	if err != nil {
		return dst, err
	}
	return out, nil
}

// decoder reads gzip data from the stream br, or from the block in src. Both
// stand between z and the caller's memory, so that a pooled decoder can let
// go of it.
type decoder struct {
	z       gzip.Reader
	br      *bufio.Reader // nil until the first stream
	opened  bool
	err     error // of opening
	src     bytes.Reader
	scratch [512]byte
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

func (d *decoder) Release() {
	if d.br != nil {
		d.br.Reset(nil)
	}
	d.opened, d.err = false, nil
	d.src.Reset(nil)
	decoders.Put(d)
}

// stream makes r the input. Nothing is read before the first Read.
func (d *decoder) stream(r io.Reader) {
	if d.br == nil {
		d.br = bufio.NewReader(r)
		return
	}
	d.br.Reset(r)
}

func (d *decoder) open() error {
	if !d.opened {
		d.opened = true
		d.err = d.z.Reset(d.br)
	}
	return d.err
}

func (d *decoder) Read(p []byte) (int, error) {
	if err := d.open(); err != nil {
		return 0, err
	}
	return d.z.Read(p)
}

func (d *decoder) WriteTo(w io.Writer) (int64, error) {
	if err := d.open(); errors.Is(err, io.EOF) {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	return d.z.WriteTo(w)
}

// appendAll decodes src in one go into the size that its trailer states. There
// may be more (the trailer of several members states only the last one's), or
// the stated size is far above src's: then the rest is counted before anything
// is allocated for it.
func (d *decoder) appendAll(dst, src []byte, limit int) ([]byte, error) {
	if len(src) < trailerLen {
		return nil, codec.Truncated(name)
	}
	stated := int64(binary.LittleEndian.Uint32(src[len(src)-4:]))
	if stated > int64(limit) && stated <= maxRatio*int64(len(src)) {
		return nil, codec.TooLarge(name, len(src), limit)
	}
	dst = codec.Grow(dst, int(min(stated, trustedRatio*int64(len(src)), int64(limit))))
	start := len(dst)
	out, more, err := d.decodeInto(dst, src, limit)
	if err != nil || !more {
		return out, err
	}
	n, err := d.count(limit - (len(out) - start))
	if err != nil {
		return nil, err
	}
	if n > limit-(len(out)-start) {
		return nil, codec.TooLarge(name, len(src), limit)
	}
	dst = codec.Grow(out[:start], len(out)-start+n)
	out, _, err = d.decodeInto(dst, src, limit)
	return out, err
}

// decodeInto appends to dst, within its capacity and limit bytes, what src
// holds, and says whether there is more: the first byte of it is consumed.
func (d *decoder) decodeInto(dst, src []byte, limit int) (out []byte, more bool, err error) {
	d.src.Reset(src)
	if err := d.z.Reset(&d.src); err != nil {
		return nil, false, noEOF(err)
	}
	room := dst[len(dst):min(cap(dst), len(dst)+limit)]
	n := 0
	for n < len(room) {
		m, err := d.z.Read(room[n:])
		n += m
		if errors.Is(err, io.EOF) {
			return dst[:len(dst)+n], false, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
	m, err := io.ReadFull(&d.z, d.scratch[:1])
	if errors.Is(err, io.EOF) {
		return dst[:len(dst)+n], false, nil
	}
	return dst[:len(dst)+n], m > 0, err
}

// count reads to the end and returns how many bytes there were, the one that
// decodeInto had consumed included. It stops above limit.
func (d *decoder) count(limit int) (int, error) {
	n := 1
	for n <= limit {
		m, err := d.z.Read(d.scratch[:])
		n += m
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
	}
	return n, nil
}

// noEOF makes the end of the input within a header an error.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return codec.Truncated(name)
	}
	return err
}
