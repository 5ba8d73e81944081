// Package listoffsets has the messages of the ListOffsets API, which finds
// offsets of partitions by time.
//
// Version 2 has isolation levels (KIP-98), version 4 fencing by leader epoch
// (KIP-320). Version 7 can look for the highest timestamp (KIP-734), versions 8, 9
// and 11 for the bounds of tiered storage (KIP-405, KIP-1005, KIP-1023).
package listoffsets

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Timestamps that stand for an offset rather than a time.
const (
	Latest                = -1 // the offset of the next record
	Earliest              = -2 // the first offset
	MaxTimestamp          = -3 // the record with the highest timestamp
	EarliestLocal         = -4 // the first offset that the broker itself stores
	LatestTiered          = -5 // the last offset in tiered storage
	EarliestPendingUpload = -6 // the first offset that is not in tiered storage yet
)

// The versions at which requests change meaning.
const (
	minVersion   = 1
	maxVersion   = 11
	firstTimeout = 10 // the broker waits for tiered storage
)

// firstVersion is where brokers begin to know a timestamp that stands for an
// offset. Before, they take it for a time, and answer something else.
var firstVersion = map[int64]int16{
	MaxTimestamp:          7,
	EarliestLocal:         8,
	LatestTiered:          9,
	EarliestPendingUpload: 11,
}

// Request asks the leader of partitions for offsets. Version 0, of brokers before
// 0.10.1, is not here: it answers several offsets a partition, by segment.
type Request struct {
	_ struct{} `kafka:"min=v1,max=v11,flexible=v6"`

	// ReplicaID is -1 for clients.
	ReplicaID int32 `kafka:"min=v1,max=v11"`

	// IsolationLevel is 0 for Latest to be the high watermark, 1 for it to be the
	// last stable offset.
	IsolationLevel int8 `kafka:"min=v2,max=v11"`

	Topics []RequestTopic `kafka:"min=v1,max=v11"`

	// TimeoutMs is how long the broker may wait for tiered storage. Zero leaves
	// that to the broker, by staying below version 10.
	TimeoutMs int32 `kafka:"min=v10,max=v11,ignorable"`
}

// RequestTopic is a topic to find offsets of.
type RequestTopic struct {
	Topic      string             `kafka:"min=v1,max=v11"`
	Partitions []RequestPartition `kafka:"min=v1,max=v11"`
}

// RequestPartition is a partition and the time to look for. Brokers refuse a
// partition that is in a request more than once; Split sees to that.
type RequestPartition struct {
	Partition int32 `kafka:"min=v1,max=v11"`

	// CurrentLeaderEpoch lets the broker refuse a client whose view of the leader
	// is out of date; -1 for no such check.
	CurrentLeaderEpoch int32 `kafka:"min=v4,max=v11,default=-1,ignorable"`

	// Timestamp asks for the first record that is not older, in milliseconds since
	// the Unix epoch; or it is one of the constants above.
	Timestamp int64 `kafka:"min=v1,max=v11"`
}

// ApiKey returns protocol.ListOffsets.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.ListOffsets }

// VersionRange sees to it that the version knows the timestamps that stand for
// offsets, and keeps a request without a timeout below version 10.
func (r *Request) VersionRange() (min, max int16) {
	min, max = minVersion, maxVersion
	for i := range r.Topics {
		for _, p := range r.Topics[i].Partitions {
			if v := firstVersion[p.Timestamp]; v > min {
				min = v
			}
		}
	}
	if r.TimeoutMs == 0 && min < firstTimeout {
		max = firstTimeout - 1
	}
	return min, max
}

// Broker returns the leader of the partitions, which have to have the same one;
// Split makes requests of which that is so. For a request without partitions it
// is a broker with ID -1: any will do.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	broker := protocol.Broker{ID: -1}
	for i := range r.Topics {
		t := &r.Topics[i]
		for j := range t.Partitions {
			leader, err := cluster.Leader(t.Topic, t.Partitions[j].Partition)
			if err != nil {
				return protocol.Broker{ID: -1}, err
			}
			if broker.ID >= 0 && broker.ID != leader.ID {
				return protocol.Broker{ID: -1}, protocol.Errorf("mismatching leaders (%d != %d)", broker.ID, leader.ID)
			}
			broker = leader
		}
	}
	return broker, nil
}

// Response has the offsets that were found.
type Response struct {
	_ struct{} `kafka:"min=v1,max=v11,flexible=v6"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v2,max=v11,ignorable"`

	Topics []ResponseTopic `kafka:"min=v1,max=v11"`
}

// ResponseTopic is a topic that offsets were asked of.
type ResponseTopic struct {
	Topic      string              `kafka:"min=v1,max=v11"`
	Partitions []ResponsePartition `kafka:"min=v1,max=v11"`
}

// ResponsePartition is the answer about one partition.
type ResponsePartition struct {
	Partition int32 `kafka:"min=v1,max=v11"`
	ErrorCode int16 `kafka:"min=v1,max=v11"`

	// Timestamp is that of the record found, in milliseconds since the Unix epoch;
	// -1 when an offset was asked for, or nothing was found.
	Timestamp int64 `kafka:"min=v1,max=v11,default=-1"`

	// Offset is -1 when nothing was found.
	Offset int64 `kafka:"min=v1,max=v11,default=-1"`

	// LeaderEpoch is that of the record found, -1 when not told.
	LeaderEpoch int32 `kafka:"min=v4,max=v11,default=-1"`

	// Err tells, in a response that Merge made, why the leader could not be asked;
	// ErrorCode then is the code that comes closest. It is nil when a broker
	// answered.
	Err error `kafka:"-"`
}

// ApiKey returns protocol.ListOffsets.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.ListOffsets }
