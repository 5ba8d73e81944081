package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/offsetforleaderepoch"
)

// OffsetForLeaderEpochRequest asks where the messages of leader epochs end
// (KIP-320).
type OffsetForLeaderEpochRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Topics are, by name, partitions and an epoch of each.
	Topics map[string][]OffsetForLeaderEpochRequestPartition
}

// OffsetForLeaderEpochRequestPartition is a partition and an epoch of it.
type OffsetForLeaderEpochRequestPartition struct {
	Partition   int
	LeaderEpoch int
}

// OffsetForLeaderEpochResponse tells where epochs end.
type OffsetForLeaderEpochResponse struct {
	// Throttle is how long a broker holds requests back because of a quota; the longest,
	// if several were asked.
	Throttle time.Duration

	// Topics are those of the request. A partition is not in a certain order.
	Topics map[string][]OffsetForLeaderEpochResponsePartition
}

// OffsetForLeaderEpochResponsePartition is the answer about one partition.
type OffsetForLeaderEpochResponsePartition struct {
	Partition int

	// LeaderEpoch is the epoch asked for, or the last before it that the leader
	// knows; -1 if there is none.
	LeaderEpoch int

	// EndOffset is the offset after the last message of LeaderEpoch, -1 if it is not
	// known.
	EndOffset int64

	// Error is for instance UnknownTopicOrPartition. A leader that could not be
	// asked is an error of its partitions.
	Error error
}

// OffsetForLeaderEpoch tells where the messages of leader epochs end. Who has read
// further than that has read messages that are no longer in the log, because a
// leader was elected that did not have them. The leaders of the partitions are
// asked.
//
// It needs Kafka 2.3; older brokers, from 0.11 on, answer if the client may act as
// one of them.
func (c *Client) OffsetForLeaderEpoch(ctx context.Context, req *OffsetForLeaderEpochRequest) (*OffsetForLeaderEpochResponse, error) {
	const method = "OffsetForLeaderEpoch"
	var check checker
	topics := requestTopics(&check, withPartitions(&check, req.Topics), func(p *OffsetForLeaderEpochRequestPartition) offsetforleaderepoch.RequestPartition {
		return offsetforleaderepoch.RequestPartition{
			Partition: check.int32("Partition", p.Partition), CurrentLeaderEpoch: -1, LeaderEpoch: check.int32("LeaderEpoch", p.LeaderEpoch),
		}
	}, func(name string, partitions []offsetforleaderepoch.RequestPartition) offsetforleaderepoch.RequestTopic {
		return offsetforleaderepoch.RequestTopic{Topic: name, Partitions: partitions}
	})
	if check.err != nil {
		return nil, clientError(method, check.err)
	}
	res, err := call[*offsetforleaderepoch.Response](ctx, c, method, req.Addr, &offsetforleaderepoch.Request{ReplicaID: -1, Topics: topics})
	if err != nil {
		return nil, err
	}
	answer := &OffsetForLeaderEpochResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Topics:   make(map[string][]OffsetForLeaderEpochResponsePartition, len(res.Topics)),
	}
	for _, t := range res.Topics {
		answer.Topics[t.Topic] = mapped(t.Partitions, makeEpochEnd)
	}
	return answer, nil
}

func makeEpochEnd(p *offsetforleaderepoch.ResponsePartition) OffsetForLeaderEpochResponsePartition {
	return OffsetForLeaderEpochResponsePartition{
		Partition:   int(p.Partition),
		LeaderEpoch: int(p.LeaderEpoch),
		EndOffset:   p.EndOffset,
		Error:       partError(p.ErrorCode, "", p.Err),
	}
}
