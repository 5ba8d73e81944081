package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// CommitError reports a message whose offset was not committed because the Reader
// has lost its partition: another member of the group may have it, and will read the
// message again.
type CommitError struct {
	Topic     string
	Partition int
	Offset    int64 // of the message
	Err       error // ErrGenerationEnded
}

// Error says which message is not committed.
func (e *CommitError) Error() string {
	return fmt.Sprintf("kafka: offset %d of partition %d of topic %q is not committed, the partition was taken away: %v", e.Offset, e.Partition, e.Topic, e.Err)
}

// Unwrap returns ErrGenerationEnded.
func (e *CommitError) Unwrap() error { return e.Err }

// commitTimeout bounds the commit that ends a generation, and how long ReadMessage
// waits for one.
const commitTimeout = 5 * time.Second

// committer makes the commits of a Reader, one request at a time: what is to be
// committed meanwhile is merged for the next. A commit is made if the partition has
// been the Reader's without a break since its message was taken; while the group is
// being rebalanced, it waits for what becomes of the partition.
type committer struct {
	interval time.Duration // 0 to commit at once
	wake     chan struct{}

	mu      sync.Mutex
	gen     *Generation            // nil between generations
	owned   map[partitionKey]int32 // of gen, or of the one before it
	counter int32                  // of ownerships
	made    map[partitionKey]int64 // commits of owned partitions
	pending map[partitionKey]pendingCommit
	waiters []*commitWaiter
	closing bool  // no generation follows
	failure error // of a commit of ReadMessage
	lines   heldLines
}

// pendingCommit is the next offset to read, and the ownership of the message before
// it; 0 if the program made the message, of a partition that it did not have then.
type pendingCommit struct {
	offset    int64
	ownership int32
}

// commitWaiter is a call that waits for its commit.
type commitWaiter struct {
	commits map[partitionKey]pendingCommit
	keep    bool // after a failure, the offsets are for the next commit
	done    chan error
}

func newCommitter(interval time.Duration, log loggers) *committer {
	return &committer{
		interval: interval,
		wake:     make(chan struct{}, 1),
		pending:  make(map[partitionKey]pendingCommit),
		lines:    heldLines{loggers: log},
	}
}

// commit commits messages for the program.
func (c *committer) commit(ctx context.Context, msgs []Message) error {
	w, err := c.accept(msgs, false)
	if w == nil {
		return err
	}
	select {
	case done := <-w.done:
		if err == nil {
			return done
		}
		return errors.Join(done, err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// auto commits a message that ReadMessage returns. Its failures are kept for the
// next call.
func (c *committer) auto(ctx context.Context, m Message) {
	w, err := c.accept([]Message{m}, true)
	if err != nil {
		c.lines.loggers.errorf("committing a message that was read: %v", err)
		return
	}
	if w == nil {
		return
	}
	timer := time.NewTimer(commitTimeout)
	defer timer.Stop()
	select {
	case err := <-w.done:
		if err != nil && !errors.Is(err, ErrGenerationEnded) && !errors.Is(err, io.ErrClosedPipe) {
			c.mu.Lock()
			c.failure = err
			c.mu.Unlock()
		}
	case <-ctx.Done():
	case <-timer.C:
	}
}

// takeFailure returns why the commit of a message that was read has failed, once.
func (c *committer) takeFailure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.failure
	c.failure = nil
	return err
}

// accept takes the offsets of messages for the next commit. What it returns, if it is
// not nil, is done with the commit; the error is about messages that are not part
// of it. keep is for offsets that a later commit is to make up for.
func (c *committer) accept(msgs []Message, keep bool) (*commitWaiter, error) {
	if len(msgs) == 0 {
		return nil, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing && c.gen == nil {
		return nil, io.ErrClosedPipe
	}
	var stale []error
	w := &commitWaiter{keep: keep}
	for i := range msgs {
		m := &msgs[i]
		key, next := partitionKey{m.Topic, int32(m.Partition)}, pendingCommit{m.Offset + 1, m.ownership}
		if next.ownership == 0 {
			next.ownership = c.owned[key]
		}
		switch owns := c.owns(key, next.ownership); {
		case !owns && (c.gen != nil || next.ownership != 0):
			stale = append(stale, staleCommit(key, next))
		case owns && next.offset <= c.made[key]:
		default:
			w.add(key, next)
			mergeCommit(c.pending, key, next)
		}
	}
	err := errors.Join(stale...)
	if len(w.commits) == 0 {
		return nil, err
	}
	signalWake(c.wake)
	if c.interval > 0 {
		return nil, err
	}
	w.done = make(chan error, 1)
	c.waiters = append(c.waiters, w)
	return w, err
}

func (w *commitWaiter) add(key partitionKey, next pendingCommit) {
	if w.commits == nil {
		w.commits = make(map[partitionKey]pendingCommit, 1)
	}
	mergeCommit(w.commits, key, next)
}

// mergeCommit keeps the highest offset of a partition; one of a later ownership
// counts more.
func mergeCommit(commits map[partitionKey]pendingCommit, key partitionKey, next pendingCommit) {
	if old, ok := commits[key]; !ok || next.ownership > old.ownership || next.ownership == old.ownership && next.offset > old.offset {
		commits[key] = next
	}
}

// owns tells whether a partition is the Reader's, and has been since ownership
// began.
func (c *committer) owns(key partitionKey, ownership int32) bool {
	owned, ok := c.owned[key]
	return ok && (ownership == 0 || ownership == owned)
}

func staleCommit(key partitionKey, next pendingCommit) error {
	return &CommitError{Topic: key.topic, Partition: int(key.id), Offset: next.offset - 1, Err: ErrGenerationEnded}
}

// started commits where a partition without a commit begins.
func (c *committer) started(key partitionKey, ownership int32, offset int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.owns(key, ownership) {
		mergeCommit(c.pending, key, pendingCommit{offset, ownership})
		signalWake(c.wake)
	}
}

// begin is for a new generation with the partitions in starts, where it puts their
// ownership. Without kept, none goes on from the generation before. Commits of
// partitions that the Reader does not have any more, or not without a break, fail.
func (c *committer) begin(gen *Generation, kept bool, starts map[partitionKey]intakeStart) {
	c.mu.Lock()
	defer c.lines.unlock(&c.mu)
	c.counter++
	owned, made := make(map[partitionKey]int32, len(starts)), make(map[partitionKey]int64, len(starts))
	for key, start := range starts {
		if start.ownership, start.keep = c.owned[key]; start.keep && kept {
			if offset, ok := c.made[key]; ok {
				made[key] = offset
			}
		} else {
			start.ownership, start.keep = c.counter, false
		}
		owned[key], starts[key] = start.ownership, start
	}
	c.gen, c.owned, c.made = gen, owned, made
	c.dropStaleLocked()
	signalWake(c.wake)
}

// dropStaleLocked has the commits fail of partitions that are not the Reader's, or
// not without a break.
func (c *committer) dropStaleLocked() {
	for key, next := range c.pending {
		if !c.owns(key, next.ownership) {
			delete(c.pending, key)
			c.lines.errorf("%v", staleCommit(key, next))
		}
	}
	c.waiters = slices.DeleteFunc(c.waiters, c.lostAll)
}

// renew is for a partition that is owned, but whose messages are not those of before:
// none of these can be committed any more. It returns the new ownership. What there
// is to log waits for another call: this one is made under the lock of the intake.
func (c *committer) renew(key partitionKey) int32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counter++
	if _, ok := c.owned[key]; ok {
		c.owned[key] = c.counter
		delete(c.made, key)
		c.dropStaleLocked()
	}
	return c.counter
}

// lostAll ends a waiter none of whose partitions is the Reader's. Of the others that
// waits for it with the rest.
func (c *committer) lostAll(w *commitWaiter) bool {
	var stale []error
	for key, next := range w.commits {
		if !c.owns(key, next.ownership) {
			stale = append(stale, staleCommit(key, next))
		}
	}
	if len(stale) == 0 {
		return false
	}
	w.done <- errors.Join(stale...)
	return true
}

// run commits for a generation until revoked is closed, and then what is left. ctx
// ends with the generation.
func (c *committer) run(ctx context.Context, gen *Generation, revoked <-chan struct{}) {
	var tick <-chan time.Time
	if c.interval > 0 {
		ticker := time.NewTicker(c.interval)
		defer ticker.Stop()
		tick = ticker.C
	}
	for {
		select {
		case <-revoked:
			c.finish(ctx, gen)
			return
		case <-c.wake:
			if c.interval == 0 {
				c.flush(ctx, gen)
			}
		case <-tick:
			c.flush(ctx, gen)
		}
	}
}

// finish makes the last commit of a generation. If its partitions may have gone to
// others already, the commits of them fail.
func (c *committer) finish(ctx context.Context, gen *Generation) {
	if !gen.lost() {
		c.flush(ctx, gen)
	}
	lost := gen.lost()
	c.mu.Lock()
	defer c.lines.unlock(&c.mu)
	c.gen = nil
	if lost {
		c.owned = nil
		c.dropStaleLocked()
	}
}

// flush commits what is pending. What may pass, such as a move of the coordinator, is
// waited for as long as the generation lets it; once that has ended, for
// commitTimeout.
func (c *committer) flush(generation context.Context, gen *Generation) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := context.AfterFunc(generation, func() { time.AfterFunc(commitTimeout, cancel) })
	defer stop()
	c.mu.Lock()
	pending, waiters := c.pending, c.waiters
	c.pending, c.waiters = make(map[partitionKey]pendingCommit, len(pending)), nil
	for key, next := range pending {
		if made, ok := c.made[key]; ok && next.offset <= made { // by the commit before, while this one waited
			delete(pending, key)
		}
	}
	c.mu.Unlock()
	if len(pending) == 0 {
		c.settle(pending, waiters, nil)
		return
	}
	offsets := make(map[string]map[int]int64)
	for key, next := range pending {
		if offsets[key.topic] == nil {
			offsets[key.topic] = make(map[int]int64)
		}
		offsets[key.topic][int(key.id)] = next.offset
	}
	c.settle(pending, waiters, gen.commit(ctx, offsets))
}

// undecided are the errors of commits that a generation can no more make: what
// becomes of them, the next one decides.
func undecided(err error) bool {
	return errors.Is(err, ErrGenerationEnded) || errors.Is(err, RebalanceInProgress) || errors.Is(err, IllegalGeneration) ||
		errors.Is(err, UnknownMemberId) || errors.Is(err, context.Canceled)
}

// settle is for the end of a commit.
func (c *committer) settle(pending map[partitionKey]pendingCommit, waiters []*commitWaiter, err error) {
	c.mu.Lock()
	defer c.lines.unlock(&c.mu)
	if err == nil {
		for key, next := range pending {
			if c.owns(key, next.ownership) {
				c.made[key] = max(c.made[key], next.offset)
			}
		}
		for _, w := range waiters {
			w.done <- nil
		}
		return
	}
	later := undecided(err)
	if later {
		c.waiters = append(waiters, c.waiters...)
	} else {
		c.lines.errorf("committing offsets: %v", err)
		for _, w := range waiters {
			w.done <- err
		}
	}
	if later || c.interval > 0 || slices.ContainsFunc(waiters, func(w *commitWaiter) bool { return w.keep }) {
		for key, next := range pending {
			mergeCommit(c.pending, key, next)
		}
		c.dropStaleLocked()
	}
}

// close has commits that no generation makes any more fail.
func (c *committer) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closing = true
}

// drop ends what still waits, after the last generation.
func (c *committer) drop() {
	c.mu.Lock()
	defer c.lines.unlock(&c.mu)
	for _, w := range c.waiters {
		w.done <- io.ErrClosedPipe
	}
	c.waiters = nil
	if len(c.pending) > 0 {
		c.lines.errorf("the reader is closed: the commits of %d partitions were not made", len(c.pending))
	}
}
