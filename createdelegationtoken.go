package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/createdelegationtoken"
)

// CreateDelegationTokenRequest asks for a token (KIP-48).
type CreateDelegationTokenRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Owner is the principal whose token it is to be, for instance User:bob. Empty
	// means who asks. Brokers before Kafka 3.3 know that alone (KIP-373).
	Owner string

	// Renewers are principals that may renew the token, besides its owner.
	Renewers []string

	// MaxLifetime is how long the token can be renewed, in milliseconds. Zero means as
	// long as the brokers allow.
	MaxLifetime time.Duration
}

// CreateDelegationTokenResponse has the token.
type CreateDelegationTokenResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Error is for instance DelegationTokenAuthDisabled, or
	// DelegationTokenRequestNotAllowed for a client that is not authenticated, or is by
	// a token.
	Error error

	// Token is zero if there is an Error. It does not have the Renewers.
	Token DelegationToken
}

// CreateDelegationToken makes a token for the principal that the client is
// authenticated as, or another that it may make tokens for. The controller is asked;
// other brokers know the token a moment later.
//
// It needs Kafka 1.1.
func (c *Client) CreateDelegationToken(ctx context.Context, req *CreateDelegationTokenRequest) (*CreateDelegationTokenResponse, error) {
	const method = "CreateDelegationToken"
	var check checker
	message := req.message(&check)
	if check.err != nil {
		return nil, clientError(method, check.err)
	}
	res, err := call[*createdelegationtoken.Response](ctx, c, method, req.Addr, message)
	if err != nil {
		return nil, err
	}
	answer := &CreateDelegationTokenResponse{Throttle: throttleDuration(res.ThrottleTimeMs), Error: errorOf(res.ErrorCode)}
	if res.ErrorCode != 0 {
		return answer, nil
	}
	answer.Token = DelegationToken{
		TokenID:    res.TokenID,
		HMAC:       res.HMAC,
		Owner:      joinPrincipal(res.PrincipalType, res.PrincipalName),
		Requester:  joinPrincipal(res.TokenRequesterPrincipalType, res.TokenRequesterPrincipalName),
		IssueTime:  makeTime(res.IssueTimestampMs),
		ExpiryTime: makeTime(res.ExpiryTimestampMs),
		MaxTime:    makeTime(res.MaxTimestampMs),
	}
	return answer, nil
}

func (r *CreateDelegationTokenRequest) message(check *checker) *createdelegationtoken.Request {
	m := &createdelegationtoken.Request{MaxLifetimeMs: unsetDuration(r.MaxLifetime)}
	if r.Owner != "" {
		m.OwnerPrincipalType, m.OwnerPrincipalName = check.principal("Owner", r.Owner)
	}
	m.Renewers = mapped(r.Renewers, func(principal *string) (renewer createdelegationtoken.RequestRenewer) {
		renewer.PrincipalType, renewer.PrincipalName = check.principal("Renewers", *principal)
		return renewer
	})
	return m
}
