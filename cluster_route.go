package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/createpartitions"
	"github.com/segmentio/kafka-go/protocol/createtopics"
	"github.com/segmentio/kafka-go/protocol/deletetopics"
	"github.com/segmentio/kafka-go/protocol/findcoordinator"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/rawproduce"
)

// routeAttempts bounds how often a request is routed anew because what it was
// routed by turned out to be unknown or out of date.
const routeAttempts = 3

// routePause is the time between two of these.
const routePause = 100 * time.Millisecond

// roundTrip sends a request to where it belongs.
func (c *cluster) roundTrip(ctx context.Context, req Request) (Response, error) {
	if c.ctx.Err() != nil {
		return nil, c.closedError()
	}
	if m, ok := req.(*metadata.Request); ok {
		return c.answerMetadata(ctx, m)
	}
	if s, ok := req.(protocol.Splitter); ok {
		return c.split(ctx, s)
	}
	res, err := c.single(ctx, req)
	if err == nil {
		c.follow(ctx, req, res)
	}
	return res, err
}

// follow has what is known of topics follow what a request has made of them.
func (c *cluster) follow(ctx context.Context, req Request, res Response) {
	switch res := res.(type) {
	case *createtopics.Response:
		if create, ok := req.(*createtopics.Request); ok && !create.ValidateOnly {
			c.awaitTopics(ctx, create.BrokerWait(), createdTopics(res))
		}
	case *createpartitions.Response:
		if create, ok := req.(*createpartitions.Request); ok && !create.ValidateOnly {
			c.awaitTopics(ctx, create.BrokerWait(), grownTopics(create, res))
		}
	case *deletetopics.Response:
		for i := range res.Responses {
			if res.Responses[i].ErrorCode == 0 {
				c.forgetTopic(res.Responses[i].Name)
			}
		}
	}
}

// awaitTopics waits until what was created of topics, which are numbers of partitions
// by name, is to be found, so that the program can use it at once. It gives up after
// the time that the request gave the broker.
func (c *cluster) awaitTopics(ctx context.Context, timeout time.Duration, created map[string]int32) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	names := slices.Sorted(maps.Keys(created))
	for !c.lead(created) {
		if c.load(names, nil).wait(ctx) != nil {
			return
		}
	}
}

// createdTopics returns the topics that were created, for awaitTopics. How many
// partitions they have is left to the brokers, which know of all at the same time.
func createdTopics(res *createtopics.Response) map[string]int32 {
	created := make(map[string]int32)
	for i := range res.Topics {
		if res.Topics[i].ErrorCode == 0 {
			created[res.Topics[i].Name] = 1
		}
	}
	return created
}

// grownTopics returns the topics that have got partitions, for awaitTopics.
func grownTopics(req *createpartitions.Request, res *createpartitions.Response) map[string]int32 {
	grown := make(map[string]int32)
	for i := range res.Results {
		if res.Results[i].ErrorCode == 0 {
			grown[res.Results[i].Name] = 0
		}
	}
	for i := range req.Topics {
		if _, ok := grown[req.Topics[i].Name]; ok {
			grown[req.Topics[i].Name] = req.Topics[i].Count
		}
	}
	return grown
}

// lead tells whether topics have at least the partitions given, and all of these
// have leaders. Those that the client may create and not see are not waited for.
func (c *cluster) lead(topics map[string]int32) bool {
	state := c.state.Load()
	for name, partitions := range topics {
		t := state.topics[name]
		if t != nil && errors.Is(t.err, TopicAuthorizationFailed) {
			continue
		}
		if t == nil || t.err != nil || len(t.partitions) < int(partitions) {
			return false
		}
		for i := range t.partitions {
			if t.partitions[i].leader < 0 {
				return false
			}
		}
	}
	return true
}

// single sends a request that one broker can answer.
func (c *cluster) single(ctx context.Context, req Request) (Response, error) {
	res, err := c.send(ctx, req)
	return c.settle(ctx, req, res, err)
}

// settle looks at the first answer to a request. If the broker declines because it
// is for another one, this is found and asked.
func (c *cluster) settle(ctx context.Context, req Request, res Response, err error) (Response, error) {
	for range routeAttempts {
		if err != nil || res == nil {
			return res, err
		}
		v := judge(res)
		if !v.declined {
			if v.outdated {
				c.load(nil, nil)
			}
			return res, nil
		}
		if c.reroute(ctx, req) != nil || rewind(req) != nil {
			return res, nil //nolint:nilerr // what the broker answered is the truth, and better than why it was not asked again
		}
		again, err := c.send(ctx, req)
		if err != nil && !wasWritten(err) {
			return res, nil // which is the truth still
		}
		if err != nil {
			return nil, err
		}
		res = again
	}
	return res, nil
}

// reroute finds out what has changed since a request was routed. An election may
// take a moment.
func (c *cluster) reroute(ctx context.Context, req Request) error {
	if err := pause(ctx, routePause); err != nil {
		return err
	}
	if _, ok := req.(protocol.BrokerMessage); ok {
		return c.load(nil, nil).wait(ctx)
	}
	return nil // the coordinator has been forgotten
}

// send sends a request to where it belongs as far as known.
func (c *cluster) send(ctx context.Context, req Request) (Response, error) {
	b, err := c.target(ctx, req, make(learning))
	if err != nil {
		return nil, err
	}
	if b == nil {
		return c.anyBroker(ctx, req)
	}
	res, err := b.exchange(ctx, req)
	return c.elsewhere(ctx, b, req, res, err)
}

// target returns the broker that has to answer a request, nil if any will do.
func (c *cluster) target(ctx context.Context, req Request, learned learning) (*broker, error) {
	if m, ok := req.(protocol.BrokerMessage); ok {
		return c.route(ctx, m, learned)
	}
	if key, ok := coordinatorOf(req); ok {
		return c.coordinator(ctx, key)
	}
	return nil, nil
}

// elsewhere returns what a broker answered, or failed with. If it could not be
// reached and another one has taken its place, this one is asked.
func (c *cluster) elsewhere(ctx context.Context, b *broker, req Request, res Response, err error) (Response, error) {
	key, coordinated := coordinatorOf(req)
	if coordinated && (err != nil || res != nil && judge(res).misrouted) {
		c.forgetCoordinator(key)
	}
	if err == nil || wasWritten(err) || ctx.Err() != nil {
		return res, err
	}
	var other *broker
	if m, ok := req.(protocol.BrokerMessage); ok {
		other = c.instead(ctx, m)
	} else if coordinated {
		other, _ = c.coordinator(ctx, key)
	}
	if other == nil || other == b || rewind(req) != nil {
		return res, err
	}
	return other.exchange(ctx, req)
}

// instead returns the broker that a request belongs to by now, after the one that
// it was sent to could not be reached; nil if that is not known.
func (c *cluster) instead(ctx context.Context, m protocol.BrokerMessage) *broker {
	bounded, cancel := context.WithTimeout(ctx, 2*askDelay)
	defer cancel()
	if c.load(nil, nil).wait(bounded) != nil {
		return nil
	}
	target, err := m.Broker(c.state.Load().cluster())
	if err != nil {
		return nil
	}
	return c.broker(target.ID)
}

// rewind has a request ready to be encoded once more. Records may come from a
// source that can be read only once.
func rewind(req Request) error {
	switch req := req.(type) {
	case *produce.Request:
		for i := range req.Topics {
			for j := range req.Topics[i].Partitions {
				if err := req.Topics[i].Partitions[j].RecordSet.Reset(); err != nil {
					return err
				}
			}
		}
	case *rawproduce.Request:
		for i := range req.Topics {
			for j := range req.Topics[i].Partitions {
				if err := req.Topics[i].Partitions[j].RecordSet.Reset(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// ready waits until the brokers of the cluster are known.
func (c *cluster) ready(ctx context.Context) error {
	loaded := func() bool { return !c.state.Load().loaded.IsZero() }
	if loaded() {
		return nil
	}
	return c.await(ctx, c.load(nil, nil), loaded)
}

// route returns the broker that a request names, nil if any will do.
func (c *cluster) route(ctx context.Context, m protocol.BrokerMessage, learned learning) (*broker, error) {
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	for {
		target, err := m.Broker(c.state.Load().cluster())
		if err == nil && target.ID < 0 {
			return nil, nil
		}
		if err == nil {
			if b := c.broker(target.ID); b != nil {
				return b, nil
			}
			err = fmt.Errorf("kafka: broker %d: %w", target.ID, BrokerNotAvailable)
		}
		if errors.Is(err, protocol.ErrNoBroker) {
			err = fmt.Errorf("kafka: %w: %w", err, BrokerNotAvailable)
		}
		if again, err := c.learn(ctx, learned, err); !again {
			return nil, err
		}
	}
}

// learning counts how often topics were asked for because a request could not be
// routed; "" stands for brokers.
type learning map[string]int

// missing tells what is not known that a request would be routed by: the name of a
// topic, or "" for brokers.
func missing(err error) (name string, ok bool) {
	var topic *protocol.TopicError
	var partition *protocol.TopicPartitionError
	switch {
	case errors.As(err, &partition):
		return partition.Topic, true
	case errors.As(err, &topic):
		return topic.Topic, true
	}
	return "", errors.Is(err, BrokerNotAvailable) || errors.Is(err, protocol.ErrNoBroker)
}

// learn asks for what a request could not be routed by. If routing it once more
// makes no sense, it returns the error for the program.
func (c *cluster) learn(ctx context.Context, learned learning, err error) (again bool, _ error) {
	name, ok := missing(err)
	if !ok {
		return false, err
	}
	if t := c.state.Load().topics[name]; t != nil && t.err != nil && learned[name] > 0 {
		err = fmt.Errorf("%w: %w", err, t.err)
		if !isTemporary(t.err) {
			return false, err
		}
	}
	if learned[name] == routeAttempts {
		return false, err
	}
	if learned[name] > 0 { // a leader is being elected, perhaps
		if pause(ctx, routePause) != nil {
			return false, err
		}
	}
	learned[name]++
	if loadErr := c.load([]string{name}, nil).wait(ctx); loadErr != nil {
		return false, loadErr
	}
	return true, nil
}

// The kinds of coordinators, as FindCoordinator numbers them.
const (
	groupCoordinator       = int8(0)
	transactionCoordinator = int8(1)
)

type coordinatorKey struct {
	kind int8
	id   string
}

// coordinatorOf tells which coordinator has to answer a request, if one has.
func coordinatorOf(req Request) (coordinatorKey, bool) {
	switch m := req.(type) {
	case protocol.BrokerMessage:
	case protocol.GroupMessage:
		return coordinatorKey{groupCoordinator, m.Group()}, true
	case protocol.TransactionalMessage:
		id := m.Transaction()
		return coordinatorKey{transactionCoordinator, id}, id != ""
	}
	return coordinatorKey{}, false
}

func (c *cluster) forgetCoordinator(key coordinatorKey) {
	c.mu.Lock()
	delete(c.coordinators, key)
	c.mu.Unlock()
}

const (
	coordinatorPause = 100 * time.Millisecond

	// coordinatorTimeout bounds the wait for a cluster that is choosing a
	// coordinator.
	coordinatorTimeout = 30 * time.Second
)

// coordinator returns the broker that coordinates key. It waits, as long as ctx
// lets it, while the cluster is choosing one.
func (c *cluster) coordinator(ctx context.Context, key coordinatorKey) (*broker, error) {
	c.mu.Lock()
	id, ok := c.coordinators[key]
	b := c.brokers[id]
	c.mu.Unlock()
	if ok && b != nil {
		return b, nil
	}
	for start := time.Now(); ; {
		id, err := c.findCoordinator(ctx, key)
		if err == nil {
			return c.keepCoordinator(ctx, key, id)
		}
		if !errors.Is(err, GroupCoordinatorNotAvailable) || time.Since(start) > coordinatorTimeout {
			return nil, err
		}
		if pause(ctx, coordinatorPause) != nil {
			return nil, err
		}
	}
}

func (c *cluster) keepCoordinator(ctx context.Context, key coordinatorKey, id int32) (*broker, error) {
	if c.broker(id) == nil {
		if err := c.load(nil, nil).wait(ctx); err != nil {
			return nil, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.brokers[id]
	if b == nil {
		return nil, fmt.Errorf("kafka: the coordinator of %q is broker %d: %w", key.id, id, BrokerNotAvailable)
	}
	c.coordinators[key] = id
	return b, nil
}

// coordinatorName returns how errors call the coordinator of key, empty if it is not
// known.
func (c *cluster) coordinatorName(key coordinatorKey) string {
	c.mu.Lock()
	id, ok := c.coordinators[key]
	b := c.brokers[id]
	c.mu.Unlock()
	if !ok || b == nil {
		return ""
	}
	return b.name()
}

func (c *cluster) findCoordinator(ctx context.Context, key coordinatorKey) (int32, error) {
	answer, err := c.anyBroker(ctx, &findcoordinator.Request{Key: key.id, KeyType: key.kind})
	if err != nil {
		return -1, err
	}
	res := answer.(*findcoordinator.Response)
	if res.ErrorCode != 0 {
		return -1, fmt.Errorf("kafka: finding the coordinator of %q: %w", key.id, brokerError(res.ErrorCode, res.ErrorMessage))
	}
	return res.NodeID, nil
}

// brokerError is the error of a code, with the broker's text if it sent one.
func brokerError(code int16, text string) error {
	if code == 0 || text == "" {
		return errorOf(code)
	}
	return fmt.Errorf("%w: %s", Error(code), text)
}

// answerMetadata answers a request that names topics from what is known, if that
// is fresh, and passes others on.
func (c *cluster) answerMetadata(ctx context.Context, req *metadata.Request) (Response, error) {
	if len(req.TopicNames) == 0 || req.Topics != nil || req.IncludeClusterAuthorizedOperations || req.IncludeTopicAuthorizedOperations {
		return c.single(ctx, req)
	}
	if !c.fresh(req.TopicNames) {
		names, created := req.TopicNames, []string(nil)
		if req.AllowAutoTopicCreation {
			names, created = nil, names
		}
		enough := func() bool { return c.fresh(req.TopicNames) }
		if err := c.await(ctx, c.load(names, created), enough); err != nil {
			return nil, err
		}
	}
	return c.state.Load().response(req.TopicNames), nil
}

func (c *cluster) fresh(topics []string) bool {
	s := c.state.Load()
	for _, name := range topics {
		t := s.topics[name]
		if t == nil || t.err != nil || time.Since(t.fetched) > c.config.metadataTTL {
			return false
		}
	}
	return true
}

// operationsNotTold stands for authorized operations that were not asked for.
const operationsNotTold = math.MinInt32

// response returns the state in the form of a broker's answer.
func (s *clusterState) response(topics []string) *metadata.Response {
	res := &metadata.Response{ClusterID: s.id, ControllerID: s.controller, ClusterAuthorizedOperations: operationsNotTold}
	for _, b := range s.brokers {
		res.Brokers = append(res.Brokers, metadata.ResponseBroker{NodeID: int32(b.ID), Host: b.Host, Port: int32(b.Port), Rack: b.Rack})
	}
	for _, name := range topics {
		t := s.topics[name]
		if t == nil {
			t = &topicLayout{name: name, err: UnknownTopicOrPartition}
		}
		res.Topics = append(res.Topics, t.response())
	}
	return res
}

func (t *topicLayout) response() metadata.ResponseTopic {
	topic := metadata.ResponseTopic{
		ErrorCode: codeOf(t.err), Name: t.name, TopicID: t.id, IsInternal: t.internal,
		TopicAuthorizedOperations: operationsNotTold,
	}
	for i := range t.partitions {
		p := &t.partitions[i]
		topic.Partitions = append(topic.Partitions, metadata.ResponsePartition{
			ErrorCode: codeOf(p.err), PartitionIndex: p.id, LeaderID: p.leader, LeaderEpoch: p.epoch,
			ReplicaNodes: slices.Clone(p.replicas), IsrNodes: slices.Clone(p.isr), OfflineReplicas: slices.Clone(p.offline),
		})
	}
	return topic
}
