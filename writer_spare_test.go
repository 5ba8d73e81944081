package kafka

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func spareBatch(size int) *writeBatch {
	b := new(writeBatch)
	b.builder.Grow(size)
	return b
}

func TestSpareBatchesFit(t *testing.T) {
	var s spareBatches
	require.Nil(t, s.get(100, 1000))
	small, large := spareBatch(100), spareBatch(1<<20)
	s.put(small)
	s.put(large)
	require.Same(t, small, s.get(100, 1000), "the large one is left to who needs it")
	require.Nil(t, s.get(100, 1000))
	require.Same(t, large, s.get(1<<19, 4<<20))
	s.put(small)
	s.put(large)
	s.put(spareBatch(1000))
	require.Same(t, large, s.get(1<<19, 4<<20), "rather than one that has to grow")
	require.NotSame(t, small, s.get(1<<19, 4<<20), "the larger one of those that have to")
	require.Same(t, small, s.get(1<<19, 4<<20))
	require.Zero(t, s.bytes)
}

// Memory that nobody has needed for a while goes, as does what is beyond the bound.
func TestSpareBatchesAreBounded(t *testing.T) {
	var s spareBatches
	for range 100 {
		s.put(spareBatch(1 << 20))
	}
	require.LessOrEqual(t, s.bytes, spareBytes)
	require.NotEmpty(t, s.list)
	for range 3 * spareTurns { // one is enough for all
		s.put(s.get(1<<20, 2<<20))
	}
	require.Len(t, s.list, 1)
	require.Equal(t, s.list[0].memory(), s.bytes)
	s.drop()
	require.Empty(t, s.list)
	require.Zero(t, s.bytes)
}

// A Writer without work holds no memory for batches.
func TestAnIdleWriterDropsItsSpareBatches(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		require.NoError(t, w.WriteMessages(t.Context(), numbered(100)...))
		core := w.core.Load()
		held := func() int {
			core.spare.mu.Lock()
			defer core.spare.mu.Unlock()
			return len(core.spare.list)
		}
		synctest.Wait() // the sender is done with the batch
		require.NotZero(t, held())
		time.Sleep(2 * senderIdle)
		require.Zero(t, held())
	})
}

// Calls that end early leave nothing to those after them that use their memory again.
func TestCallsDoNotMix(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		l.change(func() { l.topics["t"] = &fakeTopic{leaders: []int32{1, 1}} })
		l.script = func(*fakeBatch) fakeFate {
			slow := make(chan struct{})
			time.AfterFunc(time.Millisecond, func() { close(slow) })
			return fakeFate{wait: slow}
		}
		const callers, calls = 16, 40
		var mu sync.Mutex
		written := make(map[string]bool) // of which the program was told so
		unknown := make(map[string]bool) // that may be
		var group sync.WaitGroup
		for c := range callers {
			random := rand.New(rand.NewPCG(uint64(c), 1))
			group.Go(func() {
				for i := range calls {
					ctx, cancel := context.WithCancel(t.Context())
					if random.IntN(2) == 0 {
						ctx, cancel = context.WithTimeout(t.Context(), time.Duration(random.IntN(3000))*time.Microsecond)
					}
					msgs := make([]Message, 1+random.IntN(20))
					for j := range msgs {
						msgs[j].Value = fmt.Appendf(nil, "%d/%d/%d", c, i, j)
					}
					results, err := w.WriteMessagesAt(ctx, msgs...)
					if err != nil && ctx.Err() == nil {
						t.Errorf("a call has failed whose ctx lives: %v", err)
					}
					cancel()
					mu.Lock()
					for j := range msgs {
						switch value := string(msgs[j].Value); {
						case results == nil && err != nil, results[j].Outcome == NotWritten:
							if results == nil && !errors.Is(err, context.DeadlineExceeded) {
								t.Error(err)
							}
						case results[j].Outcome == OutcomeUnknown:
							unknown[value] = true
						default:
							written[value] = true
							if log := l.log("t", int32(results[j].Partition)); log[results[j].Offset] != value {
								t.Errorf("%s is not at offset %d of partition %d", value, results[j].Offset, results[j].Partition)
							}
						}
					}
					mu.Unlock()
				}
			})
		}
		group.Wait()
		require.NoError(t, w.Close())
		require.NotEmpty(t, written)
		require.NotEmpty(t, unknown)
		log := slices.Concat(l.log("t", 0), l.log("t", 1))
		for _, value := range log {
			require.True(t, written[value] || unknown[value], "%s was written, and the program was told that it was not", value)
			delete(written, value)
		}
		require.Empty(t, written, "the program was told that they were")
	})
}
