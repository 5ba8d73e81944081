package kafka

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/offsetforleaderepoch"
)

// offsetTimeout bounds what a fetcher asks beside messages.
const offsetTimeout = 10 * time.Second

// clientEpochVersion is the first version of OffsetForLeaderEpoch that brokers let
// consumers use without the rights of a broker.
const clientEpochVersion = 3

// offsetQuestion is a partition as it was when the broker was asked about it.
type offsetQuestion struct {
	partition *intakePartition
	key       partitionKey
	seek      int32
	state     takeState
	position  int64
	epoch     int32
	lastEpoch int32
}

// open tells whether the answer still matters. intake.mu is held.
func (q *offsetQuestion) open(f *fetcher) bool {
	p := q.partition
	return p.fetcher == f && p.seek == q.seek && p.state == q.state
}

// questions returns the partitions in the given states whose pause is over.
func (f *fetcher) questions(states ...takeState) (list []offsetQuestion) {
	f.in.mu.Lock()
	defer f.in.mu.Unlock()
	now := time.Now()
	for _, p := range f.list {
		for _, s := range states {
			if p.state == s && !now.Before(p.retryAt) {
				list = append(list, offsetQuestion{p, p.partitionKey, p.seek, p.state, p.position, p.epoch, p.lastEpoch})
			}
		}
	}
	return list
}

// exchange sends a request to the fetcher's broker, by its connection for such.
func (f *fetcher) exchange(req Request) (Response, error) {
	b := f.in.cluster.broker(f.broker)
	if b == nil {
		return nil, fmt.Errorf("kafka: broker %d: %w", f.broker, BrokerNotAvailable)
	}
	ctx, cancel := context.WithTimeout(f.in.ctx, offsetTimeout)
	defer cancel()
	return b.exchange(ctx, req)
}

// boundsOf asks for the offset of each question at the time that timestamp gives.
func (f *fetcher) boundsOf(list []offsetQuestion, timestamp func(*offsetQuestion) int64) (map[partitionKey]listoffsets.ResponsePartition, error) {
	req := &listoffsets.Request{ReplicaID: -1, IsolationLevel: int8(f.in.opt.isolation)}
	for i := range list {
		q := &list[i]
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != q.key.topic {
			req.Topics = append(req.Topics, listoffsets.RequestTopic{Topic: q.key.topic})
		}
		t := &req.Topics[len(req.Topics)-1]
		t.Partitions = append(t.Partitions, listoffsets.RequestPartition{
			Partition: q.key.id, CurrentLeaderEpoch: q.epoch, Timestamp: timestamp(q),
		})
	}
	answer, err := f.exchange(req)
	if err != nil {
		return nil, err
	}
	res := answer.(*listoffsets.Response)
	found := make(map[partitionKey]listoffsets.ResponsePartition, len(list))
	for i := range res.Topics {
		for _, part := range res.Topics[i].Partitions {
			found[partitionKey{res.Topics[i].Topic, part.Partition}] = part
		}
	}
	return found, nil
}

// resolveOffsets finds out where to begin with partitions that do not know, or where
// to go on with those that are outside of what there is.
func (f *fetcher) resolveOffsets() {
	list := f.questions(takeUnresolved, takeOutside)
	first, err := f.boundsOf(list, func(q *offsetQuestion) int64 {
		if q.state == takeUnresolved && q.position == LastOffset {
			return listoffsets.Latest
		}
		return listoffsets.Earliest
	})
	if err != nil {
		f.failed(err)
		return
	}
	var outside []offsetQuestion
	for _, q := range list {
		if q.state == takeOutside {
			outside = append(outside, q)
		}
	}
	var last map[partitionKey]listoffsets.ResponsePartition
	if len(outside) > 0 {
		if last, err = f.boundsOf(outside, func(*offsetQuestion) int64 { return listoffsets.Latest }); err != nil {
			f.failed(err)
			return
		}
	}
	f.in.mu.Lock()
	defer f.in.lines.unlock(&f.in.mu)
	f.recoveredLocked()
	now := time.Now()
	for i := range list {
		q := &list[i]
		switch start := first[q.key]; {
		case !q.open(f):
		case start.ErrorCode != 0:
			f.offsetError(q.partition, Error(start.ErrorCode), now)
		case q.state == takeUnresolved:
			q.partition.begin(start.Offset, start.LeaderEpoch)
		case last[q.key].ErrorCode != 0:
			f.offsetError(q.partition, Error(last[q.key].ErrorCode), now)
		default:
			q.partition.enter(start.Offset, last[q.key].Offset, now)
		}
	}
}

func (f *fetcher) offsetError(p *intakePartition, code Error, now time.Time) {
	switch {
	case p.leader != f.broker: // only leaders answer
		p.preferLeader(now, f.in.opt.backoffMax)
		p.retryAt = now.Add(f.in.opt.backoffMin)
	case movedAway[code]:
		f.elsewhere(p, code, now)
	default:
		p.fails(now, code)
	}
}

// begin is for a partition whose first position is known now.
func (p *intakePartition) begin(offset int64, epoch int32) {
	wanted := p.position
	p.position, p.next, p.lastEpoch = offset, offset, epoch
	p.state, p.failures = takeReading, 0
	if p.intake.begun != nil {
		p.intake.begun(p.partitionKey, p.ownership, wanted, offset)
	}
}

// enter is for a partition whose position is outside of what there is.
func (p *intakePartition) enter(first, last int64, now time.Time) {
	opt := p.intake.opt
	inside := first <= p.position && p.position <= last
	switch {
	case inside: // it has grown, or been cut off, meanwhile
		p.retryAt = now.Add(opt.backoffMin)
	case opt.outOfRangeError:
		p.intake.lines.errorf("partition %d of topic %q has offsets %d to %d: %d is outside", p.id, p.topic, first, last, p.position)
		p.stop(&ReadError{Topic: p.topic, Partition: int(p.id), Offset: p.position, Attempts: 1, Err: OffsetOutOfRange})
		return
	case p.position < first:
		p.intake.lines.errorf("partition %d of topic %q begins at offset %d: %d messages from offset %d on are gone", p.id, p.topic, first, first-p.position, p.position)
		if p.next == p.position { // otherwise, messages before it wait for the program
			p.next = first
		}
		p.position, p.lastEpoch = first, -1
	case !p.noted:
		p.noted = true
		p.intake.lines.errorf("partition %d of topic %q ends at offset %d: waiting for it to reach %d", p.id, p.topic, last, p.position)
		fallthrough
	default:
		p.failures++
		p.retryAt = now.Add(opt.backoff(p.failures))
	}
	p.state = takeReading
}

// checkEpochs finds out whether the log of a new leader has all that was read.
func (f *fetcher) checkEpochs() {
	list := f.questions(takeDoubtful)
	req := &offsetforleaderepoch.Request{ReplicaID: -1}
	for i := range list {
		q := &list[i]
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != q.key.topic {
			req.Topics = append(req.Topics, offsetforleaderepoch.RequestTopic{Topic: q.key.topic})
		}
		t := &req.Topics[len(req.Topics)-1]
		t.Partitions = append(t.Partitions, offsetforleaderepoch.RequestPartition{
			Partition: q.key.id, CurrentLeaderEpoch: q.epoch, LeaderEpoch: q.lastEpoch,
		})
	}
	found := make(map[partitionKey]offsetforleaderepoch.ResponsePartition, len(list))
	if f.knowsEpochs(req) {
		answer, err := f.exchange(req)
		if err != nil {
			f.failed(err)
			return
		}
		res := answer.(*offsetforleaderepoch.Response)
		for i := range res.Topics {
			for _, part := range res.Topics[i].Partitions {
				found[partitionKey{res.Topics[i].Topic, part.Partition}] = part
			}
		}
	}
	f.in.mu.Lock()
	defer f.in.lines.unlock(&f.in.mu)
	now := time.Now()
	for i := range list {
		q := &list[i]
		part, told := found[q.key]
		switch {
		case !q.open(f):
		case !told:
			q.partition.state = takeReading
		case part.ErrorCode == int16(TopicAuthorizationFailed): // reading may be allowed all the same
			q.partition.state = takeReading
		case part.ErrorCode != 0:
			f.offsetError(q.partition, Error(part.ErrorCode), now)
		default:
			q.partition.agree(part.LeaderEpoch, part.EndOffset)
		}
	}
}

// knowsEpochs tells whether the broker answers consumers about epochs.
func (f *fetcher) knowsEpochs(req Request) bool {
	b := f.in.cluster.broker(f.broker)
	if b == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(f.in.ctx, offsetTimeout)
	defer cancel()
	conn, err := b.data().acquire(ctx)
	if err != nil {
		return true // the request will tell
	}
	version, err := conn.SelectVersion(req)
	return err == nil && version >= clientEpochVersion
}

// agree is for a new leader that has told where the epoch ends that was read last.
func (p *intakePartition) agree(epoch int32, end int64) {
	p.state = takeReading
	if epoch < 0 || end < 0 || end >= p.position {
		return
	}
	from := end
	if p.next >= 0 {
		from = min(p.next, end)
	}
	p.intake.lines.errorf("partition %d of topic %q was cut off at offset %d when its leader changed: reading from offset %d on, where %d was next", p.id, p.topic, end, from, p.position)
	p.drop()
	p.position, p.lastEpoch = from, epoch
	p.next = from
}

// askEnds asks for the ends of partitions while no answer to a fetch tells them.
func (f *fetcher) askEnds() {
	list := f.questions(takeReading)
	found, err := f.boundsOf(list, func(*offsetQuestion) int64 { return listoffsets.Latest })
	if err != nil {
		return // the next fetch meets what is wrong
	}
	f.in.mu.Lock()
	defer f.in.mu.Unlock()
	for _, q := range list {
		if part, ok := found[q.key]; ok && part.ErrorCode == 0 && q.partition.seek == q.seek {
			q.partition.highWater = max(q.partition.highWater, part.Offset)
			q.partition.stable = max(q.partition.stable, part.Offset)
		}
	}
}
