package kafka

import (
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go/protocol/produce"
)

// WriterStats is what Writer.Stats returns: what happened since the previous call,
// and the settings in force.
type WriterStats struct {
	Writes   int64 `metric:"kafka.writer.write.count"     type:"counter"`
	Messages int64 `metric:"kafka.writer.message.count"   type:"counter"`
	Bytes    int64 `metric:"kafka.writer.message.bytes"   type:"counter"`
	Errors   int64 `metric:"kafka.writer.error.count"     type:"counter"`

	BatchTime      DurationStats `metric:"kafka.writer.batch.seconds"`
	BatchQueueTime DurationStats `metric:"kafka.writer.batch.queue.seconds"`
	WriteTime      DurationStats `metric:"kafka.writer.write.seconds"`
	WaitTime       DurationStats `metric:"kafka.writer.wait.seconds"`
	Retries        SummaryStats  `metric:"kafka.writer.retries.count"`
	BatchSize      SummaryStats  `metric:"kafka.writer.batch.size"`
	BatchBytes     SummaryStats  `metric:"kafka.writer.batch.bytes"`

	MaxAttempts     int64         `metric:"kafka.writer.attempts.max"       type:"gauge"`
	WriteBackoffMin time.Duration `metric:"kafka.writer.backoff.min"   type:"gauge"`
	WriteBackoffMax time.Duration `metric:"kafka.writer.backoff.max"   type:"gauge"`
	MaxBatchSize    int64         `metric:"kafka.writer.batch.max"          type:"gauge"`
	BatchTimeout    time.Duration `metric:"kafka.writer.batch.timeout"      type:"gauge"`
	ReadTimeout     time.Duration `metric:"kafka.writer.read.timeout"       type:"gauge"`
	WriteTimeout    time.Duration `metric:"kafka.writer.write.timeout"      type:"gauge"`
	RequiredAcks    int64         `metric:"kafka.writer.acks.required"      type:"gauge"`
	Async           bool          `metric:"kafka.writer.async"              type:"gauge"`

	Topic string `tag:"topic"`

	// Connections are the Transport's: these tell of the Dialer of a Writer that
	// NewWriter made.
	Dials    int64         `metric:"kafka.writer.dial.count"      type:"counter"`
	DialTime DurationStats `metric:"kafka.writer.dial.seconds"`

	// Rebalances counts how often topics got more, or fewer, partitions. QueueLength
	// is the number of messages in the buffer, those on their way included.
	Rebalances        int64         `metric:"kafka.writer.rebalance.count" type:"counter"`
	RebalanceInterval time.Duration `metric:"kafka.writer.rebalance.interval" type:"gauge"`
	QueueLength       int64         `metric:"kafka.writer.queue.length"       type:"gauge"`
	QueueCapacity     int64         `metric:"kafka.writer.queue.capacity"     type:"gauge"`
	ClientID          string        `tag:"client_id"`
}

// writerStats gathers what Stats returns.
type writerStats struct {
	writes, messages, bytes, errors atomic.Int64

	batchTime, queueTime, writeTime, waitTime summary
	retries, batchSize, batchBytes            summary
}

// sealed counts a batch that is complete.
func (s *writerStats) sealed(b *writeBatch) {
	s.queueTime.observeSince(b.created)
	s.batchSize.observe(int64(len(b.refs) - b.dropped))
	s.batchBytes.observe(b.size)
}

// sent counts the batches of a request.
func (s *writerStats) sent(f *flight) {
	for _, x := range f.batches {
		s.writes.Add(1)
		s.batchTime.observe(int64(f.sent.Sub(x.batch.created)))
	}
}

// answered counts for how long a quota has held the answer back.
func (s *writerStats) answered(f *flight, res *produce.Response) {
	if res != nil {
		s.waitTime.observe(int64(time.Duration(res.ThrottleTimeMs) * time.Millisecond))
	}
}

// finished counts a batch that was written or given up.
func (s *writerStats) finished(b *writeBatch, err *WriteError) {
	if err == nil {
		s.messages.Add(int64(len(b.refs)))
		s.bytes.Add(b.size)
	}
}

func (s *writerStats) failed()  { s.errors.Add(1) }
func (s *writerStats) retried() { s.retries.observe(1) }

// Stats returns what happened since the previous call, or since the Writer was
// made, and the settings. It is meant to be called now and then, to report
// metrics.
func (w *Writer) Stats() WriterStats {
	o := w.options()
	stats := WriterStats{
		MaxAttempts:     int64(o.maxAttempts),
		WriteBackoffMin: o.backoffMin,
		WriteBackoffMax: o.backoffMax,
		MaxBatchSize:    int64(o.batchSize),
		BatchTimeout:    o.batchTimeout,
		ReadTimeout:     o.readTimeout,
		WriteTimeout:    o.writeTimeout,
		RequiredAcks:    int64(o.acks),
		Async:           o.async,
		Topic:           o.topic,
	}
	if l := w.legacy; l != nil {
		stats.ClientID = l.clientID
		stats.QueueCapacity = int64(l.queueCapacity)
		stats.RebalanceInterval = l.rebalanceInterval
		stats.DialTime = l.dials.durations()
		stats.Dials = stats.DialTime.Count
	}
	core := w.core.Load()
	if core == nil {
		return stats
	}
	s := &core.stats
	stats.Writes, stats.Messages = s.writes.Swap(0), s.messages.Swap(0)
	stats.Bytes, stats.Errors = s.bytes.Swap(0), s.errors.Swap(0)
	stats.Rebalances = core.rebalances.Swap(0)
	stats.QueueLength = core.buffer.messages()
	stats.BatchTime, stats.BatchQueueTime = s.batchTime.durations(), s.queueTime.durations()
	stats.WriteTime, stats.WaitTime = s.writeTime.durations(), s.waitTime.durations()
	stats.Retries = s.retries.snapshot()
	stats.BatchSize, stats.BatchBytes = s.batchSize.snapshot(), s.batchBytes.snapshot()
	return stats
}
