// Package metadata has the messages of the Metadata API, which lists brokers,
// topics and partitions.
//
// Version 1 can ask for no topic at all, version 4 keeps the broker from creating
// topics (KIP-4), version 7 has leader epochs (KIP-320), version 8 authorized
// operations (KIP-430), and version 10 topic ids (KIP-516).
package metadata

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The versions at which requests change shape.
const (
	maxVersion          = 13
	firstNullTopics     = 1  // no topics are told from all topics
	firstAuthOperations = 8  // authorized operations can be asked for
	firstTopics         = 9  // topics are structs to which fields are added
	lastClusterAuth     = 10 // the cluster's authorized operations moved to DescribeCluster
	firstByID           = 12 // brokers accept ids; versions 10 and 11 have the field but refuse it
)

// Request asks any broker about topics. With both TopicNames and Topics nil it
// asks about all topics.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v13,flexible=v9"`

	// TopicNames are the topics to list, up to version 8. Empty and not nil asks
	// for no topic, only for the brokers.
	TopicNames []string `kafka:"min=v0,max=v0|min=v1,max=v8,nullable"`

	// Topics are the topics to list from version 9 on, by name or id. Empty and
	// not nil asks for no topic, only for the brokers.
	Topics []RequestTopic `kafka:"min=v9,max=v13,nullable"`

	// AllowAutoTopicCreation lets the broker create topics that do not exist, if
	// its configuration does. Before version 4 it always may.
	AllowAutoTopicCreation bool `kafka:"min=v4,max=v13,default=true"`

	// IncludeClusterAuthorizedOperations asks for what the client may do with the
	// cluster.
	IncludeClusterAuthorizedOperations bool `kafka:"min=v8,max=v10"`

	// IncludeTopicAuthorizedOperations asks for what the client may do with each
	// topic.
	IncludeTopicAuthorizedOperations bool `kafka:"min=v8,max=v13"`
}

// RequestTopic names a topic, by name or, from version 12 on, by id.
type RequestTopic struct {
	TopicID protocol.UUID `kafka:"min=v10,max=v13,ignorable"`
	Name    string        `kafka:"min=v9,max=v9|min=v10,max=v13,nullable"`
}

// ApiKey returns protocol.Metadata.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.Metadata }

// VersionRange keeps TopicNames at version 8 or below and Topics at version 9 or
// above, and sees to it that the version has the authorized operations asked for.
func (r *Request) VersionRange() (min, max int16) {
	min, max = 0, maxVersion
	raise := func(to int16) {
		if min < to {
			min = to
		}
	}
	if r.IncludeClusterAuthorizedOperations {
		max = lastClusterAuth
	}
	if r.IncludeClusterAuthorizedOperations || r.IncludeTopicAuthorizedOperations {
		raise(firstAuthOperations)
	}
	if r.TopicNames != nil {
		max = firstTopics - 1
		if len(r.TopicNames) == 0 {
			raise(firstNullTopics)
		}
	}
	if r.Topics != nil {
		raise(firstTopics)
	}
	for i := range r.Topics {
		if !r.Topics[i].TopicID.IsZero() {
			raise(firstByID)
		}
	}
	return min, max
}

// Response lists brokers and topics.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v13,flexible=v9"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v3,max=v13,ignorable"`

	Brokers []ResponseBroker `kafka:"min=v0,max=v13"`

	// ClusterID is empty when not told.
	ClusterID string `kafka:"min=v2,max=v13,nullable,ignorable"`

	// ControllerID is the id of the controller, -1 when not known. With KRaft it
	// is a broker that hands requests on to the controller.
	ControllerID int32 `kafka:"min=v1,max=v13,default=-1,ignorable"`

	Topics []ResponseTopic `kafka:"min=v0,max=v13"`

	// ClusterAuthorizedOperations is a set of bits, one for each ACL operation;
	// the lowest int32 when it was not asked for.
	ClusterAuthorizedOperations int32 `kafka:"min=v8,max=v10,default=-2147483648"`

	// ErrorCode concerns the whole request, such as that to bootstrap again
	// (KIP-1242).
	ErrorCode int16 `kafka:"min=v13,max=v13,ignorable"`
}

// ResponseBroker is a broker and the address that it advertises.
type ResponseBroker struct {
	NodeID int32  `kafka:"min=v0,max=v13"`
	Host   string `kafka:"min=v0,max=v13"`
	Port   int32  `kafka:"min=v0,max=v13"`
	Rack   string `kafka:"min=v1,max=v13,nullable,ignorable"`
}

// ResponseTopic is a topic. Its name is empty when it was asked for by an id that
// the broker does not know.
type ResponseTopic struct {
	ErrorCode  int16               `kafka:"min=v0,max=v13"`
	Name       string              `kafka:"min=v0,max=v11|min=v12,max=v13,nullable"`
	TopicID    protocol.UUID       `kafka:"min=v10,max=v13,ignorable"`
	IsInternal bool                `kafka:"min=v1,max=v13,ignorable"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v13"`

	// TopicAuthorizedOperations is a set of bits, one for each ACL operation; the
	// lowest int32 when it was not asked for.
	TopicAuthorizedOperations int32 `kafka:"min=v8,max=v13,default=-2147483648"`
}

// ResponsePartition is a partition and the brokers that hold it.
type ResponsePartition struct {
	ErrorCode      int16 `kafka:"min=v0,max=v13"`
	PartitionIndex int32 `kafka:"min=v0,max=v13"`

	// LeaderID is -1 while there is no leader.
	LeaderID int32 `kafka:"min=v0,max=v13"`

	// LeaderEpoch is -1 when not told.
	LeaderEpoch int32 `kafka:"min=v7,max=v13,default=-1,ignorable"`

	ReplicaNodes    []int32 `kafka:"min=v0,max=v13"`
	IsrNodes        []int32 `kafka:"min=v0,max=v13"`
	OfflineReplicas []int32 `kafka:"min=v5,max=v13,ignorable"`
}

// ApiKey returns protocol.Metadata.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.Metadata }
