package chaos_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go"
)

const (
	frozenBuffer  = 8 << 20
	frozenTimeout = 3 * time.Second // of an attempt
	frozenTries   = 5

	// frozenCall is the longest that a call may take: its attempts with the
	// pauses between them, as long again for those before it in the buffer, and
	// some time for a busy machine.
	frozenCall = 2*frozenTries*(frozenTimeout+time.Second) + 5*time.Second
)

var frozenAuthors = []author{
	{name: "sync", hands: 40, call: 20, set: frozenWriter(false)},
	{name: "async", hands: 10, call: 20, set: frozenWriter(true)},
}

func frozenWriter(async bool) func(*kafka.Writer) {
	return func(w *kafka.Writer) {
		w.Async, w.BufferBytes, w.WriteTimeout, w.MaxAttempts = async, frozenBuffer, frozenTimeout, frozenTries
	}
}

// TestFrozenBroker has Writers that never stop write to a cluster of which a
// broker stands still, and to one that stands still altogether. The partitions of
// one topic move to other brokers, those of the other cannot.
func TestFrozenBroker(t *testing.T) {
	f := chaosForm(t)
	for _, c := range []struct {
		name   string
		frozen []int
	}{
		{"one", []int{1}},
		{"all", []int{1, 2, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newProduceRun(newSite(t), map[string]int{"moving": nodes, "staying": 1})
			r.pacer.rate = 6000
			r.ledger.padding = strings.Repeat(" filler ", 256)
			var heap heapWatch
			var writers []*kafka.Writer
			for i := range frozenAuthors {
				writers = append(writers, r.employ(&frozenAuthors[i], r.transport()))
			}
			ctx, cancel := context.WithCancel(context.Background())
			pause(ctx, 3*time.Second)
			base := heap.sample(r.ledger)
			r.wg.Go(func() { heap.run(ctx, r.ledger) })
			for _, id := range c.frozen {
				r.Freeze(id)
			}
			pause(ctx, f.freeze)
			during := r.calls.get()
			for _, id := range c.frozen {
				r.Thaw(id)
			}
			pause(ctx, 5*time.Second)
			close(r.stop)
			cancel()
			r.wg.Wait()
			start := time.Now()
			for _, w := range writers {
				require.NoError(t, w.Close())
			}
			closed := time.Since(start)
			r.awaitWhole(r.topics...)
			t.Logf("frozen for %v: the slowest call %v until then and %v in all, Close %v; the heap grew from %d MiB to %d MiB at most, with buffers of %d MiB",
				f.freeze, during, r.calls.get(), closed.Round(time.Millisecond), base>>20, heap.most>>20, len(writers)*frozenBuffer>>20)
			assert.Less(t, r.calls.get(), frozenCall)
			assert.Less(t, closed, frozenCall)
			assert.Less(t, heap.most, base+uint64(3*len(writers)*frozenBuffer))
			r.ledger.audit(r.site, r.topics...).show(t, r.ledger)
			r.recovered()
		})
	}
}

// recovered shows that every partition can be written to again.
func (r *produceRun) recovered() {
	w := &kafka.Writer{Addr: kafka.TCP(r.Brokers()...), RequiredAcks: kafka.RequireAll, Transport: r.transport()}
	var wg sync.WaitGroup
	for i := range 2 * partitions * len(r.topics) {
		wg.Go(func() {
			err := w.WriteMessages(r.context(), kafka.Message{Topic: r.topics[i%len(r.topics)], Value: fmt.Append(nil, i)})
			assert.NoError(r.t, err)
		})
	}
	wg.Wait()
	require.NoError(r.t, w.Close())
}

// heapWatch keeps the most that is in use of the heap, without what the ledger
// takes.
type heapWatch struct{ most uint64 }

func (h *heapWatch) run(ctx context.Context, l *ledger) {
	for pause(ctx, 500*time.Millisecond) {
		h.sample(l)
	}
}

func (h *heapWatch) sample(l *ledger) uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	now := m.HeapAlloc - min(m.HeapAlloc, l.bytes())
	h.most = max(h.most, now)
	return now
}
