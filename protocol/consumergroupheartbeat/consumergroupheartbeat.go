// Package consumergroupheartbeat has the messages of the ConsumerGroupHeartbeat
// API, with which a member joins a group of the consumer protocol, stays in it, is
// told its assignment, and leaves (KIP-848).
//
// From version 1 on the member chooses its id itself (KIP-1082), and can subscribe
// to a pattern of topics.
package consumergroupheartbeat

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The values of Request.MemberEpoch that are no epoch.
const (
	JoinEpoch        int32 = 0  // the member joins
	LeaveEpoch       int32 = -1 // the member leaves
	StaticLeaveEpoch int32 = -2 // a static member leaves, and will come back
)

// Request tells the coordinator of a group that a member lives, and what has
// changed since its last heartbeat.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v0"`

	GroupID string `kafka:"min=v0,max=v1"`

	// MemberID is chosen by the member, for as long as the process lives. In version
	// 0 it is empty to have the coordinator choose it.
	MemberID string `kafka:"min=v0,max=v1"`

	// MemberEpoch is what the coordinator told, or one of the constants above.
	MemberEpoch int32 `kafka:"min=v0,max=v1"`

	// InstanceID is the name of a static member, empty for others.
	InstanceID string `kafka:"min=v0,max=v1,nullable"`

	// RackID is empty if it has not changed, or there is none.
	RackID string `kafka:"min=v0,max=v1,nullable"`

	// RebalanceTimeoutMs is how long the coordinator waits for the member to give up
	// partitions; -1 if it has not changed.
	RebalanceTimeoutMs int32 `kafka:"min=v0,max=v1,default=-1"`

	// SubscribedTopicNames is nil if it has not changed.
	SubscribedTopicNames []string `kafka:"min=v0,max=v1,nullable"`

	// SubscribedTopicRegex is a pattern of RE2's syntax, empty if it has not changed
	// or there is none.
	SubscribedTopicRegex string `kafka:"min=v1,max=v1,nullable"`

	// ServerAssignor is who is to make assignments, empty if it has not changed or
	// for the default of the coordinator.
	ServerAssignor string `kafka:"min=v0,max=v1,nullable"`

	// TopicPartitions are what the member has; nil if that has not changed.
	TopicPartitions []TopicPartitions `kafka:"min=v0,max=v1,nullable"`
}

// TopicPartitions is partitions of a topic.
type TopicPartitions struct {
	TopicID    protocol.UUID `kafka:"min=v0,max=v1"`
	Partitions []int32       `kafka:"min=v0,max=v1"`
}

// ApiKey returns protocol.ConsumerGroupHeartbeat.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.ConsumerGroupHeartbeat }

// Group returns the id of the group, whose coordinator is asked.
func (r *Request) Group() string { return r.GroupID }

// Response is the answer of the coordinator.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32  `kafka:"min=v0,max=v1"`
	ErrorCode      int16  `kafka:"min=v0,max=v1"`
	ErrorMessage   string `kafka:"min=v0,max=v1,nullable"`

	// MemberID is the id of the member.
	MemberID string `kafka:"min=v0,max=v1,nullable"`

	// MemberEpoch is what the next heartbeat has to have.
	MemberEpoch int32 `kafka:"min=v0,max=v1"`

	// HeartbeatIntervalMs is when the next heartbeat is due.
	HeartbeatIntervalMs int32 `kafka:"min=v0,max=v1"`

	// Assignment is what the member is to have, nil if that has not changed.
	Assignment *Assignment `kafka:"min=v0,max=v1,nullable"`
}

// Assignment is what is assigned to a member.
type Assignment struct {
	TopicPartitions []TopicPartitions `kafka:"min=v0,max=v1"`
}

// ApiKey returns protocol.ConsumerGroupHeartbeat.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.ConsumerGroupHeartbeat }
