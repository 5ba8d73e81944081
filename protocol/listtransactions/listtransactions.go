// Package listtransactions has the messages of the ListTransactions API, which
// lists the transactions that a broker coordinates (KIP-664).
//
// Version 1 can select by duration (KIP-994), version 2 by transactional id
// (KIP-1152).
package listtransactions

import (
	"slices"

	"github.com/segmentio/kafka-go/protocol"
)

func init() {
	protocol.Register(&Request{}, &Response{})
}

// anyDuration is a DurationFilter that selects all transactions.
const anyDuration = -1

// Request asks brokers for the transactions that they coordinate. It has to reach
// each of them for the list to be complete; Split sees to that.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v0"`

	// StateFilters select transactions in these states, for instance Ongoing; none
	// selects all.
	StateFilters []string `kafka:"min=v0,max=v2"`

	// ProducerIDFilters select transactions of these producers; none selects all.
	ProducerIDFilters []int64 `kafka:"min=v0,max=v2"`

	// DurationFilter selects transactions that have been open for more than this many
	// milliseconds; 0 and less select all.
	DurationFilter int64 `kafka:"min=v1,max=v2,default=-1"`

	// TransactionalIDPattern is a regular expression, of RE2's syntax, that selects
	// transactional ids; empty selects all.
	TransactionalIDPattern string `kafka:"min=v2,max=v2,nullable"`

	// BrokerIDs are the brokers to ask, nil for all of the cluster. Split makes a
	// request for each.
	BrokerIDs []int32 `kafka:"-"`
}

// ApiKey returns protocol.ListTransactions.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.ListTransactions }

// Prepare makes an unset DurationFilter one that selects all: to brokers 0 is a
// duration.
func (r *Request) Prepare(apiVersion int16) {
	if r.DurationFilter == 0 {
		r.DurationFilter = anyDuration
	}
}

// Broker returns the first of BrokerIDs; without one it is a broker with ID -1,
// which stands for any.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	if len(r.BrokerIDs) == 0 {
		return protocol.Broker{ID: -1}, nil
	}
	return cluster.BrokerByID(r.broker())
}

func (r *Request) broker() int32 {
	if len(r.BrokerIDs) == 0 {
		return -1
	}
	return r.BrokerIDs[0]
}

// Split makes a request for each broker.
func (r *Request) Split(cluster protocol.Cluster) ([]protocol.Message, protocol.Merger, error) {
	ids := r.BrokerIDs
	if ids == nil {
		ids = cluster.BrokerIDs()
	}
	var parts protocol.Parts[*Request]
	for i := range ids {
		part := *r
		part.BrokerIDs = ids[i : i+1 : i+1]
		parts.Add(&part)
	}
	return parts.Messages(), new(Response), nil
}

// Response lists transactions.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v2"`

	// ErrorCode concerns the whole request; in a response that Merge made it is the
	// first of BrokerErrors.
	ErrorCode int16 `kafka:"min=v0,max=v2"`

	// UnknownStateFilters are the StateFilters that are no states.
	UnknownStateFilters []string              `kafka:"min=v0,max=v2"`
	TransactionStates   []ResponseTransaction `kafka:"min=v0,max=v2"`

	// BrokerErrors are, in a response that Merge made, the brokers whose transactions
	// are not in the list.
	BrokerErrors []ResponseBrokerError `kafka:"-"`
}

// ResponseTransaction is a transaction.
type ResponseTransaction struct {
	TransactionalID  string `kafka:"min=v0,max=v2"`
	ProducerID       int64  `kafka:"min=v0,max=v2"`
	TransactionState string `kafka:"min=v0,max=v2"`

	// BrokerID is, in a response that Merge made, the coordinator of the transaction.
	BrokerID int32 `kafka:"-"`
}

// ResponseBrokerError is a broker that did not tell its transactions.
type ResponseBrokerError struct {
	BrokerID int32

	// ErrorCode is what the broker answered; NETWORK_EXCEPTION when it could not be
	// asked, for which Err is the reason.
	ErrorCode int16
	Err       error
}

// ApiKey returns protocol.ListTransactions.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.ListTransactions }

// Merge puts the lists of the brokers together. If none could be asked, it fails
// with the reason of the first. The throttle time is the longest.
func (r *Response) Merge(requests []protocol.Message, results []interface{}) (protocol.Message, error) {
	merged := &Response{}
	err := protocol.MergeResults(requests, results, func(req *Request, res *Response) {
		merged.add(req.broker(), res)
	}, func(req *Request, err error) {
		merged.fail(ResponseBrokerError{BrokerID: req.broker(), ErrorCode: protocol.RouteErrorCode(err), Err: err})
	})
	if err != nil {
		return nil, err
	}
	return merged, nil
}

func (r *Response) add(broker int32, res *Response) {
	r.ThrottleTimeMs = max(r.ThrottleTimeMs, res.ThrottleTimeMs)
	if res.ErrorCode != 0 {
		r.fail(ResponseBrokerError{BrokerID: broker, ErrorCode: res.ErrorCode})
	}
	for _, state := range res.UnknownStateFilters {
		if !slices.Contains(r.UnknownStateFilters, state) {
			r.UnknownStateFilters = append(r.UnknownStateFilters, state)
		}
	}
	for _, t := range res.TransactionStates {
		t.BrokerID = broker
		r.TransactionStates = append(r.TransactionStates, t)
	}
}

func (r *Response) fail(e ResponseBrokerError) {
	r.BrokerErrors = append(r.BrokerErrors, e)
	if r.ErrorCode == 0 {
		r.ErrorCode = e.ErrorCode
	}
}
