// Package unregisterbroker has the messages of the UnregisterBroker API, which
// makes a KRaft cluster forget a broker that is gone for good (KIP-500).
package unregisterbroker

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the active controller to forget a broker; any broker hands it on.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// BrokerID is the broker to forget. It must not be running.
	BrokerID int32 `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.UnregisterBroker.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.UnregisterBroker }

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response tells whether the broker is forgotten: BROKER_ID_NOT_REGISTERED if it was not
// known.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32  `kafka:"min=v0,max=v0"`
	ErrorCode      int16  `kafka:"min=v0,max=v0"`
	ErrorMessage   string `kafka:"min=v0,max=v0,nullable"`
}

// ApiKey returns protocol.UnregisterBroker.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.UnregisterBroker }
