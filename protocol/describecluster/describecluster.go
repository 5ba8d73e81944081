// Package describecluster has the messages of the DescribeCluster API, which lists
// the brokers of a cluster (KIP-700).
//
// Version 1 can list controllers (KIP-919), version 2 brokers that are fenced
// (KIP-1073).
package describecluster

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The values of EndpointType.
const (
	EndpointBrokers     int8 = 1
	EndpointControllers int8 = 2
)

// Request asks any broker about the cluster.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v0"`

	// IncludeClusterAuthorizedOperations asks for what the client may do with the
	// cluster.
	IncludeClusterAuthorizedOperations bool `kafka:"min=v0,max=v2"`

	// EndpointType is one of the constants above; 0 stands for EndpointBrokers. Only
	// controllers answer about EndpointControllers.
	EndpointType int8 `kafka:"min=v1,max=v2,default=1"`

	// IncludeFencedBrokers lists brokers that do not take part at the moment, too.
	IncludeFencedBrokers bool `kafka:"min=v2,max=v2"`
}

// ApiKey returns protocol.DescribeCluster.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.DescribeCluster }

// Prepare makes an unset EndpointType EndpointBrokers: brokers refuse 0.
func (r *Request) Prepare(apiVersion int16) {
	if r.EndpointType == 0 {
		r.EndpointType = EndpointBrokers
	}
}

// Response describes the cluster.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32  `kafka:"min=v0,max=v2"`
	ErrorCode      int16  `kafka:"min=v0,max=v2"`
	ErrorMessage   string `kafka:"min=v0,max=v2,nullable"`

	// EndpointType is what Brokers are.
	EndpointType int8   `kafka:"min=v1,max=v2,default=1"`
	ClusterID    string `kafka:"min=v0,max=v2"`

	// ControllerID is the id of the controller, -1 when not known. With KRaft it is
	// a broker that hands requests on to the controller.
	ControllerID int32            `kafka:"min=v0,max=v2,default=-1"`
	Brokers      []ResponseBroker `kafka:"min=v0,max=v2"`

	// ClusterAuthorizedOperations is a set of bits, one for each ACL operation; the
	// lowest int32 when it was not asked for.
	ClusterAuthorizedOperations int32 `kafka:"min=v0,max=v2,default=-2147483648"`
}

// ResponseBroker is a broker, or a controller, and the address that it advertises.
type ResponseBroker struct {
	BrokerID int32  `kafka:"min=v0,max=v2"`
	Host     string `kafka:"min=v0,max=v2"`
	Port     int32  `kafka:"min=v0,max=v2"`
	Rack     string `kafka:"min=v0,max=v2,nullable"`
	IsFenced bool   `kafka:"min=v2,max=v2"`
}

// ApiKey returns protocol.DescribeCluster.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.DescribeCluster }
