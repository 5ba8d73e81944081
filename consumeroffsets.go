package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go/protocol/metadata"
)

// TopicAndGroup names a topic and a group. Both are strings, and easily mixed up as
// arguments of a function.
type TopicAndGroup struct {
	// Topic is the topic.
	Topic string

	// GroupId is the consumer group.
	GroupId string
}

// ConsumerOffsets returns, by partition, the offsets that a group has committed for
// a topic: those of the next messages to read. The map has all partitions of the
// topic, with FirstOffset (-2) where the group has committed none, since that is
// where a Reader of the group begins by default; it is empty if there is no such
// topic.
//
// Version 0.4 of this API has -1 where nothing is committed, version 0.3 has
// FirstOffset. OffsetFetch tells -1.
func (c *Client) ConsumerOffsets(ctx context.Context, tg TopicAndGroup) (map[int]int64, error) {
	ctx, cancel := c.bound(ctx)
	defer cancel()
	partitions, err := c.partitionIDs(ctx, "ConsumerOffsets", tg.Topic)
	if err != nil {
		return nil, err
	}
	offsets := make(map[int]int64, len(partitions))
	if len(partitions) == 0 {
		return offsets, nil
	}
	res, err := c.OffsetFetch(ctx, &OffsetFetchRequest{GroupID: tg.GroupId, Topics: map[string][]int{tg.Topic: partitions}})
	if err == nil {
		err = res.Error
	}
	if err != nil {
		return nil, clientError("ConsumerOffsets", fmt.Errorf("group %q: %w", tg.GroupId, err))
	}
	for _, p := range res.Topics[tg.Topic] {
		if p.Error != nil {
			return nil, clientError("ConsumerOffsets", fmt.Errorf("partition %d of topic %q: %w", p.Partition, tg.Topic, p.Error))
		}
		offsets[p.Partition] = p.CommittedOffset
		if p.CommittedOffset < 0 {
			offsets[p.Partition] = FirstOffset
		}
	}
	return offsets, nil
}

// partitionIDs returns the partitions of a topic, none if it does not exist.
func (c *Client) partitionIDs(ctx context.Context, method, topic string) ([]int, error) {
	res, err := call[*metadata.Response](ctx, c, method, nil, &metadata.Request{TopicNames: []string{topic}})
	if err != nil {
		return nil, err
	}
	for i := range res.Topics {
		t := &res.Topics[i]
		err := errorOf(t.ErrorCode)
		if err != nil && !errors.Is(err, UnknownTopicOrPartition) {
			return nil, clientError(method, fmt.Errorf("topic %q: %w", topic, err))
		}
		if t.Name == topic {
			return mapped(t.Partitions, func(p *metadata.ResponsePartition) int { return int(p.PartitionIndex) }), nil
		}
	}
	return nil, nil
}
