package kafka

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// intake takes in the messages of partitions: it places each with the fetcher of
// the broker to read it from, and holds what these have brought until the program
// takes it. What the program takes is decoded in its own goroutine.
type intake struct {
	cluster *cluster
	opt     *readOptions
	ctx     context.Context // ends with close
	cancel  context.CancelFunc
	wake    chan struct{} // has partitions placed anew
	done    chan struct{} // closed at the end of run
	workers sync.WaitGroup

	mu         sync.Mutex
	partitions map[partitionKey]*intakePartition
	fetchers   map[int32]*fetcher // by broker
	loading    *metadataLoad      // that unplaced partitions wait for; nil for none
	suspended  bool               // the program gets no messages
	worked     bool               // a broker has answered well about a partition
	closed     bool

	queue intakeQueue
	open  *fetched // whose records iter walks over; nil if there are none
	iter  protocol.RecordIter
	slab  protocol.Slab
	read  struct{ records, bytes int64 } // of open
	began time.Time                      // when open was opened
	last  *intakePartition               // that was read last; nil before

	waiting int           // callers that wait for news
	news    chan struct{} // closed when there are some, and replaced

	// begun is told where reading begins, if it was to begin at FirstOffset or
	// LastOffset. mu is held. nil for nobody.
	begun func(key partitionKey, ownership int32, wanted, offset int64)

	// renew is told that a partition is not the same any more, and gives it another
	// ownership. mu is held. nil without a group.
	renew func(key partitionKey) (ownership int32)

	stats intakeStats // mu guards it
	lines heldLines   // mu guards them
}

// newIntake starts an intake without partitions. It ends with close.
func newIntake(c *cluster, opt *readOptions) *intake {
	in := &intake{
		cluster:    c,
		opt:        opt,
		wake:       make(chan struct{}, 1),
		done:       make(chan struct{}),
		partitions: make(map[partitionKey]*intakePartition),
		fetchers:   make(map[int32]*fetcher),
		news:       make(chan struct{}),
		lines:      heldLines{loggers: opt.loggers},
	}
	in.ctx, in.cancel = context.WithCancel(context.Background())
	go in.run()
	return in
}

// close ends reading. What has not been taken is dropped. It returns when all
// goroutines of the intake have ended, which does not take the network.
func (in *intake) close() {
	in.refuse()
	in.cancel()
	<-in.done
	in.workers.Wait()
	in.mu.Lock()
	defer in.mu.Unlock()
	in.queue.purge(func(*fetched) bool { return true })
	in.finish()
}

// run places partitions as long as the intake lives: whenever metadata changes,
// and when it is asked to.
func (in *intake) run() {
	defer close(in.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		changed := in.cluster.changed()
		wait, loaded := in.tend()
		timer.Reset(wait)
		select {
		case <-in.ctx.Done():
			return
		case <-changed:
		case <-in.wake:
		case <-loaded:
		case <-timer.C:
		}
	}
}

// tend places the partitions. It returns when to do so again at the latest, and
// what is closed if that has to be earlier.
func (in *intake) tend() (wait time.Duration, loaded <-chan struct{}) {
	layouts := in.layouts()
	in.mu.Lock()
	defer in.lines.unlock(&in.mu)
	now := time.Now()
	news := in.loadedLocked()
	wait = in.cluster.config.metadataTTL * 3 / 4 // often enough for the topics to count as used
	var missing []string
	for _, p := range in.partitions {
		if p.state == takeStopped && p.fetcher == nil {
			continue
		}
		if p.settle(layouts[p.topic], news, now) {
			missing = append(missing, p.topic)
		} else if pause := p.retryAt.Sub(now); p.fetcher == nil && pause > 0 {
			wait = min(wait, pause)
		}
	}
	if len(missing) > 0 && in.loading == nil {
		slices.Sort(missing)
		in.loading = in.cluster.load(slices.Compact(missing), nil)
	}
	if in.loading != nil {
		loaded = in.loading.done
	}
	return wait, loaded
}

// loadNews is what became of the load that unplaced partitions wait for.
type loadNews struct {
	ended bool
	err   error
}

func (in *intake) loadedLocked() loadNews {
	if in.loading == nil {
		return loadNews{}
	}
	select {
	case <-in.loading.done:
		news := loadNews{ended: true, err: in.loading.err}
		in.loading = nil
		return news
	default:
		return loadNews{}
	}
}

// layouts returns what is known of the topics that are read.
func (in *intake) layouts() map[string]*topicLayout {
	in.mu.Lock()
	topics := make(map[string]*topicLayout)
	for key := range in.partitions {
		topics[key.topic] = nil
	}
	in.mu.Unlock()
	for name := range topics {
		topics[name] = in.cluster.known(name)
	}
	return topics
}

// settle places a partition by what metadata tells. It returns whether metadata has
// to be asked for the partition to get a place.
func (p *intakePartition) settle(t *topicLayout, news loadNews, now time.Time) (ask bool) {
	layout := t.partition(p.id)
	if layout != nil && layout.leader >= 0 && p.intake.cluster.broker(layout.leader) != nil {
		p.follow(t, layout, now)
		return false
	}
	if t != nil && errors.Is(t.err, UnknownTopicOrPartition) {
		p.epoch = -1 // a topic that is created anew counts from the beginning
	}
	if p.fetcher != nil && layout == nil {
		return false // what can still be read is, and its broker says so when it cannot
	}
	p.unplace()
	if now.Before(p.retryAt) {
		return false
	}
	reason := missingReason(t, layout, news.err)
	if !news.ended || reason == nil {
		return true
	}
	p.fails(now, reason)
	return false
}

// missingReason says why a partition cannot be placed, nil if that is not known yet.
func missingReason(t *topicLayout, layout *partitionLayout, loadErr error) error {
	switch {
	case loadErr != nil:
		return loadErr
	case t == nil:
		return nil
	case t.err != nil:
		return t.err
	case layout == nil:
		return UnknownTopicOrPartition
	case layout.err != nil:
		return layout.err
	case layout.leader < 0:
		return LeaderNotAvailable
	}
	return BrokerNotAvailable
}

// follow gives the partition to the fetcher of the broker to read it from.
func (p *intakePartition) follow(t *topicLayout, layout *partitionLayout, now time.Time) {
	if p.topicID != t.id {
		p.leave() // the session of the fetcher has the partition by the old id
		if !p.topicID.IsZero() && !t.id.IsZero() {
			p.recreated()
		}
		p.topicID, p.epoch = t.id, -1
	}
	if layout.epoch >= 0 && layout.epoch < p.epoch && p.fetcher != nil {
		return // metadata that is behind what a broker has told
	}
	if p.state == takeUnplaced {
		p.state = p.stateAt(p.position)
	}
	if layout.epoch > p.epoch && p.epoch >= 0 && p.lastEpoch >= 0 && p.state == takeReading {
		p.state = takeDoubtful
	}
	if p.leader != layout.leader {
		p.preferred = -1
	}
	p.leader, p.epoch = layout.leader, layout.epoch
	broker := p.leader // the only one to answer about offsets
	if p.state == takeReading && p.preferred >= 0 && now.Before(p.preferredUntil) && p.intake.cluster.broker(p.preferred) != nil {
		broker = p.preferred
	}
	p.placeAt(broker)
}

// recreated is for a topic of the same name that is another one: nothing of it has
// been read.
func (p *intakePartition) recreated() {
	in := p.intake
	in.lines.errorf("topic %q was deleted and created anew: partition %d is read from its first offset on", p.topic, p.id)
	if in.renew != nil {
		p.ownership = in.renew(p.partitionKey)
	}
	if in.opt.outOfRangeError {
		p.stop(OffsetOutOfRange)
		return
	}
	p.seekTo(FirstOffset)
}

// stop ends the reading of the partition, and tells the program why.
func (p *intakePartition) stop(err error) {
	p.drop()
	p.state = takeStopped
	p.intake.queue.report(p, err)
	p.intake.announce()
}

// placeAt gives the partition to the fetcher of a broker.
func (p *intakePartition) placeAt(broker int32) {
	in := p.intake
	if p.fetcher != nil && p.fetcher.broker == broker {
		return
	}
	p.leave()
	f := in.fetchers[broker]
	if f == nil {
		f = newFetcher(in, broker)
		in.fetchers[broker] = f
		in.workers.Add(1)
		go f.run()
	}
	f.add(p)
}

// unplace is for a partition that no broker is known for.
func (p *intakePartition) unplace() {
	p.leave()
	if p.state != takeStopped {
		p.state = takeUnplaced
	}
}

// leave takes the partition away from its fetcher.
func (p *intakePartition) leave() {
	if p.fetcher != nil {
		p.fetcher.remove(p)
		p.fetcher = nil
	}
}

// intakeStart is where to begin with a partition.
type intakeStart struct {
	offset    int64
	ownership int32
	keep      bool // go on where reading is if the partition is read already
}

// assign makes the partitions given those that are read.
func (in *intake) assign(starts map[partitionKey]intakeStart) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for key, p := range in.partitions {
		if start, ok := starts[key]; !ok || !start.keep {
			p.leave()
			p.drop()
			in.queue.withdraw(p)
			delete(in.partitions, key)
		}
	}
	for key, start := range starts {
		if p := in.partitions[key]; p != nil {
			p.ownership = start.ownership
			continue
		}
		in.partitions[key] = &intakePartition{
			partitionKey: key, intake: in, ownership: start.ownership,
			leader: -1, epoch: -1, preferred: -1, lastEpoch: -1, lastTime: -1, highWater: -1, stable: -1,
			position: start.offset, next: start.offset,
		}
	}
	signalWake(in.wake)
}

// suspend keeps messages from the program until resume.
func (in *intake) suspend() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.suspended = true
}

func (in *intake) resume() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.suspended = false
	in.announce()
}

// seek has a partition read from another offset. It does nothing if it is not read,
// or from there already.
func (in *intake) seek(key partitionKey, offset int64) {
	in.mu.Lock()
	defer in.mu.Unlock()
	p := in.partitions[key]
	if p == nil || p.next == offset && p.state != takeStopped {
		return
	}
	p.seekTo(offset)
	in.queue.withdraw(p)
	if p.fetcher != nil {
		p.fetcher.changed()
	}
	signalWake(in.wake)
}

// announce wakes the callers that wait for news.
func (in *intake) announce() {
	if in.waiting > 0 {
		in.waiting = 0
		close(in.news)
		in.news = make(chan struct{})
	}
}

// newsLocked returns what is closed when there is something new to look at.
func (in *intake) newsLocked() <-chan struct{} {
	in.waiting++
	return in.news
}

// refuse gives the program no more messages.
func (in *intake) refuse() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	in.announce()
}
