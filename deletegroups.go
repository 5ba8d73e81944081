package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/deletegroups"
)

// DeleteGroupsRequest asks for groups to be deleted.
type DeleteGroupsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// GroupIDs are the groups. Each is deleted by its own coordinator.
	GroupIDs []string
}

// DeleteGroupsResponse tells which groups were deleted.
type DeleteGroupsResponse struct {
	// Throttle is how long a broker holds requests back because of a quota; the longest,
	// if several were asked.
	Throttle time.Duration

	// Errors has an entry for each group. It is nil for a group that was deleted,
	// NonEmptyGroup for one that has members, GroupIdNotFound for one that does not
	// exist, or says why the coordinator could not be asked.
	Errors map[string]error
}

// DeleteGroups deletes groups that have no members, with the offsets that they have
// stored. It fails if no coordinator could be asked. It needs Kafka 1.1.
func (c *Client) DeleteGroups(ctx context.Context, req *DeleteGroupsRequest) (*DeleteGroupsResponse, error) {
	res, err := call[*deletegroups.Response](ctx, c, "DeleteGroups", req.Addr, &deletegroups.Request{
		GroupIDs: req.GroupIDs,
	})
	if err != nil {
		return nil, err
	}
	deleted := &DeleteGroupsResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Errors:   make(map[string]error, len(res.Responses)),
	}
	for _, g := range res.Responses {
		deleted.Errors[g.GroupID] = partError(g.ErrorCode, g.ErrorMessage, g.Err)
	}
	return deleted, nil
}
