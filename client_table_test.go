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

// clientTable notes with which API and version the methods of a Client ask real
// brokers. It is the RoundTripper of its Client.
type clientTable struct {
	t       testing.TB
	version string // of Kafka
	client  *Client
	tr      *Transport

	mu       sync.Mutex
	key      protocol.ApiKey           // of the last request
	versions map[protocol.ApiKey]int16 // of the last request of each API on the wire
}

func newClientTable(t testing.TB, k *testkafka.Cluster) *clientTable {
	table := &clientTable{t: t, version: k.Version, versions: make(map[protocol.ApiKey]int16)}
	table.tr = &Transport{Dial: table.dial}
	t.Cleanup(table.tr.CloseIdleConnections)
	table.client = &Client{Addr: TCP(k.Brokers()...), Transport: table}
	return table
}

// RoundTrip notes the API of the request.
func (c *clientTable) RoundTrip(ctx context.Context, addr net.Addr, req Request) (Response, error) {
	c.mu.Lock()
	c.key = req.ApiKey()
	c.mu.Unlock()
	return c.tr.RoundTrip(ctx, addr, req)
}

// log writes a line of the table: what became of the last call of a method.
func (c *clientTable) log(method string, err error) {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	result := "ok"
	if err != nil {
		result = err.Error()
	}
	c.t.Logf("client: %s key=%d version=%d kafka=%s: %s", method, c.key, c.versions[c.key], c.version, result)
}

func (c *clientTable) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &requestSpy{Conn: conn, table: c}, nil
}

// requestSpy looks at the headers of the requests that are written: size, API and
// version.
type requestSpy struct {
	net.Conn
	table  *clientTable
	header []byte
	body   int // bytes to come before the next header
}

func (s *requestSpy) Write(b []byte) (int, error) {
	const headerSize = 8
	for rest := b; len(rest) > 0; {
		if s.body > 0 {
			n := min(s.body, len(rest))
			s.body, rest = s.body-n, rest[n:]
			continue
		}
		n := min(headerSize-len(s.header), len(rest))
		s.header, rest = append(s.header, rest[:n]...), rest[n:]
		if len(s.header) == headerSize {
			s.table.note(protocol.ApiKey(binary.BigEndian.Uint16(s.header[4:])), int16(binary.BigEndian.Uint16(s.header[6:])))
			s.body, s.header = int(binary.BigEndian.Uint32(s.header))-4, s.header[:0]
		}
	}
	return s.Conn.Write(b)
}

func (c *clientTable) note(key protocol.ApiKey, version int16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.versions[key] = version
}

// tabled is for the answer of a method: it has to be there.
func tabled[Res any](c *clientTable, method string) func(res Res, err error) Res {
	return func(res Res, err error) Res {
		c.t.Helper()
		c.log(method, err)
		if err != nil {
			c.t.Fatal(err)
		}
		return res
	}
}
