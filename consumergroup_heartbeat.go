package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// heartbeats keep a member in its generation. They go on after that has ended until
// the functions of Generation.Start have returned: up to then the coordinator takes
// their commits.
type heartbeats struct {
	loggers
	generation *Generation
	watch      *partitionWatch
	last       time.Time // when the last one that was answered well was sent
	failures   int       // since then
}

// start begins the heartbeats of a generation, whose last sign of life was at last.
// They belong to the group, whose loop waits for their end.
func (h *heartbeats) start() {
	go func() {
		defer close(h.generation.beating)
		h.run()
	}()
}

// run sends heartbeats and looks for new partitions until there is nobody left who
// needs them.
func (h *heartbeats) run() {
	g := h.generation
	beat := time.NewTimer(g.member.config.heartbeatInterval())
	defer beat.Stop()
	look := time.NewTicker(g.member.config.PartitionWatchInterval)
	defer look.Stop()
	for {
		changed := g.member.cluster.changed()
		h.compare(false)
		select {
		case <-g.life.Done():
			return
		case <-beat.C:
			beat.Reset(h.beat(g.life))
		case <-look.C:
			h.compare(true)
		case <-changed:
		}
	}
}

// compare ends the generation if its topics have other partitions than it was made
// for. With tick it is time for the look that ConsumerGroupConfig asks for.
func (h *heartbeats) compare(tick bool) {
	g := h.generation
	if g.ctx.Err() != nil {
		return
	}
	if change := h.watch.look(tick); change != nil && g.close(change, false) {
		h.logf("group %q: generation %d ends: %v", g.GroupID, g.ID, change)
	}
}

// beat sends a heartbeat and returns the time until the next one.
func (h *heartbeats) beat(ctx context.Context) time.Duration {
	m := &h.generation.member
	session, interval := m.config.SessionTimeout, m.config.heartbeatInterval()
	sent := time.Now()
	silence := sent.Sub(h.last)
	if silence >= session {
		h.expired(silence, nil)
		return interval
	}
	err := m.heartbeat(ctx, min(m.config.Timeout, session-silence))
	switch fault := groupFaultOf(err); {
	case ctx.Err() != nil: // nobody needs it any more
	case err == nil:
		h.alive(sent)
	case errors.Is(err, RebalanceInProgress): // which is an answer to a member that is known
		h.alive(sent)
		h.ended(err, false)
	case fault == faultPasses:
		return h.unanswered(err)
	case fault != faultTold || errors.Is(err, FencedInstanceID):
		h.ended(err, true)
	default:
		h.ended(err, false)
	}
	return max(interval-time.Since(sent), 0) // at once, after the process was frozen
}

// alive takes note of an answer to the heartbeat sent at the time given.
func (h *heartbeats) alive(sent time.Time) {
	if h.failures > 0 {
		h.logf("group %q: heartbeats are answered again, after %v", h.generation.GroupID, time.Since(h.last).Round(time.Millisecond))
	}
	h.last, h.failures = sent, 0
}

// ended is for what the coordinator said against a heartbeat.
func (h *heartbeats) ended(err error, gone bool) {
	g := h.generation
	if !g.close(err, gone) {
		return
	}
	if gone || groupFaultOf(err) == faultTold {
		h.errorf("group %q: generation %d ends: %v", g.GroupID, g.ID, err)
		return
	}
	h.logf("group %q: generation %d ends: the group rebalances", g.GroupID, g.ID)
}

// unanswered is for a heartbeat that has not reached the coordinator, or one that
// moves. The generation goes on while the coordinator can still think that the member
// is alive.
func (h *heartbeats) unanswered(err error) time.Duration {
	g := h.generation
	session := g.member.config.SessionTimeout
	left := session - time.Since(h.last)
	if left <= 0 {
		h.expired(session-left, err)
		return groupPauseMax
	}
	if h.failures == 0 {
		h.errorf("group %q: no answer to heartbeats, generation %d has %v left: %v", g.GroupID, g.ID, left.Round(time.Millisecond), err)
	}
	h.failures++
	return min(groupPause(h.failures-1), left)
}

// expired is for a session that has timed out. Without an error, no heartbeat was
// tried for so long: the process was frozen.
func (h *heartbeats) expired(silence time.Duration, err error) {
	g := h.generation
	reason := fmt.Errorf("no heartbeat in %v, with SessionTimeout %v: %w", silence.Round(time.Millisecond), g.member.config.SessionTimeout, errSessionExpired)
	if err != nil {
		reason = fmt.Errorf("%w: %w", reason, err)
	} else if h.failures == 0 {
		reason = fmt.Errorf("%w: this process was frozen, or had no processor", reason)
	}
	if g.close(reason, true) {
		h.errorf("group %q: generation %d ends, others may have its partitions: %v", g.GroupID, g.ID, reason)
	}
}

var errSessionExpired = errors.New("the session of the member has timed out")
