// Package joingroup has the messages of the JoinGroup API, by which a consumer
// becomes a member of a group.
//
// Version 1 has a timeout of its own for rebalances (KIP-62). Since version 4 a new
// member is refused with MEMBER_ID_REQUIRED and the id to join again with
// (KIP-394). Version 5 brought static members (KIP-345), version 7 the protocol
// type in the response (KIP-559), version 8 the reason (KIP-800), version 9
// SkipAssignment (KIP-814).
package joingroup

import (
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the coordinator of a group to join it.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v9,flexible=v6"`

	GroupID string `kafka:"min=v0,max=v9"`

	// SessionTimeoutMS is how long the coordinator waits for a heartbeat.
	SessionTimeoutMS int32 `kafka:"min=v0,max=v9"`

	// RebalanceTimeoutMS is how long the coordinator waits for the members to join
	// again. Version 0 takes SessionTimeoutMS for that.
	RebalanceTimeoutMS int32 `kafka:"min=v1,max=v9,default=-1,ignorable"`

	// MemberID is empty at first.
	MemberID string `kafka:"min=v0,max=v9"`

	// GroupInstanceID is the name of a static member, empty for others.
	GroupInstanceID string `kafka:"min=v5,max=v9,nullable"`

	// ProtocolType is "consumer" for consumers.
	ProtocolType string `kafka:"min=v0,max=v9"`

	// Protocols are what the member can work with, the preferred one first.
	Protocols []RequestProtocol `kafka:"min=v0,max=v9"`

	// Reason tells whoever reads the broker's log why the member joins.
	Reason string `kafka:"min=v8,max=v9,nullable,ignorable"`
}

// RequestProtocol is a way to assign partitions, and what the member says for it:
// a consumer.Subscription for consumers.
type RequestProtocol struct {
	Name     string `kafka:"min=v0,max=v9"`
	Metadata []byte `kafka:"min=v0,max=v9"`
}

// ApiKey returns protocol.JoinGroup.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.JoinGroup }

// BrokerWait is the time that the coordinator may wait for the other members,
// which a connection adds to its patience.
func (r *Request) BrokerWait() time.Duration {
	return time.Duration(max(r.SessionTimeoutMS, r.RebalanceTimeoutMS)) * time.Millisecond
}

// Group returns the id of the group, whose coordinator is asked.
func (r *Request) Group() string { return r.GroupID }

// Response tells the generation that the member is part of.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v9,flexible=v6"`

	// ThrottleTimeMS is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMS int32 `kafka:"min=v2,max=v9,ignorable"`

	ErrorCode int16 `kafka:"min=v0,max=v9"`

	// GenerationID is -1 when there is an error.
	GenerationID int32 `kafka:"min=v0,max=v9,default=-1"`

	// ProtocolType and ProtocolName are what the group has agreed upon; empty when
	// there is an error.
	ProtocolType string `kafka:"min=v7,max=v9,nullable,ignorable"`
	ProtocolName string `kafka:"min=v0,max=v6|min=v7,max=v9,nullable"`

	// LeaderID is the id of the member that assigns the partitions.
	LeaderID string `kafka:"min=v0,max=v9"`

	// SkipAssignment tells the leader that the assignment of the group stands, so
	// that it has none to make.
	SkipAssignment bool `kafka:"min=v9,max=v9"`

	// MemberID is the id that the coordinator has given to the member.
	MemberID string `kafka:"min=v0,max=v9"`

	// Members are told to the leader only.
	Members []ResponseMember `kafka:"min=v0,max=v9"`
}

// ResponseMember is a member of the group and what it said for the protocol that
// was chosen.
type ResponseMember struct {
	MemberID        string `kafka:"min=v0,max=v9"`
	GroupInstanceID string `kafka:"min=v5,max=v9,nullable,ignorable"`
	Metadata        []byte `kafka:"min=v0,max=v9"`
}

// ResponseMemberMetadata has no part in the wire form: Metadata holds bytes, for
// consumers those of a consumer.Subscription.
type ResponseMemberMetadata struct{}

// ApiKey returns protocol.JoinGroup.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.JoinGroup }
