package kafka

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"go/token"
	"maps"
	"net"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/sasl/plain"
)

// TestClientOnKafka tries every method of Client on three real brokers of each
// version that the matrix asks for, and says what was sent and what came of it.
func TestClientOnKafka(t *testing.T) {
	suites := []struct {
		name string
		run  func(*testing.T, *clientCalls)
	}{
		{"topics", testClientTopics},
		{"groups", testClientGroups},
		{"extra", testClientExtra},
	}
	for _, version := range testkafka.MatrixVersions() {
		if !slices.Contains([]string{testkafka.Newest, "3.9.1", "2.8.2"}, version) {
			continue // without some of the APIs
		}
		t.Run(version, func(t *testing.T) {
			calls := &clientCalls{kafka: version, results: make(map[clientCall]*clientResult)}
			ran := 0
			for _, suite := range suites {
				t.Run(suite.name, func(t *testing.T) {
					suite.run(t, calls)
					ran++
				})
			}
			calls.log(t)
			if ran == len(suites) && !t.Failed() {
				calls.requireAll(t)
			}
		})
	}
}

// clientCalls are the requests that methods of Client made to brokers of a version.
type clientCalls struct {
	kafka string

	mu      sync.Mutex
	results map[clientCall]*clientResult
}

type clientCall struct {
	method string
	key    protocol.ApiKey
}

type clientResult struct {
	versions []int16
	err      error // nil if an answer came of one of the calls
}

func (c *clientCalls) note(call clientCall, version int16, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	result := c.results[call]
	if result == nil {
		result = &clientResult{err: err}
		c.results[call] = result
	}
	if result.err == nil && err != nil {
		return
	}
	result.err = err
	if err == nil && !slices.Contains(result.versions, version) {
		result.versions = append(result.versions, version)
	}
}

// log writes the table: method, API key, versions used, version of Kafka, result.
func (c *clientCalls) log(t *testing.T) {
	list := slices.SortedFunc(maps.Keys(c.results), func(a, b clientCall) int {
		return cmp.Or(cmp.Compare(a.method, b.method), cmp.Compare(a.key, b.key))
	})
	for _, call := range list {
		result, versions, text := c.results[call], "-", "ok"
		var unsupported *protocol.VersionError
		switch {
		case errors.As(result.err, &unsupported):
			text = unsupported.Error()
		case result.err != nil:
			text = result.err.Error()
		default:
			slices.Sort(result.versions)
			versions = strings.Trim(fmt.Sprint(result.versions), "[]")
		}
		t.Logf("client: %-29s %3d %-28s %-8s %-6s %s", call.method, call.key, call.key, versions, c.kafka, text)
	}
}

// requireAll fails if a method was not tried, or not answered though the brokers
// have its API.
func (c *clientCalls) requireAll(t *testing.T) {
	client := reflect.TypeFor[*Client]()
	for i := range client.NumMethod() {
		method, tried, answered := client.Method(i).Name, false, false
		var unsupported *protocol.VersionError
		for call, result := range c.results {
			if call.method == method {
				tried = true
				answered = answered || result.err == nil || c.kafka != testkafka.Newest && errors.As(result.err, &unsupported)
			}
		}
		assert.True(t, tried, "%s was not tried", method)
		assert.True(t, answered || !tried, "%s was not answered", method)
	}
}

// clientTable is a cluster, and Clients of it whose calls are noted.
type clientTable struct {
	k       *testkafka.Cluster
	calls   *clientCalls
	version string  // of Kafka
	client  *Client // without authentication
	tr      *Transport

	mu       sync.Mutex
	versions map[protocol.ApiKey]int16 // of the last request of each API on the wire
}

func newClientTable(t testing.TB, k *testkafka.Cluster, calls *clientCalls) *clientTable {
	c := &clientTable{k: k, calls: calls, version: calls.kafka, versions: make(map[protocol.ApiKey]int16)}
	c.tr = &Transport{}
	c.client = c.through(t, c.tr, k.Brokers()...)
	return c
}

// through returns a Client that uses a Transport of its own.
func (c *clientTable) through(t testing.TB, tr *Transport, brokers ...string) *Client {
	tr.Dial = c.dial
	t.Cleanup(tr.CloseIdleConnections)
	return &Client{Addr: TCP(brokers...), Transport: roundTripperFunc(func(ctx context.Context, addr net.Addr, req Request) (Response, error) {
		method := clientMethod()
		res, err := tr.RoundTrip(ctx, addr, req)
		c.mu.Lock()
		version, sent := c.versions[req.ApiKey()]
		c.mu.Unlock()
		if method != "" && (sent || err != nil) {
			c.calls.note(clientCall{method, req.ApiKey()}, version, err)
		}
		return res, err
	})}
}

// user is a Client that is authenticated.
func (c *clientTable) user(t testing.TB, name string) *Client {
	return c.through(t, &Transport{SASL: plain.Mechanism{Username: name, Password: name + "-secret"}}, c.k.Addr(testkafka.SASLPlaintext, 1))
}

// clientMethod is the exported method of Client that was called, by the stack; "" if
// it was none.
func clientMethod() (method string) {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for {
		frame, more := frames.Next()
		if _, name, ok := strings.Cut(frame.Function, ".(*Client)."); ok {
			if name, _, _ = strings.Cut(name, "."); token.IsExported(name) {
				method = name
			}
		}
		if !more {
			return method
		}
	}
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
			s.table.sent(protocol.ApiKey(binary.BigEndian.Uint16(s.header[4:])), int16(binary.BigEndian.Uint16(s.header[6:])))
			s.body, s.header = int(binary.BigEndian.Uint32(s.header))-4, s.header[:0]
		}
	}
	return s.Conn.Write(b)
}

func (c *clientTable) sent(key protocol.ApiKey, version int16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.versions[key] = version
}

// answered is for the answer of a method: it has to be there.
func answered[Res any](t testing.TB) func(res Res, err error) Res {
	return func(res Res, err error) Res {
		t.Helper()
		require.NoError(t, err)
		return res
	}
}
