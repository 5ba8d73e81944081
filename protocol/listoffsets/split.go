package listoffsets

import (
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go/protocol"
)

// group is what partitions of one request have in common.
type group struct {
	leader int32
	err    error // why there is no leader
	turn   int   // how many times the partition is in earlier requests
}

type partition struct {
	topic string
	id    int32
}

// Split makes a request for each leader. A partition that is asked for several
// times is in as many requests, since brokers refuse it twice in one. Partitions
// that cannot be routed get a request of their own, whose Broker says why, so
// that the others are answered.
func (r *Request) Split(cluster protocol.Cluster) ([]protocol.Message, protocol.Merger, error) {
	var messages []protocol.Message
	requests := make(map[group]*Request)
	turns := make(map[partition]int)
	for i := range r.Topics {
		topic := r.Topics[i].Topic
		for _, p := range r.Topics[i].Partitions {
			at := partition{topic, p.Partition}
			g := groupOf(cluster, at, turns[at])
			turns[at]++
			req := requests[g]
			if req == nil {
				req = &Request{ReplicaID: r.ReplicaID, IsolationLevel: r.IsolationLevel, TimeoutMs: r.TimeoutMs}
				requests[g] = req
				messages = append(messages, req)
			}
			req.add(topic, p)
		}
	}
	if len(messages) == 0 {
		messages = append(messages, r)
	}
	return messages, new(Response), nil
}

func groupOf(cluster protocol.Cluster, p partition, turn int) group {
	leader, err := cluster.Leader(p.topic, p.id)
	if err != nil {
		return group{leader: -1, err: err, turn: turn} // a pointer: equal to no other
	}
	return group{leader: leader.ID, turn: turn}
}

// add appends a partition. Split meets those of a topic one after the other.
func (r *Request) add(topic string, p RequestPartition) {
	if n := len(r.Topics); n == 0 || r.Topics[n-1].Topic != topic {
		r.Topics = append(r.Topics, RequestTopic{Topic: topic})
	}
	t := &r.Topics[len(r.Topics)-1]
	t.Partitions = append(t.Partitions, p)
}

// Merge puts the answers of the leaders together. A leader that could not be
// asked is an error of its partitions; if none could, it is an error of the whole.
// Topics are in the order of the requests, each once, and the throttle time is
// the longest.
func (r *Response) Merge(requests []protocol.Message, results []interface{}) (protocol.Message, error) {
	m := merger{topics: make(map[string]int)}
	var failures []error
	for i, result := range results {
		msg, err := protocol.Result(result)
		if err != nil {
			failures = append(failures, err)
			m.addError(requests[i].(*Request), err)
			continue
		}
		res, ok := msg.(*Response)
		if !ok {
			return nil, fmt.Errorf("merging list offsets responses: %T is none", msg)
		}
		m.answered = true
		m.add(res)
	}
	if !m.answered && len(failures) > 0 {
		return nil, failures[0]
	}
	return &m.res, nil
}

type merger struct {
	res      Response
	topics   map[string]int // index in res.Topics
	answered bool
}

func (m *merger) add(res *Response) {
	m.res.ThrottleTimeMs = max(m.res.ThrottleTimeMs, res.ThrottleTimeMs)
	for i := range res.Topics {
		t := m.topic(res.Topics[i].Topic)
		t.Partitions = append(t.Partitions, res.Topics[i].Partitions...)
	}
}

func (m *merger) addError(req *Request, err error) {
	for i := range req.Topics {
		t := m.topic(req.Topics[i].Topic)
		for _, p := range req.Topics[i].Partitions {
			t.Partitions = append(t.Partitions, ResponsePartition{
				Partition: p.Partition, ErrorCode: codeOf(err), Timestamp: -1, Offset: -1, LeaderEpoch: -1, Err: err,
			})
		}
	}
}

// topic returns the topic of that name, which is valid until the next call.
func (m *merger) topic(name string) *ResponseTopic {
	i, ok := m.topics[name]
	if !ok {
		i = len(m.res.Topics)
		m.topics[name] = i
		m.res.Topics = append(m.res.Topics, ResponseTopic{Topic: name})
	}
	return &m.res.Topics[i]
}

// codeOf returns the code that a broker would have answered with, and for
// failures to reach one NETWORK_EXCEPTION.
func codeOf(err error) int16 {
	const (
		unknownTopicOrPartition = 3
		leaderNotAvailable      = 5
		networkException        = 13
	)
	switch {
	case errors.Is(err, protocol.ErrNoTopic), errors.Is(err, protocol.ErrNoPartition):
		return unknownTopicOrPartition
	case errors.Is(err, protocol.ErrNoLeader):
		return leaderNotAvailable
	default:
		return networkException
	}
}
