package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// cluster is what a Transport has of one Kafka cluster: its brokers, with the
// connections to them, and what is known of topics and coordinators.
type cluster struct {
	config *transportConfig
	seeds  []*broker
	ctx    context.Context // ends with close
	cancel context.CancelFunc
	unbind func() bool  // from the end of the Transport's Context
	refs   atomic.Int32 // the Transport's map holds one; the last one closes
	state  atomic.Pointer[clusterState]

	mu           sync.Mutex
	brokers      map[int32]*broker
	gone         []*broker // no more in the cluster, with connections that have not ended
	coordinators map[coordinatorKey]int32
	inUse        map[string]time.Time // topics, and when they were asked for last
	metadata     metadataLoop
}

// newCluster starts nothing: that is left to the first request.
func newCluster(config *transportConfig, seeds []seed) *cluster {
	c := &cluster{
		config:       config,
		brokers:      make(map[int32]*broker),
		coordinators: make(map[coordinatorKey]int32),
		inUse:        make(map[string]time.Time),
	}
	c.ctx, c.cancel = context.WithCancel(config.parent)
	for _, s := range seeds {
		b := newBroker(c, seedBroker(s))
		b.seed = s
		c.seeds = append(c.seeds, b)
	}
	for _, topic := range config.metadataTopics {
		c.inUse[topic] = time.Time{} // never forgotten
	}
	c.state.Store(&clusterState{controller: -1, replaced: make(chan struct{})})
	c.refs.Store(1)
	c.unbind = context.AfterFunc(config.parent, c.shutdown)
	return c
}

func (c *cluster) release() {
	if c.refs.Add(-1) == 0 {
		c.unbind()
		c.shutdown()
	}
}

// closeGrace bounds how long the end of a cluster waits for the end of dials,
// which is at once unless a program's own Dial takes its time.
const closeGrace = 5 * time.Second

// shutdown ends every connection. It is called when nobody uses the cluster any
// more, and when the Transport's Context has ended.
func (c *cluster) shutdown() {
	c.cancel()
	c.mu.Lock()
	brokers := append(slices.Clone(c.seeds), c.gone...)
	for _, b := range c.brokers {
		brokers = append(brokers, b)
	}
	var ends []<-chan struct{}
	if loading := c.metadata.stopLocked(); loading != nil {
		ends = append(ends, loading)
	}
	c.mu.Unlock()
	for _, b := range brokers {
		ends = append(ends, b.close()...)
	}
	grace := time.NewTimer(closeGrace)
	defer grace.Stop()
	for _, end := range ends {
		select {
		case <-end:
		case <-grace.C:
			return
		}
	}
}

// closedError is why nothing can be done any more.
func (c *cluster) closedError() error {
	if c.config.parent.Err() != nil {
		return contextEnded(c.config.parent)
	}
	return errClusterClosed
}

func contextEnded(ctx context.Context) error {
	return fmt.Errorf("kafka: the Context of the transport has ended: %w (%w)", ctx.Err(), net.ErrClosed)
}

// closeIdle closes the connections that carry no request.
func (c *cluster) closeIdle() {
	c.mu.Lock()
	brokers := slices.Clone(c.seeds)
	for _, b := range c.brokers {
		brokers = append(brokers, b)
	}
	c.mu.Unlock()
	for _, b := range brokers {
		b.retire()
	}
}

// clusterState is what metadata told. It does not change; topics that were not
// asked for this time are taken over from the state before.
type clusterState struct {
	id         string
	controller int32 // -1 while not known
	brokers    []Broker
	topics     map[string]*topicLayout
	loaded     time.Time // zero until metadata was loaded once
	replaced   chan struct{}

	once   sync.Once
	shared protocol.Cluster // see cluster
}

// cluster returns the state as the routing methods of requests take it.
func (s *clusterState) cluster() protocol.Cluster {
	s.once.Do(func() {
		s.shared = protocol.Cluster{
			ClusterID:  s.id,
			Controller: s.controller,
			Brokers:    make(map[int32]protocol.Broker, len(s.brokers)),
			Topics:     make(map[string]protocol.Topic, len(s.topics)),
		}
		for _, b := range s.brokers {
			s.shared.Brokers[int32(b.ID)] = protocol.Broker{ID: int32(b.ID), Host: b.Host, Port: int32(b.Port), Rack: b.Rack}
		}
		for name, t := range s.topics {
			s.shared.Topics[name] = t.routing()
		}
	})
	return s.shared
}

// routing returns the topic as protocol.Cluster has it.
func (t *topicLayout) routing() protocol.Topic {
	topic := protocol.Topic{Name: t.name, Error: codeOf(t.err), Partitions: make(map[int32]protocol.Partition, len(t.partitions))}
	for i := range t.partitions {
		p := &t.partitions[i]
		topic.Partitions[p.id] = protocol.Partition{ID: p.id, Error: codeOf(p.err), Leader: p.leader}
	}
	return topic
}

func codeOf(err error) int16 {
	var code Error
	if errors.As(err, &code) {
		return int16(code)
	}
	return 0
}

// broker returns the broker of the given id, nil if metadata does not list it.
func (c *cluster) broker(id int32) *broker {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.brokers[id]
}
