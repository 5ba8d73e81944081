// Package addraftvoter has the messages of the AddRaftVoter API, which gives a
// controller of a KRaft cluster a vote (KIP-853).
//
// Version 1 can be answered before the change is committed (KIP-1186).
package addraftvoter

import (
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the active controller to have one more voter; any broker hands it
// on.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v0"`

	// ClusterID makes other clusters refuse the request; empty for no such check.
	ClusterID string `kafka:"min=v0,max=v1,nullable"`

	// TimeoutMs is how long the controller waits for the change.
	TimeoutMs int32 `kafka:"min=v0,max=v1"`

	// VoterID and VoterDirectoryID identify the new voter, a controller that follows
	// the quorum already.
	VoterID          int32         `kafka:"min=v0,max=v1"`
	VoterDirectoryID protocol.UUID `kafka:"min=v0,max=v1"`

	// Listeners are the addresses of the new voter.
	Listeners []RequestListener `kafka:"min=v0,max=v1"`

	// AckWhenCommitted has the answer wait until a majority has the change; without it
	// the leader answers once it has written it. Version 0 always waits.
	AckWhenCommitted bool `kafka:"min=v1,max=v1,default=true"`
}

// RequestListener is an address of a controller.
type RequestListener struct {
	Name string `kafka:"min=v0,max=v1"`
	Host string `kafka:"min=v0,max=v1"`
	Port uint16 `kafka:"min=v0,max=v1"`
}

// ApiKey returns protocol.AddRaftVoter.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.AddRaftVoter }

// BrokerWait is the time that the controller waits for the change, which a
// connection adds to its patience.
func (r *Request) BrokerWait() time.Duration {
	return time.Duration(r.TimeoutMs) * time.Millisecond
}

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response tells whether the controller votes. The error is UNSUPPORTED_VERSION where the
// voters are configured (kraft.version 0).
type Response struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32  `kafka:"min=v0,max=v1"`
	ErrorCode      int16  `kafka:"min=v0,max=v1"`
	ErrorMessage   string `kafka:"min=v0,max=v1,nullable,ignorable"`
}

// ApiKey returns protocol.AddRaftVoter.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.AddRaftVoter }
