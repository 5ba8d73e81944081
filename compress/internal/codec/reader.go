package codec

import (
	"errors"
	"io"
)

// Decoder is the pooled state behind a Reader.
type Decoder interface {
	io.Reader
	io.WriterTo
	// Release forgets the input and gives the state back to its pool.
	Release()
}

// Reader hands a Decoder out once: after Close it no longer reaches the
// state, which may serve another stream by then.
type Reader struct{ d Decoder }

// NewReader returns a Reader that owns d until Close.
func NewReader(d Decoder) *Reader { return &Reader{d} }

// Read reads decompressed bytes. After Close it fails with io.ErrClosedPipe.
func (r *Reader) Read(p []byte) (int, error) {
	if r.d == nil {
		return 0, io.ErrClosedPipe
	}
	return r.d.Read(p)
}

// WriteTo writes all decompressed bytes to w. After Close it fails with
// io.ErrClosedPipe.
func (r *Reader) WriteTo(w io.Writer) (int64, error) {
	if r.d == nil {
		return 0, io.ErrClosedPipe
	}
	return r.d.WriteTo(w)
}

// Close releases the state. A second Close does nothing. It does not close
// the reader below, and never fails.
func (r *Reader) Close() error {
	if d := r.d; d != nil {
		r.d = nil
		d.Release()
	}
	return nil
}

// Chunks is an io.Reader and io.WriterTo over a source of decoded chunks.
type Chunks struct {
	// Next returns the next chunk, valid until the next call, or io.EOF.
	next interface{ Next() ([]byte, error) }
	rest []byte
	err  error
}

// Reset starts over with the chunks of next.
func (c *Chunks) Reset(next interface{ Next() ([]byte, error) }) {
	*c = Chunks{next: next}
}

// fill makes rest non-empty, or returns the error that ends the stream.
func (c *Chunks) fill() error {
	for len(c.rest) == 0 {
		if c.err != nil {
			return c.err
		}
		c.rest, c.err = c.next.Next()
	}
	return nil
}

// Read copies what is left of the current chunk.
func (c *Chunks) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := c.fill(); err != nil {
		return 0, err
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// WriteTo writes chunk after chunk to w.
func (c *Chunks) WriteTo(w io.Writer) (int64, error) {
	var total int64
	for {
		if err := c.fill(); errors.Is(err, io.EOF) {
			return total, nil
		} else if err != nil {
			return total, err
		}
		n, err := w.Write(c.rest)
		total += int64(n)
		if err == nil && n < len(c.rest) {
			err = io.ErrShortWrite
		}
		c.rest = c.rest[min(max(n, 0), len(c.rest)):]
		if err != nil {
			return total, err
		}
	}
}
