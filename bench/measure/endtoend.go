package measure

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"
)

// endToEnd sends w.Rate messages in a second for w.Limit, and tells how old each is when a consumer in the same process gets it.
func endToEnd(ctx context.Context, client Client, w Work) (Figures, error) {
	consumers, err := client.OpenConsumers(w)
	if err != nil {
		return nil, err
	}
	producer, err := client.OpenProducer(w)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	count := int(float64(w.Rate) * w.Limit.Seconds())
	ages := newAges(began, count)
	ctx, cancel := context.WithTimeoutCause(ctx, w.Limit+arriveIn, fmt.Errorf("not all of %d messages have arrived", count))
	defer cancel()
	polling := sync.WaitGroup{}
	errs := make([]error, len(consumers))
	for i, consumer := range consumers {
		polling.Go(func() {
			for ctx.Err() == nil && errs[i] == nil {
				if err := consumer.Poll(ctx, ages.see); err != nil && ctx.Err() == nil {
					errs[i] = err
					cancel()
				}
			}
		})
	}
	m := begin()
	if err := sendPaced(ctx, producer, w, began, count); err != nil {
		return nil, err
	}
	select {
	case <-ages.all:
	case <-ctx.Done():
		return nil, errors.Join(append(errs, context.Cause(ctx))...)
	}
	figures := m.end(count)
	cancel()
	polling.Wait()
	figures.latencies(ages.took[int(float64(count)*warmUp):])
	return figures, errors.Join(producer.Close(), closeAll(consumers))
}

const (
	arriveIn = 10 * time.Second
	tick     = time.Millisecond // timers are no finer than that
)

func sendPaced(ctx context.Context, producer Producer, w Work, began time.Time, count int) error {
	every := max(tick, time.Second/time.Duration(w.Rate))
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	start := time.Now()
	for sent := 0; sent < count; {
		<-ticker.C
		for due := min(count, int(time.Since(start).Seconds()*float64(w.Rate))); sent < due; sent++ {
			value := make([]byte, w.Size)
			binary.LittleEndian.PutUint64(value, uint64(time.Since(began)))
			binary.LittleEndian.PutUint64(value[8:], uint64(sent))
			if err := producer.Send(ctx, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// ages collects how old messages were when they came, by their numbers.
type ages struct {
	began time.Time

	mu   sync.Mutex
	took []time.Duration // 0 for what has not come
	left int
	all  chan struct{} // closed when nothing is left
}

func newAges(began time.Time, count int) *ages {
	return &ages{began: began, took: make([]time.Duration, count), left: count, all: make(chan struct{})}
}

func (a *ages) see(_ int, _ int64, value []byte) {
	age := time.Since(a.began) - time.Duration(binary.LittleEndian.Uint64(value))
	number := binary.LittleEndian.Uint64(value[8:])
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.took[number] != 0 {
		return // twice: it is missing elsewhere
	}
	a.took[number] = age
	if a.left--; a.left == 0 {
		close(a.all)
	}
}
