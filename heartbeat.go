package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/heartbeat"
)

// HeartbeatRequest tells the coordinator of a group that a member is alive.
type HeartbeatRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// GroupID is the group.
	GroupID string

	// GenerationID is that of the JoinGroupResponse.
	GenerationID int32

	// MemberID is that of the JoinGroupResponse.
	MemberID string

	// GroupInstanceID is the name of a static member (KIP-345, Kafka 2.3), empty
	// for others.
	GroupInstanceID string
}

// HeartbeatResponse tells whether the member still belongs to its generation.
type HeartbeatResponse struct {
	// Error is nil if it does, RebalanceInProgress if it has to join again,
	// IllegalGeneration or UnknownMemberId if the group has gone on without it,
	// FencedInstanceID if another process has its GroupInstanceID, and what else
	// the broker has against the request.
	Error error

	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration
}

// Heartbeat tells the coordinator of a group that a member is alive. A member that
// does not do so within its session timeout is taken out of the group.
func (c *Client) Heartbeat(ctx context.Context, req *HeartbeatRequest) (*HeartbeatResponse, error) {
	res, err := call[*heartbeat.Response](ctx, c, "Heartbeat", req.Addr, &heartbeat.Request{
		GroupID:         req.GroupID,
		GenerationID:    req.GenerationID,
		MemberID:        req.MemberID,
		GroupInstanceID: req.GroupInstanceID,
	})
	if err != nil {
		return nil, err
	}
	return &HeartbeatResponse{
		Error:    errorOf(res.ErrorCode),
		Throttle: throttleDuration(res.ThrottleTimeMs),
	}, nil
}
