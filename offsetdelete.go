package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/offsetdelete"
)

// OffsetDelete names a partition whose offset is to be deleted. It is there for
// programs that use the name: OffsetDeleteRequest has partitions by topic.
type OffsetDelete struct {
	// Topic and Partition are the partition.
	Topic     string
	Partition int
}

// OffsetDeleteRequest deletes offsets that a group has committed.
type OffsetDeleteRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// GroupID is the group.
	GroupID string

	// Topics are partitions by topic.
	Topics map[string][]int
}

// OffsetDeleteResponse tells which offsets were deleted.
type OffsetDeleteResponse struct {
	// Error is what the broker has against the whole request: GroupIdNotFound, for
	// instance, or NonEmptyGroup for a group with members that are not consumers.
	Error error

	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Topics are the partitions of the request by topic.
	Topics map[string][]OffsetDeletePartition
}

// OffsetDeletePartition is the outcome for one partition.
type OffsetDeletePartition struct {
	// Partition is the partition.
	Partition int

	// Error is nil if the group has no offset for the partition any more, and
	// GroupSubscribedToTopic if a member of the group reads the topic.
	Error error
}

// OffsetDelete deletes offsets that a group has committed. It needs Kafka 2.4
// (KIP-496).
func (c *Client) OffsetDelete(ctx context.Context, req *OffsetDeleteRequest) (*OffsetDeleteResponse, error) {
	var check checker
	topics := requestTopics(&check, req.Topics, func(id *int) offsetdelete.RequestPartition {
		return offsetdelete.RequestPartition{PartitionIndex: check.partition(id)}
	}, func(name string, partitions []offsetdelete.RequestPartition) offsetdelete.RequestTopic {
		return offsetdelete.RequestTopic{Name: name, Partitions: partitions}
	})
	if check.err != nil {
		return nil, clientError("OffsetDelete", check.err)
	}
	res, err := call[*offsetdelete.Response](ctx, c, "OffsetDelete", req.Addr, &offsetdelete.Request{
		GroupID: req.GroupID,
		Topics:  topics,
	})
	if err != nil {
		return nil, err
	}
	deleted := &OffsetDeleteResponse{
		Error:    errorOf(res.ErrorCode),
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Topics:   make(map[string][]OffsetDeletePartition, len(res.Topics)),
	}
	for i := range res.Topics {
		deleted.Topics[res.Topics[i].Name] = mapped(res.Topics[i].Partitions, func(p *offsetdelete.ResponsePartition) OffsetDeletePartition {
			return OffsetDeletePartition{int(p.PartitionIndex), errorOf(p.ErrorCode)}
		})
	}
	return deleted, nil
}
