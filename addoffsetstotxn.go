package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/addoffsetstotxn"
)

// AddOffsetsToTxnRequest makes the offsets of a group part of a transaction.
type AddOffsetsToTxnRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// TransactionalID is that of the InitProducerIDRequest.
	TransactionalID string

	// ProducerID and ProducerEpoch are those of the InitProducerIDResponse.
	ProducerID    int
	ProducerEpoch int

	// GroupID is the group.
	GroupID string
}

// AddOffsetsToTxnResponse tells whether the offsets are part of the transaction.
type AddOffsetsToTxnResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Error is nil if they are. ConcurrentTransactions says that the transaction
	// before is coming to its end: the request may be made again soon.
	Error error
}

// AddOffsetsToTxn makes the offsets of a group part of a transaction, which it may
// begin. It comes before TxnOffsetCommit. It needs Kafka 0.11.
func (c *Client) AddOffsetsToTxn(ctx context.Context, req *AddOffsetsToTxnRequest) (*AddOffsetsToTxnResponse, error) {
	var check checker
	add := &addoffsetstotxn.Request{
		TransactionalID: req.TransactionalID,
		ProducerID:      int64(req.ProducerID),
		ProducerEpoch:   check.int16("ProducerEpoch", req.ProducerEpoch),
		GroupID:         req.GroupID,
	}
	if check.err != nil {
		return nil, clientError("AddOffsetsToTxn", check.err)
	}
	res, err := call[*addoffsetstotxn.Response](ctx, c, "AddOffsetsToTxn", req.Addr, add)
	if err != nil {
		return nil, err
	}
	return &AddOffsetsToTxnResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Error:    errorOf(res.ErrorCode),
	}, nil
}
