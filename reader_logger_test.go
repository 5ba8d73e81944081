package kafka

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
)

// A Logger of the program's may look at the Reader that it is told about.
func TestLoggersMayCallTheReader(t *testing.T) {
	k := testkafka.Shared(t)
	topic := newTopicWith(t, k, 1)
	fill(t, k, topic, 0, 10)
	var r atomic.Pointer[Reader]
	var lines atomic.Int64
	log := LoggerFunc(func(string, ...interface{}) {
		if r := r.Load(); r != nil {
			r.Stats()
			r.Lags()
			r.Offset()
			lines.Add(1)
		}
	})
	r.Store(newTestReader(t, ReaderConfig{Brokers: k.Brokers(), Topic: topic, Logger: log}))
	require.NoError(t, r.Load().SetOffset(1000))
	_, err := r.Load().offsetAt(patient(t), -1) // the broker is there
	require.NoError(t, err)
	ctx, cancel := withCancelOn(t, func() bool { return lines.Load() >= 2 }) // that 1000 is awaited, too
	defer cancel()
	_, err = r.Load().FetchMessage(ctx)
	require.Error(t, err)
	require.NoError(t, r.Load().SetOffset(3))
	m, err := r.Load().FetchMessage(patient(t))
	require.NoError(t, err)
	require.EqualValues(t, 3, m.Offset)
}

// withCancelOn returns a context that ends when a condition holds.
func withCancelOn(t testing.TB, done func() bool) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	var ended sync.WaitGroup
	ended.Go(func() {
		for ctx.Err() == nil && !done() {
			_ = pause(ctx, 5*time.Millisecond)
		}
		cancel()
	})
	t.Cleanup(func() {
		cancel()
		ended.Wait()
	})
	return ctx, cancel
}
