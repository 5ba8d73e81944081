// Package rawproduce has a produce request whose record sets are in wire form
// already: bytes that are sent as they are. It is registered beside package
// produce, whose Response answers it.
package rawproduce

import (
	"fmt"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
)

func init() {
	protocol.RegisterOverride(&Request{}, &produce.Response{}, protocol.RawProduceOverride)
}

// The versions at which requests change shape or meaning.
const (
	maxVersion   = 13
	firstV2Txn   = 12 // a transactional request adds its partitions to the transaction
	firstTopicID = 13 // topics are named by id alone
)

// Request asks the leader of partitions to append records to them. Its fields
// mean what those of produce.Request do.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v13,flexible=v9"`

	TransactionalID string         `kafka:"min=v3,max=v13,nullable"`
	Acks            int16          `kafka:"min=v0,max=v13"`
	Timeout         int32          `kafka:"min=v0,max=v13"` // milliseconds
	Topics          []RequestTopic `kafka:"min=v0,max=v13"`

	// TransactionV2 is that of produce.Request.
	TransactionV2 bool `kafka:"-"`
}

// RequestTopic is a topic to write to. Versions up to 12 carry its name, version
// 13 its id. Routing goes by the name: have both set where the id is known.
type RequestTopic struct {
	Topic      string             `kafka:"min=v0,max=v12,ignorable"`
	TopicID    protocol.UUID      `kafka:"min=v13,max=v13,ignorable"`
	Partitions []RequestPartition `kafka:"min=v0,max=v13"`
}

// RequestPartition is a partition and what to append to it. The caller sees to
// it that the bytes have the format that the version asks for: message sets
// before version 3, one record batch from then on.
type RequestPartition struct {
	Partition int32                 `kafka:"min=v0,max=v13"`
	RecordSet protocol.RawRecordSet `kafka:"min=v0,max=v13,nullable"`
}

// ApiKey returns protocol.Produce.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.Produce }

// BrokerWait is the time that the broker waits for the replicas, which a
// connection adds to its patience.
func (r *Request) BrokerWait() time.Duration {
	return time.Duration(r.Timeout) * time.Millisecond
}

// TypeKey returns protocol.RawProduceOverride.
func (r *Request) TypeKey() protocol.OverrideTypeKey { return protocol.RawProduceOverride }

// HasResponse reports whether the broker answers, which it does unless Acks is 0.
func (r *Request) HasResponse() bool { return r.Acks != 0 }

// VersionRange is that of produce.Request.
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
