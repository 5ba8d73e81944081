// Package gettelemetrysubscriptions has the messages of the
// GetTelemetrySubscriptions API, with which a client learns which of its metrics
// the operators of a cluster want to see (KIP-714).
//
// Brokers have the API only when they have a metrics reporter that takes them.
package gettelemetrysubscriptions

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks a broker what to push. Pushes best go to the same broker.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// ClientInstanceID is what the first response gave the client, for as long as it
	// lives; zero in its first request.
	ClientInstanceID protocol.UUID `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.GetTelemetrySubscriptions.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.GetTelemetrySubscriptions }

// Response tells what to push.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v0"`
	ErrorCode      int16 `kafka:"min=v0,max=v0"`

	// ClientInstanceID is the id of the client.
	ClientInstanceID protocol.UUID `kafka:"min=v0,max=v0"`

	// SubscriptionID is what pushes have to name.
	SubscriptionID int32 `kafka:"min=v0,max=v0"`

	// AcceptedCompressionTypes are the codes of the codecs that pushes may use, the
	// preferred one first.
	AcceptedCompressionTypes []int8 `kafka:"min=v0,max=v0"`

	// PushIntervalMs is how often to push.
	PushIntervalMs int32 `kafka:"min=v0,max=v0"`

	// TelemetryMaxBytes is the size of the largest push.
	TelemetryMaxBytes int32 `kafka:"min=v0,max=v0"`

	// DeltaTemporality asks for what counters have counted since the last push; without
	// it for what they have counted since the client began.
	DeltaTemporality bool `kafka:"min=v0,max=v0"`

	// RequestedMetrics are prefixes of the names of the metrics: none for no metric, an
	// empty one for all.
	RequestedMetrics []string `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.GetTelemetrySubscriptions.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.GetTelemetrySubscriptions }
