// Package addoffsetstotxn has the messages of the AddOffsetsToTxn API, which makes
// the offsets of a group part of a transaction (KIP-98).
//
// Version 2 tells that a producer is fenced (KIP-588), version 4 that a transaction
// can but be aborted (KIP-890).
package addoffsetstotxn

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request announces that the offsets of a group will be committed with a
// transaction.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v4,flexible=v3"`

	TransactionalID string `kafka:"min=v0,max=v4"`
	ProducerID      int64  `kafka:"min=v0,max=v4"`
	ProducerEpoch   int16  `kafka:"min=v0,max=v4"`
	GroupID         string `kafka:"min=v0,max=v4"`
}

// ApiKey returns protocol.AddOffsetsToTxn.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.AddOffsetsToTxn }

// Transaction returns the transactional id, whose coordinator is asked.
func (r *Request) Transaction() string { return r.TransactionalID }

// Response tells whether the group was added.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v4,flexible=v3"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v4"`

	ErrorCode int16 `kafka:"min=v0,max=v4"`
}

// ApiKey returns protocol.AddOffsetsToTxn.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.AddOffsetsToTxn }
