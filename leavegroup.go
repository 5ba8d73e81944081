package kafka

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/leavegroup"
)

// LeaveGroupRequest takes members out of a group.
type LeaveGroupRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// GroupID is the group.
	GroupID string

	// Members are those that leave. There has to be one; brokers before Kafka 2.4
	// take no more than one.
	Members []LeaveGroupRequestMember
}

// LeaveGroupRequestMember is a member that leaves.
type LeaveGroupRequestMember struct {
	// ID is that of the JoinGroupResponse. It may be empty if GroupInstanceID is
	// not.
	ID string

	// GroupInstanceID is the name of a static member (KIP-345, Kafka 2.3), empty
	// for others.
	GroupInstanceID string
}

// LeaveGroupResponse tells what became of the members.
type LeaveGroupResponse struct {
	// Error concerns the whole request. Brokers before Kafka 2.4 also have it for
	// what became of the member.
	Error error

	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Members are those of the request. Where the broker does not list them, they
	// are in the same order as there and share its Error.
	Members []LeaveGroupResponseMember
}

// LeaveGroupResponseMember is what became of a member.
type LeaveGroupResponseMember struct {
	// ID and GroupInstanceID are those of the request.
	ID              string
	GroupInstanceID string

	// Error is nil if the member has left, UnknownMemberId if the group did not
	// have it, FencedInstanceID if the ID is not that of the GroupInstanceID.
	Error error
}

var errNoLeavers = errors.New("LeaveGroupRequest.Members is empty: which member leaves?")

// LeaveGroup takes members out of a group at once, so that the others need not wait
// for their sessions to time out.
func (c *Client) LeaveGroup(ctx context.Context, req *LeaveGroupRequest) (*LeaveGroupResponse, error) {
	if len(req.Members) == 0 {
		return nil, clientError("LeaveGroup", errNoLeavers)
	}
	res, err := call[*leavegroup.Response](ctx, c, "LeaveGroup", req.Addr, &leavegroup.Request{
		GroupID: req.GroupID,
		Members: mapped(req.Members, func(m *LeaveGroupRequestMember) leavegroup.RequestMember {
			return leavegroup.RequestMember{MemberID: m.ID, GroupInstanceID: m.GroupInstanceID}
		}),
	})
	if err != nil {
		return nil, err
	}
	left := &LeaveGroupResponse{
		Error:    errorOf(res.ErrorCode),
		Throttle: throttleDuration(res.ThrottleTimeMS),
		Members: mapped(res.Members, func(m *leavegroup.ResponseMember) LeaveGroupResponseMember {
			return LeaveGroupResponseMember{m.MemberID, m.GroupInstanceID, errorOf(m.ErrorCode)}
		}),
	}
	if len(left.Members) == 0 {
		left.Members = mapped(req.Members, func(m *LeaveGroupRequestMember) LeaveGroupResponseMember {
			return LeaveGroupResponseMember{m.ID, m.GroupInstanceID, left.Error}
		})
	}
	return left, nil
}
