package kafka

import (
	"slices"
	"sync/atomic"

	"github.com/segmentio/kafka-go/protocol"
)

// fetched are the records of one partition in an answer, in wire form.
type fetched struct {
	partition *intakePartition
	seek      int32 // of the partition when they were asked for
	answer    *fetchAnswer
	wire      []byte
	aborted   []protocol.AbortedTransaction
	from      int64 // offset that was asked for
	highWater int64
	records   int
	next      *fetched
}

// current tells whether the records are still wanted.
func (f *fetched) current() bool { return f.seek == f.partition.seek }

// fetchAnswer is an answer of a broker whose records are in use. intake.mu guards it.
type fetchAnswer struct {
	fetcher *fetcher
	reply   *protocol.Reply
	uses    int       // partitions whose records have not been read, and who else has it
	items   []fetched // of partitions; there is room for all of them
}

// newAnswer returns what holds an answer, with room for a number of partitions, for a
// first use.
func (f *fetcher) newAnswer(reply *protocol.Reply, partitions int) *fetchAnswer {
	var a *fetchAnswer
	if n := len(f.spare); n > 0 {
		a, f.spare = f.spare[n-1], f.spare[:n-1]
	} else {
		a = new(fetchAnswer)
	}
	*a = fetchAnswer{fetcher: f, reply: reply, uses: 1, items: slices.Grow(a.items, partitions)}
	return a
}

// item returns memory for the records of another partition. It does not move.
func (a *fetchAnswer) item() *fetched {
	a.items = a.items[:len(a.items)+1]
	return &a.items[len(a.items)-1]
}

// release gives back the memory of the answer when nothing in it is in use any more.
func (a *fetchAnswer) release() {
	if a.uses--; a.uses > 0 {
		return
	}
	a.reply.Release()
	f := a.fetcher
	f.aboard--
	clear(a.items)
	a.reply, a.items = nil, a.items[:0]
	f.spare = append(f.spare, a)
	signalWake(f.wake)
}

// intakeQueue holds what fetchers have brought and the program has not taken, in
// the order in which it came. intake.mu guards it, but for records.
type intakeQueue struct {
	head, tail *fetched
	records    atomic.Int64 // that wait, as the headers of batches count them

	// failure is an error for the program, of the partition failed.
	failure error
	failed  *intakePartition
}

func (q *intakeQueue) push(f *fetched) {
	q.append(f)
	q.records.Add(int64(f.records))
}

func (q *intakeQueue) append(f *fetched) {
	if q.tail == nil {
		q.head = f
	} else {
		q.tail.next = f
	}
	q.tail = f
}

func (q *intakeQueue) pop() *fetched {
	f := q.head
	if f == nil {
		return nil
	}
	if q.head = f.next; q.head == nil {
		q.tail = nil
	}
	f.next = nil
	return f
}

// purge drops what the function names, except for what is being read.
func (q *intakeQueue) purge(unwanted func(*fetched) bool) {
	list := q.head
	q.head, q.tail = nil, nil
	for f := list; f != nil; {
		next := f.next
		f.next = nil
		if unwanted(f) {
			q.records.Add(-int64(f.records))
			f.answer.release()
		} else {
			q.append(f)
		}
		f = next
	}
}

// report has the program get an error of a partition. There is one at a time: the
// program learns of the others when it has taken care of this.
func (q *intakeQueue) report(p *intakePartition, err error) {
	if q.failure == nil || q.failed == p {
		q.failure, q.failed = err, p
	}
}

// keepFor has the next call get an error, which nothing takes back.
func (q *intakeQueue) keepFor(err error) { q.failure, q.failed = err, nextCall }

// nextCall stands for no partition.
var nextCall = new(intakePartition)

// withdraw takes back the error of a partition that works again.
func (q *intakeQueue) withdraw(p *intakePartition) {
	if q.failed == p {
		q.failure, q.failed = nil, nil
	}
}

// takeFailure returns the error for the program, once.
func (q *intakeQueue) takeFailure() error {
	err := q.failure
	q.failure, q.failed = nil, nil
	return err
}

// purge drops what the function names of what waits.
func (in *intake) purge(unwanted func(*fetched) bool) {
	in.queue.purge(unwanted)
	if in.opt.queueLimit > 0 {
		in.wakeFetchers()
	}
}

// wakeFetchers has all fetchers see that there is room.
func (in *intake) wakeFetchers() {
	for _, f := range in.fetchers {
		signalWake(f.wake)
	}
}
