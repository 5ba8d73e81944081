package measure

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	// latencyLimit ends the measurement of a producer that takes long over every call.
	latencyLimit = 10 * time.Second

	// warmUp is the share of the calls, or of latencyLimit, that comes before what is counted: connections, metadata and the first growth of buffers.
	warmUp = 0.1
)

// latency writes one record at a time, w.Records times, and prints how long a call takes.
func latency(ctx context.Context, client Client, w Work) error {
	if w.Broker == "" || w.Records < 1 || w.Async {
		return errors.New("latency needs -brokers and -records, and no -async")
	}
	writer, err := client.OpenWriter(w)
	if err != nil {
		return err
	}
	warm := w
	warm.Records = int(float64(w.Records) * warmUp)
	if _, err := timeCalls(ctx, writer, warm, time.Duration(float64(latencyLimit)*warmUp)); err != nil {
		return err
	}
	stopProfile, err := w.profile()
	if err != nil {
		return err
	}
	cpu := cpuTime()
	took, err := timeCalls(ctx, writer, w, latencyLimit)
	if err != nil {
		return err
	}
	cpu = cpuTime() - cpu
	fmt.Printf("p50_us=%.1f p95_us=%.1f p99_us=%.1f cpu_us_per_call=%.1f\n",
		microseconds(took, 0.50), microseconds(took, 0.95), microseconds(took, 0.99), float64(cpu.Nanoseconds())/1e3/float64(len(took)))
	return errors.Join(stopProfile(), writer.Close())
}

// timeCalls returns the durations of the calls, sorted. There is at least one.
func timeCalls(ctx context.Context, writer Writer, w Work, limit time.Duration) ([]time.Duration, error) {
	took := make([]time.Duration, 0, w.Records)
	for begin := time.Now(); len(took) == 0 || len(took) < w.Records && time.Since(begin) < limit; {
		i := len(took) % len(w.Batch)
		start := time.Now()
		if err := writer.Write(ctx, w.Batch[i:i+1]); err != nil {
			return nil, err
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return took, nil
}

func microseconds(sorted []time.Duration, quantile float64) float64 {
	i := min(int(float64(len(sorted))*quantile), len(sorted)-1)
	return float64(sorted[i].Nanoseconds()) / 1e3
}

// write has w.Callers goroutines write w.Records records, each len(w.Batch) in a call.
func write(ctx context.Context, client Client, w Work) error {
	calls := w.Records / len(w.Batch)
	if w.Callers < 1 || calls%w.Callers != 0 {
		return errors.New("write needs -records that are a multiple of -batch times -callers")
	}
	return report(w, func() (int, error) {
		writer, err := client.OpenWriter(w)
		if err != nil {
			return 0, err
		}
		var callers sync.WaitGroup
		errs := make([]error, w.Callers)
		for i := range w.Callers {
			callers.Go(func() {
				for range calls / w.Callers {
					if errs[i] = writer.Write(ctx, w.Batch); errs[i] != nil {
						return
					}
				}
			})
		}
		callers.Wait()
		err = errors.Join(errors.Join(errs...), writer.Close())
		return calls * size(w.Batch), err
	})
}

// size returns the bytes of keys and values.
func size(records []Record) int {
	n := 0
	for _, r := range records {
		n += len(r.Key) + len(r.Value)
	}
	return n
}
