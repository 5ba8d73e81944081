// Package describeproducers has the messages of the DescribeProducers API, which
// lists the idempotent and transactional producers that partitions know (KIP-664).
package describeproducers

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the leader of partitions for producers.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// Topics must all have the same leader; Split sees to that.
	Topics []RequestTopic `kafka:"min=v0,max=v0"`
}

// RequestTopic is partitions of a topic.
type RequestTopic struct {
	Name             string  `kafka:"min=v0,max=v0"`
	PartitionIndexes []int32 `kafka:"min=v0,max=v0"`
}

// ApiKey returns protocol.DescribeProducers.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.DescribeProducers }

func (r *Request) partitions(yield func(string, int32) bool) {
	for i := range r.Topics {
		for _, id := range r.Topics[i].PartitionIndexes {
			if !yield(r.Topics[i].Name, id) {
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
	for name, id := range r.partitions {
		part := parts.ForLeader(cluster, name, id, func() *Request { return new(Request) })
		t := part.topic(name)
		t.PartitionIndexes = append(t.PartitionIndexes, id)
	}
	return parts.Messages(), new(Response), nil
}

// topic returns the last topic, after one of that name was appended if it has
// another: Split meets the partitions of a topic one after the other.
func (r *Request) topic(name string) *RequestTopic {
	if n := len(r.Topics); n == 0 || r.Topics[n-1].Name != name {
		r.Topics = append(r.Topics, RequestTopic{Name: name})
	}
	return &r.Topics[len(r.Topics)-1]
}

// Response lists producers.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v0"`

	Topics []ResponseTopic `kafka:"min=v0,max=v0"`
}

// ResponseTopic is the answer about one topic.
type ResponseTopic struct {
	Name       string              `kafka:"min=v0,max=v0"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v0"`
}

// ResponsePartition is the producers of one partition.
type ResponsePartition struct {
	PartitionIndex  int32              `kafka:"min=v0,max=v0"`
	ErrorCode       int16              `kafka:"min=v0,max=v0"`
	ErrorMessage    string             `kafka:"min=v0,max=v0,nullable"`
	ActiveProducers []ResponseProducer `kafka:"min=v0,max=v0"`

	// Err tells, in a response that Merge made, why the leader could not be asked;
	// ErrorCode then is the code that comes closest. It is nil when a broker
	// answered.
	Err error `kafka:"-"`
}

// ResponseProducer is a producer.
type ResponseProducer struct {
	ProducerID    int64 `kafka:"min=v0,max=v0"`
	ProducerEpoch int32 `kafka:"min=v0,max=v0"`

	// LastSequence is that of the last record, -1 when there is none.
	LastSequence int32 `kafka:"min=v0,max=v0,default=-1"`

	// LastTimestamp is that of the last record in milliseconds since the Unix epoch,
	// -1 when there is none.
	LastTimestamp int64 `kafka:"min=v0,max=v0,default=-1"`

	// CoordinatorEpoch is that of the coordinator which ended the last transaction.
	CoordinatorEpoch int32 `kafka:"min=v0,max=v0"`

	// CurrentTxnStartOffset is where the open transaction begins, -1 when there is
	// none.
	CurrentTxnStartOffset int64 `kafka:"min=v0,max=v0,default=-1"`
}

// ApiKey returns protocol.DescribeProducers.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.DescribeProducers }

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
				PartitionIndex: id, ErrorCode: protocol.RouteErrorCode(err), Err: err,
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
