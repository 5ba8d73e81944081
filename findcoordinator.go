package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/findcoordinator"
)

// CoordinatorKeyType says what a coordinator is asked for.
type CoordinatorKeyType int8

const (
	// CoordinatorKeyTypeConsumer is for the coordinator of a consumer group.
	CoordinatorKeyTypeConsumer CoordinatorKeyType = 0

	// CoordinatorKeyTypeTransaction is for the coordinator of a transactional
	// producer. It needs Kafka 0.11.
	CoordinatorKeyTypeTransaction CoordinatorKeyType = 1
)

// FindCoordinatorRequest asks for a coordinator.
type FindCoordinatorRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Key is the id of a group or a transactional id, as KeyType says.
	Key string

	// KeyType is CoordinatorKeyTypeConsumer by default.
	KeyType CoordinatorKeyType
}

// FindCoordinatorResponseCoordinator is the broker that is a coordinator.
type FindCoordinatorResponseCoordinator struct {
	// NodeID is the id of the broker.
	NodeID int

	// Host and Port are where the broker is to be reached, as it says itself.
	Host string
	Port int
}

// FindCoordinatorResponse tells a coordinator.
type FindCoordinatorResponse struct {
	// Coordinator is never nil. With an Error, its NodeID and Port are -1.
	Coordinator *FindCoordinatorResponseCoordinator

	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Error is, for instance, GroupCoordinatorNotAvailable while the cluster is
	// choosing a coordinator, or GroupAuthorizationFailed.
	Error error
}

// FindCoordinator finds the broker that coordinates a group or the transactions of
// a producer. The other methods of Client find it by themselves.
func (c *Client) FindCoordinator(ctx context.Context, req *FindCoordinatorRequest) (*FindCoordinatorResponse, error) {
	res, err := call[*findcoordinator.Response](ctx, c, "FindCoordinator", req.Addr, &findcoordinator.Request{
		Key:     req.Key,
		KeyType: int8(req.KeyType),
	})
	if err != nil {
		return nil, err
	}
	return &FindCoordinatorResponse{
		Coordinator: &FindCoordinatorResponseCoordinator{int(res.NodeID), res.Host, int(res.Port)},
		Throttle:    throttleDuration(res.ThrottleTimeMs),
		Error:       brokerError(res.ErrorCode, res.ErrorMessage),
	}, nil
}
