package kafka

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
)

const (
	// nobody is the broker of the sender of queues whose partition has no leader.
	nobody int32 = -1

	// senderIdle is how long a sender without work waits for more.
	senderIdle = 5 * time.Second

	// requestBytes is the size beyond which a request gets no further batch.
	requestBytes = 4 << 20
)

// sender sends the batches of all partitions that a broker leads. Its goroutine
// belongs to the Writer and ends when it is idle, or with the Writer.
type sender struct {
	core   *writerCore
	broker int32
	wake   chan struct{}

	mu      sync.Mutex
	queues  []*partitionQueue // that may have something to send
	running bool

	// What follows is the goroutine's own.
	flights []*flight // in the order of their requests
	spare   []*partitionQueue
	landing []*flight // that have ended, to be used again
	bound   attemptBound
	merging time.Time // since when something is held back, see holdsBack
}

// flight is a produce request on its way.
type flight struct {
	pending  pendingProduce
	req      produce.Request
	batches  []flown
	size     int64 // of the batches
	deadline time.Time
	sent     time.Time
}

// flown is a batch of a flight.
type flown struct {
	queue   *partitionQueue
	batch   *writeBatch
	topicID protocol.UUID // that the request names
}

// schedule has the senders of their leaders look at queues. They are woken when
// they know of all, so that one request does for those of a broker.
func (core *writerCore) schedule(queues ...*partitionQueue) {
	var few [8]*sender
	senders := few[:0]
	leads := leaders{route: core.route}
	for _, q := range queues {
		q.mu.Lock()
		s := q.sender
		q.mu.Unlock()
		if s == nil {
			s = core.assign(q, leads.of(q))
		}
		if !slices.Contains(senders, s) {
			senders = append(senders, s)
		}
	}
	for _, s := range senders {
		s.start()
	}
}

// assign gives a queue to the sender of a broker.
func (core *writerCore) assign(q *partitionQueue, broker int32) *sender {
	core.mu.Lock()
	s := core.senders[broker]
	if s == nil {
		s = &sender{core: core, broker: broker, wake: make(chan struct{}, 1)}
		core.senders[broker] = s
	}
	core.mu.Unlock()
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.sender != nil {
		return q.sender
	}
	q.sender = s
	s.mu.Lock()
	s.queues = append(s.queues, q)
	s.mu.Unlock()
	return s
}

// leaders tells which brokers lead partitions, as far as is known. It looks a topic up
// once for queues in a row, of which most are of one.
type leaders struct {
	route  producerRoute
	layout *topicLayout
}

func (l *leaders) of(q *partitionQueue) int32 {
	if l.layout == nil || l.layout.name != q.topic {
		l.layout = l.route.known(q.topic)
	}
	if p := l.layout.partition(q.id); p != nil {
		return p.leader
	}
	return nobody
}

// start wakes the goroutine, which may have to be started.
func (s *sender) start() {
	s.mu.Lock()
	if !s.running {
		s.running = true
		s.core.running.Add(1)
		go s.run()
	}
	s.mu.Unlock()
	signalWake(s.wake)
}

// run is the loop of a sender.
func (s *sender) run() {
	defer s.core.running.Done()
	timer := time.NewTimer(senderIdle)
	defer timer.Stop()
	for {
		// 1st, the answers that are there, and those that are overdue.
		s.land(time.Now())
		// 2nd, all that may be sent now. Then, sleep until something changes.
		changed := s.changed()
		next := s.sendAll()
		idle := next.IsZero()
		if idle {
			next = time.Now().Add(senderIdle)
		}
		timer.Reset(time.Until(next))
		select {
		case <-s.wake:
		case <-changed:
		case <-timer.C:
			if idle && s.stop() {
				return
			}
		case <-s.core.ctx.Done():
			s.end()
			return
		}
	}
}

// changed is closed when there may be a leader again.
func (s *sender) changed() <-chan struct{} {
	if s.broker == nobody {
		return s.core.route.changed()
	}
	return nil
}

// stop ends the goroutine if there is nothing to do.
func (s *sender) stop() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queues) > 0 || len(s.flights) > 0 || len(s.wake) > 0 {
		return false
	}
	s.bound.end() // what belongs to the goroutine may belong to the next one from here on
	s.running = false
	s.core.spare.drop()
	return true
}

// end is stop when the Writer has nothing more to send.
func (s *sender) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bound.end()
	s.running = false
}

// sendAll sends as much as may be on its way, and returns when to look again: zero
// if only an event can make a difference.
func (s *sender) sendAll() (next time.Time) {
	for len(s.flights) < maxInFlight {
		now := time.Now()
		due, at := s.due(now)
		next = at
		if due == 0 {
			break
		}
		if until := s.holdsBack(now, due); !until.IsZero() {
			next = sooner(next, until)
			break
		}
		var sent bool
		if sent, next = s.sendSome(); !sent {
			break
		}
	}
	if len(s.flights) > 0 && (next.IsZero() || s.flights[0].deadline.Before(next)) {
		next = s.flights[0].deadline
	}
	return next
}

// sendSome sends a request. The batches stay where they are, and can be withdrawn,
// until there is a connection for them. If nothing was sent, next is when to look
// again, as with sendAll.
func (s *sender) sendSome() (sent bool, next time.Time) {
	ctx := s.bound.context(s.core.ctx, s.core.options.writeTimeout)
	way, err := s.connect(ctx)
	if err != nil {
		return false, s.refuse(time.Now(), err)
	}
	f, next := s.gather(time.Now(), way)
	if len(f.batches) == 0 {
		s.recycle(f)
		return false, next
	}
	s.send(ctx, f, way)
	return true, next
}

// attemptBound bounds connecting and writing, by one context for the attempts that
// begin within an eighth of the time: making one for each took more allocations than
// all else of a request.
type attemptBound struct {
	ctx    context.Context //nolint:containedctx // it is what this is about
	cancel context.CancelFunc
	since  time.Time
}

// context returns a context that ends d from now, or up to an eighth of d sooner.
func (a *attemptBound) context(parent context.Context, d time.Duration) context.Context {
	now := time.Now()
	if a.ctx == nil || now.Sub(a.since) >= d/8 {
		a.end()
		a.ctx, a.cancel = context.WithDeadline(parent, now.Add(d))
		a.since = now
	}
	return a.ctx
}

func (a *attemptBound) end() {
	if a.cancel != nil {
		a.cancel()
	}
	*a = attemptBound{}
}

// newFlight returns an empty flight.
func (s *sender) newFlight() *flight {
	n := len(s.landing)
	if n == 0 {
		return new(flight)
	}
	f := s.landing[n-1]
	s.landing = s.landing[:n-1]
	return f
}

// recycle keeps a flight that has ended for another one.
func (s *sender) recycle(f *flight) {
	clear(f.batches)
	for i := range f.req.Topics {
		clear(f.req.Topics[i].Partitions)
	}
	*f = flight{batches: f.batches[:0], req: f.req}
	if len(s.landing) < maxInFlight {
		s.landing = append(s.landing, f)
	}
}

// due returns how many bytes the queues have to be sent now. If there are none, next is
// when there will be, zero if that is not a question of time; queues that have nothing
// more to do here have left the sender then.
func (s *sender) due(now time.Time) (size int64, next time.Time) {
	queues, busy := s.snapshot(), s.busy()
	defer func() { s.spare = queues[:0] }()
	leads := leaders{route: s.core.route}
	for _, q := range queues {
		if leads.of(q) != s.broker {
			s.handOver(q)
			continue
		}
		n, at := q.due(now, maxInFlight)
		if n > 0 {
			if size += n; !busy {
				return size, time.Time{} // it is all the same how much
			}
			continue
		}
		next = sooner(next, at)
		s.dismiss(q)
	}
	return size, next
}

// snapshot returns the queues of the sender, in memory that is used again.
func (s *sender) snapshot() []*partitionQueue {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(s.spare[:0], s.queues...)
}

// passage is what a request needs besides batches.
type passage struct {
	identity producerIdentity
	version  int16 // of Produce
}

// connect waits until the Writer has an identity and there is a connection to the
// broker.
func (s *sender) connect(ctx context.Context) (way passage, err error) {
	if s.broker == nobody {
		return passage{}, nil
	}
	if way.identity, err = s.core.identity(ctx); err != nil {
		return way, err
	}
	way.version, err = s.core.route.produceVersion(ctx, s.broker)
	return way, err
}

// gather takes a batch from each queue that has one. next is when another one may
// have one, zero if that is not a question of time.
func (s *sender) gather(now time.Time, way passage) (f *flight, next time.Time) {
	f = s.newFlight()
	queues := s.snapshot()
	taken := 0
	leads := leaders{route: s.core.route}
	for _, q := range queues {
		if f.size >= requestBytes {
			break
		}
		taken++
		if leads.of(q) != s.broker {
			s.handOver(q)
			continue
		}
		if s.broker == nobody {
			s.core.route.refresh(q.topic)
		}
		b, at := s.take(q, now, way.identity)
		if b == nil {
			next = sooner(next, at)
			s.dismiss(q)
			continue
		}
		f.size += b.size
		if f.batches == nil {
			f.batches = make([]flown, 0, len(queues))
		}
		f.batches = append(f.batches, flown{queue: q, batch: b})
	}
	s.rotate(queues, taken)
	return f, next
}

// take is partitionQueue.take without the batches that nobody wants any more.
func (s *sender) take(q *partitionQueue, now time.Time, identity producerIdentity) (*writeBatch, time.Time) {
	for {
		b, next := q.take(now, identity)
		if b == nil || !b.withdrawn() {
			return b, next
		}
		s.discard(flown{queue: q, batch: b})
	}
}

func sooner(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// rotate lets the queues that were not looked at be the first next time.
func (s *sender) rotate(queues []*partitionQueue, taken int) {
	clear(queues)
	s.spare = queues[:0]
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.queues); n > 1 && taken < n {
		s.queues = append(append(make([]*partitionQueue, 0, n), s.queues[taken:]...), s.queues[:taken]...)
	}
}

// handOver gives a queue to the sender of its new leader, once nothing of it is on
// its way to the one before: the order of batches would be lost. What waited for a
// leader does not wait any more.
func (s *sender) handOver(q *partitionQueue) {
	q.mu.Lock()
	if q.flying > 0 {
		q.mu.Unlock()
		return
	}
	if s.broker == nobody {
		q.retryAt = time.Time{}
	}
	s.removeLocked(q)
	q.mu.Unlock()
	s.core.schedule(q)
}

// dismiss forgets a queue that has nothing to send or on its way.
func (s *sender) dismiss(q *partitionQueue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 && q.flying == 0 {
		s.removeLocked(q)
	}
}

// removeLocked takes a queue off the sender. q.mu is held.
func (s *sender) removeLocked(q *partitionQueue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, have := range s.queues {
		if have == q {
			s.queues = append(s.queues[:i], s.queues[i+1:]...)
			break
		}
	}
	q.sender = nil
}

// send writes the request of a flight.
func (s *sender) send(ctx context.Context, f *flight, way passage) {
	f.sent = time.Now()
	f.deadline = f.sent.Add(s.core.options.writeTimeout)
	if s.broker == nobody {
		s.failAll(f, LeaderNotAvailable, false)
		s.recycle(f)
		return
	}
	req := s.request(f, way.version)
	if len(f.batches) == 0 {
		s.recycle(f)
		return
	}
	var err error
	f.pending, err = s.core.route.produce(ctx, s.broker, req, s.wake)
	if err != nil {
		s.failAll(f, err, wasWritten(err))
		s.recycle(f)
		return
	}
	s.core.stats.sent(f)
	s.flights = append(s.flights, f)
	s.merging = time.Time{}
}
