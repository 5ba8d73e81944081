// Package deletetopics has the messages of the DeleteTopics API.
//
// Version 5 tells error messages (KIP-599), version 6 deletes by topic id (KIP-516).
package deletetopics

import (
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The versions at which requests change shape.
const (
	maxVersion  = 6
	firstTopics = 6 // topics are structs, with a name or an id
)

// Request asks the controller to delete topics: those of TopicNames, or those of
// Topics.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v6,flexible=v4"`

	// Topics are in version 6.
	Topics []RequestTopic `kafka:"min=v6,max=v6"`

	// TopicNames are in versions up to 5.
	TopicNames []string `kafka:"min=v0,max=v5"`

	// TimeoutMs is how long the broker waits for the topics to be gone.
	TimeoutMs int32 `kafka:"min=v0,max=v6"`
}

// RequestTopic is a topic to delete, by its name or by its id, not by both.
type RequestTopic struct {
	Name    string        `kafka:"min=v6,max=v6,nullable"`
	TopicID protocol.UUID `kafka:"min=v6,max=v6"`
}

// ApiKey returns protocol.DeleteTopics.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.DeleteTopics }

// BrokerWait is the time that the broker waits for the topics to be gone, which a
// connection adds to its patience.
func (r *Request) BrokerWait() time.Duration {
	return time.Duration(r.TimeoutMs) * time.Millisecond
}

// VersionRange keeps requests with Topics at version 6 and others below.
func (r *Request) VersionRange() (min, max int16) {
	if len(r.Topics) > 0 {
		return firstTopics, maxVersion
	}
	return 0, firstTopics - 1
}

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known: with KRaft any broker hands the request on, others
// answer NOT_CONTROLLER.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response tells which topics were deleted.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v6,flexible=v4"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v1,max=v6,ignorable"`

	Responses []ResponseTopic `kafka:"min=v0,max=v6"`
}

// ResponseTopic is the outcome for one topic. Its name is empty where the id that
// was asked for is not known, or may not be.
type ResponseTopic struct {
	Name         string        `kafka:"min=v0,max=v5|min=v6,max=v6,nullable"`
	TopicID      protocol.UUID `kafka:"min=v6,max=v6,ignorable"`
	ErrorCode    int16         `kafka:"min=v0,max=v6"`
	ErrorMessage string        `kafka:"min=v5,max=v6,nullable,ignorable"`
}

// ApiKey returns protocol.DeleteTopics.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.DeleteTopics }
