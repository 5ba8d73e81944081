package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

// framePool holds buffers for frames that are decoded or written at once.
type framePool struct{ pool sync.Pool }

// maxPooledFrame is the size of the largest buffer that a pool keeps.
const maxPooledFrame = 1 << 20

// frames is shared by all that reads or writes single frames.
var frames framePool

func (p *framePool) get() *[]byte {
	if b, ok := p.pool.Get().(*[]byte); ok {
		return b
	}
	return new([]byte)
}

// put takes a buffer back. Nothing may refer to it any more.
func (p *framePool) put(b *[]byte) {
	if cap(*b) <= maxPooledFrame {
		*b = (*b)[:0]
		p.pool.Put(b)
	}
}

// readFrame reads a frame, without its size, into *buf. The error is io.EOF only
// if there was no byte at all.
//
// The size is believed only as far as bytes arrive: memory grows with them.
func readFrame(r io.Reader, buf *[]byte) error {
	const first = 64 << 10
	b := append((*buf)[:0], 0, 0, 0, 0)
	if _, err := io.ReadFull(r, b); err != nil {
		return err
	}
	size := int(int32(binary.BigEndian.Uint32(b)))
	if size < 0 {
		return fmt.Errorf("%w: frame of %d bytes", ErrMalformed, size)
	}
	b = b[:0]
	for len(b) < size {
		if len(b) == cap(b) {
			b = append(make([]byte, 0, min(size, max(2*len(b), first))), b...)
		}
		n := len(b)
		b = b[:min(size, cap(b))]
		if m, err := io.ReadFull(r, b[n:]); err != nil {
			return unexpected(err, n+m)
		}
	}
	*buf = b
	return nil
}

// unexpected names the end of the input for what it is when it comes within a
// frame of which n bytes were read.
func unexpected(err error, n int) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w after %d bytes of a frame", io.ErrUnexpectedEOF, n)
	}
	return err
}
