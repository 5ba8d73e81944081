package protocol

import "context"

// Pending is a request that has been written, see [Conn.Send]. It belongs to one
// goroutine.
type Pending struct {
	c       *Conn
	api     *api
	msg     Message
	version int16
	call    *call // nil for a request that has no response
}

// Send writes a request and returns before its answer is there. Requests are
// written, and carried out by the broker, in the order of the calls of one
// goroutine; so a caller can have many under way without losing their order.
//
// Once Reply returns at once, wake gets a signal, unless it is full or nil: one
// channel with room for one signal can serve many requests.
//
// The ctx bounds the call of Send alone. Its errors are those of Exchange.
func (c *Conn) Send(ctx context.Context, msg Message, wake chan<- struct{}) (*Pending, error) {
	if err := c.Negotiate(ctx); err != nil {
		return nil, c.requestError(opNegotiate, msg, -1, false, err)
	}
	version, err := c.SelectVersion(msg)
	if err != nil {
		return nil, c.requestError(opSelect, msg, -1, false, err)
	}
	a, err := apiOf(msg)
	if err != nil {
		return nil, c.requestError(opEncode, msg, version, false, err)
	}
	p := &Pending{c: c, api: a, msg: msg, version: version}
	if r, ok := msg.(noResponder); ok && !r.HasResponse() {
		if _, err := c.post(ctx, a, msg, version); err != nil {
			return nil, err
		}
		signal(wake)
		return p, nil
	}
	out := getOutgoing()
	defer putOutgoing(out)
	if err := c.encode(out, a, msg, version); err != nil {
		return nil, err
	}
	p.call = c.newCall(ctx, msg)
	p.call.wake = wake
	if written, err := c.send(ctx, out, p.call); err != nil {
		return nil, c.requestError(opWrite, msg, version, written, err)
	}
	return p, nil
}

// Version is the version that the request was sent at.
func (p *Pending) Version() int16 { return p.version }

// Ready tells whether Reply returns at once.
func (p *Pending) Ready() bool { return p.call == nil || len(p.call.done) > 0 }

// Reply waits for the answer, with a nil Message for a request that has none. It
// is called once, unless ctx ends first: the request is abandoned then, as with
// Exchange, and so it has to be when nobody wants the answer any more.
func (p *Pending) Reply(ctx context.Context) (*Reply, error) {
	if p.call == nil {
		return &Reply{Version: p.version}, nil
	}
	cl := p.call
	p.call = nil
	f, err := p.c.await(ctx, cl)
	if err != nil {
		return nil, p.c.requestError(opAwait, p.msg, p.version, true, err)
	}
	return p.c.decode(f, p.api, p.msg, p.version, aliasRecords)
}

// InFlight returns the number of requests that have been written and not
// answered.
func (c *Conn) InFlight() int { return len(c.room) }

// CloseWhenIdle closes the connection as soon as no request is outstanding, which
// may be at once. Requests may still be made until then.
func (c *Conn) CloseWhenIdle() {
	c.mu.Lock()
	c.closing = true
	idle := c.queue.head == nil && len(c.room) == 0
	c.mu.Unlock()
	if idle {
		_ = c.fail(c.closedError())
	}
}
