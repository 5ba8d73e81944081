package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/renewdelegationtoken"
)

// RenewDelegationTokenRequest has a token expire later (KIP-48).
type RenewDelegationTokenRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// HMAC is that of the token.
	HMAC []byte

	// RenewPeriod is when the token is to expire, counted from now, in milliseconds.
	// Zero means the brokers' default. It does not expire later than at its MaxTime.
	RenewPeriod time.Duration
}

// RenewDelegationTokenResponse tells when the token expires.
type RenewDelegationTokenResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Error is for instance DelegationTokenNotFound, or DelegationTokenOwnerMismatch for
	// a client that may not renew it.
	Error error

	// ExpiryTime is in UTC; the zero time if there is an Error.
	ExpiryTime time.Time
}

// RenewDelegationToken has a token expire later. The controller is asked.
//
// It needs Kafka 1.1.
func (c *Client) RenewDelegationToken(ctx context.Context, req *RenewDelegationTokenRequest) (*RenewDelegationTokenResponse, error) {
	res, err := call[*renewdelegationtoken.Response](ctx, c, "RenewDelegationToken", req.Addr, &renewdelegationtoken.Request{
		HMAC: req.HMAC, RenewPeriodMs: unsetDuration(req.RenewPeriod),
	})
	if err != nil {
		return nil, err
	}
	return &RenewDelegationTokenResponse{
		Throttle:   throttleDuration(res.ThrottleTimeMs),
		Error:      errorOf(res.ErrorCode),
		ExpiryTime: makeTime(res.ExpiryTimestampMs),
	}, nil
}
