package kafka

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// ProduceRequest writes records to a partition, as one batch that is written as a
// whole or not at all.
type ProduceRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Topic and Partition are where the records go.
	Topic     string
	Partition int

	// RequiredAcks is RequireNone by default.
	RequiredAcks RequiredAcks

	// MessageVersion has no effect: the format of the records is the one that goes
	// with the version of the API that the broker has.
	MessageVersion int

	// TransactionalID is the name of the producer whose transaction the records are
	// part of, empty outside of transactions. It takes a Producer; see InitProducerID
	// and AddPartitionsToTxn, which come before.
	TransactionalID string

	// Records are the records, in order. They are read once, and their keys and
	// values closed. A record without a Time gets that of the call. If there are no
	// records, nothing is written, and the response is empty.
	//
	// A *protocol.RecordBatch is written with its own attributes and producer.
	Records RecordReader

	// Compression is none by default.
	Compression Compression

	// Producer is the identity of the producer, see InitProducerID. nil means none.
	// With one, a request that is made again, with the same BaseSequence, is not
	// written twice: it has the same response. It takes RequireAll.
	Producer *ProducerSession

	// BaseSequence counts the records that the Producer has written to the partition
	// before these, from 0. It starts anew with each ProducerEpoch, and after
	// 2147483647.
	BaseSequence int
}

// ProduceResponse tells where records were written.
type ProduceResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Error is why the records were not written, or, for RequestTimedOut and
	// NotEnoughReplicasAfterAppend, why they may be lost.
	Error error

	// BaseOffset is the offset of the first record.
	BaseOffset int64

	// LogAppendTime is when the broker appended the records, if the topic has
	// message.timestamp.type=LogAppendTime, and zero if the records have kept their
	// own times.
	LogAppendTime time.Time

	// LogStartOffset is the first offset that the partition keeps, -1 if the broker
	// did not tell. Kafka 1.0 and later tell.
	LogStartOffset int64

	// RecordErrors are, by their position in the request, the records because of
	// which all were refused. nil if there are none. Kafka 2.4 and later tell them.
	RecordErrors map[int]error
}

// Produce writes records to a partition. If RequiredAcks is RequireNone, there is no
// answer: the response and the error are nil then.
//
// An error says that there was no answer; the records may have been written
// nevertheless, unless the request did not leave. What the broker has against them
// is in the response.
func (c *Client) Produce(ctx context.Context, req *ProduceRequest) (*ProduceResponse, error) {
	if req.Records == nil {
		return &ProduceResponse{}, nil
	}
	records, err := producedRecords(req)
	if err != nil {
		return nil, clientError("Produce", err)
	}
	ctx, cancel := c.bound(ctx)
	defer cancel()
	res, err := call[*produce.Response](ctx, c, "Produce", req.Addr, &produce.Request{
		TransactionalID: req.TransactionalID,
		Acks:            int16(req.RequiredAcks),
		Timeout:         operationTimeout(ctx, 0),
		Topics: []produce.RequestTopic{{
			Topic:      req.Topic,
			Partitions: []produce.RequestPartition{{Partition: int32(req.Partition), RecordSet: records}},
		}},
	})
	return produceResponse("Produce", req.Topic, req.Partition, res, err)
}

var errNoProducer = errors.New("TransactionalID without a Producer: the records would not be part of a transaction; see InitProducerID")

// producedRecords is what a request writes, checked.
func producedRecords(req *ProduceRequest) (protocol.RecordSet, error) {
	set := protocol.RecordSet{Records: req.Records, Attributes: protocol.Attributes(req.Compression)}
	if err := checkProduce(req.Partition, req.RequiredAcks); err != nil {
		return set, err
	}
	if req.Compression != 0 && req.Compression.Codec() == nil {
		return set, fmt.Errorf("Compression is %d: there is no such codec", req.Compression)
	}
	if req.TransactionalID != "" {
		set.Attributes |= protocol.Transactional
	}
	if req.Producer == nil {
		_, own := req.Records.(*protocol.RecordBatch)
		if req.TransactionalID != "" && !own {
			return set, errNoProducer
		}
		return set, nil
	}
	var check checker
	epoch, sequence := check.int16("ProducerEpoch", req.Producer.ProducerEpoch), check.int32("BaseSequence", req.BaseSequence)
	switch {
	case check.err != nil:
		return set, check.err
	case req.BaseSequence < 0:
		return set, fmt.Errorf("BaseSequence is %d: sequence numbers begin with 0", req.BaseSequence)
	case req.RequiredAcks != RequireAll:
		return set, fmt.Errorf("RequiredAcks is %q: a Producer takes RequireAll", req.RequiredAcks)
	}
	batch := &protocol.RecordBatch{Records: req.Records}
	batch.SetProducer(int64(req.Producer.ProducerID), epoch, sequence)
	set.Records = batch
	return set, nil
}

func checkProduce(partition int, acks RequiredAcks) error {
	if partition < 0 || partition > math.MaxInt32 {
		return fmt.Errorf("Partition is %d: there is no such partition", partition)
	}
	if acks < RequireAll || acks > RequireOne {
		return fmt.Errorf("RequiredAcks is %d: it has to be RequireNone, RequireOne or RequireAll", int(acks))
	}
	return nil
}

// produceResponse is what Produce and RawProduce return.
func produceResponse(method, topic string, partition int, res *produce.Response, err error) (*ProduceResponse, error) {
	switch {
	case errors.Is(err, protocol.ErrNoRecord):
		return &ProduceResponse{}, nil
	case err != nil || res == nil:
		return nil, err
	}
	for i := range res.Topics {
		for j := range res.Topics[i].Partitions {
			p := &res.Topics[i].Partitions[j]
			if res.Topics[i].Topic == topic && int(p.Partition) == partition {
				return makeProduceResponse(res, p), nil
			}
		}
	}
	return nil, clientError(method, errNotAnswered(topic, partition))
}

func makeProduceResponse(res *produce.Response, p *produce.ResponsePartition) *ProduceResponse {
	produced := &ProduceResponse{
		Throttle:       throttleDuration(res.ThrottleTimeMs),
		Error:          brokerError(p.ErrorCode, p.ErrorMessage),
		BaseOffset:     p.BaseOffset,
		LogAppendTime:  makeTime(p.LogAppendTime),
		LogStartOffset: p.LogStartOffset,
	}
	if len(p.RecordErrors) > 0 {
		produced.RecordErrors = make(map[int]error, len(p.RecordErrors))
	}
	for _, e := range p.RecordErrors {
		produced.RecordErrors[int(e.BatchIndex)] = brokerError(p.ErrorCode, e.BatchIndexErrorMessage)
	}
	return produced
}
