package kafka

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// logLines is a Logger that keeps what it gets.
type logLines struct {
	mu    sync.Mutex
	lines []string
}

func (l *logLines) Printf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

func (l *logLines) count(part string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if strings.Contains(line, part) {
			n++
		}
	}
	return n
}

// inFlight has n calls of one message each on their way in batches of their own,
// while the broker holds back the answers from the first on. What it returns lets
// the broker go on, and waits for the calls.
func inFlight(l *fakeLogs, w *Writer, script func(*fakeBatch) fakeFate, values ...string) func() []error {
	release := make(chan struct{})
	l.logs.Lock()
	l.script = func(b *fakeBatch) fakeFate {
		f := script(b)
		f.wait = release
		return f
	}
	l.logs.Unlock()
	errs := make([]error, len(values))
	var calls sync.WaitGroup
	for i, v := range values {
		calls.Go(func() { errs[i] = writeOne(w, v, 0) })
		synctest.Wait()
	}
	return func() []error {
		close(release)
		calls.Wait()
		return errs
	}
}

// once gives fate to the first batch with the value, and lets others pass.
func once(value string, fate fakeFate) func(*fakeBatch) fakeFate {
	done := false
	return func(b *fakeBatch) fakeFate {
		if !done && b.values[0] == value {
			done = true
			return fate
		}
		return fakeFate{}
	}
}

func TestIssue233_BatchesCarryIdentityAndSequence(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		require.NoError(t, w.WriteMessages(context.Background(), values("1", "2", "3")...))
		require.NoError(t, w.WriteMessages(context.Background(), values("4", "5")...))
		require.NoError(t, writeOne(w, "6", 0))
		for i, sequence := range []int32{0, 3, 5} {
			b := l.sent()[i]
			require.Equal(t, []any{int64(1000), int16(0), sequence}, []any{b.id, b.epoch, b.sequence})
		}
		require.Equal(t, 1, l.inits)
	})
	for _, acks := range []RequiredAcks{RequireOne, RequireNone} {
		withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
			w.RequiredAcks = acks
			require.NoError(t, writeOne(w, "1", 0))
			synctest.Wait()
			require.Equal(t, int64(-1), l.sent()[0].id)
			require.Zero(t, l.inits)
		})
	}
}

func TestSequencesFollowInACircle(t *testing.T) {
	require.Equal(t, int32(0), nextSequence(math.MaxInt32, 1))
	require.Equal(t, int32(4), nextSequence(math.MaxInt32-5, 10))
}

func TestLostAnswerIsNotWrittenTwice(t *testing.T) {
	for name, fate := range map[string]fakeFate{
		"cut": {cut: true}, "silent": {silent: true}, "timed out": {after: RequestTimedOut}, "replicas": {after: NotEnoughReplicasAfterAppend},
	} {
		t.Run(name, func(t *testing.T) {
			withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
				require.NoError(t, writeOne(w, "0", 0))
				w.core.Load().options.fixedSize, w.core.Load().options.batchSize = true, 1
				wait := inFlight(l, w, once("1", fate), "1", "2", "3")
				for _, err := range wait() {
					require.NoError(t, err)
				}
				require.Equal(t, []string{"0", "1", "2", "3"}, l.log("t", 0))
				require.Empty(t, l.complaint)
			})
		})
	}
}

// A batch that is refused takes those behind it along; they are written in order,
// and their attempts are not counted.
func TestRetriesKeepTheOrderOfWhatIsInFlight(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.BatchSize, w.MaxAttempts = 1, 2
		require.NoError(t, writeOne(w, "0", 0))
		wait := inFlight(l, w, once("1", fakeFate{before: NotEnoughReplicas}), "1", "2", "3", "4", "5", "6", "7")
		for _, err := range wait() {
			require.NoError(t, err)
		}
		require.Equal(t, []string{"0", "1", "2", "3", "4", "5", "6", "7"}, l.log("t", 0))
		require.Len(t, l.complaint, 4, "of the batches behind the first of five")
		require.Equal(t, int16(0), l.sent()[len(l.sent())-1].epoch)
	})
}

// A batch behind one that was refused keeps its place in the sequence, and so all
// of its messages, as long as others that come after it are on their way.
func TestWithdrawKeepsTheSequenceOfWhatIsInFlight(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.BatchSize = 1
		require.NoError(t, writeOne(w, "0", 0))
		answer, release := make(chan struct{}), make(chan struct{})
		first := true
		l.script = func(b *fakeBatch) (f fakeFate) {
			switch {
			case b.values[0] == "1" && first:
				first = false
				f.before, f.wait = NotEnoughReplicas, answer
			case b.values[0] == "3":
				f.wait = release
			}
			return f
		}
		var calls sync.WaitGroup
		calls.Go(func() { assert.NoError(t, writeOne(w, "1", 0)) })
		synctest.Wait()
		calls.Go(func() {
			assert.Equal(t, []Outcome{OutcomeUnknown}, outcomes(t, writeOne(w, "2", time.Second)))
			close(release)
		})
		synctest.Wait()
		calls.Go(func() { assert.NoError(t, writeOne(w, "3", 0)) })
		synctest.Wait()
		close(answer)
		calls.Wait()
		require.Len(t, l.complaint, 2, "those of the first time")
		require.Equal(t, []string{"0", "1", "2", "3"}, l.log("t", 0))
	})
}

// A batch that was given up harms none of those behind it: they go on under the
// next epoch (KIP-360), in spite of MaxAttempts.
func TestFailedBatchHarmsNoneBehindIt(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.BatchSize, w.MaxAttempts = 1, 1
		require.NoError(t, writeOne(w, "0", 0))
		wait := inFlight(l, w, once("1", fakeFate{before: PolicyViolation}), "1", "2", "3")
		errs := wait()
		require.ErrorIs(t, errs[0], PolicyViolation)
		require.NoError(t, errs[1])
		require.NoError(t, errs[2])
		require.Equal(t, []string{"0", "2", "3"}, l.log("t", 0))
		last := l.sent()[len(l.sent())-1]
		require.Equal(t, []any{int64(1000), int16(1), int32(1)}, []any{last.id, last.epoch, last.sequence})
	})
}

// After a batch of unknown outcome was given up, the next of the same size must
// not pass for its duplicate: it would be acknowledged and not written.
func TestFranzIssue1484_NextBatchIsNoDuplicateOfAFailedOne(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.MaxAttempts = 1
		require.NoError(t, writeOne(w, "0", 0))
		l.script = once("1", fakeFate{after: RequestTimedOut})
		require.Equal(t, []Outcome{OutcomeUnknown}, outcomes(t, writeOne(w, "1", 0)))
		require.NoError(t, writeOne(w, "2", 0))
		require.Equal(t, []string{"0", "1", "2"}, l.log("t", 0))
		b := l.sent()[2]
		require.Equal(t, []any{int16(1), int32(0)}, []any{b.epoch, b.sequence})
	})
}

func TestBrokerThatForgotTheProducer(t *testing.T) {
	for _, code := range []Error{UnknownProducerId, OutOfOrderSequenceNumber, InvalidProducerEpoch, InvalidProducerIDMapping} {
		t.Run(code.Title(), func(t *testing.T) {
			withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
				require.NoError(t, writeOne(w, "0", 0))
				l.script = once("1", fakeFate{before: code})
				require.NoError(t, writeOne(w, "1", 0))
				require.NoError(t, writeOne(w, "2", 0))
				require.Equal(t, []string{"0", "1", "2"}, l.log("t", 0))
				last := l.sent()[len(l.sent())-1]
				require.NotEqual(t, []any{int64(1000), int16(0)}, []any{last.id, last.epoch})
				require.Equal(t, int32(1), last.sequence)
			})
		})
	}
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		require.NoError(t, writeOne(w, "0", 0))
		l.forget()
		require.NoError(t, writeOne(w, "1", 0))
		require.Equal(t, []string{"0", "1"}, l.log("t", 0))
	})
}

// If the batch may have been written before the broker forgot the producer, it is
// not sent under another epoch.
func TestForgottenProducerDoesNotDuplicate(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		require.NoError(t, writeOne(w, "0", 0))
		n := 0
		l.script = func(*fakeBatch) (f fakeFate) {
			switch n++; n {
			case 1:
				f.cut = true
			case 2:
				f.before = UnknownProducerId
			}
			return f
		}
		require.Equal(t, []Outcome{OutcomeUnknown}, outcomes(t, writeOne(w, "1", 0)))
		require.NoError(t, writeOne(w, "2", 0))
		require.Equal(t, []string{"0", "1", "2"}, l.log("t", 0))
	})
}

func TestDuplicateSequenceNumberIsSuccess(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		l.script = func(*fakeBatch) fakeFate { return fakeFate{before: DuplicateSequenceNumber} }
		results, err := w.WriteMessagesAt(context.Background(), Message{})
		require.NoError(t, err)
		require.Equal(t, []WriteResult{{Outcome: Written, Offset: -1}}, results)
	})
}

func TestDeniedIdentityIsDoneWithout(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		var lines logLines
		w.ErrorLogger = &lines
		l.init = ClusterAuthorizationFailed
		for i := range 3 {
			require.NoError(t, writeOne(w, strconv.Itoa(i), 0))
		}
		require.Equal(t, 1, l.inits)
		require.Equal(t, 1, lines.count("without idempotence"))
		require.Equal(t, int64(-1), l.sent()[2].id)
	})
}

func TestIdentityThatIsNotToBeHad(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.MaxAttempts = 3
		l.init = GroupLoadInProgress
		var err error
		took := after(func() { err = writeOne(w, "1", 0) })
		require.ErrorIs(t, err, GroupLoadInProgress)
		require.Less(t, took, 5*time.Second)
		l.init = 0
		require.NoError(t, writeOne(w, "2", 0))
		require.Equal(t, []string{"2"}, l.log("t", 0))
	})
}

func TestLastEpochIsFollowedByANewID(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.MaxAttempts = 1
		require.NoError(t, writeOne(w, "0", 0))
		core := w.core.Load()
		core.producer.mu.Lock()
		core.producer.current.epoch = math.MaxInt16
		core.producer.mu.Unlock()
		l.script = once("1", fakeFate{before: PolicyViolation})
		require.NoError(t, writeOne(w, "at the last epoch", 0))
		require.Error(t, writeOne(w, "1", 0))
		require.NoError(t, writeOne(w, "2", 0))
		last := l.sent()[len(l.sent())-1]
		require.Equal(t, []any{int64(2000), int16(0), int32(0)}, []any{last.id, last.epoch, last.sequence})
	})
}

// mishaps deals out fates at random.
type mishaps struct {
	mu  sync.Mutex
	rnd *rand.Rand
	all bool // the brokers are as bad as can be

	seen map[string]bool // the first values of batches
}

func (m *mishaps) fate(b *fakeBatch) fakeFate {
	m.mu.Lock()
	defer m.mu.Unlock()
	unknown := []Error{RequestTimedOut, NotEnoughReplicasAfterAppend, Unknown}
	codes := []Error{NotEnoughReplicas, NotLeaderForPartition, UnknownTopicOrPartition, MessageSizeTooLarge}
	if m.seen[b.values[0]] || len(b.values) == 1 && !m.all {
		codes = codes[:3] // what was sent before is not too large now
	}
	m.seen[b.values[0]] = true
	if !m.all {
		unknown = unknown[:2]
	}
	switch m.rnd.IntN(12) {
	case 0:
		return fakeFate{before: codes[m.rnd.IntN(len(codes))]}
	case 1:
		return fakeFate{after: unknown[m.rnd.IntN(len(unknown))]}
	case 2:
		return fakeFate{cut: true, skip: m.rnd.IntN(2) == 0}
	case 3:
		if m.all && m.rnd.IntN(4) == 0 {
			return fakeFate{silent: true, skip: m.rnd.IntN(2) == 0}
		}
	case 4:
		if m.all {
			return fakeFate{before: []Error{PolicyViolation, UnknownProducerId}[m.rnd.IntN(2)]}
		}
	}
	return fakeFate{}
}

// Whatever the brokers do: what is acknowledged is in the log exactly once, what
// is said not to be written is not, nothing is there twice, and the messages of
// one caller keep their order.
func TestSequencesThroughMishaps(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			withLogs(t, 3, func(t *testing.T, l *fakeLogs, w *Writer) { throughMishaps(t, l, w, seed) })
		})
	}
}

func throughMishaps(t *testing.T, l *fakeLogs, w *Writer, seed uint64) {
	m := &mishaps{rnd: rand.New(rand.NewPCG(seed, 1)), all: seed%2 == 1, seen: make(map[string]bool)}
	l.script = m.fate
	l.topics["t"] = &fakeTopic{leaders: []int32{1, 2, 2}}
	w.Balancer = &Hash{}
	w.BatchSize = m.rnd.IntN(4) // 0 is the default
	if m.all {
		w.MaxAttempts = 3
	}
	const callers, each = 6, 40
	var mu sync.Mutex
	said := make(map[string]Outcome)
	var calls sync.WaitGroup
	for c := range callers {
		calls.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, uint64(c)+2))
			for i := 0; i < each; {
				var msgs []Message
				for range 1 + rnd.IntN(3) {
					msgs = append(msgs, Message{Key: []byte{byte(c)}, Value: fmt.Appendf(nil, "%d/%d", c, i)})
					i++
				}
				ctx, cancel := context.Background(), context.CancelFunc(func() {})
				if m.all && rnd.IntN(3) == 0 {
					ctx, cancel = context.WithTimeout(ctx, time.Duration(rnd.IntN(2000))*time.Millisecond)
				}
				err := w.WriteMessages(ctx, msgs...)
				cancel()
				if err != nil && !m.all {
					t.Error(err)
				}
				mu.Lock()
				for k := range msgs {
					said[string(msgs[k].Value)] = outcomeOf(err, k)
				}
				mu.Unlock()
			}
		})
	}
	calls.Wait()
	require.NoError(t, w.Close())
	found := make(map[string]int)
	for p := range int32(3) {
		last := make(map[string]int)
		for _, v := range l.log("t", p) {
			found[v]++
			caller, number, _ := strings.Cut(v, "/")
			n, _ := strconv.Atoi(number)
			if !m.all {
				assert.Equal(t, last[caller], n, "order")
			}
			assert.LessOrEqual(t, last[caller], n, "order")
			last[caller] = n + 1
		}
	}
	for v, outcome := range said {
		switch outcome {
		case Written:
			assert.Equal(t, 1, found[v], "%s was acknowledged", v)
		case NotWritten:
			assert.Zero(t, found[v], "%s was said not to be written", v)
		default:
			assert.LessOrEqual(t, found[v], 1, "%s", v)
		}
		if !m.all {
			assert.Equal(t, Written, outcome)
		}
	}
}

// outcomeOf is what the error of a call says of one message.
func outcomeOf(err error, i int) Outcome {
	var errs WriteErrors
	switch {
	case err == nil:
		return Written
	case !errors.As(err, &errs):
		return NotWritten
	case errs[i] == nil:
		return Written
	}
	var e *WriteError
	errors.As(errs[i], &e)
	return e.Outcome
}
