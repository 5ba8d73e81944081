package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// writeOne writes one message, with a ctx that ends after d if that is not zero.
func writeOne(w *Writer, value string, d time.Duration) error {
	ctx, cancel := context.Background(), context.CancelFunc(func() {})
	if d > 0 {
		ctx, cancel = context.WithTimeout(ctx, d)
	}
	defer cancel()
	return w.WriteMessages(ctx, Message{Value: []byte(value)})
}

// A message that was not sent before its ctx ended is never sent, and the room
// that it took is free.
func TestIssue1427_WithdrawnMessagesAreNeverWritten(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		require.NoError(t, writeOne(w, "before", 0))
		l.change(func() { l.node(1).down = true })
		l.node(1).hangUp()
		for i := range 20 {
			err := writeOne(w, fmt.Sprint("while it is down ", i), 10*time.Millisecond)
			require.Equal(t, context.DeadlineExceeded, err, "%v", err)
		}
		require.Zero(t, w.Stats().QueueLength)
		l.change(func() { l.node(1).down = false })
		require.NoError(t, writeOne(w, "after", 0))
		require.Equal(t, []string{"before", "after"}, l.log("t", 0))
	})
}

// While a request is on its way, which cannot be called back, the same holds for
// what comes after it; what is on its way is said to be unknown.
func TestIssue1427_WhatIsOnItsWayIsUnknown(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.BatchBytes = 1000
		require.NoError(t, writeOne(w, "before", 0))
		release := make(chan struct{})
		l.script = func(b *fakeBatch) fakeFate { return fakeFate{wait: release} }
		err := writeOne(w, "sent", time.Second)
		require.Equal(t, []Outcome{OutcomeUnknown}, outcomes(t, err))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		value := strings.Repeat("x", 300)
		for range 100 {
			require.Equal(t, context.DeadlineExceeded, writeOne(w, value, time.Millisecond))
		}
		q := w.core.Load().topics["t"].queue(0)
		q.mu.Lock()
		assert.Nil(t, q.open, "nothing is left to be sent")
		assert.Empty(t, q.waiting)
		q.mu.Unlock()
		close(release)
		require.NoError(t, writeOne(w, "after", 0))
		require.Equal(t, []string{"before", "sent", "after"}, l.log("t", 0))
	})
}

// Messages of others in the same batch stay, and what was withdrawn does not
// make the batch grow.
func TestIssue1427_OthersOfTheBatchStay(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		require.NoError(t, writeOne(w, "before", 0))
		release := make(chan struct{})
		l.script = func(b *fakeBatch) fakeFate { return fakeFate{wait: release} }
		var others sync.WaitGroup
		keep := func(value string) {
			others.Go(func() { assert.NoError(t, writeOne(w, value, 0)) })
			synctest.Wait()
		}
		keep("sent")
		keep("stays 1")
		for range 200 {
			require.Equal(t, context.DeadlineExceeded, writeOne(w, strings.Repeat("x", 1000), time.Millisecond))
		}
		keep("stays 2")
		q := w.core.Load().topics["t"].queue(0)
		q.mu.Lock()
		require.Less(t, q.open.builder.Len(), 2*wasteBytes)
		q.mu.Unlock()
		require.Equal(t, int64(3), w.Stats().QueueLength)
		close(release)
		others.Wait()
		require.Equal(t, []string{"before", "sent", "stays 1", "stays 2"}, l.log("t", 0))
	})
}

// A batch that was refused may be withdrawn, and leaves no gap in the sequence.
func TestWithdrawLeavesNoGapInTheSequence(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.WriteBackoffMin = 10 * time.Second
		w.WriteBackoffMax = 10 * time.Second
		require.NoError(t, writeOne(w, "before", 0))
		refused := false
		l.script = func(b *fakeBatch) fakeFate {
			if !refused {
				refused = true
				return fakeFate{before: NotEnoughReplicas}
			}
			return fakeFate{}
		}
		require.Equal(t, context.DeadlineExceeded, writeOne(w, "refused", time.Second))
		require.NoError(t, writeOne(w, "after", 0))
		require.Equal(t, []string{"before", "after"}, l.log("t", 0))
		require.Empty(t, l.complaint)
	})
}

func TestIssue1413_WriterFollowsTheLeader(t *testing.T) {
	for _, hint := range []bool{false, true} {
		t.Run(fmt.Sprint("hint ", hint), func(t *testing.T) {
			withLogs(t, 3, func(t *testing.T, l *fakeLogs, w *Writer) {
				require.NoError(t, writeOne(w, "1", 0))
				l.change(func() {
					l.topics["t"].leaders[0], l.topics["t"].epoch = 2, 1
					if hint {
						l.stale = 3
					}
				})
				took := after(func() { require.NoError(t, writeOne(w, "2", 0)) })
				require.Less(t, took, time.Second)
				require.Equal(t, []string{"1", "2"}, l.log("t", 0))
			})
		})
	}
}

func TestTrap39_NotLeaderRefreshesMetadataAtOnce(t *testing.T) {
	withLogs(t, 2, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.Transport.(*Transport).MetadataTTL = time.Hour
		w.MaxAttempts = 2
		require.NoError(t, writeOne(w, "1", 0))
		l.change(func() { l.topics["t"].leaders[0], l.topics["t"].epoch = 1, 1 })
		require.NoError(t, writeOne(w, "2", 0), "two attempts have to do")
	})
}

func TestIssue1221_LeaderIsKilled(t *testing.T) {
	withLogs(t, 3, func(t *testing.T, l *fakeLogs, w *Writer) {
		require.NoError(t, writeOne(w, "1", 0))
		l.change(func() {
			l.node(3).down = true
			l.topics["t"].leaders[0], l.topics["t"].epoch = 2, 1
		})
		l.node(3).hangUp()
		took := after(func() { require.NoError(t, writeOne(w, "2", 0)) })
		require.Less(t, took, 2*time.Second)
		require.Equal(t, []string{"1", "2"}, l.log("t", 0))
	})
}

// A vendor shims its brokers for clients that give up here.
func TestAutoMQIssue3459_LeaderlessPartitionIsWaitedFor(t *testing.T) {
	withLogs(t, 2, func(t *testing.T, l *fakeLogs, w *Writer) {
		l.change(func() { l.topics["t"].leaders[0] = -1 })
		time.AfterFunc(3*time.Second, func() {
			l.change(func() { l.topics["t"].leaders[0], l.topics["t"].epoch = 2, 1 })
		})
		w.WriteBackoffMin = time.Hour // there is no pause once there is a leader
		took := after(func() { require.NoError(t, writeOne(w, "1", 0)) })
		require.Less(t, took, 10*time.Second)
		w.core.Load().options.backoffMin, w.core.Load().options.backoffMax = time.Second, time.Second
		l.change(func() { l.topics["t"].leaders[0], l.topics["t"].epoch = -1, 2 })
		err := writeOne(w, "2", 0)
		require.ErrorIs(t, err, LeaderNotAvailable)
		require.Equal(t, []Outcome{OutcomeUnknown}, outcomes(t, err), "broker 2 was asked, and may have lost the lead since")
		err = writeOne(w, "3", 0)
		require.ErrorIs(t, err, LeaderNotAvailable)
		require.Equal(t, []Outcome{NotWritten}, outcomes(t, err))
	})
}

func TestIssue679_FirstWriteToATopicThatIsBeingCreated(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.Topic, w.AllowAutoTopicCreation = "new", true
		l.change(func() { l.autoCreate = true })
		require.NoError(t, writeOne(w, "1", 0))
		require.Equal(t, []string{"1"}, l.log("new", 0))
	})
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.Topic = "later"
		time.AfterFunc(4*time.Second, func() {
			l.change(func() { l.topics["later"] = &fakeTopic{leaders: []int32{1}} })
		})
		took := after(func() { require.NoError(t, writeOne(w, "1", 0)) })
		require.Less(t, took, 6*time.Second)
	})
}

// All messages for a topic that is not there wait together.
func TestUnknownTopicIsWaitedForOnce(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.Topic = ""
		msgs := []Message{{Topic: "t"}}
		for range 50 {
			msgs = append(msgs, Message{Topic: "none"})
		}
		var err error
		took := after(func() { err = w.WriteMessages(context.Background(), msgs...) })
		require.LessOrEqual(t, took, 10*time.Second)
		require.ErrorIs(t, err, UnknownTopicOrPartition)
		require.Equal(t, 50, err.(WriteErrors).Count())
		require.NoError(t, err.(WriteErrors)[0])
	})
}

func TestDeniedTopicFailsAtOnce(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		l.change(func() { l.topics["t"] = &fakeTopic{code: TopicAuthorizationFailed} })
		var err error
		took := after(func() { err = writeOne(w, "1", 0) })
		require.Less(t, took, 50*time.Millisecond)
		require.ErrorIs(t, err, TopicAuthorizationFailed)
	})
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		l.script = func(*fakeBatch) fakeFate { return fakeFate{before: TopicAuthorizationFailed} }
		err := writeOne(w, "1", 0)
		require.ErrorIs(t, err, TopicAuthorizationFailed)
		require.Equal(t, 1, l.produced())
	})
}

func TestDiskFullIsTriedAgainThenTold(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.MaxAttempts = 3
		full := true
		l.script = func(*fakeBatch) fakeFate {
			if full {
				return fakeFate{before: KafkaStorageError}
			}
			return fakeFate{}
		}
		err := writeOne(w, "1", 0)
		require.ErrorIs(t, err, KafkaStorageError)
		var e *WriteError
		require.ErrorAs(t, err, &e)
		require.Equal(t, WriteError{Outcome: OutcomeUnknown, Topic: "t", Broker: 1, Attempts: 3, Err: KafkaStorageError}, *e)
		require.True(t, e.Temporary())
		full = false
		require.NoError(t, writeOne(w, "2", 0))
	})
}

// The pauses are between attempts, none is after the last.
func TestTrap32_NoPauseAfterTheLastAttempt(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		require.NoError(t, writeOne(w, "1", 0))
		w.MaxAttempts = 3
		w.core.Load().options.maxAttempts = 3
		l.script = func(*fakeBatch) fakeFate { return fakeFate{before: NotEnoughReplicas} }
		took := after(func() { require.ErrorIs(t, writeOne(w, "1", 0), NotEnoughReplicas) })
		require.Equal(t, 500*time.Millisecond, took, "100 ms and 400 ms")
		before := l.produced()
		l.script = func(*fakeBatch) fakeFate { return fakeFate{before: PolicyViolation} }
		require.ErrorIs(t, writeOne(w, "1", 0), PolicyViolation)
		require.Equal(t, before+1, l.produced(), "what cannot succeed is not tried again")
	})
}

// A broker that is slow is not sent the messages twice, where it could not tell.
func TestTrap40_TimeoutsAreNotTriedAgainWithoutIdempotence(t *testing.T) {
	for _, acks := range []RequiredAcks{RequireOne, RequireAll} {
		t.Run(acks.String(), func(t *testing.T) {
			withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
				w.RequiredAcks = acks
				require.NoError(t, writeOne(w, "1", 0))
				first := true
				l.script = func(*fakeBatch) (f fakeFate) {
					f.silent, first = first, false
					return f
				}
				var err error
				took := after(func() { err = writeOne(w, "2", 0) })
				require.Less(t, took, time.Minute)
				if acks == RequireAll {
					require.NoError(t, err)
				} else {
					require.Equal(t, []Outcome{OutcomeUnknown}, outcomes(t, err))
					require.ErrorIs(t, err, context.DeadlineExceeded)
				}
				require.Equal(t, []string{"1", "2"}, l.log("t", 0))
			})
		})
	}
}

// A call ends in time whatever a broker does, and says what was in the way.
func TestIssue633_SilentBrokerEndsWithItsReason(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.WriteTimeout, w.MaxAttempts = 2*time.Second, 3
		l.script = func(*fakeBatch) fakeFate { return fakeFate{silent: true, skip: true} }
		var err error
		took := after(func() { err = writeOne(w, "1", 0) })
		require.Less(t, took, 8*time.Second)
		require.Equal(t, []Outcome{OutcomeUnknown}, outcomes(t, err))
		require.ErrorContains(t, err, "did not answer within WriteTimeout")
		require.ErrorContains(t, err, "after 3 attempts")
		var e *WriteError
		require.ErrorAs(t, err, &e)
		require.True(t, e.Timeout())
	})
}

func TestWrongAddressIsToldAsIs(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		l.change(func() { l.node(1).down = true })
		var err error
		took := after(func() { err = writeOne(w, "1", 0) })
		require.LessOrEqual(t, took, 10*time.Second)
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		require.Equal(t, []Outcome{NotWritten}, outcomes(t, err))
		w2 := &Writer{Addr: TCP("nowhere:9092"), Topic: "t", Transport: w.Transport, MaxAttempts: 2}
		err = writeOne(w2, "1", 0)
		var dns *net.DNSError
		require.ErrorAs(t, err, &dns)
		require.NoError(t, w2.Close())
	})
}

func TestWrongProtocolIsTold(t *testing.T) {
	web := listen(t, func(conn net.Conn) {
		_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
		_, _ = io.Copy(io.Discard, conn)
	})
	tr := &Transport{}
	defer tr.CloseIdleConnections()
	w := &Writer{Addr: TCP(web), Topic: "t", Transport: tr, MaxAttempts: 2}
	defer w.Close()
	err := writeOne(w, "1", 20*time.Second)
	require.ErrorContains(t, err, "HTTP")
	require.Equal(t, []Outcome{NotWritten}, outcomes(t, err))
}

func TestIssue1352_WriterSurvivesAConnectionThatWasCut(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		require.NoError(t, writeOne(w, "1", 0))
		l.node(1).hangUp()
		synctest.Wait()
		require.NoError(t, writeOne(w, "2", 0))
		cuts := 3
		l.script = func(*fakeBatch) fakeFate {
			cuts--
			return fakeFate{cut: cuts >= 0, skip: cuts == 1}
		}
		require.NoError(t, writeOne(w, "3", 0))
		require.Equal(t, []string{"1", "2", "3"}, l.log("t", 0))
	})
}

func TestWriterOverAForeignRoundTripper(t *testing.T) {
	withLogs(t, 2, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.Transport = &foreignTo{tr: w.Transport.(*Transport)}
		n := 0
		l.script = func(*fakeBatch) fakeFate {
			n++
			return fakeFate{cut: n%3 == 0, silent: n == 4}
		}
		want := []string{}
		for i := range 20 {
			want = append(want, fmt.Sprint(i))
			require.NoError(t, writeOne(w, fmt.Sprint(i), 0))
		}
		require.Equal(t, want, l.log("t", 0))
	})
}

func TestWriterArguments(t *testing.T) {
	require.ErrorIs(t, new(Writer).WriteMessages(context.Background(), Message{}), errWriterAddress)
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		require.NoError(t, w.WriteMessages(context.Background()))
		require.ErrorIs(t, w.WriteMessages(nil, Message{}), errNilContext) //nolint:staticcheck // as programs do by mistake
		reason := errors.New("the program's own")
		ctx, cancel := context.WithCancelCause(context.Background())
		l.change(func() { delete(l.topics, "t") })
		time.AfterFunc(time.Second, func() { cancel(reason) })
		require.Equal(t, context.Canceled, w.WriteMessages(ctx, Message{}))
		require.Equal(t, context.Canceled, w.WriteMessages(ctx, Message{}))
		require.NoError(t, w.Close())
		require.Equal(t, "io: read/write on closed pipe", fmt.Sprint(w.WriteMessages(context.Background())))
	})
}
