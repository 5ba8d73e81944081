// Package altersharegroupoffsets has the messages of the AlterShareGroupOffsets API,
// which sets where a share group without members begins (KIP-932).
package altersharegroupoffsets

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the coordinator of a group to set offsets.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	GroupID string         `kafka:"min=v0,max=v0"`
	Topics  []RequestTopic `kafka:"min=v0,max=v0"`
}

// RequestTopic is a topic whose offsets are to be set.
type RequestTopic struct {
	TopicName  string             `kafka:"min=v0,max=v0"`
	Partitions []RequestPartition `kafka:"min=v0,max=v0"`
}

// RequestPartition is a partition whose offset is to be set.
type RequestPartition struct {
	PartitionIndex int32 `kafka:"min=v0,max=v0"`

	// StartOffset is the first offset that the group is to be given.
	StartOffset int64 `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.AlterShareGroupOffsets.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.AlterShareGroupOffsets }

// Group returns the id of the group, whose coordinator is asked.
func (r *Request) Group() string { return r.GroupID }

// Response tells which offsets were set.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v0"`

	// ErrorCode concerns the whole request: NON_EMPTY_GROUP for one with members.
	ErrorCode    int16           `kafka:"min=v0,max=v0"`
	ErrorMessage string          `kafka:"min=v0,max=v0,nullable"`
	Responses    []ResponseTopic `kafka:"min=v0,max=v0"`
}

// ResponseTopic is the outcome for one topic.
type ResponseTopic struct {
	TopicName  string              `kafka:"min=v0,max=v0"`
	TopicID    protocol.UUID       `kafka:"min=v0,max=v0"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v0"`
}

// ResponsePartition is the outcome for one partition.
type ResponsePartition struct {
	PartitionIndex int32  `kafka:"min=v0,max=v0"`
	ErrorCode      int16  `kafka:"min=v0,max=v0"`
	ErrorMessage   string `kafka:"min=v0,max=v0,nullable"`
}

// ApiKey returns protocol.AlterShareGroupOffsets.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.AlterShareGroupOffsets }
