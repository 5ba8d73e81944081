// Package describedelegationtoken has the messages of the DescribeDelegationToken
// API, which lists tokens (KIP-48).
//
// Version 3 tells who asked for a token (KIP-373).
package describedelegationtoken

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks for tokens.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v3,flexible=v2"`

	// Owners select tokens, nil for all that the client may see.
	Owners []RequestOwner `kafka:"min=v0,max=v3,nullable"`
}

// RequestOwner is a principal, for instance User and alice.
type RequestOwner struct {
	PrincipalType string `kafka:"min=v0,max=v3"`
	PrincipalName string `kafka:"min=v0,max=v3"`
}

// ApiKey returns protocol.DescribeDelegationToken.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.DescribeDelegationToken }

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response lists tokens.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v3,flexible=v2"`

	// ErrorCode concerns the whole request.
	ErrorCode int16           `kafka:"min=v0,max=v3"`
	Tokens    []ResponseToken `kafka:"min=v0,max=v3"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v3"`
}

// ResponseToken is a token. Times are in milliseconds since the Unix epoch.
type ResponseToken struct {
	// PrincipalType and PrincipalName are the owner.
	PrincipalType string `kafka:"min=v0,max=v3"`
	PrincipalName string `kafka:"min=v0,max=v3"`

	// TokenRequesterPrincipalType and TokenRequesterPrincipalName are who asked for
	// the token.
	TokenRequesterPrincipalType string `kafka:"min=v3,max=v3"`
	TokenRequesterPrincipalName string `kafka:"min=v3,max=v3"`

	IssueTimestamp int64 `kafka:"min=v0,max=v3"`

	// ExpiryTimestamp is when the token expires unless it is renewed.
	ExpiryTimestamp int64 `kafka:"min=v0,max=v3"`

	// MaxTimestamp is when it expires in any case.
	MaxTimestamp int64  `kafka:"min=v0,max=v3"`
	TokenID      string `kafka:"min=v0,max=v3"`

	// HMAC is, in base64, the password to authenticate with.
	HMAC     []byte            `kafka:"min=v0,max=v3"`
	Renewers []ResponseRenewer `kafka:"min=v0,max=v3"`
}

// ResponseRenewer is a principal that may renew the token.
type ResponseRenewer struct {
	PrincipalType string `kafka:"min=v0,max=v3"`
	PrincipalName string `kafka:"min=v0,max=v3"`
}

// ApiKey returns protocol.DescribeDelegationToken.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.DescribeDelegationToken }
