package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
)

// ApiVersionsRequest is what Client.ApiVersions asks for.
type ApiVersionsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr
}

// ApiVersionsResponse is what a broker supports.
type ApiVersionsResponse struct {
	// Error is the broker's, as a kafka.Error; nil if there is none.
	Error error

	// ApiKeys are the APIs, in the order of the broker's answer.
	ApiKeys []ApiVersionsResponseApiKey

	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration
}

// ApiVersionsResponseApiKey is the range of versions of an API.
type ApiVersionsResponseApiKey struct {
	ApiKey int

	// ApiName is the name of the API, such as Fetch; its number if it is not known
	// here.
	ApiName string

	// MinVersion and MaxVersion are the lowest and the highest version.
	MinVersion int
	MaxVersion int
}

// ApiVersions tells which APIs a broker of the cluster supports, and at which
// versions. Any broker may answer, the next call's another one.
func (c *Client) ApiVersions(ctx context.Context, req *ApiVersionsRequest) (*ApiVersionsResponse, error) {
	res, err := call[*apiversions.Response](ctx, c, "ApiVersions", req.Addr, &apiversions.Request{})
	if err != nil {
		return nil, err
	}
	ret := &ApiVersionsResponse{
		Error:    errorOf(res.ErrorCode),
		ApiKeys:  make([]ApiVersionsResponseApiKey, len(res.ApiKeys)),
		Throttle: throttleDuration(res.ThrottleTimeMs),
	}
	for i, k := range res.ApiKeys {
		ret.ApiKeys[i] = ApiVersionsResponseApiKey{
			ApiKey:     int(k.ApiKey),
			ApiName:    protocol.ApiKey(k.ApiKey).String(),
			MinVersion: int(k.MinVersion),
			MaxVersion: int(k.MaxVersion),
		}
	}
	return ret, nil
}
