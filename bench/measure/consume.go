package measure

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// consume reads w.Records records of a prepared topic or a few more. What it takes to get to the first record, as joining a group, counts as CPU time but not
// for records_s.
func consume(ctx context.Context, client Client, w Work) (Figures, error) {
	m := begin()
	consumers, err := client.OpenConsumers(w)
	if err != nil {
		return nil, err
	}
	var first atomic.Pointer[time.Time]
	tallies, err := pollAll(ctx, consumers, w, func() {
		now := time.Now()
		first.CompareAndSwap(nil, &now)
	})
	if err != nil {
		return nil, err
	}
	elapsed := time.Since(*first.Load())
	records := 0
	for _, tally := range tallies {
		records += tally.Records
	}
	figures := m.end(records)
	figures["records_s"] = float64(records) / elapsed.Seconds()
	for _, tally := range tallies {
		err = errors.Join(err, tally.Verify())
	}
	return figures, errors.Join(err, closeAll(consumers))
}

// pollAll has each consumer read its share of w.Records.
func pollAll(ctx context.Context, consumers []Consumer, w Work, first func()) ([]*Tally, error) {
	share := w.Records / len(consumers)
	tallies := make([]*Tally, len(consumers))
	indexes := make([]int, len(consumers))
	for i := range consumers {
		indexes[i] = i
		tallies[i] = NewTally(w.Partitions, w.Size, first)
	}
	return tallies, together(indexes, func(i int) error {
		tally := tallies[i]
		see := See(tally.See) // once: it is an allocation
		for tally.Records < share && tally.err == nil {
			if err := consumers[i].Poll(ctx, see); err != nil {
				return fmt.Errorf("after %d records: %w", tally.Records, err)
			}
		}
		return tally.err
	})
}

func closeAll(consumers []Consumer) error {
	return together(consumers, Consumer.Close)
}

// settle is how long idle waits before it looks.
const settle = time.Second

// idle reads all w.Records of a topic, so that nothing more comes, and then tells what waiting for more costs.
func idle(ctx context.Context, client Client, w Work) (Figures, error) {
	consumers, err := client.OpenConsumers(w)
	if err != nil {
		return nil, err
	}
	if _, err := pollAll(ctx, consumers, w, nil); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	for _, consumer := range consumers {
		go func() {
			for ctx.Err() == nil {
				_ = consumer.Poll(ctx, func(int, int64, []byte) {}) // ends with ctx
			}
		}()
	}
	<-time.After(settle)
	m := begin()
	<-time.After(w.Limit)
	figures := m.end(1)
	cancel()
	return Figures{
		"cpu_s_minute": figures["cpu_s"] / w.Limit.Minutes(),
		"connections":  figures["connections"],
		"goroutines":   figures["goroutines"],
		"rss_mb":       figures["rss_mb"],
	}, nil // the process ends: closing is not what is measured
}
