// Package streamsgroupheartbeat has the messages of the StreamsGroupHeartbeat API,
// with which a member joins a group of Kafka Streams, stays in it, is told its
// tasks, and leaves (KIP-1071).
//
// From version 1 on the response can ask for the whole topology (KIP-1331).
package streamsgroupheartbeat

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The values of Request.MemberEpoch that are no epoch.
const (
	JoinEpoch        int32 = 0  // the member joins
	LeaveEpoch       int32 = -1 // the member leaves
	StaticLeaveEpoch int32 = -2 // a static member leaves, and will come back
)

// The values of ResponseStatus.StatusCode.
const (
	StatusStaleTopology                int8 = 0 // the member runs an older topology than the group
	StatusMissingSourceTopics          int8 = 1
	StatusIncorrectlyPartitionedTopics int8 = 2
	StatusMissingInternalTopics        int8 = 3 // the coordinator makes them
	StatusShutdownApplication          int8 = 4 // a member wants all to end
	StatusAssignmentDelayed            int8 = 5
	StatusMissingClientTags            int8 = 6 // from version 1 on
)

// Request tells the coordinator of a group that a member lives, and what has
// changed since its last heartbeat.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v0"`

	GroupID string `kafka:"min=v0,max=v1"`

	// MemberID is chosen by the member, for as long as the process lives.
	MemberID string `kafka:"min=v0,max=v1"`

	// MemberEpoch is what the coordinator told, or one of the constants above.
	MemberEpoch int32 `kafka:"min=v0,max=v1"`

	// EndpointInformationEpoch is the last one that the coordinator told.
	EndpointInformationEpoch int32 `kafka:"min=v0,max=v1"`

	// InstanceID is the name of a static member, empty for others.
	InstanceID string `kafka:"min=v0,max=v1,nullable"`

	// RackID is empty if it has not changed, or there is none.
	RackID string `kafka:"min=v0,max=v1,nullable"`

	// RebalanceTimeoutMs is how long the coordinator waits for the member to give up
	// tasks; -1 if it has not changed.
	RebalanceTimeoutMs int32 `kafka:"min=v0,max=v1,default=-1"`

	// Topology is what the member runs; nil unless it joins.
	Topology *RequestTopology `kafka:"min=v0,max=v1,nullable"`

	// ActiveTasks, StandbyTasks and WarmupTasks are what the member has; nil if that
	// has not changed.
	ActiveTasks  []RequestTasks `kafka:"min=v0,max=v1,nullable"`
	StandbyTasks []RequestTasks `kafka:"min=v0,max=v1,nullable"`
	WarmupTasks  []RequestTasks `kafka:"min=v0,max=v1,nullable"`

	// ProcessID is common to the members of one process, empty if it has not changed.
	ProcessID string `kafka:"min=v0,max=v1,nullable"`

	// UserEndpoint is where the member answers queries, nil when it does not, or that
	// has not changed.
	UserEndpoint *RequestEndpoint `kafka:"min=v0,max=v1,nullable"`

	// ClientTags tell where the member is, nil if they have not changed.
	ClientTags []RequestKeyValue `kafka:"min=v0,max=v1,nullable"`

	// TaskOffsets are how far the state of tasks is, TaskEndOffsets how far it is to
	// get; nil if that has not changed.
	TaskOffsets    []RequestTaskOffset `kafka:"min=v0,max=v1,nullable"`
	TaskEndOffsets []RequestTaskOffset `kafka:"min=v0,max=v1,nullable"`

	// ShutdownApplication asks all members to end.
	ShutdownApplication bool `kafka:"min=v0,max=v1"`
}

// RequestTopology is the part of a topology that assignments are made of.
type RequestTopology struct {
	Epoch         int32                `kafka:"min=v0,max=v1"`
	Subtopologies []RequestSubtopology `kafka:"min=v0,max=v1"`
}

// RequestSubtopology is a part of a topology of which each task runs a partition.
type RequestSubtopology struct {
	SubtopologyID           string                    `kafka:"min=v0,max=v1"`
	SourceTopics            []string                  `kafka:"min=v0,max=v1"`
	SourceTopicRegex        []string                  `kafka:"min=v0,max=v1"`
	StateChangelogTopics    []RequestTopicInfo        `kafka:"min=v0,max=v1"`
	RepartitionSinkTopics   []string                  `kafka:"min=v0,max=v1"`
	RepartitionSourceTopics []RequestTopicInfo        `kafka:"min=v0,max=v1"`
	CopartitionGroups       []RequestCopartitionGroup `kafka:"min=v0,max=v1"`
}

// RequestTopicInfo is a topic that the group makes for itself.
type RequestTopicInfo struct {
	Name string `kafka:"min=v0,max=v1"`

	// Partitions is 0 where the number is derived.
	Partitions int32 `kafka:"min=v0,max=v1"`

	// ReplicationFactor is 0 for the default of the brokers.
	ReplicationFactor int16             `kafka:"min=v0,max=v1"`
	TopicConfigs      []RequestKeyValue `kafka:"min=v0,max=v1"`
}

// RequestCopartitionGroup are topics that need the same number of partitions: the
// elements are indexes of the lists of the subtopology.
type RequestCopartitionGroup struct {
	SourceTopics            []int16 `kafka:"min=v0,max=v1"`
	SourceTopicRegex        []int16 `kafka:"min=v0,max=v1"`
	RepartitionSourceTopics []int16 `kafka:"min=v0,max=v1"`
}

// RequestKeyValue is an entry of a configuration, or a tag of a client.
type RequestKeyValue struct {
	Key   string `kafka:"min=v0,max=v1"`
	Value string `kafka:"min=v0,max=v1"`
}

// RequestTasks are tasks of a subtopology, one for each partition.
type RequestTasks struct {
	SubtopologyID string  `kafka:"min=v0,max=v1"`
	Partitions    []int32 `kafka:"min=v0,max=v1"`
}

// RequestEndpoint is an address.
type RequestEndpoint struct {
	Host string `kafka:"min=v0,max=v1"`
	Port uint16 `kafka:"min=v0,max=v1"`
}

// RequestTaskOffset is an offset of the changelogs of a task, summed up.
type RequestTaskOffset struct {
	SubtopologyID string `kafka:"min=v0,max=v1"`
	Partition     int32  `kafka:"min=v0,max=v1"`
	Offset        int64  `kafka:"min=v0,max=v1"`
}

// ApiKey returns protocol.StreamsGroupHeartbeat.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.StreamsGroupHeartbeat }

// Group returns the id of the group, whose coordinator is asked.
func (r *Request) Group() string { return r.GroupID }

// Response is the answer of the coordinator.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32  `kafka:"min=v0,max=v1"`
	ErrorCode      int16  `kafka:"min=v0,max=v1"`
	ErrorMessage   string `kafka:"min=v0,max=v1,nullable"`

	// MemberID is the id of the member.
	MemberID string `kafka:"min=v0,max=v1"`

	// MemberEpoch is what the next heartbeat has to have.
	MemberEpoch int32 `kafka:"min=v0,max=v1"`

	// HeartbeatIntervalMs is when the next heartbeat is due.
	HeartbeatIntervalMs int32 `kafka:"min=v0,max=v1"`

	// AcceptableRecoveryLagLegacy is in version 0 what AcceptableRecoveryLag is later.
	AcceptableRecoveryLagLegacy int32 `kafka:"min=v0,max=v0"`

	// TaskOffsetIntervalMs is how often TaskOffsets are due.
	TaskOffsetIntervalMs int32 `kafka:"min=v0,max=v1"`

	// AcceptableRecoveryLag is how many records the state of a task may lack for the
	// task to move there, -1 when not told.
	AcceptableRecoveryLag int64 `kafka:"min=v1,max=v1,default=-1,ignorable"`

	// Status tells what the group suffers from, nil for nothing.
	Status []ResponseStatus `kafka:"min=v0,max=v1,nullable"`

	// ActiveTasks, StandbyTasks and WarmupTasks are what the member is to have, nil if
	// that has not changed.
	ActiveTasks  []ResponseTasks `kafka:"min=v0,max=v1,nullable"`
	StandbyTasks []ResponseTasks `kafka:"min=v0,max=v1,nullable"`
	WarmupTasks  []ResponseTasks `kafka:"min=v0,max=v1,nullable"`

	// TopologyDescriptionRequired asks for a StreamsGroupTopologyDescriptionUpdate.
	TopologyDescriptionRequired bool `kafka:"min=v1,max=v1"`

	// EndpointInformationEpoch is that of PartitionsByUserEndpoint.
	EndpointInformationEpoch int32 `kafka:"min=v0,max=v1"`

	// PartitionsByUserEndpoint tells who answers queries about what, one element for
	// each member; nil if that has not changed.
	PartitionsByUserEndpoint []ResponseEndpointToPartitions `kafka:"min=v0,max=v1,nullable"`
}

// ResponseStatus is something that a group suffers from.
type ResponseStatus struct {
	// StatusCode is one of the constants above.
	StatusCode   int8   `kafka:"min=v0,max=v1"`
	StatusDetail string `kafka:"min=v0,max=v1"`
}

// ResponseTasks are tasks of a subtopology, one for each partition.
type ResponseTasks struct {
	SubtopologyID string  `kafka:"min=v0,max=v1"`
	Partitions    []int32 `kafka:"min=v0,max=v1"`
}

// ResponseEndpointToPartitions is what a member has the state of.
type ResponseEndpointToPartitions struct {
	UserEndpoint      ResponseEndpoint         `kafka:"min=v0,max=v1"`
	ActivePartitions  []ResponseTopicPartition `kafka:"min=v0,max=v1"`
	StandbyPartitions []ResponseTopicPartition `kafka:"min=v0,max=v1"`
}

// ResponseEndpoint is an address.
type ResponseEndpoint struct {
	Host string `kafka:"min=v0,max=v1"`
	Port uint16 `kafka:"min=v0,max=v1"`
}

// ResponseTopicPartition is partitions of a topic.
type ResponseTopicPartition struct {
	Topic      string  `kafka:"min=v0,max=v1"`
	Partitions []int32 `kafka:"min=v0,max=v1"`
}

// ApiKey returns protocol.StreamsGroupHeartbeat.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.StreamsGroupHeartbeat }
