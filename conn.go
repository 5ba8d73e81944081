package kafka

import (
	"context"
	"errors"
	"math"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"
)

// Conn is a connection to a Kafka broker, for use with one partition of a topic
// (produce, fetch, offsets) and for requests to the broker itself (metadata,
// topics).
//
// A Conn is safe for concurrent use, and requests are in flight side by side.
// The broker, however, answers the requests of one connection in order: what is
// asked beside a fetch that waits for messages is answered after it. Programs
// that wait for messages and do other things meanwhile better use two
// connections.
//
// An error code of the broker, as kafka.Error, is an answer like any other: the
// connection stays usable. When a request fails otherwise, the error is a
// *protocol.RequestError, which says what was being done and whether the request
// had reached the broker, and satisfies net.Error.
type Conn struct {
	wire      *protocol.Conn
	topic     string
	partition int32
	broker    Broker
	read      *deadline
	write     *deadline
	acks      atomic.Int32
	closed    atomic.Bool // by Close

	mu     sync.Mutex
	offset int64 // of the next read; FirstOffset and LastOffset are resolved then
}

var _ net.Conn = (*Conn)(nil)

// ConnConfig configures a Conn. All fields may be left zero.
type ConnConfig struct {
	// ClientID names the program to the broker. Empty means DefaultClientID.
	ClientID string

	// Topic and Partition are what the connection reads and writes. Without a
	// topic it serves metadata and topic requests only.
	Topic     string
	Partition int

	// Broker and Rack are the id and the rack of the broker at the other end,
	// for Conn.Broker. Nothing else uses them.
	Broker int
	Rack   string

	// TransactionalID is kept for programs that set it. A Conn writes outside
	// of transactions, and a batch without a transaction does not carry the
	// id, so it is not sent.
	TransactionalID string
}

// NewConn makes a Conn of an open connection to the broker that leads the
// partition. It does no I/O. It panics if partition is not one (negative or
// above 2^31-1).
func NewConn(conn net.Conn, topic string, partition int) *Conn {
	return NewConnWith(conn, ConnConfig{Topic: topic, Partition: partition})
}

// NewConnWith makes a Conn of an open connection to a broker. It does no I/O.
// The connection reads from FirstOffset on, and asks for the acknowledgement of
// all in-sync replicas. NewConnWith panics if config.Partition is not a
// partition (negative or above 2^31-1).
func NewConnWith(conn net.Conn, config ConnConfig) *Conn {
	return newConn(conn, config, protocol.ConnOptions{})
}

func newConn(conn net.Conn, config ConnConfig, options protocol.ConnOptions) *Conn {
	if config.Partition < 0 || int64(config.Partition) > math.MaxInt32 {
		panic("kafka: partition " + strconv.Itoa(config.Partition) + " is outside of [0, 2147483647]")
	}
	options.ClientID = config.ClientID
	if options.ClientID == "" {
		options.ClientID = DefaultClientID
	}
	c := &Conn{
		wire:      protocol.NewConnWith(conn, options),
		topic:     config.Topic,
		partition: int32(config.Partition),
		broker:    brokerAt(conn.RemoteAddr()),
		read:      newDeadline(),
		write:     newDeadline(),
		offset:    FirstOffset,
	}
	c.broker.ID, c.broker.Rack = config.Broker, config.Rack
	c.acks.Store(int32(RequireAll))
	return c
}

// brokerAt gives the host and port of an address, as far as it has them.
func brokerAt(addr net.Addr) Broker {
	if addr == nil {
		return Broker{}
	}
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return Broker{Host: addr.String()}
	}
	n, _ := strconv.Atoi(port) // 0 for a port that is no number
	return Broker{Host: host, Port: n}
}

// Broker describes the other end: the host and port that the connection was
// made to, and the id and rack of ConnConfig.
func (c *Conn) Broker() Broker { return c.broker }

// LocalAddr returns the local network address.
func (c *Conn) LocalAddr() net.Addr { return c.wire.LocalAddr() }

// RemoteAddr returns the remote network address.
func (c *Conn) RemoteAddr() net.Addr { return c.wire.RemoteAddr() }

// Close closes the connection. Calls that are under way fail, as do those made
// later, with a *net.OpError. A second Close returns an error.
func (c *Conn) Close() error {
	if c.closed.Swap(true) {
		return c.opError("close", net.ErrClosed)
	}
	c.read.stop()
	c.write.stop()
	return c.wire.Close()
}

// SetDeadline sets the read and the write deadline.
//
// A deadline is an absolute time after which operations fail with a timeout
// instead of waiting. It holds for operations to come and for those that wait
// right now; zero means none. The error satisfies net.Error with a true
// Timeout(), and the connection stays usable: an answer that comes late is
// dropped. It is closed only after a fetch that the broker may hold for more
// than a second yet, since it would answer nothing else until then; and when an
// answer that nobody waits for is overdue by 30 s.
//
// Where a request tells the broker how long it may take, that is the time left
// until the deadline but for a quarter, a second at most, so that the answer
// arrives in time. A broker that has nothing to say until then answers with
// RequestTimedOut, which leaves the connection usable.
func (c *Conn) SetDeadline(t time.Time) error {
	c.read.set(t)
	c.write.set(t)
	return nil
}

// SetReadDeadline sets the deadline of Read, ReadMessage, ReadBatch,
// ReadBatchWith, ReadOffset, ReadOffsets, ReadFirstOffset, ReadLastOffset, Seek,
// ReadPartitions, Brokers and Controller, and of ApiVersions. See SetDeadline.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.read.set(t)
	return nil
}

// SetWriteDeadline sets the deadline of Write, WriteMessages,
// WriteCompressedMessages, WriteCompressedMessagesAt, CreateTopics and
// DeleteTopics, and of ApiVersions if there is no read deadline. When a write
// runs into it, the messages may have been written nevertheless. See
// SetDeadline.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.write.set(t)
	return nil
}

// SetRequiredAcks sets how many replicas must have what is written before the
// broker answers: -1 for all that are in sync, which is where a connection
// begins, or 1 for the leader. Anything else gives InvalidRequiredAcks and
// changes nothing.
func (c *Conn) SetRequiredAcks(n int) error {
	if n != int(RequireAll) && n != int(RequireOne) {
		return InvalidRequiredAcks
	}
	c.acks.Store(int32(n))
	return nil
}

// ApiVersions asks the broker for the versions of the APIs that it supports.
// The list comes even together with an error of the broker.
func (c *Conn) ApiVersions() ([]ApiVersion, error) {
	d := c.read
	if !d.isSet() {
		d = c.write
	}
	return c.apiVersions(d.context())
}

// exchange sends a request and waits for its answer, as long as ctx lets it.
// op is "read" or "write", for errors of the connection itself.
func (c *Conn) exchange(ctx context.Context, op string, msg protocol.Message) (*protocol.Reply, error) {
	if err := c.usable(ctx, op); err != nil {
		return nil, err
	}
	reply, err := c.wire.Exchange(ctx, msg)
	if err != nil {
		return nil, c.failed(ctx, op, msg, err)
	}
	return reply, nil
}

// usable reports what stands against a request before anything is sent. That a
// deadline has passed leaves the connection alone.
func (c *Conn) usable(ctx context.Context, op string) error {
	if c.closed.Load() {
		return c.opError(op, net.ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return c.opError(op, err)
	}
	return nil
}

// failed makes the error of a request that has no answer.
func (c *Conn) failed(ctx context.Context, op string, msg protocol.Message, err error) error {
	if c.closed.Load() {
		return c.opError(op, net.ErrClosed)
	}
	var request *protocol.RequestError
	if ctx.Err() != nil && errors.As(err, &request) && request.Written && holdsBroker(msg) {
		_ = c.wire.Close()
	}
	return err
}

// holdsBroker tells whether a broker may keep a request for so long that a
// connection on which nobody waits for the answer is of no use.
func holdsBroker(msg protocol.Message) bool {
	req, ok := msg.(*fetch.Request)
	return ok && time.Duration(req.MaxWaitTime)*time.Millisecond > replyMargin
}

func (c *Conn) opError(op string, err error) error {
	return &net.OpError{
		Op:     op,
		Net:    c.RemoteAddr().Network(),
		Source: c.LocalAddr(),
		Addr:   c.RemoteAddr(),
		Err:    err,
	}
}
