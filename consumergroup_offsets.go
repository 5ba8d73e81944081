package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/offsetcommit"
	"github.com/segmentio/kafka-go/protocol/offsetfetch"
)

// committedOffsets are what a group has committed, topic => partition => offset,
// without partitions for which there is nothing.
type committedOffsets map[string]map[int]int64

// offsets reads what the group has committed for partitions. Offsets that an open
// transaction is about to change are an error, UnstableOffsetCommit, where brokers
// know of that (2.5).
func (m *groupMember) offsets(ctx context.Context, partitions map[string][]int) (committedOffsets, error) {
	const op = "reading the committed offsets"
	req := &offsetfetch.Request{GroupID: m.config.ID, RequireStable: true}
	for _, topic := range slices.Sorted(maps.Keys(partitions)) {
		t := offsetfetch.RequestTopic{Name: topic}
		for _, id := range partitions[topic] {
			t.PartitionIndexes = append(t.PartitionIndexes, int32(id))
		}
		if len(t.PartitionIndexes) > 0 {
			req.Topics = append(req.Topics, t)
		}
	}
	if len(req.Topics) == 0 {
		return nil, nil
	}
	res, err := askCoordinator[*offsetfetch.Response](ctx, m, op, m.config.Timeout, req)
	var version *protocol.VersionError
	if errors.As(err, &version) {
		req.RequireStable = false
		res, err = askCoordinator[*offsetfetch.Response](ctx, m, op, m.config.Timeout, req)
	}
	if err != nil {
		return nil, err
	}
	committed, err := readOffsets(res)
	return committed, m.failed(op, err)
}

func readOffsets(res *offsetfetch.Response) (committedOffsets, error) {
	if res.ErrorCode != 0 {
		return nil, Error(res.ErrorCode)
	}
	committed := make(committedOffsets, len(res.Topics))
	for _, t := range res.Topics {
		offsets := make(map[int]int64, len(t.Partitions))
		for _, p := range t.Partitions {
			code := Error(p.ErrorCode)
			if code != 0 && code != UnknownTopicOrPartition { // which has been deleted meanwhile
				return nil, protocol.NewTopicPartitionError(t.Name, p.PartitionIndex, code)
			}
			if code == 0 && p.CommittedOffset != -1 {
				offsets[int(p.PartitionIndex)] = p.CommittedOffset
			}
		}
		committed[t.Name] = offsets
	}
	return committed, nil
}

// assignments are the partitions of the member with the offsets to start from. Each
// topic of the configuration has an entry.
func (m *groupMember) assignments(partitions map[string][]int, committed committedOffsets) map[string][]PartitionAssignment {
	assignments := make(map[string][]PartitionAssignment, len(partitions))
	for _, topic := range m.config.topics() {
		list := make([]PartitionAssignment, 0, len(partitions[topic]))
		for _, id := range partitions[topic] {
			offset, ok := committed[topic][id]
			if !ok {
				offset = m.config.StartOffset
			}
			list = append(list, PartitionAssignment{ID: id, Offset: offset})
		}
		assignments[topic] = list
	}
	return assignments
}

// CommitOffsets stores offsets of the group, topic => partition => offset: those of
// the next messages to read, exactly as they are given. It can be used to set a group
// back.
//
// What may pass, such as a move of the coordinator, is waited for, at most for
// SessionTimeout, or for ConsumerGroupConfig.Timeout after Close. Commits of a
// generation are sent one after the other.
//
// A generation that has ended can commit as long as functions of Start have not
// returned, unless the member was lost to the group. Then the error is
// ErrGenerationEnded, as errors.Is finds, and nothing has been stored. Where the
// broker declines a partition, its kafka.Error and a *protocol.TopicPartitionError are
// found; the other partitions are stored. An empty map does nothing.
func (g *Generation) CommitOffsets(offsets map[string]map[int]int64) error {
	return g.commit(context.Background(), offsets)
}

// commit is CommitOffsets bounded by ctx as well.
func (g *Generation) commit(ctx context.Context, offsets map[string]map[int]int64) error {
	topics, err := commitTopics(offsets)
	if err != nil || len(topics) == 0 {
		return g.member.failed(opCommit, err)
	}
	bounded, cancel := g.commitBound(ctx)
	defer cancel()
	select {
	case g.commits <- struct{}{}:
		defer func() { <-g.commits }()
	case <-bounded.Done():
		return g.interrupted(ctx, errCommitWaits)
	}
	if err := g.ended(); err != nil {
		return err
	}
	start := time.Now()
	var declined error
	for attempt := 0; ; attempt++ {
		outcome := g.member.commit(bounded, topics, time.Since(start) < unknownTopicPatience)
		if err := outcome.ended; err != nil {
			g.close(err, !errors.Is(err, RebalanceInProgress))
			return fmt.Errorf("%w: %w", ErrGenerationEnded, err)
		}
		if declined == nil {
			declined = outcome.declined
		}
		if len(outcome.left) == 0 {
			return declined
		}
		if pause(bounded, groupPause(attempt)) != nil {
			return g.interrupted(ctx, outcome.why)
		}
		topics = outcome.left
	}
}

const opCommit = "committing offsets"

// unknownTopicPatience is for how long a commit is tried again because of a topic
// that the coordinator does not know: it may just have started.
const unknownTopicPatience = 2 * time.Second

var errCommitWaits = errors.New("a commit before it is still under way")

// commitBound returns a ctx that ends when a commit is to be given up.
func (g *Generation) commitBound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, g.member.config.SessionTimeout)
	unlife := context.AfterFunc(g.life, cancel)
	unclose := context.AfterFunc(g.closing, func() { time.AfterFunc(g.member.config.Timeout, cancel) })
	return ctx, func() {
		unlife()
		unclose()
		cancel()
	}
}

// interrupted is the error of a commit that was given up; why is that of the last
// attempt.
func (g *Generation) interrupted(ctx context.Context, why error) error {
	if err := g.ended(); err != nil {
		return err
	}
	switch err := ctx.Err(); {
	case err != nil && !errors.Is(why, err):
		why = fmt.Errorf("%w; the last attempt failed: %w", err, why)
	case err == nil && errors.Is(why, context.Canceled):
		err = fmt.Errorf("%w, %v after Close: %v", context.DeadlineExceeded, g.member.config.Timeout, why) //nolint:errorlint // Canceled would be the program's doing
		return g.member.failed(opCommit, err)
	}
	var e *groupError
	if errors.As(why, &e) {
		return why
	}
	return g.member.failed(opCommit, why)
}

// commitTopics is the part of a request that offsets make.
func commitTopics(offsets map[string]map[int]int64) ([]offsetcommit.RequestTopic, error) {
	topics := make([]offsetcommit.RequestTopic, 0, len(offsets))
	for _, name := range slices.Sorted(maps.Keys(offsets)) {
		t := offsetcommit.RequestTopic{Name: name}
		for _, id := range slices.Sorted(maps.Keys(offsets[name])) {
			if id < 0 || int64(id) > math.MaxInt32 {
				return nil, fmt.Errorf("topic %q has no partition %d: %w", name, id, UnknownTopicOrPartition)
			}
			t.Partitions = append(t.Partitions, offsetcommit.RequestPartition{PartitionIndex: int32(id), CommittedOffset: offsets[name][id]})
		}
		if len(t.Partitions) > 0 {
			topics = append(topics, t)
		}
	}
	return topics, nil
}

// commitOutcome is what became of an attempt to commit.
type commitOutcome struct {
	ended    error // the coordinator knows the member in this generation no more
	declined error // of the first partition that is declined for good
	left     []offsetcommit.RequestTopic
	why      error // of the first partition in left, which are to be tried again
}

// commit makes one attempt. With patience, a topic that the coordinator does not know
// is to be tried again.
func (m *groupMember) commit(ctx context.Context, topics []offsetcommit.RequestTopic, patience bool) (o commitOutcome) {
	req := &offsetcommit.Request{
		GroupID:         m.config.ID,
		GenerationID:    m.generation,
		MemberID:        m.id,
		GroupInstanceID: m.config.GroupInstanceID,
		Topics:          topics,
	}
	if m.config.RetentionTime > 0 && m.config.GroupInstanceID == "" {
		req.RetentionTimeMs = m.config.RetentionTime.Milliseconds()
	}
	res, err := askCoordinator[*offsetcommit.Response](ctx, m, opCommit, m.config.Timeout, req)
	if err != nil {
		if groupFaultOf(err) == faultPasses {
			return commitOutcome{left: topics, why: err}
		}
		return commitOutcome{declined: err}
	}
	codes := make(map[string]map[int32]Error, len(res.Topics))
	for _, t := range res.Topics {
		codes[t.Name] = make(map[int32]Error, len(t.Partitions))
		for _, p := range t.Partitions {
			codes[t.Name][p.PartitionIndex] = Error(p.ErrorCode)
		}
	}
	for _, t := range topics {
		left := offsetcommit.RequestTopic{Name: t.Name}
		for _, p := range t.Partitions {
			code := codes[t.Name][p.PartitionIndex]
			if code != 0 && o.add(m, t.Name, p.PartitionIndex, code, patience) {
				left.Partitions = append(left.Partitions, p)
			}
		}
		if len(left.Partitions) > 0 {
			o.left = append(o.left, left)
		}
	}
	return o
}

// add takes note of the code for a partition. It returns whether to try again.
func (o *commitOutcome) add(m *groupMember, topic string, partition int32, code Error, patience bool) (again bool) {
	err := m.failed(opCommit, protocol.NewTopicPartitionError(topic, partition, code))
	fault := groupFaults[code]
	switch {
	case fault == faultRejoin || fault == faultForget || code == FencedInstanceID:
		o.ended = err
	case fault == faultPasses || code == UnknownTopicOrPartition && patience:
		if o.why == nil {
			o.why = err
		}
		return true
	case o.declined == nil:
		o.declined = err
	}
	return false
}
