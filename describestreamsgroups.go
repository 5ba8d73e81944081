package kafka

import (
	"context"
	"net"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go/protocol/streamsgroupdescribe"
)

// DescribeStreamsGroupsRequest asks for groups of Kafka Streams (KIP-1071).
type DescribeStreamsGroupsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// GroupIDs are the groups to describe.
	GroupIDs []string

	// IncludeAuthorizedOperations asks for what the client may do with each group.
	IncludeAuthorizedOperations bool
}

// DescribeStreamsGroupsResponse describes groups of Kafka Streams.
type DescribeStreamsGroupsResponse struct {
	// Throttle is how long a broker holds requests back because of a quota; the longest,
	// if several were asked.
	Throttle time.Duration

	// Groups are in the order of the request.
	Groups []DescribeStreamsGroupsResponseGroup
}

// DescribeStreamsGroupsResponseGroup describes a group.
type DescribeStreamsGroupsResponseGroup struct {
	GroupID string

	// Error is for instance GroupIdNotFound, also for a group of another protocol, or
	// why the coordinator could not be asked.
	Error error

	// GroupState is one of Empty, NotReady, Assigning, Reconciling, Stable and Dead;
	// empty if there is an Error.
	GroupState string

	// GroupEpoch is that of the members and the topology, AssignmentEpoch that of the
	// assignment made of it.
	GroupEpoch      int
	AssignmentEpoch int

	// TopologyEpoch is that of the topology, -1 if there is none.
	TopologyEpoch int

	// Subtopologies are the parts of the topology, nil if the topics that they need
	// are not there.
	Subtopologies []DescribeStreamsGroupsResponseSubtopology

	Members []DescribeStreamsGroupsResponseMember

	// AuthorizedOperations is what the client may do with the group; nil if that was
	// not asked for.
	AuthorizedOperations []ACLOperationType
}

// DescribeStreamsGroupsResponseSubtopology is a part of a topology. Each of its
// tasks runs one partition of it.
type DescribeStreamsGroupsResponseSubtopology struct {
	SubtopologyID string

	// SourceTopics are what it reads, RepartitionSinkTopics what it writes for others
	// of the topology to read.
	SourceTopics          []string
	RepartitionSinkTopics []string

	// StateChangelogTopics and RepartitionSourceTopics are topics that the group makes
	// for itself.
	StateChangelogTopics    []DescribeStreamsGroupsResponseTopic
	RepartitionSourceTopics []DescribeStreamsGroupsResponseTopic
}

// DescribeStreamsGroupsResponseTopic is a topic that a group makes for itself.
type DescribeStreamsGroupsResponseTopic struct {
	Name string

	// Partitions is 0 where the number is derived, ReplicationFactor 0 where it is the
	// brokers' default.
	Partitions        int
	ReplicationFactor int

	Configs map[string]string
}

// DescribeStreamsGroupsResponseMember describes a member of a group.
type DescribeStreamsGroupsResponseMember struct {
	MemberID    string
	MemberEpoch int

	// GroupInstanceID is the name of a static member, empty for others.
	GroupInstanceID string

	Rack          string
	ClientID      string
	ClientHost    string
	TopologyEpoch int

	// ProcessID is common to the members of one process.
	ProcessID string

	// UserEndpoint is where the member answers queries, host:port; empty if it does
	// not.
	UserEndpoint string

	ClientTags map[string]string

	// TaskOffsets are how far the state of tasks is, TaskEndOffsets how far it is to
	// get.
	TaskOffsets    []DescribeStreamsGroupsResponseTaskOffset
	TaskEndOffsets []DescribeStreamsGroupsResponseTaskOffset

	// Assignment is what the member has, TargetAssignment what it is to have.
	Assignment       DescribeStreamsGroupsResponseAssignment
	TargetAssignment DescribeStreamsGroupsResponseAssignment

	// Classic is set for a member that has joined by the classic protocol.
	Classic bool
}

// DescribeStreamsGroupsResponseTaskOffset is the sum of the offsets of a task's
// changelogs.
type DescribeStreamsGroupsResponseTaskOffset struct {
	SubtopologyID string
	Partition     int
	Offset        int64
}

// DescribeStreamsGroupsResponseAssignment is the tasks of a member: partitions by
// the ids of subtopologies.
type DescribeStreamsGroupsResponseAssignment struct {
	ActiveTasks  map[string][]int
	StandbyTasks map[string][]int
	WarmupTasks  map[string][]int
}

// DescribeStreamsGroups tells the state, the topology and the members of groups of
// Kafka Streams. Their coordinators are asked. If none answers, this is the error of
// the call.
//
// It needs Kafka 4.1 with these groups switched on, which Kafka 4.2 has by default.
func (c *Client) DescribeStreamsGroups(ctx context.Context, req *DescribeStreamsGroupsRequest) (*DescribeStreamsGroupsResponse, error) {
	res, err := call[*streamsgroupdescribe.Response](ctx, c, "DescribeStreamsGroups", req.Addr, &streamsgroupdescribe.Request{
		GroupIDs: req.GroupIDs, IncludeAuthorizedOperations: req.IncludeAuthorizedOperations,
	})
	if err != nil {
		return nil, err
	}
	return &DescribeStreamsGroupsResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Groups:   mapped(res.Groups, makeStreamsGroup),
	}, nil
}

func makeStreamsGroup(g *streamsgroupdescribe.ResponseGroup) DescribeStreamsGroupsResponseGroup {
	group := DescribeStreamsGroupsResponseGroup{
		GroupID:              g.GroupID,
		Error:                partError(g.ErrorCode, g.ErrorMessage, g.Err),
		GroupState:           g.GroupState,
		GroupEpoch:           int(g.GroupEpoch),
		AssignmentEpoch:      int(g.AssignmentEpoch),
		TopologyEpoch:        -1,
		Members:              mapped(g.Members, makeStreamsGroupMember),
		AuthorizedOperations: aclOperations(g.AuthorizedOperations),
	}
	if g.Topology != nil {
		group.TopologyEpoch = int(g.Topology.Epoch)
		group.Subtopologies = mapped(g.Topology.Subtopologies, makeSubtopology)
	}
	return group
}

func makeSubtopology(s *streamsgroupdescribe.ResponseSubtopology) DescribeStreamsGroupsResponseSubtopology {
	return DescribeStreamsGroupsResponseSubtopology{
		SubtopologyID:           s.SubtopologyID,
		SourceTopics:            s.SourceTopics,
		RepartitionSinkTopics:   s.RepartitionSinkTopics,
		StateChangelogTopics:    mapped(s.StateChangelogTopics, makeStreamsTopic),
		RepartitionSourceTopics: mapped(s.RepartitionSourceTopics, makeStreamsTopic),
	}
}

func makeStreamsTopic(t *streamsgroupdescribe.ResponseTopicInfo) DescribeStreamsGroupsResponseTopic {
	return DescribeStreamsGroupsResponseTopic{
		Name: t.Name, Partitions: int(t.Partitions), ReplicationFactor: int(t.ReplicationFactor), Configs: makeStreamsMap(t.TopicConfigs),
	}
}

func makeStreamsMap(entries []streamsgroupdescribe.ResponseKeyValue) map[string]string {
	m := make(map[string]string, len(entries))
	for _, e := range entries {
		m[e.Key] = e.Value
	}
	return m
}

func makeStreamsGroupMember(m *streamsgroupdescribe.ResponseMember) DescribeStreamsGroupsResponseMember {
	member := DescribeStreamsGroupsResponseMember{
		MemberID:         m.MemberID,
		MemberEpoch:      int(m.MemberEpoch),
		GroupInstanceID:  m.InstanceID,
		Rack:             m.RackID,
		ClientID:         m.ClientID,
		ClientHost:       m.ClientHost,
		TopologyEpoch:    int(m.TopologyEpoch),
		ProcessID:        m.ProcessID,
		ClientTags:       makeStreamsMap(m.ClientTags),
		TaskOffsets:      mapped(m.TaskOffsets, makeTaskOffset),
		TaskEndOffsets:   mapped(m.TaskEndOffsets, makeTaskOffset),
		Assignment:       makeStreamsAssignment(&m.Assignment),
		TargetAssignment: makeStreamsAssignment(&m.TargetAssignment),
		Classic:          m.IsClassic,
	}
	if e := m.UserEndpoint; e != nil {
		member.UserEndpoint = net.JoinHostPort(e.Host, strconv.Itoa(int(e.Port)))
	}
	return member
}

func makeTaskOffset(o *streamsgroupdescribe.ResponseTaskOffset) DescribeStreamsGroupsResponseTaskOffset {
	return DescribeStreamsGroupsResponseTaskOffset{SubtopologyID: o.SubtopologyID, Partition: int(o.Partition), Offset: o.Offset}
}

func makeStreamsAssignment(a *streamsgroupdescribe.ResponseAssignment) DescribeStreamsGroupsResponseAssignment {
	return DescribeStreamsGroupsResponseAssignment{
		ActiveTasks:  makeStreamsTasks(a.ActiveTasks),
		StandbyTasks: makeStreamsTasks(a.StandbyTasks),
		WarmupTasks:  makeStreamsTasks(a.WarmupTasks),
	}
}

func makeStreamsTasks(tasks []streamsgroupdescribe.ResponseTasks) map[string][]int {
	return intsByName(tasks, func(t *streamsgroupdescribe.ResponseTasks) (string, []int32) { return t.SubtopologyID, t.Partitions })
}
