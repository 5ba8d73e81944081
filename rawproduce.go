package kafka

import (
	"context"
	"net"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/rawproduce"
)

// RawProduceRequest writes records to a partition that the program has encoded.
type RawProduceRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Topic and Partition are where the records go.
	Topic     string
	Partition int

	// RequiredAcks is RequireNone by default.
	RequiredAcks RequiredAcks

	// MessageVersion has no effect: the format of the records is the one that they
	// have been encoded in.
	MessageVersion int

	// TransactionalID is the name of the producer whose transaction the records are
	// part of, empty outside of transactions. The records say so themselves, too.
	TransactionalID string

	// RawRecords are record batches, as protocol.RecordSet writes them, but without
	// the size before them. Brokers take one batch per request. They are read once.
	// If there are none, nothing is written, and the response is empty.
	RawRecords protocol.RawRecordSet
}

// RawProduce is Produce for records that the program has encoded: they are sent as
// they are.
func (c *Client) RawProduce(ctx context.Context, req *RawProduceRequest) (*ProduceResponse, error) {
	if req.RawRecords.Reader == nil {
		return &ProduceResponse{}, nil
	}
	if err := checkProduce(req.Partition, req.RequiredAcks); err != nil {
		return nil, clientError("RawProduce", err)
	}
	var records protocol.RawRecordSet
	size, err := records.ReadFrom(req.RawRecords.Reader)
	if err != nil {
		return nil, clientError("RawProduce", err)
	}
	if size == 0 {
		return &ProduceResponse{}, nil
	}
	ctx, cancel := c.bound(ctx)
	defer cancel()
	res, err := call[*produce.Response](ctx, c, "RawProduce", req.Addr, &rawproduce.Request{
		TransactionalID: req.TransactionalID,
		Acks:            int16(req.RequiredAcks),
		Timeout:         operationTimeout(ctx, 0),
		Topics: []rawproduce.RequestTopic{{
			Topic:      req.Topic,
			Partitions: []rawproduce.RequestPartition{{Partition: int32(req.Partition), RecordSet: records}},
		}},
	})
	return produceResponse("RawProduce", req.Topic, req.Partition, res, err)
}
