package kafka

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// Batches that wait behind one another must not wait for one another's attempts
// for ever: however many there are, Close returns in about the time of the first.
func TestCloseIsBoundedHoweverMuchWaits(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		l.script = func(*fakeBatch) fakeFate { return fakeFate{silent: true, skip: true} }
		w.Async, w.BatchSize, w.MaxAttempts = true, 1, 3
		w.WriteTimeout, w.WriteBackoffMax = time.Second, 100*time.Millisecond
		for range 200 {
			require.NoError(t, w.WriteMessages(t.Context(), Message{Value: []byte("x")}))
		}
		took := after(func() { require.NoError(t, w.Close()) })
		require.Less(t, took, 3*w.options().deliveryTime())
	})
}

// What was withdrawn of such batches is neither completed nor given back twice;
// withLogs looks at the room in the buffer.
func TestExpiredBatchesWithWithdrawnMessages(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		l.script = func(*fakeBatch) fakeFate { return fakeFate{silent: true, skip: true} }
		w.BatchSize, w.MaxAttempts, w.WriteTimeout, w.WriteBackoffMax = 2, 2, time.Second, 100*time.Millisecond
		completed := 0
		w.Completion = func(msgs []Message, err error) {
			require.Error(t, err)
			completed += len(msgs)
		}
		var calls sync.WaitGroup
		write := func(n int, value string, d time.Duration) {
			for range n {
				calls.Go(func() { require.Error(t, writeOne(w, value, d)) })
				synctest.Wait()
			}
		}
		write(8, "sent", 0)
		for range 20 {
			write(1, "stays", 0)
			write(1, "withdrawn", time.Millisecond)
		}
		calls.Wait()
		require.Equal(t, 28, completed)
	})
}
