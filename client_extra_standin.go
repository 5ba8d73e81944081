package kafka

// What is here belongs to OffsetCommit, and gives way to it.

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
