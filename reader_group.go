package kafka

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// readerGroup is a Reader's part in its group: generation by generation, it has the
// intake read what is assigned, and commits.
type readerGroup struct {
	r       *Reader
	group   *ConsumerGroup
	commits *committer
	done    chan struct{} // closed at the end of run

	// These belong to one generation at a time.
	before *Generation
	owned  []partitionKey // what before had
}

// join makes the Reader a member of its group.
func (r *Reader) join() error {
	config := &r.config
	c, release, err := retainShared(config.Brokers, config.Dialer)
	if err != nil {
		return err
	}
	group, err := newConsumerGroup(config.group(), c, release)
	if err != nil {
		release()
		return err
	}
	in := newIntake(r.cluster, r.opt)
	r.group = &readerGroup{
		r:       r,
		group:   group,
		commits: newCommitter(config.CommitInterval, r.opt.loggers),
		done:    make(chan struct{}),
	}
	in.begun, in.renew = r.group.begun, r.group.commits.renew
	in.suspend() // until there is a generation
	r.in.Store(in)
	go r.group.run()
	return nil
}

// run serves one generation after the other, until the group is closed.
func (g *readerGroup) run() {
	defer close(g.done)
	for failures := 0; ; {
		gen, err := g.group.Next(context.Background())
		switch {
		case errors.Is(err, ErrGroupClosed):
			return
		case err != nil:
			failures++
			g.r.in.Load().groupFails(err, failures)
		default:
			failures = 0
			g.r.in.Load().groupWorks()
			g.serve(gen)
		}
	}
}

// serve has a generation read and committed for, until it ends.
func (g *readerGroup) serve(gen *Generation) {
	starts := g.starts(gen)
	var both sync.WaitGroup
	both.Add(2)
	revoked := make(chan struct{})
	gen.Start(func(ctx context.Context) {
		defer both.Done()
		g.commits.run(ctx, gen, revoked)
	})
	gen.Start(func(ctx context.Context) {
		defer both.Done()
		defer close(revoked)
		g.read(ctx, gen, starts)
	})
	both.Wait()
}

// read has the intake read what the generation is assigned, until it ends.
func (g *readerGroup) read(ctx context.Context, gen *Generation, starts map[partitionKey]intakeStart) {
	in := g.r.in.Load()
	in.assign(starts)
	config := &g.r.config
	if config.OnPartitionsAssigned != nil {
		config.OnPartitionsAssigned(g.partitions())
	}
	in.resume()
	<-ctx.Done()
	in.suspend()
	g.before = gen
	switch {
	case gen.lost():
		if config.OnPartitionsLost != nil {
			config.OnPartitionsLost(g.partitions())
		}
	case config.OnPartitionsRevoked != nil:
		config.OnPartitionsRevoked(g.partitions())
	}
}

// starts says where to begin with what a generation is assigned. What the Reader has
// had in the generation before, which can then have been nobody else's meanwhile, it
// keeps: in the program there are messages of it, and reading goes on after them. The
// commits of the generation can be made from then on.
func (g *readerGroup) starts(gen *Generation) map[partitionKey]intakeStart {
	kept := g.before != nil && !g.before.lost() && gen.ID == g.before.ID+1 && gen.MemberID == g.before.MemberID &&
		g.r.config.OnPartitionsRevoked == nil
	starts := make(map[partitionKey]intakeStart)
	g.owned = nil
	for topic, list := range gen.Assignments {
		for _, a := range list {
			key := partitionKey{topic, int32(a.ID)}
			g.owned = append(g.owned, key)
			starts[key] = intakeStart{offset: a.Offset}
		}
	}
	g.commits.begin(gen, kept, starts)
	return starts
}

// partitions returns what the generation has, topic => partitions.
func (g *readerGroup) partitions() map[string][]int {
	topics := make(map[string][]int)
	for _, key := range g.owned {
		topics[key.topic] = append(topics[key.topic], int(key.id))
	}
	for _, ids := range topics {
		slices.Sort(ids)
	}
	return topics
}

// begun commits where reading begins at the end of a partition without a commit:
// after a restart, what has come meanwhile would not be read otherwise.
func (g *readerGroup) begun(key partitionKey, ownership int32, wanted, offset int64) {
	if wanted == LastOffset {
		g.commits.started(key, ownership, offset)
	}
}

// close makes the last commits and leaves the group.
func (g *readerGroup) close() {
	g.commits.close()
	_ = g.group.Close() // returns nil
	<-g.done
	g.commits.drop()
}

// groupFails has the program learn of an error of the group that does not pass.
func (in *intake) groupFails(err error, failures int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.stats.errors++
	if failures >= in.opt.maxAttempts || !isTemporary(err) && codeOf(err) != 0 {
		in.queue.report(nil, err)
		in.announce()
	}
}

// groupWorks takes back the error of a group that works again.
func (in *intake) groupWorks() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.stats.rebalances++
	in.queue.withdraw(nil)
}
