// Package createtopics has the messages of the CreateTopics API.
//
// Version 1 can validate only (KIP-4), version 4 leaves the number of partitions and
// replicas to the broker (KIP-464), version 5 tells the configuration of what was
// created (KIP-525), version 6 may be throttled (KIP-599), version 7 tells the id of
// the topic (KIP-516).
package createtopics

import (
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the controller to create topics.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v7,flexible=v5"`

	Topics []RequestTopic `kafka:"min=v0,max=v7"`

	// TimeoutMs is how long the broker waits for the topics to be there.
	TimeoutMs int32 `kafka:"min=v0,max=v7,default=60000"`

	// ValidateOnly creates nothing.
	ValidateOnly bool `kafka:"min=v1,max=v7"`
}

// RequestTopic is a topic to create.
type RequestTopic struct {
	Name string `kafka:"min=v0,max=v7"`

	// NumPartitions and ReplicationFactor are -1 where Assignments has them, and
	// from version 4 on where the broker's defaults are to hold.
	NumPartitions     int32 `kafka:"min=v0,max=v7"`
	ReplicationFactor int16 `kafka:"min=v0,max=v7"`

	Assignments []RequestAssignment `kafka:"min=v0,max=v7"`
	Configs     []RequestConfig     `kafka:"min=v0,max=v7"`
}

// RequestAssignment is the brokers that hold a partition, its preferred leader
// first.
type RequestAssignment struct {
	PartitionIndex int32   `kafka:"min=v0,max=v7"`
	BrokerIDs      []int32 `kafka:"min=v0,max=v7"`
}

// RequestConfig is an entry of a topic's configuration.
type RequestConfig struct {
	Name  string `kafka:"min=v0,max=v7"`
	Value string `kafka:"min=v0,max=v7,nullable"`
}

// ApiKey returns protocol.CreateTopics.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.CreateTopics }

// BrokerWait is the time that the broker waits for the topics to exist, which a
// connection adds to its patience.
func (r *Request) BrokerWait() time.Duration {
	return time.Duration(r.TimeoutMs) * time.Millisecond
}

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known: with KRaft any broker hands the request on, others
// answer NOT_CONTROLLER.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response tells which topics were created.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v7,flexible=v5"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v2,max=v7,ignorable"`

	Topics []ResponseTopic `kafka:"min=v0,max=v7"`
}

// ResponseTopic is the outcome for one topic.
type ResponseTopic struct {
	Name         string        `kafka:"min=v0,max=v7"`
	TopicID      protocol.UUID `kafka:"min=v7,max=v7,ignorable"`
	ErrorCode    int16         `kafka:"min=v0,max=v7"`
	ErrorMessage string        `kafka:"min=v1,max=v7,nullable,ignorable"`

	// TopicConfigErrorCode tells why Configs is not there.
	TopicConfigErrorCode int16 `kafka:"min=v5,max=v7,tag=0,ignorable"`

	// NumPartitions and ReplicationFactor are -1 when not told.
	NumPartitions     int32 `kafka:"min=v5,max=v7,default=-1,ignorable"`
	ReplicationFactor int16 `kafka:"min=v5,max=v7,default=-1,ignorable"`

	// Configs is nil when the client may not see the configuration.
	Configs []ResponseTopicConfig `kafka:"min=v5,max=v7,nullable,ignorable"`
}

// ResponseTopicConfig is an entry of the configuration that the topic got.
type ResponseTopicConfig struct {
	Name     string `kafka:"min=v5,max=v7"`
	Value    string `kafka:"min=v5,max=v7,nullable"`
	ReadOnly bool   `kafka:"min=v5,max=v7"`

	// ConfigSource is where the value comes from, -1 when not told.
	ConfigSource int8 `kafka:"min=v5,max=v7,default=-1,ignorable"`

	// IsSensitive tells that the value is kept back.
	IsSensitive bool `kafka:"min=v5,max=v7"`
}

// ApiKey returns protocol.CreateTopics.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.CreateTopics }
