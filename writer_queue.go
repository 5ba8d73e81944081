package kafka

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// maxInFlight is how many batches of a partition, and how many requests to a
// broker, may be on their way. Brokers tell duplicates among the last five
// batches of a producer (KIP-98).
const maxInFlight = 5

// topicQueues are the queues of a topic's partitions.
type topicQueues struct {
	core   *writerCore
	name   string
	layout atomic.Pointer[topicLayout]
	ids    atomic.Pointer[[]int]             // for the Balancer, which may do with them what it likes
	list   atomic.Pointer[[]*partitionQueue] // by partition id; none is ever removed
}

// queue returns the queue of a partition, nil if there is no such partition.
func (t *topicQueues) queue(id int32) *partitionQueue {
	list := *t.list.Load()
	if id < 0 || int(id) >= len(list) {
		return nil
	}
	return list[id]
}

// update makes queues for partitions that are new. core.mu is held.
func (t *topicQueues) update(layout *topicLayout) {
	old := t.layout.Load()
	if old == layout {
		return
	}
	if old != nil && len(old.ids) != len(layout.ids) {
		t.core.rebalances.Add(1)
	}
	var list []*partitionQueue
	if have := t.list.Load(); have != nil {
		list = slices.Clone(*have)
	}
	for _, id := range layout.ids {
		for len(list) <= id {
			list = append(list, nil)
		}
		if list[id] == nil {
			list[id] = &partitionQueue{core: t.core, topic: t.name, id: int32(id)}
		}
	}
	ids := slices.Clone(layout.ids)
	t.list.Store(&list)
	t.ids.Store(&ids)
	t.layout.Store(layout)
}

func (t *topicQueues) appendTo(list []*partitionQueue) []*partitionQueue {
	for _, q := range *t.list.Load() {
		if q != nil {
			list = append(list, q)
		}
	}
	return list
}

// partitionQueue has the batches of a partition that are not written yet, in
// their order. The oldest may be on their way; the youngest may be open for more
// messages.
type partitionQueue struct {
	core  *writerCore
	topic string
	id    int32

	mu      sync.Mutex
	orders  uint64 // given to batches
	usual   int    // the size of batches, rather of the larger ones lately
	open    *writeBatch
	waiting []*writeBatch // complete; those that have to be sent again come first
	flying  int           // batches that a sender has taken
	sender  *sender       // that knows of the queue; nil if none has to
	linger  *time.Timer
	wanted  bool          // open is to be sent as soon as nothing is on its way
	retryAt time.Time     // the pause after a failed attempt ends
	blocked bool          // a batch failed: the order forbids sending more before all that fly are back
	alone   bool          // a batch that may be written is on its way again; see take
	rebase  bool          // sequence numbers have to start anew
	ids     batchIdentity // of the next batch
	empty   chan struct{} // closed when nothing is left; nil if nobody waits
}

// add appends a message to the open batch, for which it counts size. The room for it
// in the buffer is taken.
func (q *partitionQueue) add(d *delivery, i int, size int64) {
	msg := &d.msgs[i]
	q.mu.Lock()
	before := q.sealIfLocked(q.open != nil && q.open.size+size > q.core.options.batchBytes)
	closing := false
	if q.open == nil {
		q.open = q.core.newBatch(q.orders<<32, q.usual) // leaves room for the parts of a batch that is split
		q.orders++
		q.lingerLocked()
		closing = q.core.isClosing() // then Close may have been here already
	}
	d.places[i] = q.id + 1
	err := q.open.append(msg, messageRef{d, int32(i), int32(size)}, d.start, q.core.options)
	after := q.sealIfLocked(closing || q.fullLocked())
	q.mu.Unlock()
	if before != nil || after != nil {
		q.pack(before)
		q.pack(after)
	}
	if err != nil { // it cannot be, as batchBytes is far below what fits
		q.core.buffer.release(q.core.options.held(size, 1), 1)
		d.fail(i, int(q.id), err)
	}
}

// earlyBytes is how large a batch has to be to be sent before the call ends that
// adds to it, if that is not for BatchSize to say. Requests for less cost more
// than the wait.
const earlyBytes = 64 << 10

// fullLocked tells whether the open batch is to be sent without waiting for more.
// A limit of messages that the program has not asked for does not hold while
// nothing could be sent anyway.
func (q *partitionQueue) fullLocked() bool {
	o := q.core.options
	if q.open.size >= o.batchBytes {
		return true
	}
	if len(q.open.refs) < o.batchSize {
		return false
	}
	return o.fixedSize || (q.open.size >= earlyBytes && len(q.waiting) == 0 && q.flying < maxInFlight)
}

func (q *partitionQueue) sealIfLocked(full bool) *writeBatch {
	if !full {
		return nil
	}
	return q.sealLocked()
}

// lingerLocked has the open batch sent when BatchTimeout ends.
func (q *partitionQueue) lingerLocked() {
	d := q.core.options.linger
	if d <= 0 {
		return
	}
	if q.linger == nil {
		q.linger = time.AfterFunc(d, q.sealNow)
		return
	}
	q.linger.Reset(d)
}

// sealLocked completes the open batch. The caller packs it, without the lock.
func (q *partitionQueue) sealLocked() *writeBatch {
	b := q.open
	q.open, q.wanted = nil, false
	q.usual = max(b.builder.Len(), q.usual-q.usual/8)
	q.waiting = append(q.waiting, b)
	q.core.stats.sealed(b)
	if q.linger != nil {
		q.linger.Stop()
	}
	return b
}

// pack makes a complete batch, if there is one, ready to be sent, and has it sent.
func (q *partitionQueue) pack(b *writeBatch) {
	if b == nil {
		return
	}
	b.pack(q.core.options)
	q.core.schedule(q)
}

// sealNow completes what is open, and has it sent.
func (q *partitionQueue) sealNow() {
	q.mu.Lock()
	b := q.sealIfLocked(q.open != nil)
	q.mu.Unlock()
	q.pack(b)
}

// ready has the open batch sent at once if nothing is before it, and otherwise as
// soon as that is so.
func (q *partitionQueue) ready() { q.pack(q.turn()) }

// turn completes the open batch if nothing is before it; the caller packs it.
func (q *partitionQueue) turn() *writeBatch {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.open == nil {
		return nil
	}
	if q.flying > 0 || len(q.waiting) > 0 {
		q.wanted = true
		return nil
	}
	return q.sealLocked()
}

// due returns the size of the batch that may be sent now, given how many may be on
// their way. If it is 0, next is when there will be one, zero if something else has to
// happen before.
func (q *partitionQueue) due(now time.Time, limit int) (size int64, next time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	due, next := q.dueLocked(now, limit)
	if !due {
		return 0, next
	}
	return max(q.waiting[0].size, 1), time.Time{} // 0 if all of its messages were withdrawn
}

// dueLocked tells whether there is such a batch.
func (q *partitionQueue) dueLocked(now time.Time, limit int) (due bool, next time.Time) {
	switch {
	case len(q.waiting) == 0, q.flying >= limit, (q.blocked || q.alone || q.rebase) && q.flying > 0, !q.waiting[0].packed.Load():
		return false, time.Time{}
	case q.retryAt.After(now):
		return false, q.retryAt
	}
	return true, time.Time{}
}

// take gives a sender the next batch, if it may be sent now; see due.
func (q *partitionQueue) take(now time.Time, identity producerIdentity) (b *writeBatch, next time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	limit := maxInFlight
	if !identity.set {
		limit = 1 // nothing else keeps the order when an attempt fails
	}
	due, next := q.dueLocked(now, limit)
	if !due {
		return nil, next
	}
	b = q.waiting[0]
	// Were others sent along with a batch that may be written, the broker might
	// not remember it any more when it has to be sent once more.
	q.blocked, q.alone = false, b.maybeWritten
	q.waiting = slices.Delete(q.waiting, 0, 1)
	q.flying++
	if b.withdrawn() {
		return b, time.Time{}
	}
	if b.dropped > 0 {
		b.packErr = firstError(b.packErr, b.compact())
	}
	q.identifyLocked(b, identity)
	return b, time.Time{}
}

// withdraw takes the messages of a call out of batches that were not sent.
func (q *partitionQueue) withdraw(d *delivery, cause error) {
	q.mu.Lock()
	q.waiting = slices.DeleteFunc(q.waiting, func(b *writeBatch) bool {
		q.withdrawLocked(b, d, cause)
		return b.packed.Load() && q.reclaimLocked(b)
	})
	if b := q.open; b != nil {
		q.withdrawLocked(b, d, cause)
		if q.reclaimLocked(b) {
			q.open, q.wanted = nil, false
		}
	}
	next := q.landedLocked()
	q.mu.Unlock()
	q.pack(next)
}

// reclaimLocked makes the memory of messages that were withdrawn available. It
// returns true if nothing is left of the batch.
func (q *partitionQueue) reclaimLocked(b *writeBatch) bool {
	switch {
	case b.identity.set || b.dropped == 0:
		return false
	case b.withdrawn():
		q.core.free(b)
		return true
	case int64(b.builder.Len()) > 2*b.size+wasteBytes:
		b.packErr = firstError(b.packErr, b.compact())
	}
	return false
}

func (q *partitionQueue) withdrawLocked(b *writeBatch, d *delivery, cause error) {
	if b.maybeWritten || b.identity.set {
		return // it has to be sent as it was, or leaves a gap in the sequence
	}
	for i := range b.refs {
		ref := &b.refs[i]
		if ref.delivery != d {
			continue
		}
		d.settle(b.refs[i:i+1], -1, 0, int(q.id), &WriteError{Topic: q.topic, Partition: int(q.id), Broker: -1, Attempts: b.attempts, Err: cause})
		q.core.buffer.release(q.core.options.held(int64(ref.size), 1), 1)
		b.size -= int64(ref.size)
		ref.delivery, ref.size = nil, 0
		b.dropped++
	}
}

// awaitEmpty returns when no batch is left. Nothing is added any more.
func (q *partitionQueue) awaitEmpty() {
	q.mu.Lock()
	if q.emptyLocked() {
		q.mu.Unlock()
		return
	}
	if q.empty == nil {
		q.empty = make(chan struct{})
	}
	empty := q.empty
	q.mu.Unlock()
	<-empty
}

func (q *partitionQueue) emptyLocked() bool {
	return q.open == nil && len(q.waiting) == 0 && q.flying == 0
}

// landed takes note of a batch that was written or given up.
func (q *partitionQueue) landed() {
	q.mu.Lock()
	q.flying--
	next := q.landedLocked()
	q.mu.Unlock()
	q.packAside(next)
}

// asideBytes is how much takes longer to compress than to have another goroutine do it.
const asideBytes = 16 << 10

// packAside is pack for the sender, which has the other partitions of its broker to look
// after: larger batches are compressed beside it, and beside one another.
func (q *partitionQueue) packAside(b *writeBatch) {
	if b == nil || q.core.options.codec == nil || b.builder.Len() < asideBytes {
		q.pack(b)
		return
	}
	q.core.running.Add(1) // the sender is one of these
	go func() {
		defer q.core.running.Done()
		q.pack(b)
	}()
}

// landedLocked returns the open batch if it is its turn now; the caller packs it.
func (q *partitionQueue) landedLocked() *writeBatch {
	if q.open != nil && len(q.waiting) == 0 && (q.fullLocked() || (q.wanted && q.flying == 0)) {
		return q.sealLocked()
	}
	if q.emptyLocked() && q.empty != nil {
		close(q.empty)
		q.empty = nil
	}
	return nil
}

// again puts a batch back that has to be sent again, before all that come after
// it.
func (q *partitionQueue) again(b *writeBatch, at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flying--
	q.blocked = true
	q.retryAt = at
	q.insertLocked(b)
}

// overdue takes the batches out that are complete and were begun before the given
// time. They count as on their way.
func (q *partitionQueue) overdue(before time.Time) (list []*writeBatch) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = slices.DeleteFunc(q.waiting, func(b *writeBatch) bool {
		if !b.packed.Load() || !b.created.Before(before) {
			return false
		}
		list = append(list, b)
		q.flying++
		return true
	})
	return list
}

// split puts a batch that is too large for the broker back as two.
func (q *partitionQueue) split(b *writeBatch) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	second, err := b.split()
	if err != nil {
		return err
	}
	q.flying--
	q.blocked = true
	q.insertLocked(second)
	q.insertLocked(b)
	return nil
}

func (q *partitionQueue) insertLocked(b *writeBatch) {
	i, _ := slices.BinarySearchFunc(q.waiting, b.order, func(w *writeBatch, order uint64) int {
		switch {
		case w.order < order:
			return -1
		case w.order > order:
			return 1
		default:
			return 0
		}
	})
	q.waiting = slices.Insert(q.waiting, i, b)
}
