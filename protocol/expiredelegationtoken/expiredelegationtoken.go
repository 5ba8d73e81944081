// Package expiredelegationtoken has the messages of the ExpireDelegationToken API,
// which has a token expire sooner, or at once (KIP-48).
package expiredelegationtoken

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks to have a token expire.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v2"`

	// HMAC is that of the token; it is a secret.
	HMAC []byte `kafka:"min=v0,max=v2"`

	// ExpiryTimePeriodMs is when the token is to expire, counted from now; below 0 it
	// is deleted at once.
	ExpiryTimePeriodMs int64 `kafka:"min=v0,max=v2"`
}

// ApiKey returns protocol.ExpireDelegationToken.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.ExpireDelegationToken }

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response tells when the token expires.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v2"`

	ErrorCode int16 `kafka:"min=v0,max=v2"`

	// ExpiryTimestampMs is in milliseconds since the Unix epoch.
	ExpiryTimestampMs int64 `kafka:"min=v0,max=v2"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v2"`
}

// ApiKey returns protocol.ExpireDelegationToken.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.ExpireDelegationToken }
