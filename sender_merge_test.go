package kafka

import (
	"context"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// slowRoute is a memoryRoute whose answers take time. It notes when requests came, and
// how many partitions they were for.
type slowRoute struct {
	*memoryRoute
	took time.Duration

	mu   sync.Mutex
	came []cameRequest
}

type cameRequest struct {
	after      time.Duration // since the test began
	partitions int
}

type slowReply struct {
	pendingProduce
	at time.Time
}

func (r slowReply) ready() bool { return !time.Now().Before(r.at) }

func (r *slowRoute) produce(ctx context.Context, broker int32, req *produce.Request, wake chan<- struct{}) (pendingProduce, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.came = append(r.came, cameRequest{time.Since(fakeEpoch), len(req.Topics[0].Partitions)})
	at := time.Now().Add(r.took)
	time.AfterFunc(r.took, func() { signalWake(wake) })
	p, err := r.memoryRoute.produce(ctx, broker, req, make(chan struct{}, 1))
	return slowReply{p, at}, err
}

// writer returns a Writer that uses the route, with a codec or nil.
func (r *slowRoute) writer(codec compress.Codec) *Writer {
	w := &Writer{Addr: TCP("memory"), Topic: "t", RequiredAcks: RequireAll}
	w.Balancer = BalancerFunc(func(m Message, _ ...int) int { return m.Partition })
	o := w.options()
	o.codec = codec
	w.core.Store(newWriterCore(o, r))
	return w
}

// fakeEpoch is when time begins in a bubble of testing/synctest.
var fakeEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// While a broker is busy with large requests, what is due leaves together: when an answer
// comes, when it is much, or after some milliseconds.
func TestRequestsAreMergedWhileABrokerIsBusy(t *testing.T) {
	const large, small, huge = 100_000, 100, 1_000_000
	for name, test := range map[string]struct {
		first, others int // bytes of a message
		took          time.Duration
		second        time.Duration // when the second request came
		merged        bool          // it was the last
	}{
		"until it answers":     {large, small, 3 * time.Millisecond, 3 * time.Millisecond, true},
		"for so long":          {large, large, time.Second, time.Millisecond + mergeTime, true},
		"unless it is little":  {small, small, 3 * time.Millisecond, time.Millisecond, false},
		"unless more is large": {large, huge, 10 * time.Millisecond, time.Millisecond, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &slowRoute{memoryRoute: newMemoryRoute(6), took: test.took}
				w := r.writer(nil)
				write := func(partition, size int) {
					assert.NoError(t, w.WriteMessages(t.Context(), Message{Partition: partition, Value: make([]byte, size)}))
				}
				var group sync.WaitGroup
				group.Go(func() { write(0, test.first) })
				time.Sleep(time.Millisecond)
				for i := 1; i < 6; i++ {
					group.Go(func() { write(i, test.others) })
				}
				group.Wait()
				require.NoError(t, w.Close())
				require.Equal(t, cameRequest{0, 1}, r.came[0])
				require.Equal(t, test.second, r.came[1].after)
				if test.merged {
					require.Equal(t, 5, r.came[1].partitions)
				}
			})
		})
	}
}

// sleepyCodec takes its time.
type sleepyCodec struct {
	compress.Codec // which hides that it could do without NewWriter
	sleep          time.Duration
}

func (c sleepyCodec) NewWriter(w io.Writer) io.WriteCloser {
	time.Sleep(c.sleep)
	return c.Codec.NewWriter(w)
}

// What was waiting for its turn is compressed beside the sender: other partitions of the
// broker do not wait for that.
func TestSendersDoNotCompress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &slowRoute{memoryRoute: newMemoryRoute(2), took: time.Millisecond}
		w := r.writer(sleepyCodec{compress.Lz4.Codec(), time.Second})
		var group sync.WaitGroup
		write := func(partition, size int) {
			group.Go(func() {
				assert.NoError(t, w.WriteMessages(t.Context(), Message{Partition: partition, Value: make([]byte, size)}))
			})
		}
		write(0, 100) // compressed from 0 s to 1 s by its caller
		time.Sleep(time.Millisecond)
		write(0, 2*asideBytes) // from 1.001 s to 2.001 s
		time.Sleep(500 * time.Millisecond)
		write(1, 100) // from 0.501 s to 1.501 s
		group.Wait()
		require.NoError(t, w.Close())
		require.Equal(t, []cameRequest{{time.Second, 1}, {1501 * time.Millisecond, 1}, {2001 * time.Millisecond, 1}}, r.came)
	})
}
