package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/describedelegationtoken"
)

// DescribeDelegationTokensRequest asks for tokens (KIP-48).
type DescribeDelegationTokensRequest struct {
	// Addr is the cluster. nil means that of the Client.
	Addr net.Addr

	// Owners are principals, for instance User:alice, whose tokens are asked for. nil
	// means all that the client may see.
	Owners []string
}

// DescribeDelegationTokensResponse lists tokens.
type DescribeDelegationTokensResponse struct {
	// Throttle is for how long the broker delays the client because of a quota.
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
	owners, err := wireList(req.Owners, func(principal string) (w describedelegationtoken.RequestOwner, err error) {
		w.PrincipalType, w.PrincipalName, err = splitPrincipal("Owners", principal)
		return w, err
	})
	if err != nil {
		return nil, clientError(method, err)
	}
	res, err := call[*describedelegationtoken.Response](ctx, c, method, req.Addr, &describedelegationtoken.Request{Owners: owners})
	if err != nil {
		return nil, err
	}
	return &DescribeDelegationTokensResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Error:    errorOf(res.ErrorCode),
		Tokens:   convertAll(res.Tokens, makeDelegationToken),
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
		Renewers: convertAll(t.Renewers, func(r *describedelegationtoken.ResponseRenewer) string {
			return joinPrincipal(r.PrincipalType, r.PrincipalName)
		}),
	}
}
