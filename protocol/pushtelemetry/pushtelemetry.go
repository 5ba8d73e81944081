// Package pushtelemetry has the messages of the PushTelemetry API, with which a
// client gives its metrics to the operators of a cluster (KIP-714).
package pushtelemetry

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request gives a broker metrics. It best goes to the broker that told the
// subscription.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// ClientInstanceID and SubscriptionID are what the broker told.
	ClientInstanceID protocol.UUID `kafka:"min=v0,max=v0"`
	SubscriptionID   int32         `kafka:"min=v0,max=v0"`

	// Terminating tells that this is the last push of the client.
	Terminating bool `kafka:"min=v0,max=v0"`

	// CompressionType is the code of the codec of Metrics, 0 for none.
	CompressionType int8 `kafka:"min=v0,max=v0"`

	// Metrics is a MetricsData v1 of OpenTelemetry, in the wire form of protobuf.
	Metrics []byte `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.PushTelemetry.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.PushTelemetry }

// Response tells whether the metrics were taken.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v0"`

	// ErrorCode is UNKNOWN_SUBSCRIPTION_ID when the subscription has changed, and
	// THROTTLING_QUOTA_EXCEEDED for a push before its time.
	ErrorCode int16 `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.PushTelemetry.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.PushTelemetry }
