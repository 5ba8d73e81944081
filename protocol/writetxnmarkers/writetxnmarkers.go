// Package writetxnmarkers has the messages of the WriteTxnMarkers API, with which
// coordinators end transactions in the partitions that these have written to. An
// operator aborts with it a transaction that hangs, since its coordinator no longer
// knows it (KIP-98, KIP-664).
//
// Version 2 tells the version of transactions (KIP-1228).
package writetxnmarkers

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the leader of partitions to end transactions.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v1"`

	// Markers are of partitions that must all have the same leader; Split sees to
	// that.
	Markers []RequestMarker `kafka:"min=v0,max=v2"`
}

// RequestMarker is the end of a transaction.
type RequestMarker struct {
	ProducerID    int64 `kafka:"min=v0,max=v2"`
	ProducerEpoch int16 `kafka:"min=v0,max=v2"`

	// TransactionResult is true to commit, false to abort.
	TransactionResult bool           `kafka:"min=v0,max=v2"`
	Topics            []RequestTopic `kafka:"min=v0,max=v2"`

	// CoordinatorEpoch must not be below that of the last marker of the producer;
	// DescribeProducers tells it.
	CoordinatorEpoch int32 `kafka:"min=v0,max=v2"`

	// TransactionVersion is 2 for transactions whose producers get a new epoch with
	// each, 0 or 1 for older ones.
	TransactionVersion int8 `kafka:"min=v2,max=v2,ignorable"`
}

// RequestTopic is partitions of a topic.
type RequestTopic struct {
	Name             string  `kafka:"min=v0,max=v2"`
	PartitionIndexes []int32 `kafka:"min=v0,max=v2"`
}

// ApiKey returns protocol.WriteTxnMarkers.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.WriteTxnMarkers }

func (r *Request) partitions(yield func(string, int32) bool) {
	for i := range r.Markers {
		for name, id := range r.Markers[i].partitions {
			if !yield(name, id) {
				return
			}
		}
	}
}

func (m *RequestMarker) partitions(yield func(string, int32) bool) {
	for i := range m.Topics {
		for _, id := range m.Topics[i].PartitionIndexes {
			if !yield(m.Topics[i].Name, id) {
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

// Split makes a request for each leader, with what concerns it of each marker.
func (r *Request) Split(cluster protocol.Cluster) ([]protocol.Message, protocol.Merger, error) {
	var parts protocol.Parts[*Request]
	for i := range r.Markers {
		m := &r.Markers[i]
		started := make(map[*Request]bool)
		for name, id := range m.partitions {
			part := parts.ForLeader(cluster, name, id, func() *Request { return new(Request) })
			if !started[part] {
				started[part] = true
				copied := *m
				copied.Topics = nil
				part.Markers = append(part.Markers, copied)
			}
			part.Markers[len(part.Markers)-1].add(name, id)
		}
	}
	return parts.Messages(), new(Response), nil
}

// add appends a partition. Split meets those of a topic one after the other.
func (m *RequestMarker) add(name string, id int32) {
	if n := len(m.Topics); n == 0 || m.Topics[n-1].Name != name {
		m.Topics = append(m.Topics, RequestTopic{Name: name})
	}
	t := &m.Topics[len(m.Topics)-1]
	t.PartitionIndexes = append(t.PartitionIndexes, id)
}

// Response tells which transactions were ended.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v1"`

	Markers []ResponseMarker `kafka:"min=v0,max=v2"`
}

// ResponseMarker is the outcome for one transaction.
type ResponseMarker struct {
	ProducerID int64           `kafka:"min=v0,max=v2"`
	Topics     []ResponseTopic `kafka:"min=v0,max=v2"`
}

// ResponseTopic is the outcome for one topic.
type ResponseTopic struct {
	Name       string              `kafka:"min=v0,max=v2"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v2"`
}

// ResponsePartition is the outcome for one partition.
type ResponsePartition struct {
	PartitionIndex int32 `kafka:"min=v0,max=v2"`
	ErrorCode      int16 `kafka:"min=v0,max=v2"`

	// Err tells, in a response that Merge made, why the leader could not be asked;
	// ErrorCode then is the code that comes closest. It is nil when a broker
	// answered.
	Err error `kafka:"-"`
}

// ApiKey returns protocol.WriteTxnMarkers.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.WriteTxnMarkers }

// Merge puts the answers of the leaders together. A leader that could not be
// asked is an error of its partitions; if none could, it is an error of the whole.
// Producers and their topics are in the order of the requests, each once.
func (r *Response) Merge(requests []protocol.Message, results []interface{}) (protocol.Message, error) {
	merged := &Response{}
	err := protocol.MergeResults(requests, results, func(_ *Request, res *Response) {
		for i := range res.Markers {
			m := &res.Markers[i]
			for j := range m.Topics {
				t := merged.topic(m.ProducerID, m.Topics[j].Name)
				t.Partitions = append(t.Partitions, m.Topics[j].Partitions...)
			}
		}
	}, func(req *Request, err error) {
		for i := range req.Markers {
			for name, id := range req.Markers[i].partitions {
				t := merged.topic(req.Markers[i].ProducerID, name)
				t.Partitions = append(t.Partitions, ResponsePartition{
					PartitionIndex: id, ErrorCode: protocol.RouteErrorCode(err), Err: err,
				})
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return merged, nil
}

// topic returns the topic of that name of a producer, which is valid until the
// next call.
func (r *Response) topic(producer int64, name string) *ResponseTopic {
	m := r.marker(producer)
	for i := range m.Topics {
		if m.Topics[i].Name == name {
			return &m.Topics[i]
		}
	}
	m.Topics = append(m.Topics, ResponseTopic{Name: name})
	return &m.Topics[len(m.Topics)-1]
}

func (r *Response) marker(producer int64) *ResponseMarker {
	for i := range r.Markers {
		if r.Markers[i].ProducerID == producer {
			return &r.Markers[i]
		}
	}
	r.Markers = append(r.Markers, ResponseMarker{ProducerID: producer})
	return &r.Markers[len(r.Markers)-1]
}
