// Package offsetdelete has the messages of the OffsetDelete API, which deletes
// the progress of a group in topics that no member of it subscribes to (KIP-496).
package offsetdelete

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the coordinator of a group to delete offsets.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v0"`

	GroupID string         `kafka:"min=v0,max=v0"`
	Topics  []RequestTopic `kafka:"min=v0,max=v0"`
}

// RequestTopic is a topic whose offsets are to be deleted.
type RequestTopic struct {
	Name       string             `kafka:"min=v0,max=v0"`
	Partitions []RequestPartition `kafka:"min=v0,max=v0"`
}

// RequestPartition is a partition whose offset is to be deleted.
type RequestPartition struct {
	PartitionIndex int32 `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.OffsetDelete.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.OffsetDelete }

// Group returns the id of the group, whose coordinator is asked.
func (r *Request) Group() string { return r.GroupID }

// Response tells which offsets were deleted.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v0"`

	// ErrorCode concerns the whole request.
	ErrorCode int16 `kafka:"min=v0,max=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v0,ignorable"`

	Topics []ResponseTopic `kafka:"min=v0,max=v0"`
}

// ResponseTopic is the outcome for one topic.
type ResponseTopic struct {
	Name       string              `kafka:"min=v0,max=v0"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v0"`
}

// ResponsePartition is the outcome for one partition. Of a topic that the group
// subscribes to it is the error GROUP_SUBSCRIBED_TO_TOPIC.
type ResponsePartition struct {
	PartitionIndex int32 `kafka:"min=v0,max=v0"`
	ErrorCode      int16 `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.OffsetDelete.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.OffsetDelete }
