// Package createdelegationtoken has the messages of the CreateDelegationToken API,
// which makes a token to authenticate with by SCRAM (KIP-48).
//
// Version 3 can make tokens for other principals (KIP-373).
package createdelegationtoken

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks for a token. The connection must be authenticated, and not by a
// token.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v3,flexible=v2"`

	// OwnerPrincipalType and OwnerPrincipalName, for instance User and alice, are
	// whose token it is to be; empty for the principal that asks.
	OwnerPrincipalType string `kafka:"min=v3,max=v3,nullable"`
	OwnerPrincipalName string `kafka:"min=v3,max=v3,nullable"`

	// Renewers may renew the token, besides its owner.
	Renewers []RequestRenewer `kafka:"min=v0,max=v3"`

	// MaxLifetimeMs is when the token expires at the latest, counted from now; -1
	// for what the brokers allow.
	MaxLifetimeMs int64 `kafka:"min=v0,max=v3"`
}

// RequestRenewer is a principal.
type RequestRenewer struct {
	PrincipalType string `kafka:"min=v0,max=v3"`
	PrincipalName string `kafka:"min=v0,max=v3"`
}

// ApiKey returns protocol.CreateDelegationToken.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.CreateDelegationToken }

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response has the token. Times are in milliseconds since the Unix epoch.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v3,flexible=v2"`

	ErrorCode int16 `kafka:"min=v0,max=v3"`

	// PrincipalType and PrincipalName are the owner.
	PrincipalType string `kafka:"min=v0,max=v3"`
	PrincipalName string `kafka:"min=v0,max=v3"`

	// TokenRequesterPrincipalType and TokenRequesterPrincipalName are who asked.
	TokenRequesterPrincipalType string `kafka:"min=v3,max=v3"`
	TokenRequesterPrincipalName string `kafka:"min=v3,max=v3"`

	IssueTimestampMs int64 `kafka:"min=v0,max=v3"`

	// ExpiryTimestampMs is when the token expires unless it is renewed.
	ExpiryTimestampMs int64 `kafka:"min=v0,max=v3"`

	// MaxTimestampMs is when it expires in any case.
	MaxTimestampMs int64 `kafka:"min=v0,max=v3"`

	// TokenID is the user name to authenticate with.
	TokenID string `kafka:"min=v0,max=v3"`

	// HMAC is, in base64, the password to authenticate with.
	HMAC []byte `kafka:"min=v0,max=v3"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v3"`
}

// ApiKey returns protocol.CreateDelegationToken.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.CreateDelegationToken }
