// Package describetransactions has the messages of the DescribeTransactions API,
// which tells the state of transactions (KIP-664).
package describetransactions

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the coordinator of transactions about them.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// TransactionalIDs must all have the same coordinator; Split sees to that.
	TransactionalIDs []string `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.DescribeTransactions.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.DescribeTransactions }

// Transaction returns the first of the transactional ids, whose coordinator is
// asked, and "" if there is none.
func (r *Request) Transaction() string {
	if len(r.TransactionalIDs) == 0 {
		return ""
	}
	return r.TransactionalIDs[0]
}

// Split makes a request for each id, since each has a coordinator of its own.
func (r *Request) Split(cluster protocol.Cluster) ([]protocol.Message, protocol.Merger, error) {
	var parts protocol.Parts[*Request]
	for i := range r.TransactionalIDs {
		parts.Add(&Request{TransactionalIDs: r.TransactionalIDs[i : i+1 : i+1]})
	}
	return parts.Messages(), new(Response), nil
}

// Response describes transactions.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v0"`

	TransactionStates []ResponseTransaction `kafka:"min=v0,max=v0"`
}

// ResponseTransaction describes a transaction.
type ResponseTransaction struct {
	// ErrorCode is TRANSACTIONAL_ID_NOT_FOUND for an id that the coordinator does not
	// know.
	ErrorCode       int16  `kafka:"min=v0,max=v0"`
	TransactionalID string `kafka:"min=v0,max=v0"`

	// TransactionState is for instance Empty, Ongoing or CompleteCommit.
	TransactionState     string `kafka:"min=v0,max=v0"`
	TransactionTimeoutMs int32  `kafka:"min=v0,max=v0"`

	// TransactionStartTimeMs is in milliseconds since the Unix epoch, -1 when no
	// transaction is open.
	TransactionStartTimeMs int64 `kafka:"min=v0,max=v0"`
	ProducerID             int64 `kafka:"min=v0,max=v0"`
	ProducerEpoch          int16 `kafka:"min=v0,max=v0"`

	// Topics are what the open transaction has written to; while it is being ended,
	// those of them that do not know yet.
	Topics []ResponseTopic `kafka:"min=v0,max=v0"`

	// Err tells, in a response that Merge made, why the coordinator could not be
	// asked; ErrorCode then is NETWORK_EXCEPTION. It is nil when a broker answered.
	Err error `kafka:"-"`
}

// ResponseTopic is partitions of a topic.
type ResponseTopic struct {
	Topic      string  `kafka:"min=v0,max=v0"`
	Partitions []int32 `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.DescribeTransactions.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.DescribeTransactions }

// Merge puts the answers of the coordinators together, in the order of the
// requests. A coordinator that could not be asked is an error of its transactions;
// if none could, it is an error of the whole. The throttle time is the longest.
func (r *Response) Merge(requests []protocol.Message, results []interface{}) (protocol.Message, error) {
	merged := &Response{}
	err := protocol.MergeResults(requests, results, func(_ *Request, res *Response) {
		merged.ThrottleTimeMs = max(merged.ThrottleTimeMs, res.ThrottleTimeMs)
		merged.TransactionStates = append(merged.TransactionStates, res.TransactionStates...)
	}, func(req *Request, err error) {
		for _, id := range req.TransactionalIDs {
			merged.TransactionStates = append(merged.TransactionStates, ResponseTransaction{
				TransactionalID: id, ErrorCode: protocol.RouteErrorCode(err), TransactionStartTimeMs: -1,
				ProducerID: -1, ProducerEpoch: -1, Err: err,
			})
		}
	})
	if err != nil {
		return nil, err
	}
	return merged, nil
}
