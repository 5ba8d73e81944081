//go:build original

package main

import (
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/bench/measure"
)

// The tuning of kafka-go v0.4.51, which has no idempotence.

// tuneWriter has batches full when all callers wait for them, or with what comes in some ten milliseconds, instead of with 100 messages, since the space for a
// full batch is allocated at its beginning; and holds back for a millisecond what does not fill one, instead of a second.
func tuneWriter(w *kafka.Writer, work measure.Work) {
	w.BatchSize = max(1, work.Callers*work.Batch/work.Partitions, work.Rate/500)
	w.BatchBytes = 1 << 20
	w.BatchTimeout = time.Millisecond
}

// tuneReader takes what there is, up to 1 MiB, and has a queue that does not make the fetching goroutine wait for every hundred messages.
func tuneReader(config *kafka.ReaderConfig, _ measure.Work) {
	config.MinBytes = 1
	config.MaxBytes = 1 << 20
	config.MaxWait = 500 * time.Millisecond
	config.QueueCapacity = 10_000
	config.ReadLagInterval = -1
}
