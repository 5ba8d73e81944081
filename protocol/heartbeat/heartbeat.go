// Package heartbeat has the messages of the Heartbeat API, by which members of a
// group show that they are alive and learn of rebalances.
//
// Version 3 brought static members (KIP-345).
package heartbeat

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request tells the coordinator of a group that a member is alive.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v4,flexible=v4"`

	GroupID      string `kafka:"min=v0,max=v4"`
	GenerationID int32  `kafka:"min=v0,max=v4"`
	MemberID     string `kafka:"min=v0,max=v4"`

	// GroupInstanceID is the name of a static member, empty for others.
	GroupInstanceID string `kafka:"min=v3,max=v4,nullable"`
}

// ApiKey returns protocol.Heartbeat.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.Heartbeat }

// Group returns the id of the group, whose coordinator is told.
func (r *Request) Group() string { return r.GroupID }

// Response tells whether the member still belongs to the generation: ErrorCode is
// REBALANCE_IN_PROGRESS when it has to join again.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v4,flexible=v4"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v1,max=v4,ignorable"`

	ErrorCode int16 `kafka:"min=v0,max=v4"`
}

// ApiKey returns protocol.Heartbeat.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.Heartbeat }
