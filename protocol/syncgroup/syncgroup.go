// Package syncgroup has the messages of the SyncGroup API, by which the leader of
// a group hands out assignments and each member gets its own.
//
// Version 3 brought static members (KIP-345), version 5 has the coordinator check
// the protocol (KIP-559).
package syncgroup

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The versions of the request.
const (
	maxVersion    = 5
	firstProtocol = 5 // brokers refuse requests without ProtocolType and ProtocolName
)

// Request asks the coordinator of a group for the member's assignment.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v5,flexible=v4"`

	GroupID      string `kafka:"min=v0,max=v5"`
	GenerationID int32  `kafka:"min=v0,max=v5"`
	MemberID     string `kafka:"min=v0,max=v5"`

	// GroupInstanceID is the name of a static member, empty for others.
	GroupInstanceID string `kafka:"min=v3,max=v5,nullable"`

	// ProtocolType and ProtocolName are checked against what the group has agreed
	// upon. Version 5 takes both; without them a request stays below.
	ProtocolType string `kafka:"min=v5,max=v5,nullable,ignorable"`
	ProtocolName string `kafka:"min=v5,max=v5,nullable,ignorable"`

	// Assignments are those of all members when the leader asks, and none when
	// another does.
	Assignments []RequestAssignment `kafka:"min=v0,max=v5"`
}

// RequestAssignment is what a member is to do: a consumer.Assignment for
// consumers.
type RequestAssignment struct {
	MemberID   string `kafka:"min=v0,max=v5"`
	Assignment []byte `kafka:"min=v0,max=v5"`
}

// ApiKey returns protocol.SyncGroup.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.SyncGroup }

// Group returns the id of the group, whose coordinator is asked.
func (r *Request) Group() string { return r.GroupID }

// VersionRange keeps requests without ProtocolType or ProtocolName below version 5,
// which brokers would answer with INCONSISTENT_GROUP_PROTOCOL.
func (r *Request) VersionRange() (min, max int16) {
	if r.ProtocolType == "" || r.ProtocolName == "" {
		return 0, firstProtocol - 1
	}
	return 0, maxVersion
}

// Response has the assignment of the member that asked.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v5,flexible=v4"`

	// ThrottleTimeMS is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMS int32 `kafka:"min=v1,max=v5,ignorable"`

	ErrorCode    int16  `kafka:"min=v0,max=v5"`
	ProtocolType string `kafka:"min=v5,max=v5,nullable,ignorable"`
	ProtocolName string `kafka:"min=v5,max=v5,nullable,ignorable"`

	// Assignments is the one assignment of the member.
	Assignments []byte `kafka:"min=v0,max=v5"`
}

// ApiKey returns protocol.SyncGroup.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.SyncGroup }
