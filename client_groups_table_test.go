package kafka

import (
	"context"
	"encoding/binary"
	"net"
	"sync"
	"testing"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/protocol"
)

// groupsTable notes with which API and version the methods of a Client ask real
// brokers.
type groupsTable struct {
	t       testing.TB
	version string // of Kafka
	cluster *testkafka.Cluster
	client  *Client
	tr      *Transport

	mu       sync.Mutex
	versions map[protocol.ApiKey]int16 // of the last request of each API on the wire
}

func newGroupsTable(t testing.TB, k *testkafka.Cluster, version string) *groupsTable {
	g := &groupsTable{t: t, version: version, cluster: k, versions: make(map[protocol.ApiKey]int16)}
	g.tr = &Transport{Dial: g.dial}
	t.Cleanup(g.tr.CloseIdleConnections)
	g.client = &Client{Addr: TCP(k.Brokers()...), Transport: g.tr}
	return g
}

// groupMethods are the APIs that stand for methods.
var groupMethods = map[string]protocol.ApiKey{
	"Produce": protocol.Produce, "RawProduce": protocol.Produce, "Fetch": protocol.Fetch, "ListOffsets": protocol.ListOffsets,
	"OffsetFetch": protocol.OffsetFetch, "OffsetCommit": protocol.OffsetCommit, "OffsetDelete": protocol.OffsetDelete,
	"ConsumerOffsets": protocol.OffsetFetch, "FindCoordinator": protocol.FindCoordinator,
	"JoinGroup": protocol.JoinGroup, "SyncGroup": protocol.SyncGroup, "Heartbeat": protocol.Heartbeat, "LeaveGroup": protocol.LeaveGroup,
	"ListGroups": protocol.ListGroups, "DescribeGroups": protocol.DescribeGroups, "DeleteGroups": protocol.DeleteGroups,
	"InitProducerID": protocol.InitProducerId, "AddPartitionsToTxn": protocol.AddPartitionsToTxn,
	"AddOffsetsToTxn": protocol.AddOffsetsToTxn, "EndTxn": protocol.EndTxn, "TxnOffsetCommit": protocol.TxnOffsetCommit,
}

// log writes a line of the table for each method, which a subtest has tried.
func (g *groupsTable) log(t testing.TB, methods ...string) {
	t.Helper()
	if t.Failed() {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, method := range methods {
		key := groupMethods[method]
		version, ok := g.versions[key]
		if !ok {
			t.Errorf("no request of %s was seen", method)
		}
		t.Logf("client: %s key=%d version=%d kafka=%s: ok", method, key, version, g.version)
	}
}

func (g *groupsTable) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &groupsSpy{Conn: conn, table: g}, nil
}

// groupsSpy looks at the headers of the requests that are written: size, API and
// version.
type groupsSpy struct {
	net.Conn
	table  *groupsTable
	header []byte
	body   int // bytes to come before the next header
}

func (s *groupsSpy) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		skip := min(s.body, len(rest))
		s.body -= skip
		rest = rest[skip:]
		take := min(8-len(s.header), len(rest))
		s.header = append(s.header, rest[:take]...)
		rest = rest[take:]
		if len(s.header) == 8 {
			s.body = int(binary.BigEndian.Uint32(s.header)) - 4
			s.table.mu.Lock()
			s.table.versions[protocol.ApiKey(binary.BigEndian.Uint16(s.header[4:]))] = int16(binary.BigEndian.Uint16(s.header[6:]))
			s.table.mu.Unlock()
			s.header = s.header[:0]
		}
	}
	return s.Conn.Write(b)
}
