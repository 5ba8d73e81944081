package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/offsetcommit"
)

// OffsetCommit is the offset that a group commits for a partition.
type OffsetCommit struct {
	// Partition is the partition.
	Partition int

	// Offset is that of the next record to read: one more than that of the last one
	// that the group is done with.
	Offset int64

	// Metadata is kept with the offset, for whatever use.
	Metadata string
}

// OffsetCommitRequest commits offsets for a group.
type OffsetCommitRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// GroupID is the group.
	GroupID string

	// GenerationID, MemberID and InstanceID are those of the member that commits.
	// Without any of them, or with -1 and "", the commit is one from outside of the
	// group, which is only possible while the group has no members.
	GenerationID int
	MemberID     string
	InstanceID   string

	// Topics are the offsets by topic.
	Topics map[string][]OffsetCommit
}

// OffsetCommitResponse tells which offsets were committed.
type OffsetCommitResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Topics are the partitions of the request by topic.
	Topics map[string][]OffsetCommitPartition
}

// OffsetCommitPartition is the outcome for one partition.
type OffsetCommitPartition struct {
	// Partition is the partition.
	Partition int

	// Error is nil if the offset was committed. RebalanceInProgress,
	// IllegalGeneration and UnknownMemberId say that it is no longer the member's to
	// commit, OffsetMetadataTooLarge that the Metadata is too long.
	Error error
}

// OffsetCommit commits offsets for a group. They are kept for as long as the
// broker's configuration says (offsets.retention.minutes).
func (c *Client) OffsetCommit(ctx context.Context, req *OffsetCommitRequest) (*OffsetCommitResponse, error) {
	var check checker
	commit := &offsetcommit.Request{
		GroupID:         req.GroupID,
		GenerationID:    check.generation(req.GenerationID, req.MemberID, req.InstanceID),
		MemberID:        req.MemberID,
		GroupInstanceID: req.InstanceID,
		RetentionTimeMs: -1,
		Topics:          check.offsetCommits(req.Topics),
	}
	if check.err != nil {
		return nil, clientError("OffsetCommit", check.err)
	}
	res, err := call[*offsetcommit.Response](ctx, c, "OffsetCommit", req.Addr, commit)
	if err != nil {
		return nil, err
	}
	return makeOffsetCommitResponse(res), nil
}

func makeOffsetCommitResponse(res *offsetcommit.Response) *OffsetCommitResponse {
	committed := &OffsetCommitResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Topics:   make(map[string][]OffsetCommitPartition, len(res.Topics)),
	}
	for i := range res.Topics {
		committed.Topics[res.Topics[i].Name] = mapped(res.Topics[i].Partitions, func(p *offsetcommit.ResponsePartition) OffsetCommitPartition {
			return OffsetCommitPartition{int(p.PartitionIndex), errorOf(p.ErrorCode)}
		})
	}
	return committed
}

func (c *checker) offsetCommits(topics map[string][]OffsetCommit) []offsetcommit.RequestTopic {
	return requestTopics(c, topics, func(o *OffsetCommit) offsetcommit.RequestPartition {
		return offsetcommit.RequestPartition{
			PartitionIndex:       c.int32("Partition", o.Partition),
			CommittedOffset:      o.Offset,
			CommitTimestamp:      -1,
			CommittedLeaderEpoch: -1,
			CommittedMetadata:    o.Metadata,
		}
	}, func(name string, partitions []offsetcommit.RequestPartition) offsetcommit.RequestTopic {
		return offsetcommit.RequestTopic{Name: name, Partitions: partitions}
	})
}
