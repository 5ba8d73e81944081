package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/describeproducers"
)

// DescribeProducersRequest asks for the idempotent and transactional producers that
// partitions know (KIP-664).
type DescribeProducersRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Topics are, by name, partitions.
	Topics map[string][]int
}

// DescribeProducersResponse lists producers.
type DescribeProducersResponse struct {
	// Throttle is how long a broker holds requests back because of a quota; the longest,
	// if several were asked.
	Throttle time.Duration

	// Topics are those of the request. A partition is not in a certain order.
	Topics map[string][]DescribeProducersResponsePartition
}

// DescribeProducersResponsePartition is the producers of one partition.
type DescribeProducersResponsePartition struct {
	Partition int

	// Error is for instance UnknownTopicOrPartition. A leader that could not be
	// asked is an error of its partitions.
	Error error

	Producers []DescribeProducersResponseProducer
}

// DescribeProducersResponseProducer is a producer as a partition knows it.
type DescribeProducersResponseProducer struct {
	ProducerID    int64
	ProducerEpoch int

	// LastSequence is that of the last message, -1 if there is none.
	LastSequence int

	// LastTimestamp is that of the last message, in UTC; the zero time if there is
	// none.
	LastTimestamp time.Time

	// CoordinatorEpoch is that of the coordinator that ended the producer's last
	// transaction in the partition, -1 if there has been none.
	CoordinatorEpoch int

	// TxnStartOffset is where the open transaction begins, -1 if there is none.
	TxnStartOffset int64
}

// DescribeProducers lists the producers that partitions know. The leaders of the
// partitions are asked.
//
// It needs Kafka 2.8.
func (c *Client) DescribeProducers(ctx context.Context, req *DescribeProducersRequest) (*DescribeProducersResponse, error) {
	const method = "DescribeProducers"
	var check checker
	topics := requestTopics(&check, withPartitions(&check, req.Topics), check.partition, func(name string, partitions []int32) describeproducers.RequestTopic {
		return describeproducers.RequestTopic{Name: name, PartitionIndexes: partitions}
	})
	if check.err != nil {
		return nil, clientError(method, check.err)
	}
	res, err := call[*describeproducers.Response](ctx, c, method, req.Addr, &describeproducers.Request{Topics: topics})
	if err != nil {
		return nil, err
	}
	answer := &DescribeProducersResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Topics:   make(map[string][]DescribeProducersResponsePartition, len(res.Topics)),
	}
	for _, t := range res.Topics {
		answer.Topics[t.Name] = mapped(t.Partitions, makeProducersPartition)
	}
	return answer, nil
}

func makeProducersPartition(p *describeproducers.ResponsePartition) DescribeProducersResponsePartition {
	return DescribeProducersResponsePartition{
		Partition: int(p.PartitionIndex),
		Error:     partError(p.ErrorCode, p.ErrorMessage, p.Err),
		Producers: mapped(p.ActiveProducers, func(p *describeproducers.ResponseProducer) DescribeProducersResponseProducer {
			return DescribeProducersResponseProducer{
				ProducerID:       p.ProducerID,
				ProducerEpoch:    int(p.ProducerEpoch),
				LastSequence:     int(p.LastSequence),
				LastTimestamp:    makeTime(p.LastTimestamp),
				CoordinatorEpoch: int(p.CoordinatorEpoch),
				TxnStartOffset:   p.CurrentTxnStartOffset,
			}
		}),
	}
}
