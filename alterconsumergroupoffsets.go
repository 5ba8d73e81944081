package kafka

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/offsetcommit"
)

// AlterConsumerGroupOffsetsRequest sets the committed offsets of a group that has no
// members (KIP-396).
type AlterConsumerGroupOffsetsRequest struct {
	// Addr is the cluster. nil means that of the Client.
	Addr net.Addr

	GroupID string

	// Topics are, by name, the offsets of partitions. Those of other partitions stay.
	Topics map[string][]OffsetCommit
}

// AlterConsumerGroupOffsetsResponse tells which offsets were set.
type AlterConsumerGroupOffsetsResponse struct {
	// Throttle is for how long the broker delays the client because of a quota.
	Throttle time.Duration

	// Topics are those of the request. The error is UnknownMemberId for a group that
	// has members, UnknownTopicOrPartition for a partition that does not exist.
	Topics map[string][]OffsetCommitPartition
}

// AlterConsumerGroupOffsets sets the committed offsets of a group without members, to
// have it begin somewhere else. A group that does not exist comes into being. The
// group's coordinator is asked.
//
// Offsets must not be negative: FirstOffset and LastOffset are to be found by
// ListOffsets first.
//
// It needs Kafka 0.9.
func (c *Client) AlterConsumerGroupOffsets(ctx context.Context, req *AlterConsumerGroupOffsetsRequest) (*AlterConsumerGroupOffsetsResponse, error) {
	const method = "AlterConsumerGroupOffsets"
	topics, err := wireTopics(req.Topics, wireGroupOffset, func(name string, p []offsetcommit.RequestPartition) offsetcommit.RequestTopic {
		return offsetcommit.RequestTopic{Name: name, Partitions: p}
	})
	if err != nil {
		return nil, clientError(method, err)
	}
	res, err := call[*offsetcommit.Response](ctx, c, method, req.Addr, &offsetcommit.Request{
		GroupID: req.GroupID, GenerationID: -1, RetentionTimeMs: -1, Topics: topics,
	})
	if err != nil {
		return nil, err
	}
	answer := &AlterConsumerGroupOffsetsResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Topics:   make(map[string][]OffsetCommitPartition, len(res.Topics)),
	}
	for _, t := range res.Topics {
		for _, p := range t.Partitions {
			answer.Topics[t.Name] = append(answer.Topics[t.Name], OffsetCommitPartition{
				Partition: int(p.PartitionIndex), Error: errorOf(p.ErrorCode),
			})
		}
	}
	return answer, nil
}

func wireGroupOffset(o OffsetCommit) (w offsetcommit.RequestPartition, err error) {
	if o.Offset < 0 {
		return w, fmt.Errorf("partition %d: offset %d is negative", o.Partition, o.Offset)
	}
	w.CommittedOffset, w.CommittedMetadata = o.Offset, o.Metadata
	w.CommitTimestamp, w.CommittedLeaderEpoch = -1, -1
	w.PartitionIndex, err = wirePartition(o.Partition)
	return w, err
}
