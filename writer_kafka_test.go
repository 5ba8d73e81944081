package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
)

// newWriter makes a Writer with a Transport of its own.
func newTestWriter(t testing.TB, k *testkafka.Cluster, topic string) *Writer {
	t.Helper()
	tr := &Transport{}
	w := &Writer{Addr: TCP(k.Brokers()...), Topic: topic, RequiredAcks: RequireAll, Transport: tr}
	t.Cleanup(func() {
		require.NoError(t, w.Close())
		tr.CloseIdleConnections()
	})
	return w
}

func readPartition(t testing.TB, k *testkafka.Cluster, topic string, partition int) (msgs []Message) {
	t.Helper()
	c, err := DialLeader(patient(t), "tcp", k.Brokers()[0], topic, partition)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
	awaitLeader(patient(t), t, c)
	_, last, err := c.ReadOffsets()
	require.NoError(t, err)
	for c.offset < last {
		batch := c.ReadBatch(1, 10<<20)
		for {
			m, err := batch.ReadMessage()
			if err != nil {
				break
			}
			msgs = append(msgs, m)
		}
		require.NoError(t, batch.Close())
	}
	return msgs
}

func TestWriterWrites(t *testing.T) {
	k := testkafka.Shared(t)
	tr, _ := newTransport(t)
	for _, codec := range []Compression{0, Gzip, Snappy, Lz4, Zstd} {
		t.Run(codec.String(), func(t *testing.T) {
			topic := newTopicOf(t, tr, k, 3, 1)
			w := newTestWriter(t, k, topic)
			w.Compression = codec
			var msgs []Message
			for i := range 300 {
				msgs = append(msgs, Message{Key: []byte(strconv.Itoa(i)), Value: fmt.Appendf(nil, "value %d", i), Headers: []Header{{Key: "h", Value: []byte("v")}}})
			}
			results, err := w.WriteMessagesAt(patient(t), msgs...)
			require.NoError(t, err)
			for p := range 3 {
				got := readPartition(t, k, topic, p)
				require.Len(t, got, 100)
				for _, m := range got {
					i, err := strconv.Atoi(string(m.Key))
					require.NoError(t, err)
					require.Equal(t, p, i%3)
					require.Equal(t, WriteResult{Outcome: Written, Partition: p, Offset: m.Offset}, results[i])
					require.Equal(t, fmt.Sprintf("value %d", i), string(m.Value))
					require.Equal(t, msgs[i].Headers, m.Headers)
				}
			}
		})
	}
}

func TestIssue1180_LoneWriteIsSentAtOnce(t *testing.T) {
	k := testkafka.Shared(t)
	tr, _ := newTransport(t)
	w := newTestWriter(t, k, newTopicOf(t, tr, k, 1, 1))
	require.NoError(t, w.WriteMessages(patient(t), Message{Value: []byte("first")}))
	start := time.Now()
	const n = 50
	for range n {
		require.NoError(t, w.WriteMessages(patient(t), Message{Value: []byte("next")}))
	}
	require.Less(t, time.Since(start), n*200*time.Millisecond)
}

func TestWriterKeepsTheOrderOfConcurrentCallers(t *testing.T) {
	k := testkafka.Shared(t)
	tr, _ := newTransport(t)
	topic := newTopicOf(t, tr, k, 2, 1)
	w := newTestWriter(t, k, topic)
	w.BatchSize = 7
	w.Balancer = &Hash{}
	const callers, each = 8, 200
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				if err := w.WriteMessages(patient(t), Message{Key: []byte(strconv.Itoa(c)), Value: []byte(strconv.Itoa(i))}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	next := make(map[string]int)
	for p := range 2 {
		for _, m := range readPartition(t, k, topic, p) {
			require.Equal(t, strconv.Itoa(next[string(m.Key)]), string(m.Value))
			next[string(m.Key)]++
		}
	}
	for c := range callers {
		require.Equal(t, each, next[strconv.Itoa(c)])
	}
}

func TestWriterAsyncCompletes(t *testing.T) {
	k := testkafka.Shared(t)
	tr, _ := newTransport(t)
	topic := newTopicOf(t, tr, k, 1, 1)
	var mu sync.Mutex
	var done []Message
	w := newTestWriter(t, k, topic)
	w.Async = true
	w.Completion = func(msgs []Message, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			t.Error(err)
		}
		done = append(done, msgs...)
	}
	const n = 5000
	for i := range n {
		require.NoError(t, w.WriteMessages(patient(t), Message{Value: []byte(strconv.Itoa(i)), WriterData: i}))
	}
	require.NoError(t, w.Close())
	require.Len(t, done, n)
	for i, m := range done {
		require.Equal(t, int64(i), m.Offset)
		require.Equal(t, i, m.WriterData)
		require.Equal(t, topic, m.Topic)
	}
	require.Len(t, readPartition(t, k, topic, 0), n)
}

func TestWriterOneBadMessageHarmsNoOther(t *testing.T) {
	k := testkafka.Shared(t)
	tr, _ := newTransport(t)
	topic := newTopicOf(t, tr, k, 1, 1)
	w := newTestWriter(t, k, topic)
	w.BatchBytes = 1000
	msgs := []Message{{Value: []byte("good")}, {Value: make([]byte, 2000)}, {Value: []byte("as good")}, {Topic: "other"}}
	err := w.WriteMessages(patient(t), msgs...)
	var errs WriteErrors
	require.ErrorAs(t, err, &errs)
	require.Len(t, errs, 4)
	require.NoError(t, errs[0])
	require.NoError(t, errs[2])
	var tooLarge MessageTooLargeError
	require.ErrorAs(t, errs[1], &tooLarge)
	require.ErrorIs(t, errs[3], errTwoTopics)
	var e *WriteError
	require.ErrorAs(t, errs[1], &e)
	require.Equal(t, NotWritten, e.Outcome)
	require.Len(t, readPartition(t, k, topic, 0), 2)
}

func TestWriterUnknownTopic(t *testing.T) {
	k := testkafka.Shared(t)
	w := newTestWriter(t, k, newTopicName())
	w.MaxAttempts = 2
	err := w.WriteMessages(patient(t), Message{Value: []byte("x")})
	require.ErrorIs(t, err, UnknownTopicOrPartition)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.Equal(t, context.Canceled, w.WriteMessages(ctx, Message{}))
}

func TestWriterCreatesTopics(t *testing.T) {
	k := testkafka.Shared(t)
	w := newTestWriter(t, k, newTopicName())
	w.AllowAutoTopicCreation = true
	require.NoError(t, w.WriteMessages(patient(t), Message{Value: []byte("x")}))
}

func TestWriterIsIdempotent(t *testing.T) {
	k := testkafka.Shared(t)
	tr, _ := newTransport(t)
	w := newTestWriter(t, k, newTopicOf(t, tr, k, 1, 1))
	require.NoError(t, w.WriteMessages(patient(t), Message{Value: []byte("x")}))
	require.True(t, w.core.Load().producer.current.set)
}

func TestWriterRequireNone(t *testing.T) {
	k := testkafka.Shared(t)
	tr, _ := newTransport(t)
	topic := newTopicOf(t, tr, k, 1, 1)
	w := newTestWriter(t, k, topic)
	w.RequiredAcks = RequireNone
	require.NoError(t, w.WriteMessages(patient(t), Message{Value: []byte("x")}))
	require.NoError(t, w.Close())
	require.Eventually(t, func() bool { return len(readPartition(t, k, topic, 0)) == 1 }, patience, 50*time.Millisecond)
	require.True(t, errors.Is(w.WriteMessages(context.Background(), Message{}), io.ErrClosedPipe))
}
