package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/addpartitionstotxn"
)

// AddPartitionToTxn is a partition that becomes part of a transaction.
type AddPartitionToTxn struct {
	// Partition is the partition.
	Partition int
}

// AddPartitionsToTxnRequest makes partitions part of a transaction.
type AddPartitionsToTxnRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// TransactionalID is that of the InitProducerIDRequest.
	TransactionalID string

	// ProducerID and ProducerEpoch are those of the InitProducerIDResponse.
	ProducerID    int
	ProducerEpoch int

	// Topics are the partitions by topic.
	Topics map[string][]AddPartitionToTxn
}

// AddPartitionsToTxnResponse tells which partitions are part of the transaction.
type AddPartitionsToTxnResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Topics are the partitions of the request by topic.
	Topics map[string][]AddPartitionToTxnPartition
}

// AddPartitionToTxnPartition is the outcome for one partition.
type AddPartitionToTxnPartition struct {
	// Partition is the partition.
	Partition int

	// Error is nil if the partition is part of the transaction. None is if one of
	// them cannot be; the others then have the code 55 (OPERATION_NOT_ATTEMPTED in
	// Kafka, BrokerAuthorizationFailed here). ConcurrentTransactions says that the
	// transaction before is coming to its end: the request may be made again soon.
	Error error
}

// AddPartitionsToTxn makes partitions part of a transaction, which begins with the
// first of them. It comes before Produce. It needs Kafka 0.11.
func (c *Client) AddPartitionsToTxn(ctx context.Context, req *AddPartitionsToTxnRequest) (*AddPartitionsToTxnResponse, error) {
	var check checker
	add := &addpartitionstotxn.Request{
		TransactionalID: req.TransactionalID,
		ProducerID:      int64(req.ProducerID),
		ProducerEpoch:   check.int16("ProducerEpoch", req.ProducerEpoch),
		Topics: requestTopics(&check, req.Topics,
			func(p *AddPartitionToTxn) int32 { return check.int32("Partition", p.Partition) },
			func(name string, partitions []int32) addpartitionstotxn.RequestTopic {
				return addpartitionstotxn.RequestTopic{Name: name, Partitions: partitions}
			}),
	}
	if check.err != nil {
		return nil, clientError("AddPartitionsToTxn", check.err)
	}
	res, err := call[*addpartitionstotxn.Response](ctx, c, "AddPartitionsToTxn", req.Addr, add)
	if err != nil {
		return nil, err
	}
	added := &AddPartitionsToTxnResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Topics:   make(map[string][]AddPartitionToTxnPartition, len(res.Results)),
	}
	for i := range res.Results {
		added.Topics[res.Results[i].Name] = mapped(res.Results[i].Results, func(p *addpartitionstotxn.ResponsePartition) AddPartitionToTxnPartition {
			return AddPartitionToTxnPartition{int(p.PartitionIndex), errorOf(p.ErrorCode)}
		})
	}
	return added, nil
}
