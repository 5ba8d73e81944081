// Package initproducerid has the messages of the InitProducerId API, which gives
// producers the identity that idempotence and transactions rest on (KIP-98).
//
// Version 3 can resume an identity (KIP-360), version 4 tells that a producer is
// fenced (KIP-588), version 5 that a transaction can but be aborted (KIP-890).
package initproducerid

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the coordinator of a transaction, or any broker when there is
// none, for a producer id. Version 6 (KIP-939, two-phase commit) is not stable in
// Kafka 4.4: brokers do not offer it unless told to.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v5,flexible=v2"`

	// TransactionalID is empty for a producer that is idempotent only.
	TransactionalID string `kafka:"min=v0,max=v5,nullable"`

	// TransactionTimeoutMs is after how long the coordinator aborts a transaction
	// that is left alone.
	TransactionTimeoutMs int32 `kafka:"min=v0,max=v5"`

	// ProducerID and ProducerEpoch are those to go on with, -1 for new ones.
	ProducerID    int64 `kafka:"min=v3,max=v5,default=-1"`
	ProducerEpoch int16 `kafka:"min=v3,max=v5,default=-1"`
}

// ApiKey returns protocol.InitProducerId.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.InitProducerId }

// Transaction returns the transactional id, whose coordinator is asked; it is
// empty when any broker will do.
func (r *Request) Transaction() string { return r.TransactionalID }

// Response has the identity of the producer.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v5,flexible=v2"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v5,ignorable"`

	ErrorCode int16 `kafka:"min=v0,max=v5"`

	// ProducerID is -1 when there is an error.
	ProducerID    int64 `kafka:"min=v0,max=v5,default=-1"`
	ProducerEpoch int16 `kafka:"min=v0,max=v5"`
}

// ApiKey returns protocol.InitProducerId.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.InitProducerId }
