package kafka

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/joingroup"
)

// JoinGroupRequest has a client become a member of a consumer group, or a member
// join the next generation of it.
type JoinGroupRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// GroupID is the group. It comes into being with its first member.
	GroupID string

	// SessionTimeout is after how long without a heartbeat the coordinator takes
	// the member out of the group. Brokers have a minimum and a maximum for it
	// (group.min.session.timeout.ms, 6 s by default, and group.max.session.timeout.ms).
	SessionTimeout time.Duration

	// RebalanceTimeout is how long the coordinator waits for members to join again
	// when the group changes. Zero means the SessionTimeout. The answer may take as
	// long.
	RebalanceTimeout time.Duration

	// MemberID is empty at first, and then that of the JoinGroupResponse.
	MemberID string

	// GroupInstanceID is the name of a static member (KIP-345, Kafka 2.3), empty
	// for others.
	GroupInstanceID string

	// ProtocolType is the kind of group: "consumer". All members have the same.
	ProtocolType string

	// Protocols are what the member can work with, the preferred one first. There
	// has to be one that all members have in common.
	Protocols []GroupProtocol
}

// GroupProtocol is a way to assign partitions that a member can work with.
type GroupProtocol struct {
	// Name is that of a GroupBalancer, for instance "range".
	Name string

	// Metadata is what the member tells the leader for it.
	Metadata GroupProtocolSubscription
}

// GroupProtocolSubscription is what a member tells the leader of its group.
type GroupProtocolSubscription struct {
	// Topics are those that the member wants to read.
	Topics []string

	// UserData is for the GroupBalancer, nil for none.
	UserData []byte

	// OwnedPartitions are, by topic, those that the member has (KIP-429), for
	// balancers that leave members what they have. nil for none.
	OwnedPartitions map[string][]int
}

// JoinGroupResponse tells the generation that the member is part of.
type JoinGroupResponse struct {
	// Error is what the broker has against the request; the other fields but
	// Throttle and MemberID mean nothing then. MemberIDRequired asks the client to
	// join again with the MemberID of this response (KIP-394, Kafka 2.2). It is
	// also set, beside all the others, if a member's metadata cannot be decoded.
	Error error

	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// GenerationID is to be named in what the member tells the coordinator.
	GenerationID int

	// ProtocolName is the protocol that was chosen.
	ProtocolName string

	// ProtocolType is that of the group. Brokers before Kafka 2.5 leave it empty.
	ProtocolType string

	// LeaderID is the member that assigns the partitions.
	LeaderID string

	// MemberID is the one that the coordinator has given to the member.
	MemberID string

	// Members are all members of the generation. Only the leader gets them.
	Members []JoinGroupResponseMember
}

// JoinGroupResponseMember is a member of a group.
type JoinGroupResponseMember struct {
	// ID is the member's id.
	ID string

	// GroupInstanceID is the name of a static member, empty for others.
	GroupInstanceID string

	// Metadata is what the member has told for the protocol that was chosen.
	Metadata GroupProtocolSubscription
}

// JoinGroup has a client become a member of a group. It returns when all members
// have joined or RebalanceTimeout is over, unless ctx ends before. Then each member
// calls SyncGroup, the leader with the assignments of all.
func (c *Client) JoinGroup(ctx context.Context, req *JoinGroupRequest) (*JoinGroupResponse, error) {
	protocols, err := encodeGroupProtocols(req.Protocols)
	if err != nil {
		return nil, clientError("JoinGroup", err)
	}
	rebalanceTimeout := req.RebalanceTimeout
	if rebalanceTimeout <= 0 {
		rebalanceTimeout = req.SessionTimeout
	}
	res, err := call[*joingroup.Response](ctx, c, "JoinGroup", req.Addr, &joingroup.Request{
		GroupID:            req.GroupID,
		SessionTimeoutMS:   milliseconds(req.SessionTimeout),
		RebalanceTimeoutMS: milliseconds(rebalanceTimeout),
		MemberID:           req.MemberID,
		GroupInstanceID:    req.GroupInstanceID,
		ProtocolType:       req.ProtocolType,
		Protocols:          protocols,
	})
	if err != nil {
		return nil, err
	}
	return makeJoinGroupResponse(res), nil
}

func encodeGroupProtocols(protocols []GroupProtocol) ([]joingroup.RequestProtocol, error) {
	encoded := make([]joingroup.RequestProtocol, len(protocols))
	for i := range protocols {
		metadata, err := groupSubscription{
			topics:   protocols[i].Metadata.Topics,
			userData: protocols[i].Metadata.UserData,
			owned:    protocols[i].Metadata.OwnedPartitions,
		}.encode()
		if err != nil {
			return nil, fmt.Errorf("field Protocols[%d]: %w", i, err)
		}
		encoded[i] = joingroup.RequestProtocol{Name: protocols[i].Name, Metadata: metadata}
	}
	return encoded, nil
}

func makeJoinGroupResponse(res *joingroup.Response) *JoinGroupResponse {
	joined := &JoinGroupResponse{
		Error:        errorOf(res.ErrorCode),
		Throttle:     throttleDuration(res.ThrottleTimeMS),
		GenerationID: int(res.GenerationID),
		ProtocolName: res.ProtocolName,
		ProtocolType: res.ProtocolType,
		LeaderID:     res.LeaderID,
		MemberID:     res.MemberID,
		Members:      make([]JoinGroupResponseMember, len(res.Members)),
	}
	for i := range res.Members {
		m := &res.Members[i]
		s, err := decodeGroupSubscription(m.Metadata)
		if err != nil && joined.Error == nil {
			joined.Error = fmt.Errorf("member %q: %w", m.MemberID, err)
		}
		joined.Members[i] = JoinGroupResponseMember{
			ID:              m.MemberID,
			GroupInstanceID: m.GroupInstanceID,
			Metadata:        GroupProtocolSubscription{s.topics, s.userData, s.owned},
		}
	}
	return joined
}
