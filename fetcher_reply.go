package kafka

import (
	"fmt"
	"io"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"
)

// preferredReplicaAge is for how long partitions are read from the replica that
// their leader has named (KIP-392), until the leader is asked again.
const preferredReplicaAge = 5 * time.Minute

// unreachableReplicaAge is for how long they are read from their leader after that
// replica could not be reached.
const unreachableReplicaAge = 30 * time.Second

// receive takes in an answer.
func (f *fetcher) receive(reply *protocol.Reply, res *fetch.Response) {
	if res.ErrorCode != 0 {
		reply.Release()
		f.refused(Error(res.ErrorCode))
		return
	}
	f.session.answered(res.SessionID)
	in := f.in
	in.mu.Lock()
	defer in.lines.unlock(&in.mu)
	f.recoveredLocked()
	answer := f.newAnswer(reply, answeredPartitions(res))
	f.aboard++
	now := time.Now()
	for i := range res.Topics {
		t := &res.Topics[i]
		for j := range t.Partitions {
			part := &t.Partitions[j]
			p := f.find(t.Topic, t.TopicID, part.Partition)
			if p == nil || p.asked != p.seek {
				continue
			}
			if part.ErrorCode != 0 {
				f.declined(p, part, now)
			} else {
				f.brought(p, part, answer, now)
			}
		}
	}
	if answer.uses == 1 {
		in.stats.timeouts++
	} else {
		in.announce()
	}
	answer.release()
}

func answeredPartitions(res *fetch.Response) (n int) {
	for i := range res.Topics {
		n += len(res.Topics[i].Partitions)
	}
	return n
}

// refused is for an error that concerns the request as a whole: a session that the
// broker does not know, or not in this form, is replaced by a new one. It is not
// worth a line: brokers have room for so many sessions.
func (f *fetcher) refused(code Error) {
	switch code {
	case FetchSessionIDNotFound:
		f.session.id = 0
		fallthrough
	case InvalidFetchSessionEpoch, FetchSessionTopicIDError, InconsistentTopicID, UnknownTopicID:
		if f.session.epoch != 0 {
			f.session.restart()
			f.forgetKnown()
			return
		}
	}
	f.failed(fmt.Errorf("kafka: fetch from broker %d: %w", f.broker, code))
}

func (f *fetcher) forgetKnown() {
	f.in.mu.Lock()
	defer f.in.mu.Unlock()
	for _, p := range f.list {
		p.known = false
	}
}

// brought takes in what an answer has of a partition.
func (f *fetcher) brought(p *intakePartition, part *fetch.ResponsePartition, answer *fetchAnswer, now time.Time) {
	p.works()
	p.highWater, p.stable = part.HighWatermark, part.LastStableOffset
	if part.PreferredReadReplica >= 0 && part.PreferredReadReplica != f.broker && now.After(p.preferNobody) {
		p.preferred, p.preferredUntil = part.PreferredReadReplica, now.Add(preferredReplicaAge)
		signalWake(f.in.wake)
	}
	wire := wireOf(part)
	if len(wire) == 0 {
		return
	}
	extent := protocol.ExtentOf(wire)
	if extent.Next <= p.position {
		// What is there is not even a batch, or none that leads on: reading it tells
		// what is wrong with it.
		if err := unreadable(wire, p.position); err != nil {
			p.fails(now, err)
			return
		}
	}
	item := answer.item()
	*item = fetched{
		partition: p, seek: p.seek, answer: answer, wire: wire, from: p.position,
		highWater: part.HighWatermark, records: extent.Records,
	}
	if f.in.opt.isolation == ReadCommitted && len(part.AbortedTransactions) > 0 {
		item.aborted = abortedOf(part)
	}
	answer.uses++
	f.in.queue.push(item)
	if extent.Next > p.position {
		p.position, p.lastEpoch = extent.Next, extent.LeaderEpoch
	}
}

// unreadable tells why records do not lead beyond an offset, nil if a reader finds
// out by itself.
func unreadable(wire []byte, offset int64) error {
	var it protocol.RecordIter
	it.Reset(wire, protocol.RecordIterOptions{Offset: offset})
	defer it.Close()
	if it.Next() || it.Err() != nil {
		return nil
	}
	return fmt.Errorf("the broker sent the mere beginning of a batch: %w", io.ErrNoProgress)
}

// movedAway are the errors that say that a partition is to be read elsewhere, or
// that it is not known yet where.
var movedAway = map[Error]bool{
	UnknownTopicOrPartition: true,
	LeaderNotAvailable:      true,
	NotLeaderForPartition:   true,
	BrokerNotAvailable:      true,
	ReplicaNotAvailable:     true,
	KafkaStorageError:       true,
	FencedLeaderEpoch:       true,
	UnknownTopicID:          true,
	InconsistentTopicID:     true,
}

// declined is for a partition that the broker has an error for.
func (f *fetcher) declined(p *intakePartition, part *fetch.ResponsePartition, now time.Time) {
	code := Error(part.ErrorCode)
	if p.leader != f.broker {
		// A follower may lack what the leader has.
		p.preferLeader(now, f.in.opt.backoffMax)
		p.retryAt = now.Add(f.in.opt.backoffMin)
		return
	}
	switch {
	case code == OffsetOutOfRange:
		p.state = takeOutside
	case movedAway[code]:
		f.in.stats.rebalances++
		if hint := part.CurrentLeader; hint.LeaderID >= 0 && hint.LeaderEpoch > p.epoch {
			f.in.cluster.moved(p.topic, p.id, hint.LeaderID, hint.LeaderEpoch)
		}
		f.elsewhere(p, code, now)
	default:
		p.fails(now, code)
	}
}

// preferLeader has the partition read from its leader for a while.
func (p *intakePartition) preferLeader(now time.Time, d time.Duration) {
	p.preferred, p.preferNobody = -1, now.Add(d)
	signalWake(p.intake.wake)
}

// elsewhere has metadata loaded, which will tell where the partition is read from.
func (f *fetcher) elsewhere(p *intakePartition, reason error, now time.Time) {
	p.fails(now, reason)
	f.in.cluster.load([]string{p.topic}, nil)
	signalWake(f.in.wake)
}
