package kafka

import (
	"context"
	"fmt"
	"io"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

// writerCore is the working part of a Writer.
//
// Messages go from the caller's goroutine into the open batch of their partition
// (partitionQueue), and from there, batch by batch, to the sender of the broker
// that leads the partition. The locks are taken in the order core, queue.
type writerCore struct {
	options  *writerOptions
	route    producerRoute
	ctx      context.Context // ends when Close has nothing more to wait for
	cancel   context.CancelFunc
	open     context.Context // ends when Close is called
	shut     context.CancelFunc
	producer producerState
	buffer   writeBudget
	stats    writerStats
	spare    spareBatches

	deliveries sync.Pool // of calls that have ended; its own, as a channel cannot go from one testing/synctest bubble to another

	rebalances atomic.Int64 // changes of topics, see WriterStats

	recent atomic.Pointer[topicQueues] // of the last call

	balance sync.Mutex // around calls of the Balancer

	mu      sync.Mutex
	closed  bool
	calls   sync.WaitGroup // of WriteMessages
	topics  map[string]*topicQueues
	senders map[int32]*sender
	running sync.WaitGroup // of senders
	stopped chan struct{}  // closed when everything has ended
}

func newWriterCore(options *writerOptions, route producerRoute) *writerCore {
	core := &writerCore{
		options: options,
		route:   route,
		topics:  make(map[string]*topicQueues),
		senders: make(map[int32]*sender),
		stopped: make(chan struct{}),
	}
	core.ctx, core.cancel = context.WithCancel(context.Background())
	core.open, core.shut = context.WithCancel(core.ctx)
	core.buffer.init(options.bufferBytes, options.writeTimeout)
	return core
}

// enter counts a call of WriteMessages; it fails after Close.
func (core *writerCore) enter() bool {
	core.mu.Lock()
	defer core.mu.Unlock()
	if core.closed {
		return false
	}
	core.calls.Add(1)
	return true
}

func (core *writerCore) leave() { core.calls.Done() }

// close flushes everything and returns when nothing is left.
func (core *writerCore) close() {
	core.mu.Lock()
	if core.closed {
		core.mu.Unlock()
		<-core.stopped
		return
	}
	core.closed = true
	core.shut()
	core.mu.Unlock()
	core.sealAll()    // what comes from now on is sealed as it comes
	core.calls.Wait() // nobody adds to a queue any more
	core.awaitQueues()
	core.cancel()
	core.running.Wait()
	core.route.release()
	close(core.stopped)
}

// queues returns all partition queues.
func (core *writerCore) queues() (list []*partitionQueue) {
	core.mu.Lock()
	defer core.mu.Unlock()
	for _, t := range core.topics {
		list = t.appendTo(list)
	}
	return list
}

func (core *writerCore) sealAll() {
	for _, q := range core.queues() {
		q.sealNow()
	}
}

// awaitQueues returns when every batch was written or given up.
func (core *writerCore) awaitQueues() {
	for _, q := range core.queues() {
		q.awaitEmpty()
	}
}

// enqueue puts the messages of a call into the batches of their partitions. Those
// that cannot go anywhere fail.
func (core *writerCore) enqueue(ctx context.Context, d *delivery) {
	var topics callTopics
	var dealt turns
	if rr, ok := core.options.ownBalancer.(*RoundRobin); ok {
		dealt = rr.take(len(d.msgs))
	}
	for i := range d.msgs {
		msg := &d.msgs[i]
		t, err := topics.of(ctx, core, msg)
		if err != nil {
			d.fail(i, -1, err)
			continue
		}
		size := messageSize(msg)
		if size > core.options.batchBytes {
			d.fail(i, -1, MessageTooLargeError{Message: *msg})
			continue
		}
		partition, err := core.choose(msg, t, &dealt)
		if err != nil {
			d.fail(i, partition, err)
			continue
		}
		if err := core.reserve(ctx, size); err != nil {
			d.fail(i, partition, err)
			continue
		}
		q := t.queue(int32(partition))
		d.touch(q)
		q.add(d, i, size)
	}
}

// messageSize is what a message counts for against BatchBytes.
func messageSize(msg *Message) int64 {
	size := int64(recordOverhead+len(msg.Key)+len(msg.Value)) + varintSize(len(msg.Headers))
	for i := range msg.Headers {
		key, value := len(msg.Headers[i].Key), len(msg.Headers[i].Value)
		size += varintSize(key) + int64(key) + varintSize(value) + int64(value)
	}
	return size
}

// recordOverhead is what a message counts for besides its bytes: lengths, time and
// offset as large as they get.
const recordOverhead = 22

// varintSize is the size of a length on the wire.
func varintSize(n int) int64 { return int64(bits.Len64(uint64(n)<<1|1)+6) / 7 }

// callTopics are the topics of a call that have been looked up. A topic that is
// not to be had is waited for once in a call.
type callTopics struct {
	last   *topicQueues
	failed map[string]error
}

// of returns the queues of the topic that a message is for.
func (c *callTopics) of(ctx context.Context, core *writerCore, msg *Message) (*topicQueues, error) {
	name := core.options.topic
	if c.last != nil && name != "" && msg.Topic == "" {
		return c.last, nil
	}
	switch {
	case name == "" && msg.Topic == "":
		return nil, errNoMessageTopic
	case name != "" && msg.Topic != "" && name != msg.Topic:
		return nil, fmt.Errorf("%w: the Writer writes to %q, the message is for %q", errTwoTopics, name, msg.Topic)
	case name == "":
		name = msg.Topic
	}
	if c.last != nil && c.last.name == name {
		return c.last, nil
	}
	if err := c.failed[name]; err != nil {
		return nil, err
	}
	t, err := core.lookUp(ctx, name)
	if err != nil {
		if c.failed == nil {
			c.failed = make(map[string]error)
		}
		c.failed[name] = err
		return nil, err
	}
	c.last = t
	return t, nil
}

// lookUp returns the queues of a topic. There are none without partitions: what has the
// layout that is known has been found good before.
func (core *writerCore) lookUp(ctx context.Context, name string) (*topicQueues, error) {
	if t := core.recent.Load(); t != nil && t.name == name && t.layout.Load() == core.route.known(name) {
		return t, nil
	}
	layout, err := core.layout(ctx, name)
	if err != nil {
		return nil, err
	}
	core.mu.Lock()
	defer core.mu.Unlock()
	t := core.topics[name]
	if t == nil {
		t = &topicQueues{core: core, name: name}
		core.topics[name] = t
	}
	t.update(layout)
	core.recent.Store(t)
	return t, nil
}

// layout returns the partitions of a topic. One that is not there yet, or that
// cannot be asked for, is asked for again, as often and as long as attempts and
// ReadTimeout allow.
func (core *writerCore) layout(ctx context.Context, name string) (*topicLayout, error) {
	if t := core.route.known(name); t != nil && t.err == nil && len(t.ids) > 0 {
		return t, nil
	}
	bound, cancel := context.WithTimeout(ctx, core.options.readTimeout)
	defer cancel()
	stop := context.AfterFunc(core.open, cancel)
	defer stop()
	t, err := core.awaitTopic(bound, name)
	switch {
	case err == nil:
		return t, nil
	case core.isClosing():
		return nil, io.ErrClosedPipe
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case bound.Err() != nil:
		return nil, fmt.Errorf("%w: %w", errMetadataTimeout, err)
	}
	return nil, err
}

// awaitTopic returns the partitions of a topic once there are some. The error is
// what was in the way, rather an answer than that ctx has ended.
func (core *writerCore) awaitTopic(ctx context.Context, name string) (*topicLayout, error) {
	var last error
	for attempt := 1; ; attempt++ {
		t, err := core.route.topic(ctx, name, core.options.create)
		switch {
		case err != nil:
		case t.err != nil:
			err = t.err
		case len(t.ids) > 0:
			return t, nil
		default:
			err = LeaderNotAvailable
		}
		if last == nil || ctx.Err() == nil {
			last = err
		}
		if attempt >= core.options.maxAttempts || !isRetriable(last) || ctx.Err() != nil {
			return nil, last
		}
		core.options.logf("kafka writer: waiting for topic %s: %v", name, last)
		if pause(ctx, core.options.backoff(attempt)) != nil {
			return nil, last
		}
	}
}

func (core *writerCore) isClosing() bool { return core.open.Err() != nil }

// backoff is the pause after the given attempt, the first of which is 1.
func (o *writerOptions) backoff(attempt int) time.Duration {
	d := o.backoffMin * time.Duration(attempt) * time.Duration(attempt)
	if d <= 0 || d > o.backoffMax {
		return o.backoffMax
	}
	return d
}

// choose has the Balancer choose a partition. What it does wrong is the error of
// this one message.
func (core *writerCore) choose(msg *Message, t *topicQueues, dealt *turns) (partition int, err error) {
	ids := *t.ids.Load()
	switch own := core.options.ownBalancer; {
	case dealt.of != nil:
		partition = dealt.pick(ids)
	case own != nil:
		partition = own.pick(msg, ids)
	default:
		if partition, err = core.ask(msg, ids); err != nil {
			return partition, err
		}
	}
	if t.queue(int32(partition)) == nil || int(int32(partition)) != partition {
		return partition, fmt.Errorf("%w: topic %q has no partition %d", errBalancerChoice, t.name, partition)
	}
	return partition, nil
}

// ask asks a Balancer of the program's, one call at a time.
func (core *writerCore) ask(msg *Message, ids []int) (partition int, err error) {
	core.balance.Lock()
	defer core.balance.Unlock()
	defer func() {
		if v := recover(); v != nil {
			partition, err = noPartition, fmt.Errorf("%w: %v", errBalancerPanic, v)
		}
	}()
	return core.options.balancer.Balance(*msg, ids...), nil
}

// reserve takes room in the buffer for a message.
func (core *writerCore) reserve(ctx context.Context, size int64) error {
	held := core.options.held(size, 1)
	if core.buffer.take(held) {
		return nil
	}
	for _, q := range core.queues() { // what is held back must not be in the way
		q.ready()
	}
	return core.buffer.await(ctx, core.open.Done(), held)
}

// flush has the batches that a call waits for sent as soon as nothing of their
// partitions is on its way, unless messages are held back on purpose.
func (core *writerCore) flush(d *delivery) {
	if core.options.linger > 0 {
		return
	}
	var few [8]*partitionQueue
	sealed := few[:0]
	for _, q := range d.queues {
		if b := q.turn(); b != nil {
			b.pack(core.options)
			sealed = append(sealed, q)
		}
	}
	core.schedule(sealed...)
}
