package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Generation is what a member of a consumer group has to do until the group changes
// the next time: the partitions to read. It stores offsets, and runs functions that
// end with it.
//
// The methods may be called concurrently.
type Generation struct {
	// ID is the number of the generation, as the coordinator of the group counts.
	ID int32

	// GroupID is the name of the group.
	GroupID string

	// MemberID is how the coordinator calls this member.
	MemberID string

	// Assignments are the partitions that this member has to read, by topic, and
	// the offsets to start from. Each topic of the configuration has an entry,
	// which may be empty. They belong to the program and do not change.
	Assignments map[string][]PartitionAssignment

	member  groupMember
	closing context.Context // of the group
	commits chan struct{}   // held by the commit under way
	ctx     context.Context
	end     context.CancelFunc // of ctx
	life    context.Context    // of heartbeats and commits: ends when the member is lost, or all has returned
	stop    context.CancelFunc // of life
	beating chan struct{}      // closed at the end of the heartbeats
	unbind  func() bool        // from closing

	mu       sync.Mutex
	reason   error // why it has ended; nil until then
	gone     bool  // the coordinator may have given the partitions to others
	running  int   // functions of Start
	finished chan struct{}
	over     bool // finished is closed
}

// PartitionAssignment is a partition that a member of a group has to read.
type PartitionAssignment struct {
	// ID is the number of the partition.
	ID int

	// Offset is the one to start from: what the group has committed, otherwise
	// ConsumerGroupConfig.StartOffset, that is FirstOffset or LastOffset.
	Offset int64
}

var errFunctionReturned = errors.New("a function that was launched by Generation.Start has returned")

// newGeneration is for what the coordinator has made the member part of. The
// assignments are still to be filled in. It ends with closing.
func newGeneration(closing context.Context, m groupMember) *Generation {
	g := &Generation{
		ID:       m.generation,
		GroupID:  m.config.ID,
		MemberID: m.id,
		member:   m,
		closing:  closing,
		commits:  make(chan struct{}, 1),
		beating:  make(chan struct{}),
		finished: make(chan struct{}),
	}
	g.ctx, g.end = context.WithCancel(context.Background())
	g.life, g.stop = context.WithCancel(context.Background())
	g.unbind = context.AfterFunc(closing, func() { g.close(ErrGroupClosed, false) })
	return g
}

// Start runs fn in a goroutine. When one of the functions that were started returns,
// the generation ends; when the generation ends, for whatever reason, the ctx of all
// functions is done, with the error ErrGenerationEnded. It has no deadline and no
// values.
//
// The functions have to return soon then, within RebalanceTimeout: the member joins
// the next generation only when all have returned. Until then they can still commit
// what they have done, unless the member has been lost to the group.
//
// On a generation that has ended fn is run as well, with a ctx that is done; once
// all other functions have returned nobody waits for it.
func (g *Generation) Start(fn func(ctx context.Context)) {
	ctx := generationContext{g}
	if !g.adopt() {
		go fn(ctx)
		return
	}
	go func() {
		defer g.returned()
		fn(ctx)
	}()
}

// adopt has the end of the generation wait for one more function, unless it has
// ended already.
func (g *Generation) adopt() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.over {
		g.running++
	}
	return !g.over
}

// returned ends the generation with the first function that returns, and says so
// when it was the last.
func (g *Generation) returned() {
	g.close(errFunctionReturned, false)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running--
	g.finishLocked()
}

// close ends the generation for a reason, the first of which counts. With gone, the
// partitions may belong to others already: then nothing can be committed any more.
// It returns whether anything has changed.
func (g *Generation) close(reason error, gone bool) (changed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.reason == nil {
		g.reason, changed = reason, true
	}
	if gone && !g.gone {
		g.gone, changed = true, true
		g.stop()
	}
	g.end()
	g.finishLocked()
	return changed
}

func (g *Generation) finishLocked() {
	if g.running == 0 && g.reason != nil && !g.over {
		g.over = true
		g.unbind()
		g.stop()
		close(g.finished)
	}
}

// lost tells, once the generation has ended, whether its partitions may belong to
// others already, so that there is no use in committing.
func (g *Generation) lost() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.gone
}

// cause returns why the generation has ended, nil if it has not. errors.Is finds the
// code that the coordinator sent, ErrGroupClosed after Close.
func (g *Generation) cause() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.reason
}

// ended returns the error for what needs a generation that can still commit; nil if
// this one can.
func (g *Generation) ended() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.over && !g.gone {
		return nil
	}
	return fmt.Errorf("%w: generation %d of group %q: %w", ErrGenerationEnded, g.ID, g.GroupID, g.reason)
}

// generationContext is what functions of Start get.
type generationContext struct{ g *Generation }

// Deadline returns none.
func (c generationContext) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done is closed when the generation has ended.
func (c generationContext) Done() <-chan struct{} { return c.g.ctx.Done() }

// Err returns ErrGenerationEnded when the generation has ended.
func (c generationContext) Err() error {
	if c.g.ctx.Err() != nil {
		return ErrGenerationEnded
	}
	return nil
}

// Value returns nil: there are none.
func (c generationContext) Value(any) any { return nil }

// AfterFunc lets package context watch the generation without a goroutine for each
// context derived.
func (c generationContext) AfterFunc(f func()) (stop func() bool) {
	return context.AfterFunc(c.g.ctx, f)
}
