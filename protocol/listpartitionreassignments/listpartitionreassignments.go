// Package listpartitionreassignments has the messages of the
// ListPartitionReassignments API, which lists partitions that are being moved to
// other brokers (KIP-455).
package listpartitionreassignments

import (
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the controller for reassignments.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// TimeoutMs is how long the broker waits for the controller.
	TimeoutMs int32 `kafka:"min=v0,max=v0,default=60000"`

	// Topics are the topics to tell of, nil for all.
	Topics []RequestTopic `kafka:"min=v0,max=v0,nullable"`
}

// RequestTopic is partitions of a topic.
type RequestTopic struct {
	Name             string  `kafka:"min=v0,max=v0"`
	PartitionIndexes []int32 `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.ListPartitionReassignments.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.ListPartitionReassignments }

// BrokerWait is the time that the broker waits for the controller, which a
// connection adds to its patience.
func (r *Request) BrokerWait() time.Duration {
	return time.Duration(r.TimeoutMs) * time.Millisecond
}

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response lists reassignments that are going on.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v0"`

	// ErrorCode concerns the whole request.
	ErrorCode    int16  `kafka:"min=v0,max=v0"`
	ErrorMessage string `kafka:"min=v0,max=v0,nullable"`

	Topics []ResponseTopic `kafka:"min=v0,max=v0"`
}

// ResponseTopic is a topic with partitions that are being moved.
type ResponseTopic struct {
	Name       string              `kafka:"min=v0,max=v0"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v0"`
}

// ResponsePartition is a partition that is being moved.
type ResponsePartition struct {
	PartitionIndex int32 `kafka:"min=v0,max=v0"`

	// Replicas are the brokers that hold the partition now, those that are to be
	// added or removed among them.
	Replicas         []int32 `kafka:"min=v0,max=v0"`
	AddingReplicas   []int32 `kafka:"min=v0,max=v0"`
	RemovingReplicas []int32 `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.ListPartitionReassignments.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.ListPartitionReassignments }
