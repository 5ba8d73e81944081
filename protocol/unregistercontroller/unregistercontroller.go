// Package unregistercontroller has the messages of the UnregisterController API,
// which makes a KRaft cluster forget a controller that is gone for good and no
// longer votes.
package unregistercontroller

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the active controller to forget another one; any broker hands it
// on.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// ControllerID is the controller to forget.
	ControllerID int32 `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.UnregisterController.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.UnregisterController }

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response tells whether the controller is forgotten: CONTROLLER_ID_NOT_REGISTERED
// if it was not known.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32  `kafka:"min=v0,max=v0"`
	ErrorCode      int16  `kafka:"min=v0,max=v0"`
	ErrorMessage   string `kafka:"min=v0,max=v0,nullable"`
}

// ApiKey returns protocol.UnregisterController.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.UnregisterController }
