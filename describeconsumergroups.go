package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/consumergroupdescribe"
)

// DescribeConsumerGroupsRequest asks for groups of the consumer protocol, which
// brokers make the assignments of (KIP-848). For other groups see DescribeGroups.
type DescribeConsumerGroupsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// GroupIDs are the groups to describe.
	GroupIDs []string

	// IncludeAuthorizedOperations asks for what the client may do with each group.
	IncludeAuthorizedOperations bool
}

// DescribeConsumerGroupsResponse describes groups.
type DescribeConsumerGroupsResponse struct {
	// Throttle is how long a broker holds requests back because of a quota; the longest,
	// if several were asked.
	Throttle time.Duration

	// Groups are in the order of the request.
	Groups []DescribeConsumerGroupsResponseGroup
}

// DescribeConsumerGroupsResponseGroup describes a group.
type DescribeConsumerGroupsResponseGroup struct {
	GroupID string

	// Error is for instance GroupIdNotFound, also for a group of another protocol, or
	// why the coordinator could not be asked.
	Error error

	// GroupState is one of Empty, Assigning, Reconciling, Stable and Dead; empty if
	// there is an Error.
	GroupState string

	// GroupEpoch is that of what the members have subscribed to, AssignmentEpoch that
	// of the assignment made of it.
	GroupEpoch      int
	AssignmentEpoch int

	// Assignor is who makes assignments, for instance uniform.
	Assignor string

	Members []DescribeConsumerGroupsResponseMember

	// AuthorizedOperations is what the client may do with the group; nil if that was
	// not asked for.
	AuthorizedOperations []ACLOperationType
}

// DescribeConsumerGroupsResponseMember describes a member of a group.
type DescribeConsumerGroupsResponseMember struct {
	MemberID string

	// GroupInstanceID is the name of a static member, empty for others.
	GroupInstanceID string

	Rack        string
	MemberEpoch int
	ClientID    string
	ClientHost  string

	// Topics and TopicPattern are what the member has subscribed to; a pattern is a
	// regular expression of RE2's syntax.
	Topics       []string
	TopicPattern string

	// Assignment is what the member has, by topic; TargetAssignment what it is to
	// have.
	Assignment       map[string][]int
	TargetAssignment map[string][]int

	// Classic is set for a member that has joined by the classic protocol. Brokers
	// before Kafka 4.0 do not tell (KIP-1099).
	Classic bool
}

// DescribeConsumerGroups tells the state and the members of groups of the consumer
// protocol. Their coordinators are asked. If none answers, this is the error of the
// call.
//
// It needs Kafka 4.0, or 3.7 with the protocol switched on.
func (c *Client) DescribeConsumerGroups(ctx context.Context, req *DescribeConsumerGroupsRequest) (*DescribeConsumerGroupsResponse, error) {
	res, err := call[*consumergroupdescribe.Response](ctx, c, "DescribeConsumerGroups", req.Addr, &consumergroupdescribe.Request{
		GroupIDs: req.GroupIDs, IncludeAuthorizedOperations: req.IncludeAuthorizedOperations,
	})
	if err != nil {
		return nil, err
	}
	return &DescribeConsumerGroupsResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Groups:   mapped(res.Groups, makeConsumerGroup),
	}, nil
}

func makeConsumerGroup(g *consumergroupdescribe.ResponseGroup) DescribeConsumerGroupsResponseGroup {
	return DescribeConsumerGroupsResponseGroup{
		GroupID:              g.GroupID,
		Error:                partError(g.ErrorCode, g.ErrorMessage, g.Err),
		GroupState:           g.GroupState,
		GroupEpoch:           int(g.GroupEpoch),
		AssignmentEpoch:      int(g.AssignmentEpoch),
		Assignor:             g.AssignorName,
		Members:              mapped(g.Members, makeConsumerGroupMember),
		AuthorizedOperations: aclOperations(g.AuthorizedOperations),
	}
}

func makeConsumerGroupMember(m *consumergroupdescribe.ResponseMember) DescribeConsumerGroupsResponseMember {
	return DescribeConsumerGroupsResponseMember{
		MemberID:         m.MemberID,
		GroupInstanceID:  m.InstanceID,
		Rack:             m.RackID,
		MemberEpoch:      int(m.MemberEpoch),
		ClientID:         m.ClientID,
		ClientHost:       m.ClientHost,
		Topics:           m.SubscribedTopicNames,
		TopicPattern:     m.SubscribedTopicRegex,
		Assignment:       makeConsumerGroupAssignment(&m.Assignment),
		TargetAssignment: makeConsumerGroupAssignment(&m.TargetAssignment),
		Classic:          m.MemberType == consumergroupdescribe.MemberTypeClassic,
	}
}

func makeConsumerGroupAssignment(a *consumergroupdescribe.ResponseAssignment) map[string][]int {
	return intsByName(a.TopicPartitions, func(t *consumergroupdescribe.ResponseTopicPartitions) (string, []int32) {
		return t.TopicName, t.Partitions
	})
}
