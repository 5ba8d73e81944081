package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/txnoffsetcommit"
)

// TxnOffsetCommit is the offset that a group commits for a partition, as part of a
// transaction.
type TxnOffsetCommit struct {
	// Partition is the partition.
	Partition int

	// Offset is that of the next record to read.
	Offset int64

	// Metadata is kept with the offset, for whatever use.
	Metadata string
}

// TxnOffsetCommitRequest commits offsets for a group as part of a transaction.
type TxnOffsetCommitRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// TransactionalID is that of the InitProducerIDRequest.
	TransactionalID string

	// GroupID is the group.
	GroupID string

	// ProducerID and ProducerEpoch are those of the InitProducerIDResponse.
	ProducerID    int
	ProducerEpoch int

	// GenerationID, MemberID and GroupInstanceID are those of the member of the
	// group, which the broker holds against the group's (KIP-447, Kafka 2.5).
	// Without any of them, or with -1 and "", there is no such check.
	GenerationID    int
	MemberID        string
	GroupInstanceID string

	// Topics are the offsets by topic.
	Topics map[string][]TxnOffsetCommit
}

// TxnOffsetCommitResponse tells which offsets are part of the transaction.
type TxnOffsetCommitResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Topics are the partitions of the request by topic.
	Topics map[string][]TxnOffsetCommitPartition
}

// TxnOffsetCommitPartition is the outcome for one partition.
type TxnOffsetCommitPartition struct {
	// Partition is the partition.
	Partition int

	// Error is nil if the offset will be committed with the transaction.
	Error error
}

// TxnOffsetCommit commits offsets for a group as part of a transaction: they are
// stored when the transaction is committed, and forgotten when it is aborted. It
// comes after AddOffsetsToTxn. It needs Kafka 0.11.
func (c *Client) TxnOffsetCommit(ctx context.Context, req *TxnOffsetCommitRequest) (*TxnOffsetCommitResponse, error) {
	var check checker
	commit := check.txnOffsetCommit(req)
	if check.err != nil {
		return nil, clientError("TxnOffsetCommit", check.err)
	}
	res, err := call[*txnoffsetcommit.Response](ctx, c, "TxnOffsetCommit", req.Addr, commit)
	if err != nil {
		return nil, err
	}
	committed := &TxnOffsetCommitResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Topics:   make(map[string][]TxnOffsetCommitPartition, len(res.Topics)),
	}
	for i := range res.Topics {
		committed.Topics[res.Topics[i].Name] = mapped(res.Topics[i].Partitions, func(p *txnoffsetcommit.ResponsePartition) TxnOffsetCommitPartition {
			return TxnOffsetCommitPartition{int(p.Partition), errorOf(p.ErrorCode)}
		})
	}
	return committed, nil
}

func (c *checker) txnOffsetCommit(req *TxnOffsetCommitRequest) *txnoffsetcommit.Request {
	return &txnoffsetcommit.Request{
		TransactionalID: req.TransactionalID,
		GroupID:         req.GroupID,
		ProducerID:      int64(req.ProducerID),
		ProducerEpoch:   c.int16("ProducerEpoch", req.ProducerEpoch),
		GenerationID:    c.generation(req.GenerationID, req.MemberID, req.GroupInstanceID),
		MemberID:        req.MemberID,
		GroupInstanceID: req.GroupInstanceID,
		Topics: requestTopics(c, req.Topics, func(o *TxnOffsetCommit) txnoffsetcommit.RequestPartition {
			return txnoffsetcommit.RequestPartition{
				Partition:            c.int32("Partition", o.Partition),
				CommittedOffset:      o.Offset,
				CommittedLeaderEpoch: -1,
				CommittedMetadata:    o.Metadata,
			}
		}, func(name string, partitions []txnoffsetcommit.RequestPartition) txnoffsetcommit.RequestTopic {
			return txnoffsetcommit.RequestTopic{Name: name, Partitions: partitions}
		}),
	}
}
