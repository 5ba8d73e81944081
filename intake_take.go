package kafka

import (
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// CorruptBatchError reports a batch of records that cannot be read: its checksum
// does not match, or what it holds makes no sense. The messages before it have been
// returned. The Reader asks for the batch again, after a pause; SetOffset to an
// offset behind it leaves it out.
type CorruptBatchError struct {
	Topic     string
	Partition int
	Offset    int64 // of the first message that cannot be read
	Err       error // what is wrong, a *protocol.BatchError
}

// Error says where the batch is, and what is wrong with it.
func (e *CorruptBatchError) Error() string {
	return fmt.Sprintf("kafka: partition %d of topic %q cannot be read at offset %d: %v", e.Partition, e.Topic, e.Offset, e.Err)
}

// Unwrap returns what is wrong with the batch.
func (e *CorruptBatchError) Unwrap() error { return e.Err }

// ReadError reports a failure to read from a partition that has not passed for a
// while. The Reader goes on trying: the call that returned it can be repeated.
type ReadError struct {
	Topic     string
	Partition int
	Offset    int64 // of the next message, FirstOffset or LastOffset while not known
	Attempts  int   // that have failed in a row
	Err       error // of the last one
}

// Error says which partition it is about, and gives the last failure.
func (e *ReadError) Error() string {
	return fmt.Sprintf("kafka: reading partition %d of topic %q at offset %d, attempt %d: %v", e.Partition, e.Topic, e.Offset, e.Attempts, e.Err)
}

// Unwrap returns the last failure.
func (e *ReadError) Unwrap() error { return e.Err }

// Timeout tells whether the last failure was that something took too long.
func (e *ReadError) Timeout() bool {
	var t interface{ Timeout() bool }
	return errors.As(e.Err, &t) && t.Timeout()
}

// Temporary is true: the Reader goes on.
func (e *ReadError) Temporary() bool { return true }

// takeLocked sets *m, which is zero, to the next message, if there is one.
func (in *intake) takeLocked(m *Message) (ok bool, err error) {
	if in.queue.failure != nil && (!in.suspended || in.queue.failed == nil) {
		return false, in.queue.takeFailure()
	}
	if in.suspended {
		return false, nil
	}
	for {
		if in.open == nil && !in.openLocked() {
			return false, nil
		}
		f := in.open
		if !f.current() {
			in.finish()
			continue
		}
		if in.iter.Next() {
			in.message(m, f)
			return true, nil
		}
		p := f.partition
		position, err := in.iter.Position(), in.iter.Err()
		p.next = max(p.next, position)
		in.finish()
		if err != nil {
			return false, p.unreadable(position, err)
		}
		p.corrupt = 0
	}
}

// openLocked begins with what has been waiting for longest.
func (in *intake) openLocked() bool {
	f := in.queue.pop()
	if f == nil {
		return false
	}
	in.open, in.began, in.last = f, time.Now(), f.partition
	in.iter.Reset(f.wire, f.options(in.opt))
	return true
}

// message sets *m, which is zero, to the record that the iterator is at.
func (in *intake) message(m *Message, f *fetched) {
	record := in.iter.Record()
	p := f.partition
	m.Topic = p.topic // one by one: a literal would be made elsewhere and copied
	m.Partition = int(p.id)
	m.Offset = record.Offset
	m.HighWaterMark = f.highWater
	m.Key = in.slab.Copy(record.Key)
	m.Value = in.slab.Copy(record.Value)
	if record.HeaderCount() > 0 {
		m.Headers = record.CopyHeaders(&in.slab)
	}
	m.Time = makeTime(record.Timestamp)
	m.ownership = p.ownership
	p.next, p.lastTime = record.Offset+1, record.Timestamp
	size := int64(len(record.Key) + len(record.Value))
	in.read.records++
	in.read.bytes += size
	in.stats.messages++
	in.stats.bytes += size
}

// finish is for the end of what is open.
func (in *intake) finish() {
	f := in.open
	if f == nil {
		return
	}
	in.iter.Close()
	in.open = nil
	in.queue.records.Add(-int64(f.records))
	in.stats.readTime.observeSince(in.began)
	in.stats.fetchSize.observe(in.read.records)
	in.stats.fetchBytes.observe(in.read.bytes)
	in.read.records, in.read.bytes = 0, 0
	f.answer.release()
	if in.opt.queueLimit > 0 {
		in.wakeFetchers()
	}
}

// unreadable has the partition read again from where it could not be read, after a
// pause: what is wrong may have happened on the way.
func (p *intakePartition) unreadable(offset int64, err error) error {
	p.drop()
	p.position, p.next = offset, offset
	p.corrupt++
	p.retryAt = time.Now().Add(p.intake.opt.backoff(p.corrupt))
	p.intake.stats.errors++
	if p.fetcher != nil {
		p.fetcher.changed()
	}
	return &CorruptBatchError{Topic: p.topic, Partition: int(p.id), Offset: offset, Err: err}
}

// options say which records are shown.
func (f *fetched) options(opt *readOptions) protocol.RecordIterOptions {
	return protocol.RecordIterOptions{Offset: f.from, ReadCommitted: opt.isolation == ReadCommitted, Aborted: f.aborted}
}
