// Package offsetfetch has the messages of the OffsetFetch API, which reads the
// progress of groups.
//
// Version 2 can ask for all topics, version 5 tells leader epochs (KIP-320), version
// 7 can wait for pending transactions (KIP-447), version 8 asks about several
// groups (KIP-709). Version 9 is the first for the consumer protocol of KIP-848,
// version 10 names topics by id.
package offsetfetch

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The versions at which requests change shape.
const (
	maxVersion     = 10
	firstAllTopics = 2 // null stands for all topics
	firstStable    = 7 // RequireStable
	firstGroups    = 8 // any number of groups
	firstTopicID   = 10
)

// Request asks the coordinator of a group for offsets: those of GroupID and
// Topics, or those of Groups. Version 0 reads them from ZooKeeper.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v10,flexible=v6"`

	// GroupID and Topics are in versions up to 7. Nil asks for all topics.
	GroupID string         `kafka:"min=v0,max=v7"`
	Topics  []RequestTopic `kafka:"min=v0,max=v1|min=v2,max=v7,nullable"`

	// Groups are in versions from 8 on. All must have the same coordinator; Split
	// sees to that.
	Groups []RequestGroup `kafka:"min=v8,max=v10"`

	// RequireStable makes the coordinator refuse, with UNSTABLE_OFFSET_COMMIT, to
	// tell an offset that an open transaction is about to change.
	RequireStable bool `kafka:"min=v7,max=v10"`
}

// RequestGroup is a group whose offsets are read.
type RequestGroup struct {
	GroupID string `kafka:"min=v8,max=v10"`

	// MemberID and MemberEpoch are those of a member of the consumer protocol of
	// KIP-848. Others leave both unset; see Prepare.
	MemberID    string `kafka:"min=v9,max=v10,nullable,ignorable"`
	MemberEpoch int32  `kafka:"min=v9,max=v10,default=-1,ignorable"`

	// Topics are the topics to read, nil for all.
	Topics []RequestTopic `kafka:"min=v8,max=v10,nullable"`
}

// RequestTopic is a topic whose offsets are read. Versions up to 9 carry its
// name, version 10 its id.
type RequestTopic struct {
	Name             string        `kafka:"min=v0,max=v9,ignorable"`
	TopicID          protocol.UUID `kafka:"min=v10,max=v10,ignorable"`
	PartitionIndexes []int32       `kafka:"min=v0,max=v10"`
}

// ApiKey returns protocol.OffsetFetch.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.OffsetFetch }

// Group returns the id of the group, the first where there are several, whose
// coordinator is asked.
func (r *Request) Group() string {
	if len(r.Groups) > 0 {
		return r.Groups[0].GroupID
	}
	return r.GroupID
}

// Prepare sets the MemberEpoch of groups that have no member to -1, which 0 is
// not: it would be that of a member.
func (r *Request) Prepare(apiVersion int16) {
	for i := range r.Groups {
		if g := &r.Groups[i]; g.MemberID == "" && g.MemberEpoch == 0 {
			g.MemberEpoch = -1
		}
	}
}

// VersionRange keeps requests with Groups at version 8 or above and others below.
// It sees to it that the version can ask for all topics or stable offsets where
// the request does, and has topics by name or id as the request does.
func (r *Request) VersionRange() (min, max int16) {
	if r.Groups == nil {
		switch {
		case r.RequireStable:
			min = firstStable
		case r.Topics == nil:
			min = firstAllTopics
		}
		return min, firstGroups - 1
	}
	min, max = firstGroups, maxVersion
	for i := range r.Groups {
		for j := range r.Groups[i].Topics {
			t := &r.Groups[i].Topics[j]
			if t.TopicID.IsZero() {
				max = firstTopicID - 1
			}
			if t.Name == "" {
				min = firstTopicID
			}
		}
	}
	return min, max
}

// Response has the offsets, in Topics up to version 7, in Groups from version 8 on.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v10,flexible=v6"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v3,max=v10,ignorable"`

	Topics []ResponseTopic `kafka:"min=v0,max=v7"`

	// ErrorCode concerns the whole request; before version 2 each partition has it.
	ErrorCode int16 `kafka:"min=v2,max=v7,ignorable"`

	Groups []ResponseGroup `kafka:"min=v8,max=v10"`
}

// ResponseGroup has the offsets of one group.
type ResponseGroup struct {
	GroupID   string          `kafka:"min=v8,max=v10"`
	Topics    []ResponseTopic `kafka:"min=v8,max=v10"`
	ErrorCode int16           `kafka:"min=v8,max=v10"`

	// Err tells, in a response that Merge made, why the coordinator could not be
	// asked; ErrorCode then is NETWORK_EXCEPTION. It is nil when a broker answered.
	Err error `kafka:"-"`
}

// ResponseTopic is a topic whose offsets were read. Version 10 has no name in it.
type ResponseTopic struct {
	Name       string              `kafka:"min=v0,max=v9,ignorable"`
	TopicID    protocol.UUID       `kafka:"min=v10,max=v10,ignorable"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v10"`
}

// ResponsePartition is the offset of one partition.
type ResponsePartition struct {
	PartitionIndex int32 `kafka:"min=v0,max=v10"`

	// CommittedOffset is -1 when there is none.
	CommittedOffset int64 `kafka:"min=v0,max=v10"`

	// ComittedLeaderEpoch is what was stored with the offset, -1 when not known.
	ComittedLeaderEpoch int32 `kafka:"min=v5,max=v10,default=-1,ignorable"`

	// Metadata is what was stored with the offset.
	Metadata string `kafka:"min=v0,max=v10,nullable"`

	ErrorCode int16 `kafka:"min=v0,max=v10"`
}

// ApiKey returns protocol.OffsetFetch.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.OffsetFetch }
