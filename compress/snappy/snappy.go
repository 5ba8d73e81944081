// Package snappy is the snappy codec of record batches (attribute code 2).
package snappy

import (
	"io"

	"github.com/golang/snappy"
	"github.com/klauspost/compress/s2"

	"github.com/segmentio/kafka-go/compress/internal/codec"
)

const (
	code = 2
	name = "snappy"
)

// Framing says how a writer arranges snappy blocks. A reader finds out by
// itself.
type Framing int

const (
	// Framed is the format of the Java library, and so of Java producers: a
	// header of 16 bytes, then blocks with their sizes. It is the default.
	Framed Framing = iota
	// Unframed is one snappy block without any frame. A writer has to hold
	// all data in memory until Close.
	Unframed
)

// Compression is the effort that a writer spends. All of them give data that
// every snappy decoder reads.
type Compression int

const (
	// DefaultCompression balances speed and size.
	DefaultCompression Compression = iota
	// FasterCompression trades a little size for speed on larger data.
	FasterCompression
	// BetterCompression takes about twice the time for about 10 % less.
	BetterCompression
	// BestCompression is ten or more times slower for the last few percent.
	BestCompression
)

// encoders are the block encoders, in the order of the Compression constants.
var encoders = [...]func(dst, src []byte) []byte{
	snappy.Encode, s2.EncodeSnappy, s2.EncodeSnappyBetter, s2.EncodeSnappyBest,
}

// Codec is the snappy codec. It has no state: values may be copied and used
// concurrently, and all values share their buffers.
type Codec struct {
	// Framing is Framed or Unframed; what is neither counts as Framed.
	Framing Framing

	// Compression is the effort; what is none of the constants counts as
	// DefaultCompression.
	Compression Compression
}

// Code returns 2.
func (c *Codec) Code() int8 { return code }

// Name returns "snappy".
func (c *Codec) Name() string { return name }

// NewReader returns a reader of the snappy data that r holds, framed or not.
// It also implements io.WriterTo. Errors in the data come out of Read.
//
// It holds one block at a time. A block (unframed data is one block) that
// would decompress to more than compress.Limit of its size is an error that
// errors.Is finds compress.ErrTooLarge in; the number of blocks is not
// bounded. It must be closed, and belongs to one goroutine; use after Close
// fails with io.ErrClosedPipe.
func (c *Codec) NewReader(r io.Reader) io.ReadCloser {
	d := decoders.Get().(*decoder)
	d.r = r
	d.Chunks.Reset(d)
	return codec.NewReader(d)
}

// NewWriter returns a writer that puts what is written to it
// snappy-compressed into w. It also implements io.ReaderFrom. The data is
// complete after Close, which does not close w. It belongs to one goroutine;
// use after Close fails with io.ErrClosedPipe.
func (c *Codec) NewWriter(w io.Writer) io.WriteCloser {
	if c.Framing == Unframed {
		e := plainEncoders.Get().(*plainEncoder)
		e.w, e.encode = w, c.encoder()
		return codec.NewWriter(e)
	}
	e := framedEncoders.Get().(*framedEncoder)
	e.w, e.encode = w, c.encoder()
	e.out = append(e.out[:0], header...)
	e.Blocks.Reset(e, blockSize)
	return codec.NewWriter(e)
}

func (c *Codec) encoder() func(dst, src []byte) []byte {
	if c.Compression < 0 || int(c.Compression) >= len(encoders) {
		return encoders[DefaultCompression]
	}
	return encoders[c.Compression]
}
