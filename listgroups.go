package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/segmentio/kafka-go/protocol/listgroups"
)

// ListGroupsRequest asks for the groups of a cluster.
type ListGroupsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr
}

// ListGroupsResponse lists groups.
type ListGroupsResponse struct {
	// Error tells which brokers did not list their groups, and why. The groups of
	// the others are there nevertheless. errors.Is finds the reasons.
	Error error

	// Groups are the groups of all brokers, in the order of the brokers' ids.
	Groups []ListGroupsResponseGroup
}

// ListGroupsResponseGroup is a group.
type ListGroupsResponseGroup struct {
	// GroupID is the id of the group.
	GroupID string

	// Coordinator is the id of the broker that coordinates it.
	Coordinator int

	// ProtocolType is "consumer" for consumers, "connect" for Kafka Connect, and
	// empty for a group that has only ever stored offsets.
	ProtocolType string
}

// ListGroups lists the groups of a cluster. It asks all brokers, since each knows
// only those that it coordinates, and fails if none could be asked.
func (c *Client) ListGroups(ctx context.Context, req *ListGroupsRequest) (*ListGroupsResponse, error) {
	res, err := call[*listgroups.Response](ctx, c, "ListGroups", req.Addr, &listgroups.Request{})
	if err != nil {
		return nil, err
	}
	return &ListGroupsResponse{
		Error: listGroupsError(res),
		Groups: mapped(res.Groups, func(g *listgroups.ResponseGroup) ListGroupsResponseGroup {
			return ListGroupsResponseGroup{g.GroupID, int(g.BrokerID), g.ProtocolType}
		}),
	}, nil
}

func listGroupsError(res *listgroups.Response) error {
	if len(res.BrokerErrors) == 0 {
		return errorOf(res.ErrorCode)
	}
	return errors.Join(mapped(res.BrokerErrors, func(e *listgroups.ResponseBrokerError) error {
		return fmt.Errorf("groups of broker %d: %w", e.BrokerID, partError(e.ErrorCode, "", e.Err))
	})...)
}
