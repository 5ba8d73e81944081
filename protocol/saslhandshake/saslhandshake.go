// Package saslhandshake has the messages of the SaslHandshake API, by which client
// and broker agree upon a mechanism (KIP-43).
//
// After version 0 tokens are exchanged without Kafka's framing, after version 1 in
// SaslAuthenticate requests (KIP-152).
package saslhandshake

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request names the mechanism that the client wants to use.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v1"`

	Mechanism string `kafka:"min=v0,max=v1"`
}

// ApiKey returns protocol.SaslHandshake.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.SaslHandshake }

// Response tells whether the broker agrees, and what it has to offer.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v1"`

	ErrorCode  int16    `kafka:"min=v0,max=v1"`
	Mechanisms []string `kafka:"min=v0,max=v1"`
}

// ApiKey returns protocol.SaslHandshake.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.SaslHandshake }
