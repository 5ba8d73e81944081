package kafka

import (
	"context"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// askedAll are the APIs whose requests go to every broker of the cluster.
var askedAll = map[protocol.ApiKey]bool{
	protocol.ListGroups:       true,
	protocol.DescribeLogDirs:  true,
	protocol.ListTransactions: true,
}

// split sends what a request is split into and merges the answers. All parts go
// out before any answer is waited for, so that a broker that is slow or gone is not
// in the way of the others.
func (c *cluster) split(ctx context.Context, s protocol.Splitter) (Response, error) {
	return c.splitAgain(ctx, s, routeAttempts)
}

// splitAgain is split, where what brokers decline is split anew some times.
func (c *cluster) splitAgain(ctx context.Context, s protocol.Splitter, attempts int) (Response, error) {
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	learned := make(learning)
	parts, merger, err := c.parts(ctx, s, learned)
	if err != nil {
		return nil, err
	}
	sent := c.sendParts(ctx, parts, learned)
	results := make([]any, len(parts))
	for i, p := range sent {
		results[i] = result(c.finish(ctx, p, attempts))
	}
	return merger.Merge(parts, results)
}

// result is what a Merger gets of a part.
func result(res Response, err error) any {
	if err != nil {
		return err
	}
	return res
}

// parts splits a request. What it cannot be routed by because it is not known is
// asked for first, once for all parts.
func (c *cluster) parts(ctx context.Context, s protocol.Splitter, learned learning) ([]Request, protocol.Merger, error) {
	if req, ok := s.(Request); ok && askedAll[req.ApiKey()] && time.Since(c.state.Load().loaded) > c.config.metadataTTL {
		_ = c.load(nil, nil).wait(ctx) // else those that are known
	}
	for {
		parts, merger, err := s.Split(c.state.Load().cluster())
		if err != nil {
			if again, err := c.learn(ctx, learned, err); !again {
				return nil, nil, err
			}
			continue
		}
		unknown := c.unknown(parts, learned)
		if len(unknown) == 0 {
			return parts, merger, nil
		}
		if err := c.load(unknown, nil).wait(ctx); err != nil {
			return nil, nil, err
		}
	}
}

// unknown returns the topics that parts cannot be routed by, and notes that they
// are asked for. "" stands for brokers.
func (c *cluster) unknown(parts []Request, learned learning) (names []string) {
	cluster := c.state.Load().cluster()
	for _, part := range parts {
		m, ok := part.(protocol.BrokerMessage)
		if !ok {
			continue
		}
		_, err := m.Broker(cluster)
		if name, ok := missing(err); ok && learned[name] == 0 {
			learned[name]++
			names = append(names, name)
		}
	}
	return names
}

// part is part of a request, on its way to a broker.
type part struct {
	try
	req  Request
	res  Response
	err  error
	done bool // res or err is set
}

// sendParts sends the parts of a request and waits for the answers.
func (c *cluster) sendParts(ctx context.Context, requests []Request, learned learning) []*part {
	parts := make([]*part, len(requests))
	wake := make(chan struct{}, 1)
	for i, req := range requests {
		p := &part{req: req}
		parts[i] = p
		if p.broker, p.err = c.target(ctx, req, learned); p.broker == nil {
			p.done = p.err != nil
			continue
		}
		p.advance(ctx, wake)
	}
	for _, p := range parts {
		if p.broker == nil && !p.done {
			p.res, p.err = c.anyBroker(ctx, p.req)
			p.done = true
		}
	}
	for waiting(ctx, parts, wake) {
		select {
		case <-wake:
		case <-ctx.Done():
		case <-c.ctx.Done():
		}
		if err := ctx.Err(); err != nil {
			endParts(ctx, parts, err)
		} else if c.ctx.Err() != nil {
			endParts(ctx, parts, c.closedError())
		}
	}
	return parts
}

// waiting moves all parts on, and tells whether there are some that have no answer.
func waiting(ctx context.Context, parts []*part, wake chan struct{}) (some bool) {
	for _, p := range parts {
		p.advance(ctx, wake)
		some = some || !p.done
	}
	return some
}

// advance does what can be done for a part without waiting.
func (p *part) advance(ctx context.Context, wake chan struct{}) {
	if p.done {
		return
	}
	p.res, p.err = p.step(ctx, question{api: p.req, build: func(*protocol.Conn) Request { return p.req }}, wake)
	p.done = p.res != nil || p.err != nil
	switch {
	case p.err == nil:
	case p.conn == nil:
		p.broker.suspect()
	default:
		p.broker.noAnswer(ctx, p.conn)
	}
}

// endParts is for parts that have no answer when there is no more time.
func endParts(ctx context.Context, parts []*part, reason error) {
	for _, p := range parts {
		if p.done {
			continue
		}
		if p.conn != nil {
			p.broker.noAnswer(ctx, p.conn)
		}
		p.done, p.err = true, p.ended(p.req, reason)
		p.abandon()
	}
}

// finish returns the answer to a part. What its broker declined, or could not be
// asked, is sent once more.
func (c *cluster) finish(ctx context.Context, p *part, attempts int) (Response, error) {
	res, err := p.res, p.err
	switch {
	case p.broker == nil:
	case err != nil && p.conn != nil && ctx.Err() == nil && lost(p.conn, p.req, err):
		res, err = c.send(ctx, p.req)
	default:
		res, err = c.elsewhere(ctx, p.broker, p.req, res, err)
	}
	if err != nil || res == nil {
		return nil, err
	}
	v := judge(res)
	s, splits := p.req.(protocol.Splitter)
	switch {
	case v.declined && !splits:
		return c.settle(ctx, p.req, res, nil)
	case v.declined && attempts > 0 && c.reroute(ctx, p.req) == nil:
		// It may be for several brokers now.
		again, err := c.splitAgain(ctx, s, attempts-1)
		if err == nil || wasWritten(err) {
			return again, err
		}
	case v.outdated:
		c.load(nil, nil)
	}
	return res, nil
}
