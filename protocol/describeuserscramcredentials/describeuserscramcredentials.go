// Package describeuserscramcredentials has the messages of the
// DescribeUserScramCredentials API, which lists the users that can authenticate by
// SCRAM (KIP-554).
package describeuserscramcredentials

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks for users.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// Users are the users to describe, nil or empty for all.
	Users []RequestUser `kafka:"min=v0,max=v0,nullable"`
}

// RequestUser is a user.
type RequestUser struct {
	Name string `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.DescribeUserScramCredentials.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.DescribeUserScramCredentials }

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response describes users.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v0"`

	// ErrorCode concerns the whole request.
	ErrorCode    int16  `kafka:"min=v0,max=v0"`
	ErrorMessage string `kafka:"min=v0,max=v0,nullable"`

	Results []ResponseResult `kafka:"min=v0,max=v0"`
}

// ResponseResult describes a user.
type ResponseResult struct {
	User            string           `kafka:"min=v0,max=v0"`
	ErrorCode       int16            `kafka:"min=v0,max=v0"`
	ErrorMessage    string           `kafka:"min=v0,max=v0,nullable"`
	CredentialInfos []CredentialInfo `kafka:"min=v0,max=v0"`
}

// CredentialInfo is a credential of a user, without what is secret of it.
type CredentialInfo struct {
	// Mechanism is 1 for SCRAM-SHA-256, 2 for SCRAM-SHA-512.
	Mechanism  int8  `kafka:"min=v0,max=v0"`
	Iterations int32 `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.DescribeUserScramCredentials.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.DescribeUserScramCredentials }
