// Package produce has the messages of the Produce API, which writes records to
// partitions.
//
// Version 2 is what brokers from 0.10 know, with message sets; record batches
// (KIP-98) need version 3, zstd (KIP-110) version 7. Since version 8 the response
// tells which records were refused (KIP-467), since version 10 who leads a
// partition that has moved (KIP-951), and version 13 names topics by id (KIP-516).
package produce

import (
	"fmt"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The versions at which requests change shape or meaning.
const (
	maxVersion       = 13
	firstRecordBatch = 3  // message format v2
	firstV2Txn       = 12 // a transactional request adds its partitions to the transaction
	firstTopicID     = 13 // topics are named by id alone
)

// Request asks the leader of partitions to append records to them.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v13,flexible=v9"`

	// TransactionalID is empty outside a transaction.
	TransactionalID string `kafka:"min=v3,max=v13,nullable"`

	// Acks is how many replicas must have the records before the broker answers:
	// 0 for no answer at all, 1 for the leader, -1 for all in-sync replicas.
	Acks int16 `kafka:"min=v0,max=v13"`

	// Timeout is how long the broker waits for the replicas, in milliseconds.
	Timeout int32 `kafka:"min=v0,max=v13"`

	Topics []RequestTopic `kafka:"min=v0,max=v13"`

	// TransactionV2 tells that the transaction follows KIP-890: the cluster has
	// finalized transaction.version 2, the request itself adds its partitions to
	// the transaction, and EndTxn bumps the epoch. It asks for version 12 or
	// later; without it a transactional request stays below.
	TransactionV2 bool `kafka:"-"`
}

// RequestTopic is a topic to write to. Versions up to 12 carry its name, version
// 13 its id. Routing goes by the name: have both set where the id is known.
type RequestTopic struct {
	Topic      string             `kafka:"min=v0,max=v12,ignorable"`
	TopicID    protocol.UUID      `kafka:"min=v13,max=v13,ignorable"`
	Partitions []RequestPartition `kafka:"min=v0,max=v13"`
}

// RequestPartition is a partition and what to append to it. Since version 3 the
// record set must be one batch of format v2; Prepare sets its Version.
type RequestPartition struct {
	Partition int32              `kafka:"min=v0,max=v13"`
	RecordSet protocol.RecordSet `kafka:"min=v0,max=v13,nullable"`
}

// ApiKey returns protocol.Produce.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.Produce }

// BrokerWait is the time that the broker waits for the replicas, which a
// connection adds to its patience.
func (r *Request) BrokerWait() time.Duration {
	return time.Duration(r.Timeout) * time.Millisecond
}

// HasResponse reports whether the broker answers, which it does unless Acks is 0.
func (r *Request) HasResponse() bool { return r.Acks != 0 }

// Prepare sets the format of the record sets to the one that the version asks
// for: 1 before version 3, 2 from then on.
func (r *Request) Prepare(apiVersion int16) {
	format := int8(2)
	if apiVersion < firstRecordBatch {
		format = 1
	}
	for i := range r.Topics {
		partitions := r.Topics[i].Partitions
		for j := range partitions {
			partitions[j].RecordSet.Version = format
		}
	}
}

// VersionRange keeps topics without an id below version 13, topics without a
// name at it, and transactions on the side of version 12 that TransactionV2 tells.
func (r *Request) VersionRange() (min, max int16) {
	min, max = 0, maxVersion
	if r.TransactionV2 {
		min = firstV2Txn
	} else if r.TransactionalID != "" {
		max = firstV2Txn - 1
	}
	for i := range r.Topics {
		t := &r.Topics[i]
		if t.TopicID.IsZero() && max >= firstTopicID {
			max = firstTopicID - 1
		}
		if t.Topic == "" {
			min = firstTopicID
		}
	}
	return min, max
}

// Broker returns the leader of the partitions, which have to have the same one.
// For a request without partitions it is a broker with ID -1: any will do.
// Errors are of type *Error.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	leader, err := cluster.CommonLeader(r.partitions)
	if err != nil {
		return leader, NewError(err)
	}
	return leader, nil
}

// partitions yields the partitions of the request, for routing.
func (r *Request) partitions(yield func(topic string, partition int32) bool) {
	for i := range r.Topics {
		t := &r.Topics[i]
		for j := range t.Partitions {
			if !yield(t.Topic, t.Partitions[j].Partition) {
				return
			}
		}
	}
}

// Response tells what became of each partition's records.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v13,flexible=v9"`

	Topics []ResponseTopic `kafka:"min=v0,max=v13"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v1,max=v13,ignorable"`

	// NodeEndpoints are the addresses of the brokers that the partitions'
	// CurrentLeader names (KIP-951).
	NodeEndpoints []ResponseNodeEndpoint `kafka:"min=v10,max=v13,tag=0"`
}

// ResponseTopic is a topic that was written to. Version 13 has no name in it.
type ResponseTopic struct {
	Topic      string              `kafka:"min=v0,max=v12,ignorable"`
	TopicID    protocol.UUID       `kafka:"min=v13,max=v13,ignorable"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v13"`
}

// ResponsePartition is the outcome of writing to one partition.
type ResponsePartition struct {
	Partition int32 `kafka:"min=v0,max=v13"`
	ErrorCode int16 `kafka:"min=v0,max=v13"`

	// BaseOffset is the offset of the first record.
	BaseOffset int64 `kafka:"min=v0,max=v13"`

	// LogAppendTime is in milliseconds since the Unix epoch, -1 when the topic
	// keeps the timestamps of the producer.
	LogAppendTime int64 `kafka:"min=v2,max=v13,default=-1,ignorable"`

	// LogStartOffset is the first offset of the partition, -1 when not known.
	LogStartOffset int64 `kafka:"min=v5,max=v13,default=-1,ignorable"`

	// RecordErrors names the records because of which the batch was refused.
	RecordErrors []ResponseError `kafka:"min=v8,max=v13,ignorable"`

	// ErrorMessage sums up RecordErrors; empty when there is none.
	ErrorMessage string `kafka:"min=v8,max=v13,nullable,ignorable"`

	// CurrentLeader is set when the broker does not lead the partition (KIP-951).
	CurrentLeader ResponseCurrentLeader `kafka:"min=v10,max=v13,tag=0"`
}

// ResponseError is a record that the broker refused.
type ResponseError struct {
	// BatchIndex is the position of the record in its batch, from 0.
	BatchIndex             int32  `kafka:"min=v8,max=v13"`
	BatchIndexErrorMessage string `kafka:"min=v8,max=v13,nullable"`
}

// ResponseCurrentLeader is the leader of a partition; both fields are -1 when
// it is not told.
type ResponseCurrentLeader struct {
	LeaderID    int32 `kafka:"min=v10,max=v13,default=-1"`
	LeaderEpoch int32 `kafka:"min=v10,max=v13,default=-1"`
}

// ResponseNodeEndpoint is the address of a broker.
type ResponseNodeEndpoint struct {
	NodeID int32  `kafka:"min=v10,max=v13"`
	Host   string `kafka:"min=v10,max=v13"`
	Port   int32  `kafka:"min=v10,max=v13"`
	Rack   string `kafka:"min=v10,max=v13,nullable"`
}

// ApiKey returns protocol.Produce.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.Produce }

// Error is an error that concerns a whole produce request, such as a partition
// without a leader.
type Error struct {
	Err error // the cause, which Unwrap returns
}

// NewError makes an Error of its cause.
func NewError(err error) *Error { return &Error{Err: err} }

// Error returns the text of the cause, and that it concerns a produce request.
func (e *Error) Error() string { return fmt.Sprintf("produce request error: %v", e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
