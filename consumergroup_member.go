package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/heartbeat"
	"github.com/segmentio/kafka-go/protocol/joingroup"
	"github.com/segmentio/kafka-go/protocol/leavegroup"
	"github.com/segmentio/kafka-go/protocol/syncgroup"
)

// groupMember is a member of a group as its coordinator knows it, and what it can
// ask that for. What a generation has is a copy, whose identity does not change.
type groupMember struct {
	cluster *cluster
	config  *ConsumerGroupConfig

	id         string // given by the coordinator; empty until then
	generation int32
	balancer   string // the one that the group has agreed upon
}

// groupProtocolType is what consumers say to coordinators, which have other kinds
// of groups too.
const groupProtocolType = "consumer"

// reasonLength is how much of a reason (KIP-800) is sent, as Java's clients do.
const reasonLength = 255

func groupReason(text string) string { return text[:min(len(text), reasonLength)] }

// groupError is why a member failed at something.
type groupError struct {
	op          string
	group       string
	member      string // empty if it had no id yet
	coordinator string // empty if not known
	err         error
}

// Error says who failed at what, where, and why.
func (e *groupError) Error() string {
	member, coordinator := "", ""
	if e.member != "" {
		member = fmt.Sprintf(" as member %q", e.member)
	}
	if e.coordinator != "" {
		coordinator = " (coordinator: " + e.coordinator + ")"
	}
	return fmt.Sprintf("kafka: group %q: %s%s%s: %v", e.group, e.op, member, coordinator, e.err)
}

// Unwrap returns the cause.
func (e *groupError) Unwrap() error { return e.err }

// failed adds who failed at what to an error; nil stays nil.
func (m *groupMember) failed(op string, err error) error {
	if err == nil {
		return nil
	}
	e := &groupError{op: op, group: m.config.ID, member: m.id, err: err}
	var request *protocol.RequestError
	if !errors.As(err, &request) { // which names the broker
		e.coordinator = m.cluster.coordinatorName(coordinatorKey{groupCoordinator, m.config.ID})
	}
	return e
}

// askCoordinator sends a request to the coordinator of the group, whichever broker
// that is now.
func askCoordinator[Res Response](ctx context.Context, m *groupMember, op string, timeout time.Duration, req Request) (res Res, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answer, err := m.cluster.roundTrip(ctx, req)
	if err != nil {
		return res, m.failed(op, err)
	}
	return answer.(Res), nil
}

// join asks the coordinator to take the member into the next generation, for which
// it may wait until all others have joined. MemberIDRequired says that the member
// has got an id to join with.
func (m *groupMember) join(ctx context.Context, offers []joingroup.RequestProtocol, reason string) (*joingroup.Response, error) {
	const op = "joining"
	res, err := askCoordinator[*joingroup.Response](ctx, m, op, m.config.RebalanceTimeout+m.config.Timeout, &joingroup.Request{
		GroupID:            m.config.ID,
		SessionTimeoutMS:   milliseconds(m.config.SessionTimeout),
		RebalanceTimeoutMS: milliseconds(m.config.RebalanceTimeout),
		MemberID:           m.id,
		GroupInstanceID:    m.config.GroupInstanceID,
		ProtocolType:       groupProtocolType,
		Protocols:          offers,
		Reason:             groupReason(reason),
	})
	switch {
	case err != nil:
		return nil, err
	case res.ErrorCode == 0:
		m.id, m.generation, m.balancer = res.MemberID, res.GenerationID, res.ProtocolName
		return res, nil
	case Error(res.ErrorCode) == MemberIDRequired && m.id == "":
		m.id = res.MemberID
	}
	return nil, m.failed(op, Error(res.ErrorCode))
}

// sync gives the coordinator the assignments of all members, which only the leader
// has, and returns that of this one, once the leader has given them.
func (m *groupMember) sync(ctx context.Context, assignments []syncgroup.RequestAssignment) ([]byte, error) {
	const op = "getting the assignment"
	timeout := max(m.config.SessionTimeout, m.config.RebalanceTimeout) + m.config.Timeout
	res, err := askCoordinator[*syncgroup.Response](ctx, m, op, timeout, &syncgroup.Request{
		GroupID:         m.config.ID,
		GenerationID:    m.generation,
		MemberID:        m.id,
		GroupInstanceID: m.config.GroupInstanceID,
		ProtocolType:    groupProtocolType,
		ProtocolName:    m.balancer,
		Assignments:     assignments,
	})
	if err != nil {
		return nil, err
	}
	return res.Assignments, m.failed(op, errorOf(res.ErrorCode))
}

// heartbeat tells the coordinator that the member is alive. The error is how it
// learns of a rebalance.
func (m *groupMember) heartbeat(ctx context.Context, timeout time.Duration) error {
	const op = "sending a heartbeat"
	res, err := askCoordinator[*heartbeat.Response](ctx, m, op, timeout, &heartbeat.Request{
		GroupID:         m.config.ID,
		GenerationID:    m.generation,
		MemberID:        m.id,
		GroupInstanceID: m.config.GroupInstanceID,
	})
	if err != nil {
		return err
	}
	return m.failed(op, errorOf(res.ErrorCode))
}

// leave has the coordinator give the partitions of the member to others at once.
func (m *groupMember) leave(ctx context.Context, timeout time.Duration, reason string) error {
	const op = "leaving"
	res, err := askCoordinator[*leavegroup.Response](ctx, m, op, timeout, &leavegroup.Request{
		GroupID: m.config.ID,
		Members: []leavegroup.RequestMember{{MemberID: m.id, Reason: groupReason(reason)}},
	})
	if err != nil {
		return err
	}
	code := res.ErrorCode
	for i := 0; code == 0 && i < len(res.Members); i++ {
		code = res.Members[i].ErrorCode
	}
	return m.failed(op, errorOf(code))
}
