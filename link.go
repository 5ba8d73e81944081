package kafka

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// throttleMax bounds how long a broker can have a link hold requests back.
const throttleMax = 30 * time.Second

var errClusterClosed = fmt.Errorf("kafka: the transport's connections to the cluster were closed: %w", net.ErrClosed)

// link is a place for one connection to a broker. The connection is dialled when
// it is needed, and closed when it has been idle.
type link struct {
	broker *broker

	mu     sync.Mutex
	conn   *protocol.Conn   // nil before it is needed, and after it was idle
	dial   *dialCall        // under way; nil if none is
	old    []*protocol.Conn // that end with the last request they carry
	quotas bool             // the broker leaves waiting to us, see throttled
	held   time.Time        // no request before that
	idle   *time.Timer
	last   time.Time // when conn was used last
	closed bool

	users int // who have taken the link; linkSet.mu guards it
}

// dialCall is a dial under way. It goes on when those who wait for it have left.
type dialCall struct {
	done  chan struct{} // closed when conn or err is set
	conn  *protocol.Conn
	err   error
	wakes []chan<- struct{} // get a signal when done is closed; link.mu guards it
}

// get returns the connection or, if it has to be dialled, that which does so.
// Then wake, unless it is nil, gets a signal when that has ended.
func (l *link) get(wake chan<- struct{}) (conn *protocol.Conn, call *dialCall, err error) {
	lost := false
	l.mu.Lock()
	defer func() {
		l.mu.Unlock()
		if lost {
			l.broker.suspect() // meanwhile, we learn who is there instead
		}
	}()
	if l.closed || l.broker.cluster.ctx.Err() != nil {
		return nil, nil, l.broker.cluster.closedError()
	}
	if l.conn != nil && l.conn.Err() == nil {
		l.last = time.Now()
		return l.conn, nil, nil
	}
	if l.dial == nil {
		lost = l.conn != nil
		l.dial = &dialCall{done: make(chan struct{})}
		l.conn = nil
		go l.run(l.dial)
	}
	if wake != nil {
		l.dial.wakes = append(l.dial.wakes, wake)
	}
	return nil, l.dial, nil
}

// acquire returns the connection once it may be used. It waits no longer than
// ctx, which a dial, that serves others too, does not end with.
func (l *link) acquire(ctx context.Context) (*protocol.Conn, error) {
	conn, call, err := l.get(nil)
	if err != nil {
		return nil, err
	}
	if call != nil {
		select {
		case <-call.done:
			conn, err = call.conn, call.err
		case <-ctx.Done():
			err = l.broker.notYet(ctx.Err())
		}
		if err != nil {
			return nil, err
		}
	}
	for wait := l.holdsBack(); wait > 0; wait = l.holdsBack() {
		if err := l.pause(ctx, wait); err != nil {
			return nil, err
		}
	}
	return conn, nil
}

func (l *link) pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the broker asks for a pause because of a quota: %w", ctx.Err())
	case <-l.broker.cluster.ctx.Done():
		return l.broker.cluster.closedError()
	}
}

// run dials. It belongs to the cluster: its goroutine ends with the dial, which
// ends with the cluster at the latest.
func (l *link) run(call *dialCall) {
	conn, err := l.broker.dialInTurn(l.broker.cluster.ctx)
	quotas := conn != nil && announcesQuotas(conn)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dial = nil
	if err == nil && (l.closed || l.broker.cluster.ctx.Err() != nil) {
		_ = conn.Close()
		err = l.broker.cluster.closedError()
	}
	call.err = err
	if err == nil {
		call.conn, l.conn, l.last = conn, conn, time.Now()
		l.quotas, l.held = quotas, time.Time{}
		l.watchLocked(l.broker.cluster.config.idleTimeout)
	}
	close(call.done)
	for _, wake := range call.wakes {
		signalWake(wake)
	}
}

// announcesQuotas tells whether a broker answers at once when a quota is
// exceeded, and says for how long the client should wait (KIP-219). Brokers
// before 2.0 have waited themselves.
func announcesQuotas(conn *protocol.Conn) bool {
	const since = 8                                         // version of Fetch
	versions, err := conn.ApiVersions(context.Background()) // known from the dial
	return err == nil && slices.ContainsFunc(versions.Ranges, func(r protocol.VersionRange) bool {
		return r.ApiKey == protocol.Fetch && r.Max >= since
	})
}

// answered takes note of a response: when the link was used, and for how long the
// broker wants to be left alone.
func (l *link) answered(conn *protocol.Conn, res Response) {
	throttle := time.Duration(0)
	if res != nil {
		throttle = throttleOf(res)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != conn {
		return
	}
	l.last = time.Now()
	if throttle > 0 && l.quotas {
		if until := l.last.Add(min(throttle, throttleMax)); until.After(l.held) {
			l.held = until
		}
	}
}

// holdsBack returns for how long no request may be sent.
func (l *link) holdsBack() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held.IsZero() {
		return 0
	}
	wait := time.Until(l.held)
	if wait <= 0 {
		l.held = time.Time{}
	}
	return wait
}

// live tells whether there is a connection, or going to be one.
func (l *link) live() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	ended := func(c *protocol.Conn) bool { return c.Err() != nil }
	l.old = slices.DeleteFunc(l.old, ended)
	return len(l.old) > 0 || l.dial != nil || l.conn != nil && !ended(l.conn)
}

// load returns how many requests are under way, -1 without a connection.
func (l *link) load() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil || l.conn.Err() != nil {
		return -1
	}
	return l.conn.InFlight()
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
	conn := l.conn
	if conn == nil || l.closed {
		l.mu.Unlock()
		return
	}
	timeout := l.broker.cluster.config.idleTimeout
	unused := time.Since(l.last)
	if conn.InFlight() > 0 {
		unused = 0
	}
	if unused < timeout && conn.Err() == nil {
		l.watchLocked(timeout - unused)
		l.mu.Unlock()
		return
	}
	l.conn = nil
	l.mu.Unlock()
	_ = conn.Close()
}

// drop closes the connection, with the requests that it carries, if it is conn. The
// next request gets another one.
func (l *link) drop(conn *protocol.Conn) {
	l.mu.Lock()
	if l.conn == conn {
		l.conn = nil
	}
	l.mu.Unlock()
	_ = conn.Close()
}

// retire closes the connection if it carries no request, and otherwise leaves it
// to its last one.
func (l *link) retire() {
	l.mu.Lock()
	conn := l.conn
	l.conn = nil
	if l.idle != nil {
		l.idle.Stop()
	}
	if conn != nil {
		l.old = slices.DeleteFunc(l.old, func(c *protocol.Conn) bool { return c.Err() != nil })
		l.old = append(l.old, conn)
	}
	l.mu.Unlock()
	if conn != nil {
		conn.CloseWhenIdle()
	}
}

// close closes the connections. What it returns, if it is not nil, is closed at
// the end of the dial that was under way.
func (l *link) close() <-chan struct{} {
	l.mu.Lock()
	conns, dial := l.old, l.dial
	if l.conn != nil {
		conns = append(conns, l.conn)
	}
	l.closed, l.conn, l.old = true, nil, nil
	if l.idle != nil {
		l.idle.Stop()
	}
	l.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
	}
	if dial != nil {
		return dial.done
	}
	return nil
}
