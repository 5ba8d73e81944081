package kafka

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// newProducerRoute returns the way to the cluster at addr, for use until its
// release.
func newProducerRoute(rt RoundTripper, addr net.Addr) (producerRoute, error) {
	if t, ok := rt.(*Transport); ok {
		c, err := t.retain(addr)
		if err != nil {
			return nil, err
		}
		return clusterRoute{c}, nil
	}
	if addr == nil {
		return nil, errNoAddress
	}
	return newForeignRoute(rt, addr), nil
}

const (
	// foreignProduceVersion stands for the version of Produce that a
	// RoundTripper sends, which does not tell. Brokers since 2.1 have what
	// depends on it.
	foreignProduceVersion = 12

	// foreignTimeout bounds what a route asks for by itself.
	foreignTimeout = 30 * time.Second
)

// foreignRoute is a Writer's way to a cluster by a RoundTripper of the program's
// own. All that this can is to send a request and wait for the answer, so there
// is one request at a time to each broker.
type foreignRoute struct {
	rt     RoundTripper
	addr   net.Addr
	ctx    context.Context // ends with the release
	cancel context.CancelFunc

	mu       sync.Mutex
	topics   map[string]*topicLayout
	replaced chan struct{}
	loads    map[string]chan struct{} // closed when a request for the topic has ended
	stale    map[string]struct{}      // topics to ask for soon
	timer    *time.Timer              // runs reload; nil if nothing is stale
	turns    map[int32]chan struct{}  // held by who sends to a broker
}

var _ producerRoute = (*foreignRoute)(nil)

func newForeignRoute(rt RoundTripper, addr net.Addr) *foreignRoute {
	r := &foreignRoute{
		rt:       rt,
		addr:     addr,
		topics:   make(map[string]*topicLayout),
		replaced: make(chan struct{}),
		loads:    make(map[string]chan struct{}),
		stale:    make(map[string]struct{}),
		turns:    make(map[int32]chan struct{}),
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// topic implements producerRoute.
func (r *foreignRoute) topic(ctx context.Context, name string, create bool) (*topicLayout, error) {
	for {
		r.mu.Lock()
		if t := r.topics[name]; t != nil && t.err == nil {
			r.mu.Unlock()
			return t, nil
		}
		other := r.loads[name]
		if other == nil {
			done := make(chan struct{})
			r.loads[name] = done
			r.mu.Unlock()
			return r.load(ctx, name, create, done)
		}
		r.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// load asks for a topic. The others who need it wait for done.
func (r *foreignRoute) load(ctx context.Context, name string, create bool, done chan struct{}) (*topicLayout, error) {
	defer func() {
		r.mu.Lock()
		delete(r.loads, name)
		r.mu.Unlock()
		close(done)
	}()
	answer, err := r.rt.RoundTrip(ctx, r.addr, &metadata.Request{TopicNames: []string{name}, AllowAutoTopicCreation: create})
	if err != nil {
		return nil, err
	}
	res, ok := answer.(*metadata.Response)
	if !ok || res == nil {
		return nil, errForeign("Metadata", answer)
	}
	t := &topicLayout{name: name, err: UnknownTopicOrPartition, fetched: time.Now()}
	for i := range res.Topics {
		if res.Topics[i].Name == name {
			t = newTopicLayout(&res.Topics[i], time.Now())
		}
	}
	return r.install(t), nil
}

func errForeign(api string, answer Response) error {
	return fmt.Errorf("kafka: the RoundTripper answered a %s request with %T", api, answer)
}

// install makes t what is known of its topic.
func (r *foreignRoute) install(t *topicLayout) *topicLayout {
	r.mu.Lock()
	defer r.mu.Unlock()
	t = t.keepNewer(r.topics[t.name])
	r.topics[t.name] = t
	close(r.replaced)
	r.replaced = make(chan struct{})
	return t
}

// known implements producerRoute. What is old is asked for again.
func (r *foreignRoute) known(name string) *topicLayout {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.topics[name]
	if t != nil && time.Since(t.fetched) > defaultMetadataTTL {
		r.refreshLocked(name)
	}
	return t
}

// refresh implements producerRoute.
func (r *foreignRoute) refresh(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refreshLocked(name)
}

func (r *foreignRoute) refreshLocked(name string) {
	if r.ctx.Err() != nil {
		return
	}
	r.stale[name] = struct{}{}
	if r.timer == nil {
		r.timer = time.AfterFunc(metadataPause, r.reload)
	}
}

// reload asks for the topics that are stale. It runs as a timer of the route, one
// at a time.
func (r *foreignRoute) reload() {
	r.mu.Lock()
	stale := r.stale
	r.stale = make(map[string]struct{})
	r.mu.Unlock()
	for name := range stale {
		r.reloadTopic(name)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.timer = nil
	if len(r.stale) > 0 && r.ctx.Err() == nil {
		r.timer = time.AfterFunc(metadataPause, r.reload)
	}
}

func (r *foreignRoute) reloadTopic(name string) {
	r.mu.Lock()
	if r.loads[name] != nil || r.ctx.Err() != nil { // what is under way will do
		r.mu.Unlock()
		return
	}
	done := make(chan struct{})
	r.loads[name] = done
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(r.ctx, foreignTimeout)
	defer cancel()
	_, _ = r.load(ctx, name, false, done) // after an error, what was known holds
}

// changed implements producerRoute.
func (r *foreignRoute) changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.replaced
}

// produceVersion implements producerRoute.
func (r *foreignRoute) produceVersion(context.Context, int32) (int16, error) {
	return foreignProduceVersion, nil
}

// produce implements producerRoute. It returns with the answer, and ctx bounds
// the wait for that as well.
func (r *foreignRoute) produce(ctx context.Context, broker int32, req *produce.Request, wake chan<- struct{}) (pendingProduce, error) {
	turn := r.turn(broker)
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return nil, r.produceError(false, ctx.Err())
	}
	if err := ctx.Err(); err != nil {
		return nil, r.produceError(false, err)
	}
	answer, err := r.rt.RoundTrip(ctx, r.addr, lasting(req))
	if err != nil && notSent(err) {
		return nil, r.produceError(false, err)
	}
	defer signalWake(wake)
	if err != nil {
		return foreignProduce{err: r.produceError(true, err)}, nil
	}
	res, _ := answer.(*produce.Response)
	if res == nil && req.HasResponse() {
		return foreignProduce{err: r.produceError(true, errForeign("Produce", answer))}, nil
	}
	return foreignProduce{res: res}, nil
}

// lasting returns a copy of a request: the Writer uses the memory of its requests and
// batches again, and a RoundTripper may keep what it is given.
func lasting(req *produce.Request) *produce.Request {
	own := *req
	own.Topics = slices.Clone(own.Topics)
	for i := range own.Topics {
		t := &own.Topics[i]
		t.Partitions = slices.Clone(t.Partitions)
		for j := range t.Partitions {
			set := &t.Partitions[j].RecordSet
			if w, ok := set.Records.(*protocol.WireRecords); ok {
				set.Records = protocol.NewWireRecords(bytes.Clone(w.Bytes()))
			}
		}
	}
	return &own
}

func (r *foreignRoute) turn(broker int32) chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	turn := r.turns[broker]
	if turn == nil {
		turn = make(chan struct{}, 1)
		r.turns[broker] = turn
	}
	return turn
}

// notSent tells whether an error of a RoundTripper says that no broker has seen
// the request: routing it or dialling failed.
func notSent(err error) bool {
	var request *protocol.RequestError
	var routing *produce.Error
	var network *net.OpError
	switch {
	case errors.As(err, &request):
		return !request.Written
	case errors.As(err, &routing):
		return true
	case errors.As(err, &network):
		return network.Op == "dial"
	}
	return false
}

// produceError has an error tell whether the request may have been written.
func (r *foreignRoute) produceError(written bool, err error) error {
	var e *protocol.RequestError
	if errors.As(err, &e) && e.Written == written {
		return err
	}
	return &protocol.RequestError{
		Op: "round trip", Broker: r.addr.String(), ApiKey: protocol.Produce, ApiVersion: -1, Written: written, Err: err,
	}
}

func signalWake(wake chan<- struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// foreignProduce is a produce request that has its answer.
type foreignProduce struct {
	res *produce.Response
	err error
}

func (p foreignProduce) ready() bool { return true }

func (p foreignProduce) reply(context.Context) (*produce.Response, error) { return p.res, p.err }

// initProducerID implements producerRoute.
func (r *foreignRoute) initProducerID(ctx context.Context, transactionalID string, timeout time.Duration, id int64, epoch int16) (int64, int16, error) {
	answer, err := r.rt.RoundTrip(ctx, r.addr, &initproducerid.Request{
		TransactionalID:      transactionalID,
		TransactionTimeoutMs: milliseconds(timeout),
		ProducerID:           id,
		ProducerEpoch:        epoch,
	})
	if err != nil {
		return -1, -1, err
	}
	res, ok := answer.(*initproducerid.Response)
	switch {
	case !ok || res == nil:
		return -1, -1, errForeign("InitProducerId", answer)
	case res.ErrorCode != 0:
		return -1, -1, Error(res.ErrorCode)
	}
	return res.ProducerID, res.ProducerEpoch, nil
}

// moved implements producerRoute.
func (r *foreignRoute) moved(topic string, partition, leader, epoch int32) {
	r.mu.Lock()
	t := r.topics[topic].movedTo(partition, leader, epoch)
	r.mu.Unlock()
	if t != nil {
		r.install(t)
	}
}

// release implements producerRoute.
func (r *foreignRoute) release() {
	r.cancel()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timer != nil {
		r.timer.Stop()
	}
}
