package kafka

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// askDelay is how long a broker may take over what any broker can answer, the
// dial included, until another one is asked as well.
const askDelay = time.Second

// candidates returns the brokers to ask what any broker can answer, in the order
// in which to try them: those that are connected, the least busy first, then
// others that are known. Those that the program named come next, and find the
// cluster again after all of its brokers have moved (KIP-899).
func (c *cluster) candidates() []*broker {
	const beforeSeeds = 2 // not connected
	c.mu.Lock()
	list := make([]*broker, 0, len(c.brokers)+len(c.seeds))
	for _, b := range c.brokers {
		list = append(list, b)
	}
	c.mu.Unlock()
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	rank := make(map[*broker]int, len(list))
	connected := 0
	for _, b := range list {
		if rank[b] = b.rank(); rank[b] < notConnected {
			connected++
		}
	}
	slices.SortStableFunc(list, func(a, b *broker) int { return cmp.Compare(rank[a], rank[b]) })
	seeds := slices.Clone(c.seeds)
	rand.Shuffle(len(seeds), func(i, j int) { seeds[i], seeds[j] = seeds[j], seeds[i] })
	return slices.Insert(list, min(connected+beforeSeeds, len(list)), seeds...)
}

const (
	heldBack     = 1 << 20 // connected, but to be left alone for a while
	notConnected = 1 << 21
)

// rank says how well a broker is suited for a request that any can answer; less
// is better.
func (b *broker) rank() int {
	l := b.data()
	load := l.load()
	switch {
	case load < 0:
		return notConnected + b.failed()
	case l.holdsBack() > 0:
		return heldBack + load
	}
	return load
}

// question is a request that any broker can answer.
type question struct {
	api   Request                      // stands for it where it cannot be made
	build func(*protocol.Conn) Request // in the form that the broker knows
	check func(Response) error         // what makes another broker worth asking; may be nil
}

// ask sends a request to one broker after the other until there is an answer. One
// that fails is followed by the next at once, one that takes its time within
// askDelay; it may still be the first to answer.
func (c *cluster) ask(ctx context.Context, q question) (Response, error) {
	a := asking{question: q, ctx: ctx, cluster: c, next: c.candidates(), wake: make(chan struct{}, 1)}
	defer a.abandon()
	delay := time.NewTimer(askDelay)
	defer delay.Stop()
	a.start()
	for {
		if res, ok := a.answer(); ok {
			return res, nil
		}
		if len(a.tries) == 0 && !a.start() {
			return nil, unreachable(a.failures)
		}
		select {
		case <-a.wake:
		case <-delay.C:
			a.start()
			delay.Reset(askDelay)
		case <-ctx.Done():
			return nil, a.ended(ctx.Err())
		case <-c.ctx.Done():
			return nil, c.closedError()
		}
	}
}

// asking is a question under way.
type asking struct {
	question
	ctx      context.Context
	cluster  *cluster
	next     []*broker // to ask yet
	tries    []*try    // under way
	failures []error
	wake     chan struct{} // gets a signal when a try may go on
}

// try is a question to one broker.
type try struct {
	broker  *broker
	dial    *dialCall // nil if there was a connection
	conn    *protocol.Conn
	timer   *time.Timer // signals the end of a pause that the broker has asked for
	pending *protocol.Pending
	again   bool // it was begun anew after its connection was lost
}

// start asks the next broker, past those that fail at once. It returns false if
// there is none left.
func (a *asking) start() bool {
	if len(a.next) == 0 {
		return false
	}
	a.tries = append(a.tries, &try{broker: a.next[0]})
	a.next = a.next[1:]
	signalWake(a.wake)
	return true
}

// answer moves all tries on. It returns the first answer.
func (a *asking) answer() (Response, bool) {
	for i := 0; i < len(a.tries); {
		t := a.tries[i]
		res, done, err := a.advance(t)
		switch {
		case err != nil:
			a.failures = append(a.failures, err)
			fallthrough
		case done:
			t.stop()
			a.tries = slices.Delete(a.tries, i, i+1)
		default:
			i++
		}
		if done && err == nil {
			return res, true
		}
	}
	return nil, false
}

// advance does what can be done for a try without waiting.
func (a *asking) advance(t *try) (res Response, done bool, err error) {
	res, err = t.step(a.ctx, a.question, a.wake)
	if err != nil {
		return nil, false, a.retry(t, err)
	}
	if res != nil && a.check != nil {
		err = a.check(res)
	}
	return res, res != nil && err == nil, err
}

// step does what can be done without waiting: it connects, sends, or takes the
// answer. It returns nil if that is not there yet; wake gets a signal when there is
// more to do.
func (t *try) step(ctx context.Context, q question, wake chan struct{}) (Response, error) {
	l := t.broker.data()
	if t.conn == nil {
		if ready, err := t.connect(l, wake); !ready {
			if err != nil {
				err = t.broker.connectError(q.api, err)
			}
			return nil, err
		}
	}
	if t.pending == nil {
		if wait := l.holdsBack(); wait > 0 {
			t.stop()
			t.timer = time.AfterFunc(wait, func() { signalWake(wake) })
			return nil, nil
		}
		var err error
		if t.pending, err = t.conn.Send(ctx, q.build(t.conn), wake); err != nil {
			return nil, err
		}
	}
	if !t.pending.Ready() {
		return nil, nil
	}
	reply, err := t.pending.Reply(ctx)
	t.pending = nil
	if err != nil {
		return nil, err
	}
	l.answered(t.conn, reply.Message)
	return reply.Message, nil
}

// retry begins a try anew whose connection was lost; the second time it returns
// err.
func (a *asking) retry(t *try, err error) error {
	if t.again || t.conn == nil || !lost(t.conn, a.api, err) {
		return err
	}
	*t = try{broker: t.broker, again: true}
	signalWake(a.wake)
	return nil
}

// connect gets the connection, if that takes no waiting.
func (t *try) connect(l *link, wake chan<- struct{}) (ready bool, err error) {
	if t.dial == nil {
		t.conn, t.dial, err = l.get(wake)
		return t.conn != nil, err
	}
	select {
	case <-t.dial.done:
		t.conn = t.dial.conn
		return t.conn != nil, t.dial.err
	default:
		return false, nil
	}
}

func (t *try) stop() {
	if t.timer != nil {
		t.timer.Stop()
	}
}

// abandon leaves what is still under way to the connections.
func (a *asking) abandon() {
	for _, t := range a.tries {
		t.abandon()
	}
}

func (t *try) abandon() {
	t.stop()
	if t.pending == nil {
		return
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if reply, err := t.pending.Reply(gone); err == nil {
		reply.Release()
	}
}

// ended is for a ctx that ended before there was an answer.
func (a *asking) ended(reason error) error {
	failures := a.failures
	for _, t := range a.tries {
		failures = append(failures, t.ended(a.api, reason))
	}
	if len(failures) == 0 {
		return reason
	}
	return unreachable(failures)
}

// ended is for a try that has no answer when there is no more time.
func (t *try) ended(api Request, reason error) error {
	if t.pending == nil {
		return t.broker.connectError(api, t.broker.notYet(reason))
	}
	return &protocol.RequestError{Op: "await response", Broker: t.broker.name(), ApiKey: api.ApiKey(),
		ApiVersion: t.pending.Version(), Written: true, Err: reason}
}

// anyBroker sends a request to the first broker that can be reached.
func (c *cluster) anyBroker(ctx context.Context, req Request) (Response, error) {
	if repeatable[req.ApiKey()] {
		return c.ask(ctx, question{api: req, build: func(*protocol.Conn) Request { return req }})
	}
	var failures []error
	for _, b := range c.candidates() {
		res, err := b.exchange(ctx, req)
		if err == nil {
			return res, nil
		}
		failures = append(failures, err)
		if ctx.Err() != nil || c.ctx.Err() != nil || wasWritten(err) {
			break
		}
	}
	return nil, unreachable(failures)
}

// unreachable makes one error of those of several brokers.
func unreachable(failures []error) error {
	if len(failures) == 1 {
		return failures[0]
	}
	return unreachableError(failures)
}

// unreachableError is why each of several brokers did not answer. errors.Is and
// errors.As find all the reasons.
type unreachableError []error

// Error lists the reasons in one line.
func (e unreachableError) Error() string {
	texts := make([]string, len(e))
	for i, err := range e {
		texts[i] = strings.TrimPrefix(err.Error(), "kafka: ")
	}
	return "kafka: no broker of the cluster answers: " + strings.Join(texts, "; ")
}

// Unwrap returns the reasons.
func (e unreachableError) Unwrap() []error { return e }

// Timeout reports whether all took too long.
func (e unreachableError) Timeout() bool {
	return !slices.ContainsFunc(e, func(err error) bool {
		var t interface{ Timeout() bool }
		return !errors.As(err, &t) || !t.Timeout()
	})
}
