package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go/protocol/joingroup"
	"github.com/segmentio/kafka-go/protocol/syncgroup"
)

// leaveTimeout bounds how long Close, or an error, is held up by telling the
// coordinator that the member leaves.
const leaveTimeout = 3 * time.Second

// firstJoinGrace is for how long Close waits for the id of a member that is joining
// for the first time: without it the member could not leave, and the group would wait
// for it.
const firstJoinGrace = time.Second

// groupLoop takes a member from one generation to the next, until Close.
type groupLoop struct {
	*ConsumerGroup
	member   groupMember
	assigner groupAssigner
	reason   string    // why it joins (KIP-800)
	failing  time.Time // since when; zero after a success
	attempts int       // since then
	known    bool      // it has been in a generation
}

func newGroupLoop(cg *ConsumerGroup) *groupLoop {
	return &groupLoop{
		ConsumerGroup: cg,
		member:        groupMember{cluster: cg.cluster, config: &cg.config},
		assigner:      groupAssigner{loggers: cg.loggers, cluster: cg.cluster, config: &cg.config},
		reason:        "the member starts",
	}
}

// run is the goroutine of the group.
func (l *groupLoop) run() {
	defer close(l.done)
	defer l.release()
	for l.ctx.Err() == nil {
		g, err := l.begin()
		switch {
		case err == nil:
			l.serve(g)
		case l.ctx.Err() == nil:
			l.handle(err)
		}
	}
	l.leave("the member is closed")
	l.logf("group %q: closed", l.config.ID)
}

// begin makes the member part of a generation.
func (l *groupLoop) begin() (*Generation, error) {
	offers, err := l.assigner.offers()
	if err != nil {
		return nil, err
	}
	res, err := l.join(offers)
	if err != nil {
		return nil, err
	}
	assigned, basis, err := l.sync(res)
	if err != nil {
		return nil, err
	}
	synced := time.Now() // the session starts with the answer, which may have taken long
	g := newGeneration(l.ctx, l.member)
	h := &heartbeats{loggers: l.loggers, generation: g, last: synced, watch: newPartitionWatch(l.cluster, &l.config, basis)}
	h.start()
	if err := l.locate(g, assigned); err != nil && g.close(err, false) {
		<-g.beating
		return nil, err
	}
	return g, nil // which may have ended already
}

// join joins the group. A new member gets an id first and joins once more with it
// (KIP-394). Close does not wait, but for a moment for that id.
func (l *groupLoop) join(offers []joingroup.RequestProtocol) (*joingroup.Response, error) {
	if l.member.id != "" || l.config.GroupInstanceID != "" {
		return l.member.join(l.ctx, offers, l.reason)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := context.AfterFunc(l.ctx, func() { time.AfterFunc(firstJoinGrace, cancel) })
	defer stop()
	res, err := l.member.join(ctx, offers, l.reason)
	if errors.Is(err, MemberIDRequired) && l.member.id != "" {
		return l.member.join(l.ctx, offers, l.reason)
	}
	return res, err
}

// sync returns the partitions that the member gets and, if it is the leader, what it
// has made the assignments from.
func (l *groupLoop) sync(res *joingroup.Response) (map[string][]int, partitionSets, error) {
	var basis partitionSets
	var assignments []syncgroup.RequestAssignment
	if res.LeaderID == res.MemberID {
		var err error
		if assignments, basis, err = l.assigner.assign(l.ctx, &l.member, res); err != nil {
			return nil, nil, err
		}
	}
	l.assigner.before = basis
	b, err := l.member.sync(l.ctx, assignments)
	if err != nil {
		return nil, nil, err
	}
	assignment, err := decodeGroupAssignment(b)
	return assignment.partitions, basis, l.member.failed("reading the assignment", err)
}

// locate finds out where the member has to start to read.
func (l *groupLoop) locate(g *Generation, assigned map[string][]int) error {
	partitions := make(map[string][]int)
	for _, topic := range l.config.topics() {
		partitions[topic] = assigned[topic]
	}
	for topic := range assigned {
		if _, ok := partitions[topic]; !ok {
			l.errorf("group %q: the leader has assigned partitions of topic %q, which this member does not read", l.config.ID, topic)
		}
	}
	for attempt := 0; ; attempt++ {
		committed, err := g.member.offsets(g.ctx, partitions)
		switch {
		case err == nil:
			g.Assignments = g.member.assignments(partitions, committed)
			return nil
		case groupFaultOf(err) != faultPasses:
			return err
		case attempt == 0:
			l.errorf("trying again: %v", err)
		}
		if pause(g.ctx, groupPause(attempt)) != nil {
			return err
		}
	}
}

// serve offers the generation to the program, and returns when it is over.
func (l *groupLoop) serve(g *Generation) {
	l.failing, l.attempts, l.known = time.Time{}, 0, true
	if g.ctx.Err() == nil {
		l.joins.Add(1)
		l.logf("group %q: generation %d has begun, member %q reads %s", g.GroupID, g.ID, g.MemberID, describeAssignments(g.Assignments))
		select {
		case l.offers <- groupOffer{generation: g}:
		case <-g.ctx.Done():
		}
	}
	<-g.finished
	<-g.beating
	l.follow(g.cause())
}

func describeAssignments(assignments map[string][]PartitionAssignment) string {
	n := 0
	for _, list := range assignments {
		n += len(list)
	}
	return fmt.Sprintf("%d partitions of %d topics", n, len(assignments))
}

// follow does what the end of a generation asks for.
func (l *groupLoop) follow(cause error) {
	l.reason = cause.Error()
	switch {
	case errors.Is(cause, FencedInstanceID):
		l.fenced(cause)
	case errors.Is(cause, UnknownMemberId):
		l.member.id = ""
	case errors.Is(cause, errSessionExpired): // which has been long enough
		l.failing = time.Now().Add(-l.config.SessionTimeout)
	case errors.Is(cause, errPartitionsChanged) && l.assigner.before == nil:
		l.leave(l.reason) // for nothing else has the leader make assignments anew
	}
}

// handle does what there is to do about an error, and waits as long as it takes.
func (l *groupLoop) handle(err error) {
	const atOnce = 5 // times
	if errors.Is(err, FencedInstanceID) {
		l.fenced(err)
		return
	}
	if l.failing.IsZero() {
		l.failing = time.Now()
	}
	l.attempts++
	l.reason = err.Error()
	switch fault := groupFaultOf(err); {
	case fault == faultForget:
		l.member.id = ""
		fallthrough
	case fault == faultRejoin:
		l.logf("joining again: %v", err)
		if l.attempts > atOnce {
			_ = pause(l.ctx, groupPause(l.attempts-atOnce))
		}
	case fault == faultPasses && time.Since(l.failing) < l.patience():
		if l.attempts == 1 {
			l.errorf("trying again: %v", err)
		}
		_ = pause(l.ctx, groupPause(l.attempts-1))
	default:
		l.tell(err)
	}
}

// patience is for how long the program is not told of what may pass: not at all if
// there has never been an answer from any broker.
func (l *groupLoop) patience() time.Duration {
	switch {
	case l.known:
		return l.config.SessionTimeout
	case l.cluster.state.Load().loaded.IsZero():
		return 0
	}
	return l.config.Timeout
}

// tell has Next return an error. If nobody calls it, the member tries again all the
// same.
func (l *groupLoop) tell(err error) {
	l.errorf("%v", err)
	l.leave(err.Error())
	backoff := time.NewTimer(l.config.JoinGroupBackoff)
	defer backoff.Stop()
	select {
	case l.offers <- groupOffer{err: err}:
		_ = pause(l.ctx, l.config.JoinGroupBackoff)
	case <-backoff.C:
	case <-l.ctx.Done():
	}
}

// fenced has Next return the error for good: another member has the name of this one,
// and each would put the other out if both went on.
func (l *groupLoop) fenced(err error) {
	l.errorf("group %q: another member has taken the GroupInstanceID %q: %v", l.config.ID, l.config.GroupInstanceID, err)
	for {
		select {
		case l.offers <- groupOffer{err: err}:
		case <-l.ctx.Done():
			return
		}
	}
}

// leave takes a dynamic member out of the group. If the coordinator cannot be told,
// the member keeps its id, with which it may go on.
func (l *groupLoop) leave(reason string) {
	if l.member.id == "" || l.config.GroupInstanceID != "" {
		return
	}
	err := l.member.leave(context.Background(), min(leaveTimeout, l.config.Timeout), reason)
	var code Error
	switch {
	case err == nil || errors.Is(err, UnknownMemberId):
	case errors.As(err, &code):
		l.errorf("%v", err)
	default:
		l.errorf("%v", err)
		return
	}
	l.member.id = ""
}
