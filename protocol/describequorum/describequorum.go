// Package describequorum has the messages of the DescribeQuorum API, which tells
// the state of the controllers of a KRaft cluster (KIP-595).
//
// Version 1 tells when replicas were up to date (KIP-836), version 2 directories and
// addresses (KIP-853).
package describequorum

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// MetadataTopic is the topic of the quorum. It has one partition, 0.
const MetadataTopic = "__cluster_metadata"

// Request asks the leader of the quorum about it; any broker hands it on.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v0"`

	// Topics are MetadataTopic and its partition.
	Topics []RequestTopic `kafka:"min=v0,max=v2"`
}

// RequestTopic is a topic that a quorum keeps.
type RequestTopic struct {
	TopicName  string             `kafka:"min=v0,max=v2"`
	Partitions []RequestPartition `kafka:"min=v0,max=v2"`
}

// RequestPartition is a partition that a quorum keeps.
type RequestPartition struct {
	PartitionIndex int32 `kafka:"min=v0,max=v2"`
}

// ApiKey returns protocol.DescribeQuorum.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.DescribeQuorum }

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response describes the quorum.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v0"`

	// ErrorCode concerns the whole request.
	ErrorCode    int16           `kafka:"min=v0,max=v2"`
	ErrorMessage string          `kafka:"min=v2,max=v2,nullable,ignorable"`
	Topics       []ResponseTopic `kafka:"min=v0,max=v2"`

	// Nodes are the controllers.
	Nodes []ResponseNode `kafka:"min=v2,max=v2"`
}

// ResponseTopic is the answer about one topic.
type ResponseTopic struct {
	TopicName  string              `kafka:"min=v0,max=v2"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v2"`
}

// ResponsePartition is the state of the quorum.
type ResponsePartition struct {
	PartitionIndex int32  `kafka:"min=v0,max=v2"`
	ErrorCode      int16  `kafka:"min=v0,max=v2"`
	ErrorMessage   string `kafka:"min=v2,max=v2,nullable,ignorable"`

	// LeaderID is the id of the active controller, -1 when not known.
	LeaderID      int32 `kafka:"min=v0,max=v2"`
	LeaderEpoch   int32 `kafka:"min=v0,max=v2"`
	HighWatermark int64 `kafka:"min=v0,max=v2"`

	// CurrentVoters are the controllers, Observers the brokers.
	CurrentVoters []ResponseReplica `kafka:"min=v0,max=v2"`
	Observers     []ResponseReplica `kafka:"min=v0,max=v2"`
}

// ResponseReplica is how far a replica is.
type ResponseReplica struct {
	ReplicaID          int32         `kafka:"min=v0,max=v2"`
	ReplicaDirectoryID protocol.UUID `kafka:"min=v2,max=v2"`

	// LogEndOffset is -1 when not known.
	LogEndOffset int64 `kafka:"min=v0,max=v2"`

	// LastFetchTimestamp is when the replica last asked the leader, in milliseconds
	// since the Unix epoch; -1 for the leader itself and when not known.
	LastFetchTimestamp int64 `kafka:"min=v1,max=v2,default=-1,ignorable"`

	// LastCaughtUpTimestamp is when the replica last had all records, in milliseconds
	// since the Unix epoch; for the leader it is the present, -1 when not known.
	LastCaughtUpTimestamp int64 `kafka:"min=v1,max=v2,default=-1,ignorable"`
}

// ResponseNode is a controller.
type ResponseNode struct {
	NodeID    int32              `kafka:"min=v2,max=v2"`
	Listeners []ResponseListener `kafka:"min=v2,max=v2"`
}

// ResponseListener is an address of a controller.
type ResponseListener struct {
	Name string `kafka:"min=v2,max=v2"`
	Host string `kafka:"min=v2,max=v2"`
	Port uint16 `kafka:"min=v2,max=v2"`
}

// ApiKey returns protocol.DescribeQuorum.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.DescribeQuorum }
