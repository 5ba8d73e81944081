package protocol

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"sync"
)

const (
	// minFrameBits and maxFrameBits bound the size classes of pooled frames,
	// 1 KiB and 8 MiB. The upper one holds a fetch of eight partitions at the
	// usual megabyte each, so that consuming settles on a few buffers. What is
	// larger is left to the garbage collector, as is, after two cycles, what
	// lies unused in a sync.Pool: nothing large is kept for long.
	minFrameBits = 10
	maxFrameBits = 23

	// minTrust is what a size from the wire can make us allocate before the
	// bytes arrive, on a connection that has not carried larger frames yet.
	minTrust = 1 << 20

	// readBufferSize is that of the buffer between the socket and the frames.
	// What is read into a frame and is larger does not pass through it.
	readBufferSize = 16 << 10

	// readChunk is how much is read at once. A call of some hundred kilobytes takes
	// longer than the 20 µs after which Go's scheduler takes a processor away from a
	// thread that is in one: each of them cost two switches of threads, and a tenth of
	// the throughput.
	readChunk = 64 << 10
)

// chunks reads no more than readChunk at once.
type chunks struct{ src *bufio.Reader }

func (c chunks) Read(b []byte) (int, error) { return c.src.Read(b[:min(len(b), readChunk)]) }

// frame is a buffer that goes back to where it came from.
type frame struct {
	b     []byte
	shelf *frameShelf // nil for a frame of the pools
}

var framePools [maxFrameBits - minFrameBits + 1]sync.Pool

// getFrame returns a frame with room for n bytes and none in it.
func getFrame(n int) *frame {
	class := max(bits.Len(uint(max(n, 1)-1)), minFrameBits)
	if class > maxFrameBits {
		return &frame{b: make([]byte, 0, n)}
	}
	if f, _ := framePools[class-minFrameBits].Get().(*frame); f != nil {
		return f
	}
	return &frame{b: make([]byte, 0, 1<<class)}
}

// putFrame takes f, which may be nil, back; it must not be used any more. A
// buffer that has grown goes to the largest class that it fills.
func putFrame(f *frame) {
	if f == nil || f.shelf.put(f) {
		return
	}
	f.shelf = nil
	class := bits.Len(uint(cap(f.b))) - 1
	if class < minFrameBits || class > maxFrameBits {
		return
	}
	f.b = f.b[:0]
	framePools[class-minFrameBits].Put(f)
}

// frameReader cuts a stream into size-prefixed frames. It believes nothing: a
// size that cannot be is an error that says what the peer may be, and memory
// grows with the bytes that arrive, not with the size that they announce.
type frameReader struct {
	src   *bufio.Reader
	limit int // largest frame

	// trust is how much is allocated at once: the largest frame seen.
	trust int
	begun bool // a size has been read

	shelf frameShelf
}

func newFrameReader(src io.Reader, limit int) *frameReader {
	return &frameReader{src: bufio.NewReaderSize(src, readBufferSize), limit: limit, trust: minTrust}
}

// size reads the size of the next frame. The error is io.EOF if the stream
// ended between two frames.
func (r *frameReader) size() (int, error) {
	head, err := r.src.Peek(4)
	if err != nil {
		if len(head) > 0 {
			err = unexpectedEOF(err)
		}
		return 0, err
	}
	first := !r.begun
	r.begun = true
	size := int32(binary.BigEndian.Uint32(head))
	if hint := foreign(head, first); hint != "" && (first || int64(size) > int64(r.limit)) {
		return 0, foreignError(hint)
	}
	if size < 0 {
		return 0, fmt.Errorf("%w: the size of a frame is negative, %d (%q)", ErrMalformed, size, head)
	}
	if int64(size) > int64(r.limit) {
		return 0, fmt.Errorf("%w: a frame of %d bytes (%q), the limit is %d: the peer may not be a Kafka broker", ErrMalformed, size, head, r.limit)
	}
	_, err = r.src.Discard(4)
	return int(size), err
}

// foreignError tells that the peer speaks another protocol. It is ErrMalformed
// without saying so.
type foreignError string

func (e foreignError) Error() string { return string(e) }
func (e foreignError) Unwrap() error { return ErrMalformed }

// foreign says which protocol it is that begins with head, if not Kafka's.
func foreign(head []byte, first bool) string {
	switch {
	case string(head) == "HTTP":
		return "the peer answers in HTTP: this is the port of a web server, not of a Kafka broker"
	case first && head[0] == 0x15 && head[1] == 3 && head[2] <= 4 && head[3] == 0:
		return "the peer answers with a TLS alert: the port expects TLS, or rejects its parameters"
	case first && string(head) == "SSH-":
		return "the peer answers in SSH: this is not the port of a Kafka broker"
	}
	return ""
}

// correlation returns the correlation id that the frame of the given size
// starts with, without consuming it.
func (r *frameReader) correlation(size int) (int32, error) {
	if size < 4 {
		return 0, fmt.Errorf("%w: a response of %d bytes has no correlation id", ErrMalformed, size)
	}
	id, err := r.src.Peek(4)
	if err != nil {
		return 0, unexpectedEOF(err)
	}
	return int32(binary.BigEndian.Uint32(id)), nil
}

// body reads a frame of the given size. It calls progress now and then.
func (r *frameReader) body(size int, progress func()) (*frame, error) {
	f := r.shelf.get(min(size, r.trust))
	for {
		next := min(size, cap(f.b), len(f.b)+minTrust)
		n, err := io.ReadFull(chunks{r.src}, f.b[len(f.b):next])
		f.b = f.b[:len(f.b)+n]
		switch {
		case err != nil:
			putFrame(f)
			return nil, unexpectedEOF(err)
		case len(f.b) == size:
			r.trust = max(r.trust, size)
			return f, nil
		case len(f.b) == cap(f.b):
			f = r.shelf.grow(f, min(size, 2*cap(f.b)))
		}
		progress()
	}
}

// discard skips a frame of the given size.
func (r *frameReader) discard(size int, progress func()) error {
	for size > 0 {
		n, err := r.src.Discard(min(size, minTrust))
		if err != nil {
			return unexpectedEOF(err)
		}
		size -= n
		progress()
	}
	return nil
}

// unexpectedEOF is for a stream that ended inside a frame.
func unexpectedEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
