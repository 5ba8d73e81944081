package fetch

import "github.com/segmentio/kafka-go/protocol"

// Response has the records of the partitions that were asked for. Within a
// session, partitions about which there is nothing new are left out.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v18,flexible=v12"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v1,max=v18,ignorable"`

	// ErrorCode concerns the session.
	ErrorCode int16 `kafka:"min=v7,max=v18,ignorable"`

	// SessionID is 0 when there is no session.
	SessionID int32 `kafka:"min=v7,max=v18"`

	Topics []ResponseTopic `kafka:"min=v0,max=v18"`

	// NodeEndpoints are the addresses of the brokers that the partitions'
	// CurrentLeader names (KIP-951).
	NodeEndpoints []ResponseNodeEndpoint `kafka:"min=v16,max=v18,tag=0"`
}

// ResponseTopic is a topic that was read from. It has no name from version 13 on.
type ResponseTopic struct {
	Topic      string              `kafka:"min=v0,max=v12,ignorable"`
	TopicID    protocol.UUID       `kafka:"min=v13,max=v18,ignorable"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v18"`
}

// ResponsePartition has the records of one partition.
type ResponsePartition struct {
	Partition int32 `kafka:"min=v0,max=v18"`
	ErrorCode int16 `kafka:"min=v0,max=v18"`

	// HighWatermark is the offset after the last record that all in-sync replicas
	// have.
	HighWatermark int64 `kafka:"min=v0,max=v18"`

	// LastStableOffset is the offset up to which all transactions are decided, -1
	// when not told.
	LastStableOffset int64 `kafka:"min=v4,max=v18,default=-1,ignorable"`

	// LogStartOffset is the first offset of the partition, -1 when not told.
	LogStartOffset int64 `kafka:"min=v5,max=v18,default=-1,ignorable"`

	// DivergingEpoch tells a replica that gave LastFetchedEpoch where its log stops
	// being the leader's.
	DivergingEpoch ResponseEpochEndOffset `kafka:"min=v12,max=v18,tag=0"`

	// CurrentLeader is set when the broker does not lead the partition (KIP-951).
	CurrentLeader ResponseCurrentLeader `kafka:"min=v12,max=v18,tag=1"`

	// SnapshotID tells a replica to fetch a snapshot first (KIP-630).
	SnapshotID ResponseSnapshotID `kafka:"min=v12,max=v18,tag=2"`

	// AbortedTransactions are those in the range of the records; nil unless
	// committed records were asked for.
	AbortedTransactions []ResponseTransaction `kafka:"min=v4,max=v18,nullable,ignorable"`

	// PreferredReadReplica is the broker to read from instead (KIP-392), -1 for none.
	PreferredReadReplica int32 `kafka:"min=v11,max=v18,default=-1"`

	RecordSet protocol.RecordSet `kafka:"min=v0,max=v18,nullable"`
}

// ResponseTransaction is a transaction that was aborted: the records of the
// producer from FirstOffset up to the next control record of it do not count.
type ResponseTransaction struct {
	ProducerID  int64 `kafka:"min=v4,max=v18"`
	FirstOffset int64 `kafka:"min=v4,max=v18"`
}

// ResponseEpochEndOffset is the end of a leader epoch; both fields are -1 when
// there is none to tell.
type ResponseEpochEndOffset struct {
	Epoch     int32 `kafka:"min=v12,max=v18,default=-1"`
	EndOffset int64 `kafka:"min=v12,max=v18,default=-1"`
}

// ResponseCurrentLeader is the leader of a partition; both fields are -1 when
// it is not told.
type ResponseCurrentLeader struct {
	LeaderID    int32 `kafka:"min=v12,max=v18,default=-1"`
	LeaderEpoch int32 `kafka:"min=v12,max=v18,default=-1"`
}

// ResponseSnapshotID identifies a snapshot; both fields are -1 when there is none.
type ResponseSnapshotID struct {
	EndOffset int64 `kafka:"min=v12,max=v18,default=-1"`
	Epoch     int32 `kafka:"min=v12,max=v18,default=-1"`
}

// ResponseNodeEndpoint is the address of a broker.
type ResponseNodeEndpoint struct {
	NodeID int32  `kafka:"min=v16,max=v18"`
	Host   string `kafka:"min=v16,max=v18"`
	Port   int32  `kafka:"min=v16,max=v18"`
	Rack   string `kafka:"min=v16,max=v18,nullable"`
}

// ApiKey returns protocol.Fetch.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.Fetch }
