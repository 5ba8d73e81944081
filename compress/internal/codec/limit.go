// Package codec holds what the compression codecs share: the bound on
// decompressed data, and the reader and writer around a pooled state.
package codec

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

const (
	// HardLimit bounds every decompressed block, and every compressed input
	// that has to be held in memory as a whole. It fits an int of 32 bits.
	HardLimit = 1 << 30

	minLimit = 64 << 20
	ratio    = 256

	// MaxPooled is the largest buffer that a pool keeps.
	MaxPooled = 1 << 20
)

// ErrTooLarge is what errors.Is finds in the error of a block that would
// decompress to more than its limit.
var ErrTooLarge = errors.New("decompressed data exceeds the limit")

// Limit returns how many bytes n compressed bytes may become.
func Limit(n int) int {
	if n > HardLimit/ratio {
		return HardLimit
	}
	return max(minLimit, n*ratio)
}

// TooLarge reports that input bytes decompress to more than limit bytes.
func TooLarge(name string, input, limit int) error {
	return fmt.Errorf("%s: %w: %d bytes become more than %d", name, ErrTooLarge, input, limit)
}

// Corrupt reports input that breaks the format called name. The fact says
// what is wrong.
func Corrupt(name, fact string, args ...any) error {
	return fmt.Errorf("%s: corrupt input: "+fact, append([]any{name}, args...)...)
}

// Truncated reports input that ends before its format says.
func Truncated(name string) error {
	return fmt.Errorf("%s: %w", name, io.ErrUnexpectedEOF)
}

// Grow returns dst with room for n more bytes and no more than that when it
// has to be moved, so that a stated size costs that size.
func Grow(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	if len(dst) == 0 {
		return make([]byte, 0, n)
	}
	return append(make([]byte, 0, len(dst)+n), dst...)
}

// step is how much ReadN asks for at once, so that a false length costs no
// more memory than the bytes that back it.
const step = 256 << 10

// ReadN appends n bytes of r to buf. Its memory grows with what has arrived,
// not with n. The end of r before n bytes is io.ErrUnexpectedEOF.
func ReadN(buf []byte, r io.Reader, n int) ([]byte, error) {
	for n > 0 {
		m := min(n, max(step, len(buf)))
		buf = slices.Grow(buf, m)
		end := len(buf) + m
		got, err := io.ReadFull(r, buf[len(buf):end])
		buf = buf[:len(buf)+got]
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return buf, err
		}
		n -= got
	}
	return buf, nil
}

var errBadCount = errors.New("reader returned an impossible count")

// maxEmptyReads is how often a Reader may return nothing and no error.
const maxEmptyReads = 100

// ReadAll appends what r holds to buf, and fails with ErrTooLarge itself once
// that is more than limit bytes.
func ReadAll(buf []byte, r io.Reader, limit int) ([]byte, error) {
	start, empty := len(buf), 0
	for {
		if len(buf) == cap(buf) {
			// One byte above the limit is enough to see that it is exceeded.
			room := limit + 1 - (len(buf) - start)
			buf = Grow(buf, min(room, max(4096, len(buf)-start+1)))
		}
		p := buf[len(buf):cap(buf)]
		n, err := r.Read(p)
		if n < 0 || n > len(p) {
			return buf[:start], errBadCount
		}
		buf = buf[:len(buf)+n]
		if len(buf)-start > limit {
			return buf[:start], ErrTooLarge
		}
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf[:start], err
		}
		if empty++; n > 0 {
			empty = 0
		} else if empty >= maxEmptyReads {
			return buf[:start], io.ErrNoProgress
		}
	}
}

// AppendWriter is an io.Writer that appends to B.
type AppendWriter struct{ B []byte }

// Write appends p. It never fails.
func (w *AppendWriter) Write(p []byte) (int, error) {
	w.B = append(w.B, p...)
	return len(p), nil
}
