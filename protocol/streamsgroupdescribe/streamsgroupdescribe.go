// Package streamsgroupdescribe has the messages of the StreamsGroupDescribe API,
// which tells the state, the topology and the members of groups of Kafka Streams
// (KIP-1071).
//
// Version 1 can tell the whole topology, where brokers keep it (KIP-1331).
package streamsgroupdescribe

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The values of ResponseNode.NodeType.
const (
	NodeTypeSource    int8 = 1
	NodeTypeProcessor int8 = 2
	NodeTypeSink      int8 = 3
)

// Request asks the coordinator of groups about them.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v0"`

	// GroupIDs must all have the same coordinator; Split sees to that.
	GroupIDs []string `kafka:"min=v0,max=v1"`

	// IncludeAuthorizedOperations asks for what the client may do with each group.
	IncludeAuthorizedOperations bool `kafka:"min=v0,max=v1"`

	// IncludeTopologyDescription asks for the whole topology.
	IncludeTopologyDescription bool `kafka:"min=v1,max=v1"`
}

// ApiKey returns protocol.StreamsGroupDescribe.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.StreamsGroupDescribe }

// Group returns the first of the groups, whose coordinator is asked, and "" if
// there is none.
func (r *Request) Group() string {
	if len(r.GroupIDs) == 0 {
		return ""
	}
	return r.GroupIDs[0]
}

// Split makes a request for each group, since each has a coordinator of its own.
func (r *Request) Split(cluster protocol.Cluster) ([]protocol.Message, protocol.Merger, error) {
	var parts protocol.Parts[*Request]
	for i := range r.GroupIDs {
		part := *r
		part.GroupIDs = r.GroupIDs[i : i+1 : i+1]
		parts.Add(&part)
	}
	return parts.Messages(), new(Response), nil
}

// noOperations stands for authorized operations that are not told.
const noOperations = -2147483648

// Response describes groups.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v1"`

	Groups []ResponseGroup `kafka:"min=v0,max=v1"`
}

// ResponseGroup describes a group.
type ResponseGroup struct {
	// ErrorCode is GROUP_ID_NOT_FOUND for a group of another type.
	ErrorCode    int16  `kafka:"min=v0,max=v1"`
	ErrorMessage string `kafka:"min=v0,max=v1,nullable"`
	GroupID      string `kafka:"min=v0,max=v1"`

	// GroupState is one of Empty, NotReady, Assigning, Reconciling, Stable and Dead;
	// empty when there is an error.
	GroupState string `kafka:"min=v0,max=v1"`

	// GroupEpoch is that of the members and the topology, AssignmentEpoch that of the
	// assignment made of it.
	GroupEpoch      int32 `kafka:"min=v0,max=v1"`
	AssignmentEpoch int32 `kafka:"min=v0,max=v1"`

	// Topology is what the group has to run, nil when there is an error.
	Topology *ResponseTopology `kafka:"min=v0,max=v1,nullable"`
	Members  []ResponseMember  `kafka:"min=v0,max=v1"`

	// AuthorizedOperations is a set of bits, one for each ACL operation; the lowest
	// int32 when it was not asked for.
	AuthorizedOperations int32 `kafka:"min=v0,max=v1,default=-2147483648"`

	// TopologyDescription is nil unless TopologyDescriptionStatus is 3.
	TopologyDescription *ResponseTopologyDescription `kafka:"min=v1,max=v1,nullable"`

	// TopologyDescriptionStatus is 0 when TopologyDescription was not asked for, 3
	// when it is there; other values tell why it is not.
	TopologyDescriptionStatus int8 `kafka:"min=v1,max=v1"`

	// AssignorName is who will make the next assignment, empty when not told.
	AssignorName string `kafka:"min=v1,max=v1,nullable,ignorable"`

	// Err tells, in a response that Merge made, why the coordinator could not be
	// asked; ErrorCode then is NETWORK_EXCEPTION. It is nil when a broker answered.
	Err error `kafka:"-"`
}

// ResponseTopology is the part of a topology that assignments are made of.
type ResponseTopology struct {
	Epoch int32 `kafka:"min=v0,max=v1"`

	// Subtopologies is nil when the topics that they need are not there.
	Subtopologies []ResponseSubtopology `kafka:"min=v0,max=v1,nullable"`
}

// ResponseSubtopology is a part of a topology of which each task runs a partition.
type ResponseSubtopology struct {
	SubtopologyID           string              `kafka:"min=v0,max=v1"`
	SourceTopics            []string            `kafka:"min=v0,max=v1"`
	RepartitionSinkTopics   []string            `kafka:"min=v0,max=v1"`
	StateChangelogTopics    []ResponseTopicInfo `kafka:"min=v0,max=v1"`
	RepartitionSourceTopics []ResponseTopicInfo `kafka:"min=v0,max=v1"`
}

// ResponseTopicInfo is a topic that the group makes for itself.
type ResponseTopicInfo struct {
	Name string `kafka:"min=v0,max=v1"`

	// Partitions is 0 where the number is derived.
	Partitions int32 `kafka:"min=v0,max=v1"`

	// ReplicationFactor is 0 for the default of the brokers.
	ReplicationFactor int16              `kafka:"min=v0,max=v1"`
	TopicConfigs      []ResponseKeyValue `kafka:"min=v0,max=v1"`
}

// ResponseKeyValue is an entry of a configuration, or a tag of a client.
type ResponseKeyValue struct {
	Key   string `kafka:"min=v0,max=v1"`
	Value string `kafka:"min=v0,max=v1"`
}

// ResponseMember describes a member.
type ResponseMember struct {
	MemberID    string `kafka:"min=v0,max=v1"`
	MemberEpoch int32  `kafka:"min=v0,max=v1"`

	// InstanceID is the name of a static member, empty for others.
	InstanceID    string `kafka:"min=v0,max=v1,nullable"`
	RackID        string `kafka:"min=v0,max=v1,nullable"`
	ClientID      string `kafka:"min=v0,max=v1"`
	ClientHost    string `kafka:"min=v0,max=v1"`
	TopologyEpoch int32  `kafka:"min=v0,max=v1"`

	// ProcessID is common to the members of one process.
	ProcessID string `kafka:"min=v0,max=v1"`

	// UserEndpoint is where the member answers queries, nil when it does not.
	UserEndpoint *ResponseEndpoint  `kafka:"min=v0,max=v1,nullable"`
	ClientTags   []ResponseKeyValue `kafka:"min=v0,max=v1"`

	// TaskOffsets are how far the state of tasks is, TaskEndOffsets how far it is to
	// get.
	TaskOffsets    []ResponseTaskOffset `kafka:"min=v0,max=v1"`
	TaskEndOffsets []ResponseTaskOffset `kafka:"min=v0,max=v1"`

	// Assignment is what the member has, TargetAssignment what it is to have.
	Assignment       ResponseAssignment `kafka:"min=v0,max=v1"`
	TargetAssignment ResponseAssignment `kafka:"min=v0,max=v1"`

	// IsClassic tells a member of the classic protocol.
	IsClassic bool `kafka:"min=v0,max=v1"`
}

// ResponseEndpoint is an address.
type ResponseEndpoint struct {
	Host string `kafka:"min=v0,max=v1"`
	Port uint16 `kafka:"min=v0,max=v1"`
}

// ResponseTaskOffset is an offset of the changelogs of a task, summed up.
type ResponseTaskOffset struct {
	SubtopologyID string `kafka:"min=v0,max=v1"`
	Partition     int32  `kafka:"min=v0,max=v1"`
	Offset        int64  `kafka:"min=v0,max=v1"`
}

// ResponseAssignment is what is assigned to a member.
type ResponseAssignment struct {
	ActiveTasks  []ResponseTasks `kafka:"min=v0,max=v1"`
	StandbyTasks []ResponseTasks `kafka:"min=v0,max=v1"`
	WarmupTasks  []ResponseTasks `kafka:"min=v0,max=v1"`
}

// ResponseTasks are tasks of a subtopology, one for each partition.
type ResponseTasks struct {
	SubtopologyID string  `kafka:"min=v0,max=v1"`
	Partitions    []int32 `kafka:"min=v0,max=v1"`
}

// ResponseTopologyDescription is a topology with all of its nodes.
type ResponseTopologyDescription struct {
	Subtopologies []ResponseDescribedSubtopology `kafka:"min=v1,max=v1"`
	GlobalStores  []ResponseGlobalStore          `kafka:"min=v1,max=v1"`
}

// ResponseDescribedSubtopology is a part of a topology.
type ResponseDescribedSubtopology struct {
	SubtopologyID string         `kafka:"min=v1,max=v1"`
	Nodes         []ResponseNode `kafka:"min=v1,max=v1"`
}

// ResponseNode is a step of a topology.
type ResponseNode struct {
	Name string `kafka:"min=v1,max=v1"`

	// NodeType is one of the constants above.
	NodeType int8 `kafka:"min=v1,max=v1"`

	// SourceTopics are what a source reads, empty when that is found at run time.
	SourceTopics []string `kafka:"min=v1,max=v1"`

	// SinkTopic is what a sink writes to, empty when that is found at run time.
	SinkTopic string `kafka:"min=v1,max=v1,nullable"`

	// Stores are the state that a processor has.
	Stores []string `kafka:"min=v1,max=v1"`

	// Successors are the names of the nodes that come next.
	Successors []string `kafka:"min=v1,max=v1"`
}

// ResponseGlobalStore is state that each member has all of.
type ResponseGlobalStore struct {
	Source    ResponseNode `kafka:"min=v1,max=v1"`
	Processor ResponseNode `kafka:"min=v1,max=v1"`
}

// ApiKey returns protocol.StreamsGroupDescribe.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.StreamsGroupDescribe }

// Merge puts the answers of the coordinators together, in the order of the
// requests. A coordinator that could not be asked is an error of its groups; if
// none could, it is an error of the whole. The throttle time is the longest.
func (r *Response) Merge(requests []protocol.Message, results []interface{}) (protocol.Message, error) {
	merged := &Response{}
	err := protocol.MergeResults(requests, results, func(_ *Request, res *Response) {
		merged.ThrottleTimeMs = max(merged.ThrottleTimeMs, res.ThrottleTimeMs)
		merged.Groups = append(merged.Groups, res.Groups...)
	}, func(req *Request, err error) {
		for _, id := range req.GroupIDs {
			merged.Groups = append(merged.Groups, ResponseGroup{
				GroupID: id, ErrorCode: protocol.RouteErrorCode(err), AuthorizedOperations: noOperations, Err: err,
			})
		}
	})
	if err != nil {
		return nil, err
	}
	return merged, nil
}
