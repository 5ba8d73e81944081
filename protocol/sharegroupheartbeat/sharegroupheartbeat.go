// Package sharegroupheartbeat has the messages of the ShareGroupHeartbeat API, with
// which a member joins a share group, stays in it, is told its assignment, and
// leaves (KIP-932).
//
// Version 0 is not here: only a preview of share groups had it.
package sharegroupheartbeat

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The values of Request.MemberEpoch that are no epoch.
const (
	JoinEpoch  int32 = 0  // the member joins
	LeaveEpoch int32 = -1 // the member leaves
)

// Request tells the coordinator of a group that a member lives, and what has
// changed since its last heartbeat.
type Request struct {
	_ struct{} `kafka:"min=v1,max=v1,flexible=v1"`

	GroupID string `kafka:"min=v1,max=v1"`

	// MemberID is chosen by the member, for as long as the process lives.
	MemberID string `kafka:"min=v1,max=v1"`

	// MemberEpoch is what the coordinator told, or one of the constants above.
	MemberEpoch int32 `kafka:"min=v1,max=v1"`

	// RackID is empty if it has not changed, or there is none.
	RackID string `kafka:"min=v1,max=v1,nullable"`

	// SubscribedTopicNames is nil if it has not changed.
	SubscribedTopicNames []string `kafka:"min=v1,max=v1,nullable"`
}

// ApiKey returns protocol.ShareGroupHeartbeat.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.ShareGroupHeartbeat }

// Group returns the id of the group, whose coordinator is asked.
func (r *Request) Group() string { return r.GroupID }

// Response is the answer of the coordinator.
type Response struct {
	_ struct{} `kafka:"min=v1,max=v1,flexible=v1"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32  `kafka:"min=v1,max=v1"`
	ErrorCode      int16  `kafka:"min=v1,max=v1"`
	ErrorMessage   string `kafka:"min=v1,max=v1,nullable"`

	// MemberID is the id of the member.
	MemberID string `kafka:"min=v1,max=v1,nullable"`

	// MemberEpoch is what the next heartbeat has to have.
	MemberEpoch int32 `kafka:"min=v1,max=v1"`

	// HeartbeatIntervalMs is when the next heartbeat is due.
	HeartbeatIntervalMs int32 `kafka:"min=v1,max=v1"`

	// Assignment is what the member is to have, nil if that has not changed.
	Assignment *Assignment `kafka:"min=v1,max=v1,nullable"`
}

// Assignment is what is assigned to a member. Other members may have the same.
type Assignment struct {
	TopicPartitions []TopicPartitions `kafka:"min=v1,max=v1"`
}

// TopicPartitions is partitions of a topic.
type TopicPartitions struct {
	TopicID    protocol.UUID `kafka:"min=v1,max=v1"`
	Partitions []int32       `kafka:"min=v1,max=v1"`
}

// ApiKey returns protocol.ShareGroupHeartbeat.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.ShareGroupHeartbeat }
