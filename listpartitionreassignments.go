package kafka

import (
	"context"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/segmentio/kafka-go/protocol/listpartitionreassignments"
)

// ListPartitionReassignmentsRequest is what Client.ListPartitionReassignments asks
// for.
type ListPartitionReassignmentsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Topics are the topics to tell of, by name; none means all.
	Topics map[string]ListPartitionReassignmentsRequestTopic

	// Timeout is how long the broker may wait for the controller. Zero means most of
	// what is left until the call has to end, 30 s if it does not have to; the broker
	// is never given more than that.
	Timeout time.Duration
}

// ListPartitionReassignmentsRequestTopic is which partitions of a topic to tell of.
type ListPartitionReassignmentsRequestTopic struct {
	// PartitionIndexes are the partitions. No value stands for all of them.
	PartitionIndexes []int
}

// ListPartitionReassignmentsResponse is what is under way.
type ListPartitionReassignmentsResponse struct {
	// Error concerns the whole request, with the broker's text; errors.Is finds the
	// kafka.Error. It is nil if there is none.
	Error error

	// Topics are those with partitions that are being moved, by name.
	Topics map[string]ListPartitionReassignmentsResponseTopic

	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration
}

// ListPartitionReassignmentsResponseTopic are the partitions of a topic that are
// being moved.
type ListPartitionReassignmentsResponseTopic struct {
	Partitions []ListPartitionReassignmentsResponsePartition
}

// ListPartitionReassignmentsResponsePartition is a partition that is being moved.
type ListPartitionReassignmentsResponsePartition struct {
	PartitionIndex int

	// Replicas are the ids of the brokers that hold the partition now, those to be
	// added or removed among them.
	Replicas []int

	// AddingReplicas and RemovingReplicas are the brokers that are to hold it in the
	// end and do not yet, and the other way about.
	AddingReplicas   []int
	RemovingReplicas []int
}

// ListPartitionReassignments lists the partitions that are being moved to other
// brokers. It needs Kafka 2.4 (KIP-455).
func (c *Client) ListPartitionReassignments(ctx context.Context, req *ListPartitionReassignmentsRequest) (*ListPartitionReassignmentsResponse, error) {
	ctx, cancel := c.bound(ctx)
	defer cancel()
	var check checker
	topics := req.topics(&check)
	if check.err != nil {
		return nil, clientError("ListPartitionReassignments", check.err)
	}
	res, err := call[*listpartitionreassignments.Response](ctx, c, "ListPartitionReassignments", req.Addr,
		&listpartitionreassignments.Request{TimeoutMs: operationTimeout(ctx, req.Timeout), Topics: topics})
	if err != nil {
		return nil, err
	}
	ret := &ListPartitionReassignmentsResponse{
		Error:    brokerError(res.ErrorCode, res.ErrorMessage),
		Topics:   make(map[string]ListPartitionReassignmentsResponseTopic, len(res.Topics)),
		Throttle: throttleDuration(res.ThrottleTimeMs),
	}
	for _, t := range res.Topics {
		ret.Topics[t.Name] = makeReassignments(t.Partitions)
	}
	return ret, nil
}

// topics is nil, which asks for all, if there are none.
func (r *ListPartitionReassignmentsRequest) topics(check *checker) (topics []listpartitionreassignments.RequestTopic) {
	for _, name := range slices.Sorted(maps.Keys(r.Topics)) {
		topics = append(topics, listpartitionreassignments.RequestTopic{
			Name:             name,
			PartitionIndexes: check.int32s("ListPartitionReassignmentsRequestTopic.PartitionIndexes", r.Topics[name].PartitionIndexes),
		})
	}
	return topics
}

func makeReassignments(list []listpartitionreassignments.ResponsePartition) (t ListPartitionReassignmentsResponseTopic) {
	for _, p := range list {
		t.Partitions = append(t.Partitions, ListPartitionReassignmentsResponsePartition{
			PartitionIndex:   int(p.PartitionIndex),
			Replicas:         makeInts(p.Replicas),
			AddingReplicas:   makeInts(p.AddingReplicas),
			RemovingReplicas: makeInts(p.RemovingReplicas),
		})
	}
	return t
}
