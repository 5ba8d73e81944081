package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ErrMalformed is what every decoding error unwraps to when the bytes of a
// message do not have the form that its schema asks for.
var ErrMalformed = errors.New("malformed kafka message")

// cursor reads values of the Kafka wire format from a byte slice. The first
// failure sticks: later reads return zero values, so that message code needs
// one check at its end. Slices that it returns alias the input.
type cursor struct {
	buf []byte
	off int
	err error
}

func (c *cursor) remain() int { return len(c.buf) - c.off }

func (c *cursor) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("%w: at byte %d: %s", ErrMalformed, c.off, fmt.Sprintf(format, args...))
	}
	c.off = len(c.buf)
}

// short fails for want of n bytes.
func (c *cursor) short(n int) { c.fail("%d bytes wanted, %d left", n, c.remain()) }

// take returns the next n bytes. A negative n or one beyond the end fails.
func (c *cursor) take(n int) []byte {
	if uint(n) > uint(c.remain()) {
		c.short(n)
		return nil
	}
	b := c.buf[c.off : c.off+n : c.off+n]
	c.off += n
	return b
}

func (c *cursor) bool() bool { return c.int8() != 0 }

func (c *cursor) int8() int8 {
	if c.remain() < 1 {
		c.short(1)
		return 0
	}
	v := int8(c.buf[c.off])
	c.off++
	return v
}

func (c *cursor) int16() int16 {
	if c.remain() < 2 {
		c.short(2)
		return 0
	}
	v := binary.BigEndian.Uint16(c.buf[c.off:])
	c.off += 2
	return int16(v)
}

func (c *cursor) int32() int32 {
	if c.remain() < 4 {
		c.short(4)
		return 0
	}
	v := binary.BigEndian.Uint32(c.buf[c.off:])
	c.off += 4
	return int32(v)
}

func (c *cursor) int64() int64 {
	if c.remain() < 8 {
		c.short(8)
		return 0
	}
	v := binary.BigEndian.Uint64(c.buf[c.off:])
	c.off += 8
	return int64(v)
}

func (c *cursor) uvarint() uint64 {
	if c.off < len(c.buf) && c.buf[c.off] < 0x80 {
		c.off++
		return uint64(c.buf[c.off-1])
	}
	v, n := binary.Uvarint(c.buf[c.off:])
	if n <= 0 {
		c.fail("bad unsigned varint")
		return 0
	}
	c.off += n
	return v
}

// length checks a count or size from the wire against what is left, where each
// element takes at least min bytes. It returns -1 for null.
func (c *cursor) length(n int64, min int) int {
	if n == -1 {
		return -1
	}
	if n < -1 || n > math.MaxInt32 || n*int64(max(min, 1)) > int64(c.remain()) {
		c.fail("length %d does not fit the %d bytes left", n, c.remain())
		return -1
	}
	return int(n)
}
