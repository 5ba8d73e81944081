package protocol

import (
	"context"
	"fmt"
	"os"
	"time"
)

// abandonTimeout is how long the answer to an abandoned call may be overdue on a
// connection without a call timeout: nobody waits for it, yet it is in the way
// of all that come after.
const abandonTimeout = 30 * time.Second

// WaitingMessage is a request that asks the broker to hold its answer, as Fetch
// and JoinGroup do. BrokerWait is for how long at most, and is added to the time
// that a connection gives the broker, see ConnOptions.CallTimeout.
type WaitingMessage interface {
	Message
	BrokerWait() time.Duration
}

// call is a request whose answer is outstanding. Conn.mu guards its fields, but
// for frame and err once done has been signalled.
type call struct {
	next *call // in the queue, or in the list of free ones
	id   int32
	raw  bool // the answer has no header

	// The answer must be there at the later of until and patience after the
	// call came to the head of the queue. Without patience there is no limit.
	patience time.Duration
	until    time.Time
	wait     time.Duration // what the request asks the broker to wait

	// abandoned: the caller has left, and the read loop throws the answer away.
	abandoned bool

	frame *frame
	err   error
	done  chan struct{}   // holds one signal, so that signalling never blocks
	wake  chan<- struct{} // gets a signal too, unless it is full; may be nil
}

// signal tells the caller that frame or err is there.
func (cl *call) signal() {
	cl.done <- struct{}{}
	signal(cl.wake)
}

// signal wakes who listens on ch, unless a signal waits there already. A nil ch
// has no listener.
func signal(ch chan<- struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// newCall returns a call that nobody uses. Those that are done with belong to the
// connection: what holds a channel cannot go from one testing/synctest bubble to
// the next by way of a global pool.
func (c *Conn) newCall(ctx context.Context, msg Message) *call {
	c.mu.Lock()
	cl := c.free
	if cl != nil {
		c.free, cl.next = cl.next, nil
	}
	c.mu.Unlock()
	if cl == nil {
		cl = &call{done: make(chan struct{}, 1)}
	}
	if w, ok := msg.(WaitingMessage); ok {
		cl.wait = max(w.BrokerWait(), 0)
	}
	if c.opts.CallTimeout > 0 {
		cl.patience = addWait(c.opts.CallTimeout, cl.wait)
		cl.until, _ = ctx.Deadline()
	}
	return cl
}

func (c *Conn) freeCall(cl *call) {
	c.mu.Lock()
	c.freeCallLocked(cl)
	c.mu.Unlock()
}

func (c *Conn) freeCallLocked(cl *call) {
	*cl = call{done: cl.done, next: c.free}
	c.free = cl
}

// addWait adds what a request waits, at most some years, without overflow.
func addWait(d, wait time.Duration) time.Duration {
	if sum := d + wait; sum >= d {
		return sum
	}
	return d
}

// callQueue holds the calls in the order in which their requests were written.
type callQueue struct{ head, tail *call }

func (q *callQueue) push(cl *call) {
	if q.tail == nil {
		q.head = cl
	} else {
		q.tail.next = cl
	}
	q.tail = cl
}

func (q *callQueue) pop() *call {
	cl := q.head
	if cl == nil {
		return nil
	}
	if q.head = cl.next; q.head == nil {
		q.tail = nil
	}
	cl.next = nil
	return cl
}

// push queues cl, if it is not nil. It fails if the connection has ended.
func (c *Conn) push(cl *call, id int32) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	if c.loop == nil {
		c.startLocked()
	}
	if cl == nil {
		return nil
	}
	cl.id = id
	c.queue.push(cl)
	if c.queue.head == cl && cl.patience > 0 {
		c.headSince = time.Now()
		c.watchLocked(c.headSince)
	}
	return nil
}

// match finds the call that a frame of the given size answers, and tells whether
// its caller is still there.
func (c *Conn) match(size int) (wanted bool, err error) {
	c.mu.Lock()
	cl := c.queue.head
	if cl == nil {
		defer c.mu.Unlock()
		if c.err != nil {
			return false, c.err
		}
		return false, fmt.Errorf("%w: the broker sent a frame of %d bytes that answers no request", ErrMalformed, size)
	}
	want, raw, wanted := cl.id, cl.raw, !cl.abandoned
	c.mu.Unlock()
	if raw {
		return wanted, nil
	}
	id, err := c.frames.correlation(size)
	if err != nil {
		return false, err
	}
	if id != want {
		return false, fmt.Errorf("%w: the response has correlation id %d, the next one due has %d", ErrMalformed, id, want)
	}
	return wanted, nil
}

// answer hands a frame to the call at the head, or drops it.
func (c *Conn) answer(f *frame) {
	c.mu.Lock()
	cl := c.queue.pop()
	if cl == nil { // the connection has ended meanwhile
		c.mu.Unlock()
		putFrame(f)
		return
	}
	if next := c.queue.head; next != nil && next.patience > 0 {
		c.headSince = time.Now()
		c.watchLocked(c.headSince)
	}
	if cl.abandoned {
		putFrame(f)
		c.freeCallLocked(cl)
	} else {
		cl.frame = f
		cl.signal()
	}
	idle := c.closing && c.queue.head == nil
	c.mu.Unlock()
	<-c.room
	if idle {
		_ = c.fail(c.closedError())
	}
}

// abandon reports whether the caller of cl may leave: from then on cl belongs to
// the read loop. It returns false if cl has its answer.
func (c *Conn) abandon(cl *call) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cl.frame != nil || cl.err != nil {
		return false
	}
	cl.abandoned = true
	if cl.patience > 0 {
		return true
	}
	cl.patience = addWait(abandonTimeout, cl.wait)
	if c.queue.head == cl {
		c.headSince = time.Now()
		c.watchLocked(c.headSince)
	}
	return true
}

// touch is progress in the answer to the call at the head.
func (c *Conn) touch() {
	c.mu.Lock()
	c.headSince = time.Now()
	c.mu.Unlock()
}

// watchLocked has the watchdog look at the call at the head when it is overdue.
// A timer that fires earlier is left as it is: it comes back here.
func (c *Conn) watchLocked(now time.Time) {
	limit := c.headLimitLocked()
	if limit.IsZero() || (!c.watchAt.IsZero() && !limit.Before(c.watchAt)) {
		return
	}
	c.watchAt = limit
	if c.watch == nil {
		c.watch = time.AfterFunc(limit.Sub(now), c.checkHead)
		return
	}
	c.watch.Reset(limit.Sub(now))
}

func (c *Conn) headLimitLocked() time.Time {
	cl := c.queue.head
	if cl == nil || cl.patience == 0 {
		return time.Time{}
	}
	limit := c.headSince.Add(cl.patience)
	if limit.Before(cl.until) {
		return cl.until
	}
	return limit
}

// checkHead fails the connection if the call at its head is overdue.
func (c *Conn) checkHead() {
	c.mu.Lock()
	c.watchAt = time.Time{}
	limit, now := c.headLimitLocked(), time.Now()
	if limit.IsZero() || c.err != nil {
		c.mu.Unlock()
		return
	}
	if now.Before(limit) {
		c.watchLocked(now)
		c.mu.Unlock()
		return
	}
	late := now.Sub(c.headSince)
	c.mu.Unlock()
	_ = c.fail(fmt.Errorf("the broker has not answered for %v: %w", late.Round(time.Millisecond), os.ErrDeadlineExceeded))
}
