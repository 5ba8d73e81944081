package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/electleaders"
)

// ElectLeadersRequest is what Client.ElectLeaders is to hold elections for.
type ElectLeadersRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Topic and Partitions are the partitions.
	Topic      string
	Partitions []int

	// Timeout is how long the broker may wait for the elections to be over. Zero
	// means most of what is left until the call has to end, 30 s if it does not have
	// to; the broker is never given more than that.
	Timeout time.Duration

	// Unclean has partitions without a leader elect a replica that is not in sync,
	// which may lose messages, in place of the preferred leader of each. It needs
	// Kafka 2.4 (KIP-460).
	Unclean bool
}

// ElectLeadersResponse is what has become of the elections.
type ElectLeadersResponse struct {
	// Error concerns the whole request, as a kafka.Error; nil if there is none.
	Error error

	// PartitionResults are those of the partitions of the request.
	PartitionResults []ElectLeadersResponsePartitionResult

	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration
}

// ElectLeadersResponsePartitionResult is what has become of the election of a
// partition's leader.
type ElectLeadersResponsePartitionResult struct {
	Partition int

	// Error is why no leader was elected, with the broker's text; errors.Is finds
	// the kafka.Error. That the right one leads already is ElectionNotNeeded.
	Error error
}

// ElectLeaders has partitions elect their preferred leaders, the first of their
// replicas. It needs Kafka 2.2 (KIP-183).
func (c *Client) ElectLeaders(ctx context.Context, req *ElectLeadersRequest) (*ElectLeadersResponse, error) {
	ctx, cancel := c.bound(ctx)
	defer cancel()
	var check checker
	ids := check.int32s("ElectLeadersRequest.Partitions", req.Partitions)
	if check.err != nil {
		return nil, clientError("ElectLeaders", check.err)
	}
	m := &electleaders.Request{
		TopicPartitions: []electleaders.RequestTopicPartitions{{Topic: req.Topic, PartitionIDs: ids}},
		TimeoutMs:       operationTimeout(ctx, req.Timeout),
	}
	if req.Unclean {
		m.ElectionType = 1
	}
	res, err := call[*electleaders.Response](ctx, c, "ElectLeaders", req.Addr, m)
	if err != nil {
		return nil, err
	}
	ret := &ElectLeadersResponse{Error: errorOf(res.ErrorCode), Throttle: throttleDuration(res.ThrottleTime)}
	for _, t := range res.ReplicaElectionResults {
		for _, p := range t.PartitionResults {
			ret.PartitionResults = append(ret.PartitionResults, ElectLeadersResponsePartitionResult{
				Partition: int(p.PartitionID), Error: brokerError(p.ErrorCode, p.ErrorMessage),
			})
		}
	}
	return ret, nil
}
