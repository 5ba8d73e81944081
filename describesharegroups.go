package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/sharegroupdescribe"
)

// DescribeShareGroupsRequest asks for share groups (KIP-932).
type DescribeShareGroupsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// GroupIDs are the groups to describe.
	GroupIDs []string

	// IncludeAuthorizedOperations asks for what the client may do with each group.
	IncludeAuthorizedOperations bool
}

// DescribeShareGroupsResponse describes share groups.
type DescribeShareGroupsResponse struct {
	// Throttle is how long a broker holds requests back because of a quota; the longest,
	// if several were asked.
	Throttle time.Duration

	// Groups are in the order of the request.
	Groups []DescribeShareGroupsResponseGroup
}

// DescribeShareGroupsResponseGroup describes a share group.
type DescribeShareGroupsResponseGroup struct {
	GroupID string

	// Error is for instance GroupIdNotFound, also for a group that is no share group,
	// or why the coordinator could not be asked.
	Error error

	// GroupState is one of Empty, Stable and Dead; empty if there is an Error.
	GroupState string

	// GroupEpoch is that of what the members have subscribed to, AssignmentEpoch that
	// of the assignment made of it.
	GroupEpoch      int
	AssignmentEpoch int

	// Assignor is who makes assignments, for instance simple.
	Assignor string

	Members []DescribeShareGroupsResponseMember

	// AuthorizedOperations is what the client may do with the group; nil if that was
	// not asked for.
	AuthorizedOperations []ACLOperationType
}

// DescribeShareGroupsResponseMember describes a member of a share group.
type DescribeShareGroupsResponseMember struct {
	MemberID    string
	Rack        string
	MemberEpoch int
	ClientID    string
	ClientHost  string

	// Topics are what the member has subscribed to.
	Topics []string

	// Assignment is what the member has, by topic. Members may share partitions.
	Assignment map[string][]int
}

// DescribeShareGroups tells the state and the members of share groups. Their
// coordinators are asked. If none answers, this is the error of the call.
//
// It needs Kafka 4.1 with share groups switched on, which Kafka 4.2 has by default.
func (c *Client) DescribeShareGroups(ctx context.Context, req *DescribeShareGroupsRequest) (*DescribeShareGroupsResponse, error) {
	res, err := call[*sharegroupdescribe.Response](ctx, c, "DescribeShareGroups", req.Addr, &sharegroupdescribe.Request{
		GroupIDs: req.GroupIDs, IncludeAuthorizedOperations: req.IncludeAuthorizedOperations,
	})
	if err != nil {
		return nil, err
	}
	return &DescribeShareGroupsResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Groups:   mapped(res.Groups, makeShareGroup),
	}, nil
}

func makeShareGroup(g *sharegroupdescribe.ResponseGroup) DescribeShareGroupsResponseGroup {
	return DescribeShareGroupsResponseGroup{
		GroupID:              g.GroupID,
		Error:                partError(g.ErrorCode, g.ErrorMessage, g.Err),
		GroupState:           g.GroupState,
		GroupEpoch:           int(g.GroupEpoch),
		AssignmentEpoch:      int(g.AssignmentEpoch),
		Assignor:             g.AssignorName,
		Members:              mapped(g.Members, makeShareGroupMember),
		AuthorizedOperations: aclOperations(g.AuthorizedOperations),
	}
}

func makeShareGroupMember(m *sharegroupdescribe.ResponseMember) DescribeShareGroupsResponseMember {
	return DescribeShareGroupsResponseMember{
		MemberID:    m.MemberID,
		Rack:        m.RackID,
		MemberEpoch: int(m.MemberEpoch),
		ClientID:    m.ClientID,
		ClientHost:  m.ClientHost,
		Topics:      m.SubscribedTopicNames,
		Assignment: intsByName(m.Assignment.TopicPartitions, func(t *sharegroupdescribe.ResponseTopicPartitions) (string, []int32) {
			return t.TopicName, t.Partitions
		}),
	}
}
