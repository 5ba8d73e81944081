package measure

import (
	"context"
	"errors"
	"sync"
	"time"
)

// produce has w.Callers goroutines write, each w.Batch values in a call, until there are w.Records. One more call of each comes first and is not counted in the
// figures: it makes connections and learns of the topic. WrittenSum tells what is in the topic then.
func produce(ctx context.Context, client Client, w Work) (Figures, error) {
	producer, err := client.OpenProducer(w)
	if err != nil {
		return nil, err
	}
	values := callValues(w)
	callers := make([]func(context.Context) error, w.Callers)
	for i := range callers {
		callers[i] = producer.Caller(values)
	}
	if err := together(callers, func(call func(context.Context) error) error { return call(ctx) }); err != nil {
		return nil, err
	}
	calls := w.Calls()
	m := begin()
	err = together(callers, func(call func(context.Context) error) error {
		for range calls {
			if err := call(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	figures := m.end(calls * w.Callers * w.Batch)
	return figures, errors.Join(err, producer.Close())
}

// Calls is how often each caller calls.
func (w Work) Calls() int { return max(1, w.Records/(w.Batch*w.Callers)) }

// Written returns how many records produce leaves in the topic, and their checksum.
func (w Work) Written() (records int, sum uint64) {
	for _, value := range callValues(w) {
		sum += Sum(value)
	}
	calls := (w.Calls() + 1) * w.Callers
	return calls * w.Batch, sum * uint64(calls)
}

// callValues are the values of a call.
func callValues(w Work) [][]byte {
	distinct := Values(w.Size)
	values := make([][]byte, w.Batch)
	for i := range values {
		values[i] = distinct[i%len(distinct)]
	}
	return values
}

func together[T any](all []T, do func(T) error) error {
	var running sync.WaitGroup
	errs := make([]error, len(all))
	for i, one := range all {
		running.Go(func() { errs[i] = do(one) })
	}
	running.Wait()
	return errors.Join(errs...)
}

// warmUp is the share of calls or messages before those that are counted in latencies.
const warmUp = 0.1

// latency has one goroutine write one value in a call, w.Records times or for w.Limit.
func latency(ctx context.Context, client Client, w Work) (Figures, error) {
	producer, err := client.OpenProducer(w)
	if err != nil {
		return nil, err
	}
	call := producer.Caller(Values(w.Size)[:1])
	warm := w
	warm.Records, warm.Limit = max(1, int(float64(w.Records)*warmUp)), time.Duration(float64(w.Limit)*warmUp)
	if _, err := timeCalls(ctx, call, warm); err != nil {
		return nil, err
	}
	m := begin()
	took, err := timeCalls(ctx, call, w)
	if err != nil {
		return nil, err
	}
	figures := m.end(len(took))
	figures.latencies(took)
	return figures, producer.Close()
}

// timeCalls returns how long calls took. There is at least one.
func timeCalls(ctx context.Context, call func(context.Context) error, w Work) ([]time.Duration, error) {
	took := make([]time.Duration, 0, w.Records)
	for begin := time.Now(); len(took) == 0 || len(took) < w.Records && time.Since(begin) < w.Limit; {
		start := time.Now()
		if err := call(ctx); err != nil {
			return nil, err
		}
		took = append(took, time.Since(start))
	}
	return took, nil
}
