// Package txnoffsetcommit has the messages of the TxnOffsetCommit API, which stores
// the progress of a group as a part of a transaction (KIP-98).
//
// Version 2 adds the leader epoch of the last record (KIP-320), version 3 ties the
// commit to a member and a generation (KIP-447), version 4 tells that a transaction
// can but be aborted (KIP-890), version 6 names topics by id (KIP-1319).
package txnoffsetcommit

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The versions at which requests change shape or meaning.
const (
	maxVersion   = 6
	firstV2Txn   = 5 // the request adds the group to the transaction
	firstTopicID = 6 // topics are named by id alone
)

// Request asks the coordinator of a group to store offsets once a transaction is
// committed.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v6,flexible=v3"`

	TransactionalID string `kafka:"min=v0,max=v6"`
	GroupID         string `kafka:"min=v0,max=v6"`
	ProducerID      int64  `kafka:"min=v0,max=v6"`
	ProducerEpoch   int16  `kafka:"min=v0,max=v6"`

	// GenerationID is that of the member's generation, -1 for a commit from outside
	// the group; for the protocol of KIP-848, the member's epoch.
	GenerationID int32 `kafka:"min=v3,max=v6,default=-1"`

	// MemberID is empty for a commit from outside the group.
	MemberID string `kafka:"min=v3,max=v6"`

	// GroupInstanceID is the name of a static member, empty for others.
	GroupInstanceID string `kafka:"min=v3,max=v6,nullable"`

	Topics []RequestTopic `kafka:"min=v0,max=v6"`

	// TransactionV2 tells that the transaction follows KIP-890: the cluster has
	// finalized transaction.version 2, the request itself adds the group to the
	// transaction, and EndTxn bumps the epoch. It asks for version 5 or later;
	// without it a request stays below.
	TransactionV2 bool `kafka:"-"`
}

// RequestTopic is a topic whose offsets are stored. Versions up to 5 carry its
// name, version 6 its id.
type RequestTopic struct {
	Name       string             `kafka:"min=v0,max=v5,ignorable"`
	TopicID    protocol.UUID      `kafka:"min=v6,max=v6,ignorable"`
	Partitions []RequestPartition `kafka:"min=v0,max=v6"`
}

// RequestPartition is the offset of a partition.
type RequestPartition struct {
	Partition int32 `kafka:"min=v0,max=v6"`

	// CommittedOffset is the offset of the next record to read.
	CommittedOffset int64 `kafka:"min=v0,max=v6"`

	// CommittedLeaderEpoch is the leader epoch of the last record that was read, by
	// which consumers notice that it is gone; -1 when not known.
	CommittedLeaderEpoch int32 `kafka:"min=v2,max=v6,default=-1,ignorable"`

	// CommittedMetadata is kept with the offset, for whatever use.
	CommittedMetadata string `kafka:"min=v0,max=v6,nullable"`
}

// ApiKey returns protocol.TxnOffsetCommit.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.TxnOffsetCommit }

// Group returns the id of the group, whose coordinator is asked.
func (r *Request) Group() string { return r.GroupID }

// VersionRange keeps transactions on the side of version 5 that TransactionV2
// tells, topics without an id below version 6, and topics without a name at it.
func (r *Request) VersionRange() (min, max int16) {
	min, max = 0, firstV2Txn-1
	if r.TransactionV2 {
		min, max = firstV2Txn, maxVersion
	}
	for i := range r.Topics {
		if r.Topics[i].TopicID.IsZero() && max >= firstTopicID {
			max = firstTopicID - 1
		}
		if r.Topics[i].Name == "" {
			min = firstTopicID
		}
	}
	return min, max
}

// Response tells which offsets were stored.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v6,flexible=v3"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v6"`

	Topics []ResponseTopic `kafka:"min=v0,max=v6"`
}

// ResponseTopic is a topic whose offsets were to be stored. Version 6 has no name
// in it.
type ResponseTopic struct {
	Name       string              `kafka:"min=v0,max=v5,ignorable"`
	TopicID    protocol.UUID       `kafka:"min=v6,max=v6,ignorable"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v6"`
}

// ResponsePartition is the outcome for one partition.
type ResponsePartition struct {
	Partition int32 `kafka:"min=v0,max=v6"`
	ErrorCode int16 `kafka:"min=v0,max=v6"`
}

// ApiKey returns protocol.TxnOffsetCommit.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.TxnOffsetCommit }
