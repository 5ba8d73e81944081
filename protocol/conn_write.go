package protocol

import (
	"context"
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
func (c *Conn) write(ctx context.Context, out *outgoing) (n int, err error) {
	if ctx.Done() == nil {
		return out.writeTo(c.conn)
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
	n, err = out.writeTo(c.conn)
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
