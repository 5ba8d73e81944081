package kafka

import (
	"context"
	"math"
	"os"
	"sync"
	"time"
)

// deadline is a point in time that may be moved while operations wait for it.
// Each operation takes a context; moving the deadline moves the end of all that
// have not ended yet.
type deadline struct {
	mu     sync.Mutex
	at     time.Time
	timer  *time.Timer
	end    context.Context // done once at has passed
	cancel context.CancelFunc
}

func newDeadline() *deadline {
	d := new(deadline)
	d.renew()
	return d
}

func (d *deadline) renew() {
	d.end, d.cancel = context.WithCancel(context.Background())
}

// set moves the deadline; the zero time removes it. Operations that begin after
// an expired deadline was moved are not affected by its having expired.
func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil && !d.timer.Stop() {
		<-d.end.Done() // the timer's function is running: it must not hit the next context
	}
	d.timer, d.at = nil, t
	if d.end.Err() != nil {
		d.renew()
	}
	if t.IsZero() {
		return
	}
	left := time.Until(t)
	if left <= 0 {
		d.cancel()
		return
	}
	d.timer = time.AfterFunc(left, d.cancel)
}

// context gives an operation that begins now its end.
func (d *deadline) context() context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &deadlineContext{Context: d.end, deadline: d}
}

// isSet tells whether there is a deadline, passed or not.
func (d *deadline) isSet() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.at.IsZero()
}

// stop releases the timer.
func (d *deadline) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
	}
}

type deadlineContext struct {
	context.Context
	deadline *deadline
}

func (c *deadlineContext) Deadline() (time.Time, bool) {
	c.deadline.mu.Lock()
	defer c.deadline.mu.Unlock()
	return c.deadline.at, !c.deadline.at.IsZero()
}

func (c *deadlineContext) Err() error {
	if c.Context.Err() == nil {
		return nil
	}
	return errTimeout
}

// errTimeout is the cause of operations that ran into a deadline. It satisfies
// net.Error, and errors.Is finds both the net package's and the context
// package's error for a deadline in it.
var errTimeout error = timeoutError{}

type timeoutError struct{}

func (timeoutError) Error() string   { return "deadline exceeded" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }
func (timeoutError) Is(target error) bool {
	return target == os.ErrDeadlineExceeded || target == context.DeadlineExceeded
}

// replyMargin is the most of the time left that is kept for the way of a
// request and its answer.
const replyMargin = time.Second

// brokerShare is how much of the time left until a deadline a broker is given to
// answer: all but a quarter, or all but a second if that is less. It grows with
// the time left.
func brokerShare(left time.Duration) time.Duration {
	return max(0, left-min(replyMargin, left/4))
}

// brokerDue is when a broker that is asked now is to answer at the latest;
// false if ctx has no deadline.
func brokerDue(ctx context.Context, now time.Time) (time.Time, bool) {
	t, ok := ctx.Deadline()
	if !ok {
		return time.Time{}, false
	}
	return now.Add(brokerShare(t.Sub(now))), true
}

// brokerTime is how long a broker that is asked now may take to answer; unbounded
// if ctx has no deadline.
func brokerTime(ctx context.Context, unbounded time.Duration) time.Duration {
	now := time.Now()
	due, ok := brokerDue(ctx, now)
	if !ok {
		return unbounded
	}
	return due.Sub(now)
}

// brokerTimeout is brokerTime as the timeout field of a request, in
// milliseconds; without a deadline it is the longest that the field can say.
func brokerTimeout(ctx context.Context) int32 {
	return milliseconds(brokerTime(ctx, math.MaxInt64))
}

// milliseconds converts d for a request, cut to what the field can say.
func milliseconds(d time.Duration) int32 {
	return int32(min(max(d/time.Millisecond, 0), math.MaxInt32))
}
