package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/createpartitions"
)

// CreatePartitionsRequest is what Client.CreatePartitions is to create.
type CreatePartitionsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Topics are the topics that are to have more partitions.
	Topics []TopicPartitionsConfig

	// ValidateOnly creates nothing, and tells what would come of it.
	ValidateOnly bool
}

// TopicPartitionsConfig is a topic, and the number of partitions it is to have.
type TopicPartitionsConfig struct {
	Name string

	// Count is the number of partitions in all, not of those to add. It can only
	// grow.
	Count int32

	// TopicPartitionAssignments places the new partitions on brokers, one after the
	// other. Empty leaves that to the cluster.
	TopicPartitionAssignments []TopicPartitionAssignment
}

// TopicPartitionAssignment places a partition.
type TopicPartitionAssignment struct {
	// BrokerIDs are the brokers that are to hold it; the first is the preferred
	// leader.
	BrokerIDs []int32
}

// CreatePartitionsResponse is what has become of the topics.
type CreatePartitionsResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Errors has every topic of the request, by name: nil if it has the partitions,
	// else why not, with the broker's text. errors.Is finds the kafka.Error.
	Errors map[string]error
}

// CreatePartitions adds partitions to topics. Messages that are there stay where
// they are, so those of a key may be spread over two partitions from then on.
//
// It returns when the leaders of the new partitions are known, or when the time
// given to the broker has passed: most of what is left until the call has to end,
// 30 s if it does not have to.
func (c *Client) CreatePartitions(ctx context.Context, req *CreatePartitionsRequest) (*CreatePartitionsResponse, error) {
	ctx, cancel := c.bound(ctx)
	defer cancel()
	topics := make([]createpartitions.RequestTopic, len(req.Topics))
	for i := range req.Topics {
		topics[i] = req.Topics[i].request()
	}
	res, err := call[*createpartitions.Response](ctx, c, "CreatePartitions", req.Addr, &createpartitions.Request{
		Topics:       topics,
		TimeoutMs:    operationTimeout(ctx, 0),
		ValidateOnly: req.ValidateOnly,
	})
	if err != nil {
		return nil, err
	}
	ret := &CreatePartitionsResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Errors:   make(map[string]error, len(res.Results)),
	}
	for _, t := range res.Results {
		ret.Errors[t.Name] = brokerError(t.ErrorCode, t.ErrorMessage)
	}
	return ret, nil
}

func (t *TopicPartitionsConfig) request() createpartitions.RequestTopic {
	req := createpartitions.RequestTopic{Name: t.Name, Count: t.Count}
	for _, a := range t.TopicPartitionAssignments {
		req.Assignments = append(req.Assignments, createpartitions.RequestAssignment{BrokerIDs: a.BrokerIDs})
	}
	return req
}
