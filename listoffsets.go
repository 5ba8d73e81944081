package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/listoffsets"
)

// OffsetRequest asks for an offset of a partition. FirstOffsetOf, LastOffsetOf and
// TimeOffsetOf make them.
type OffsetRequest struct {
	// Partition is the partition.
	Partition int

	// Timestamp asks for the first record that is not older, in milliseconds since
	// 1970. Negative numbers have a meaning of their own: FirstOffset and LastOffset
	// here, and what package protocol/listoffsets has constants for.
	Timestamp int64
}

// FirstOffsetOf asks for the first offset that a partition keeps.
func FirstOffsetOf(partition int) OffsetRequest {
	return OffsetRequest{Partition: partition, Timestamp: FirstOffset}
}

// LastOffsetOf asks for the offset that the next record of a partition will have.
func LastOffsetOf(partition int) OffsetRequest {
	return OffsetRequest{Partition: partition, Timestamp: LastOffset}
}

// TimeOffsetOf asks for the first record of a partition with a time of at or later.
// A time before 1970, the zero one included, stands for the beginning of 1970.
func TimeOffsetOf(partition int, at time.Time) OffsetRequest {
	return OffsetRequest{Partition: partition, Timestamp: max(0, timestampOf(at))}
}

// PartitionOffsets are the offsets of a partition that were asked for.
type PartitionOffsets struct {
	// Partition is the partition.
	Partition int

	// FirstOffset and LastOffset are those of FirstOffsetOf and LastOffsetOf; -1 if
	// not asked for, or if there is an Error.
	FirstOffset int64
	LastOffset  int64

	// Offsets are what was found for other requests, with the times of the records
	// as the broker tells them. A time that no record is as late as has no entry.
	Offsets map[int64]time.Time

	// Error is what is wrong with one of the requests: what the broker has against
	// it, or why the leader could not be asked.
	Error error
}

// ListOffsetsRequest asks for offsets of partitions.
type ListOffsetsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Topics are what is asked for, by topic. There may be several requests for a
	// partition.
	Topics map[string][]OffsetRequest

	// IsolationLevel says what the last offset is: with ReadUncommitted the end of
	// what all replicas have, with ReadCommitted the first offset of a transaction
	// that is open. Brokers before Kafka 0.11 do not tell these apart.
	IsolationLevel IsolationLevel
}

// ListOffsetsResponse has offsets of partitions.
type ListOffsetsResponse struct {
	// Throttle is how long a broker holds requests back because of a quota; the longest,
	// if several were asked.
	Throttle time.Duration

	// Topics has an entry for each topic of the request, and in it one for each
	// partition, in the order of the request.
	Topics map[string][]PartitionOffsets
}

// ListOffsets asks the leaders of partitions for offsets. It fails if no leader
// could be asked.
func (c *Client) ListOffsets(ctx context.Context, req *ListOffsetsRequest) (*ListOffsetsResponse, error) {
	var check checker
	topics := requestTopics(&check, req.Topics, func(r *OffsetRequest) listoffsets.RequestPartition {
		return listoffsets.RequestPartition{Partition: check.int32("Partition", r.Partition), CurrentLeaderEpoch: -1, Timestamp: r.Timestamp}
	}, func(name string, partitions []listoffsets.RequestPartition) listoffsets.RequestTopic {
		return listoffsets.RequestTopic{Topic: name, Partitions: partitions}
	})
	if check.err != nil {
		return nil, clientError("ListOffsets", check.err)
	}
	res, err := call[*listoffsets.Response](ctx, c, "ListOffsets", req.Addr, &listoffsets.Request{
		ReplicaID:      -1,
		IsolationLevel: int8(req.IsolationLevel),
		Topics:         topics,
	})
	if err != nil {
		return nil, err
	}
	listed := &ListOffsetsResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Topics:   make(map[string][]PartitionOffsets, len(req.Topics)),
	}
	answers := offsetAnswers(res)
	for topic, requests := range req.Topics {
		listed.Topics[topic] = partitionOffsets(topic, requests, answers)
	}
	return listed, nil
}

type topicPartition struct {
	topic     string
	partition int
}

// offsetAnswers returns the answers about each partition. They are in the order in
// which they were asked for, since requests are split such that each asks for a
// partition once, and merged in the same order.
func offsetAnswers(res *listoffsets.Response) map[topicPartition][]*listoffsets.ResponsePartition {
	answers := make(map[topicPartition][]*listoffsets.ResponsePartition)
	for i := range res.Topics {
		t := &res.Topics[i]
		for j := range t.Partitions {
			p := &t.Partitions[j]
			key := topicPartition{t.Topic, int(p.Partition)}
			answers[key] = append(answers[key], p)
		}
	}
	return answers
}

// partitionOffsets takes the answers to the requests about a topic.
func partitionOffsets(topic string, requests []OffsetRequest, answers map[topicPartition][]*listoffsets.ResponsePartition) []PartitionOffsets {
	list := make([]PartitionOffsets, 0, len(requests))
	index := make(map[int]int, len(requests))
	for _, r := range requests {
		i, ok := index[r.Partition]
		if !ok {
			i = len(list)
			index[r.Partition] = i
			list = append(list, PartitionOffsets{Partition: r.Partition, FirstOffset: -1, LastOffset: -1, Offsets: map[int64]time.Time{}})
		}
		key := topicPartition{topic, r.Partition}
		if len(answers[key]) == 0 {
			list[i].Error = errNotAnswered(topic, r.Partition)
			continue
		}
		list[i].take(r, answers[key][0])
		answers[key] = answers[key][1:]
	}
	return list
}

func (p *PartitionOffsets) take(r OffsetRequest, answer *listoffsets.ResponsePartition) {
	if err := partError(answer.ErrorCode, "", answer.Err); err != nil {
		p.Error = err
		return
	}
	switch r.Timestamp {
	case FirstOffset:
		p.FirstOffset = answer.Offset
	case LastOffset:
		p.LastOffset = answer.Offset
	default:
		if answer.Offset >= 0 {
			p.Offsets[answer.Offset] = makeTime(answer.Timestamp)
		}
	}
}
