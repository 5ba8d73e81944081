package kafka

// What is here belongs to files that come with other calls, and gives way to them.

// ResourceType is a kind of resource.
type ResourceType int8

// ACLOperationType is what can be done with a resource.
type ACLOperationType int8

// OffsetCommit is the offset to commit for a partition.
type OffsetCommit struct {
	Partition int
	Offset    int64
	Metadata  string
}

// OffsetCommitPartition is the outcome for one partition.
type OffsetCommitPartition struct {
	Partition int
	Error     error
}
