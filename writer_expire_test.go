package kafka

import (
	"testing"
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
