package kafka

import (
	"cmp"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// partitionKey names a partition.
type partitionKey struct {
	topic string
	id    int32
}

func comparePartitionKeys(a, b partitionKey) int {
	return cmp.Or(cmp.Compare(a.topic, b.topic), cmp.Compare(a.id, b.id))
}

// takeState says what a partition needs before messages can be asked for.
type takeState uint8

const (
	// takeUnplaced: no broker is known that the partition can be read from.
	// Metadata leads to any of the others.
	takeUnplaced takeState = iota

	// takeUnresolved: position stands for an offset that the broker has to be asked
	// for. Its answer leads to takeReading.
	takeUnresolved

	// takeOutside: the broker says that position is outside of the partition. The
	// bounds of that lead to takeReading, maybe after a pause.
	takeOutside

	// takeDoubtful: there is a new leader, and what was read may not be in its log
	// (KIP-320). Its answer leads to takeReading.
	takeDoubtful

	// takeReading: messages are asked for. The broker's errors lead to takeOutside
	// and takeUnplaced.
	takeReading

	// takeStopped: nothing is asked for any more, until a seek.
	takeStopped
)

// intakePartition is a partition that is read. intake.mu guards it.
type intakePartition struct {
	partitionKey
	intake *intake

	// ownership marks the messages of the partition in a group, see Message; 0
	// without one.
	ownership int32

	// place is where the partition is read from.
	fetcher        *fetcher // nil while unplaced
	leader         int32
	epoch          int32 // of the leader, -1 where not known
	topicID        protocol.UUID
	preferred      int32 // broker to read from in place of the leader, -1 for none (KIP-392)
	preferredUntil time.Time
	preferNobody   time.Time // until then: the last one had not what was asked for

	state takeState
	// seek counts what makes earlier answers worthless.
	seek int32
	// position is the offset to ask for next, ahead of what the program has.
	position int64
	// lastEpoch is the leader epoch of the batch before position, -1 if not known.
	lastEpoch int32

	// next is the offset of the message that the program gets next; FirstOffset or
	// LastOffset before that is known.
	next      int64
	lastTime  int64 // timestamp of the message before, in ms; -1 if there was none
	highWater int64 // -1 if not known
	stable    int64 // last stable offset, -1 if not known

	// known is what the session of the fetcher has of the partition.
	known     bool
	sentFrom  int64
	sentEpoch int32

	// asked is seek as it was when the fetch under way was sent, notAsked if the
	// partition is not part of that.
	asked int32

	// After a failure, nothing is asked for before retryAt.
	failures int
	corrupt  int // batches in a row that could not be read
	retryAt  time.Time
	failing  time.Time // since when
	noted    bool      // the failure was logged
}

// notAsked is no value of intakePartition.seek.
const notAsked = -1

// seekTo has the partition read from an offset, which may be FirstOffset or
// LastOffset. What was brought or is on its way is dropped.
func (p *intakePartition) seekTo(offset int64) {
	p.drop()
	p.position, p.next = offset, offset
	p.lastEpoch, p.lastTime = -1, -1
	p.failures, p.retryAt = 0, time.Time{}
	if p.state != takeUnplaced {
		p.state = p.stateAt(offset)
	}
}

// drop makes what was brought, or is on its way, worthless.
func (p *intakePartition) drop() {
	p.seek++
	p.intake.purge(func(f *fetched) bool { return f.partition == p })
}

func (p *intakePartition) stateAt(offset int64) takeState {
	if offset < 0 {
		return takeUnresolved
	}
	return takeReading
}

// lag is how many offsets there are from next to the end of the partition; 0 while
// either is not known.
func (p *intakePartition) lag() int64 {
	end := p.end()
	if p.next < 0 || end < p.next {
		return 0
	}
	return end - p.next
}

// end is the offset that reading would stop at now, -1 if it is not known.
func (p *intakePartition) end() int64 {
	if p.intake.opt.isolation == ReadCommitted && p.stable >= 0 {
		return min(p.stable, p.highWater)
	}
	return p.highWater
}

// works takes note of an answer without an error.
func (p *intakePartition) works() {
	p.intake.worked = true
	if p.noted {
		p.intake.lines.logf("partition %d of topic %q is read again, from offset %d on", p.id, p.topic, p.position)
	}
	p.failures, p.noted = 0, false
	p.intake.queue.withdraw(p)
}

// permanent are errors that do not pass by themselves, or of which waiting is no
// use to the program: it is told at once.
var permanent = map[Error]bool{
	TopicAuthorizationFailed:   true,
	ClusterAuthorizationFailed: true,
	SASLAuthenticationFailed:   true,
	InvalidTopic:               true,
	UnsupportedVersion:         true,
}

// fails takes note of a failure, which is logged once, and which the program gets
// to see if it does not pass.
func (p *intakePartition) fails(now time.Time, err error) {
	if !p.noted {
		p.noted = true
		p.intake.lines.errorf("reading partition %d of topic %q at offset %d: %v; trying again", p.id, p.topic, p.position, err)
	}
	p.intake.stats.errors++
	p.failsWith(now, err)
}

// failsWith is fails for a failure of many partitions that is logged as one.
func (p *intakePartition) failsWith(now time.Time, err error) {
	opt := p.intake.opt
	if p.failures == 0 {
		p.failing = now
	}
	p.failures++
	p.retryAt = now.Add(opt.backoff(p.failures))
	patience := time.Duration(0)
	if p.intake.worked {
		patience = opt.patience
	}
	if permanent[Error(codeOf(err))] || p.failures > opt.maxAttempts && now.Sub(p.failing) >= patience {
		p.intake.queue.report(p, &ReadError{Topic: p.topic, Partition: int(p.id), Offset: p.next, Attempts: p.failures, Err: err})
		p.intake.announce()
	}
}

// asks tells whether messages of the partition are to be asked for now.
func (p *intakePartition) asks(now time.Time) bool {
	return p.state == takeReading && !now.Before(p.retryAt)
}
