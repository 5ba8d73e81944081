package kafka

import (
	"context"

	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/createtopics"
	"github.com/segmentio/kafka-go/protocol/deletetopics"
	"github.com/segmentio/kafka-go/protocol/metadata"
)

// ReadPartitions returns the partitions of topics. Without arguments it is those
// of the connection's topic, and without that either, of all topics.
//
// A broker that creates topics on demand (auto.create.topics.enable) creates
// those that are missing. What is wrong with a topic is returned as an error if
// the topic is the connection's, or the connection has none; else that topic
// contributes nothing. What is wrong with one partition is in its Error.
func (c *Conn) ReadPartitions(topics ...string) (partitions []Partition, err error) {
	return c.readPartitions(c.read.context(), topics...)
}

func (c *Conn) readPartitions(ctx context.Context, topics ...string) ([]Partition, error) {
	if len(topics) == 0 && c.topic != "" {
		topics = []string{c.topic}
	}
	if len(topics) == 0 {
		topics = nil // an empty list would ask for no topic
	}
	res, err := c.metadata(ctx, topics)
	if err != nil {
		return nil, err
	}
	brokers := brokersByID(res)
	partitions := make([]Partition, 0, countPartitions(res))
	for i := range res.Topics {
		t := &res.Topics[i]
		if t.ErrorCode != 0 && (c.topic == "" || t.Name == c.topic) {
			return nil, Error(t.ErrorCode)
		}
		for j := range t.Partitions {
			partitions = append(partitions, makePartition(t.Name, &t.Partitions[j], brokers))
		}
	}
	return partitions, nil
}

// Brokers returns the brokers of the cluster.
func (c *Conn) Brokers() ([]Broker, error) {
	res, err := c.metadata(c.read.context(), []string{})
	if err != nil {
		return nil, err
	}
	brokers := make([]Broker, len(res.Brokers))
	for i := range res.Brokers {
		brokers[i] = makeBroker(&res.Brokers[i])
	}
	return brokers, nil
}

// Controller returns the broker that administrative requests are to be sent to.
// It is a zero Broker if the cluster has none at the moment.
func (c *Conn) Controller() (broker Broker, err error) {
	res, err := c.metadata(c.read.context(), []string{})
	if err != nil {
		return Broker{}, err
	}
	return brokersByID(res)[res.ControllerID], nil
}

// metadata asks about topics: nil for all, empty for none.
func (c *Conn) metadata(ctx context.Context, topics []string) (*metadata.Response, error) {
	reply, err := c.exchange(ctx, "read", &metadata.Request{
		TopicNames:             topics,
		AllowAutoTopicCreation: true,
	})
	if err != nil {
		return nil, err
	}
	defer reply.Release()
	res := reply.Message.(*metadata.Response)
	return res, errorOf(res.ErrorCode)
}

func brokersByID(res *metadata.Response) map[int32]Broker {
	brokers := make(map[int32]Broker, len(res.Brokers))
	for i := range res.Brokers {
		brokers[res.Brokers[i].NodeID] = makeBroker(&res.Brokers[i])
	}
	return brokers
}

func makeBroker(b *metadata.ResponseBroker) Broker {
	return Broker{Host: b.Host, Port: int(b.Port), ID: int(b.NodeID), Rack: b.Rack}
}

func countPartitions(res *metadata.Response) (n int) {
	for i := range res.Topics {
		n += len(res.Topics[i].Partitions)
	}
	return n
}

func makePartition(topic string, p *metadata.ResponsePartition, brokers map[int32]Broker) Partition {
	return Partition{
		Topic:           topic,
		ID:              int(p.PartitionIndex),
		Leader:          brokers[p.LeaderID],
		Replicas:        makeReplicas(p.ReplicaNodes, brokers),
		Isr:             makeReplicas(p.IsrNodes, brokers),
		OfflineReplicas: makeReplicas(p.OfflineReplicas, brokers),
		Error:           errorOf(p.ErrorCode),
	}
}

func makeReplicas(ids []int32, brokers map[int32]Broker) []Broker {
	list := make([]Broker, len(ids))
	for i, id := range ids {
		broker, ok := brokers[id]
		if !ok {
			broker.ID = int(id)
		}
		list[i] = broker
	}
	return list
}

// CreateTopics creates topics. A topic that is there already is left alone, and
// is no error. The error is that of the first topic that could not be created,
// a kafka.Error; the others are created nevertheless.
//
// The request goes to the broker of the connection. Brokers before Kafka 2.8, and
// all that use ZooKeeper, answer NotController unless that is the controller; see
// Controller.
func (c *Conn) CreateTopics(topics ...TopicConfig) error {
	list := make([]createtopics.RequestTopic, len(topics))
	for i := range topics {
		var err error
		if list[i], err = topics[i].request(); err != nil {
			return err
		}
	}
	ctx := c.write.context()
	reply, err := c.exchange(ctx, "write", &createtopics.Request{
		Topics:    list,
		TimeoutMs: brokerTimeout(ctx),
	})
	if err != nil {
		return err
	}
	defer reply.Release()
	for _, t := range reply.Message.(*createtopics.Response).Topics {
		if t.ErrorCode != 0 && Error(t.ErrorCode) != TopicAlreadyExists {
			return Error(t.ErrorCode)
		}
	}
	return nil
}

// request checks that the numbers fit the protocol, whose own checks see what is
// left of them only.
func (t *TopicConfig) request() (createtopics.RequestTopic, error) {
	req := createtopics.RequestTopic{
		Name:              t.Topic,
		NumPartitions:     int32(t.NumPartitions),
		ReplicationFactor: int16(t.ReplicationFactor),
		Assignments:       t.assignments(),
	}
	switch {
	case int(req.NumPartitions) != t.NumPartitions:
		return req, InvalidPartitionNumber
	case int(req.ReplicationFactor) != t.ReplicationFactor:
		return req, InvalidReplicationFactor
	}
	if len(req.Assignments) > 0 {
		// Kafka asks for -1 beside assignments.
		req.NumPartitions = unsetAsMinusOne(req.NumPartitions)
		req.ReplicationFactor = unsetAsMinusOne(req.ReplicationFactor)
	}
	for _, e := range t.ConfigEntries {
		req.Configs = append(req.Configs, createtopics.RequestConfig{Name: e.ConfigName, Value: e.ConfigValue})
	}
	return req, nil
}

func unsetAsMinusOne[T int16 | int32](n T) T {
	if n == 0 {
		return -1
	}
	return n
}

// assignments gathers the replicas of each partition, in the order of the
// entries.
func (t *TopicConfig) assignments() []createtopics.RequestAssignment {
	var list []createtopics.RequestAssignment
	index := make(map[int]int, len(t.ReplicaAssignments))
	for _, r := range t.ReplicaAssignments {
		i, ok := index[r.Partition]
		if !ok {
			i = len(list)
			index[r.Partition] = i
			list = append(list, createtopics.RequestAssignment{PartitionIndex: int32(r.Partition)})
		}
		list[i].BrokerIDs = append(list[i].BrokerIDs, int32(r.Replicas))
	}
	return list
}

// DeleteTopics deletes topics. The error is that of the first topic that could
// not be deleted, a kafka.Error such as UnknownTopicOrPartition; the others are
// deleted nevertheless. The request goes to the broker of the connection, see
// CreateTopics.
func (c *Conn) DeleteTopics(topics ...string) error {
	ctx := c.write.context()
	reply, err := c.exchange(ctx, "write", &deletetopics.Request{
		TopicNames: topics,
		TimeoutMs:  brokerTimeout(ctx),
	})
	if err != nil {
		return err
	}
	defer reply.Release()
	for _, t := range reply.Message.(*deletetopics.Response).Responses {
		if t.ErrorCode != 0 {
			return Error(t.ErrorCode)
		}
	}
	return nil
}

func (c *Conn) apiVersions(ctx context.Context) ([]ApiVersion, error) {
	reply, err := c.exchange(ctx, "read", &apiversions.Request{})
	if err != nil {
		return nil, err
	}
	defer reply.Release()
	res := reply.Message.(*apiversions.Response)
	list := make([]ApiVersion, len(res.ApiKeys))
	for i, k := range res.ApiKeys {
		list[i] = ApiVersion{ApiKey: k.ApiKey, MinVersion: k.MinVersion, MaxVersion: k.MaxVersion}
	}
	return list, errorOf(res.ErrorCode)
}
