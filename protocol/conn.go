package protocol

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Defaults of ConnOptions.
const (
	defaultMaxFrame    = 1 << 30
	defaultMaxInFlight = 128
)

// ConnOptions configures a Conn. The zero value is what NewConn uses.
type ConnOptions struct {
	// ClientID goes into the header of every request. Default: empty.
	ClientID string

	// Broker is how errors name the peer. Default: its address.
	Broker string

	// CallTimeout is how long the broker may take over the request that it has
	// to answer next, counted from when it was written or from when the answer
	// before it arrived; a large answer counts from its last mebibyte. To it is
	// added what the request asks the broker to wait, see WaitingMessage, and a
	// later deadline of the request's ctx replaces it. When it passes, the
	// connection has failed. Default: none, a ctx bounds its caller alone; but
	// for requests whose caller has left, which get 30 seconds more.
	CallTimeout time.Duration

	// MaxFrame is the largest response, in bytes. Default: 1 GiB. A larger one
	// fails the connection. Memory is allocated as bytes arrive.
	MaxFrame int

	// MaxInFlight bounds the requests written and not yet answered; others
	// wait. Default: 128.
	MaxInFlight int

	// LegacyApiVersions asks for the broker's versions with version 0 at once,
	// for brokers that hang up on newer ones: see NegotiateError.
	LegacyApiVersions bool

	// SoftwareName and SoftwareVersion are told to brokers that ask for them
	// (KIP-511), which show them in their metrics. Letters, digits, dots and
	// dashes; others are replaced by dashes. Default: this module and its
	// version.
	SoftwareName    string
	SoftwareVersion string
}

// Conn is a connection to a broker which carries any number of requests at a
// time, answered in the order in which they were written.
//
// Exchange and RoundTrip are safe for concurrent use, as is everything but the
// raw access by Read, Write, Peek and Discard, which ends with the first
// request. A Conn owns its net.Conn, and one goroutine that reads responses,
// from the first request to the end of the connection.
type Conn struct {
	conn     net.Conn
	opts     ConnOptions
	frames   *frameReader
	deadline connDeadline
	versions atomic.Pointer[versionTable] // nil before negotiation

	slot chan struct{} // held by who writes
	room chan struct{} // one element for each call in the queue
	done chan struct{} // closed when the connection has ended

	id int32 // of the last request; belongs to the holder of slot

	mu        sync.Mutex
	err       error // why the connection ended
	closing   bool  // it is to end when the queue is empty
	queue     callQueue
	free      *call         // calls to use again
	loop      chan struct{} // closed at the end of the read loop; nil before it starts
	headSince time.Time     // when the clock of the call at the head started
	watch     *time.Timer   // runs checkHead at watchAt, if that is set
	watchAt   time.Time
	guard     *writeGuard  // apart, for its func would make Conn incomparable
	flight    *negotiation // under way
}

// NewConn returns a connection that sends requests on conn, which it owns from
// now on. It does no I/O.
func NewConn(conn net.Conn, clientID string) *Conn {
	return NewConnWith(conn, ConnOptions{ClientID: clientID})
}

// NewConnWith is NewConn with options.
func NewConnWith(conn net.Conn, opts ConnOptions) *Conn {
	if opts.MaxFrame <= 0 {
		opts.MaxFrame = defaultMaxFrame
	}
	if opts.MaxInFlight <= 0 {
		opts.MaxInFlight = defaultMaxInFlight
	}
	if opts.Broker == "" {
		opts.Broker = addrString(conn.RemoteAddr())
	}
	return &Conn{
		conn:   conn,
		opts:   opts,
		frames: newFrameReader(conn, opts.MaxFrame),
		guard:  new(writeGuard),
		slot:   make(chan struct{}, 1),
		room:   make(chan struct{}, opts.MaxInFlight),
		done:   make(chan struct{}),
	}
}

func addrString(addr net.Addr) string {
	if addr == nil {
		return "unknown address"
	}
	return addr.String()
}

// Reply is the answer to a request.
type Reply struct {
	// Message is the response, nil for a request that has none. It belongs to
	// the caller, but for the records in it.
	Message Message

	// Version is the version of request and response.
	Version int16

	frame *frame
}

// Release gives the memory of the response back. Record sets of Message alias
// it: they must not be used any more, while everything else stays valid. A
// Reply that is not released is left to the garbage collector.
func (r *Reply) Release() {
	putFrame(r.frame)
	r.frame = nil
}

// Exchange sends a request and returns its response, at the highest version
// that this package, the broker and the contents of the request (see
// VersionedMessage) have in common; the broker's versions are asked for if
// they are not known yet. Record sets in the response alias memory which
// [Reply.Release] gives back.
//
// The ctx bounds the caller and nothing else. When it ends before the request
// is written, the request is withdrawn; afterwards, its response is thrown
// away when it comes and the connection stays good. Only when it ends while the
// socket takes half of a request does the connection end with it.
//
// Errors are of type *RequestError.
func (c *Conn) Exchange(ctx context.Context, msg Message) (*Reply, error) {
	return c.exchange(ctx, msg, aliasRecords)
}

// Call is Exchange with a response that is the caller's, records included; it is
// nil if the request has none.
func (c *Conn) Call(ctx context.Context, msg Message) (Message, error) {
	reply, err := c.exchange(ctx, msg, ownRecords)
	if err != nil {
		return nil, err
	}
	return reply.Message, nil
}

// RoundTrip is Call bounded by the deadlines that were set, instead of a ctx.
func (c *Conn) RoundTrip(msg Message) (Message, error) {
	return c.Call(c.deadline.context(), msg)
}

func (c *Conn) exchange(ctx context.Context, msg Message, mode recordMode) (*Reply, error) {
	if err := c.Negotiate(ctx); err != nil {
		return nil, c.requestError(opNegotiate, msg, -1, false, err)
	}
	if raw, ok := msg.(RawExchanger); ok && raw.Required(c.selected()) {
		return c.exchangeRaw(ctx, raw, msg)
	}
	version, err := c.SelectVersion(msg)
	if err != nil {
		return nil, c.requestError(opSelect, msg, -1, false, err)
	}
	a, err := apiOf(msg)
	if err != nil {
		return nil, c.requestError(opEncode, msg, version, false, err)
	}
	if r, ok := msg.(noResponder); ok && !r.HasResponse() {
		return c.post(ctx, a, msg, version)
	}
	f, err := c.roundTrip(ctx, a, msg, version)
	if err != nil {
		return nil, err
	}
	return c.decode(f, a, msg, version, mode)
}

// decode makes a reply of the frame that answers msg.
func (c *Conn) decode(f *frame, a *api, msg Message, version int16, mode recordMode) (*Reply, error) {
	_, res, err := a.decodeResponse(f.b, version, mode)
	if err != nil {
		putFrame(f)
		return nil, c.requestError(opDecode, msg, version, true, err)
	}
	if mode == ownRecords || !hasRecords(res) {
		putFrame(f)
		f = nil
	}
	return &Reply{Message: res, Version: version, frame: f}, nil
}

// roundTrip writes a request and returns the frame of its response.
func (c *Conn) roundTrip(ctx context.Context, a *api, msg Message, version int16) (*frame, error) {
	out := getOutgoing()
	defer putOutgoing(out)
	if err := c.encode(out, a, msg, version); err != nil {
		return nil, err
	}
	cl := c.newCall(ctx, msg)
	if written, err := c.send(ctx, out, cl); err != nil {
		return nil, c.requestError(opWrite, msg, version, written, err)
	}
	f, err := c.await(ctx, cl)
	if err != nil {
		return nil, c.requestError(opAwait, msg, version, true, err)
	}
	return f, nil
}

// post writes a request that the broker does not answer.
func (c *Conn) post(ctx context.Context, a *api, msg Message, version int16) (*Reply, error) {
	out := getOutgoing()
	defer putOutgoing(out)
	if err := c.encode(out, a, msg, version); err != nil {
		return nil, err
	}
	if written, err := c.send(ctx, out, nil); err != nil {
		return nil, c.requestError(opWrite, msg, version, written, err)
	}
	return &Reply{Version: version}, nil
}

func (c *Conn) encode(out *outgoing, a *api, msg Message, version int16) (err error) {
	// The correlation id is filled in by who writes.
	out.b, err = a.appendRequest(out.b, version, 0, c.opts.ClientID, msg, out.splicesFor(c.conn))
	if err != nil {
		return c.requestError(opEncode, msg, version, false, err)
	}
	return nil
}

func (c *Conn) requestError(op string, msg Message, version int16, written bool, err error) error {
	return &RequestError{
		Op:         op,
		Broker:     c.opts.Broker,
		ApiKey:     msg.ApiKey(),
		ApiVersion: version,
		Written:    written,
		Err:        err,
	}
}

// send writes a request in its turn and queues cl, which is nil for a request
// without a response, and otherwise not used any more if there is an error. It
// tells whether a byte was written.
func (c *Conn) send(ctx context.Context, request *outgoing, cl *call) (written bool, err error) {
	if err := c.acquire(ctx, cl != nil); err != nil {
		if cl != nil {
			c.freeCall(cl)
		}
		return false, err
	}
	defer func() { <-c.slot }()
	if cl == nil || !cl.raw {
		c.id = (c.id + 1) & 0x7fffffff
		binary.BigEndian.PutUint32(request.b[8:], uint32(c.id))
	}
	if err := c.push(cl, c.id); err != nil {
		return false, err
	}
	if cl == nil && c.opts.CallTimeout > 0 {
		// Nothing in the queue bounds this write.
		_ = c.conn.SetWriteDeadline(time.Now().Add(c.opts.CallTimeout))
		defer func() { _ = c.conn.SetWriteDeadline(time.Time{}) }()
	}
	n, err := c.write(ctx, request)
	if err == nil {
		return true, nil
	}
	_ = c.fail(err)
	if cl != nil { // it has been answered, by fail if by nothing else
		<-cl.done
		c.freeCall(cl)
	}
	err = c.Err()
	if errors.Is(err, errWriteCut) {
		err = ctx.Err()
	}
	return n > 0, err
}

// acquire takes the write slot and, for a call, room in the queue.
func (c *Conn) acquire(ctx context.Context, room bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.enter(ctx, c.slot); err != nil {
		return err
	}
	if !room {
		return nil
	}
	if err := c.enter(ctx, c.room); err != nil {
		<-c.slot
		return err
	}
	return nil
}

// enter puts an element into ch unless ctx or the connection ends before.
func (c *Conn) enter(ctx context.Context, ch chan struct{}) error {
	select {
	case ch <- struct{}{}:
		return nil
	default:
	}
	select {
	case ch <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-c.done:
		return c.Err()
	}
}

// await returns the frame that answers cl, which it frees.
func (c *Conn) await(ctx context.Context, cl *call) (*frame, error) {
	select {
	case <-cl.done:
	case <-ctx.Done():
		if c.abandon(cl) {
			return nil, ctx.Err()
		}
		<-cl.done
	}
	f, err := cl.frame, cl.err
	c.freeCall(cl)
	return f, err
}

// readLoop hands each frame to the call at the head of the queue. It belongs to
// the connection and ends with it.
func (c *Conn) readLoop() {
	defer close(c.loop)
	progress := c.touch
	for {
		// First, the size: this is where an idle connection rests.
		size, err := c.frames.size()
		if err != nil {
			_ = c.fail(readError(err))
			return
		}
		// Second, whose it is.
		wanted, err := c.match(size)
		if err != nil {
			_ = c.fail(err)
			return
		}
		// Third, the frame, which is not kept if its caller has left.
		var f *frame
		if wanted {
			f, err = c.frames.body(size, progress)
		} else {
			err = c.frames.discard(size, progress)
		}
		if err != nil {
			_ = c.fail(readError(err))
			return
		}
		c.answer(f)
	}
}

// Close ends the connection: requests under way fail with an error that is
// net.ErrClosed. It returns once nothing of the connection is left running.
// Further calls return nil and do nothing.
func (c *Conn) Close() error {
	err := c.fail(c.closedError())
	c.mu.Lock()
	loop := c.loop
	c.mu.Unlock()
	if loop != nil {
		<-loop
	}
	return err
}

// fail ends the connection for the given reason, unless it has ended already.
// Callers learn of it before the socket is closed, which may take time.
func (c *Conn) fail(reason error) error {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return nil //nolint:nilerr // it has ended for a reason of its own
	}
	c.err = reason
	if c.watch != nil {
		c.watch.Stop()
	}
	for cl := c.queue.pop(); cl != nil; cl = c.queue.pop() {
		if !cl.abandoned {
			cl.err = reason
			cl.signal()
		}
	}
	c.mu.Unlock()
	close(c.done)
	return c.conn.Close()
}

// Done returns a channel that is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err returns why the connection ended, nil while it is good. After Close it is
// net.ErrClosed.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// String returns the addresses of both ends.
func (c *Conn) String() string {
	return "kafka connection " + addrString(c.LocalAddr()) + "->" + addrString(c.RemoteAddr())
}

// LocalAddr returns the local address of the socket.
func (c *Conn) LocalAddr() net.Addr { return c.conn.LocalAddr() }

// RemoteAddr returns the broker's address.
func (c *Conn) RemoteAddr() net.Addr { return c.conn.RemoteAddr() }
