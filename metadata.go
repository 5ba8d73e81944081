package kafka

import (
	"cmp"
	"context"
	"net"
	"slices"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/metadata"
)

// MetadataRequest is what Client.Metadata asks for.
type MetadataRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Topics are the topics to describe. nil means all that the client may see;
	// empty and not nil means none. None is created by being asked for.
	Topics []string

	// IncludeAuthorizedOperations asks what the client may do with each topic. This
	// takes Kafka 2.4.
	IncludeAuthorizedOperations bool
}

// MetadataResponse is what is known of a cluster.
type MetadataResponse struct {
	// Throttle is how long the broker holds requests back because of a quota. It is
	// zero where no broker was asked.
	Throttle time.Duration

	// ClusterID identifies the cluster. It is empty before Kafka 0.10.1.
	ClusterID string

	// Controller is the broker that changes of the cluster are sent to, a zero
	// Broker while none is known. With KRaft it is one that hands them on.
	Controller Broker

	// Brokers are the brokers that are up.
	Brokers []Broker

	// Topics are those asked for. One that is missing has UnknownTopicOrPartition as
	// its Error.
	Topics []Topic
}

// Topic is what a cluster's metadata tells about a topic.
type Topic struct {
	Name string

	// Internal is set for topics that Kafka keeps for itself, such as
	// __consumer_offsets.
	Internal bool

	// Partitions are sorted by ID.
	Partitions []Partition

	// Error is what is wrong with the topic, as a kafka.Error; nil if nothing is.
	Error error

	// ID is another one for a topic that was deleted and created anew (KIP-516). It
	// is zero before Kafka 2.8.
	ID protocol.UUID

	// AuthorizedOperations are what the client may do with the topic; nil unless the
	// request asked for it.
	AuthorizedOperations []ACLOperationType
}

// Metadata describes the cluster, its brokers and topics.
//
// A Transport answers requests that name topics from what it knows, if that is
// younger than its MetadataTTL; others are sent to a broker.
func (c *Client) Metadata(ctx context.Context, req *MetadataRequest) (*MetadataResponse, error) {
	m := &metadata.Request{TopicNames: req.Topics}
	if req.IncludeAuthorizedOperations {
		m = &metadata.Request{Topics: metadataTopics(req.Topics), IncludeTopicAuthorizedOperations: true}
	}
	res, err := call[*metadata.Response](ctx, c, "Metadata", req.Addr, m)
	if err != nil {
		return nil, err
	}
	if res.ErrorCode != 0 {
		return nil, clientError("Metadata", Error(res.ErrorCode))
	}
	brokers := brokersByID(res)
	ret := &MetadataResponse{
		Throttle:   throttleDuration(res.ThrottleTimeMs),
		ClusterID:  res.ClusterID,
		Controller: brokers[res.ControllerID],
		Brokers:    make([]Broker, len(res.Brokers)),
		Topics:     make([]Topic, len(res.Topics)),
	}
	for i := range res.Brokers {
		ret.Brokers[i] = makeBroker(&res.Brokers[i])
	}
	for i := range res.Topics {
		ret.Topics[i] = makeTopic(&res.Topics[i], brokers)
	}
	return ret, nil
}

// metadataTopics names topics in the form of newer versions; nil stays nil.
func metadataTopics(names []string) []metadata.RequestTopic {
	if names == nil {
		return nil
	}
	topics := make([]metadata.RequestTopic, len(names))
	for i, name := range names {
		topics[i].Name = name
	}
	return topics
}

func makeTopic(t *metadata.ResponseTopic, brokers map[int32]Broker) Topic {
	topic := Topic{
		Name:                 t.Name,
		Internal:             t.IsInternal,
		Partitions:           make([]Partition, len(t.Partitions)),
		Error:                errorOf(t.ErrorCode),
		ID:                   t.TopicID,
		AuthorizedOperations: aclOperations(t.TopicAuthorizedOperations),
	}
	for i := range t.Partitions {
		topic.Partitions[i] = makePartition(t.Name, &t.Partitions[i], brokers)
	}
	slices.SortFunc(topic.Partitions, func(a, b Partition) int { return cmp.Compare(a.ID, b.ID) })
	return topic
}
