// Package endtxn has the messages of the EndTxn API, which commits or aborts a
// transaction (KIP-98).
//
// Version 2 tells that a producer is fenced (KIP-588), version 4 that a transaction
// can but be aborted, and version 5 bumps the epoch of the producer with every
// transaction (KIP-890).
package endtxn

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The versions at which requests change meaning.
const (
	maxVersion = 5
	firstV2Txn = 5 // the epoch is bumped
)

// Request ends a transaction.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v5,flexible=v3"`

	TransactionalID string `kafka:"min=v0,max=v5"`
	ProducerID      int64  `kafka:"min=v0,max=v5"`
	ProducerEpoch   int16  `kafka:"min=v0,max=v5"`

	// Committed is false to abort the transaction.
	Committed bool `kafka:"min=v0,max=v5"`

	// TransactionV2 tells that the transaction follows KIP-890: the cluster has
	// finalized transaction.version 2, and the caller goes on with the producer id
	// and epoch of the response. It asks for version 5; without it a request stays
	// below, since the next transaction of a caller that does not know of the new
	// epoch would be refused.
	TransactionV2 bool `kafka:"-"`
}

// ApiKey returns protocol.EndTxn.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.EndTxn }

// Transaction returns the transactional id, whose coordinator is asked.
func (r *Request) Transaction() string { return r.TransactionalID }

// VersionRange keeps transactions on the side of version 5 that TransactionV2
// tells.
func (r *Request) VersionRange() (min, max int16) {
	if r.TransactionV2 {
		return firstV2Txn, maxVersion
	}
	return 0, firstV2Txn - 1
}

// Response tells whether the transaction has ended.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v5,flexible=v3"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v5"`

	ErrorCode int16 `kafka:"min=v0,max=v5"`

	// ProducerID and ProducerEpoch are those of the next transaction, -1 when they
	// have not changed.
	ProducerID    int64 `kafka:"min=v5,max=v5,default=-1,ignorable"`
	ProducerEpoch int16 `kafka:"min=v5,max=v5,default=-1,ignorable"`
}

// ApiKey returns protocol.EndTxn.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.EndTxn }
