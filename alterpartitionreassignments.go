package kafka

import (
	"cmp"
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/alterpartitionreassignments"
)

// AlterPartitionReassignmentsRequest is what Client.AlterPartitionReassignments is
// to move.
type AlterPartitionReassignmentsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Topic is that of the Assignments that name none.
	Topic string

	// Assignments are the partitions, and where they are to be.
	Assignments []AlterPartitionReassignmentsRequestAssignment

	// Timeout is how long the broker may wait for the reassignments to begin. Zero
	// means most of what is left until the call has to end, 30 s if it does not have
	// to; the broker is never given more than that.
	Timeout time.Duration
}

// AlterPartitionReassignmentsRequestAssignment is a partition, and where it is to
// be.
type AlterPartitionReassignmentsRequestAssignment struct {
	// Topic is that of the partition. Empty means that of the request.
	Topic string

	PartitionID int

	// BrokerIDs are the brokers that are to hold the partition; the first is the
	// preferred leader. nil ends a reassignment that is under way: the partition
	// stays where it was.
	BrokerIDs []int
}

// AlterPartitionReassignmentsResponse is what has become of the request.
type AlterPartitionReassignmentsResponse struct {
	// Error concerns the whole request, with the broker's text; errors.Is finds the
	// kafka.Error. It is nil if there is none.
	Error error

	// PartitionResults are those of the partitions of the request.
	PartitionResults []AlterPartitionReassignmentsResponsePartitionResult

	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration
}

// AlterPartitionReassignmentsResponsePartitionResult tells of a partition.
type AlterPartitionReassignmentsResponsePartitionResult struct {
	Topic       string
	PartitionID int

	// Error is why the partition is not moved, with the broker's text; errors.Is
	// finds the kafka.Error. nil means that the reassignment is under way.
	Error error
}

// AlterPartitionReassignments has partitions move to other brokers, or no longer do
// so. It does not wait until they have; see ListPartitionReassignments. It needs
// Kafka 2.4 (KIP-455).
func (c *Client) AlterPartitionReassignments(ctx context.Context, req *AlterPartitionReassignmentsRequest) (*AlterPartitionReassignmentsResponse, error) {
	ctx, cancel := c.bound(ctx)
	defer cancel()
	var check checker
	topics := req.topics(&check)
	if check.err != nil {
		return nil, clientError("AlterPartitionReassignments", check.err)
	}
	res, err := call[*alterpartitionreassignments.Response](ctx, c, "AlterPartitionReassignments", req.Addr,
		&alterpartitionreassignments.Request{TimeoutMs: operationTimeout(ctx, req.Timeout), Topics: topics})
	if err != nil {
		return nil, err
	}
	ret := &AlterPartitionReassignmentsResponse{
		Error:    brokerError(res.ErrorCode, res.ErrorMessage),
		Throttle: throttleDuration(res.ThrottleTimeMs),
	}
	for _, t := range res.Results {
		for _, p := range t.Partitions {
			ret.PartitionResults = append(ret.PartitionResults, AlterPartitionReassignmentsResponsePartitionResult{
				Topic: t.Name, PartitionID: int(p.PartitionIndex), Error: brokerError(p.ErrorCode, p.ErrorMessage),
			})
		}
	}
	return ret, nil
}

// topics gathers the assignments of each topic.
func (r *AlterPartitionReassignmentsRequest) topics(check *checker) (topics []alterpartitionreassignments.RequestTopic) {
	index := make(map[string]int)
	for _, a := range r.Assignments {
		name := cmp.Or(a.Topic, r.Topic)
		i, ok := index[name]
		if !ok {
			i = len(topics)
			index[name] = i
			topics = append(topics, alterpartitionreassignments.RequestTopic{Name: name})
		}
		topics[i].Partitions = append(topics[i].Partitions, alterpartitionreassignments.RequestPartition{
			PartitionIndex: check.int32("AlterPartitionReassignmentsRequestAssignment.PartitionID", a.PartitionID),
			Replicas:       check.int32s("AlterPartitionReassignmentsRequestAssignment.BrokerIDs", a.BrokerIDs),
		})
	}
	return topics
}
