package kafka

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/describegroups"
)

// DescribeGroupsRequest asks about groups.
type DescribeGroupsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// GroupIDs are the groups. Each is asked for at its own coordinator.
	GroupIDs []string
}

// DescribeGroupsResponse describes groups.
type DescribeGroupsResponse struct {
	// Groups are in the order of the request.
	Groups []DescribeGroupsResponseGroup

	// Throttle is how long a broker holds requests back because of a quota; the longest,
	// if several were asked.
	Throttle time.Duration
}

// DescribeGroupsResponseGroup describes a group.
type DescribeGroupsResponseGroup struct {
	// Error is what the coordinator has against the question, why it could not be
	// asked, or that the metadata of a member cannot be decoded. A group that does
	// not exist is GroupIdNotFound since Kafka 4.0, and in the state "Dead" before.
	Error error

	// GroupID is the id of the group.
	GroupID string

	// GroupState is one of "PreparingRebalance", "CompletingRebalance", "Stable",
	// "Empty" and "Dead".
	GroupState string

	// Members are nil if there is an Error.
	Members []DescribeGroupsResponseMember
}

// DescribeGroupsResponseMember describes a member of a group.
type DescribeGroupsResponseMember struct {
	// MemberID is the member's id.
	MemberID string

	// ClientID and ClientHost are what the member's client calls itself, and where
	// it connects from.
	ClientID   string
	ClientHost string

	// MemberMetadata is what the member has told when it joined. It is zero while
	// the group is not stable, and if the group is not one of consumers.
	MemberMetadata DescribeGroupsResponseMemberMetadata

	// MemberAssignments are what the leader has told the member to read. It is zero
	// in the same cases.
	MemberAssignments DescribeGroupsResponseAssignments
}

// DescribeGroupsResponseMemberMetadata is what a member has told when it joined.
type DescribeGroupsResponseMemberMetadata struct {
	// Version is the version of the layout that the member has used.
	Version int

	// Topics are those that the member wants to read.
	Topics []string

	// UserData is for the GroupBalancer, nil for none.
	UserData []byte

	// OwnedPartitions are what the member had, sorted by topic.
	OwnedPartitions []DescribeGroupsResponseMemberMetadataOwnedPartition
}

// DescribeGroupsResponseMemberMetadataOwnedPartition is what a member had of a
// topic.
type DescribeGroupsResponseMemberMetadataOwnedPartition struct {
	// Topic is the topic.
	Topic string

	// Partitions are sorted.
	Partitions []int
}

// GroupMemberTopic is what a member is to read of a topic.
type GroupMemberTopic struct {
	// Topic is the topic.
	Topic string

	// Partitions are sorted.
	Partitions []int
}

// DescribeGroupsResponseAssignments are what a member is to read.
type DescribeGroupsResponseAssignments struct {
	// Version is the version of the layout that the leader has used.
	Version int

	// Topics are sorted.
	Topics []GroupMemberTopic

	// UserData is from the GroupBalancer, nil for none.
	UserData []byte
}

// DescribeGroups describes groups. It fails if no coordinator could be asked.
//
// Groups of the protocol of KIP-848 are not described by this API: they are
// GroupIdNotFound.
func (c *Client) DescribeGroups(ctx context.Context, req *DescribeGroupsRequest) (*DescribeGroupsResponse, error) {
	res, err := call[*describegroups.Response](ctx, c, "DescribeGroups", req.Addr, &describegroups.Request{
		Groups: req.GroupIDs,
	})
	if err != nil {
		return nil, err
	}
	return &DescribeGroupsResponse{
		Groups:   mapped(res.Groups, makeGroupDescription),
		Throttle: throttleDuration(res.ThrottleTimeMs),
	}, nil
}

func makeGroupDescription(g *describegroups.ResponseGroup) DescribeGroupsResponseGroup {
	group := DescribeGroupsResponseGroup{
		Error:      partError(g.ErrorCode, g.ErrorMessage, g.Err),
		GroupID:    g.GroupID,
		GroupState: g.GroupState,
	}
	if group.Error != nil {
		return group
	}
	members := make([]DescribeGroupsResponseMember, len(g.Members))
	for i := range g.Members {
		m := &g.Members[i]
		members[i] = DescribeGroupsResponseMember{MemberID: m.MemberID, ClientID: m.ClientID, ClientHost: m.ClientHost}
		if g.ProtocolType != "" && g.ProtocolType != consumerProtocolType {
			continue
		}
		if err := members[i].decode(m); err != nil {
			group.Error = fmt.Errorf("group %q, member %q: %w", g.GroupID, m.MemberID, err)
			return group
		}
	}
	group.Members = members
	return group
}

// consumerProtocolType is the protocol type of groups of consumers, whose members
// tell each other what groupprotocol.go encodes.
const consumerProtocolType = "consumer"

// decode decodes what is there: members of a group that is not stable have nothing.
func (d *DescribeGroupsResponseMember) decode(m *describegroups.ResponseGroupMember) error {
	if len(m.MemberMetadata) > 0 {
		s, err := decodeGroupSubscription(m.MemberMetadata)
		if err != nil {
			return err
		}
		type owned = DescribeGroupsResponseMemberMetadataOwnedPartition
		d.MemberMetadata = DescribeGroupsResponseMemberMetadata{
			Version: layoutVersion(m.MemberMetadata), Topics: s.topics, UserData: s.userData,
			OwnedPartitions: mappedByKey(s.owned, func(topic string, ids []int) owned { return owned{topic, ids} }),
		}
	}
	if len(m.MemberAssignment) > 0 {
		a, err := decodeGroupAssignment(m.MemberAssignment)
		if err != nil {
			return err
		}
		d.MemberAssignments = DescribeGroupsResponseAssignments{
			Version: layoutVersion(m.MemberAssignment), UserData: a.userData,
			Topics: mappedByKey(a.partitions, func(topic string, ids []int) GroupMemberTopic { return GroupMemberTopic{topic, ids} }),
		}
	}
	return nil
}

// layoutVersion is the version that a subscription or an assignment, which could be
// decoded, begins with.
func layoutVersion(b []byte) int {
	var version int16
	_ = protocol.Unmarshal(b, 0, &version)
	return int(version)
}
