// Package fetch has the messages of the Fetch API, which reads records from
// partitions.
//
// Version 4 brought record batches and isolation levels (KIP-98), version 7 fetch
// sessions (KIP-227), version 9 fencing by leader epoch (KIP-320), version 10 zstd
// (KIP-110), version 11 reading from the closest replica (KIP-392), version 13
// topic ids (KIP-516) and version 16 the address of a new leader (KIP-951).
package fetch

import (
	"fmt"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The versions at which requests change shape.
const (
	maxVersion        = 18
	firstTopicID      = 13 // topics are named by id alone
	firstReplicaState = 15 // the id of a follower moved to ReplicaState
)

// Request asks the leader of partitions, or a replica, for their records.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v18,flexible=v12"`

	// ClusterID makes brokers of other clusters refuse the request; empty for no
	// such check.
	ClusterID string `kafka:"min=v12,max=v18,nullable,tag=0,ignorable"`

	// ReplicaID is -1 for consumers, and the id of the broker when a follower asks.
	// From version 15 on ReplicaState is in its place.
	ReplicaID int32 `kafka:"min=v0,max=v14,default=-1"`

	// ReplicaState identifies a follower; the zero value stands for a consumer.
	ReplicaState RequestReplicaState `kafka:"min=v15,max=v18,tag=1"`

	// MaxWaitTime is how long the broker waits for MinBytes, in milliseconds.
	MaxWaitTime int32 `kafka:"min=v0,max=v18"`
	MinBytes    int32 `kafka:"min=v0,max=v18"`

	// MaxBytes bounds the response as a whole, except that the first batch of the
	// first partition that has any is always sent.
	MaxBytes int32 `kafka:"min=v3,max=v18,default=2147483647,ignorable"`

	// IsolationLevel is 0 to read all records, 1 to read those of committed
	// transactions only.
	IsolationLevel int8 `kafka:"min=v4,max=v18,ignorable"`

	// SessionID and SessionEpoch belong to a fetch session (KIP-227). Id 0 and
	// epoch -1 ask for none, id 0 and epoch 0 for a new one.
	SessionID    int32 `kafka:"min=v7,max=v18,ignorable"`
	SessionEpoch int32 `kafka:"min=v7,max=v18,default=-1,ignorable"`

	// Topics are, within a session, those that are new in it or have changed.
	Topics []RequestTopic `kafka:"min=v0,max=v18"`

	// ForgottenTopics are to be taken out of the session.
	ForgottenTopics []RequestForgottenTopic `kafka:"min=v7,max=v18"`

	// RackID is where the consumer is; empty for not told.
	RackID string `kafka:"min=v11,max=v18,ignorable"`

	// ByName keeps the request below version 13, where topics are named. It is not
	// sent. A request that changes nothing in its session does not show whether
	// that speaks of names or of ids.
	ByName bool `kafka:"-"`
}

// RequestReplicaState identifies the follower that asks (KIP-903).
type RequestReplicaState struct {
	ReplicaID    int32 `kafka:"min=v15,max=v18,default=-1"`
	ReplicaEpoch int64 `kafka:"min=v15,max=v18,default=-1"`
}

// RequestTopic is a topic to read from. Versions up to 12 carry its name, later
// ones its id. Routing goes by the name: have both set where the id is known.
type RequestTopic struct {
	Topic      string             `kafka:"min=v0,max=v12,ignorable"`
	TopicID    protocol.UUID      `kafka:"min=v13,max=v18,ignorable"`
	Partitions []RequestPartition `kafka:"min=v0,max=v18"`
}

// RequestPartition is a partition to read from.
type RequestPartition struct {
	Partition int32 `kafka:"min=v0,max=v18"`

	// CurrentLeaderEpoch lets the broker refuse a client whose view of the leader
	// is out of date; -1 for no such check.
	CurrentLeaderEpoch int32 `kafka:"min=v9,max=v18,default=-1,ignorable"`

	FetchOffset int64 `kafka:"min=v0,max=v18"`

	// LastFetchedEpoch is the leader epoch of the last record that a replica has,
	// so that it learns where its log diverges. Consumers leave it at 0 or -1,
	// which ask for no such check; see Prepare.
	LastFetchedEpoch int32 `kafka:"min=v12,max=v18,default=-1"`

	// LogStartOffset is told by followers only; others leave it at -1.
	LogStartOffset int64 `kafka:"min=v5,max=v18,default=-1,ignorable"`

	PartitionMaxBytes int32 `kafka:"min=v0,max=v18"`

	// ReplicaDirectoryID is told by followers only (KIP-853).
	ReplicaDirectoryID protocol.UUID `kafka:"min=v17,max=v18,tag=0,ignorable"`

	// HighWatermark is the one that a follower knows (KIP-1166); its default tells
	// none, as does 0.
	HighWatermark int64 `kafka:"min=v18,max=v18,tag=1,default=9223372036854775807,ignorable"`
}

// RequestForgottenTopic names partitions to take out of a session.
type RequestForgottenTopic struct {
	Topic      string        `kafka:"min=v7,max=v12,ignorable"`
	TopicID    protocol.UUID `kafka:"min=v13,max=v18,ignorable"`
	Partitions []int32       `kafka:"min=v7,max=v18"`
}

// ApiKey returns protocol.Fetch.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.Fetch }

// BrokerWait is the time that the broker waits for records, which a
// connection adds to its patience.
func (r *Request) BrokerWait() time.Duration {
	return time.Duration(r.MaxWaitTime) * time.Millisecond
}

// Prepare turns a LastFetchedEpoch of 0 into -1. The field was added to a struct
// whose users do not know of it, and 0 would have the broker compare histories
// that a consumer does not have.
func (r *Request) Prepare(apiVersion int16) {
	for i := range r.Topics {
		partitions := r.Topics[i].Partitions
		for j := range partitions {
			if partitions[j].LastFetchedEpoch == 0 {
				partitions[j].LastFetchedEpoch = -1
			}
		}
	}
}

// VersionRange keeps topics without an id, and requests ByName, below version 13,
// topics without a name at it or above, and a follower that sets ReplicaID below
// version 15.
func (r *Request) VersionRange() (min, max int16) {
	min, max = 0, maxVersion
	if r.ReplicaID > 0 {
		max = firstReplicaState - 1
	}
	if r.ByName {
		max = firstTopicID - 1
	}
	for i := range r.Topics {
		min, max = restrict(min, max, r.Topics[i].Topic, r.Topics[i].TopicID)
	}
	for i := range r.ForgottenTopics {
		min, max = restrict(min, max, r.ForgottenTopics[i].Topic, r.ForgottenTopics[i].TopicID)
	}
	return min, max
}

func restrict(min, max int16, topic string, id protocol.UUID) (int16, int16) {
	if id.IsZero() && max >= firstTopicID {
		max = firstTopicID - 1
	}
	if topic == "" {
		min = firstTopicID
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

// Error is an error that concerns a whole fetch request, such as a partition
// without a leader.
type Error struct {
	Err error // the cause, which Unwrap returns
}

// NewError makes an Error of its cause.
func NewError(err error) *Error { return &Error{Err: err} }

// Error returns the text of the cause, and that it concerns a fetch request.
func (e *Error) Error() string { return fmt.Sprintf("fetch request error: %v", e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
