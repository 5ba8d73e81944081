package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/offsetfetch"
)

// OffsetFetchRequest asks for the offsets that a group has committed.
type OffsetFetchRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// GroupID is the group.
	GroupID string

	// Topics are partitions by topic. None means all that the group has committed,
	// which takes Kafka 0.10.2.
	Topics map[string][]int
}

// OffsetFetchResponse has the offsets that a group has committed.
type OffsetFetchResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Topics are the partitions by topic.
	Topics map[string][]OffsetFetchPartition

	// Error is what the broker has against the whole request. Brokers before Kafka
	// 0.10.2 have it for each partition.
	Error error
}

// OffsetFetchPartition is the offset that a group has committed for a partition.
type OffsetFetchPartition struct {
	// Partition is the partition.
	Partition int

	// CommittedOffset is the offset of the next record to read, -1 if the group has
	// committed none.
	CommittedOffset int64

	// Metadata is what was committed with the offset.
	Metadata string

	// Error is what the broker has against this part of the request.
	Error error
}

// OffsetFetch asks the coordinator of a group for the offsets that the group has
// committed. It does not wait for transactions that are about to commit others.
func (c *Client) OffsetFetch(ctx context.Context, req *OffsetFetchRequest) (*OffsetFetchResponse, error) {
	var check checker
	topics := requestTopics(&check, req.Topics, check.partition, func(name string, partitions []int32) offsetfetch.RequestTopic {
		return offsetfetch.RequestTopic{Name: name, PartitionIndexes: partitions}
	})
	if check.err != nil {
		return nil, clientError("OffsetFetch", check.err)
	}
	if len(topics) == 0 {
		topics = nil // all
	}
	res, err := call[*offsetfetch.Response](ctx, c, "OffsetFetch", req.Addr, &offsetfetch.Request{
		GroupID: req.GroupID,
		Topics:  topics,
	})
	if err != nil {
		return nil, err
	}
	fetched := &OffsetFetchResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Topics:   make(map[string][]OffsetFetchPartition, len(res.Topics)),
		Error:    errorOf(res.ErrorCode),
	}
	for i := range res.Topics {
		fetched.Topics[res.Topics[i].Name] = mapped(res.Topics[i].Partitions, makeOffsetFetchPartition)
	}
	return fetched, nil
}

func makeOffsetFetchPartition(p *offsetfetch.ResponsePartition) OffsetFetchPartition {
	return OffsetFetchPartition{
		Partition:       int(p.PartitionIndex),
		CommittedOffset: p.CommittedOffset,
		Metadata:        p.Metadata,
		Error:           errorOf(p.ErrorCode),
	}
}
