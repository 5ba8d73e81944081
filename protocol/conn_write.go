package protocol

import (
	"context"
	"sync"
	"time"
)

// writeGrace is for how long a write may block before the end of its ctx is
// watched. Most writes never block, and pay for no watching.
const writeGrace = 10 * time.Millisecond

// writeGuard ends a blocked write with its ctx. Conn.mu guards it.
type writeGuard struct {
	ctx   context.Context // of the write under way; nil if there is none
	seq   uint            // of the write
	timer *time.Timer     // runs Conn.watchWrite after writeGrace
	stop  func() bool     // undoes the watching
}

// write writes a frame for the holder of the write slot. An error means that
// the stream is lost.
func (c *Conn) write(ctx context.Context, b []byte) (n int, err error) {
	if ctx.Done() == nil {
		return c.conn.Write(b)
	}
	c.mu.Lock()
	c.guard.ctx = ctx
	c.guard.seq++
	c.mu.Unlock()
	if c.guard.timer == nil { // it belongs to the holder of the slot
		c.guard.timer = time.AfterFunc(writeGrace, c.watchWrite)
	} else {
		c.guard.timer.Reset(writeGrace)
	}
	n, err = c.conn.Write(b)
	c.guard.timer.Stop()
	c.mu.Lock()
	stop := c.guard.stop
	c.guard.ctx, c.guard.stop = nil, nil
	c.mu.Unlock()
	if stop != nil {
		stop()
	}
	return n, err
}

// watchWrite has the end of the ctx cut the write that is under way.
func (c *Conn) watchWrite() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.guard.ctx == nil || c.guard.stop != nil {
		return
	}
	seq := c.guard.seq
	c.guard.stop = context.AfterFunc(c.guard.ctx, func() { c.cutWrite(seq) })
}

// cutWrite ends the connection if the write is still under way: part of a frame
// cannot be taken back.
func (c *Conn) cutWrite(seq uint) {
	c.mu.Lock()
	blocked := c.guard.ctx != nil && c.guard.seq == seq
	c.mu.Unlock()
	if blocked {
		_ = c.fail(errWriteCut)
	}
}

// encoderCap is the largest buffer for requests that is kept for another one.
const encoderCap = 8 << 20

var encoders = sync.Pool{New: func() any { return &frame{make([]byte, 0, 1<<minFrameBits)} }}

// getEncoder returns a buffer for a request. These are not in size classes: a
// request's size is known when it has been encoded.
func getEncoder() *frame { return encoders.Get().(*frame) }

func putEncoder(f *frame) {
	if cap(f.b) <= encoderCap {
		encoders.Put(f)
	}
}
