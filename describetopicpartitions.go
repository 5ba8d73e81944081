package kafka

import (
	"context"
	"errors"
	"iter"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/describetopicpartitions"
)

// DescribeTopicPartitionsRequest asks for a page of topics and partitions (KIP-966).
type DescribeTopicPartitionsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Topics are those to list. None lists all.
	Topics []string

	// Limit bounds the partitions of a page; the brokers' own bound may be lower.
	// Zero means 2000.
	Limit int

	// Cursor is where the page begins: NextCursor of the page before. nil begins with
	// the first.
	Cursor *DescribeTopicPartitionsCursor
}

// DescribeTopicPartitionsCursor is a place in the list of partitions, which is in
// the order of the names of topics.
type DescribeTopicPartitionsCursor struct {
	Topic     string
	Partition int
}

// DescribeTopicPartitionsResponse is a page of topics and partitions.
type DescribeTopicPartitionsResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Topics are in the order of their names. Of the first and the last there may be
	// more partitions on other pages.
	Topics []DescribeTopicPartitionsResponseTopic

	// NextCursor is where the next page begins, nil on the last.
	NextCursor *DescribeTopicPartitionsCursor
}

// DescribeTopicPartitionsResponseTopic is a topic.
type DescribeTopicPartitionsResponseTopic struct {
	Name string

	// TopicID identifies the topic among those of the same name (KIP-516).
	TopicID protocol.UUID

	// Error is for instance UnknownTopicOrPartition.
	Error error

	// Internal is set for topics that belong to the brokers.
	Internal bool

	Partitions []DescribeTopicPartitionsResponsePartition

	// AuthorizedOperations is what the client may do with the topic.
	AuthorizedOperations []ACLOperationType
}

// DescribeTopicPartitionsResponsePartition is a partition and the ids of the brokers
// that hold it.
type DescribeTopicPartitionsResponsePartition struct {
	Partition int

	// Error is for instance LeaderNotAvailable.
	Error error

	// Leader is -1 if there is none at the moment, LeaderEpoch -1 if it is not told.
	Leader      int
	LeaderEpoch int

	Replicas        []int
	Isr             []int
	OfflineReplicas []int

	// EligibleLeaderReplicas can be elected although they are not in sync: they have
	// all that is committed. LastKnownELR were eligible before they went down. Both
	// are empty where the cluster does not keep them.
	EligibleLeaderReplicas []int
	LastKnownELR           []int
}

// DescribeTopicPartitions lists topics and their partitions, a page at a time. It is
// for clusters with more of them than one answer should have; see
// DescribeTopicPartitionsPages for all pages. Any broker is asked.
//
// It needs Kafka 3.8.
func (c *Client) DescribeTopicPartitions(ctx context.Context, req *DescribeTopicPartitionsRequest) (*DescribeTopicPartitionsResponse, error) {
	const method = "DescribeTopicPartitions"
	var check checker
	message := req.message(&check)
	if check.err != nil {
		return nil, clientError(method, check.err)
	}
	res, err := call[*describetopicpartitions.Response](ctx, c, method, req.Addr, message)
	if err != nil {
		return nil, err
	}
	page := &DescribeTopicPartitionsResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Topics:   mapped(res.Topics, makeDescribedTopic),
	}
	if next := res.NextCursor; next != nil {
		page.NextCursor = &DescribeTopicPartitionsCursor{Topic: next.TopicName, Partition: int(next.PartitionIndex)}
	}
	return page, nil
}

// DescribeTopicPartitionsPages goes through all pages from that of the request on,
// with one DescribeTopicPartitions each, which Client.Timeout bounds. An error ends
// it.
func (c *Client) DescribeTopicPartitionsPages(ctx context.Context, req *DescribeTopicPartitionsRequest) iter.Seq2[*DescribeTopicPartitionsResponse, error] {
	return func(yield func(*DescribeTopicPartitionsResponse, error) bool) {
		for next := *req; ; {
			page, err := c.DescribeTopicPartitions(ctx, &next)
			if err == nil && page.NextCursor != nil && next.Cursor != nil && *page.NextCursor == *next.Cursor {
				page, err = nil, clientError("DescribeTopicPartitions", errors.New("the next page is the same"))
			}
			if !yield(page, err) || err != nil || page.NextCursor == nil {
				return
			}
			next.Cursor = page.NextCursor
		}
	}
}

func (r *DescribeTopicPartitionsRequest) message(check *checker) *describetopicpartitions.Request {
	message := &describetopicpartitions.Request{
		ResponsePartitionLimit: check.int32("Limit", r.Limit),
		Topics: mapped(r.Topics, func(name *string) describetopicpartitions.RequestTopic {
			return describetopicpartitions.RequestTopic{Name: *name}
		}),
	}
	if r.Cursor != nil {
		message.Cursor = &describetopicpartitions.Cursor{TopicName: r.Cursor.Topic, PartitionIndex: check.int32("Partition", r.Cursor.Partition)}
	}
	return message
}

func makeDescribedTopic(t *describetopicpartitions.ResponseTopic) DescribeTopicPartitionsResponseTopic {
	return DescribeTopicPartitionsResponseTopic{
		Name:                 t.Name,
		TopicID:              t.TopicID,
		Error:                errorOf(t.ErrorCode),
		Internal:             t.IsInternal,
		Partitions:           mapped(t.Partitions, makeDescribedPartition),
		AuthorizedOperations: aclOperations(t.TopicAuthorizedOperations),
	}
}

func makeDescribedPartition(p *describetopicpartitions.ResponsePartition) DescribeTopicPartitionsResponsePartition {
	return DescribeTopicPartitionsResponsePartition{
		Partition:              int(p.PartitionIndex),
		Error:                  errorOf(p.ErrorCode),
		Leader:                 int(p.LeaderID),
		LeaderEpoch:            int(p.LeaderEpoch),
		Replicas:               makeInts(p.ReplicaNodes),
		Isr:                    makeInts(p.IsrNodes),
		OfflineReplicas:        makeInts(p.OfflineReplicas),
		EligibleLeaderReplicas: makeInts(p.EligibleLeaderReplicas),
		LastKnownELR:           makeInts(p.LastKnownElr),
	}
}
