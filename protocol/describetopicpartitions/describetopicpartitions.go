// Package describetopicpartitions has the messages of the DescribeTopicPartitions
// API, which lists topics and partitions in pages (KIP-966).
package describetopicpartitions

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// defaultLimit is how many partitions a page has unless the request says
// otherwise.
const defaultLimit = 2000

// Request asks any broker about topics.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// Topics are the topics to list, none for all.
	Topics []RequestTopic `kafka:"min=v0,max=v0"`

	// ResponsePartitionLimit bounds the partitions of the response; brokers may have
	// a lower bound. 0 stands for 2000.
	ResponsePartitionLimit int32 `kafka:"min=v0,max=v0,default=2000"`

	// Cursor is where to begin: the NextCursor of the page before, nil for the first.
	Cursor *Cursor `kafka:"min=v0,max=v0,nullable"`
}

// RequestTopic names a topic.
type RequestTopic struct {
	Name string `kafka:"min=v0,max=v0"`
}

// Cursor is the place of a partition. Topics are in the order of their names.
type Cursor struct {
	TopicName      string `kafka:"min=v0,max=v0"`
	PartitionIndex int32  `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.DescribeTopicPartitions.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.DescribeTopicPartitions }

// Prepare sets a ResponsePartitionLimit of 0 to the default: brokers would send a
// single partition.
func (r *Request) Prepare(apiVersion int16) {
	if r.ResponsePartitionLimit == 0 {
		r.ResponsePartitionLimit = defaultLimit
	}
}

// Response lists topics.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v0,ignorable"`

	// Topics may have, first and last, topics whose other partitions are on other
	// pages.
	Topics []ResponseTopic `kafka:"min=v0,max=v0"`

	// NextCursor is where the next page begins, nil on the last.
	NextCursor *Cursor `kafka:"min=v0,max=v0,nullable"`
}

// ResponseTopic is a topic.
type ResponseTopic struct {
	ErrorCode  int16               `kafka:"min=v0,max=v0"`
	Name       string              `kafka:"min=v0,max=v0,nullable"`
	TopicID    protocol.UUID       `kafka:"min=v0,max=v0,ignorable"`
	IsInternal bool                `kafka:"min=v0,max=v0,ignorable"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v0"`

	// TopicAuthorizedOperations is a set of bits, one for each ACL operation.
	TopicAuthorizedOperations int32 `kafka:"min=v0,max=v0,default=-2147483648"`
}

// ResponsePartition is a partition and the brokers that hold it.
type ResponsePartition struct {
	ErrorCode      int16 `kafka:"min=v0,max=v0"`
	PartitionIndex int32 `kafka:"min=v0,max=v0"`

	// LeaderID is -1 while there is no leader.
	LeaderID int32 `kafka:"min=v0,max=v0"`

	// LeaderEpoch is -1 when not told.
	LeaderEpoch  int32   `kafka:"min=v0,max=v0,default=-1,ignorable"`
	ReplicaNodes []int32 `kafka:"min=v0,max=v0"`
	IsrNodes     []int32 `kafka:"min=v0,max=v0"`

	// EligibleLeaderReplicas can be elected although they are not in sync: they have
	// all records that are committed. Nil when not told.
	EligibleLeaderReplicas []int32 `kafka:"min=v0,max=v0,nullable"`

	// LastKnownElr are replicas that were eligible before they went down. Nil when
	// not told.
	LastKnownElr    []int32 `kafka:"min=v0,max=v0,nullable"`
	OfflineReplicas []int32 `kafka:"min=v0,max=v0,ignorable"`
}

// ApiKey returns protocol.DescribeTopicPartitions.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.DescribeTopicPartitions }
