package kafka

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/createtopics"
	"github.com/segmentio/kafka-go/protocol/fetch"
	"github.com/segmentio/kafka-go/protocol/findcoordinator"
	"github.com/segmentio/kafka-go/protocol/heartbeat"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// fakeCluster is a cluster within the process, in fake time if need be. Its
// brokers answer from the same, changeable, truth.
type fakeCluster struct {
	t          testing.TB
	id         string
	fetchMax   int16 // newest version of Fetch
	alter      func(n *fakeNode, r *fakeRequest) (res protocol.Message, handled bool)
	autoCreate bool

	mu          sync.Mutex
	nodes       map[string]*fakeNode // by address
	controller  int32
	coordinator int32
	topics      map[string]*fakeTopic
	dialled     []string
	open        int // connections that the client has not closed
}

type fakeTopic struct {
	leaders  []int32 // of the partitions
	epoch    int32
	code     Error
	internal bool
}

type fakeNode struct {
	id       int32 // -1: not listed
	address  string
	cluster  *fakeCluster
	down     bool // refuses connections
	lost     bool // connections to it get no answer
	silent   bool // takes requests and does not answer
	mu       sync.Mutex
	requests []*fakeRequest
	conns    []net.Conn
}

// newFakeCluster has brokers 1 to n at b1:9092 and so on.
func newFakeCluster(t testing.TB, n int) *fakeCluster {
	c := &fakeCluster{
		t: t, id: "fake", fetchMax: 17, controller: 1, coordinator: 1,
		nodes: make(map[string]*fakeNode), topics: make(map[string]*fakeTopic),
	}
	for i := range n {
		c.add(int32(i + 1))
	}
	return c
}

func (c *fakeCluster) add(id int32) *fakeNode {
	n := &fakeNode{id: id, address: fmt.Sprintf("b%d:9092", id), cluster: c}
	c.nodes[n.address] = n
	return n
}

func (c *fakeCluster) node(id int32) *fakeNode { return c.nodes[fmt.Sprintf("b%d:9092", id)] }

// transport returns one that uses the cluster and is closed with the test.
func (c *fakeCluster) transport() *Transport { return &Transport{Dial: c.dial} }

// change changes the truth.
func (c *fakeCluster) change(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

func (c *fakeCluster) dials() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.dialled)
}

func (c *fakeCluster) openConns() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open
}

func (c *fakeCluster) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c.mu.Lock()
	c.dialled = append(c.dialled, address)
	n := c.nodes[address]
	lost := n != nil && n.lost
	down := n != nil && n.down
	c.mu.Unlock()
	switch {
	case lost:
		<-ctx.Done()
		return nil, ctx.Err()
	case n == nil:
		return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: address, IsNotFound: true}}
	case down:
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	}
	client, server := net.Pipe()
	n.mu.Lock()
	n.conns = append(n.conns, server)
	n.mu.Unlock()
	c.change(func() { c.open++ })
	go n.serve(server)
	return &fakeConn{Conn: client, closed: func() { c.change(func() { c.open-- }) }}, nil
}

type fakeConn struct {
	net.Conn
	once   sync.Once
	closed func()
}

func (c *fakeConn) Close() error {
	c.once.Do(c.closed)
	return c.Conn.Close()
}

// hangUp closes the connections to the broker.
func (n *fakeNode) hangUp() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, conn := range n.conns {
		conn.Close()
	}
	n.conns = nil
}

func (n *fakeNode) serve(conn net.Conn) {
	defer conn.Close()
	for {
		version, id, clientID, msg, err := protocol.ReadRequest(conn)
		if err != nil {
			return
		}
		r := &fakeRequest{version, id, clientID, msg, conn}
		n.mu.Lock()
		n.requests = append(n.requests, r)
		n.mu.Unlock()
		n.cluster.mu.Lock()
		silent := n.silent
		n.cluster.mu.Unlock()
		if silent {
			continue
		}
		if res := n.cluster.answer(n, r); res != nil {
			r.answer(res)
		}
	}
}

// saw returns the requests of a type that a broker has had.
func saw[T protocol.Message](n *fakeNode) (list []T) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, r := range n.requests {
		if m, ok := r.message.(T); ok {
			list = append(list, m)
		}
	}
	return list
}

func (c *fakeCluster) answer(n *fakeNode, r *fakeRequest) protocol.Message {
	if c.alter != nil {
		if res, handled := c.alter(n, r); handled {
			return res
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch req := r.message.(type) {
	case *apiversions.Request:
		return c.versions()
	case *metadata.Request:
		return c.metadata(req)
	case *findcoordinator.Request:
		return &findcoordinator.Response{NodeID: c.coordinator, Host: "ignored", Port: 1}
	case *heartbeat.Request:
		return &heartbeat.Response{ErrorCode: int16(unless(n.id == c.coordinator, NotCoordinatorForGroup))}
	case *createtopics.Request:
		return c.createTopics(n, req)
	case *initproducerid.Request:
		return &initproducerid.Response{ProducerID: 7, ProducerEpoch: 3}
	case *listoffsets.Request:
		res := &listoffsets.Response{}
		for _, t := range req.Topics {
			rt := listoffsets.ResponseTopic{Topic: t.Topic}
			for _, p := range t.Partitions {
				rt.Partitions = append(rt.Partitions, listoffsets.ResponsePartition{
					Partition: p.Partition, ErrorCode: int16(c.leads(n, t.Topic, p.Partition)), Timestamp: -1, Offset: int64(n.id), LeaderEpoch: -1,
				})
			}
			res.Topics = append(res.Topics, rt)
		}
		return res
	case *produce.Request:
		return c.produce(n, req)
	case *fetch.Request:
		return &fetch.Response{}
	}
	c.t.Errorf("broker %d got %T", n.id, r.message)
	return nil
}

func (c *fakeCluster) produce(n *fakeNode, req *produce.Request) protocol.Message {
	if req.Acks == 0 {
		return nil
	}
	res := &produce.Response{}
	for _, t := range req.Topics {
		rt := produce.ResponseTopic{Topic: t.Topic}
		for _, p := range t.Partitions {
			rt.Partitions = append(rt.Partitions, produce.ResponsePartition{
				Partition: p.Partition, ErrorCode: int16(c.leads(n, t.Topic, p.Partition)), BaseOffset: 7, LogAppendTime: -1, LogStartOffset: -1,
				CurrentLeader: produce.ResponseCurrentLeader{LeaderID: -1, LeaderEpoch: -1},
			})
		}
		res.Topics = append(res.Topics, rt)
	}
	return res
}

func unless(ok bool, code Error) Error {
	if ok {
		return 0
	}
	return code
}

// leads tells whether a broker leads a partition, by the code that it answers.
func (c *fakeCluster) leads(n *fakeNode, topic string, partition int32) Error {
	t := c.topics[topic]
	if t == nil || int(partition) >= len(t.leaders) {
		return UnknownTopicOrPartition
	}
	return unless(t.leaders[partition] == n.id, NotLeaderForPartition)
}

func (c *fakeCluster) createTopics(n *fakeNode, req *createtopics.Request) *createtopics.Response {
	res := &createtopics.Response{}
	code := unless(n.id == c.controller, NotController)
	for _, t := range req.Topics {
		if code == 0 && !req.ValidateOnly {
			c.topics[t.Name] = &fakeTopic{leaders: slices.Repeat([]int32{c.controller}, int(t.NumPartitions))}
		}
		res.Topics = append(res.Topics, createtopics.ResponseTopic{Name: t.Name, ErrorCode: int16(code)})
	}
	return res
}

func (c *fakeCluster) versions() *apiversions.Response {
	res := &apiversions.Response{}
	for _, key := range []protocol.ApiKey{
		protocol.Produce, protocol.Fetch, protocol.ListOffsets, protocol.Metadata, protocol.ApiVersions, protocol.CreateTopics,
		protocol.FindCoordinator, protocol.Heartbeat, protocol.JoinGroup, protocol.InitProducerId,
		protocol.DescribeLogDirs, protocol.DeleteRecords, protocol.DescribeTransactions,
	} {
		top := key.MaxVersion()
		if key == protocol.Fetch {
			top = min(top, c.fetchMax)
		}
		res.ApiKeys = append(res.ApiKeys, apiversions.ApiKeyResponse{ApiKey: int16(key), MinVersion: key.MinVersion(), MaxVersion: top})
	}
	return res
}

func (c *fakeCluster) metadata(req *metadata.Request) *metadata.Response {
	res := &metadata.Response{ClusterID: c.id, ControllerID: c.controller}
	for _, n := range c.nodes {
		if n.id >= 0 && !n.down {
			res.Brokers = append(res.Brokers, metadata.ResponseBroker{NodeID: n.id, Host: fmt.Sprintf("b%d", n.id), Port: 9092})
		}
	}
	names := slices.Clone(req.TopicNames)
	for _, t := range req.Topics {
		names = append(names, t.Name)
	}
	if req.Topics == nil && req.TopicNames == nil {
		for name := range c.topics {
			names = append(names, name)
		}
	}
	for _, name := range names {
		t := c.topics[name]
		if t == nil && c.autoCreate && req.AllowAutoTopicCreation {
			t = &fakeTopic{leaders: []int32{c.controller}}
			c.topics[name] = t
		}
		rt := metadata.ResponseTopic{Name: name}
		if t == nil {
			rt.ErrorCode = int16(UnknownTopicOrPartition)
		} else {
			t.describe(&rt)
		}
		res.Topics = append(res.Topics, rt)
	}
	return res
}

func (t *fakeTopic) describe(rt *metadata.ResponseTopic) {
	rt.ErrorCode, rt.IsInternal, rt.TopicID = int16(t.code), t.internal, protocol.UUID{1}
	for i, leader := range t.leaders {
		rt.Partitions = append(rt.Partitions, metadata.ResponsePartition{
			PartitionIndex: int32(i), LeaderID: leader, LeaderEpoch: t.epoch, ReplicaNodes: []int32{leader}, IsrNodes: []int32{leader},
		})
	}
}

// offsetsOf asks for the last offsets of partitions.
func offsetsOf(topic string, partitions ...int32) *listoffsets.Request {
	req := &listoffsets.Request{ReplicaID: -1, Topics: []listoffsets.RequestTopic{{Topic: topic}}}
	for _, p := range partitions {
		req.Topics[0].Partitions = append(req.Topics[0].Partitions, listoffsets.RequestPartition{Partition: p, Timestamp: -1, CurrentLeaderEpoch: -1})
	}
	return req
}

// listed asks for the last offset of partition 0 and returns which broker
// answered.
func listed(t testing.TB, tr RoundTripper, addr net.Addr, topic string) int64 {
	t.Helper()
	res, err := tr.RoundTrip(t.Context(), addr, offsetsOf(topic, 0))
	require.NoError(t, err)
	p := res.(*listoffsets.Response).Topics[0].Partitions[0]
	require.Zero(t, p.ErrorCode)
	return p.Offset
}

// produceRequest writes one record to each of some partitions.
func produceRequest(acks int16, topic string, partitions ...int32) *produce.Request {
	req := &produce.Request{Acks: acks, Timeout: 1000, Topics: []produce.RequestTopic{{Topic: topic}}}
	for _, p := range partitions {
		req.Topics[0].Partitions = append(req.Topics[0].Partitions, produce.RequestPartition{
			Partition: p, RecordSet: protocol.RecordSet{Records: NewRecordReader(Record{Value: NewBytes([]byte("v"))})},
		})
	}
	return req
}

// after returns how long f takes, in the time of the test.
func after(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}
