package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/expiredelegationtoken"
)

// ExpireDelegationTokenRequest has a token expire sooner, or at once (KIP-48).
type ExpireDelegationTokenRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// HMAC is that of the token.
	HMAC []byte

	// ExpiryPeriod is when the token is to expire, counted from now, in milliseconds.
	// Zero deletes it at once. It does not expire later than at its MaxTime.
	ExpiryPeriod time.Duration
}

// ExpireDelegationTokenResponse tells when the token expires.
type ExpireDelegationTokenResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Error is for instance DelegationTokenNotFound, or DelegationTokenOwnerMismatch for
	// a client that may not have it expire.
	Error error

	// ExpiryTime is in UTC; the zero time if there is an Error.
	ExpiryTime time.Time
}

// ExpireDelegationToken has a token expire sooner, or at once. The controller is
// asked; other brokers know of it a moment later.
//
// It needs Kafka 1.1.
func (c *Client) ExpireDelegationToken(ctx context.Context, req *ExpireDelegationTokenRequest) (*ExpireDelegationTokenResponse, error) {
	res, err := call[*expiredelegationtoken.Response](ctx, c, "ExpireDelegationToken", req.Addr, &expiredelegationtoken.Request{
		HMAC: req.HMAC, ExpiryTimePeriodMs: unsetDuration(req.ExpiryPeriod),
	})
	if err != nil {
		return nil, err
	}
	return &ExpireDelegationTokenResponse{
		Throttle:   throttleDuration(res.ThrottleTimeMs),
		Error:      errorOf(res.ErrorCode),
		ExpiryTime: makeTime(res.ExpiryTimestampMs),
	}, nil
}
