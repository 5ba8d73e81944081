package kafka

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	gzipcodec "github.com/segmentio/kafka-go/compress/gzip"
)

// batchSizes are the numbers of messages of the batches that were sent.
func batchSizes(l *fakeLogs) (sizes []int) {
	for _, b := range l.sent() {
		sizes = append(sizes, len(b.values))
	}
	return sizes
}

func TestBatchBytesSplitsACall(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.BatchBytes, w.BatchTimeout = 50, 1000*time.Hour
		require.Less(t, after(func() {
			require.NoError(t, w.WriteMessages(context.Background(), values("M1", "M2", "M3", "M4")...))
		}), time.Second)
		require.Equal(t, []int{2, 2}, batchSizes(l))
		require.Equal(t, int64(2), w.Stats().Writes)
	})
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.BatchBytes = 100 // headers count
		msg := Message{Value: []byte("Hi"), Headers: []Header{{Key: "key", Value: make([]byte, 40)}}}
		require.NoError(t, w.WriteMessages(context.Background(), msg, msg))
		require.Equal(t, []int{1, 1}, batchSizes(l))
	})
}

func TestBatchSizeFillsABatch(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.BatchSize, w.BatchTimeout = 2, 1000*time.Hour
		require.NoError(t, w.WriteMessages(context.Background(), values("1", "2")...))
		require.Equal(t, []int{2}, batchSizes(l))
	})
}

// BatchTimeout is how to linger; without it, what comes while a batch is on its
// way forms the next one.
func TestBatchTimeoutHoldsMessagesBack(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.BatchTimeout = 5 * time.Second
		var calls sync.WaitGroup
		start := time.Now()
		for i := range 5 {
			calls.Go(func() { assert.NoError(t, writeOne(w, strconv.Itoa(i), 0)) })
			require.NoError(t, pause(context.Background(), 100*time.Millisecond))
		}
		calls.Wait()
		require.Equal(t, 5*time.Second, time.Since(start))
		require.Equal(t, []int{5}, batchSizes(l))
	})
}

func TestNaturalBatching(t *testing.T) {
	for _, async := range []bool{false, true} {
		withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
			w.Async = async
			values := []string{"1", "2", "3", "4", "5"}
			for _, err := range inFlight(l, w, func(*fakeBatch) fakeFate { return fakeFate{} }, values...)() {
				require.NoError(t, err)
			}
			synctest.Wait()
			require.Equal(t, []int{1, 4}, batchSizes(l))
			require.Equal(t, values, l.log("t", 0))
		})
	}
}

// An asynchronous message is sent though nothing follows it.
func TestAsyncIsSentAtOnce(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.Async = true
		require.Zero(t, after(func() { require.NoError(t, writeOne(w, "1", 0)); synctest.Wait() }))
		require.Equal(t, []string{"1"}, l.log("t", 0))
	})
}

func TestAsyncErrors(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.Async = true
		var failed []string
		w.Completion = func(msgs []Message, err error) {
			if err != nil {
				assert.ErrorIs(t, err, TopicAuthorizationFailed)
				failed = append(failed, string(msgs[0].Value))
			}
		}
		l.script = func(*fakeBatch) fakeFate { return fakeFate{before: TopicAuthorizationFailed} }
		require.NoError(t, writeOne(w, "1", 0))
		w.Balancer = BalancerFunc(func(Message, ...int) int { return 1 })
		require.NoError(t, w.Close())
		require.Equal(t, []string{"1"}, failed)
	})
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.Async = true
		err := w.WriteMessages(context.Background(), Message{Topic: "other"})
		require.ErrorIs(t, err, errTwoTopics)
	})
}

func TestTopicsOfMessages(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.Topic = ""
		l.topics["u"] = &fakeTopic{leaders: []int32{1}}
		err := w.WriteMessages(context.Background(), Message{Topic: "t"}, Message{Topic: "u"}, Message{Topic: "t"}, Message{})
		require.ErrorIs(t, err, errNoMessageTopic)
		require.Equal(t, []Outcome{Written, Written, Written, NotWritten}, outcomes(t, err))
		require.Len(t, l.log("t", 0), 2)
		require.Len(t, l.log("u", 0), 1)
		require.Equal(t, int64(2), w.Stats().Writes, "one for each topic")
	})
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		err := w.WriteMessages(context.Background(), Message{Topic: "t"}, Message{Topic: "u"})
		require.ErrorIs(t, err, errTwoTopics)
		require.Equal(t, []Outcome{Written, NotWritten}, outcomes(t, err))
	})
}

func TestTrap54_OneBadMessageHarmsNoOther(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.Balancer = BalancerFunc(func(m Message, _ ...int) int { return m.Partition })
		took := after(func() {
			err := w.WriteMessages(context.Background(), Message{Partition: 7}, Message{}, Message{Topic: "u"}, Message{Partition: -1})
			require.Equal(t, []Outcome{NotWritten, Written, NotWritten, NotWritten}, outcomes(t, err))
		})
		require.Zero(t, took)
	})
}

func TestTrap30_BalancersMayDoWrong(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.Balancer = BalancerFunc(func(m Message, partitions ...int) int {
			switch string(m.Value) {
			case "panic":
				panic("balancer")
			case "far":
				return math.MaxInt32
			case "write":
				partitions[0] = 99
			}
			return len(m.Value)
		})
		err := w.WriteMessages(context.Background(), values("1", "panic", "", "far", "write", "")...)
		require.Equal(t, []Outcome{NotWritten, NotWritten, Written, NotWritten, NotWritten, Written}, outcomes(t, err))
		errs := err.(WriteErrors)
		require.ErrorIs(t, errs[0], errBalancerChoice)
		require.ErrorIs(t, errs[1], errBalancerPanic)
		require.ErrorContains(t, errs[1], "balancer")
		require.ErrorIs(t, errs[3], errBalancerChoice)
		require.Equal(t, []int{0}, w.core.Load().route.known("t").ids, "which others use as well")
	})
}

// Calls of the Balancer are made one at a time.
func TestBalanceIsSynchronized(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		n := 0
		w.Balancer = BalancerFunc(func(Message, ...int) int { n++; return 0 })
		var calls sync.WaitGroup
		for range 50 {
			calls.Go(func() { assert.NoError(t, writeOne(w, "", 0)) })
		}
		calls.Wait()
		require.Equal(t, 50, n)
	})
}

// A tombstone that does not fit the batch any more is in the next one.
func TestTrap1_TombstonesAreWritten(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.BatchBytes = 60
		key := make([]byte, 20)
		require.NoError(t, w.WriteMessages(context.Background(), Message{Key: key}, Message{Key: key}, Message{Key: key, Value: []byte{}}))
		var nulls []bool
		for _, b := range l.sent() {
			for _, m := range b.msgs {
				nulls = append(nulls, m.Value == nil)
			}
		}
		require.Equal(t, []bool{true, true, false}, nulls)
	})
}

// A partition that is stuck holds up neither the others nor their callers.
func TestTrap31_StuckPartitionStallsNoOther(t *testing.T) {
	withLogs(t, 2, func(t *testing.T, l *fakeLogs, w *Writer) {
		l.topics["t"].leaders = []int32{1, 2}
		w.Balancer = ManualBalancer{}
		release := make(chan struct{})
		l.script = func(b *fakeBatch) fakeFate {
			if b.fakePart.id == 0 {
				return fakeFate{wait: release}
			}
			return fakeFate{}
		}
		stuck := make(chan error)
		go func() { stuck <- w.WriteMessages(context.Background(), Message{Partition: 0}) }()
		synctest.Wait()
		require.Zero(t, after(func() {
			for range 100 {
				require.NoError(t, w.WriteMessages(context.Background(), Message{Partition: 1}))
			}
		}))
		close(release)
		require.NoError(t, <-stuck)
	})
}

func TestTrap38_OneConnectionPerBroker(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		l.topics["t"].leaders = slices.Repeat([]int32{1}, 20)
		var calls sync.WaitGroup
		for range 200 {
			calls.Go(func() { assert.NoError(t, writeOne(w, "", 0)) })
		}
		calls.Wait()
		require.LessOrEqual(t, len(l.dials()), 2, "one to find the cluster, one to the broker")
	})
}

// The batches of all partitions that a broker leads travel together.
func TestRequestsGatherPartitions(t *testing.T) {
	withLogs(t, 2, func(t *testing.T, l *fakeLogs, w *Writer) {
		l.topics["t"].leaders = slices.Repeat([]int32{1, 2}, 20)
		w.BatchTimeout = time.Second
		require.NoError(t, w.WriteMessages(context.Background(), make([]Message, 400)...))
		require.LessOrEqual(t, l.produced(), 20)
		require.Len(t, l.sent(), 40)
	})
}

func TestRequireNone(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.RequiredAcks = RequireNone
		l.script = func(*fakeBatch) fakeFate { return fakeFate{before: TopicAuthorizationFailed} }
		results, err := w.WriteMessagesAt(context.Background(), Message{})
		require.NoError(t, err)
		require.Equal(t, []WriteResult{{Outcome: Written, Offset: -1}}, results)
		require.NoError(t, w.WriteMessages(context.Background(), make([]Message, 500)...))
	})
}

func TestIssue416_MessagesForAGivenPartition(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		l.topics["t"].leaders = []int32{1, 1, 1}
		w.Balancer = ManualBalancer{}
		err := w.WriteMessages(context.Background(), Message{Partition: 2}, Message{Partition: 3}, Message{Partition: 1})
		require.Equal(t, []Outcome{Written, NotWritten, Written}, outcomes(t, err))
		require.ErrorContains(t, err, "no partition 3")
		require.Len(t, l.log("t", 2), 1)
		require.Len(t, l.log("t", 1), 1)
	})
}

func TestIssue1064_OffsetsOfWrittenMessages(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		l.topics["t"].leaders = []int32{1, 1}
		results, err := w.WriteMessagesAt(context.Background(), make([]Message, 5)...)
		require.NoError(t, err)
		for i, r := range results {
			require.Equal(t, WriteResult{Outcome: Written, Partition: i % 2, Offset: int64(i / 2)}, r)
		}
	})
}

// An asynchronous Writer tells what became of messages, and where they are.
func TestIssue405_CompletionTellsOffsetsAndErrors(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.Async = true
		var got []string
		w.Completion = func(msgs []Message, err error) {
			for _, m := range msgs {
				assert.Equal(t, err == nil, m.Offset != 0 || m.WriterData == 0)
				assert.False(t, m.Time.IsZero())
				got = append(got, fmt.Sprint(m.Topic, m.Partition, " ", m.Offset, " ", m.WriterData, " ", err != nil))
			}
		}
		l.script = func(b *fakeBatch) (f fakeFate) {
			if b.values[0] == "bad" {
				f.before = PolicyViolation
			}
			return f
		}
		for i, v := range []string{"good", "bad", "good"} {
			require.NoError(t, w.WriteMessages(context.Background(), Message{Value: []byte(v), WriterData: i}))
			synctest.Wait()
		}
		require.NoError(t, w.Close())
		require.Equal(t, []string{"t0 0 0 false", "t0 0 1 true", "t0 1 2 false"}, got)
	})
}

// An asynchronous call that takes its time does not return what the broker says
// meanwhile: that is for Completion.
func TestAnAsynchronousCallReturnsNoOutcome(t *testing.T) {
	core := memoryWriter(t, 1, &Writer{Async: true}).core.Load()
	d := core.newDelivery(values("a"), false)
	d.settle([]messageRef{{delivery: d}}, -1, 0, 0, &WriteError{Topic: "t", Err: PolicyViolation})
	require.NoError(t, d.abandon(t.Context()))
}

// The caller may use its memory again when the call returns, Async included.
func TestWriterCopiesMessages(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.Async, w.BatchTimeout = true, time.Second
		buf := []byte("a")
		for range 3 {
			require.NoError(t, w.WriteMessages(context.Background(), Message{Value: buf, Headers: []Header{{Key: "k", Value: buf}}}))
			buf[0]++
		}
		require.NoError(t, w.Close())
		require.Equal(t, []string{"a", "b", "c"}, l.log("t", 0))
		require.Equal(t, "c", string(l.sent()[0].msgs[2].Headers[0].Value))
	})
}

func TestTrap44_FirstSnapshotOfStats(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		require.Zero(t, w.Stats().BatchSize)
		require.NoError(t, w.WriteMessages(context.Background(), values("Hi", "Ho", "Hu")...))
		stats := w.Stats()
		require.Equal(t, SummaryStats{Avg: 3, Min: 3, Max: 3, Count: 1, Sum: 3}, stats.BatchSize)
		require.Equal(t, SummaryStats{Avg: 75, Min: 75, Max: 75, Count: 1, Sum: 75}, stats.BatchBytes)
		require.Equal(t, []int64{1, 3, 75, 0, 0}, []int64{stats.Writes, stats.Messages, stats.Bytes, stats.Errors, stats.QueueLength})
		require.Equal(t, int64(1), stats.WriteTime.Count)
		require.Equal(t, int64(1), stats.BatchTime.Count)
		l.script = once("x", fakeFate{before: NotEnoughReplicas})
		require.NoError(t, writeOne(w, "x", 0))
		stats = w.Stats()
		require.Equal(t, []int64{2, 1, 1, 1}, []int64{stats.Writes, stats.Messages, stats.Errors, stats.Retries.Sum})
		require.Equal(t, int64(1), stats.BatchSize.Min)
		require.Zero(t, w.Stats().Writes)
	})
}

func TestStatsOfSettings(t *testing.T) {
	w := &Writer{Topic: "t", Async: true}
	want := WriterStats{
		MaxAttempts: 10, WriteBackoffMin: 100 * time.Millisecond, WriteBackoffMax: time.Second, MaxBatchSize: 100,
		BatchTimeout: time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, Async: true, Topic: "t",
	}
	require.Equal(t, want, w.Stats())
	w = NewWriter(WriterConfig{
		Brokers: []string{"b"}, Topic: "t", MaxAttempts: 2, BatchSize: 3, BatchTimeout: 4, ReadTimeout: 5, WriteTimeout: 6,
		QueueCapacity: 7, RebalanceInterval: 8, RequiredAcks: 1, Dialer: &Dialer{ClientID: "me"},
	})
	want = WriterStats{
		MaxAttempts: 2, WriteBackoffMin: 100 * time.Millisecond, WriteBackoffMax: time.Second, MaxBatchSize: 3,
		BatchTimeout: 4, ReadTimeout: 5, WriteTimeout: 6, QueueCapacity: 7, RebalanceInterval: 8, RequiredAcks: 1, ClientID: "me", Topic: "t",
	}
	require.Equal(t, want, w.Stats())
}

// A zero Writer asks for no acknowledgement, NewWriter with zero for all: programs
// of both releases rely on theirs.
func TestDefaultAcks(t *testing.T) {
	require.Equal(t, int64(0), new(Writer).Stats().RequiredAcks)
	for acks, want := range map[int]RequiredAcks{0: RequireAll, 1: RequireOne, -1: RequireAll} {
		require.Equal(t, want, NewWriter(WriterConfig{Brokers: []string{"b"}, RequiredAcks: acks}).RequiredAcks)
	}
}

func TestNewWriterPanicsWithoutBrokers(t *testing.T) {
	require.Panics(t, func() { NewWriter(WriterConfig{Topic: "t"}) })
	require.EqualError(t, new(WriterConfig).Validate(), "cannot create a kafka writer with an empty list of brokers")
}

func TestNewWriterHeedsItsConfig(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, _ *Transport) {
		l := newFakeLogs(c)
		codec := &countedCodec{CompressionCodec: &gzipcodec.Codec{Level: gzip.BestSpeed}}
		balancer := &LeastBytes{}
		w := NewWriter(WriterConfig{
			Brokers: []string{"b1:9092"}, Topic: "t", Balancer: balancer, CompressionCodec: codec,
			Dialer: &Dialer{DialFunc: c.dial, ClientID: "me"}, IdleConnTimeout: time.Minute, RebalanceInterval: 3 * time.Second,
		})
		defer w.Close()
		require.Same(t, balancer, w.Balancer)
		require.NoError(t, writeOne(w, "1", 0))
		require.Equal(t, Gzip, l.sent()[0].codec)
		require.NotZero(t, codec.used, "the very codec that was given")
		n := c.node(1)
		n.mu.Lock()
		require.Equal(t, "me", n.requests[len(n.requests)-1].clientID)
		n.mu.Unlock()
		stats := w.Stats()
		require.NotZero(t, stats.Dials)
		require.Equal(t, stats.Dials, stats.DialTime.Count)
		require.Zero(t, w.Stats().Dials)

		c.change(func() { c.topics["t"].leaders = []int32{1, 1, 1} })
		require.NoError(t, pause(context.Background(), 4*time.Second))
		require.NoError(t, w.WriteMessages(context.Background(), values("a", "b", "c", "d", "e", "f")...))
		require.NotEmpty(t, l.log("t", 2), "new partitions are used")
		require.Equal(t, int64(1), w.Stats().Rebalances)
		before := len(c.dials())
		require.NoError(t, pause(context.Background(), 30*time.Second))
		require.NoError(t, writeOne(w, "2", 0))
		require.Len(t, c.dials(), before, "connections are kept for IdleConnTimeout")
		require.NoError(t, w.Close())
	})
}

// countedCodec counts its use.
type countedCodec struct {
	CompressionCodec
	used int
}

func (c *countedCodec) NewWriter(w io.Writer) io.WriteCloser {
	c.used++
	return c.CompressionCodec.NewWriter(w)
}

// The keys of other clients are in the partitions where those put them.
func TestIssue905_KeysGoWhereOtherClientsPutThem(t *testing.T) {
	for _, c := range []struct {
		like     string
		balancer Balancer
		key      string
		want     int
	}{
		{"Java", Murmur2Balancer{}, "user-42", 12},
		{"Java", Murmur2Balancer{}, "kafka", 4},
		{"librdkafka", CRC32Balancer{}, "user-42", 3},
		{"librdkafka", CRC32Balancer{}, "kafka", 7},
		{"sarama", &Hash{}, "20", 1},
		{"sarama reference", &ReferenceHash{}, "20", 15},
	} {
		t.Run(c.like+" "+c.key, func(t *testing.T) {
			withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
				l.topics["t"].leaders = slices.Repeat([]int32{1}, 16)
				w.Balancer = c.balancer
				for range 3 {
					results, err := w.WriteMessagesAt(context.Background(), Message{Key: []byte(c.key)})
					require.NoError(t, err)
					require.Equal(t, c.want, results[0].Partition)
				}
			})
		})
	}
}
