package kafka

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/createtopics"
	"github.com/segmentio/kafka-go/protocol/deletetopics"
	"github.com/segmentio/kafka-go/protocol/fetch"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/saslauthenticate"
	"github.com/segmentio/kafka-go/protocol/saslhandshake"
)

// fakeBroker answers requests as a test says. Its ranges of versions are those
// of a recent broker unless set otherwise.
type fakeBroker struct {
	versions map[protocol.ApiKey][2]int16
	handle   func(*fakeRequest) protocol.Message // nil: no answer

	mu       sync.Mutex
	requests []*fakeRequest
}

type fakeRequest struct {
	version  int16
	id       int32
	clientID string
	message  protocol.Message
	conn     net.Conn
}

func (r *fakeRequest) answer(msg protocol.Message) {
	protocol.WriteResponse(r.conn, r.version, r.id, msg)
}

var fakeVersions = map[protocol.ApiKey][2]int16{
	protocol.Produce:          {0, 13},
	protocol.Fetch:            {4, 18},
	protocol.ListOffsets:      {1, 11},
	protocol.Metadata:         {0, 13},
	protocol.ApiVersions:      {0, 4},
	protocol.CreateTopics:     {2, 7},
	protocol.DeleteTopics:     {1, 6},
	protocol.SaslHandshake:    {0, 1},
	protocol.SaslAuthenticate: {0, 2},
}

// serve answers the requests of a connection until it ends.
func (b *fakeBroker) serve(conn net.Conn) {
	defer conn.Close()
	for {
		version, id, clientID, msg, err := protocol.ReadRequest(conn)
		if err != nil {
			return
		}
		r := &fakeRequest{version, id, clientID, msg, conn}
		if _, ok := msg.(*apiversions.Request); ok {
			r.answer(b.apiVersions())
			continue
		}
		b.mu.Lock()
		b.requests = append(b.requests, r)
		b.mu.Unlock()
		if res := b.handle(r); res != nil {
			r.answer(res)
		}
	}
}

func (b *fakeBroker) apiVersions() *apiversions.Response {
	res := &apiversions.Response{}
	for key, def := range fakeVersions {
		if v, ok := b.versions[key]; ok {
			def = v
		}
		res.ApiKeys = append(res.ApiKeys, apiversions.ApiKeyResponse{ApiKey: int16(key), MinVersion: def[0], MaxVersion: def[1]})
	}
	return res
}

// seen returns the requests of a type.
func seen[T protocol.Message](b *fakeBroker) (list []T) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.requests {
		if m, ok := r.message.(T); ok {
			list = append(list, m)
		}
	}
	return list
}

// dial gives a connection to the broker within the process.
func (b *fakeBroker) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	go b.serve(server)
	return client, nil
}

// conn gives a Conn for partition 0 of topic "t".
func (b *fakeBroker) conn(t testing.TB) *Conn {
	t.Helper()
	pipe, err := b.dial(context.Background(), "", "")
	require.NoError(t, err)
	c := NewConn(pipe, "t", 0)
	t.Cleanup(func() { c.Close() })
	return c
}

// listen serves on a port of this machine.
func (b *fakeBroker) listen(t testing.TB) string {
	t.Helper()
	return listen(t, b.serve)
}

// listen accepts connections and hands each to serve, until the test ends.
func listen(t testing.TB, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			wg.Add(1)
			go func() {
				defer wg.Done()
				serve(conn)
			}()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return l.Addr().String()
}

// fakeLog answers for one partition: its records, and what is done to it.
type fakeLog struct {
	first, last int64
	highWater   int64
	records     []byte
	aborted     []fetch.ResponseTransaction
	throttle    int32
	code        Error // of partition requests
}

func (l *fakeLog) broker() *fakeBroker {
	return &fakeBroker{handle: l.handle}
}

func (l *fakeLog) handle(r *fakeRequest) protocol.Message {
	switch req := r.message.(type) {
	case *fetch.Request:
		return l.fetch(req)
	case *listoffsets.Request:
		return l.listOffsets(req)
	case *produce.Request:
		return l.produce(req)
	case *metadata.Request:
		return &metadata.Response{ControllerID: 1, Brokers: []metadata.ResponseBroker{{NodeID: 1, Host: "b1", Port: 9092}}}
	case *createtopics.Request:
		return &createtopics.Response{}
	case *deletetopics.Request:
		return &deletetopics.Response{}
	case *saslhandshake.Request:
		return &saslhandshake.Response{}
	case *saslauthenticate.Request:
		return &saslauthenticate.Response{}
	default:
		return nil
	}
}

func (l *fakeLog) fetch(req *fetch.Request) *fetch.Response {
	return &fetch.Response{
		ThrottleTimeMs: l.throttle,
		Topics: []fetch.ResponseTopic{{
			Topic: req.Topics[0].Topic,
			Partitions: []fetch.ResponsePartition{{
				Partition:            req.Topics[0].Partitions[0].Partition,
				ErrorCode:            int16(l.code),
				HighWatermark:        l.highWater,
				LastStableOffset:     l.highWater,
				AbortedTransactions:  l.aborted,
				PreferredReadReplica: -1,
				RecordSet:            protocol.RecordSet{Records: protocol.NewWireRecords(l.records)},
			}},
		}},
	}
}

func (l *fakeLog) listOffsets(req *listoffsets.Request) *listoffsets.Response {
	p := req.Topics[0].Partitions[0]
	offset := l.last
	if p.Timestamp == FirstOffset {
		offset = l.first
	}
	return &listoffsets.Response{Topics: []listoffsets.ResponseTopic{{
		Topic: req.Topics[0].Topic,
		Partitions: []listoffsets.ResponsePartition{{
			Partition: p.Partition, ErrorCode: int16(l.code), Timestamp: -1, Offset: offset, LeaderEpoch: -1,
		}},
	}}}
}

func (l *fakeLog) produce(req *produce.Request) *produce.Response {
	return &produce.Response{Topics: []produce.ResponseTopic{{
		Topic: req.Topics[0].Topic,
		Partitions: []produce.ResponsePartition{{
			Partition: req.Topics[0].Partitions[0].Partition, ErrorCode: int16(l.code), BaseOffset: 7, LogAppendTime: -1, LogStartOffset: -1,
		}},
	}}}
}

// wireBatch is a record batch as a broker would have it.
type wireBatch struct {
	base    int64
	last    int64 // last offset; 0 for that of the last message
	options protocol.BatchOptions
	msgs    []Message
}

func (b wireBatch) bytes(t testing.TB) []byte {
	t.Helper()
	var builder protocol.BatchBuilder
	for i := range b.msgs {
		m := &b.msgs[i]
		require.NoError(t, builder.Append(m.Time.UnixMilli(), m.Key, m.Value, m.Headers))
	}
	if len(b.msgs) == 0 {
		require.NoError(t, builder.Append(0, nil, nil, nil))
	}
	sealed, err := builder.Seal(b.options)
	require.NoError(t, err)
	wire := slices.Clone(sealed)
	binary.BigEndian.PutUint64(wire, uint64(b.base))
	if b.last > 0 {
		binary.BigEndian.PutUint32(wire[23:], uint32(b.last-b.base))
	}
	if len(b.msgs) == 0 {
		wire = wire[:61]
		binary.BigEndian.PutUint32(wire[8:], 61-12)
		binary.BigEndian.PutUint32(wire[57:], 0)
	}
	binary.BigEndian.PutUint32(wire[17:], crc32.Checksum(wire[21:], crc32.MakeTable(crc32.Castagnoli)))
	return wire
}

// wire joins batches.
func wire(t testing.TB, batches ...wireBatch) (b []byte) {
	t.Helper()
	for _, batch := range batches {
		b = append(b, batch.bytes(t)...)
	}
	return b
}

// values makes messages of values.
func values(list ...string) (msgs []Message) {
	for _, v := range list {
		msgs = append(msgs, Message{Value: []byte(v)})
	}
	return msgs
}
