package kafka

import (
	"context"
	"fmt"
	"io"
	"sync"
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
	closing  chan struct{} // closed when Close is called
	producer producerState
	buffer   writeBudget
	stats    writerStats

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
		closing: make(chan struct{}),
		topics:  make(map[string]*topicQueues),
		senders: make(map[int32]*sender),
		stopped: make(chan struct{}),
	}
	core.ctx, core.cancel = context.WithCancel(context.Background())
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
	close(core.closing)
	core.mu.Unlock()
	core.sealAll()
	core.calls.Wait() // nobody adds to a queue any more
	core.sealAll()
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
	var last *topicQueues
	for i := range d.msgs {
		msg := &d.msgs[i]
		t, err := core.topicOf(ctx, msg, last)
		if err != nil {
			d.fail(i, -1, err)
			continue
		}
		last = t
		if size := messageSize(msg); size > core.options.batchBytes {
			d.fail(i, -1, MessageTooLargeError{Message: *msg})
			continue
		}
		partition, err := core.choose(msg, t)
		if err != nil {
			d.fail(i, partition, err)
			continue
		}
		if err := core.reserve(ctx, d, msg); err != nil {
			d.fail(i, partition, err)
			continue
		}
		q := t.queue(int32(partition))
		d.touch(q)
		q.add(d, i)
	}
}

// messageSize is what a message counts for against BatchBytes, at most.
func messageSize(msg *Message) int64 {
	size := int64(recordOverhead + len(msg.Key) + len(msg.Value))
	for i := range msg.Headers {
		size += int64(headerOverhead + len(msg.Headers[i].Key) + len(msg.Headers[i].Value))
	}
	return size
}

// recordOverhead and headerOverhead bound what the wire form of a record or a
// header has besides its bytes.
const (
	recordOverhead = 22
	headerOverhead = 4
)

// topicOf returns the queues of the topic that a message is for.
func (core *writerCore) topicOf(ctx context.Context, msg *Message, last *topicQueues) (*topicQueues, error) {
	name := core.options.topic
	switch {
	case name == "" && msg.Topic == "":
		return nil, errNoMessageTopic
	case name != "" && msg.Topic != "":
		return nil, fmt.Errorf("%w: the Writer writes to %q, the message is for %q", errTwoTopics, name, msg.Topic)
	case name == "":
		name = msg.Topic
	}
	if last != nil && last.name == name {
		return last, nil
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
	return t, nil
}

// layout returns the partitions of a topic. One that is not there yet, or that
// cannot be asked for, is asked for again, as often and as long as attempts and
// ReadTimeout allow.
func (core *writerCore) layout(ctx context.Context, name string) (*topicLayout, error) {
	if t := core.route.known(name); t != nil && t.err == nil && len(t.ids) > 0 {
		return t, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, core.options.readTimeout, errMetadataTimeout)
	defer cancel()
	stop := context.AfterFunc(core.ctx, cancel)
	defer stop()
	var last error
	for attempt := 1; ; attempt++ {
		t, err := core.route.topic(ctx, name, core.options.create)
		switch {
		case err != nil:
			last = err
		case t.err != nil:
			last = t.err
		case len(t.ids) > 0:
			return t, nil
		default:
			last = LeaderNotAvailable
		}
		if attempt >= core.options.maxAttempts || !isRetriable(last) || ctx.Err() != nil {
			return nil, core.metadataError(ctx, last)
		}
		core.options.logf("kafka writer: waiting for topic %s: %v", name, last)
		if !core.pause(ctx, core.options.backoff(attempt)) {
			return nil, core.metadataError(ctx, last)
		}
	}
}

// metadataError is why the partitions of a topic are not known.
func (core *writerCore) metadataError(ctx context.Context, last error) error {
	if core.isClosing() {
		return io.ErrClosedPipe
	}
	if cause := context.Cause(ctx); cause != nil && cause != errMetadataTimeout && ctx.Err() != nil {
		return cause
	}
	return last
}

func (core *writerCore) isClosing() bool {
	select {
	case <-core.closing:
		return true
	default:
		return false
	}
}

// pause waits for d; it returns false if the call or the Writer ends before.
func (core *writerCore) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	case <-core.closing:
		return false
	}
}

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
func (core *writerCore) choose(msg *Message, t *topicQueues) (partition int, err error) {
	core.balance.Lock()
	defer core.balance.Unlock()
	defer func() {
		if v := recover(); v != nil {
			partition, err = -1, fmt.Errorf("%w: %v", errBalancerPanic, v)
		}
	}()
	partition = core.options.balancer.Balance(*msg, t.layout.Load().ids...)
	if t.queue(int32(partition)) == nil || int(int32(partition)) != partition {
		return partition, fmt.Errorf("%w: topic %q has no partition %d", errBalancerChoice, t.name, partition)
	}
	return partition, nil
}

// reserve takes room in the buffer for a message.
func (core *writerCore) reserve(ctx context.Context, d *delivery, msg *Message) error {
	size := messageSize(msg)
	if core.buffer.take(size) {
		return nil
	}
	core.flush(d) // what the call itself holds must not be in its way
	return core.buffer.await(ctx, core.closing, size)
}

// flush has the batches that a call waits for sent as soon as nothing of their
// partitions is on its way, unless messages are held back on purpose.
func (core *writerCore) flush(d *delivery) {
	if core.options.linger > 0 {
		return
	}
	for _, q := range d.queues {
		q.ready()
	}
}
