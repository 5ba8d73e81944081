package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/describedelegationtoken"
)

// DescribeDelegationTokensRequest asks for tokens (KIP-48).
type DescribeDelegationTokensRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Owners are principals, for instance User:alice, whose tokens are asked for. nil
	// means all that the client may see.
	Owners []string
}

// DescribeDelegationTokensResponse lists tokens.
type DescribeDelegationTokensResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Error is for instance DelegationTokenAuthDisabled, or
	// DelegationTokenRequestNotAllowed for a client that is not authenticated, or is by
	// a token.
	Error error

	Tokens []DelegationToken
}

// DescribeDelegationTokens lists tokens: those that the client owns or may renew, and
// those that it is allowed to see. The controller is asked.
//
// It needs Kafka 1.1.
func (c *Client) DescribeDelegationTokens(ctx context.Context, req *DescribeDelegationTokensRequest) (*DescribeDelegationTokensResponse, error) {
	const method = "DescribeDelegationTokens"
	var check checker
	owners := mapped(req.Owners, func(principal *string) (owner describedelegationtoken.RequestOwner) {
		owner.PrincipalType, owner.PrincipalName = check.principal("Owners", *principal)
		return owner
	})
	if check.err != nil {
		return nil, clientError(method, check.err)
	}
	res, err := call[*describedelegationtoken.Response](ctx, c, method, req.Addr, &describedelegationtoken.Request{Owners: owners})
	if err != nil {
		return nil, err
	}
	return &DescribeDelegationTokensResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Error:    errorOf(res.ErrorCode),
		Tokens:   mapped(res.Tokens, makeDelegationToken),
	}, nil
}

func makeDelegationToken(t *describedelegationtoken.ResponseToken) DelegationToken {
	return DelegationToken{
		TokenID:    t.TokenID,
		HMAC:       t.HMAC,
		Owner:      joinPrincipal(t.PrincipalType, t.PrincipalName),
		Requester:  joinPrincipal(t.TokenRequesterPrincipalType, t.TokenRequesterPrincipalName),
		IssueTime:  makeTime(t.IssueTimestamp),
		ExpiryTime: makeTime(t.ExpiryTimestamp),
		MaxTime:    makeTime(t.MaxTimestamp),
		Renewers: mapped(t.Renewers, func(r *describedelegationtoken.ResponseRenewer) string {
			return joinPrincipal(r.PrincipalType, r.PrincipalName)
		}),
	}
}
