// Package streamsgrouptopologydescriptionupdate has the messages of the
// StreamsGroupTopologyDescriptionUpdate API, with which a member of a group of
// Kafka Streams gives the coordinator the whole topology, for operators to see
// (KIP-1331).
package streamsgrouptopologydescriptionupdate

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The values of TopologyDescriptionNode.NodeType.
const (
	NodeTypeSource    int8 = 1
	NodeTypeProcessor int8 = 2
	NodeTypeSink      int8 = 3
)

// Request gives the coordinator of a group a topology.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	GroupID string `kafka:"min=v0,max=v0"`

	// MemberID is a member of the group.
	MemberID string `kafka:"min=v0,max=v0"`

	// TopologyEpoch is that of the topology.
	TopologyEpoch       int32               `kafka:"min=v0,max=v0"`
	TopologyDescription TopologyDescription `kafka:"min=v0,max=v0"`
}

// TopologyDescription is a topology with all of its nodes.
type TopologyDescription struct {
	Subtopologies []TopologyDescriptionSubtopology `kafka:"min=v0,max=v0"`
	GlobalStores  []TopologyDescriptionGlobalStore `kafka:"min=v0,max=v0"`
}

// TopologyDescriptionSubtopology is a part of a topology.
type TopologyDescriptionSubtopology struct {
	SubtopologyID string                    `kafka:"min=v0,max=v0"`
	Nodes         []TopologyDescriptionNode `kafka:"min=v0,max=v0"`
}

// TopologyDescriptionNode is a step of a topology.
type TopologyDescriptionNode struct {
	Name string `kafka:"min=v0,max=v0"`

	// NodeType is one of the constants above.
	NodeType int8 `kafka:"min=v0,max=v0"`

	// SourceTopics are what a source reads, empty when that is found at run time.
	SourceTopics []string `kafka:"min=v0,max=v0"`

	// SinkTopic is what a sink writes to, empty when that is found at run time.
	SinkTopic string `kafka:"min=v0,max=v0,nullable"`

	// Stores are the state that a processor has.
	Stores []string `kafka:"min=v0,max=v0"`

	// Successors are the names of the nodes that come next.
	Successors []string `kafka:"min=v0,max=v0"`
}

// TopologyDescriptionGlobalStore is state that each member has all of.
type TopologyDescriptionGlobalStore struct {
	Source    TopologyDescriptionNode `kafka:"min=v0,max=v0"`
	Processor TopologyDescriptionNode `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.StreamsGroupTopologyDescriptionUpdate.
func (r *Request) ApiKey() protocol.ApiKey {
	return protocol.StreamsGroupTopologyDescriptionUpdate
}

// Group returns the id of the group, whose coordinator is asked.
func (r *Request) Group() string { return r.GroupID }

// Response tells whether the coordinator keeps the topology.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v0"`

	// ErrorCode is UNSUPPORTED_VERSION when the broker keeps none.
	ErrorCode    int16  `kafka:"min=v0,max=v0"`
	ErrorMessage string `kafka:"min=v0,max=v0,nullable"`
}

// ApiKey returns protocol.StreamsGroupTopologyDescriptionUpdate.
func (r *Response) ApiKey() protocol.ApiKey {
	return protocol.StreamsGroupTopologyDescriptionUpdate
}
