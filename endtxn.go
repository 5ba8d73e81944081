package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/endtxn"
)

// EndTxnRequest ends a transaction.
type EndTxnRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// TransactionalID is that of the InitProducerIDRequest.
	TransactionalID string

	// ProducerID and ProducerEpoch are those of the InitProducerIDResponse.
	ProducerID    int
	ProducerEpoch int

	// Committed is true to commit the transaction, false to abort it.
	Committed bool
}

// EndTxnResponse tells whether a transaction has ended.
type EndTxnResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Error is nil if the outcome of the transaction is decided. InvalidTransactionState
	// says that there is none, ProducerFenced and InvalidProducerEpoch that another
	// producer has taken over.
	Error error
}

// EndTxn commits or aborts a transaction. When it returns, the outcome is decided;
// it may take a moment until readers see it. The producer goes on with the same
// ProducerSession. It needs Kafka 0.11.
func (c *Client) EndTxn(ctx context.Context, req *EndTxnRequest) (*EndTxnResponse, error) {
	var check checker
	end := &endtxn.Request{
		TransactionalID: req.TransactionalID,
		ProducerID:      int64(req.ProducerID),
		ProducerEpoch:   check.int16("ProducerEpoch", req.ProducerEpoch),
		Committed:       req.Committed,
	}
	if check.err != nil {
		return nil, clientError("EndTxn", check.err)
	}
	res, err := call[*endtxn.Response](ctx, c, "EndTxn", req.Addr, end)
	if err != nil {
		return nil, err
	}
	return &EndTxnResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Error:    errorOf(res.ErrorCode),
	}, nil
}
