package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/initproducerid"
)

// InitProducerIDRequest asks for the identity of a producer.
type InitProducerIDRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// TransactionalID is the name of a producer that writes in transactions. It is
	// empty for one that is idempotent only.
	TransactionalID string

	// TransactionTimeoutMs is after how many milliseconds the coordinator aborts a
	// transaction that is left alone. Brokers have a maximum
	// (transaction.max.timeout.ms, 15 minutes by default) and refuse 0 for producers
	// with a TransactionalID.
	TransactionTimeoutMs int

	// ProducerID and ProducerEpoch are the identity that a producer has had so far,
	// and wants to go on with under the next epoch (KIP-360, Kafka 2.5). Both 0, the
	// default, or -1 ask for an identity anew.
	ProducerID    int
	ProducerEpoch int
}

// ProducerSession is the identity of a producer.
type ProducerSession struct {
	// ProducerID is the id that the cluster has given to the producer.
	ProducerID int

	// ProducerEpoch tells apart producers that have had the same id: those with an
	// earlier epoch can write no more.
	ProducerEpoch int
}

// InitProducerIDResponse has the identity of a producer.
type InitProducerIDResponse struct {
	// Producer is never nil. With an Error, its ProducerID is -1.
	Producer *ProducerSession

	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Error is, for instance, ConcurrentTransactions while the transaction of a
	// producer of the same TransactionalID is coming to its end, in which case the
	// request may be made again soon; ProducerFenced or InvalidProducerEpoch if
	// another producer has taken over.
	Error error
}

// InitProducerID asks for the identity of a producer: the ProducerSession to produce
// with, so that no record is written twice, or in transactions. Producers that have
// had the same TransactionalID are fenced by it, and a transaction of theirs that is
// open is aborted. It needs Kafka 0.11.
//
// A transaction goes as follows: InitProducerID once; then AddPartitionsToTxn,
// Produce, and for what was read AddOffsetsToTxn and TxnOffsetCommit; EndTxn last.
func (c *Client) InitProducerID(ctx context.Context, req *InitProducerIDRequest) (*InitProducerIDResponse, error) {
	var check checker
	init := &initproducerid.Request{
		TransactionalID:      req.TransactionalID,
		TransactionTimeoutMs: check.int32("TransactionTimeoutMs", req.TransactionTimeoutMs),
		ProducerID:           int64(req.ProducerID),
		ProducerEpoch:        check.int16("ProducerEpoch", req.ProducerEpoch),
	}
	if check.err != nil {
		return nil, clientError("InitProducerID", check.err)
	}
	if init.ProducerID == 0 && init.ProducerEpoch == 0 {
		init.ProducerID, init.ProducerEpoch = -1, -1
	}
	res, err := call[*initproducerid.Response](ctx, c, "InitProducerID", req.Addr, init)
	if err != nil {
		return nil, err
	}
	return &InitProducerIDResponse{
		Producer: &ProducerSession{int(res.ProducerID), int(res.ProducerEpoch)},
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Error:    errorOf(res.ErrorCode),
	}, nil
}
