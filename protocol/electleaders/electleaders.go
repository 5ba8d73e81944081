// Package electleaders has the messages of the ElectLeaders API, which has
// partitions choose new leaders (KIP-183).
//
// Version 1 can choose replicas that are not in sync (KIP-460).
package electleaders

import (
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the controller to hold elections.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v2"`

	// ElectionType is 0 for the preferred replica; 1 for the first replica alive,
	// if none is in sync, which may lose records. Version 0 only has the former.
	ElectionType int8 `kafka:"min=v1,max=v2"`

	// TopicPartitions are the partitions, nil for all.
	TopicPartitions []RequestTopicPartitions `kafka:"min=v0,max=v2,nullable"`

	// TimeoutMs is how long the broker waits for the elections to be over.
	TimeoutMs int32 `kafka:"min=v0,max=v2,default=60000"`
}

// RequestTopicPartitions are partitions of a topic.
type RequestTopicPartitions struct {
	Topic        string  `kafka:"min=v0,max=v2"`
	PartitionIDs []int32 `kafka:"min=v0,max=v2"`
}

// ApiKey returns protocol.ElectLeaders.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.ElectLeaders }

// BrokerWait is the time that the broker waits for the elections to be over, which
// a connection adds to its patience.
func (r *Request) BrokerWait() time.Duration {
	return time.Duration(r.TimeoutMs) * time.Millisecond
}

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response tells the outcome of the elections.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v2"`

	// ThrottleTime is how long the broker delayed or will delay the client because
	// of a quota, in milliseconds.
	ThrottleTime int32 `kafka:"min=v0,max=v2"`

	// ErrorCode concerns the whole request.
	ErrorCode int16 `kafka:"min=v1,max=v2"`

	ReplicaElectionResults []ResponseReplicaElectionResult `kafka:"min=v0,max=v2"`
}

// ResponseReplicaElectionResult is the outcome for one topic.
type ResponseReplicaElectionResult struct {
	Topic            string                    `kafka:"min=v0,max=v2"`
	PartitionResults []ResponsePartitionResult `kafka:"min=v0,max=v2"`
}

// ResponsePartitionResult is the outcome for one partition. That its leader is the
// one to be elected already is the error ELECTION_NOT_NEEDED.
type ResponsePartitionResult struct {
	PartitionID  int32  `kafka:"min=v0,max=v2"`
	ErrorCode    int16  `kafka:"min=v0,max=v2"`
	ErrorMessage string `kafka:"min=v0,max=v2,nullable"`
}

// ApiKey returns protocol.ElectLeaders.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.ElectLeaders }
