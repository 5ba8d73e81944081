// Package gzip is the gzip codec of record batches (attribute code 1).
package gzip

import (
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"

	"github.com/segmentio/kafka-go/compress/internal/codec"
)

const (
	code = 1
	name = "gzip"

	minLevel = gzip.StatelessCompression
	maxLevel = gzip.BestCompression
)

// Codec is the gzip codec. It has no state: values may be copied and used
// concurrently, and all values share their buffers.
type Codec struct {
	// Level is 1 (fastest) to 9 (smallest); 0 and -1 are the default, which
	// is 6 or close to it; -2 is Huffman coding alone, and -3 compresses
	// without any state, for very small memory. Any other level makes Write
	// and Close of a writer fail, and AppendEncoded.
	Level int
}

// Code returns 1.
func (c *Codec) Code() int8 { return code }

// Name returns "gzip".
func (c *Codec) Name() string { return name }

// NewReader returns a reader of the data that r holds gzip-compressed,
// several members one after the other included. It also implements
// io.WriterTo. Errors in the data, the header included, come out of Read.
//
// What it holds in memory does not depend on the data; how much to take out
// of it is the caller's choice. It must be closed, and belongs to one
// goroutine; use after Close fails with io.ErrClosedPipe.
func (c *Codec) NewReader(r io.Reader) io.ReadCloser {
	d := decoders.Get().(*decoder)
	d.stream(r)
	return codec.NewReader(d)
}

// NewWriter returns a writer that puts what is written to it
// gzip-compressed into w. It also implements io.ReaderFrom. The data is
// complete after Close, which does not close w. It belongs to one goroutine;
// use after Close fails with io.ErrClosedPipe. A Level out of range makes
// Write and Close return an error.
func (c *Codec) NewWriter(w io.Writer) io.WriteCloser {
	level, err := c.level()
	if err != nil {
		return codec.BadWriter{Err: err}
	}
	e := getEncoder(level)
	e.w.Reset(w)
	return codec.NewWriter(e)
}

// level returns the level of the library that stands for c.Level.
func (c *Codec) level() (int, error) {
	if c.Level < minLevel || c.Level > maxLevel {
		return 0, fmt.Errorf("gzip: invalid compression level: %d, want %d to %d", c.Level, minLevel, maxLevel)
	}
	if c.Level == 0 {
		return gzip.DefaultCompression, nil
	}
	return c.Level, nil
}

// encoder is a writer of one level with the buffer of the block form.
type encoder struct {
	w     *gzip.Writer
	level int
	out   codec.AppendWriter
}

// encoders has a pool per level: a writer cannot change its level.
var encoders [maxLevel - minLevel + 1]sync.Pool

func getEncoder(level int) *encoder {
	if e, ok := encoders[level-minLevel].Get().(*encoder); ok {
		return e
	}
	w, err := gzip.NewWriterLevel(io.Discard, level)
	if err != nil {
		panic(err) // the level was checked
	}
	return &encoder{w: w, level: level}
}

func (e *encoder) Write(p []byte) (int, error) { return e.w.Write(p) }

func (e *encoder) Close() error { return e.w.Close() }

func (e *encoder) Release() {
	e.out.B = nil
	e.w.Reset(io.Discard)
	encoders[e.level-minLevel].Put(e)
}
