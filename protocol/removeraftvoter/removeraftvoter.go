// Package removeraftvoter has the messages of the RemoveRaftVoter API, which takes
// the vote of a controller of a KRaft cluster (KIP-853).
package removeraftvoter

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the active controller to have one voter less; any broker hands it
// on.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// ClusterID makes other clusters refuse the request; empty for no such check.
	ClusterID string `kafka:"min=v0,max=v0,nullable"`

	// VoterID and VoterDirectoryID identify the voter.
	VoterID          int32         `kafka:"min=v0,max=v0"`
	VoterDirectoryID protocol.UUID `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.RemoveRaftVoter.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.RemoveRaftVoter }

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response tells whether the controller has lost its vote. The error is
// UNSUPPORTED_VERSION where the voters are configured (kraft.version 0).
type Response struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32  `kafka:"min=v0,max=v0"`
	ErrorCode      int16  `kafka:"min=v0,max=v0"`
	ErrorMessage   string `kafka:"min=v0,max=v0,nullable,ignorable"`
}

// ApiKey returns protocol.RemoveRaftVoter.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.RemoveRaftVoter }
