// Package consumer has what consumers tell each other through the coordinator of
// their group: the bytes that JoinGroup carries as metadata and SyncGroup as an
// assignment.
//
// The structs are encoded with protocol.Marshal, at the version that their field
// Version has. Consumers read newer versions than they know, as far as they know
// them: fields are only ever added at the end.
package consumer

// MaxVersionSupported is the version that this library writes, unless there is
// something to say that only a newer one carries. The structs have the fields of all
// versions up to 3.
const MaxVersionSupported = 1

// Assignment is what a member is to do.
type Assignment struct {
	// Version is the version that the rest is encoded at.
	Version            int16            `kafka:"min=v0,max=v3"`
	AssignedPartitions []TopicPartition `kafka:"min=v0,max=v3"`
	UserData           []byte           `kafka:"min=v0,max=v3,nullable"`
}

// Subscription is what a member wants to do.
type Subscription struct {
	// Version is the version that the rest is encoded at.
	Version  int16    `kafka:"min=v0,max=v3"`
	Topics   []string `kafka:"min=v0,max=v3"`
	UserData []byte   `kafka:"min=v0,max=v3,nullable"`

	// OwnedPartitions are those that the member has at present (KIP-429).
	OwnedPartitions []TopicPartition `kafka:"min=v1,max=v3,ignorable"`

	// GenerationID is the generation that OwnedPartitions are from, -1 when not known
	// (KIP-792).
	GenerationID int32 `kafka:"min=v2,max=v3,default=-1,ignorable"`

	// RackID is where the member is, empty when not known (KIP-881).
	RackID string `kafka:"min=v3,max=v3,nullable,ignorable"`
}

// TopicPartition names partitions of a topic.
type TopicPartition struct {
	Topic      string  `kafka:"min=v0,max=v3"`
	Partitions []int32 `kafka:"min=v0,max=v3"`
}
