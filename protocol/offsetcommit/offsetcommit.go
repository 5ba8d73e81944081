// Package offsetcommit has the messages of the OffsetCommit API, by which the
// progress of a group is stored.
//
// Version 1 ties a commit to a member and a generation, version 6 adds the leader
// epoch of the last record (KIP-320), version 7 static members (KIP-345). Version 9
// is the first for the consumer protocol of KIP-848, version 10 names topics by id.
package offsetcommit

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The versions of the request.
const (
	maxVersion    = 10
	lastRetention = 4  // the request says how long offsets are kept
	firstTopicID  = 10 // topics are named by id alone
)

// Request asks the coordinator of a group to store offsets. Version 0 stores
// them in ZooKeeper.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v10,flexible=v8"`

	GroupID string `kafka:"min=v0,max=v10"`

	// GenerationID is that of the member's generation, -1 for a commit from outside
	// the group; for the protocol of KIP-848, the member's epoch.
	GenerationID int32 `kafka:"min=v1,max=v10,default=-1,ignorable"`

	// MemberID is empty for a commit from outside the group.
	MemberID string `kafka:"min=v1,max=v10,ignorable"`

	// GroupInstanceID is the name of a static member, empty for others.
	GroupInstanceID string `kafka:"min=v7,max=v10,nullable"`

	// RetentionTimeMs is how long the offsets are kept, -1 for as long as the
	// broker's configuration says.
	RetentionTimeMs int64 `kafka:"min=v2,max=v4,default=-1,ignorable"`

	Topics []RequestTopic `kafka:"min=v0,max=v10"`
}

// RequestTopic is a topic whose offsets are stored. Versions up to 9 carry its
// name, version 10 its id.
type RequestTopic struct {
	Name       string             `kafka:"min=v0,max=v9,ignorable"`
	TopicID    protocol.UUID      `kafka:"min=v10,max=v10,ignorable"`
	Partitions []RequestPartition `kafka:"min=v0,max=v10"`
}

// RequestPartition is the offset of a partition.
type RequestPartition struct {
	PartitionIndex int32 `kafka:"min=v0,max=v10"`

	// CommittedOffset is the offset of the next record to read.
	CommittedOffset int64 `kafka:"min=v0,max=v10"`

	// CommitTimestamp is in milliseconds since the Unix epoch, -1 for now.
	CommitTimestamp int64 `kafka:"min=v1,max=v1,default=-1"`

	// CommittedLeaderEpoch is the leader epoch of the last record that was read, by
	// which consumers notice that it is gone; -1 when not known.
	CommittedLeaderEpoch int32 `kafka:"min=v6,max=v10,default=-1,ignorable"`

	// CommittedMetadata is kept with the offset, for whatever use.
	CommittedMetadata string `kafka:"min=v0,max=v10,nullable"`
}

// ApiKey returns protocol.OffsetCommit.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.OffsetCommit }

// Group returns the id of the group, whose coordinator is asked.
func (r *Request) Group() string { return r.GroupID }

// VersionRange keeps topics without an id below version 10, and topics without a
// name at it. A retention time is kept where it can be said, unless there is an
// instance id, which cannot be said there.
func (r *Request) VersionRange() (min, max int16) {
	min, max = 0, maxVersion
	for i := range r.Topics {
		if r.Topics[i].TopicID.IsZero() {
			max = firstTopicID - 1
		}
		if r.Topics[i].Name == "" {
			min = firstTopicID
		}
	}
	if r.RetentionTimeMs > 0 && r.GroupInstanceID == "" {
		max = lastRetention
	}
	return min, max
}

// Response tells which offsets were stored.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v10,flexible=v8"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v3,max=v10,ignorable"`

	Topics []ResponseTopic `kafka:"min=v0,max=v10"`
}

// ResponseTopic is a topic whose offsets were to be stored. Version 10 has no
// name in it.
type ResponseTopic struct {
	Name       string              `kafka:"min=v0,max=v9,ignorable"`
	TopicID    protocol.UUID       `kafka:"min=v10,max=v10,ignorable"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v10"`
}

// ResponsePartition is the outcome for one partition.
type ResponsePartition struct {
	PartitionIndex int32 `kafka:"min=v0,max=v10"`
	ErrorCode      int16 `kafka:"min=v0,max=v10"`
}

// ApiKey returns protocol.OffsetCommit.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.OffsetCommit }
