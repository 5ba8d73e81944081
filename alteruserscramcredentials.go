package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/alteruserscramcredentials"
)

// AlterUserScramCredentialsRequest is what Client.AlterUserScramCredentials is to
// change. A user and a mechanism may be in it once.
type AlterUserScramCredentialsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Deletions are credentials to delete.
	Deletions []UserScramCredentialsDeletion

	// Upsertions are credentials to create, or to replace.
	Upsertions []UserScramCredentialsUpsertion
}

// UserScramCredentialsDeletion names a credential.
type UserScramCredentialsDeletion struct {
	// Name is that of the user.
	Name      string
	Mechanism ScramMechanism
}

// UserScramCredentialsUpsertion is a credential.
type UserScramCredentialsUpsertion struct {
	// Name is that of the user.
	Name      string
	Mechanism ScramMechanism

	// Iterations is how often SaltedPassword was hashed: from 4096 to 16384.
	Iterations int

	// Salt is random, and another one for each credential.
	Salt []byte

	// SaltedPassword is made of the password, Salt and Iterations by PBKDF2 with the
	// hash of the mechanism, see crypto/pbkdf2; it is as long as that hash. Who has it
	// can authenticate, so the connection ought to use TLS.
	SaltedPassword []byte
}

// AlterUserScramCredentialsResponse is what has become of the credentials.
type AlterUserScramCredentialsResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Results are the users of the request.
	Results []AlterUserScramCredentialsResponseUser
}

// AlterUserScramCredentialsResponseUser is what has become of a user's credentials.
type AlterUserScramCredentialsResponseUser struct {
	User string

	// Error is why nothing was changed, with the broker's text; errors.Is finds the
	// kafka.Error. It is nil if all was.
	Error error
}

// AlterUserScramCredentials changes what users authenticate with by SCRAM. Brokers
// may take a moment to heed it. It needs Kafka 2.7 (KIP-554).
func (c *Client) AlterUserScramCredentials(ctx context.Context, req *AlterUserScramCredentialsRequest) (*AlterUserScramCredentialsResponse, error) {
	var check checker
	m := req.request(&check)
	if check.err != nil {
		return nil, clientError("AlterUserScramCredentials", check.err)
	}
	res, err := call[*alteruserscramcredentials.Response](ctx, c, "AlterUserScramCredentials", req.Addr, m)
	if err != nil {
		return nil, err
	}
	ret := &AlterUserScramCredentialsResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Results:  make([]AlterUserScramCredentialsResponseUser, len(res.Results)),
	}
	for i, r := range res.Results {
		ret.Results[i] = AlterUserScramCredentialsResponseUser{User: r.User, Error: brokerError(r.ErrorCode, r.ErrorMessage)}
	}
	return ret, nil
}

func (r *AlterUserScramCredentialsRequest) request(check *checker) *alteruserscramcredentials.Request {
	return &alteruserscramcredentials.Request{
		Deletions: mapped(r.Deletions, func(d *UserScramCredentialsDeletion) alteruserscramcredentials.RequestUserScramCredentialsDeletion {
			return alteruserscramcredentials.RequestUserScramCredentialsDeletion{Name: d.Name, Mechanism: int8(d.Mechanism)}
		}),
		Upsertions: mapped(r.Upsertions, func(u *UserScramCredentialsUpsertion) alteruserscramcredentials.RequestUserScramCredentialsUpsertion {
			return alteruserscramcredentials.RequestUserScramCredentialsUpsertion{
				Name: u.Name, Mechanism: int8(u.Mechanism), Iterations: check.int32("UserScramCredentialsUpsertion.Iterations", u.Iterations),
				Salt: u.Salt, SaltedPassword: u.SaltedPassword,
			}
		}),
	}
}
