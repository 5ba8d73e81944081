package kafka

import (
	"context"
	"net"

	"github.com/segmentio/kafka-go/protocol/writetxnmarkers"
)

// AbortTransactionRequest aborts a transaction that hangs in a partition (KIP-664).
// DescribeProducers tells what is to be in it.
type AbortTransactionRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	Topic     string
	Partition int

	ProducerID    int64
	ProducerEpoch int

	// CoordinatorEpoch must not be below the one that the partition knows of the
	// producer. Values below zero stand for zero.
	CoordinatorEpoch int
}

// AbortTransactionResponse tells whether the transaction was aborted.
type AbortTransactionResponse struct {
	// Error is for instance InvalidProducerEpoch, if the producer has another epoch by
	// now, or ClusterAuthorizationFailed: it takes the right to act as a broker.
	Error error
}

// AbortTransaction writes the end of a transaction to a partition: what it wrote
// there is aborted. It is for transactions that hang, of which their coordinator no
// longer knows: others go on as if nothing had happened, and lose what they wrote.
// A transaction that does not exist is aborted nevertheless, without an effect. The
// leader of the partition is asked.
//
// It needs Kafka 0.11; what it needs to know is to be had from Kafka 2.8 on.
func (c *Client) AbortTransaction(ctx context.Context, req *AbortTransactionRequest) (*AbortTransactionResponse, error) {
	const method = "AbortTransaction"
	var check checker
	marker := req.marker(&check)
	if check.err != nil {
		return nil, clientError(method, check.err)
	}
	res, err := call[*writetxnmarkers.Response](ctx, c, method, req.Addr, &writetxnmarkers.Request{
		Markers: []writetxnmarkers.RequestMarker{marker},
	})
	if err != nil {
		return nil, err
	}
	if len(res.Markers) == 0 || len(res.Markers[0].Topics) == 0 || len(res.Markers[0].Topics[0].Partitions) == 0 {
		return nil, clientError(method, errNotAnswered(req.Topic, req.Partition))
	}
	p := &res.Markers[0].Topics[0].Partitions[0]
	return &AbortTransactionResponse{Error: partError(p.ErrorCode, "", p.Err)}, nil
}

func (r *AbortTransactionRequest) marker(check *checker) writetxnmarkers.RequestMarker {
	return writetxnmarkers.RequestMarker{
		ProducerID:       r.ProducerID,
		ProducerEpoch:    check.int16("ProducerEpoch", r.ProducerEpoch),
		CoordinatorEpoch: check.int32("CoordinatorEpoch", max(r.CoordinatorEpoch, 0)),
		Topics: []writetxnmarkers.RequestTopic{
			{Name: r.Topic, PartitionIndexes: []int32{check.int32("Partition", r.Partition)}},
		},
	}
}
