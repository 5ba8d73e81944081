package kafka

import (
	"context"
	"io"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/metadata"
)

func TestCloseOfAWriterThatWasNotUsed(t *testing.T) {
	w := &Writer{Addr: TCP("localhost:9092")}
	require.NoError(t, w.Close())
	require.NoError(t, w.Close())
	require.Equal(t, io.ErrClosedPipe, w.WriteMessages(context.Background(), Message{}))
	require.NoError(t, NewWriter(WriterConfig{Brokers: []string{"localhost:9092"}, Topic: "t"}).Close())
}

// Close ends calls that look up a topic, and waits for none of them.
func TestTrap19_CloseWhileATopicIsLookedUp(t *testing.T) {
	for _, async := range []bool{false, true} {
		withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
			w.Async = async
			release := make(chan struct{})
			handle := l.alter
			l.alter = func(n *fakeNode, r *fakeRequest) (protocol.Message, bool) {
				if _, ok := r.message.(*metadata.Request); ok {
					<-release
				}
				return handle(n, r)
			}
			var calls sync.WaitGroup
			for range 3 {
				calls.Go(func() {
					assert.Equal(t, io.ErrClosedPipe, w.WriteMessages(context.Background(), Message{}, Message{}))
				})
			}
			synctest.Wait()
			require.Zero(t, after(func() { require.NoError(t, w.Close()) }))
			calls.Wait()
			close(release)
		})
	}
}

// Calls may come at any time while the Writer is closed.
func TestIssue602_CloseWhileWriting(t *testing.T) {
	for range 20 {
		withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
			l.topics["t"].leaders = []int32{1, 1, 1}
			w.BatchTimeout = time.Hour
			var written sync.Map
			var calls sync.WaitGroup
			for c := range 8 {
				calls.Go(func() {
					for i := 0; ; i++ {
						v := strconv.Itoa(c) + "/" + strconv.Itoa(i)
						err := writeOne(w, v, 0)
						if err == io.ErrClosedPipe {
							return
						}
						if !assert.NoError(t, err) {
							return
						}
						written.Store(v, true)
					}
				})
			}
			calls.Go(func() { assert.NoError(t, w.Close()) })
			calls.Go(func() { assert.NoError(t, w.Close()) })
			calls.Wait()
			n := len(l.log("t", 0)) + len(l.log("t", 1)) + len(l.log("t", 2))
			written.Range(func(any, any) bool { n--; return true })
			require.Zero(t, n)
		})
	}
}

// Close sends what is held back, whatever BatchTimeout says.
func TestIssue459_CloseFlushes(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.BatchTimeout, w.BatchSize = time.Hour, 100
		var calls sync.WaitGroup
		for range 10 {
			calls.Go(func() { assert.NoError(t, writeOne(w, "x", 0)) })
		}
		synctest.Wait()
		require.Empty(t, l.log("t", 0))
		require.Less(t, after(func() { require.NoError(t, w.Close()) }), time.Second)
		calls.Wait()
		require.Len(t, l.log("t", 0), 10)
		require.Equal(t, 1, l.produced())
	})
}

// What gets into a batch after Close has begun does not wait for BatchTimeout.
func TestTrap19_CloseWhileBalancing(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		release := make(chan struct{})
		w.BatchTimeout = 1000 * time.Hour
		w.Balancer = BalancerFunc(func(Message, ...int) int { <-release; return 0 })
		var calls sync.WaitGroup
		calls.Go(func() { assert.NoError(t, writeOne(w, "1", 0)) })
		synctest.Wait()
		calls.Go(func() { assert.NoError(t, w.Close()) })
		synctest.Wait()
		require.Less(t, after(func() { close(release); calls.Wait() }), time.Second)
		require.Equal(t, []string{"1"}, l.log("t", 0))
	})
}

// Without a network Close returns when the attempts are used up.
func TestIssue459_CloseReturnsWithoutANetwork(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.Async = true
		var errs []error
		w.Completion = func(_ []Message, err error) { errs = append(errs, err) }
		require.NoError(t, writeOne(w, "1", 0))
		synctest.Wait()
		l.change(func() { l.node(1).down = true })
		l.node(1).hangUp()
		require.NoError(t, writeOne(w, "2", 0))
		took := after(func() { require.NoError(t, w.Close()) })
		require.Less(t, took, 20*time.Second)
		require.Len(t, errs, 2)
		require.NoError(t, errs[0])
		require.Error(t, errs[1])
	})
}

// Completion has returned for everything when Close does.
func TestIssue778_CloseWaitsForCompletion(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.Async, w.BatchSize = true, 3
		var done []string
		w.Completion = func(msgs []Message, err error) {
			assert.NoError(t, err)
			assert.NoError(t, pause(context.Background(), time.Second))
			for _, m := range msgs {
				done = append(done, string(m.Value))
			}
		}
		var want []string
		for i := range 20 {
			want = append(want, strconv.Itoa(i))
			require.NoError(t, writeOne(w, strconv.Itoa(i), 0))
		}
		require.NoError(t, w.Close())
		require.Equal(t, want, done)
	})
}

// Completion is called before the call that waits returns.
func TestCompletionPrecedesTheReturn(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		completed := 0
		w.Completion = func(msgs []Message, err error) {
			assert.NoError(t, pause(context.Background(), time.Second))
			completed += len(msgs)
		}
		require.NoError(t, writeOne(w, "1", 0))
		require.Equal(t, 1, completed)
	})
}

// A Writer that NewWriter made leaves nothing behind; inFakeTime looks at sockets
// and goroutines.
func TestIssue1358_WriterEndsWhatItMade(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, _ *Transport) {
		l := newFakeLogs(c)
		w := NewWriter(WriterConfig{
			Brokers: []string{"b1:9092"}, Topic: "t",
			Dialer: &Dialer{DialFunc: c.dial, ClientID: "me"},
		})
		require.NoError(t, writeOne(w, "1", 0))
		require.NotZero(t, c.openConns())
		require.NoError(t, w.Close())
		synctest.Wait()
		require.Zero(t, c.openConns())
		require.Equal(t, []string{"1"}, l.log("t", 0))
	})
}

// An idle sender ends, and another one starts when there is work.
func TestIdleSenderEnds(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		require.NoError(t, writeOne(w, "1", 0))
		s := w.core.Load().senders[1]
		running := func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.running
		}
		require.True(t, running())
		require.NoError(t, pause(context.Background(), 3*senderIdle))
		require.False(t, running())
		require.NoError(t, writeOne(w, "2", 0))
		require.Equal(t, []string{"1", "2"}, l.log("t", 0))
	})
}
