package kafka

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/fetch"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/offsetforleaderepoch"
)

// fakeFeed is a fakeCluster that can be read from. Its brokers keep fetch sessions
// (KIP-227), fail the test when a client is out of step with them, hold fetches back
// until there is something, and know leader epochs.
type fakeFeed struct {
	*fakeCluster

	// script answers a fetch in place of the broker, if it returns something.
	script func(n *fakeNode, req *fetch.Request) *fetch.Response
	// patient says that errors of sessions are part of the test.
	patient bool

	logs     sync.Mutex // guards what follows
	parts    map[partitionKey]*feedLog
	ids      map[string]protocol.UUID
	sessions map[int32]*feedSession
	session  int32 // the newest
	ended    map[int32]bool
	fetches  []*fetch.Request
	asked    []string // what else was asked, in short
	news     chan struct{}
	stopped  bool
	log      []string // lines of the Reader
}

// feedLog is a partition.
type feedLog struct {
	leader    int32
	epoch     int32
	start     int64
	end       int64
	batches   []feedBatch
	code      Error // of fetches; 0 for none
	aborted   []fetch.ResponseTransaction
	stable    int64 // last stable offset; 0 for the end
	preferred int32 // replica to read from; 0 for none
	lagging   int64 // what followers lack
	hint      bool  // brokers that do not lead name the leader
}

type feedBatch struct {
	base, last int64
	epoch      int32
	wire       []byte
}

// feedSession is a fetch session of a broker.
type feedSession struct {
	node  int32
	epoch int32
	parts map[sessionPartition]*feedCursor
}

type feedCursor struct {
	fetch.RequestPartition
	told int64 // high water mark that the client knows; -1 for none
}

func newFakeFeed(t testing.TB, nodes int) *fakeFeed {
	f := &fakeFeed{
		fakeCluster: newFakeCluster(t, nodes),
		parts:       make(map[partitionKey]*feedLog),
		ids:         make(map[string]protocol.UUID),
		sessions:    make(map[int32]*feedSession),
		ended:       make(map[int32]bool),
		news:        make(chan struct{}),
	}
	f.alter = f.handle
	return f
}

// create makes a topic whose partitions have the leaders given.
func (f *fakeFeed) create(topic string, leaders ...int32) {
	f.with(func() {
		f.session++ // makes ids of topics differ
		id := protocol.UUID{byte(f.session), 7}
		copy(id[2:], topic)
		f.ids[topic] = id
		for i, leader := range leaders {
			f.parts[partitionKey{topic, int32(i)}] = &feedLog{leader: leader}
		}
	})
}

func (f *fakeFeed) remove(topic string) {
	f.with(func() {
		delete(f.ids, topic)
		for key := range f.parts {
			if key.topic == topic {
				delete(f.parts, key)
			}
		}
	})
}

// with changes the truth.
func (f *fakeFeed) with(change func()) {
	f.logs.Lock()
	defer f.logs.Unlock()
	change()
	close(f.news)
	f.news = make(chan struct{})
}

// part changes a partition.
func (f *fakeFeed) part(topic string, id int32, change func(*feedLog)) {
	f.with(func() { change(f.parts[partitionKey{topic, id}]) })
}

// write appends a batch of values to a partition.
func (f *fakeFeed) write(topic string, id int32, list ...string) {
	f.part(topic, id, func(p *feedLog) { p.append(f.t, wireBatch{msgs: values(list...)}) })
}

func (p *feedLog) append(t testing.TB, b wireBatch) {
	b.base = p.end
	if b.last > 0 {
		b.last += p.end
	}
	wire := b.bytes(t)
	binary.BigEndian.PutUint32(wire[12:], uint32(p.epoch))
	last := b.base + int64(binary.BigEndian.Uint32(wire[23:]))
	p.batches = append(p.batches, feedBatch{b.base, last, p.epoch, wire})
	p.end = last + 1
}

// cut removes what is at and behind an offset.
func (p *feedLog) cut(offset int64) {
	p.batches = slices.DeleteFunc(p.batches, func(b feedBatch) bool { return b.base >= offset })
	p.end = offset
}

func (f *fakeFeed) handle(n *fakeNode, r *fakeRequest) (protocol.Message, bool) {
	switch req := r.message.(type) {
	case *apiversions.Request:
		res := f.versions()
		key := protocol.OffsetForLeaderEpoch
		res.ApiKeys = append(res.ApiKeys, apiversions.ApiKeyResponse{ApiKey: int16(key), MinVersion: key.MinVersion(), MaxVersion: key.MaxVersion()})
		return res, true
	case *metadata.Request:
		return f.layout(req), true
	case *fetch.Request:
		return f.fetch(n, r, req), true
	case *listoffsets.Request:
		return f.offsets(n, req), true
	case *offsetforleaderepoch.Request:
		return f.epochs(n, req), true
	}
	return nil, false
}

func (f *fakeFeed) layout(req *metadata.Request) *metadata.Response {
	f.mu.Lock()
	res := f.metadata(req)
	f.mu.Unlock()
	f.logs.Lock()
	defer f.logs.Unlock()
	for i := range res.Topics {
		t := &res.Topics[i]
		id, ok := f.ids[t.Name]
		if !ok {
			continue
		}
		t.ErrorCode, t.TopicID = 0, id
		for id := int32(0); f.parts[partitionKey{t.Name, id}] != nil; id++ {
			p := f.parts[partitionKey{t.Name, id}]
			t.Partitions = append(t.Partitions, metadata.ResponsePartition{
				PartitionIndex: id, LeaderID: p.leader, LeaderEpoch: p.epoch,
				ErrorCode: int16(unless(p.leader >= 0, LeaderNotAvailable)),
			})
		}
	}
	return res
}

// name returns the topic of an id.
func (f *fakeFeed) name(id protocol.UUID) string {
	for name, known := range f.ids {
		if known == id {
			return name
		}
	}
	return ""
}

func (f *fakeFeed) fetch(n *fakeNode, r *fakeRequest, req *fetch.Request) protocol.Message {
	f.logs.Lock()
	defer f.logs.Unlock()
	f.fetches = append(f.fetches, req)
	if f.script != nil {
		if res := f.script(n, req); res != nil {
			return res
		}
	}
	s, code := f.enter(n, req)
	if code != 0 {
		if !f.patient && !f.ended[req.SessionID] {
			f.t.Errorf("session %d, epoch %d of broker %d: %v", req.SessionID, req.SessionEpoch, n.id, code)
		}
		return &fetch.Response{ErrorCode: int16(code)}
	}
	if s == nil {
		return &fetch.Response{}
	}
	full := req.SessionEpoch == 0
	end := time.NewTimer(time.Duration(req.MaxWaitTime) * time.Millisecond)
	defer end.Stop()
	for over := len(s.parts) == 0; ; {
		res, ready := f.collect(n, s, full, r.version)
		if ready || over || f.stopped {
			return res
		}
		news := f.news
		f.logs.Unlock()
		select {
		case <-news:
		case <-end.C:
			over = true
		}
		f.logs.Lock()
	}
}

// enter finds the session of a request, as it is after that; nil for one that ends.
func (f *fakeFeed) enter(n *fakeNode, req *fetch.Request) (*feedSession, Error) {
	s := f.sessions[req.SessionID]
	switch {
	case req.SessionEpoch == finalSessionEpoch:
		delete(f.sessions, req.SessionID)
		f.ended[req.SessionID] = true // a fetch may still be on its way
		return nil, 0
	case req.SessionEpoch == 0:
		delete(f.sessions, req.SessionID)
		f.session++
		s = &feedSession{node: n.id, parts: make(map[sessionPartition]*feedCursor)}
		f.sessions[f.session] = s
		req.SessionID = f.session
	case s == nil || s.node != n.id:
		return nil, FetchSessionIDNotFound
	case s.epoch != req.SessionEpoch:
		return nil, InvalidFetchSessionEpoch
	}
	s.epoch++
	for _, t := range req.ForgottenTopics {
		for _, id := range t.Partitions {
			key := sessionPartition{partitionKey{f.name(t.TopicID), id}, t.TopicID}
			if s.find(key) == nil {
				f.t.Errorf("the client has session %d forget %v, which it does not have", req.SessionID, key)
			}
			delete(s.parts, s.keyOf(key))
		}
	}
	for _, t := range req.Topics {
		for _, p := range t.Partitions {
			key := s.keyOf(sessionPartition{partitionKey{f.name(t.TopicID), p.Partition}, t.TopicID})
			c := s.parts[key]
			if c == nil {
				c = &feedCursor{told: -1}
				s.parts[key] = c
			}
			c.RequestPartition = p
		}
	}
	return s, 0
}

// keyOf returns the key of a partition whose topic may have been deleted meanwhile.
func (s *feedSession) keyOf(key sessionPartition) sessionPartition {
	for k := range s.parts {
		if k.topicID == key.topicID && k.id == key.id {
			return k
		}
	}
	return key
}

func (s *feedSession) find(key sessionPartition) *feedCursor { return s.parts[s.keyOf(key)] }

// collect makes an answer, which is ready if it has something to say.
func (f *fakeFeed) collect(n *fakeNode, s *feedSession, full bool, version int16) (*fetch.Response, bool) {
	res := &fetch.Response{}
	for id, other := range f.sessions {
		if other == s {
			res.SessionID = id
		}
	}
	ready := false
	for key, c := range s.parts {
		part, urgent := f.collectOne(n, key, c)
		if !urgent && !full && part.HighWatermark == c.told {
			continue
		}
		ready = ready || urgent
		c.told = part.HighWatermark
		part.Partition = key.id
		res.Topics = append(res.Topics, fetch.ResponseTopic{TopicID: key.topicID, Topic: key.topic, Partitions: []fetch.ResponsePartition{part}})
	}
	return res, ready
}

func (f *fakeFeed) collectOne(n *fakeNode, key sessionPartition, c *feedCursor) (part fetch.ResponsePartition, urgent bool) {
	part = fetch.ResponsePartition{
		DivergingEpoch: fetch.ResponseEpochEndOffset{Epoch: -1, EndOffset: -1}, CurrentLeader: fetch.ResponseCurrentLeader{LeaderID: -1, LeaderEpoch: -1},
		SnapshotID: fetch.ResponseSnapshotID{EndOffset: -1, Epoch: -1}, PreferredReadReplica: -1, HighWatermark: -1, LastStableOffset: -1, LogStartOffset: -1,
	}
	p := f.parts[key.partitionKey]
	if p == nil || f.ids[key.topic] != key.topicID {
		part.ErrorCode = int16(UnknownTopicID)
		return part, true
	}
	end, follower := p.end, p.leader != n.id && p.preferred == n.id
	if follower {
		end -= p.lagging
	}
	switch {
	case p.code != 0:
		part.ErrorCode = int16(p.code)
	case p.leader != n.id && !follower:
		part.ErrorCode = int16(NotLeaderForPartition)
		if p.hint {
			part.CurrentLeader = fetch.ResponseCurrentLeader{LeaderID: p.leader, LeaderEpoch: p.epoch}
		}
	case c.CurrentLeaderEpoch >= 0 && c.CurrentLeaderEpoch < p.epoch:
		part.ErrorCode = int16(FencedLeaderEpoch)
	case c.FetchOffset < p.start || c.FetchOffset > end:
		part.ErrorCode = int16(OffsetOutOfRange)
	}
	if part.ErrorCode != 0 {
		return part, true
	}
	part.HighWatermark, part.LastStableOffset, part.LogStartOffset = end, end, p.start
	if p.stable > 0 {
		part.LastStableOffset = p.stable
	}
	if !follower && p.preferred > 0 && len(f.fetches) > 0 && f.fetches[len(f.fetches)-1].RackID != "" {
		part.PreferredReadReplica = p.preferred
		return part, true
	}
	var wire []byte
	for _, b := range p.batches {
		if b.last >= c.FetchOffset && b.last < end && (len(wire) == 0 || len(wire)+len(b.wire) <= int(c.PartitionMaxBytes)) {
			wire = append(wire, b.wire...)
		}
	}
	part.AbortedTransactions = p.aborted
	part.RecordSet = protocol.RecordSet{Records: protocol.NewWireRecords(wire)}
	return part, len(wire) > 0
}

func (f *fakeFeed) offsets(n *fakeNode, req *listoffsets.Request) *listoffsets.Response {
	f.logs.Lock()
	defer f.logs.Unlock()
	res := &listoffsets.Response{}
	for _, t := range req.Topics {
		rt := listoffsets.ResponseTopic{Topic: t.Topic}
		for _, q := range t.Partitions {
			f.asked = append(f.asked, fmt.Sprintf("broker %d: offset %d of %s/%d", n.id, q.Timestamp, t.Topic, q.Partition))
			a := listoffsets.ResponsePartition{Partition: q.Partition, Timestamp: -1, LeaderEpoch: -1}
			p := f.parts[partitionKey{t.Topic, q.Partition}]
			switch {
			case p == nil:
				a.ErrorCode = int16(UnknownTopicOrPartition)
			case p.leader != n.id:
				a.ErrorCode = int16(NotLeaderForPartition)
			case q.Timestamp == listoffsets.Earliest:
				a.Offset = p.start
			default:
				a.Offset = p.end
			}
			rt.Partitions = append(rt.Partitions, a)
		}
		res.Topics = append(res.Topics, rt)
	}
	return res
}

func (f *fakeFeed) epochs(n *fakeNode, req *offsetforleaderepoch.Request) *offsetforleaderepoch.Response {
	f.logs.Lock()
	defer f.logs.Unlock()
	res := &offsetforleaderepoch.Response{}
	for _, t := range req.Topics {
		rt := offsetforleaderepoch.ResponseTopic{Topic: t.Topic}
		for _, q := range t.Partitions {
			f.asked = append(f.asked, fmt.Sprintf("broker %d: end of epoch %d of %s/%d", n.id, q.LeaderEpoch, t.Topic, q.Partition))
			a := offsetforleaderepoch.ResponsePartition{Partition: q.Partition, LeaderEpoch: -1, EndOffset: -1}
			p := f.parts[partitionKey{t.Topic, q.Partition}]
			if p == nil || p.leader != n.id {
				a.ErrorCode = int16(NotLeaderForPartition)
			} else {
				for _, b := range p.batches {
					if b.epoch <= q.LeaderEpoch {
						a.LeaderEpoch, a.EndOffset = b.epoch, b.last+1
					}
				}
			}
			rt.Partitions = append(rt.Partitions, a)
		}
		res.Topics = append(res.Topics, rt)
	}
	return res
}

// Printf takes lines of a Reader, so that a fakeFeed is a Logger.
func (f *fakeFeed) Printf(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	f.t.Log(line)
	f.logs.Lock()
	defer f.logs.Unlock()
	f.log = append(f.log, line)
}

// lines returns the lines of the Reader that have a text in them.
func (f *fakeFeed) lines(text string) (list []string) {
	synctest.Wait() // they are printed when no lock is held, maybe after what they tell of is seen
	f.logs.Lock()
	defer f.logs.Unlock()
	for _, line := range f.log {
		if strings.Contains(line, text) {
			list = append(list, line)
		}
	}
	return list
}

// firstFetch returns the first fetch.
func (f *fakeFeed) firstFetch() *fetch.Request {
	f.logs.Lock()
	defer f.logs.Unlock()
	return f.fetches[0]
}

// fetched returns the number of fetches so far.
func (f *fakeFeed) fetched() int {
	f.logs.Lock()
	defer f.logs.Unlock()
	return len(f.fetches)
}

// reader makes a Reader of partition 0 of topic "t". A test closes it; one that fails
// before would go on for ever without that, as there is always something to do in fake time.
func (f *fakeFeed) reader(change func(*ReaderConfig)) *Reader {
	config := ReaderConfig{Brokers: []string{"b1:9092"}, Topic: "t", Dialer: &Dialer{DialFunc: f.dial}, Logger: f}
	if change != nil {
		change(&config)
	}
	r := NewReader(config)
	f.t.Cleanup(func() { _ = r.Close() })
	return r
}

// intake makes one that reads partitions of topic "t" from their beginnings.
func (f *fakeFeed) intake(r *Reader, partitions ...int32) *intake {
	in := newIntake(r.cluster, r.opt)
	starts := make(map[partitionKey]intakeStart)
	for _, id := range partitions {
		starts[partitionKey{"t", id}] = intakeStart{offset: FirstOffset}
	}
	in.assign(starts)
	r.in.Store(in)
	return in
}

// withFeed runs a test in fake time, with a topic "t" of one partition.
func withFeed(t *testing.T, nodes int, test func(t *testing.T, f *fakeFeed)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeFeed(t, nodes)
		f.create("t", 1)
		defer f.with(func() { f.stopped = true })
		test(t, f)
	})
}

// wants reads messages, which have to have the values given.
func wants(t testing.TB, r *Reader, list ...string) {
	t.Helper()
	for _, want := range list {
		require.Equal(t, want, string(nextMessage(t, r).Value))
	}
}

func nextMessage(t testing.TB, r *Reader) Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	m, err := r.FetchMessage(ctx)
	require.NoError(t, err)
	return m
}

// nothing checks that no message comes for a while.
func nothing(t testing.TB, r *Reader, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	m, err := r.FetchMessage(ctx)
	require.Equal(t, context.DeadlineExceeded, err, "%q", m.Value)
}

// fixChecksum makes the checksum of a batch that was changed right.
func fixChecksum(wire []byte) {
	binary.BigEndian.PutUint32(wire[17:], crc32.Checksum(wire[21:], crc32.MakeTable(crc32.Castagnoli)))
}
