package chaos_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/internal/chaos"
)

// author is a Writer and how it is used.
type author struct {
	name  string
	hands int           // goroutines
	call  int           // messages of a call
	limit time.Duration // of a call; its ctx ends after a part of that. 0 for none
	set   func(w *kafka.Writer)
}

var authors = []author{
	{name: "single", hands: 4, call: 1, set: func(*kafka.Writer) {}},
	{name: "many", hands: 4, call: 50, set: func(w *kafka.Writer) { w.Compression = kafka.Lz4 }},
	{name: "impatient", hands: 4, call: 10, limit: 300 * time.Millisecond, set: func(w *kafka.Writer) { w.WriteTimeout, w.MaxAttempts = 2*time.Second, 3 }},
	{name: "async", hands: 4, call: 5, set: func(w *kafka.Writer) { w.Async = true }},
	{name: "linger", hands: 4, call: 20, set: func(w *kafka.Writer) { w.BatchTimeout, w.BatchSize = 20*time.Millisecond, 30 }},
}

const (
	keys = 4 // of a goroutine

	killTime = 12 * time.Second // that one kill takes, roughly
)

// produceRun is a run of Writers against a site that is disturbed.
type produceRun struct {
	*site
	ledger *ledger
	topics []string
	pacer  *pacer
	stop   chan struct{} // closed when enough was written
	wg     sync.WaitGroup
	calls  slowest
}

// newProduceRun creates topics, which are given with their numbers of replicas.
func newProduceRun(s *site, replicas map[string]int) *produceRun {
	s.t.Helper()
	topics := slices.Sorted(maps.Keys(replicas))
	for _, topic := range topics {
		s.createTopic(topic, partitions, replicas[topic])
	}
	s.awaitWhole(topics...)
	return &produceRun{site: s, ledger: newLedger(), topics: topics, pacer: new(pacer), stop: make(chan struct{})}
}

func TestChaosProduce(t *testing.T) {
	f := chaosForm(t)
	s := newSite(t)
	r := newProduceRun(s, map[string]int{"chaos-a": nodes, "chaos-b": nodes})
	r.pacer.rate = float64(f.messages) / (time.Duration(f.kills) * killTime).Seconds()
	start := time.Now()
	var writers []*kafka.Writer
	for i := range authors {
		writers = append(writers, r.employ(&authors[i], s.transport()))
	}
	r.disturb(f)
	for r.pacer.given() < f.messages {
		require.True(t, pause(s.context(), 100*time.Millisecond))
	}
	close(r.stop)
	r.wg.Wait()
	closing := time.Now()
	for _, w := range writers {
		require.NoError(t, w.Close())
	}
	closed := time.Since(closing)
	s.awaitWhole(r.topics...)
	t.Logf("%d kills, %d cuts in %v; the slowest call %v, Close %v", f.kills, s.net.Cuts(), time.Since(start).Round(time.Second), r.calls.get(), closed.Round(time.Millisecond))
	r.ledger.audit(s, r.topics...).show(t, r.ledger)
}

// employ starts the goroutines of a Writer.
func (r *produceRun) employ(a *author, tr *kafka.Transport) *kafka.Writer {
	w := &kafka.Writer{
		Addr: kafka.TCP(r.Brokers()...), RequiredAcks: kafka.RequireAll, Balancer: &kafka.Hash{}, Transport: tr, ErrorLogger: errorLog(r.t),
	}
	a.set(w)
	if w.Async {
		w.Completion = func(msgs []kafka.Message, err error) {
			for i := range msgs {
				r.ledger.settle(&msgs[i], msgs[i].Partition, msgs[i].Offset, err)
			}
		}
	}
	for h := range a.hands {
		var streams []*stream
		for k := range keys {
			streams = append(streams, r.ledger.stream(fmt.Sprintf("%s-%d-%d", a.name, h, k), r.topics[(h+k)%len(r.topics)]))
		}
		r.wg.Go(func() { r.write(a, w, streams) })
	}
	return w
}

// write writes until the run ends.
func (r *produceRun) write(a *author, w *kafka.Writer, streams []*stream) {
	for n := 0; ; {
		select {
		case <-r.stop:
			return
		default:
		}
		r.pacer.wait(a.call)
		msgs := make([]kafka.Message, a.call)
		for i := range msgs {
			msgs[i] = r.ledger.message(streams[n%len(streams)])
			n++
		}
		r.one(a, w, msgs)
	}
}

// one makes one call and notes what it returned.
func (r *produceRun) one(a *author, w *kafka.Writer, msgs []kafka.Message) {
	ctx := context.Background()
	if a.limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, rand.N(a.limit))
		defer cancel()
	}
	start := time.Now()
	results, err := w.WriteMessagesAt(ctx, msgs...)
	r.calls.note(time.Since(start))
	var each kafka.WriteErrors
	perMessage := errors.As(err, &each)
	for i := range msgs {
		switch {
		case perMessage && each[i] != nil:
			r.ledger.settle(&msgs[i], -1, -1, each[i])
		case err != nil && !perMessage:
			r.ledger.settle(&msgs[i], -1, -1, err)
		case !w.Async:
			r.ledger.settle(&msgs[i], results[i].Partition, results[i].Offset, nil)
		}
	}
}

// disturb kills leaders and cuts connections, as often as the form of the run has
// it, and returns when the cluster is whole again.
func (r *produceRun) disturb(f form) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Duration(f.kills)*killTime)
	defer cancel()
	var cuts sync.WaitGroup
	cuts.Go(func() { r.cut(ctx, f) })
	rng := rand.New(rand.NewPCG(rand.Uint64(), 1))
	for i := range f.kills {
		r.awaitWhole(r.topics...)
		pause(ctx, upTo(rng, 3*time.Second))
		id := r.leader(rng, r.topics[i%len(r.topics)])
		r.Kill(id)
		pause(ctx, upTo(rng, 5*time.Second))
		r.Restart(id)
		r.t.Logf("kill %d of %d: node %d; %d cuts, %d messages", i+1, f.kills, id, r.net.Cuts(), r.pacer.given())
	}
	cuts.Wait()
	r.awaitWhole(r.topics...)
}

// cut cuts connections, and freezes and delays some at times.
func (r *produceRun) cut(ctx context.Context, f form) {
	rng := rand.New(rand.NewPCG(rand.Uint64(), 2))
	every := time.Duration(f.kills) * killTime / time.Duration(f.cuts) // those in a frame of a connection that is idle take their time
	for i := 0; r.net.Cuts() < f.cuts && pause(ctx, upTo(rng, every)); i++ {
		switch i % 10 {
		case 3:
			p := r.net.Proxy(rng.IntN(nodes))
			p.Freeze()
			pause(ctx, upTo(rng, 4*time.Second))
			p.Thaw()
		case 7:
			r.net.Delay(upTo(rng, 5*time.Millisecond))
		default:
			r.net.Cut(rng, chaos.RandomCut(rng))
		}
	}
}

// pacer spreads messages over the time of a run, in spurts at most.
type pacer struct {
	rate float64 // messages in a second

	mu    sync.Mutex
	count int
	next  time.Time
}

func (p *pacer) given() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

// wait returns when n messages are due.
func (p *pacer) wait(n int) {
	p.mu.Lock()
	p.count += n
	now := time.Now()
	if behind := now.Add(-time.Second); p.next.Before(behind) {
		p.next = behind
	}
	d := p.next.Sub(now)
	p.next = p.next.Add(time.Duration(float64(n) / p.rate * float64(time.Second)))
	p.mu.Unlock()
	pause(context.Background(), d)
}

// slowest keeps the longest of some durations.
type slowest struct {
	mu sync.Mutex
	d  time.Duration
}

func (s *slowest) note(d time.Duration) {
	s.mu.Lock()
	s.d = max(s.d, d)
	s.mu.Unlock()
}

func (s *slowest) get() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.d.Round(time.Millisecond)
}

// errorLog writes to the file that KAFKA_CHAOS_LOG names, if any.
func errorLog(t *testing.T) kafka.Logger {
	t.Helper()
	name := os.Getenv("KAFKA_CHAOS_LOG")
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return log.New(f, "", log.Lmicroseconds)
}
