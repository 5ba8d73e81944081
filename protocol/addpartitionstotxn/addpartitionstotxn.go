// Package addpartitionstotxn has the messages of the AddPartitionsToTxn API, which
// makes partitions part of a transaction before they are written to (KIP-98).
//
// Version 2 tells that a producer is fenced (KIP-588).
package addpartitionstotxn

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request adds partitions to a transaction. Versions 4 and above are for brokers
// alone, which verify the transactions of several producers at once: they need the
// right to ClusterAction, which clients do not have.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v3,flexible=v3"`

	TransactionalID string         `kafka:"min=v0,max=v3"`
	ProducerID      int64          `kafka:"min=v0,max=v3"`
	ProducerEpoch   int16          `kafka:"min=v0,max=v3"`
	Topics          []RequestTopic `kafka:"min=v0,max=v3"`
}

// RequestTopic names partitions of a topic.
type RequestTopic struct {
	Name       string  `kafka:"min=v0,max=v3"`
	Partitions []int32 `kafka:"min=v0,max=v3"`
}

// ApiKey returns protocol.AddPartitionsToTxn.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.AddPartitionsToTxn }

// Transaction returns the transactional id, whose coordinator is asked.
func (r *Request) Transaction() string { return r.TransactionalID }

// Response tells which partitions were added.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v3,flexible=v3"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v3"`

	Results []ResponseResult `kafka:"min=v0,max=v3"`
}

// ResponseResult is the outcome for the partitions of one topic.
type ResponseResult struct {
	Name    string              `kafka:"min=v0,max=v3"`
	Results []ResponsePartition `kafka:"min=v0,max=v3"`
}

// ResponsePartition is the outcome for one partition.
type ResponsePartition struct {
	PartitionIndex int32 `kafka:"min=v0,max=v3"`
	ErrorCode      int16 `kafka:"min=v0,max=v3"`
}

// ApiKey returns protocol.AddPartitionsToTxn.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.AddPartitionsToTxn }
