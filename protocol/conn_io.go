package protocol

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"
)

// errRawAccess is for the methods of net.Conn once requests use the socket.
var errRawAccess = errors.New("kafka: the bytes of this connection belong to the requests that it carries: use RoundTrip or Exchange")

// startLocked starts the read loop, and ends raw access and its deadlines.
func (c *Conn) startLocked() {
	c.loop = make(chan struct{})
	_ = c.conn.SetDeadline(time.Time{})
	go c.readLoop()
}

// rawAccess fails when requests use the socket, or the connection has ended.
func (c *Conn) rawAccess() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	if c.loop != nil {
		return errRawAccess
	}
	return nil
}

// Read reads from the socket. It is for a program that speaks something else
// before the first request, and fails after it; the same holds for Write, Peek
// and Discard.
func (c *Conn) Read(b []byte) (int, error) {
	if err := c.rawAccess(); err != nil {
		return 0, err
	}
	return c.frames.src.Read(b)
}

// Write writes to the socket, see Read.
func (c *Conn) Write(b []byte) (int, error) {
	if err := c.rawAccess(); err != nil {
		return 0, err
	}
	return c.conn.Write(b)
}

// Peek returns the next n bytes without consuming them, see Read. They are valid
// until the next call; n is at most 16 KiB.
func (c *Conn) Peek(n int) ([]byte, error) {
	if err := c.rawAccess(); err != nil {
		return nil, err
	}
	return c.frames.src.Peek(n)
}

// Discard skips n bytes and returns how many it has skipped, see Read.
func (c *Conn) Discard(n int) (int, error) {
	if err := c.rawAccess(); err != nil {
		return 0, err
	}
	return c.frames.src.Discard(n)
}

// SetDeadline bounds calls of RoundTrip, those under way included: their error is
// os.ErrDeadlineExceeded after t, and the connection stays good. The zero time
// means no bound. It bounds raw access too. It has no influence on Exchange.
func (c *Conn) SetDeadline(t time.Time) error {
	c.deadline.set(&t, &t)
	return c.ioDeadline(t, c.conn.SetDeadline)
}

// SetReadDeadline is SetDeadline for one half. As a RoundTrip both writes and
// reads, the earlier one of the two deadlines is its bound.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.deadline.set(&t, nil)
	return c.ioDeadline(t, c.conn.SetReadDeadline)
}

// SetWriteDeadline is SetDeadline for one half, see SetReadDeadline.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.deadline.set(nil, &t)
	return c.ioDeadline(t, c.conn.SetWriteDeadline)
}

// ioDeadline passes a deadline on to the socket as long as the program uses it
// directly. Later it would end the connection for all requests.
func (c *Conn) ioDeadline(t time.Time, set func(time.Time) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	if c.loop != nil {
		return nil
	}
	return set(t)
}

// connDeadline is the bound of RoundTrip calls. The zero value is none.
type connDeadline struct {
	mu          sync.Mutex
	read, write time.Time
	timer       *time.Timer
	expired     chan struct{} // closed at the deadline; nil before first use
}

// set changes the halves that are not nil. Calls under way see it.
func (d *connDeadline) set(read, write *time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if read != nil {
		d.read = *read
	}
	if write != nil {
		d.write = *write
	}
	// A timer that cannot be stopped has fired, or is about to close the
	// channel that it was made for: what comes now gets another one.
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	ch := d.channelLocked()
	at := d.atLocked()
	if at.IsZero() {
		return
	}
	wait := time.Until(at)
	if wait <= 0 {
		close(ch)
		return
	}
	d.timer = time.AfterFunc(wait, func() { d.expire(ch, at) })
}

// expire closes ch if the deadline that its timer was made for still holds.
func (d *connDeadline) expire(ch chan struct{}, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.expired == ch && d.atLocked().Equal(at) && !isClosed(ch) {
		close(ch)
	}
}

// channelLocked returns a channel that is open.
func (d *connDeadline) channelLocked() chan struct{} {
	if d.expired == nil || isClosed(d.expired) {
		d.expired = make(chan struct{})
	}
	return d.expired
}

func (d *connDeadline) atLocked() time.Time {
	if d.read.IsZero() || (!d.write.IsZero() && d.write.Before(d.read)) {
		return d.write
	}
	return d.read
}

func isClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// context returns a context for one call.
func (d *connDeadline) context() context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.expired == nil {
		d.expired = make(chan struct{})
	}
	return &deadlineContext{d: d, expired: d.expired}
}

// deadlineContext ends at a deadline that may still change. Its error is that of
// a net.Conn.
type deadlineContext struct {
	d       *connDeadline
	expired chan struct{}
}

func (x *deadlineContext) Deadline() (time.Time, bool) {
	x.d.mu.Lock()
	defer x.d.mu.Unlock()
	at := x.d.atLocked()
	return at, !at.IsZero()
}

func (x *deadlineContext) Done() <-chan struct{} { return x.expired }
func (x *deadlineContext) Value(any) any         { return nil }

func (x *deadlineContext) Err() error {
	if isClosed(x.expired) {
		return os.ErrDeadlineExceeded
	}
	return nil
}
