package kafka

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/segmentio/kafka-go/protocol/offsetcommit"
)

// AlterConsumerGroupOffsetsRequest sets the committed offsets of a group that has no
// members (KIP-396).
type AlterConsumerGroupOffsetsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	GroupID string

	// Topics are, by name, the offsets of partitions. Those of other partitions stay.
	Topics map[string][]OffsetCommit
}

// AlterConsumerGroupOffsetsResponse tells which offsets were set.
type AlterConsumerGroupOffsetsResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
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
	var check checker
	for _, topic := range slices.Sorted(maps.Keys(req.Topics)) {
		for _, o := range req.Topics[topic] {
			if o.Offset < 0 {
				check.fail(fmt.Errorf("topic %q: partition %d: offset %d is negative", topic, o.Partition, o.Offset))
			}
		}
	}
	topics := check.offsetCommits(withPartitions(&check, req.Topics))
	if check.err != nil {
		return nil, clientError(method, check.err)
	}
	res, err := call[*offsetcommit.Response](ctx, c, method, req.Addr, &offsetcommit.Request{
		GroupID: req.GroupID, GenerationID: -1, RetentionTimeMs: -1, Topics: topics,
	})
	if err != nil {
		return nil, err
	}
	set := makeOffsetCommitResponse(res)
	return &AlterConsumerGroupOffsetsResponse{Throttle: set.Throttle, Topics: set.Topics}, nil
}
