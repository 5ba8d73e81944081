package protocol

import (
	"errors"
	"io"
)

// Bytes is an immutable sequence of bytes: the key or the value of a record.
//
// A nil Bytes is Kafka's null, which differs from an empty sequence.
// Close releases what the sequence holds; sequences made by this package hold
// nothing, and closing them moves the reading position back to the start.
// A Bytes is not safe for concurrent use.
type Bytes interface {
	io.ReadCloser
	// Len returns the number of bytes that are left to read.
	Len() int
}

// NewBytes returns a Bytes that reads b. It aliases b, which must not change
// while the result is in use. A nil b gives a nil Bytes, which stands for null.
//
// The result implements io.ReaderAt, io.Seeker and io.WriterTo too.
func NewBytes(b []byte) Bytes {
	if b == nil {
		return nil
	}
	return &byteReader{data: b}
}

// ReadAll reads what is left of b into a new slice, which the caller owns.
// It returns nil if b is nil, and a non-nil empty slice if b is empty.
// If b ends before the length that it announced, the bytes that were read come
// back with io.ErrUnexpectedEOF.
func ReadAll(b Bytes) ([]byte, error) {
	if b == nil {
		return nil, nil
	}
	p := make([]byte, max(b.Len(), 0))
	n, err := io.ReadFull(b, p)
	if errors.Is(err, io.EOF) && n < len(p) {
		err = io.ErrUnexpectedEOF
	}
	return p[:n], err
}

// byteReader is the Bytes over a slice.
type byteReader struct {
	data []byte
	off  int
}

var errSeek = errors.New("seek to a position outside of the sequence")

func (r *byteReader) rest() []byte { return r.data[r.off:] }

func (r *byteReader) Len() int { return len(r.data) - r.off }

func (r *byteReader) Close() error {
	r.off = 0
	return nil
}

func (r *byteReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if r.off == len(r.data) {
		return 0, io.EOF
	}
	n := copy(p, r.rest())
	r.off += n
	return n, nil
}

func (r *byteReader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errSeek
	}
	if off >= int64(len(r.data)) {
		return 0, io.EOF
	}
	n := copy(p, r.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (r *byteReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += int64(r.off)
	case io.SeekEnd:
		offset += int64(len(r.data))
	}
	if offset < 0 || offset > int64(len(r.data)) {
		return int64(r.off), errSeek
	}
	r.off = int(offset)
	return offset, nil
}

func (r *byteReader) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(r.rest())
	r.off += n
	return int64(n), err
}
