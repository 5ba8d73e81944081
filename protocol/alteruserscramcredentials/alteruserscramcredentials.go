// Package alteruserscramcredentials has the messages of the
// AlterUserScramCredentials API, which creates, changes and deletes what users
// authenticate with by SCRAM (KIP-554).
package alteruserscramcredentials

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the controller to change credentials. A user and mechanism may be in
// it once.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	Deletions  []RequestUserScramCredentialsDeletion  `kafka:"min=v0,max=v0"`
	Upsertions []RequestUserScramCredentialsUpsertion `kafka:"min=v0,max=v0"`
}

// RequestUserScramCredentialsDeletion is a credential to delete.
type RequestUserScramCredentialsDeletion struct {
	Name string `kafka:"min=v0,max=v0"`

	// Mechanism is 1 for SCRAM-SHA-256, 2 for SCRAM-SHA-512.
	Mechanism int8 `kafka:"min=v0,max=v0"`
}

// RequestUserScramCredentialsUpsertion is a credential to create or to replace.
type RequestUserScramCredentialsUpsertion struct {
	Name string `kafka:"min=v0,max=v0"`

	// Mechanism is 1 for SCRAM-SHA-256, 2 for SCRAM-SHA-512.
	Mechanism int8 `kafka:"min=v0,max=v0"`

	// Iterations are from 4096 to 16384.
	Iterations int32 `kafka:"min=v0,max=v0"`

	Salt []byte `kafka:"min=v0,max=v0"`

	// SaltedPassword is made of the password, Salt and Iterations by PBKDF2. Who
	// has it can authenticate.
	SaltedPassword []byte `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.AlterUserScramCredentials.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.AlterUserScramCredentials }

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response tells which credentials were changed.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v0"`

	Results []ResponseUserScramCredentials `kafka:"min=v0,max=v0"`
}

// ResponseUserScramCredentials is the outcome for one user.
type ResponseUserScramCredentials struct {
	User         string `kafka:"min=v0,max=v0"`
	ErrorCode    int16  `kafka:"min=v0,max=v0"`
	ErrorMessage string `kafka:"min=v0,max=v0,nullable"`
}

// ApiKey returns protocol.AlterUserScramCredentials.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.AlterUserScramCredentials }
