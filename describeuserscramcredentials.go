package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/describeuserscramcredentials"
)

// ScramMechanism is a mechanism of SASL with which users show that they know their
// password.
type ScramMechanism int8

// The mechanisms.
const (
	ScramMechanismUnknown ScramMechanism = 0
	ScramMechanismSha256  ScramMechanism = 1 // SCRAM-SHA-256
	ScramMechanismSha512  ScramMechanism = 2 // SCRAM-SHA-512
)

// DescribeUserScramCredentialsRequest is what Client.DescribeUserScramCredentials
// asks for.
type DescribeUserScramCredentialsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Users are the users to describe; none means all. None may be there twice.
	Users []UserScramCredentialsUser
}

// UserScramCredentialsUser names a user.
type UserScramCredentialsUser struct {
	Name string
}

// DescribeUserScramCredentialsResponse is what users authenticate with.
type DescribeUserScramCredentialsResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Error concerns the whole request, with the broker's text; errors.Is finds the
	// kafka.Error. It is nil if there is none.
	Error error

	// Results are the users.
	Results []DescribeUserScramCredentialsResponseResult
}

// DescribeUserScramCredentialsResponseResult is what a user authenticates with.
type DescribeUserScramCredentialsResponseResult struct {
	User            string
	CredentialInfos []DescribeUserScramCredentialsCredentialInfo

	// Error is why the user is not described, with the broker's text; errors.Is
	// finds the kafka.Error. A user that is not known is ResourceNotFound.
	Error error
}

// DescribeUserScramCredentialsCredentialInfo is a credential, without what is secret
// of it.
type DescribeUserScramCredentialsCredentialInfo struct {
	Mechanism ScramMechanism

	// Iterations is how often the password was hashed.
	Iterations int
}

// DescribeUserScramCredentials lists the users that may authenticate by SCRAM. This
// takes Kafka 2.7 (KIP-554).
func (c *Client) DescribeUserScramCredentials(ctx context.Context, req *DescribeUserScramCredentialsRequest) (*DescribeUserScramCredentialsResponse, error) {
	m := &describeuserscramcredentials.Request{Users: make([]describeuserscramcredentials.RequestUser, len(req.Users))}
	for i, u := range req.Users {
		m.Users[i] = describeuserscramcredentials.RequestUser(u)
	}
	res, err := call[*describeuserscramcredentials.Response](ctx, c, "DescribeUserScramCredentials", req.Addr, m)
	if err != nil {
		return nil, err
	}
	ret := &DescribeUserScramCredentialsResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Error:    brokerError(res.ErrorCode, res.ErrorMessage),
		Results:  make([]DescribeUserScramCredentialsResponseResult, len(res.Results)),
	}
	for i := range res.Results {
		ret.Results[i] = makeScramUser(&res.Results[i])
	}
	return ret, nil
}

func makeScramUser(r *describeuserscramcredentials.ResponseResult) DescribeUserScramCredentialsResponseResult {
	user := DescribeUserScramCredentialsResponseResult{
		User:            r.User,
		CredentialInfos: make([]DescribeUserScramCredentialsCredentialInfo, len(r.CredentialInfos)),
		Error:           brokerError(r.ErrorCode, r.ErrorMessage),
	}
	for i, info := range r.CredentialInfos {
		user.CredentialInfos[i] = DescribeUserScramCredentialsCredentialInfo{
			Mechanism: ScramMechanism(info.Mechanism), Iterations: int(info.Iterations),
		}
	}
	return user
}
