// Package alterreplicalogdirs has the messages of the AlterReplicaLogDirs API,
// which moves replicas between the directories of a broker (KIP-113).
package alterreplicalogdirs

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks a broker to move replicas that it has.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v2"`

	Dirs []RequestDir `kafka:"min=v0,max=v2"`

	// BrokerID is the broker.
	BrokerID int32 `kafka:"-"`
}

// RequestDir is a directory and the replicas that are to be in it.
type RequestDir struct {
	// Path is the absolute path.
	Path   string         `kafka:"min=v0,max=v2"`
	Topics []RequestTopic `kafka:"min=v0,max=v2"`
}

// RequestTopic is partitions of a topic.
type RequestTopic struct {
	Name       string  `kafka:"min=v0,max=v2"`
	Partitions []int32 `kafka:"min=v0,max=v2"`
}

// ApiKey returns protocol.AlterReplicaLogDirs.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.AlterReplicaLogDirs }

// Broker returns the broker with BrokerID.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.BrokerByID(r.BrokerID)
}

// Response tells which replicas are being moved.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v2"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v2"`

	Results []ResponseTopic `kafka:"min=v0,max=v2"`
}

// ResponseTopic is the outcome for one topic.
type ResponseTopic struct {
	TopicName  string              `kafka:"min=v0,max=v2"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v2"`
}

// ResponsePartition is the outcome for one partition. The error
// REPLICA_NOT_AVAILABLE stands for a partition that the broker does not have: if it
// is to have one, that will be in the directory.
type ResponsePartition struct {
	PartitionIndex int32 `kafka:"min=v0,max=v2"`
	ErrorCode      int16 `kafka:"min=v0,max=v2"`
}

// ApiKey returns protocol.AlterReplicaLogDirs.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.AlterReplicaLogDirs }
