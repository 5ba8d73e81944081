package protocol

import (
	"errors"
	"fmt"
	"iter"
	"strconv"
)

// ControllerOrAny returns the controller, or a broker with ID -1, which stands for
// any, while it is not known: with KRaft any broker hands on what is for the
// controller, others answer NOT_CONTROLLER.
func (c Cluster) ControllerOrAny() Broker {
	if broker, ok := c.Brokers[c.Controller]; ok {
		return broker
	}
	return Broker{ID: -1}
}

// BrokerByID returns a broker. It fails with ErrNoBroker, wrapped with the id, if
// the cluster has none of that id.
func (c Cluster) BrokerByID(id int32) (Broker, error) {
	broker, ok := c.Brokers[id]
	if !ok {
		return Broker{ID: -1}, fmt.Errorf("broker %d is %w", id, ErrNoBroker)
	}
	return broker, nil
}

// ConfigBroker returns the id of the broker that alone can tell or change a
// configuration: the one that a resource of type BROKER or BROKER_LOGGER names. It
// is -1 for other resources, for the name "", which stands for all brokers, and for
// names that are no id, which brokers refuse.
func ConfigBroker(resourceType int8, resourceName string) int32 {
	const broker, brokerLogger = 4, 8
	if resourceType != broker && resourceType != brokerLogger {
		return -1
	}
	id, err := strconv.ParseInt(resourceName, 10, 32)
	if err != nil || id < 0 {
		return -1
	}
	return int32(id)
}

// CommonBroker returns the broker with the only id there is other than -1, and what
// ControllerOrAny does if there is none. It fails if there are several, or the
// cluster has no such broker.
func (c Cluster) CommonBroker(ids iter.Seq[int32]) (Broker, error) {
	common := int32(-1)
	for id := range ids {
		if common >= 0 && id >= 0 && id != common {
			return Broker{ID: -1}, Errorf("mismatching brokers (%d != %d)", common, id)
		}
		common = max(common, id)
	}
	if common < 0 {
		return c.ControllerOrAny(), nil
	}
	return c.BrokerByID(common)
}

// CommonLeader returns the broker that leads all of the partitions, which are
// pairs of a topic and a partition of it. It is a broker with ID -1, which stands
// for any, when there is no partition. The errors are those of Leader, and one for
// partitions whose leaders are not the same.
func (c Cluster) CommonLeader(partitions iter.Seq2[string, int32]) (Broker, error) {
	common := Broker{ID: -1}
	for topic, partition := range partitions {
		leader, err := c.Leader(topic, partition)
		if err != nil {
			return Broker{ID: -1}, err
		}
		if common.ID >= 0 && common.ID != leader.ID {
			return Broker{ID: -1}, Errorf("mismatching leaders (%d != %d)", common.ID, leader.ID)
		}
		common = leader
	}
	return common, nil
}

// Parts collects the requests that a Splitter makes, in the order in which their
// destinations are first met. The zero value is ready for use, by one goroutine.
type Parts[R Message] struct {
	messages []Message
	requests map[int32]R
}

// Messages returns the requests.
func (p *Parts[R]) Messages() []Message { return p.messages }

// Add appends a request.
func (p *Parts[R]) Add(req R) { p.messages = append(p.messages, req) }

// For returns the request for a broker, which makes it the first time. An id of
// -1 stands for any broker.
func (p *Parts[R]) For(broker int32, makes func() R) R {
	req, ok := p.requests[broker]
	if !ok {
		req = makes()
		if p.requests == nil {
			p.requests = make(map[int32]R)
		}
		p.requests[broker] = req
		p.Add(req)
	}
	return req
}

// ForLeader returns the request for the leader of a partition, which makes it the
// first time. A partition that has no leader gets a request of its own, whose
// Broker method says why, so that the others are answered.
func (p *Parts[R]) ForLeader(cluster Cluster, topic string, partition int32, makes func() R) R {
	leader, err := cluster.Leader(topic, partition)
	if err == nil {
		return p.For(leader.ID, makes)
	}
	req := makes()
	p.Add(req)
	return req
}

// MergeResults calls answered with each request that was answered and failed with
// each that was not, in order; Merger implementations use it. If none was answered,
// and not all are about what does not exist, the whole has failed: it returns the
// first error. It also fails on messages of other types.
func MergeResults[Q, R Message](requests []Message, results []interface{}, answered func(Q, R), failed func(Q, error)) error {
	var first error
	some := false
	for i, result := range results {
		req, ok := requests[i].(Q)
		if !ok {
			return fmt.Errorf("merging responses: %T is not the request", requests[i])
		}
		msg, err := Result(result)
		if err != nil {
			if first == nil && RouteErrorCode(err) == networkException {
				first = err
			}
			failed(req, err)
			continue
		}
		res, ok := msg.(R)
		if !ok {
			return fmt.Errorf("merging responses to %s: %T is none", req.ApiKey(), msg)
		}
		some = true
		answered(req, res)
	}
	if some {
		return nil
	}
	return first
}

// Error codes for requests that did not reach a broker.
const (
	unknownTopicOrPartition = 3
	leaderNotAvailable      = 5
	brokerNotAvailable      = 8
	networkException        = 13
)

// RouteErrorCode returns the error code that comes closest to why a request did
// not reach its broker: the one that a broker would have answered with if a topic
// or a leader is not known, BROKER_NOT_AVAILABLE if the broker is not,
// NETWORK_EXCEPTION otherwise.
func RouteErrorCode(err error) int16 {
	switch {
	case errors.Is(err, ErrNoTopic), errors.Is(err, ErrNoPartition):
		return unknownTopicOrPartition
	case errors.Is(err, ErrNoLeader):
		return leaderNotAvailable
	case errors.Is(err, ErrNoBroker):
		return brokerNotAvailable
	default:
		return networkException
	}
}
