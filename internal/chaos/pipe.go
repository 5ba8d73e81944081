package chaos

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	pipeBuffer = 64 << 10
	drainTime  = time.Second // for which an end by FIN takes what the other side still sends
)

// pipe is a connection through a proxy.
type pipe struct {
	proxy          *Proxy
	client, broker net.Conn
	requests       atomic.Pointer[Cut] // armed for the next frame
	responses      atomic.Pointer[Cut]
	once           sync.Once
	done           chan struct{} // closed when nothing is forwarded any more
}

func (c *pipe) run() {
	var both sync.WaitGroup
	both.Go(func() { c.pump(c.broker, c.client, &c.requests) })
	both.Go(func() { c.pump(c.client, c.broker, &c.responses) })
	both.Wait()
	_ = c.client.Close() // both have ended
	_ = c.broker.Close()
}

// arm has the connection cut.
func (c *pipe) arm(cut Cut) {
	switch cut.Where {
	case Request:
		c.requests.Store(&cut)
	case Response:
		c.responses.Store(&cut)
	default:
		c.cut(cut.Reset)
	}
}

// cut is end, and counts unless the connection has ended already.
func (c *pipe) cut(hard bool) {
	c.once.Do(func() {
		c.proxy.cuts.Add(1)
		c.drop(hard)
	})
}

// end ends the connection: by RST, or by FIN in both directions.
func (c *pipe) end(hard bool) { c.once.Do(func() { c.drop(hard) }) }

func (c *pipe) drop(hard bool) {
	close(c.done)
	if hard {
		reset(c.client)
		reset(c.broker)
		return
	}
	finish(c.client)
	finish(c.broker)
}

func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a connection that has ended is as good
	}
	_ = conn.Close()
}

// finish says that nothing more comes. Closing at once would send a RST if there
// is something left to read.
func finish(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
	_ = conn.SetDeadline(time.Now().Add(drainTime))
}

// pump forwards frames in one direction until either side ends.
func (c *pipe) pump(to, from net.Conn, armed *atomic.Pointer[Cut]) {
	in := bufio.NewReaderSize(from, pipeBuffer)
	for {
		head, err := in.Peek(4)
		if err != nil {
			c.end(false)
			break
		}
		size := 4 + int64(binary.BigEndian.Uint32(head))
		cut := armed.Swap(nil)
		if cut != nil {
			size = int64(cut.Part * float64(size))
		}
		if err := c.forward(to, in, size); err != nil {
			c.end(false)
			break
		}
		if cut != nil {
			c.cut(cut.Reset)
			break
		}
	}
	_, _ = io.Copy(io.Discard, in) // so that an end by FIN stays one
}

// forward passes n bytes on, as they come.
func (c *pipe) forward(to net.Conn, in *bufio.Reader, n int64) error {
	for n > 0 {
		if _, err := in.Peek(1); err != nil {
			return err
		}
		b, err := in.Peek(int(min(n, int64(in.Buffered()))))
		if err != nil {
			return err
		}
		if err := c.wait(); err != nil {
			return err
		}
		if _, err := to.Write(b); err != nil {
			return err
		}
		n -= int64(len(b))
		if _, err := in.Discard(len(b)); err != nil {
			return err
		}
	}
	return nil
}

// wait returns when what has come may be passed on.
func (c *pipe) wait() error {
	if thaw := c.proxy.frozen(); thaw != nil {
		select {
		case <-thaw:
		case <-c.done:
			return net.ErrClosed
		}
	}
	d := time.Duration(c.proxy.delay.Load())
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-c.done:
		return net.ErrClosed
	}
}
