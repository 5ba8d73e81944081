package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// errNoAnswer is the cause when WriteTimeout passes after a request was sent.
var errNoAnswer error = noAnswerError{}

type noAnswerError struct{}

func (noAnswerError) Error() string   { return "the broker did not answer within WriteTimeout" }
func (noAnswerError) Timeout() bool   { return true }
func (noAnswerError) Temporary() bool { return true }
func (noAnswerError) Is(target error) bool {
	return target == context.DeadlineExceeded
}

// land takes the answers that are there. What is overdue counts as unanswered.
func (s *sender) land(now time.Time) {
	for len(s.flights) > 0 {
		f := s.flights[0]
		if !f.pending.ready() && now.Before(f.deadline) {
			return
		}
		s.flights[0] = nil
		s.flights = s.flights[1:]
		s.landed(f)
		s.recycle(f)
	}
	s.flights = nil
}

// gone is the context of one who does not wait.
var gone = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func (s *sender) landed(f *flight) {
	overdue := !f.pending.ready()
	res, err := f.pending.reply(gone)
	s.core.stats.answered(f, res)
	switch {
	case overdue && err != nil:
		s.failAll(f, errNoAnswer, true)
	case err != nil:
		s.failAll(f, err, true)
	case res == nil: // no acknowledgement was asked for
		for _, x := range f.batches {
			s.written(x, -1, time.Time{})
		}
	default:
		s.answered(f, res)
	}
}

// answered hands each batch what the broker says of it.
func (s *sender) answered(f *flight, res *produce.Response) {
	for _, x := range f.batches {
		p := x.find(res)
		if p == nil {
			s.failed(x, fmt.Errorf("%w: the response says nothing of the partition", protocol.ErrMalformed), true)
			continue
		}
		s.partitionAnswered(x, p)
	}
}

// find returns what a response says of the batch.
func (x *flown) find(res *produce.Response) *produce.ResponsePartition {
	for i := range res.Topics {
		t := &res.Topics[i]
		if t.Topic != x.queue.topic && (t.Topic != "" || t.TopicID != x.topicID) {
			continue
		}
		for j := range t.Partitions {
			if t.Partitions[j].Partition == x.queue.id {
				return &t.Partitions[j]
			}
		}
	}
	return nil
}

func (s *sender) partitionAnswered(x flown, p *produce.ResponsePartition) {
	code := Error(p.ErrorCode)
	switch {
	case code == 0, code == DuplicateSequenceNumber:
		var appended time.Time
		if p.LogAppendTime > 0 {
			appended = makeTime(p.LogAppendTime)
		}
		s.written(x, p.BaseOffset, appended)
		return
	case movedCodes[code]:
		s.core.route.moved(x.queue.topic, x.queue.id, p.CurrentLeader.LeaderID, p.CurrentLeader.LeaderEpoch)
		s.core.route.refresh(x.queue.topic)
	}
	err := brokerError(p.ErrorCode, p.ErrorMessage)
	switch {
	case (code == MessageSizeTooLarge || code == RecordListTooLarge) && len(x.batch.refs) > 1 && !x.batch.maybeWritten:
		if err := x.queue.split(x.batch); err != nil {
			s.giveUp(x, err, NotWritten)
		}
	case sequenceCodes[code]:
		s.outOfSequence(x, err)
	default:
		s.failed(x, err, s.mayHave(code))
	}
}

// mayHave tells whether a broker that answers with code may have the messages. One
// that loses the lead while it waits for other replicas says that it does not lead,
// as one does that did not lead before.
func (s *sender) mayHave(code Error) bool {
	return mayBeWritten[code] || code == NotLeaderForPartition && s.core.options.acks == RequireAll
}

// movedCodes say that metadata is out of date.
var movedCodes = map[Error]bool{
	UnknownTopicOrPartition: true,
	LeaderNotAvailable:      true,
	NotLeaderForPartition:   true,
	ReplicaNotAvailable:     true,
	FencedLeaderEpoch:       true,
	KafkaStorageError:       true,
	UnknownTopicID:          true,
	InconsistentTopicID:     true,
}

// mayBeWritten are the codes of a broker that has the messages, but not on as many
// replicas as were asked for, or that does not know what it has.
var mayBeWritten = map[Error]bool{
	RequestTimedOut:              true,
	NotEnoughReplicasAfterAppend: true,
	NetworkException:             true,
	KafkaStorageError:            true,
	Unknown:                      true,
}

// sequenceCodes say that the broker does not know the producer as it presents
// itself.
var sequenceCodes = map[Error]bool{
	OutOfOrderSequenceNumber: true,
	UnknownProducerId:        true,
	InvalidProducerEpoch:     true,
	InvalidProducerIDMapping: true,
	ProducerFenced:           true,
}

// outOfSequence deals with a batch whose sequence number or epoch the broker
// refuses. Behind a batch that failed that is to be expected: it is sent again. The
// first of its partition is sent again under a new epoch, if it cannot have been
// written under the one before.
func (s *sender) outOfSequence(x flown, err error) {
	q, b := x.queue, x.batch
	q.mu.Lock()
	behind := q.blocked || q.rebase && !b.maybeWritten
	q.rebase = q.rebase || !behind
	q.mu.Unlock()
	switch {
	case behind:
		q.again(b, time.Time{})
		s.settleQueue(q)
	case b.maybeWritten:
		s.giveUp(x, err, OutcomeUnknown)
	default:
		if !errors.Is(err, OutOfOrderSequenceNumber) && !errors.Is(err, UnknownProducerId) {
			s.core.raise(b.identity.producerIdentity, true)
		}
		s.failed(x, err, false)
	}
}

// failAll is failed for all batches of a flight.
func (s *sender) failAll(f *flight, err error, written bool) {
	for _, x := range f.batches {
		if movedError(err) {
			s.core.route.refresh(x.queue.topic)
		}
		s.failed(x, err, written)
	}
}

// movedError tells whether a broker that cannot be reached may lead no more.
func movedError(err error) bool {
	var code Error
	return !errors.As(err, &code) || movedCodes[code] || code == BrokerNotAvailable
}

// failed ends an attempt to send a batch, and has it sent again if that may help.
func (s *sender) failed(x flown, err error, written bool) {
	b, o := x.batch, s.core.options
	b.attempts++
	b.maybeWritten = b.maybeWritten || written
	s.core.stats.failed()
	outcome := NotWritten
	if b.maybeWritten {
		outcome = OutcomeUnknown
	}
	if !isRetriable(err) || (written && !b.identity.set && !mayRepeat(err)) {
		s.giveUp(x, err, outcome)
		return
	}
	if b.attempts >= o.maxAttempts {
		s.giveUp(x, err, outcome)
		s.expire(x.queue, err)
		return
	}
	pause := o.backoff(b.attempts)
	o.errorf("kafka writer: topic %s partition %d broker %d: attempt %d of %d: %v; next in %v", x.queue.topic, x.queue.id, s.broker, b.attempts, o.maxAttempts, err, pause)
	s.core.stats.retried()
	x.queue.again(b, time.Now().Add(pause))
	s.settleQueue(x.queue)
}

// expire gives up the batches that have waited behind one that was given up for as
// long as attempts of their own may take. Were each tried in turn, those at the end
// would wait as many times as long as there are batches.
func (s *sender) expire(q *partitionQueue, err error) {
	for _, b := range q.overdue(time.Now().Add(-s.core.options.deliveryTime())) {
		outcome := NotWritten
		if b.maybeWritten {
			outcome = OutcomeUnknown
		}
		s.giveUp(flown{queue: q, batch: b}, err, outcome)
	}
}

// mayRepeat tells whether a request without idempotence may be sent again although
// it may have been carried out: a lost connection is, as it has always been, but a
// broker that is just slow is not.
func mayRepeat(err error) bool { return !errors.Is(err, context.DeadlineExceeded) }

// giveUp ends a batch that is not sent again.
func (s *sender) giveUp(x flown, err error, outcome Outcome) {
	s.core.options.errorf("kafka writer: topic %s partition %d broker %d: giving up %d messages after %d attempts: %v", x.queue.topic, x.queue.id, s.broker, len(x.batch.refs), x.batch.attempts, err)
	s.finish(x, -1, time.Time{}, s.writeError(x, err, outcome))
}

func (s *sender) writeError(x flown, err error, outcome Outcome) *WriteError {
	if m, ok := x.batch.only(); ok && errors.Is(err, MessageSizeTooLarge) {
		err = MessageTooLargeError{Message: m}
	}
	return &WriteError{
		Outcome: outcome, Topic: x.queue.topic, Partition: int(x.queue.id),
		Broker: int(s.broker), Attempts: max(x.batch.attempts, 1), Err: err,
	}
}

// written ends a batch that was acknowledged.
func (s *sender) written(x flown, offset int64, appended time.Time) {
	s.core.buffer.acknowledged()
	s.finish(x, offset, appended, nil)
}

// discard ends a batch all of whose messages were withdrawn.
func (s *sender) discard(x flown) {
	x.queue.landed()
	s.core.free(x.batch)
	s.settleQueue(x.queue)
}

// finish reports what became of a batch: to Completion, then to the callers.
func (s *sender) finish(x flown, offset int64, appended time.Time, err *WriteError) {
	q, b := x.queue, x.batch
	if err != nil && b.identity.set {
		q.mu.Lock()
		q.rebase = true // its sequence numbers are missing now
		q.mu.Unlock()
	}
	s.core.stats.finished(b, err)
	s.complete(x, offset, appended, err)
	s.core.buffer.release(s.core.options.held(b.size, b.live()), b.live())
	b.settle(offset, int(q.id), err)
	s.core.free(b)
	q.landed()
	s.settleQueue(q)
}

// complete calls Completion.
func (s *sender) complete(x flown, offset int64, appended time.Time, err *WriteError) {
	call := s.core.options.completion
	if call == nil || x.batch.withdrawn() {
		return
	}
	msgs := make([]Message, 0, len(x.batch.msgs)) // the program may keep it
	for i := range x.batch.msgs {
		if x.batch.refs[i].delivery != nil {
			msgs = append(msgs, x.batch.msgs[i])
		}
	}
	for i := range msgs {
		m := &msgs[i]
		m.Topic, m.Partition = x.queue.topic, int(x.queue.id)
		if err != nil {
			continue
		}
		if offset >= 0 {
			m.Offset = offset + int64(i)
		}
		if !appended.IsZero() {
			m.Time = appended
		}
	}
	if err != nil {
		call(msgs, err)
		return
	}
	call(msgs, nil)
}

// settleQueue has sequence numbers start anew if they have to and can.
func (s *sender) settleQueue(q *partitionQueue) {
	q.mu.Lock()
	old, due := q.ids.producerIdentity, q.rebase
	unknown := q.rebaseLocked()
	rebased := due && !q.rebase
	if q.flying == 0 {
		q.takeBackLocked()
	}
	q.flying += len(unknown) // finish counts them as landed
	q.mu.Unlock()
	if rebased {
		s.core.raise(old, false)
	}
	for _, b := range unknown {
		s.giveUp(flown{queue: q, batch: b}, errors.New("an earlier batch of the partition was given up"), OutcomeUnknown)
	}
}

// refuse counts an attempt for the first batch of each queue, when there is no
// identity or no connection for them.
func (s *sender) refuse(now time.Time, err error) (next time.Time) {
	queues := s.snapshot()
	defer func() { s.spare = queues[:0] }()
	for _, q := range queues {
		if movedError(err) {
			s.core.route.refresh(q.topic)
		}
		b, at := s.take(q, now, producerIdentity{})
		if b == nil {
			next = sooner(next, at)
			s.dismiss(q)
			continue
		}
		s.failed(flown{queue: q, batch: b}, err, false)
	}
	if next.IsZero() {
		next = now.Add(s.core.options.backoffMin)
	}
	return next
}

// isRetriable tells whether what failed may succeed when it is tried again.
func isRetriable(err error) bool {
	var code Error
	if errors.As(err, &code) {
		return code.Temporary() || sequenceCodes[code] || code == BrokerNotAvailable || code == ReplicaNotAvailable
	}
	var request *protocol.RequestError
	var network net.Error
	switch {
	case isVersionError(err), errors.Is(err, protocol.ErrMalformed), errors.Is(err, errClusterClosed):
		return false
	case errors.As(err, &network), errors.As(err, &request):
		return true
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		return true
	}
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// isVersionError tells whether the broker is too old, or too new.
func isVersionError(err error) bool {
	var e *protocol.VersionError
	return errors.As(err, &e)
}
