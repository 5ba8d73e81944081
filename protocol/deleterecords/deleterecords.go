// Package deleterecords has the messages of the DeleteRecords API, which deletes
// the records of partitions before an offset (KIP-107).
package deleterecords

import (
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

func init() {
	protocol.Register(&Request{}, &Response{})
}

// HighWatermark is an Offset that deletes all records that are committed.
const HighWatermark = -1

// Request asks the leader of partitions to delete records.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v2"`

	// Topics must all have the same leader; Split sees to that.
	Topics []RequestTopic `kafka:"min=v0,max=v2"`

	// TimeoutMs is how long the broker waits for the replicas to follow.
	TimeoutMs int32 `kafka:"min=v0,max=v2"`
}

// RequestTopic is a topic whose records are to be deleted.
type RequestTopic struct {
	Name       string             `kafka:"min=v0,max=v2"`
	Partitions []RequestPartition `kafka:"min=v0,max=v2"`
}

// RequestPartition is a partition whose records are to be deleted.
type RequestPartition struct {
	PartitionIndex int32 `kafka:"min=v0,max=v2"`

	// Offset is that of the first record to keep, or HighWatermark.
	Offset int64 `kafka:"min=v0,max=v2"`
}

// ApiKey returns protocol.DeleteRecords.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.DeleteRecords }

// BrokerWait is the time that the broker waits for the replicas, which a
// connection adds to its patience.
func (r *Request) BrokerWait() time.Duration {
	return time.Duration(r.TimeoutMs) * time.Millisecond
}

func (r *Request) partitions(yield func(string, int32) bool) {
	for i := range r.Topics {
		for _, p := range r.Topics[i].Partitions {
			if !yield(r.Topics[i].Name, p.PartitionIndex) {
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
		name := r.Topics[i].Name
		for _, p := range r.Topics[i].Partitions {
			part := parts.ForLeader(cluster, name, p.PartitionIndex, r.part)
			t := part.topic(name)
			t.Partitions = append(t.Partitions, p)
		}
	}
	return parts.Messages(), new(Response), nil
}

func (r *Request) part() *Request { return &Request{TimeoutMs: r.TimeoutMs} }

// topic returns the last topic, after one of that name was appended if it has
// another: Split meets the partitions of a topic one after the other.
func (r *Request) topic(name string) *RequestTopic {
	if n := len(r.Topics); n == 0 || r.Topics[n-1].Name != name {
		r.Topics = append(r.Topics, RequestTopic{Name: name})
	}
	return &r.Topics[len(r.Topics)-1]
}

// Response tells where partitions begin now.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v2"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v2"`

	Topics []ResponseTopic `kafka:"min=v0,max=v2"`
}

// ResponseTopic is the outcome for one topic.
type ResponseTopic struct {
	Name       string              `kafka:"min=v0,max=v2"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v2"`
}

// ResponsePartition is the outcome for one partition.
type ResponsePartition struct {
	PartitionIndex int32 `kafka:"min=v0,max=v2"`

	// LowWatermark is the lowest of the offsets at which the replicas that are alive
	// begin, -1 when there is an error.
	LowWatermark int64 `kafka:"min=v0,max=v2"`
	ErrorCode    int16 `kafka:"min=v0,max=v2"`

	// Err tells, in a response that Merge made, why the leader could not be asked;
	// ErrorCode then is the code that comes closest. It is nil when a broker
	// answered.
	Err error `kafka:"-"`
}

// ApiKey returns protocol.DeleteRecords.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.DeleteRecords }

// Merge puts the answers of the leaders together. A leader that could not be
// asked is an error of its partitions; if none could, it is an error of the whole.
// Topics are in the order of the requests, each once, and the throttle time is
// the longest.
func (r *Response) Merge(requests []protocol.Message, results []interface{}) (protocol.Message, error) {
	merged := &Response{}
	err := protocol.MergeResults(requests, results, func(_ *Request, res *Response) {
		merged.ThrottleTimeMs = max(merged.ThrottleTimeMs, res.ThrottleTimeMs)
		for i := range res.Topics {
			t := merged.topic(res.Topics[i].Name)
			t.Partitions = append(t.Partitions, res.Topics[i].Partitions...)
		}
	}, func(req *Request, err error) {
		for name, id := range req.partitions {
			t := merged.topic(name)
			t.Partitions = append(t.Partitions, ResponsePartition{
				PartitionIndex: id, LowWatermark: -1, ErrorCode: protocol.RouteErrorCode(err), Err: err,
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
		if r.Topics[i].Name == name {
			return &r.Topics[i]
		}
	}
	r.Topics = append(r.Topics, ResponseTopic{Name: name})
	return &r.Topics[len(r.Topics)-1]
}
