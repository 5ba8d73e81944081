package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/listtransactions"
)

// ListTransactionsRequest asks for the transactions of a cluster (KIP-664).
type ListTransactionsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// States select transactions in these states: Empty, Ongoing, PrepareCommit,
	// PrepareAbort, CompleteCommit, CompleteAbort, PrepareEpochFence and Dead. None
	// selects all.
	States []string

	// ProducerIDs select transactions of these producers. None selects all.
	ProducerIDs []int64

	// MinDuration selects transactions that have been open for longer than this, in
	// milliseconds. Zero selects all. Brokers before Kafka 3.8 cannot (KIP-994).
	MinDuration time.Duration

	// TransactionalIDPattern is a regular expression, of RE2's syntax, that selects
	// transactional ids. Empty selects all. Brokers before Kafka 4.1 cannot
	// (KIP-1152).
	TransactionalIDPattern string
}

// ListTransactionsResponse lists transactions.
type ListTransactionsResponse struct {
	// Throttle is how long a broker holds requests back because of a quota; the longest,
	// if several were asked.
	Throttle time.Duration

	Transactions []ListTransactionsResponseTransaction

	// UnknownStates are the States that are none.
	UnknownStates []string

	// Errors are, by id, why brokers did not tell the transactions that they
	// coordinate: for instance GroupLoadInProgress, or that the broker could not be
	// reached. It is empty if Transactions is complete.
	Errors map[int]error
}

// ListTransactionsResponseTransaction is a transaction.
type ListTransactionsResponseTransaction struct {
	TransactionalID string
	ProducerID      int64
	State           string

	// Coordinator is the id of the broker that coordinates it.
	Coordinator int
}

// ListTransactions lists the transactions that all brokers coordinate, those to
// which the client has no access left out. The brokers are asked all at once; if
// none answers, this is the error of the call.
//
// It needs Kafka 3.0.
func (c *Client) ListTransactions(ctx context.Context, req *ListTransactionsRequest) (*ListTransactionsResponse, error) {
	res, err := call[*listtransactions.Response](ctx, c, "ListTransactions", req.Addr, &listtransactions.Request{
		StateFilters:           req.States,
		ProducerIDFilters:      req.ProducerIDs,
		DurationFilter:         req.MinDuration.Milliseconds(),
		TransactionalIDPattern: req.TransactionalIDPattern,
	})
	if err != nil {
		return nil, err
	}
	answer := &ListTransactionsResponse{
		Throttle:      throttleDuration(res.ThrottleTimeMs),
		UnknownStates: res.UnknownStateFilters,
		Errors:        make(map[int]error, len(res.BrokerErrors)),
	}
	for _, t := range res.TransactionStates {
		answer.Transactions = append(answer.Transactions, ListTransactionsResponseTransaction{
			TransactionalID: t.TransactionalID, ProducerID: t.ProducerID, State: t.TransactionState, Coordinator: int(t.BrokerID),
		})
	}
	for _, e := range res.BrokerErrors {
		answer.Errors[int(e.BrokerID)] = partError(e.ErrorCode, "", e.Err)
	}
	return answer, nil
}
