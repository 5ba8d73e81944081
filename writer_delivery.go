package kafka

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

var (
	errNoMessageTopic  = errors.New("kafka: neither the Writer nor the message has a topic")
	errTwoTopics       = errors.New("kafka: both the Writer and the message have a topic")
	errBalancerPanic   = errors.New("kafka: the Balancer panicked")
	errBalancerChoice  = errors.New("kafka: the Balancer chose a partition that does not exist")
	errMetadataTimeout = errors.New("kafka: the partitions of the topic are not known within ReadTimeout")
)

// delivery is a call of WriteMessages, as the batches know it.
type delivery struct {
	core   *writerCore
	msgs   []Message         // the caller's; used until the call returns
	start  time.Time         // of the call; the time of messages that have none
	queues []*partitionQueue // that have messages of the call

	mu      sync.Mutex
	left    int           // messages whose outcome is not known
	done    chan struct{} // gets a signal when none is left
	gone    bool          // the caller does not wait any more
	errs    WriteErrors   // nil if there is no error
	results []WriteResult // nil if nobody wants them

	// places has, for each message, its partition plus one while it is in a
	// batch, and settled when its outcome is known.
	places []int32
	few    [8]int32 // places of a call with few messages
	first  [1]*partitionQueue
}

const settled int32 = -1

func (core *writerCore) newDelivery(msgs []Message, results bool) *delivery {
	d, _ := core.deliveries.Get().(*delivery)
	if d == nil {
		d = &delivery{core: core, done: make(chan struct{}, 1)}
		d.places, d.queues = d.few[:], d.first[:0]
	}
	d.msgs, d.start, d.left = msgs, time.Now(), len(msgs)
	if len(msgs) > cap(d.places) {
		d.places = make([]int32, len(msgs))
	}
	d.places = d.places[:len(msgs)]
	if results && !core.options.async {
		d.results = make([]WriteResult, len(msgs))
		for i := range d.results {
			d.results[i] = WriteResult{Partition: -1, Offset: -1}
		}
	}
	return d
}

// end keeps the memory of a call for another one, unless the sender has it still. It
// is for a caller who does not use d any more.
func (d *delivery) end() {
	d.mu.Lock()
	if d.left > 0 {
		d.mu.Unlock()
		return
	}
	select { // who has left without waiting has not taken it
	case <-d.done:
	default:
	}
	clear(d.places)
	clear(d.queues)
	d.msgs, d.queues, d.gone, d.errs, d.results = nil, d.queues[:0], false, nil, nil
	d.mu.Unlock()
	d.core.deliveries.Put(d)
}

// touch notes that a queue has a message of the call.
func (d *delivery) touch(q *partitionQueue) {
	for i := len(d.queues) - 1; i >= 0; i-- {
		if d.queues[i] == q {
			return
		}
	}
	d.queues = append(d.queues, q)
}

// fail ends a message that got into no batch.
func (d *delivery) fail(i, partition int, cause error) {
	topic := d.core.options.topic
	if topic == "" {
		topic = d.msgs[i].Topic
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.places[i] = settled
	d.noteLocked(i, partition, -1, &WriteError{Topic: topic, Partition: partition, Broker: -1, Err: cause})
	d.countLocked(1)
}

// settle ends messages that were in a batch, of which the first is the one at
// position from, and base the offset of the batch.
func (d *delivery) settle(refs []messageRef, base int64, from, partition int, err *WriteError) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range refs {
		d.places[refs[i].index] = settled
	}
	if err != nil && !d.core.options.async || d.results != nil { // others learn from Completion
		for i := range refs {
			offset := int64(-1)
			if base >= 0 {
				offset = base + int64(from+i)
			}
			d.noteLocked(int(refs[i].index), partition, offset, err)
		}
	}
	d.countLocked(len(refs))
}

// noteLocked keeps the outcome of a message.
func (d *delivery) noteLocked(i, partition int, offset int64, err *WriteError) {
	if d.gone {
		return
	}
	if d.results != nil {
		r := WriteResult{Outcome: Written, Partition: partition, Offset: offset}
		if err != nil {
			r = WriteResult{Outcome: err.Outcome, Partition: partition, Offset: -1, Err: err}
		}
		d.results[i] = r
	}
	if err == nil {
		return
	}
	if d.errs == nil {
		d.errs = make(WriteErrors, len(d.msgs))
	}
	d.errs[i] = err
}

func (d *delivery) countLocked(n int) {
	if d.left -= n; d.left == 0 {
		d.done <- struct{}{}
	}
}

// wait returns when the outcome of all messages is known or, when ctx ends, after
// those were withdrawn that can be.
func (d *delivery) wait(ctx context.Context) {
	select {
	case <-d.done:
		return
	case <-ctx.Done():
	}
	for _, q := range d.queues {
		q.withdraw(d, ctx.Err())
	}
}

// outcome is what the call returns, after wait.
func (d *delivery) outcome(ctx context.Context) ([]WriteResult, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left > 0 {
		d.sentOnlyLocked(ctx.Err())
	}
	d.gone = true
	if d.errs == nil {
		return d.results, nil
	}
	if err := d.wholeLocked(ctx); err != nil {
		return nil, err
	}
	return d.results, d.errs
}

// wholeLocked returns the one reason why no message of the call was sent, if it is
// that the ctx or the Writer has ended.
func (d *delivery) wholeLocked(ctx context.Context) error {
	for _, cause := range []error{ctx.Err(), io.ErrClosedPipe} {
		if cause != nil && d.allWithdrawnLocked(cause) {
			return cause
		}
	}
	return nil
}

// sentOnlyLocked notes that the outcome of messages is not known: of all that are
// left when the others were withdrawn.
func (d *delivery) sentOnlyLocked(cause error) {
	for i := range d.msgs {
		if d.places[i] == settled {
			continue
		}
		topic, partition := d.core.options.topic, int(d.places[i]-1)
		if topic == "" {
			topic = d.msgs[i].Topic
		}
		d.noteLocked(i, partition, -1, &WriteError{Outcome: OutcomeUnknown, Topic: topic, Partition: partition, Broker: -1, Attempts: 1, Err: cause})
	}
}

// allWithdrawnLocked tells whether nothing was sent, all for the same cause.
func (d *delivery) allWithdrawnLocked(cause error) bool {
	for _, err := range d.errs {
		var e *WriteError
		if !errors.As(err, &e) || e.Outcome != NotWritten || !errors.Is(e.Err, cause) {
			return false
		}
	}
	return true
}

// abandon ends an asynchronous call. It returns the errors of messages that did
// not get into a batch.
func (d *delivery) abandon(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gone = true
	d.msgs = nil
	if d.errs == nil {
		return nil
	}
	if err := d.wholeLocked(ctx); err != nil {
		return err
	}
	return d.errs
}

// message returns a message of the call, as long as the program waits for it.
func (d *delivery) message(i int) (Message, bool) {
	if d == nil {
		return Message{}, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.gone {
		return Message{}, false
	}
	return d.msgs[i], true
}
