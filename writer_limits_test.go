package kafka

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A message that is too large fails alone, before it is sent.
func TestIssue364_OversizeMessageFailsAlone(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.BatchBytes = 25
		require.NoError(t, w.WriteMessages(context.Background(), values("Hi")...))
		err := w.WriteMessages(context.Background(), values("Hi", "Hello World!", "Ho")...)
		require.Equal(t, []Outcome{Written, NotWritten, Written}, outcomes(t, err))
		var large MessageTooLargeError
		require.ErrorAs(t, err, &large)
		require.Equal(t, "Hello World!", string(large.Message.Value))
		require.Empty(t, large.Remaining, "nothing remains to be written")
		require.ErrorIs(t, err, MessageSizeTooLarge)
		require.Equal(t, []string{"Hi", "Hi", "Ho"}, l.log("t", 0))
	})
}

// A batch that is too large for the broker is split, down to the message that is.
func TestIssue569_BatchTooLargeForTheBrokerIsSplit(t *testing.T) {
	for _, completion := range []bool{false, true} {
		t.Run(fmt.Sprint("completion ", completion), func(t *testing.T) {
			withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
				w.Compression = Gzip
				var completed []string
				if completion {
					w.Completion = func(msgs []Message, err error) {
						for _, m := range msgs {
							completed = append(completed, fmt.Sprint(string(m.Value)[0:1], " ", err == nil, " ", m.Offset))
						}
					}
				}
				l.script = func(b *fakeBatch) fakeFate {
					if len(strings.Join(b.values, "")) > 9 {
						return fakeFate{before: MessageSizeTooLarge}
					}
					return fakeFate{}
				}
				list := []string{"aaa", "bbb", "ccc", "ddd", "eeeeeeeeee", "fff", "ggg"}
				results, err := w.WriteMessagesAt(context.Background(), values(list...)...)
				require.Equal(t, []Outcome{Written, Written, Written, Written, NotWritten, Written, Written}, outcomes(t, err))
				var large MessageTooLargeError
				require.ErrorAs(t, err, &large)
				require.Equal(t, list[4], string(large.Message.Value))
				require.Equal(t, []string{"aaa", "bbb", "ccc", "ddd", "fff", "ggg"}, l.log("t", 0))
				require.Equal(t, int64(4), results[5].Offset)
				for _, b := range l.sent() {
					require.Equal(t, Gzip, b.codec)
				}
				if completion {
					require.Equal(t, []string{"a true 0", "b true 1", "c true 2", "d true 3", "e false 0", "f true 4", "g true 5"}, completed)
				}
				require.NoError(t, writeOne(w, "z", 0))
			})
		})
	}
}

// A batch that may be written is not split: its parts would be no duplicates.
func TestBatchThatMayBeWrittenIsNotSplit(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		n := 0
		l.script = func(*fakeBatch) fakeFate {
			n++
			return []fakeFate{{after: RequestTimedOut}, {before: MessageSizeTooLarge}, {}, {}}[n-1]
		}
		err := w.WriteMessages(context.Background(), values("1", "2")...)
		require.Equal(t, []Outcome{OutcomeUnknown, OutcomeUnknown}, outcomes(t, err))
		require.NoError(t, writeOne(w, "3", 0))
		require.Equal(t, []string{"1", "2", "3"}, l.log("t", 0))
	})
}

func TestMessageSize(t *testing.T) {
	require.Equal(t, int64(25), messageSize(&Message{Value: []byte("Hi")}))
	require.Equal(t, int64(23+3+2), messageSize(&Message{Key: make([]byte, 3), Value: make([]byte, 2)}))
	require.Equal(t, int64(23+1+3+2+64), messageSize(&Message{Headers: []Header{{Key: "key", Value: make([]byte, 64)}}}))
	for n, size := range map[int]int64{0: 1, 63: 1, 64: 2, 8191: 2, 8192: 3, math.MaxInt32: 5} {
		require.Equal(t, size, varintSize(n), n)
	}
}

// While brokers acknowledge, calls wait for room; when they do not, calls fail.
func TestBufferFull(t *testing.T) {
	for _, async := range []bool{false, true} {
		t.Run(fmt.Sprint("async ", async), func(t *testing.T) {
			withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
				w.Async, w.BufferBytes, w.BatchSize, w.WriteTimeout = async, 1000, 2, 2*time.Second
				w.RequiredAcks = RequireOne
				l.script = func(*fakeBatch) fakeFate {
					slow, cancel := context.WithTimeout(context.Background(), time.Second)
					context.AfterFunc(slow, cancel)
					return fakeFate{wait: slow.Done()}
				}
				msg := Message{Value: make([]byte, 77)}
				var calls sync.WaitGroup
				for range 60 {
					calls.Go(func() { assert.NoError(t, w.WriteMessages(context.Background(), msg)) })
				}
				calls.Wait()
				synctest.Wait()
				l.logs.Lock()
				l.script = func(*fakeBatch) fakeFate { return fakeFate{silent: true, skip: true} }
				l.logs.Unlock()
				full := 0
				start := time.Now()
				for range 30 {
					calls.Go(func() {
						if err := w.WriteMessages(context.Background(), msg); errors.Is(err, ErrBufferFull) {
							assert.Equal(t, []Outcome{NotWritten}, outcomes(t, err))
							l.change(func() { full++ })
						}
					})
				}
				calls.Wait()
				require.Less(t, time.Since(start), 15*time.Second, "five batches that get no answer")
				require.GreaterOrEqual(t, full, 10)
				require.LessOrEqual(t, w.Stats().QueueLength, int64(10))
			})
		})
	}
}

// Room is made by sending what is held back; without acknowledgements, sending is
// progress.
func TestBufferIsNotFullOfWhatIsHeldBack(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.BufferBytes, w.BatchTimeout, w.RequiredAcks = 1000, time.Hour, RequireNone
		var msgs []Message
		for range 100 {
			msgs = append(msgs, Message{Value: make([]byte, 77)})
		}
		done := make(chan error)
		go func() { done <- w.WriteMessages(context.Background(), msgs...) }()
		synctest.Wait()
		require.GreaterOrEqual(t, len(l.log("t", 0)), 80)
		require.NoError(t, w.Close())
		require.NoError(t, <-done)
	})
}

// A message as large as BatchBytes passes, though the buffer be smaller.
func TestMessageLargerThanTheBuffer(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.BufferBytes = 100
		require.NoError(t, w.WriteMessages(context.Background(), Message{Value: make([]byte, 5000)}, Message{Value: make([]byte, 5000)}))
	})
}

// What waits for room when the ctx ends, or the Writer is closed, is not written.
func TestBufferFullWaitEnds(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.Async, w.BufferBytes, w.WriteTimeout, w.MaxAttempts = true, 200, time.Minute, 1
		release := make(chan struct{})
		l.script = func(*fakeBatch) fakeFate { return fakeFate{wait: release} }
		msg := Message{Value: make([]byte, 150)}
		require.NoError(t, w.WriteMessages(context.Background(), msg))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		require.Equal(t, context.DeadlineExceeded, w.WriteMessages(ctx, msg))
		closed := make(chan error)
		go func() { closed <- w.WriteMessages(context.Background(), msg) }()
		synctest.Wait()
		time.AfterFunc(time.Second, func() { close(release) })
		require.NoError(t, w.Close())
		require.Equal(t, "io: read/write on closed pipe", fmt.Sprint(<-closed))
		require.Len(t, l.log("t", 0), 1)
	})
}
