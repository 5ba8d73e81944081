package kafka

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/metadata"
)

const (
	// metadataPause is the least time between two loads.
	metadataPause = 50 * time.Millisecond

	// metadataTimeout bounds a load from all candidates together.
	metadataTimeout = 30 * time.Second

	// topicIdle is for how long a topic that nobody asks for is kept fresh
	// (KIP-526).
	topicIdle = 5 * time.Minute
)

// metadataLoop loads metadata, one load at a time: what is asked for while one
// is under way waits for the next. Its goroutine lives as long as there is
// something to load. cluster.mu guards it.
type metadataLoop struct {
	next    *metadataLoad // collects topics; nil if nothing is asked for
	running bool
	closed  bool
	done    chan struct{} // closed at the end of the goroutine; nil before the first
	timer   *time.Timer   // for the next load because of age
}

// metadataLoad is a load of metadata that some wait for.
type metadataLoad struct {
	topics map[string]struct{}
	create map[string]struct{} // of topics, those that a broker may create
	done   chan struct{}       // closed when err is set
	err    error
}

// stopLocked ends the loop. The channel it returns, if there is one, is closed
// once nothing of it is left.
func (m *metadataLoop) stopLocked() <-chan struct{} {
	m.closed = true
	if m.timer != nil {
		m.timer.Stop()
	}
	return m.done
}

// load asks for topics, of which a broker may create those in create, and for
// those in use; "" is none, and the brokers are asked for in any case. The result is done at the end of a load that starts after the
// call.
func (c *cluster) load(topics, create []string) *metadataLoad {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := &c.metadata
	if m.closed {
		done := make(chan struct{})
		close(done)
		return &metadataLoad{done: done, err: c.closedError()}
	}
	if m.next == nil {
		m.next = &metadataLoad{topics: make(map[string]struct{}), create: make(map[string]struct{}), done: make(chan struct{})}
	}
	load := m.next
	for _, t := range topics {
		if t != "" {
			load.topics[t] = struct{}{}
		}
	}
	for _, t := range create {
		load.topics[t], load.create[t] = struct{}{}, struct{}{}
	}
	if !m.running {
		m.running, m.done = true, make(chan struct{})
		go c.runMetadata(m.done)
	}
	return load
}

// wait returns when the load has ended, or ctx.
func (l *metadataLoad) wait(ctx context.Context) error {
	select {
	case <-l.done:
		return l.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// await is wait for those who are content as soon as enough holds, which the load
// before theirs may bring about already.
func (c *cluster) await(ctx context.Context, load *metadataLoad, enough func() bool) error {
	for {
		changed := c.changed()
		if enough() {
			return nil
		}
		select {
		case <-load.done:
			return load.err
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// runMetadata loads what is asked for until there is nothing more. It belongs to
// the cluster.
func (c *cluster) runMetadata(done chan struct{}) {
	defer close(done)
	for {
		load := c.takeLoad()
		if load == nil {
			return
		}
		load.err = c.loadOnce(load)
		close(load.done)
		c.pause(metadataPause)
	}
}

// takeLoad returns the next load, which is the goroutine's from then on. With
// nil the goroutine has to end.
func (c *cluster) takeLoad() *metadataLoad {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := &c.metadata
	load := m.next
	m.next = nil
	if load == nil {
		m.running = false
		c.scheduleLocked()
	}
	return load
}

// scheduleLocked has topics in use loaded again before they are too old.
func (c *cluster) scheduleLocked() {
	m := &c.metadata
	if m.closed || len(c.inUse) == 0 {
		return
	}
	if m.timer == nil {
		m.timer = time.AfterFunc(c.config.metadataTTL, c.refreshOld)
		return
	}
	m.timer.Reset(c.config.metadataTTL)
}

func (c *cluster) refreshOld() {
	if c.ctx.Err() == nil && c.anyInUse() {
		c.load(nil, nil)
	}
}

// anyInUse forgets the topics that nobody has asked for in a while, and tells
// whether there are others.
func (c *cluster) anyInUse() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for topic, last := range c.inUse {
		if !last.IsZero() && time.Since(last) > topicIdle {
			delete(c.inUse, topic)
		}
	}
	return len(c.inUse) > 0
}

func (c *cluster) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.ctx.Done():
	}
}

// loadOnce asks for topics. Those that may be created are asked for apart from the
// others, so that none of these comes into being by it.
func (c *cluster) loadOnce(load *metadataLoad) error {
	ctx, cancel := context.WithTimeout(c.ctx, metadataTimeout)
	defer cancel()
	topics := c.topicsToLoad(load)
	if len(topics) > 0 || len(load.create) == 0 {
		if err := c.loadTopics(ctx, topics, false); err != nil {
			return err
		}
	}
	if len(load.create) == 0 {
		return nil
	}
	return c.loadTopics(ctx, slices.Sorted(maps.Keys(load.create)), true)
}

func (c *cluster) loadTopics(ctx context.Context, topics []string, create bool) error {
	res, err := c.ask(ctx, question{
		api:   new(metadata.Request),
		build: func(conn *protocol.Conn) Request { return metadataRequest(conn, topics, create) },
		check: func(res Response) error { return errorOf(res.(*metadata.Response).ErrorCode) },
	})
	switch {
	case c.ctx.Err() != nil:
		return c.closedError()
	case err != nil:
		return fmt.Errorf("loading metadata: %w", err)
	}
	c.install(res.(*metadata.Response))
	return nil
}

// topicsToLoad returns the topics of a load that are not to be created.
func (c *cluster) topicsToLoad(load *metadataLoad) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for t := range load.topics {
		if last, ok := c.inUse[t]; !ok || !last.IsZero() {
			c.inUse[t] = now
		}
	}
	topics := make([]string, 0, len(c.inUse))
	for t := range c.inUse {
		if _, create := load.create[t]; !create {
			topics = append(topics, t)
		}
	}
	slices.Sort(topics)
	return topics
}

// metadataRequest asks in the form that the broker knows: from version 9 on
// topics are structs, and from 10 on answers have topic ids.
func metadataRequest(conn *protocol.Conn, topics []string, create bool) *metadata.Request {
	req := &metadata.Request{Topics: make([]metadata.RequestTopic, len(topics)), AllowAutoTopicCreation: create}
	for i, t := range topics {
		req.Topics[i].Name = t
	}
	if _, err := conn.SelectVersion(req); err != nil {
		req.Topics, req.TopicNames = nil, topics
	}
	return req
}

// install makes a response the state of the cluster. Topics in use that were not
// asked for are taken over.
func (c *cluster) install(res *metadata.Response) {
	for _, b := range c.installState(res) {
		b.retire()
	}
}

// installState returns the brokers whose connections are not to be used any more.
func (c *cluster) installState(res *metadata.Response) (leave []*broker) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.state.Load()
	if old.id != "" && res.ClusterID != "" && old.id != res.ClusterID {
		// The addresses belong to another cluster now.
		old = &clusterState{replaced: old.replaced}
		clear(c.coordinators)
	}
	s := &clusterState{
		id:         res.ClusterID,
		controller: res.ControllerID,
		topics:     make(map[string]*topicLayout, len(old.topics)+len(res.Topics)),
		loaded:     now,
		replaced:   make(chan struct{}),
	}
	for name, t := range old.topics {
		if _, used := c.inUse[name]; used {
			s.topics[name] = t
		}
	}
	for _, b := range res.Brokers {
		s.brokers = append(s.brokers, Broker{ID: int(b.NodeID), Host: b.Host, Port: int(b.Port), Rack: b.Rack})
	}
	for i := range res.Topics {
		t := newTopicLayout(&res.Topics[i], now)
		s.topics[t.name] = t.keepNewer(old.topics[t.name])
	}
	leave = c.installBrokersLocked(s.brokers)
	c.state.Store(s)
	close(old.replaced)
	return leave
}

// installBrokersLocked makes the brokers listed those of the cluster. It returns
// those to leave: requests under way to them still get their answers.
func (c *cluster) installBrokersLocked(list []Broker) (leave []*broker) {
	rest := c.brokers
	c.brokers = make(map[int32]*broker, len(list))
	for _, info := range list {
		id := int32(info.ID)
		b := rest[id]
		delete(rest, id)
		if b == nil {
			b = newBroker(c, info)
		}
		if b.update(info) {
			leave = append(leave, b)
		}
		c.brokers[id] = b
	}
	c.gone = slices.DeleteFunc(c.gone, func(b *broker) bool { return !b.live() })
	for _, b := range rest {
		c.gone = append(c.gone, b)
		leave = append(leave, b)
	}
	return append(leave, c.seeds...) // these were needed to get here
}

func newTopicLayout(res *metadata.ResponseTopic, now time.Time) *topicLayout {
	t := &topicLayout{
		name:       res.Name,
		id:         res.TopicID,
		internal:   res.IsInternal,
		err:        errorOf(res.ErrorCode),
		partitions: make([]partitionLayout, len(res.Partitions)),
		ids:        make([]int, len(res.Partitions)),
		fetched:    now,
	}
	for i := range res.Partitions {
		p := &res.Partitions[i]
		t.partitions[i] = partitionLayout{
			id:       p.PartitionIndex,
			leader:   p.LeaderID,
			epoch:    p.LeaderEpoch,
			err:      errorOf(p.ErrorCode),
			replicas: p.ReplicaNodes,
			isr:      p.IsrNodes,
			offline:  p.OfflineReplicas,
		}
	}
	slices.SortFunc(t.partitions, func(a, b partitionLayout) int { return int(a.id) - int(b.id) })
	for i := range t.partitions {
		t.ids[i] = int(t.partitions[i].id)
	}
	return t
}

// keepNewer keeps what older metadata knew better: a broker that lags behind
// must not bring back a leader whose epoch has ended (KIP-320). Without ids, a
// topic that was created anew could not be told from the one before.
func (t *topicLayout) keepNewer(old *topicLayout) *topicLayout {
	if old == nil || old.id != t.id || t.id.IsZero() {
		return t
	}
	for i := range t.partitions {
		p := &t.partitions[i]
		if was := old.partition(p.id); was != nil && was.epoch > p.epoch && p.epoch >= 0 {
			*p = *was
		}
	}
	return t
}

// movedTo returns the layout with the new leader of a partition, nil if the epoch
// is not newer than what is known.
func (t *topicLayout) movedTo(partition, leader, epoch int32) *topicLayout {
	p := t.partition(partition)
	if p == nil || epoch <= p.epoch {
		return nil
	}
	changed := *t
	changed.partitions = slices.Clone(t.partitions)
	p = changed.partition(partition)
	p.leader, p.epoch, p.err = leader, epoch, nil
	return &changed
}

// moved takes note of a leader that a response named (KIP-951).
func (c *cluster) moved(topic string, partition, leader, epoch int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed := c.state.Load().topics[topic].movedTo(partition, leader, epoch)
	if changed != nil && c.brokers[leader] != nil {
		c.replaceLocked(func(topics map[string]*topicLayout) { topics[topic] = changed })
	}
}

// forgetTopic is for a topic that was deleted.
func (c *cluster) forgetTopic(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.inUse[name].IsZero() {
		delete(c.inUse, name)
	}
	c.replaceLocked(func(topics map[string]*topicLayout) { delete(topics, name) })
}

// replaceLocked replaces the state by one with other topics.
func (c *cluster) replaceLocked(change func(topics map[string]*topicLayout)) {
	old := c.state.Load()
	s := &clusterState{id: old.id, controller: old.controller, brokers: old.brokers, loaded: old.loaded,
		topics: make(map[string]*topicLayout, len(old.topics)), replaced: make(chan struct{})}
	maps.Copy(s.topics, old.topics)
	change(s.topics)
	c.state.Store(s)
	close(old.replaced)
}

// topic returns the layout of a topic, asking for it if it is not known or had
// an error.
func (c *cluster) topic(ctx context.Context, name string, create bool) (*topicLayout, error) {
	if t := c.known(name); t != nil && t.err == nil {
		return t, nil
	}
	topics, created := []string{name}, []string(nil)
	if create {
		topics, created = nil, topics
	}
	enough := func() bool { t := c.state.Load().topics[name]; return t != nil && t.err == nil }
	if err := c.await(ctx, c.load(topics, created), enough); err != nil {
		return nil, err
	}
	if t := c.known(name); t != nil {
		return t, nil
	}
	return &topicLayout{name: name, err: UnknownTopicOrPartition}, nil
}

// known returns the layout of a topic, nil if it is not known. What is old is
// returned and asked for again.
func (c *cluster) known(name string) *topicLayout {
	t := c.state.Load().topics[name]
	if t == nil {
		return nil
	}
	if age := time.Since(t.fetched); age > c.config.metadataTTL/2 {
		c.markUsed(name, age > c.config.metadataTTL)
	}
	return t
}

func (c *cluster) markUsed(name string, old bool) {
	c.mu.Lock()
	if last, ok := c.inUse[name]; !ok || !last.IsZero() {
		c.inUse[name] = time.Now()
	}
	busy := c.metadata.running
	c.mu.Unlock()
	if old && !busy {
		c.load([]string{name}, nil)
	}
}

func (c *cluster) changed() <-chan struct{} { return c.state.Load().replaced }
