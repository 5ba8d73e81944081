package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/deleterecords"
)

// DeleteRecordsRequest deletes the messages of partitions before an offset
// (KIP-107).
type DeleteRecordsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Topics are, by name, the partitions whose messages are to be deleted.
	Topics map[string][]DeleteRecordsRequestPartition
}

// DeleteRecordsRequestPartition is a partition whose messages are to be deleted.
type DeleteRecordsRequestPartition struct {
	Partition int

	// Offset is that of the first message to keep; LastOffset deletes all that are
	// committed. One above the high watermark is OffsetOutOfRange; one below the
	// first message deletes nothing.
	Offset int64
}

// DeleteRecordsResponse tells where partitions begin now.
type DeleteRecordsResponse struct {
	// Throttle is how long a broker holds requests back because of a quota; the longest,
	// if several were asked.
	Throttle time.Duration

	// Topics are those of the request. A partition is not in a certain order.
	Topics map[string][]DeleteRecordsResponsePartition
}

// DeleteRecordsResponsePartition is the outcome for one partition.
type DeleteRecordsResponsePartition struct {
	Partition int

	// LowWatermark is the lowest of the offsets at which the replicas begin, -1 if
	// there is an Error.
	LowWatermark int64

	// Error is why nothing was deleted, or why it is not known whether the replicas
	// follow: for instance OffsetOutOfRange, PolicyViolation for a topic that is
	// compacted only, or RequestTimedOut. A leader that could not be asked is an
	// error of its partitions.
	Error error
}

// DeleteRecords deletes the messages of partitions before an offset. It returns
// when all replicas begin there. The leaders of the partitions are asked.
//
// It needs Kafka 0.11.
func (c *Client) DeleteRecords(ctx context.Context, req *DeleteRecordsRequest) (*DeleteRecordsResponse, error) {
	const method = "DeleteRecords"
	var check checker
	topics := requestTopics(&check, withPartitions(&check, req.Topics), func(p *DeleteRecordsRequestPartition) deleterecords.RequestPartition {
		return deleterecords.RequestPartition{PartitionIndex: check.int32("Partition", p.Partition), Offset: p.Offset}
	}, func(name string, partitions []deleterecords.RequestPartition) deleterecords.RequestTopic {
		return deleterecords.RequestTopic{Name: name, Partitions: partitions}
	})
	if check.err != nil {
		return nil, clientError(method, check.err)
	}
	ctx, cancel := c.bound(ctx)
	defer cancel()
	res, err := call[*deleterecords.Response](ctx, c, method, req.Addr, &deleterecords.Request{
		Topics: topics, TimeoutMs: operationTimeout(ctx, 0),
	})
	if err != nil {
		return nil, err
	}
	answer := &DeleteRecordsResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Topics:   make(map[string][]DeleteRecordsResponsePartition, len(res.Topics)),
	}
	for _, t := range res.Topics {
		answer.Topics[t.Name] = mapped(t.Partitions, makeDeleteRecordsPartition)
	}
	return answer, nil
}

func makeDeleteRecordsPartition(p *deleterecords.ResponsePartition) DeleteRecordsResponsePartition {
	return DeleteRecordsResponsePartition{
		Partition:    int(p.PartitionIndex),
		LowWatermark: p.LowWatermark,
		Error:        partError(p.ErrorCode, "", p.Err),
	}
}
