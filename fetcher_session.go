package kafka

import (
	"math/rand/v2"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"
)

// fetchSession is what a broker and a fetcher have agreed upon (KIP-227): requests
// name only what has changed, and answers only what is new. The partitions that
// the broker knows are marked in intakePartition.known.
type fetchSession struct {
	id    int32
	epoch int32 // of the next request; 0 asks for a new session
	names bool  // topics are named, not identified
}

// The epoch that ends a session, see KIP-227.
const finalSessionEpoch = -1

// sessionPartition is a partition as a session knows it.
type sessionPartition struct {
	partitionKey
	topicID protocol.UUID
}

func (p *intakePartition) inSession() sessionPartition {
	return sessionPartition{p.partitionKey, p.topicID}
}

// restart has the next request replace the session by a new one.
func (s *fetchSession) restart() { s.epoch = 0 }

// answered moves on after an answer without an error.
func (s *fetchSession) answered(id int32) {
	s.id = id
	switch {
	case id == 0: // the broker keeps no session
		s.epoch = 0
	case s.epoch == maxSessionEpoch:
		s.epoch = 1
	default:
		s.epoch++
	}
}

const maxSessionEpoch = 1<<31 - 1

// final is the request that ends the session.
func (s *fetchSession) final() *fetch.Request {
	return &fetch.Request{ReplicaID: -1, SessionID: s.id, SessionEpoch: finalSessionEpoch, ByName: s.names}
}

// request makes the next request. It returns the count of news that it knows of. The
// request is nil if there is something else to do first.
func (f *fetcher) request() (*fetch.Request, int) {
	in := f.in
	in.mu.Lock()
	defer in.mu.Unlock()
	now := time.Now()
	maxWait, ok := f.maxWait(now)
	if !ok {
		return nil, f.news
	}
	if names := f.needNames(); names != f.session.names {
		f.session.names = names
		f.session.restart()
	}
	full := f.session.epoch == 0
	if full {
		f.forgotten = f.forgotten[:0]
		clear(f.topics)
	}
	req := &f.asking
	*req = fetch.Request{
		ReplicaID:       -1,
		MaxWaitTime:     milliseconds(maxWait),
		MinBytes:        in.opt.minBytes,
		MaxBytes:        in.opt.responseBytes(len(in.fetchers), len(f.list)),
		IsolationLevel:  int8(in.opt.isolation),
		SessionID:       f.session.id,
		SessionEpoch:    f.session.epoch,
		RackID:          f.rack(now),
		ByName:          f.session.names,
		Topics:          req.Topics[:0],
		ForgottenTopics: req.ForgottenTopics[:0],
	}
	// Brokers keep the order of the request that begins a session, and fill an answer
	// from the front: it begins anywhere, so that a partition does not come last each
	// time that a group is rebalanced.
	first := 0
	if full {
		first = rand.IntN(len(f.list))
	}
	f.askFor(req, f.list[first:], full, now)
	f.askFor(req, f.list[:first], full, now)
	f.forget(req)
	return req, f.news
}

// askFor puts partitions into the request, or has the session forget those that
// nothing is to be asked of.
func (f *fetcher) askFor(req *fetch.Request, list []*intakePartition, full bool, now time.Time) {
	for _, p := range list {
		switch asks := p.asks(now); {
		case asks:
			f.ask(req, p, full)
		case p.known && !full:
			f.forgotten = append(f.forgotten, p.inSession())
			fallthrough
		default:
			p.known = false
		}
	}
}

// maxWait is how long the broker may wait: no longer than until there is something
// to ask about another partition. It is not ok if there is now, or no partition to
// ask for.
func (f *fetcher) maxWait(now time.Time) (wait time.Duration, ok bool) {
	wait = f.in.opt.maxWait
	for _, p := range f.list {
		pause := p.retryAt.Sub(now)
		switch {
		case p.state == takeStopped || p.state == takeUnplaced:
		case pause > 0:
			wait = min(wait, max(pause, time.Millisecond))
		case p.state != takeReading:
			return 0, false
		default:
			ok = true
		}
	}
	return wait, ok
}

// rack is where the program runs, or empty while a partition is to be read from its
// leader: one that is told sends nothing itself if it knows of a closer replica.
func (f *fetcher) rack(now time.Time) string {
	for _, p := range f.list {
		if now.Before(p.preferNobody) {
			return ""
		}
	}
	return f.in.opt.rack
}

// needNames tells whether a topic has no id.
func (f *fetcher) needNames() bool {
	for _, p := range f.list {
		if p.topicID.IsZero() {
			return true
		}
	}
	return false
}

// ask puts a partition into the request unless the session has it as it is.
func (f *fetcher) ask(req *fetch.Request, p *intakePartition, full bool) {
	p.asked = p.seek
	if !full && p.known && p.sentFrom == p.position && p.sentEpoch == p.epoch {
		return
	}
	p.known, p.sentFrom, p.sentEpoch = true, p.position, p.epoch
	if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != p.topic {
		req.Topics = extend(req.Topics)
		t := &req.Topics[n]
		*t = fetch.RequestTopic{Topic: p.topic, TopicID: p.topicID, Partitions: t.Partitions[:0]}
		f.topics[p.topicID] = p.topic
	}
	t := &req.Topics[len(req.Topics)-1]
	t.Partitions = append(t.Partitions, fetch.RequestPartition{
		Partition:          p.id,
		CurrentLeaderEpoch: p.epoch,
		FetchOffset:        p.position,
		LastFetchedEpoch:   -1,
		LogStartOffset:     -1,
		PartitionMaxBytes:  f.in.opt.maxBytes,
	})
}

// forget puts the partitions into the request that are to leave the session.
func (f *fetcher) forget(req *fetch.Request) {
	for _, p := range f.forgotten {
		if n := len(req.ForgottenTopics); n == 0 || req.ForgottenTopics[n-1].Topic != p.topic {
			req.ForgottenTopics = extend(req.ForgottenTopics)
			t := &req.ForgottenTopics[n]
			*t = fetch.RequestForgottenTopic{Topic: p.topic, TopicID: p.topicID, Partitions: t.Partitions[:0]}
		}
		t := &req.ForgottenTopics[len(req.ForgottenTopics)-1]
		t.Partitions = append(t.Partitions, p.id)
	}
	f.forgotten = f.forgotten[:0]
}

// extend makes a list longer by one element, which is what was in its place before: the
// memory that it holds is used again.
func extend[T any](list []T) []T {
	if n := len(list); n < cap(list) {
		return list[:n+1]
	}
	var element T
	return append(list, element)
}
