// Package alterpartitionreassignments has the messages of the
// AlterPartitionReassignments API, which moves partitions to other brokers
// (KIP-455).
//
// Version 1 can keep the replication factor (KIP-860). Requests are sent at
// version 0 unless they say something about it.
package alterpartitionreassignments

import (
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The versions at which requests change meaning.
const (
	maxVersion     = 1
	firstKeepCount = 1 // brokers look at AllowReplicationFactorChange
)

// Request asks the controller to move partitions, or to no longer do so.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v0"`

	// TimeoutMs is how long the broker waits for the reassignments to begin.
	TimeoutMs int32 `kafka:"min=v0,max=v1,default=60000"`

	// AllowReplicationFactorChange is in version 1; version 0 always allows it. A
	// request that leaves it unset is sent at version 0, so that this forbids
	// nothing; KeepReplicationFactor does.
	AllowReplicationFactorChange bool `kafka:"min=v1,max=v1,default=true"`

	Topics []RequestTopic `kafka:"min=v0,max=v1"`

	// KeepReplicationFactor makes the broker refuse to change replication factors:
	// the request is sent at version 1 or not at all. AllowReplicationFactorChange
	// must not be set with it.
	KeepReplicationFactor bool `kafka:"-"`
}

// RequestTopic is a topic whose partitions are to be moved.
type RequestTopic struct {
	Name       string             `kafka:"min=v0,max=v1"`
	Partitions []RequestPartition `kafka:"min=v0,max=v1"`
}

// RequestPartition is a partition and the brokers that are to hold it.
type RequestPartition struct {
	PartitionIndex int32 `kafka:"min=v0,max=v1"`

	// Replicas are the brokers, the preferred leader first; nil cancels a
	// reassignment that is going on.
	Replicas []int32 `kafka:"min=v0,max=v1,nullable"`
}

// ApiKey returns protocol.AlterPartitionReassignments.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.AlterPartitionReassignments }

// VersionRange keeps a request that says nothing about replication factors at
// version 0, and one that keeps them at version 1.
func (r *Request) VersionRange() (min, max int16) {
	switch {
	case r.KeepReplicationFactor:
		return firstKeepCount, maxVersion
	case r.AllowReplicationFactorChange:
		return 0, maxVersion
	}
	return 0, firstKeepCount - 1
}

// BrokerWait is the time that the broker waits for the reassignments to begin,
// which a connection adds to its patience.
func (r *Request) BrokerWait() time.Duration {
	return time.Duration(r.TimeoutMs) * time.Millisecond
}

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response tells which partitions are being moved.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v1"`

	// AllowReplicationFactorChange is what the request said, true before version 1.
	AllowReplicationFactorChange bool `kafka:"min=v1,max=v1,default=true,ignorable"`

	// ErrorCode concerns the whole request.
	ErrorCode    int16  `kafka:"min=v0,max=v1"`
	ErrorMessage string `kafka:"min=v0,max=v1,nullable"`

	Results []ResponseResult `kafka:"min=v0,max=v1"`
}

// ResponseResult is the outcome for one topic.
type ResponseResult struct {
	Name       string              `kafka:"min=v0,max=v1"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v1"`
}

// ResponsePartition is the outcome for one partition.
type ResponsePartition struct {
	PartitionIndex int32  `kafka:"min=v0,max=v1"`
	ErrorCode      int16  `kafka:"min=v0,max=v1"`
	ErrorMessage   string `kafka:"min=v0,max=v1,nullable"`
}

// ApiKey returns protocol.AlterPartitionReassignments.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.AlterPartitionReassignments }
