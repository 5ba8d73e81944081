// Package offsetforleaderepoch has the messages of the OffsetForLeaderEpoch API,
// which tells where the records of a leader epoch end. A consumer finds out with
// it whether the log that it has read was cut off (KIP-101, KIP-320).
//
// Version 2 has fencing by leader epoch, version 3 is the first for clients.
package offsetforleaderepoch

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the leader of partitions for the ends of epochs.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v4,flexible=v4"`

	// ReplicaID is -1 for clients.
	ReplicaID int32 `kafka:"min=v3,max=v4,default=-2,ignorable"`

	// Topics must all have the same leader; Split sees to that.
	Topics []RequestTopic `kafka:"min=v0,max=v4"`
}

// RequestTopic is a topic whose partitions are asked about.
type RequestTopic struct {
	Topic      string             `kafka:"min=v0,max=v4"`
	Partitions []RequestPartition `kafka:"min=v0,max=v4"`
}

// RequestPartition is a partition and an epoch of it.
type RequestPartition struct {
	Partition int32 `kafka:"min=v0,max=v4"`

	// CurrentLeaderEpoch lets the broker refuse a client whose view of the leader
	// is out of date; -1 for no such check.
	CurrentLeaderEpoch int32 `kafka:"min=v2,max=v4,default=-1,ignorable"`

	// LeaderEpoch is the epoch whose end is asked for.
	LeaderEpoch int32 `kafka:"min=v0,max=v4"`
}

// ApiKey returns protocol.OffsetForLeaderEpoch.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.OffsetForLeaderEpoch }

func (r *Request) partitions(yield func(string, int32) bool) {
	for i := range r.Topics {
		for _, p := range r.Topics[i].Partitions {
			if !yield(r.Topics[i].Topic, p.Partition) {
				return
			}
		}
	}
}

// Broker returns the leader of the partitions, which have to have the same one;
// Split makes requests of which that is so. For a request without partitions it
// is a broker with ID -1: any will do.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.CommonLeader(r.partitions)
}

// Split makes a request for each leader.
func (r *Request) Split(cluster protocol.Cluster) ([]protocol.Message, protocol.Merger, error) {
	var parts protocol.Parts[*Request]
	for i := range r.Topics {
		name := r.Topics[i].Topic
		for _, p := range r.Topics[i].Partitions {
			part := parts.ForLeader(cluster, name, p.Partition, r.part)
			t := part.topic(name)
			t.Partitions = append(t.Partitions, p)
		}
	}
	return parts.Messages(), new(Response), nil
}

func (r *Request) part() *Request { return &Request{ReplicaID: r.ReplicaID} }

// topic returns the last topic, after one of that name was appended if it has
// another: Split meets the partitions of a topic one after the other.
func (r *Request) topic(name string) *RequestTopic {
	if n := len(r.Topics); n == 0 || r.Topics[n-1].Topic != name {
		r.Topics = append(r.Topics, RequestTopic{Topic: name})
	}
	return &r.Topics[len(r.Topics)-1]
}

// Response tells where epochs end.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v4,flexible=v4"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v2,max=v4,ignorable"`

	Topics []ResponseTopic `kafka:"min=v0,max=v4"`
}

// ResponseTopic is the answer about one topic.
type ResponseTopic struct {
	Topic      string              `kafka:"min=v0,max=v4"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v4"`
}

// ResponsePartition is the answer about one partition.
type ResponsePartition struct {
	ErrorCode int16 `kafka:"min=v0,max=v4"`
	Partition int32 `kafka:"min=v0,max=v4"`

	// LeaderEpoch is the epoch asked for, or the last before it that the leader
	// knows; -1 when there is none.
	LeaderEpoch int32 `kafka:"min=v1,max=v4,default=-1,ignorable"`

	// EndOffset is the offset after the last record of LeaderEpoch, -1 when not
	// known.
	EndOffset int64 `kafka:"min=v0,max=v4,default=-1"`

	// Err tells, in a response that Merge made, why the leader could not be asked;
	// ErrorCode then is the code that comes closest. It is nil when a broker
	// answered.
	Err error `kafka:"-"`
}

// ApiKey returns protocol.OffsetForLeaderEpoch.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.OffsetForLeaderEpoch }

// Merge puts the answers of the leaders together. A leader that could not be
// asked is an error of its partitions; if none could, it is an error of the whole.
// Topics are in the order of the requests, each once, and the throttle time is
// the longest.
func (r *Response) Merge(requests []protocol.Message, results []interface{}) (protocol.Message, error) {
	merged := &Response{}
	err := protocol.MergeResults(requests, results, func(_ *Request, res *Response) {
		merged.ThrottleTimeMs = max(merged.ThrottleTimeMs, res.ThrottleTimeMs)
		for i := range res.Topics {
			t := merged.topic(res.Topics[i].Topic)
			t.Partitions = append(t.Partitions, res.Topics[i].Partitions...)
		}
	}, func(req *Request, err error) {
		for name, id := range req.partitions {
			t := merged.topic(name)
			t.Partitions = append(t.Partitions, ResponsePartition{
				Partition: id, ErrorCode: protocol.RouteErrorCode(err), LeaderEpoch: -1, EndOffset: -1, Err: err,
			})
		}
	})
	if err != nil {
		return nil, err
	}
	return merged, nil
}

// topic returns the topic of that name, which is valid until the next call.
func (r *Response) topic(name string) *ResponseTopic {
	for i := range r.Topics {
		if r.Topics[i].Topic == name {
			return &r.Topics[i]
		}
	}
	r.Topics = append(r.Topics, ResponseTopic{Topic: name})
	return &r.Topics[len(r.Topics)-1]
}
