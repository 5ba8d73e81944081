// Package createpartitions has the messages of the CreatePartitions API, which
// adds partitions to topics (KIP-195).
//
// Version 3 may be refused because of a quota (KIP-599).
package createpartitions

import (
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the controller to add partitions.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v3,flexible=v2"`

	Topics []RequestTopic `kafka:"min=v0,max=v3"`

	// TimeoutMs is how long the broker waits for the partitions to be there.
	TimeoutMs int32 `kafka:"min=v0,max=v3"`

	// ValidateOnly creates nothing.
	ValidateOnly bool `kafka:"min=v0,max=v3"`
}

// RequestTopic is a topic that is to have more partitions.
type RequestTopic struct {
	Name string `kafka:"min=v0,max=v3"`

	// Count is how many partitions the topic is to have in all.
	Count int32 `kafka:"min=v0,max=v3"`

	// Assignments are the brokers of each new partition; nil leaves the choice to
	// the cluster.
	Assignments []RequestAssignment `kafka:"min=v0,max=v3,nullable"`
}

// RequestAssignment is the brokers that hold a partition, its preferred leader
// first.
type RequestAssignment struct {
	BrokerIDs []int32 `kafka:"min=v0,max=v3"`
}

// ApiKey returns protocol.CreatePartitions.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.CreatePartitions }

// BrokerWait is the time that the broker waits for the partitions to exist, which
// a connection adds to its patience.
func (r *Request) BrokerWait() time.Duration {
	return time.Duration(r.TimeoutMs) * time.Millisecond
}

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response tells which topics have got partitions.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v3,flexible=v2"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v3"`

	Results []ResponseResult `kafka:"min=v0,max=v3"`
}

// ResponseResult is the outcome for one topic.
type ResponseResult struct {
	Name         string `kafka:"min=v0,max=v3"`
	ErrorCode    int16  `kafka:"min=v0,max=v3"`
	ErrorMessage string `kafka:"min=v0,max=v3,nullable"`
}

// ApiKey returns protocol.CreatePartitions.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.CreatePartitions }
