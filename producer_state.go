package kafka

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"sync"
	"time"
)

// producerIdentity is what an idempotent producer is known by (KIP-98): an id that
// the cluster gave it, and an epoch, which is raised when sequence numbers start
// anew (KIP-360).
type producerIdentity struct {
	id    int64
	epoch int16
	set   bool // false: the Writer is not idempotent
}

// batchIdentity is an identity and the sequence number of a batch's first message
// among those of its partition.
type batchIdentity struct {
	producerIdentity
	sequence int32
}

// nextSequence counts on from a sequence number, which follow one another in a
// circle.
func nextSequence(sequence int32, n int) int32 {
	return int32((int64(sequence) + int64(n)) & math.MaxInt32)
}

// producerState is the identity of a Writer.
type producerState struct {
	mu      sync.Mutex
	asking  chan struct{} // closed when the question under way is answered
	current producerIdentity
	off     bool // the cluster denied an identity, or is too old for it
}

// identity returns the Writer's identity, asking for one if need be. Without one
// the Writer goes on unprotected, if the cluster does not give any.
func (core *writerCore) identity(ctx context.Context) (producerIdentity, error) {
	p := &core.producer
	for {
		p.mu.Lock()
		if p.current.set || p.off || core.options.acks != RequireAll {
			current := p.current
			p.mu.Unlock()
			return current, nil
		}
		wait := p.asking
		if wait == nil {
			p.asking = make(chan struct{})
			p.mu.Unlock()
			return core.askIdentity(ctx)
		}
		p.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return producerIdentity{}, ctx.Err()
		}
	}
}

// askIdentity asks for all who wait.
func (core *writerCore) askIdentity(ctx context.Context) (producerIdentity, error) {
	id, epoch, err := core.route.initProducerID(ctx, "", 0, -1, -1)
	p := &core.producer
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.asking)
	p.asking = nil
	switch {
	case err == nil:
		p.current = producerIdentity{id, epoch, true}
	case deniesIdentity(err):
		p.off = true
		core.options.errorf("kafka writer: going on without idempotence, as the cluster gives no producer id: %v", err)
		err = nil
	}
	return p.current, err
}

// deniesIdentity tells whether asking again is of no use.
func deniesIdentity(err error) bool {
	return errors.Is(err, ClusterAuthorizationFailed) || errors.Is(err, TransactionalIDAuthorizationFailed) ||
		errors.Is(err, UnsupportedVersion) || isVersionError(err)
}

// raise replaces an identity by one with the next epoch, unless somebody has done
// so. After the last epoch, or with renew, a new id is asked for.
func (core *writerCore) raise(old producerIdentity, renew bool) {
	p := &core.producer
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current != old || !old.set {
		return
	}
	if renew || p.current.epoch == math.MaxInt16 {
		p.current = producerIdentity{}
		return
	}
	p.current.epoch++
}

// identifyLocked gives a batch that was not sent before its identity.
func (q *partitionQueue) identifyLocked(b *writeBatch, current producerIdentity) {
	if b.identity.set || !current.set {
		return
	}
	if q.ids.producerIdentity != current && (q.flying == 1 || !q.ids.set) {
		// Nothing of the partition is on its way under the identity before.
		q.ids = batchIdentity{producerIdentity: current}
	}
	b.identity = q.ids
	q.ids.sequence = nextSequence(q.ids.sequence, len(b.refs))
}

// takeBackLocked takes identities back from the last batches that have one and that
// no broker has written. They are like new then: they may lose messages, or end,
// without a gap in the sequence. Nothing of the partition is on its way.
func (q *partitionQueue) takeBackLocked() {
	for _, b := range slices.Backward(q.waiting) {
		switch {
		case !b.identity.set:
			continue
		case b.maybeWritten, b.identity.producerIdentity != q.ids.producerIdentity,
			nextSequence(b.identity.sequence, len(b.refs)) != q.ids.sequence:
			return
		}
		q.ids = b.identity
		b.identity = batchIdentity{}
	}
}

// rebaseLocked has sequence numbers start anew, under a new epoch, once nothing of
// the partition is on its way. Before that, batches that may have been written are
// sent as they were, which settles it: under another epoch they could be written
// twice. Those that cannot be, behind others that were not written, are returned.
func (q *partitionQueue) rebaseLocked() (unknown []*writeBatch) {
	if !q.rebase || q.flying > 0 || len(q.waiting) > 0 && q.waiting[0].maybeWritten {
		return nil
	}
	q.rebase = false
	kept := q.waiting[:0]
	for _, b := range q.waiting {
		if b.maybeWritten {
			unknown = append(unknown, b)
			continue
		}
		b.identity = batchIdentity{}
		kept = append(kept, b)
	}
	clear(q.waiting[len(kept):])
	q.waiting = kept
	q.ids = batchIdentity{}
	return unknown
}

// writeBudget bounds the memory of messages that a Writer holds.
type writeBudget struct {
	mu       sync.Mutex
	free     int64
	held     int // messages
	patience time.Duration
	progress time.Time     // of the last acknowledgement, or of the first message after a pause
	total    int64         // what free is when nothing is held
	changed  chan struct{} // closed when there is more room; nil if nobody waits
}

func (w *writeBudget) init(total int64, patience time.Duration) {
	w.free, w.total, w.patience = total, total, patience
}

// take takes room if there is some. A message larger than all of it fits when
// nothing else is held.
func (w *writeBudget) take(n int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.takeLocked(n)
}

func (w *writeBudget) takeLocked(n int64) bool {
	if w.free == w.total {
		w.progress = time.Now()
	} else if n > w.free {
		return false
	}
	w.free -= n
	w.held++
	return true
}

// messages returns how many messages are held.
func (w *writeBudget) messages() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int64(w.held)
}

// release gives back the room of a number of messages.
func (w *writeBudget) release(n int64, messages int) {
	if messages == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.free += n
	w.held -= messages
	if w.changed != nil {
		close(w.changed)
		w.changed = nil
	}
}

// acknowledged notes that a broker has acknowledged something.
func (w *writeBudget) acknowledged() {
	w.mu.Lock()
	w.progress = time.Now()
	w.mu.Unlock()
}

// await takes room when there is some. It gives up when nothing has been
// acknowledged for too long.
func (w *writeBudget) await(ctx context.Context, closing <-chan struct{}, n int64) error {
	for {
		w.mu.Lock()
		if w.takeLocked(n) {
			w.mu.Unlock()
			return nil
		}
		left := w.patience - time.Since(w.progress)
		if w.changed == nil {
			w.changed = make(chan struct{})
		}
		changed := w.changed
		w.mu.Unlock()
		if left <= 0 {
			return ErrBufferFull
		}
		if err := waitFor(ctx, closing, changed, left); err != nil {
			return err
		}
	}
}

// waitFor returns nil once changed is closed or d has passed.
func waitFor(ctx context.Context, closing, changed <-chan struct{}, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-changed:
		return nil
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-closing:
		return io.ErrClosedPipe
	}
}
