package kafka

import (
	"errors"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// fakeLogs are the logs of a fakeCluster, whose brokers check producer ids,
// epochs and sequence numbers the way that Kafka's do (KIP-98, KIP-360).
type fakeLogs struct {
	*fakeCluster
	// script says what happens to a batch; nil means that it is written.
	script func(*fakeBatch) fakeFate
	init   Error // the answer to InitProducerId
	stale  int32 // the leader that metadata tells, while only answers of Produce tell the truth; 0 for none

	logs      sync.Mutex // guards what follows
	parts     map[fakePart]*fakePartition
	batches   []*fakeBatch // all that brokers were sent, in order
	requests  int          // of Produce
	inits     int          // of InitProducerId
	complaint []Error      // codes of batches whose sequence was wrong
}

type fakePart struct {
	topic string
	id    int32
}

// fakePartition is a log.
type fakePartition struct {
	values    []string
	producers map[int64]*fakeProducer
}

// fakeProducer is what a broker remembers of a producer.
type fakeProducer struct {
	epoch int16
	last  []fakeAppend // at most 5
}

type fakeAppend struct {
	sequence int32
	count    int
	offset   int64
}

// fakeBatch is a batch that a broker was sent.
type fakeBatch struct {
	fakePart
	node     int32
	request  int // number of the request, from 1
	codec    Compression
	acks     int16
	id       int64
	epoch    int16
	sequence int32
	values   []string
	msgs     []Message
}

// fakeFate is what happens to a batch.
type fakeFate struct {
	before Error // the code of a batch that is not written
	after  Error // the code of a batch that is written all the same
	cut    bool  // the connection is cut instead of the answer
	silent bool  // there is no answer any more on this connection
	skip   bool  // it is not written, with cut or silent
	wait   <-chan struct{}
}

func newFakeLogs(c *fakeCluster) *fakeLogs {
	l := &fakeLogs{fakeCluster: c, parts: make(map[fakePart]*fakePartition)}
	c.alter = l.handle
	return l
}

func (l *fakeLogs) handle(n *fakeNode, r *fakeRequest) (protocol.Message, bool) {
	switch req := r.message.(type) {
	case *metadata.Request:
		l.mu.Lock()
		defer l.mu.Unlock()
		res := l.metadata(req)
		for i := range res.Topics {
			res.Topics[i].TopicID = topicIDOf(res.Topics[i].Name)
			if l.stale != 0 {
				res.Topics[i].Partitions[0].LeaderID, res.Topics[i].Partitions[0].LeaderEpoch = l.stale, 0
			}
		}
		return res, true
	case *initproducerid.Request:
		l.logs.Lock()
		defer l.logs.Unlock()
		l.inits++
		return &initproducerid.Response{ErrorCode: int16(l.init), ProducerID: int64(1000 * l.inits), ProducerEpoch: 0}, true
	case *produce.Request:
		return l.producing(n, r, req), true
	}
	return nil, false
}

// topicIDOf makes the id of a topic, which is its name as far as it fits.
func topicIDOf(name string) (id protocol.UUID) {
	copy(id[1:], name)
	id[0] = byte(len(name))
	return id
}

func nameOf(t *produce.RequestTopic) string {
	if t.Topic != "" {
		return t.Topic
	}
	return string(t.TopicID[1 : 1+int(t.TopicID[0])])
}

func (l *fakeLogs) producing(n *fakeNode, r *fakeRequest, req *produce.Request) protocol.Message {
	l.logs.Lock()
	l.requests++
	number := l.requests
	l.logs.Unlock()
	res := &produce.Response{}
	var fates []fakeFate
	for i := range req.Topics {
		t := &req.Topics[i]
		rt := produce.ResponseTopic{Topic: t.Topic, TopicID: t.TopicID}
		for _, p := range t.Partitions {
			b := l.read(p.RecordSet)
			b.fakePart, b.node, b.request, b.acks = fakePart{nameOf(t), p.Partition}, n.id, number, req.Acks
			fate, rp := l.decide(n, b)
			fates = append(fates, fate)
			rt.Partitions = append(rt.Partitions, rp)
		}
		res.Topics = append(res.Topics, rt)
	}
	for _, f := range fates {
		if f.wait != nil {
			<-f.wait
		}
	}
	switch {
	case slices.ContainsFunc(fates, func(f fakeFate) bool { return f.cut }):
		r.conn.Close()
		return nil
	case slices.ContainsFunc(fates, func(f fakeFate) bool { return f.silent }):
		_, _ = io.Copy(io.Discard, r.conn) // what comes after has to wait as well
		return nil
	case req.Acks == 0:
		return nil
	}
	return res
}

// decide settles the fate of a batch and makes the answer.
func (l *fakeLogs) decide(n *fakeNode, b *fakeBatch) (fakeFate, produce.ResponsePartition) {
	l.logs.Lock()
	l.batches = append(l.batches, b)
	script := l.script
	l.logs.Unlock()
	rp := produce.ResponsePartition{
		Partition: b.fakePart.id, BaseOffset: -1, LogAppendTime: -1, LogStartOffset: -1,
		CurrentLeader: produce.ResponseCurrentLeader{LeaderID: -1, LeaderEpoch: -1},
	}
	l.mu.Lock()
	code := l.leads(n, b.topic, b.fakePart.id)
	if code == NotLeaderForPartition && l.stale != 0 {
		t := l.topics[b.topic]
		rp.CurrentLeader = produce.ResponseCurrentLeader{LeaderID: t.leaders[b.fakePart.id], LeaderEpoch: t.epoch}
	}
	l.mu.Unlock()
	var fate fakeFate
	if code == 0 && script != nil {
		fate = script(b)
		code = fate.before
	}
	if code == 0 && !fate.skip {
		l.logs.Lock()
		rp.BaseOffset, code = l.append(b)
		l.logs.Unlock()
		if code == 0 {
			code = fate.after
		}
	}
	rp.ErrorCode = int16(code)
	return fate, rp
}

// append appends a batch if its sequence is right. l.logs is held.
func (l *fakeLogs) append(b *fakeBatch) (offset int64, code Error) {
	p := l.parts[b.fakePart]
	if p == nil {
		p = &fakePartition{producers: make(map[int64]*fakeProducer)}
		l.parts[b.fakePart] = p
	}
	offset = int64(len(p.values))
	if b.id < 0 {
		p.values = append(p.values, b.values...)
		return offset, 0
	}
	if known, code := p.check(b); code != 0 || known != nil {
		if code != 0 {
			l.complaint = append(l.complaint, code)
			return -1, code
		}
		return known.offset, 0
	}
	state := p.producers[b.id]
	state.last = append(state.last, fakeAppend{b.sequence, len(b.values), offset})
	if len(state.last) > 5 {
		state.last = state.last[1:]
	}
	p.values = append(p.values, b.values...)
	return offset, 0
}

// check returns what is known of a batch that is a duplicate, or the code for one
// whose epoch or sequence is wrong.
func (p *fakePartition) check(b *fakeBatch) (*fakeAppend, Error) {
	state := p.producers[b.id]
	if state == nil {
		state = &fakeProducer{epoch: b.epoch}
		p.producers[b.id] = state
	}
	switch {
	case b.epoch < state.epoch:
		return nil, InvalidProducerEpoch
	case b.epoch > state.epoch:
		if b.sequence != 0 {
			return nil, OutOfOrderSequenceNumber
		}
		*state = fakeProducer{epoch: b.epoch}
	}
	for i := range state.last {
		if a := &state.last[i]; a.sequence == b.sequence && a.count == len(b.values) {
			return a, 0
		}
	}
	if next := state.next(); b.sequence != next {
		return nil, OutOfOrderSequenceNumber
	}
	return nil, 0
}

// next is the sequence that a batch has to begin with.
func (s *fakeProducer) next() int32 {
	if len(s.last) == 0 {
		return 0
	}
	a := s.last[len(s.last)-1]
	return nextSequence(a.sequence, a.count)
}

// forget has a broker forget its producers, as it does when their messages are
// deleted.
func (l *fakeLogs) forget() {
	l.logs.Lock()
	defer l.logs.Unlock()
	for _, p := range l.parts {
		clear(p.producers)
	}
}

func (l *fakeLogs) read(set protocol.RecordSet) *fakeBatch {
	b := &fakeBatch{id: -1, epoch: -1, sequence: -1}
	stream, ok := set.Records.(*protocol.RecordStream)
	if !ok || len(stream.Records) != 1 {
		l.t.Errorf("not one batch: %T", set.Records)
		return b
	}
	if batch, ok := stream.Records[0].(*protocol.RecordBatch); ok {
		b.id, b.epoch, b.sequence = batch.ProducerID, batch.ProducerEpoch, batch.BaseSequence
		b.codec = Compression(batch.Attributes & 7)
	}
	for {
		r, err := stream.ReadRecord()
		if errors.Is(err, io.EOF) {
			return b
		}
		if !assert.NoError(l.t, err) {
			return b
		}
		key, _ := ReadAll(r.Key)
		value, _ := ReadAll(r.Value)
		b.values = append(b.values, string(value))
		b.msgs = append(b.msgs, Message{Key: key, Value: value, Time: r.Time, Headers: r.Headers})
	}
}

// log returns the values of a partition.
func (l *fakeLogs) log(topic string, partition int32) []string {
	l.logs.Lock()
	defer l.logs.Unlock()
	if p := l.parts[fakePart{topic, partition}]; p != nil {
		return slices.Clone(p.values)
	}
	return nil
}

// sent returns the batches that brokers were sent.
func (l *fakeLogs) sent() []*fakeBatch {
	l.logs.Lock()
	defer l.logs.Unlock()
	return slices.Clone(l.batches)
}

func (l *fakeLogs) produced() int {
	l.logs.Lock()
	defer l.logs.Unlock()
	return l.requests
}

// withLogs runs a test in fake time with a cluster of n brokers that has the topic
// "t" of one partition, led by the last of them, and a Writer for it, which is
// closed at the end.
func withLogs(t *testing.T, n int, test func(t *testing.T, l *fakeLogs, w *Writer)) {
	t.Helper()
	inFakeTime(t, n, func(t *testing.T, c *fakeCluster, tr *Transport) {
		l := newFakeLogs(c)
		w := &Writer{Addr: TCP("b1:9092"), Topic: "t", RequiredAcks: RequireAll, Transport: tr}
		defer func() {
			require.NoError(t, w.Close())
			if core := w.core.Load(); core != nil {
				assert.Equal(t, core.buffer.total, core.buffer.free, "room in the buffer that is not given back")
				assert.Zero(t, core.buffer.held)
			}
		}()
		test(t, l, w)
	})
}

// outcomes returns what the error of a call says of each message.
func outcomes(t testing.TB, err error) (list []Outcome) {
	t.Helper()
	var errs WriteErrors
	require.ErrorAs(t, err, &errs)
	for _, err := range errs {
		if err == nil {
			list = append(list, Written)
			continue
		}
		var e *WriteError
		require.ErrorAs(t, err, &e)
		list = append(list, e.Outcome)
	}
	return list
}
