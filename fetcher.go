package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"
)

// fetcher reads all partitions of an intake that are read from one broker, with one
// request at a time: the next leaves as soon as the answer to the one before is
// there, as long as there is room for another answer. Its goroutine ends when the
// fetcher has no partitions.
type fetcher struct {
	in     *intake
	broker int32
	wake   chan struct{} // has the fetcher look for what there is to do

	// intake.mu guards these.
	list      []*intakePartition // sorted by topic and id
	topics    map[protocol.UUID]string
	forgotten []sessionPartition // that the session still has
	aboard    int                // answers whose records have not all been read
	spare     []*fetchAnswer     // that have been read, to be used again
	news      int                // counts what a fetch under way is not to keep waiting

	// These belong to the goroutine.
	links    *linkSet // that link was taken from; nil without a link
	link     *link
	session  fetchSession
	asking   fetch.Request // the request under way, and the memory of the next one
	failures int
}

// fetchGrace is how long a fetch under way may take once there is something else to
// ask of the broker. It is given up then, and its connection with it.
const fetchGrace = 20 * time.Millisecond

// errFetchOver is for a fetch that nobody waits for any more.
var errFetchOver = errors.New("kafka: the fetch is not needed any more")

func newFetcher(in *intake, broker int32) *fetcher {
	return &fetcher{in: in, broker: broker, wake: make(chan struct{}, 1), topics: make(map[protocol.UUID]string)}
}

// search returns where in the list a partition is, or else belongs.
func (f *fetcher) search(key partitionKey) (int, bool) {
	return slices.BinarySearchFunc(f.list, key, func(p *intakePartition, key partitionKey) int {
		return comparePartitionKeys(p.partitionKey, key)
	})
}

// add has the fetcher read a partition.
func (f *fetcher) add(p *intakePartition) {
	i, _ := f.search(p.partitionKey)
	f.list = slices.Insert(f.list, i, p)
	f.forgotten = slices.DeleteFunc(f.forgotten, func(q sessionPartition) bool { return q == p.inSession() })
	p.fetcher, p.known, p.asked = f, false, notAsked
	f.changed()
}

// remove has the fetcher not read a partition any more.
func (f *fetcher) remove(p *intakePartition) {
	if i, ok := f.search(p.partitionKey); ok {
		f.list = slices.Delete(f.list, i, i+1)
	}
	if p.known {
		f.forgotten = append(f.forgotten, p.inSession())
		p.known = false
	}
	if len(f.list) == 0 {
		f.changed()
	}
}

// find returns a partition by its topic, or by the id of that, nil if the fetcher
// does not have it.
func (f *fetcher) find(topic string, topicID protocol.UUID, id int32) *intakePartition {
	if topic == "" {
		topic = f.topics[topicID]
	}
	if i, ok := f.search(partitionKey{topic, id}); ok {
		return f.list[i]
	}
	return nil
}

// changed is for news that a fetch under way must not keep waiting.
func (f *fetcher) changed() {
	f.news++
	signalWake(f.wake)
}

// fetchStep is what a fetcher has to do next.
type fetchStep uint8

const (
	fetchEnd fetchStep = iota
	fetchPause
	fetchOffsets
	fetchEpochs
	fetchEnds
	fetchMessages
)

// run does what there is to do until the fetcher has no partitions any more.
func (f *fetcher) run() {
	defer f.in.workers.Done()
	defer f.leave()
	full := time.Now() // since when there is no room, or the ends were asked for
	for {
		step, wait := f.next(time.Since(full))
		if step != fetchPause && step != fetchEnd {
			full = time.Now()
		}
		switch step {
		case fetchEnd:
			return
		case fetchPause:
			f.pause(wait)
		case fetchOffsets:
			f.resolveOffsets()
		case fetchEpochs:
			f.checkEpochs()
		case fetchEnds:
			f.askEnds()
		case fetchMessages:
			f.fetch()
		}
	}
}

// next returns what to do, and how long to pause if that is it. blocked is how long
// nothing was asked for.
func (f *fetcher) next(blocked time.Duration) (fetchStep, time.Duration) {
	in := f.in
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(f.list) == 0 || in.ctx.Err() != nil {
		if in.fetchers[f.broker] == f {
			delete(in.fetchers, f.broker)
		}
		return fetchEnd, 0
	}
	now := time.Now()
	wait, reading := time.Hour, false
	for _, p := range f.list {
		pause := p.retryAt.Sub(now)
		switch {
		case p.state == takeStopped || p.state == takeUnplaced:
		case pause > 0:
			wait = min(wait, pause)
		case p.state == takeUnresolved || p.state == takeOutside:
			return fetchOffsets, 0
		case p.state == takeDoubtful:
			return fetchEpochs, 0
		default:
			reading = true
		}
	}
	if !reading {
		return fetchPause, wait
	}
	if f.aboard < answersAboard(len(f.list)) && !in.fullLocked() {
		return fetchMessages, 0
	}
	if lag := in.opt.lagInterval; lag > 0 {
		if blocked >= lag {
			return fetchEnds, 0
		}
		wait = min(wait, lag-blocked)
	}
	return fetchPause, wait
}

// fullLocked tells whether as many messages wait as the program allows.
func (in *intake) fullLocked() bool {
	return in.opt.queueLimit > 0 && in.queue.records.Load() >= int64(in.opt.queueLimit)
}

func (f *fetcher) pause(wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-f.wake:
	case <-timer.C:
	case <-f.in.ctx.Done():
	}
}

// fetch asks for messages and takes in what comes.
func (f *fetcher) fetch() {
	conn, err := f.connect()
	if err != nil {
		f.failed(err)
		return
	}
	req, news := f.request()
	if req == nil {
		return
	}
	start := time.Now()
	pending, err := conn.Send(f.in.ctx, req, f.wake)
	if err != nil {
		f.failed(err)
		return
	}
	reply, err := f.await(conn, pending, news)
	if err != nil {
		f.failed(err)
		return
	}
	res := reply.Message.(*fetch.Response)
	f.link.answered(conn, res)
	f.in.countFetch(time.Since(start))
	f.receive(reply, res)
}

// connect returns the connection for fetches, once requests may be sent on it.
func (f *fetcher) connect() (*protocol.Conn, error) {
	b := f.in.cluster.broker(f.broker)
	if b == nil {
		return nil, &protocol.RequestError{Op: "connect", Broker: fmt.Sprintf("broker %d", f.broker), ApiKey: protocol.Fetch, ApiVersion: -1, Err: BrokerNotAvailable}
	}
	if f.link == nil || f.link.broker != b {
		f.putLink()
		f.links = &b.links[fetchLink]
		f.link = f.links.take()
	}
	conn, call, err := f.link.get(f.wake)
	if call != nil {
		conn, err = f.awaitDial(call)
	}
	if err != nil {
		if !errors.Is(err, errFetchOver) {
			b.suspect()
			err = b.connectError(new(fetch.Request), err)
		}
		return nil, err
	}
	for wait := f.link.holdsBack(); wait > 0; wait = f.link.holdsBack() {
		if err := f.link.pause(f.in.ctx, wait); err != nil {
			return nil, err
		}
	}
	return conn, nil
}

func (f *fetcher) awaitDial(call *dialCall) (*protocol.Conn, error) {
	start := time.Now()
	for {
		select {
		case <-call.done:
			f.in.countDial(time.Since(start))
			return call.conn, call.err
		case <-f.wake:
			if f.idle() {
				return nil, errFetchOver
			}
		case <-f.in.ctx.Done():
			return nil, errFetchOver
		}
	}
}

// idle tells whether the fetcher has no partitions.
func (f *fetcher) idle() bool {
	f.in.mu.Lock()
	defer f.in.mu.Unlock()
	return len(f.list) == 0
}

// await returns the answer to a fetch. When there are other things to ask, and the
// answer does not come soon, it gives up, and the connection with it: a broker that
// waits for messages answers nothing else on it.
func (f *fetcher) await(conn *protocol.Conn, pending *protocol.Pending, news int) (*protocol.Reply, error) {
	var grace <-chan time.Time
	for !pending.Ready() {
		select {
		case <-f.wake:
			if grace == nil && f.overtaken(news) {
				timer := time.NewTimer(fetchGrace)
				defer timer.Stop()
				grace = timer.C
			}
			continue
		case <-grace:
		case <-f.in.ctx.Done():
		}
		f.link.drop(conn)
		if reply, err := pending.Reply(f.in.ctx); err == nil {
			reply.Release()
		}
		return nil, errFetchOver
	}
	return pending.Reply(f.in.ctx)
}

// overtaken tells whether there is something to do that a fetch does not know of.
func (f *fetcher) overtaken(news int) bool {
	f.in.mu.Lock()
	defer f.in.mu.Unlock()
	return f.news != news
}

// failed is for a request that got no answer.
func (f *fetcher) failed(err error) {
	f.session.restart()
	in := f.in
	in.mu.Lock()
	defer in.lines.unlock(&in.mu)
	for _, p := range f.list {
		p.known = false
	}
	if errors.Is(err, errFetchOver) || in.ctx.Err() != nil {
		return
	}
	f.failures++
	in.stats.errors++
	now := time.Now()
	if f.failures == 1 {
		in.lines.errorf("reading %d partitions from broker %d: %v; trying again", len(f.list), f.broker, err)
	}
	for _, p := range f.list {
		if p.state == takeStopped {
			continue
		}
		p.failsWith(now, err)
		if p.leader != f.broker {
			p.preferLeader(now, unreachableReplicaAge)
		}
	}
}

// recoveredLocked is for an answer, which may come after failures. intake.mu is held.
func (f *fetcher) recoveredLocked() {
	if f.failures == 0 {
		return
	}
	f.in.lines.logf("broker %d is read from again, after %d failures", f.broker, f.failures)
	f.failures = 0
	for _, p := range f.list {
		if !p.noted { // no failure but those of the broker
			p.failures = 0
			f.in.queue.withdraw(p)
		}
	}
}

// leave ends the use of the connection, and of the session that the broker keeps.
func (f *fetcher) leave() {
	f.endSession()
	f.putLink()
}

func (f *fetcher) putLink() {
	if f.link != nil {
		f.links.put(f.link)
		f.link, f.links = nil, nil
	}
}

// endSession has the broker forget the session, by way of the connection for other
// requests if there is one. Nothing is lost if it does not come to that: brokers
// forget unused sessions when they need room.
func (f *fetcher) endSession() {
	b := f.in.cluster.broker(f.broker)
	if b == nil || f.session.id == 0 || b.data().load() < 0 {
		return
	}
	conn, _, err := b.data().get(nil)
	if conn == nil || err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), fetchGrace)
	defer cancel()
	pending, err := conn.Send(ctx, f.session.final(), nil)
	if err != nil {
		return
	}
	cancel()
	if reply, err := pending.Reply(ctx); err == nil {
		reply.Release()
	}
}
