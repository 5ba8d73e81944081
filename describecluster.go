package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/describecluster"
)

// DescribeClusterRequest asks for the brokers of a cluster (KIP-700).
type DescribeClusterRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// IncludeFencedBrokers asks for brokers, too, that do not take part at the moment.
	// Brokers before Kafka 4.0 do not tell, which is an error (KIP-1073).
	IncludeFencedBrokers bool

	// IncludeAuthorizedOperations asks for what the client may do with the cluster.
	IncludeAuthorizedOperations bool
}

// DescribeClusterResponse describes a cluster.
type DescribeClusterResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Error concerns the whole request, with the broker's text; errors.Is finds the
	// kafka.Error. It is nil if there is none.
	Error error

	// ClusterID is the id that the cluster gave to itself when it was set up.
	ClusterID string

	// Controller is where to send what is for the controller, which with KRaft is any
	// broker, that hands it on. It is zero if there is none at the moment.
	Controller Broker

	// Brokers are those that clients can use; FencedBrokers, if they were asked for,
	// those that are known to the controller and cannot be used at the moment.
	Brokers       []Broker
	FencedBrokers []Broker

	// AuthorizedOperations is what the client may do with the cluster; nil if that was
	// not asked for.
	AuthorizedOperations []ACLOperationType
}

// DescribeCluster lists the brokers of a cluster. Any broker is asked, afresh each
// time.
//
// It needs Kafka 2.8; see Metadata for older brokers.
func (c *Client) DescribeCluster(ctx context.Context, req *DescribeClusterRequest) (*DescribeClusterResponse, error) {
	res, err := call[*describecluster.Response](ctx, c, "DescribeCluster", req.Addr, &describecluster.Request{
		IncludeFencedBrokers:               req.IncludeFencedBrokers,
		IncludeClusterAuthorizedOperations: req.IncludeAuthorizedOperations,
	})
	if err != nil {
		return nil, err
	}
	answer := &DescribeClusterResponse{
		Throttle:             throttleDuration(res.ThrottleTimeMs),
		Error:                brokerError(res.ErrorCode, res.ErrorMessage),
		ClusterID:            res.ClusterID,
		AuthorizedOperations: aclOperations(res.ClusterAuthorizedOperations),
	}
	for _, b := range res.Brokers {
		broker := Broker{Host: b.Host, Port: int(b.Port), ID: int(b.BrokerID), Rack: b.Rack}
		if b.IsFenced {
			answer.FencedBrokers = append(answer.FencedBrokers, broker)
			continue
		}
		answer.Brokers = append(answer.Brokers, broker)
		if b.BrokerID == res.ControllerID {
			answer.Controller = broker
		}
	}
	return answer, nil
}
