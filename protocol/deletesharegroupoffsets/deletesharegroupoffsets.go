// Package deletesharegroupoffsets has the messages of the DeleteShareGroupOffsets
// API, which deletes the progress of a share group without members in topics
// (KIP-932).
package deletesharegroupoffsets

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the coordinator of a group to delete offsets.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	GroupID string         `kafka:"min=v0,max=v0"`
	Topics  []RequestTopic `kafka:"min=v0,max=v0"`
}

// RequestTopic is a topic whose offsets are to be deleted.
type RequestTopic struct {
	TopicName string `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.DeleteShareGroupOffsets.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.DeleteShareGroupOffsets }

// Group returns the id of the group, whose coordinator is asked.
func (r *Request) Group() string { return r.GroupID }

// Response tells of which topics offsets were deleted.
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
	TopicName    string        `kafka:"min=v0,max=v0"`
	TopicID      protocol.UUID `kafka:"min=v0,max=v0"`
	ErrorCode    int16         `kafka:"min=v0,max=v0"`
	ErrorMessage string        `kafka:"min=v0,max=v0,nullable"`
}

// ApiKey returns protocol.DeleteShareGroupOffsets.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.DeleteShareGroupOffsets }
