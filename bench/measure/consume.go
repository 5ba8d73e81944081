package measure

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// consume reads w.Records records of a prepared topic or a few more. What it takes to get to the first records, as joining a group, counts as CPU time; for
// records_s, what comes after the first Poll counts.
func consume(ctx context.Context, client Client, w Work) (Figures, error) {
	m := begin()
	consumers, err := client.OpenConsumers(w)
	if err != nil {
		return nil, err
	}
	tallies, first, err := pollAll(ctx, consumers, w)
	if err != nil {
		return nil, err
	}
	since := time.Since(first.at)
	records := 0
	for _, tally := range tallies {
		records += tally.Records
	}
	figures := m.end(records)
	figures["first_ms"] = float64(first.at.Sub(m.start).Microseconds()) / 1e3
	figures["records_s"] = float64(records-first.records) / since.Seconds()
	if records == first.records {
		delete(figures, "records_s") // too few records to tell
	}
	for _, tally := range tallies {
		err = errors.Join(err, tally.Verify())
	}
	return figures, errors.Join(err, closeAll(consumers))
}

// firstPoll is when the first Poll of all returned, and with how many records.
type firstPoll struct {
	at      time.Time
	records int
}

// pollAll has each consumer read its share of w.Records.
func pollAll(ctx context.Context, consumers []Consumer, w Work) ([]*Tally, *firstPoll, error) {
	share := w.Records / len(consumers)
	tallies := make([]*Tally, len(consumers))
	for i := range tallies {
		tallies[i] = NewTally(w.Partitions, w.Size)
	}
	var first atomic.Pointer[firstPoll]
	err := together(indexes(len(consumers)), func(i int) error {
		tally := tallies[i]
		see := See(tally.See) // once: it is an allocation
		for tally.Records < share && tally.err == nil {
			beginning := tally.Records == 0
			if err := consumers[i].Poll(ctx, see); err != nil {
				return fmt.Errorf("after %d records: %w", tally.Records, err)
			}
			if beginning {
				first.CompareAndSwap(nil, &firstPoll{time.Now(), tally.Records})
			}
		}
		return tally.err
	})
	return tallies, first.Load(), err
}

func indexes(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
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
	if _, _, err := pollAll(ctx, consumers, w); err != nil {
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
