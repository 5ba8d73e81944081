package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/describetransactions"
)

// DescribeTransactionsRequest asks for the state of transactions (KIP-664).
type DescribeTransactionsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// TransactionalIDs are the transactions.
	TransactionalIDs []string
}

// DescribeTransactionsResponse describes transactions.
type DescribeTransactionsResponse struct {
	// Throttle is how long a broker holds requests back because of a quota; the longest,
	// if several were asked.
	Throttle time.Duration

	// Transactions are in the order of the request.
	Transactions []DescribeTransactionsResponseTransaction
}

// DescribeTransactionsResponseTransaction describes a transaction.
type DescribeTransactionsResponseTransaction struct {
	TransactionalID string

	// Error is for instance TransactionalIDNotFound, or why the coordinator could not
	// be asked. What is below is not set then.
	Error error

	// State is for instance Empty, Ongoing or CompleteCommit.
	State string

	// Timeout is how long a transaction of the producer may be open.
	Timeout time.Duration

	// StartTime is when the open transaction began, in UTC; the zero time if none is
	// open.
	StartTime time.Time

	ProducerID    int64
	ProducerEpoch int

	// Topics are, by name, the partitions that the open transaction has written to;
	// while it is being ended, those of them that do not know yet.
	Topics map[string][]int
}

// DescribeTransactions tells the state of transactions. Their coordinators are
// asked. If none answers, this is the error of the call.
//
// It needs Kafka 3.0.
func (c *Client) DescribeTransactions(ctx context.Context, req *DescribeTransactionsRequest) (*DescribeTransactionsResponse, error) {
	res, err := call[*describetransactions.Response](ctx, c, "DescribeTransactions", req.Addr, &describetransactions.Request{
		TransactionalIDs: req.TransactionalIDs,
	})
	if err != nil {
		return nil, err
	}
	return &DescribeTransactionsResponse{
		Throttle:     throttleDuration(res.ThrottleTimeMs),
		Transactions: mapped(res.TransactionStates, makeTransaction),
	}, nil
}

func makeTransaction(t *describetransactions.ResponseTransaction) DescribeTransactionsResponseTransaction {
	if err := partError(t.ErrorCode, "", t.Err); err != nil {
		return DescribeTransactionsResponseTransaction{TransactionalID: t.TransactionalID, Error: err}
	}
	return DescribeTransactionsResponseTransaction{
		TransactionalID: t.TransactionalID,
		State:           t.TransactionState,
		Timeout:         time.Duration(t.TransactionTimeoutMs) * time.Millisecond,
		StartTime:       makeTime(t.TransactionStartTimeMs),
		ProducerID:      t.ProducerID,
		ProducerEpoch:   int(t.ProducerEpoch),
		Topics: intsByName(t.Topics, func(topic *describetransactions.ResponseTopic) (string, []int32) {
			return topic.Topic, topic.Partitions
		}),
	}
}
