package kafka

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// memoryRoute is a cluster that acknowledges everything at once, so that nothing
// but the Writer is measured.
type memoryRoute struct {
	layout  *topicLayout
	replace chan struct{}
	bytes   int
}

func newMemoryRoute(partitions int) *memoryRoute {
	t := &topicLayout{name: "t"}
	for i := range partitions {
		t.ids = append(t.ids, i)
		t.partitions = append(t.partitions, partitionLayout{id: int32(i), leader: 1})
	}
	return &memoryRoute{layout: t, replace: make(chan struct{})}
}

func (r *memoryRoute) topic(context.Context, string, bool) (*topicLayout, error) {
	return r.layout, nil
}
func (r *memoryRoute) known(string) *topicLayout                                      { return r.layout }
func (r *memoryRoute) refresh(string)                                                 {}
func (r *memoryRoute) changed() <-chan struct{}                                       { return r.replace }
func (r *memoryRoute) produceVersion(context.Context, int32) (int16, error)           { return 12, nil }
func (r *memoryRoute) moved(topic string, partition int32, leader int32, epoch int32) {}
func (r *memoryRoute) release()                                                       {}

type memoryReply struct{ res *produce.Response }

func (memoryReply) ready() bool { return true }

func (p memoryReply) reply(context.Context) (*produce.Response, error) { return p.res, nil }

func (r *memoryRoute) produce(_ context.Context, _ int32, req *produce.Request, wake chan<- struct{}) (pendingProduce, error) {
	res := &produce.Response{Topics: make([]produce.ResponseTopic, 1)}
	t := &res.Topics[0]
	t.Topic = "t"
	t.Partitions = make([]produce.ResponsePartition, len(req.Topics[0].Partitions))
	for i := range t.Partitions {
		p := &req.Topics[0].Partitions[i]
		t.Partitions[i].Partition = p.Partition
		r.bytes += len(p.RecordSet.Records.(*protocol.WireRecords).Bytes())
	}
	signalWake(wake)
	return memoryReply{res}, nil
}

func (r *memoryRoute) initProducerID(context.Context, string, time.Duration, int64, int16) (int64, int16, error) {
	return 1, 0, nil
}

// memoryWriter writes to a memoryRoute.
func memoryWriter(t testing.TB, partitions int, w *Writer) *Writer {
	w.Addr, w.Topic, w.RequiredAcks = TCP("memory"), "t", RequireAll
	w.core.Store(newWriterCore(w.options(), newMemoryRoute(partitions)))
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	return w
}

func messagesOf(n, size int) []Message {
	msgs := make([]Message, n)
	for i := range msgs {
		msgs[i] = Message{Key: fmt.Appendf(nil, "key %d", i), Value: make([]byte, size)}
	}
	return msgs
}

// Neither appending messages nor sending them allocates for each: a call and a request
// take as much for one as for some hundred.
func TestWriterAllocatesNothingPerRecord(t *testing.T) {
	allocations := func(n int) float64 {
		w := memoryWriter(t, 1, &Writer{})
		msgs := messagesOf(n, 100)
		write := func() { require.NoError(t, w.WriteMessages(context.Background(), msgs...)) }
		for range 20 {
			write() // until there is memory to be used again
		}
		return testing.AllocsPerRun(500, write)
	}
	one, many := allocations(1), allocations(earlyBytes/200)
	require.InDelta(t, one, many, 1) // a garbage collection takes what is kept of calls
	require.Less(t, one, 6.0, "of which four are the route's of this test")
}

func TestWriterAllocatesLittle(t *testing.T) {
	for _, partitions := range []int{1, 8} {
		w := memoryWriter(t, partitions, &Writer{})
		msgs := messagesOf(1000, 100)
		allocs := testing.AllocsPerRun(100, func() {
			require.NoError(t, w.WriteMessages(context.Background(), msgs...))
		})
		require.Less(t, allocs/float64(len(msgs)), 0.03, "allocations per record, %d partitions", partitions)
	}
}

func BenchmarkWriter(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		for _, partitions := range []int{1, 8} {
			b.Run(fmt.Sprintf("messages=%d/partitions=%d", n, partitions), func(b *testing.B) {
				w := memoryWriter(b, partitions, &Writer{})
				msgs := messagesOf(n, 100)
				b.ReportAllocs()
				for b.Loop() {
					if err := w.WriteMessages(context.Background(), msgs...); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/record")
			})
		}
	}
	b.Run("async", func(b *testing.B) {
		w := memoryWriter(b, 8, &Writer{Async: true})
		msg := messagesOf(1, 100)
		b.ReportAllocs()
		for b.Loop() {
			if err := w.WriteMessages(context.Background(), msg...); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		w := memoryWriter(b, 8, &Writer{})
		b.SetParallelism(32)
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			msg := messagesOf(1, 100)
			for pb.Next() {
				if err := w.WriteMessages(context.Background(), msg...); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}
