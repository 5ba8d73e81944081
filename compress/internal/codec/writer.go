package codec

import "io"

// Encoder is the pooled state behind a Writer.
type Encoder interface {
	io.Writer
	// Close writes what is left and the end of the format.
	Close() error
	// Release forgets the output and gives the state back to its pool.
	Release()
}

// Writer hands an Encoder out once: after Close it no longer reaches the
// state, which may serve another stream by then.
type Writer struct{ e Encoder }

// NewWriter returns a Writer that owns e until Close.
func NewWriter(e Encoder) *Writer { return &Writer{e} }

// Write compresses p. After Close it fails with io.ErrClosedPipe.
func (w *Writer) Write(p []byte) (int, error) {
	if w.e == nil {
		return 0, io.ErrClosedPipe
	}
	return w.e.Write(p)
}

// ReadFrom compresses all that r holds. After Close it fails with
// io.ErrClosedPipe.
func (w *Writer) ReadFrom(r io.Reader) (int64, error) {
	if w.e == nil {
		return 0, io.ErrClosedPipe
	}
	if rf, ok := w.e.(io.ReaderFrom); ok {
		return rf.ReadFrom(r)
	}
	return io.Copy(struct{ io.Writer }{w.e}, r)
}

// Close flushes and ends the compressed data and releases the state. A second
// Close does nothing. It does not close the writer below.
func (w *Writer) Close() error {
	e := w.e
	if e == nil {
		return nil
	}
	w.e = nil
	err := e.Close()
	e.Release()
	return err
}

// BadWriter is a writer whose Write and Close return Err.
type BadWriter struct{ Err error }

// Write returns the error.
func (w BadWriter) Write([]byte) (int, error) { return 0, w.Err }

// Close returns the error.
func (w BadWriter) Close() error { return w.Err }

// BlockSink receives the blocks of Blocks, in order, then Finish.
type BlockSink interface {
	WriteBlock(block []byte) error
	Finish() error
}

// Blocks cuts what is written to it into blocks of one size; the last one is
// shorter. A block is passed on only when it is full or at the end.
type Blocks struct {
	sink BlockSink
	size int
	buf  []byte
	err  error
}

// Reset starts over, with blocks of size bytes. The buffer is kept.
func (b *Blocks) Reset(sink BlockSink, size int) {
	*b = Blocks{sink: sink, size: size, buf: b.buf[:0]}
}

// Write takes p; full blocks go to the sink.
func (b *Blocks) Write(p []byte) (int, error) {
	total := 0
	for len(p) > 0 && b.err == nil {
		var n int
		if len(b.buf) == 0 && len(p) >= b.size {
			n = b.size
			b.err = b.sink.WriteBlock(p[:n])
		} else {
			n = min(len(p), b.size-len(b.buf))
			b.buf = append(b.buf, p[:n]...)
			b.flushFull()
		}
		p = p[n:]
		total += n
	}
	if b.err != nil {
		return 0, b.err
	}
	return total, nil
}

func (b *Blocks) flushFull() {
	if b.err == nil && len(b.buf) == b.size {
		b.err = b.sink.WriteBlock(b.buf)
		b.buf = b.buf[:0]
	}
}

// ReadFrom reads r to its end, straight into the blocks.
func (b *Blocks) ReadFrom(r io.Reader) (int64, error) {
	var total int64
	empty := 0
	for b.err == nil {
		b.buf = Grow(b.buf, b.size-len(b.buf))
		n, err := r.Read(b.buf[len(b.buf):b.size])
		if n < 0 || n > b.size-len(b.buf) {
			return total, errBadCount
		}
		b.buf = b.buf[:len(b.buf)+n]
		total += int64(n)
		b.flushFull()
		if err == io.EOF {
			return total, b.err
		}
		if err != nil {
			return total, err
		}
		if empty++; n > 0 {
			empty = 0
		} else if empty >= maxEmptyReads {
			return total, io.ErrNoProgress
		}
	}
	return total, b.err
}

// Close passes the last block on and finishes the sink.
func (b *Blocks) Close() error {
	if b.err == nil && len(b.buf) > 0 {
		b.err = b.sink.WriteBlock(b.buf)
		b.buf = b.buf[:0]
	}
	if b.err != nil {
		return b.err
	}
	return b.sink.Finish()
}
