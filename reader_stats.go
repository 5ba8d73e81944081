package kafka

import "time"

// ReaderStats is what Reader.Stats returns: what happened since the previous call,
// and the settings in force.
type ReaderStats struct {
	// Dials are connections for fetches, Fetches the fetches, Messages and Bytes what
	// the program has been given, by keys and values. Rebalances counts generations
	// of the group, and partitions that have moved; Timeouts the answers without
	// messages; Errors the failures.
	Dials      int64 `metric:"kafka.reader.dial.count"      type:"counter"`
	Fetches    int64 `metric:"kafka.reader.fetch.count"     type:"counter"`
	Messages   int64 `metric:"kafka.reader.message.count"   type:"counter"`
	Bytes      int64 `metric:"kafka.reader.message.bytes"   type:"counter"`
	Rebalances int64 `metric:"kafka.reader.rebalance.count" type:"counter"`
	Timeouts   int64 `metric:"kafka.reader.timeout.count"   type:"counter"`
	Errors     int64 `metric:"kafka.reader.error.count"     type:"counter"`

	// ReadTime is how long the program took over what a fetch had brought of a
	// partition, WaitTime how long a fetch took to be answered, FetchSize and
	// FetchBytes how many messages and bytes it had brought of a partition.
	DialTime   DurationStats `metric:"kafka.reader.dial.seconds"`
	ReadTime   DurationStats `metric:"kafka.reader.read.seconds"`
	WaitTime   DurationStats `metric:"kafka.reader.wait.seconds"`
	FetchSize  SummaryStats  `metric:"kafka.reader.fetch.size"`
	FetchBytes SummaryStats  `metric:"kafka.reader.fetch.bytes"`

	// Offset is the offset of the next message, of the partition that was read last
	// in a group. Lag is how many messages are left, over all partitions. QueueLength
	// is how many messages are read ahead, before anything that is not shown is left
	// out.
	Offset        int64         `metric:"kafka.reader.offset"          type:"gauge"`
	Lag           int64         `metric:"kafka.reader.lag"             type:"gauge"`
	MinBytes      int64         `metric:"kafka.reader.fetch_bytes.min" type:"gauge"`
	MaxBytes      int64         `metric:"kafka.reader.fetch_bytes.max" type:"gauge"`
	MaxWait       time.Duration `metric:"kafka.reader.fetch_wait.max"  type:"gauge"`
	QueueLength   int64         `metric:"kafka.reader.queue.length"    type:"gauge"`
	QueueCapacity int64         `metric:"kafka.reader.queue.capacity"  type:"gauge"`

	// Partition is "-1" in a group, Topic is empty with GroupTopics.
	ClientID  string `tag:"client_id"`
	Topic     string `tag:"topic"`
	Partition string `tag:"partition"`

	// DeprecatedFetchesWithTypo is Fetches under the name that it once had.
	DeprecatedFetchesWithTypo int64 `metric:"kafak.reader.fetch.count" type:"counter"`
}

// intakeStats counts what an intake does. Its mu guards the plain fields; summaries
// guard themselves.
type intakeStats struct {
	dials, fetches, messages, bytes int64
	rebalances, timeouts, errors    int64
	dialTime, readTime, waitTime    summary
	fetchSize, fetchBytes           summary
}

// countFetch is for a fetch that was answered.
func (in *intake) countFetch(took time.Duration) {
	in.stats.waitTime.observe(int64(took))
	in.mu.Lock()
	defer in.mu.Unlock()
	in.stats.fetches++
}

// countDial is for a dial that has ended.
func (in *intake) countDial(took time.Duration) {
	in.stats.dialTime.observe(int64(took))
	in.mu.Lock()
	defer in.mu.Unlock()
	in.stats.dials++
}

// snapshot adds what was counted since the last one to stats.
func (in *intake) snapshot(stats *ReaderStats) {
	in.mu.Lock()
	defer in.mu.Unlock()
	s := &in.stats
	stats.Dials, stats.Fetches, stats.Messages, stats.Bytes = s.dials, s.fetches, s.messages, s.bytes
	stats.Rebalances, stats.Timeouts, stats.Errors = s.rebalances, s.timeouts, s.errors
	s.dials, s.fetches, s.messages, s.bytes = 0, 0, 0, 0
	s.rebalances, s.timeouts, s.errors = 0, 0, 0
	stats.DialTime, stats.ReadTime, stats.WaitTime = s.dialTime.durations(), s.readTime.durations(), s.waitTime.durations()
	stats.FetchSize, stats.FetchBytes = s.fetchSize.snapshot(), s.fetchBytes.snapshot()
	stats.QueueLength = max(0, in.queue.records.Load()-in.read.records)
	for _, p := range in.partitions {
		stats.Lag += p.lag()
	}
	if in.last != nil {
		stats.Offset = in.last.next
	}
}
