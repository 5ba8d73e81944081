package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// linkClass says what a connection to a broker is for. Requests that the broker
// holds on to would be in the way of others, as answers come in order.
type linkClass uint8

const (
	dataLink  linkClass = iota
	fetchLink           // Fetch, which waits for messages
	groupLink           // JoinGroup and SyncGroup, which wait for the other members
	linkClasses
)

// classes are the APIs with connections of their own.
var classes = map[protocol.ApiKey]linkClass{
	protocol.Fetch:     fetchLink,
	protocol.JoinGroup: groupLink,
	protocol.SyncGroup: groupLink,
}

// requestTimeout is how long a broker may take over a request, what the request
// asks it to wait not counted.
const requestTimeout = 30 * time.Second

// broker is a broker of a cluster and the connections to it.
type broker struct {
	cluster *cluster
	links   [linkClasses]link

	mu   sync.Mutex
	info Broker // ID is -1 for a seed
	seed seed   // what to dial for a seed
}

func newBroker(c *cluster, info Broker) *broker {
	b := &broker{cluster: c, info: info}
	for i := range b.links {
		b.links[i].broker = b
	}
	return b
}

// describe returns where the broker is.
func (b *broker) describe() Broker {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.info
}

// update takes note of what metadata says of the broker. Connections to an
// address that it has left are not used for new requests.
func (b *broker) update(info Broker) {
	b.mu.Lock()
	moved := b.info.Host != info.Host || b.info.Port != info.Port
	b.info = info
	b.mu.Unlock()
	if moved {
		b.retire()
	}
}

// retire closes the connections as soon as they carry no request.
func (b *broker) retire() {
	for i := range b.links {
		b.links[i].retire()
	}
}

// close closes the connections.
func (b *broker) close() {
	for i := range b.links {
		b.links[i].close()
	}
}

// connected tells whether there is a connection that works, as far as known.
func (b *broker) connected() bool {
	l := &b.links[dataLink]
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn != nil && l.conn.Err() == nil
}

// exchange sends a request and waits for the answer, which is the caller's; nil
// where there is none. A request that was not
// written because the broker had closed the connection is sent once more, on a
// new one.
func (b *broker) exchange(ctx context.Context, req Request) (Response, error) {
	l := &b.links[classes[req.ApiKey()]]
	for retried := false; ; retried = true {
		conn, err := l.acquire(ctx)
		if err != nil {
			return nil, err
		}
		res, err := conn.Call(ctx, req)
		l.used(conn)
		if err == nil {
			return res, nil
		}
		if retried || wasWritten(err) || conn.Err() == nil || ctx.Err() != nil {
			return nil, err
		}
	}
}

// wasWritten tells whether a broker may have seen the request that failed.
func wasWritten(err error) bool {
	var e *protocol.RequestError
	return errors.As(err, &e) && e.Written
}

// link is the connection to a broker for one class of requests.
type link struct {
	broker *broker

	mu      sync.Mutex
	conn    *protocol.Conn // nil before it is needed, and after it was idle
	dialing chan struct{}  // closed when the dial under way has ended; nil if none is
	idle    *time.Timer
	last    time.Time // when conn was used last
	closed  bool
}

var errClusterClosed = fmt.Errorf("kafka: the transport's connections to the cluster were closed: %w", net.ErrClosed)

// acquire returns the connection, dialling if need be. Of concurrent calls one
// dials; should its ctx end, another one takes over.
func (l *link) acquire(ctx context.Context) (*protocol.Conn, error) {
	for {
		l.mu.Lock()
		if l.closed {
			l.mu.Unlock()
			return nil, errClusterClosed
		}
		if l.conn != nil && l.conn.Err() == nil {
			conn := l.conn
			l.last = time.Now()
			l.mu.Unlock()
			return conn, nil
		}
		wait := l.dialing
		if wait == nil {
			l.dialing = make(chan struct{})
			l.mu.Unlock()
			return l.open(ctx)
		}
		l.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// open dials for the one who set l.dialing.
func (l *link) open(ctx context.Context) (*protocol.Conn, error) {
	conn, err := l.broker.dial(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.dialing)
	l.dialing = nil
	if err != nil {
		return nil, err
	}
	if l.closed {
		_ = conn.Close()
		return nil, errClusterClosed
	}
	l.conn, l.last = conn, time.Now()
	l.watchLocked(l.broker.cluster.config.idleTimeout)
	return conn, nil
}

// used takes note of the end of a request.
func (l *link) used(conn *protocol.Conn) {
	l.mu.Lock()
	if l.conn == conn {
		l.last = time.Now()
	}
	l.mu.Unlock()
}

func (l *link) watchLocked(after time.Duration) {
	if l.idle == nil {
		l.idle = time.AfterFunc(after, l.closeIdle)
		return
	}
	l.idle.Reset(after)
}

// closeIdle closes the connection if it has not been used for long enough.
func (l *link) closeIdle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil || l.closed {
		return
	}
	timeout := l.broker.cluster.config.idleTimeout
	unused := time.Since(l.last)
	if l.conn.InFlight() > 0 {
		unused = 0
	}
	if unused >= timeout || l.conn.Err() != nil {
		_ = l.conn.Close()
		l.conn = nil
		return
	}
	l.watchLocked(timeout - unused)
}

// retire closes the connection if it carries no request, and otherwise leaves it
// to its last one.
func (l *link) retire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		return
	}
	conn := l.conn
	l.conn = nil
	conn.CloseWhenIdle()
}

func (l *link) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.idle != nil {
		l.idle.Stop()
	}
	if l.conn != nil {
		_ = l.conn.Close()
		l.conn = nil
	}
}
