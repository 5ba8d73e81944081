package kafka

import (
	"context"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
)

// split sends what a request is split into and merges the answers. What can be
// sent without waiting goes out first, so that a broker that is slow or gone is
// not in the way of the others.
func (c *cluster) split(ctx context.Context, s protocol.Splitter) (Response, error) {
	return c.splitAgain(ctx, s, routeAttempts)
}

// splitAgain is split, where what leaders decline is split anew some times.
func (c *cluster) splitAgain(ctx context.Context, s protocol.Splitter, attempts int) (Response, error) {
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	parts, merger, err := c.parts(ctx, s)
	if err != nil {
		return nil, err
	}
	early := make([]*earlyPart, len(parts))
	if len(parts) > 1 {
		for i, part := range parts {
			early[i] = c.sendEarly(ctx, part)
		}
	}
	results := make([]any, len(parts))
	for _, sent := range []bool{true, false} {
		for i, part := range parts {
			if (early[i] != nil) == sent {
				results[i] = result(c.finish(ctx, part, early[i], attempts))
			}
		}
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

// earlyPart is part of a request that has been sent.
type earlyPart struct {
	broker  *broker
	conn    *protocol.Conn
	pending *protocol.Pending
}

// sendEarly sends a part to its broker if that is known and connected.
func (c *cluster) sendEarly(ctx context.Context, part Request) *earlyPart {
	m, ok := part.(protocol.BrokerMessage)
	if !ok || classes[part.ApiKey()] != dataLink {
		return nil
	}
	target, err := m.Broker(c.state.Load().cluster())
	if err != nil {
		return nil
	}
	b := c.broker(target.ID)
	if b == nil || b.rank() >= heldBack {
		return nil
	}
	conn, _, err := b.data().get(nil)
	if err != nil || conn == nil {
		return nil
	}
	pending, err := conn.Send(ctx, part, nil)
	if err != nil {
		return nil // which finish will find out about
	}
	return &earlyPart{b, conn, pending}
}

// finish returns the answer to a part, which it sends if that is still to be done.
func (c *cluster) finish(ctx context.Context, part Request, early *earlyPart, attempts int) (Response, error) {
	res, err := c.firstAnswer(ctx, part, early)
	offsets, ok := part.(*listoffsets.Request)
	if err != nil || !ok {
		return c.settle(ctx, part, res, err)
	}
	v := judge(res)
	if v.declined && attempts > 0 && c.reroute(ctx, part) == nil {
		// Its partitions may have several leaders now.
		return c.splitAgain(ctx, offsets, attempts-1)
	}
	if v.outdated {
		c.load(nil, nil)
	}
	return res, nil
}

func (c *cluster) firstAnswer(ctx context.Context, part Request, early *earlyPart) (Response, error) {
	if early == nil {
		return c.send(ctx, part)
	}
	reply, err := early.pending.Reply(ctx)
	if err == nil {
		early.broker.data().answered(early.conn, reply.Message)
		return reply.Message, nil
	}
	early.broker.noAnswer(ctx, early.conn)
	if ctx.Err() == nil && lost(early.conn, part, err) {
		return c.send(ctx, part)
	}
	return nil, err
}

// parts splits a request. Topics that it names and that are not known are asked
// for first.
func (c *cluster) parts(ctx context.Context, s protocol.Splitter) ([]Request, protocol.Merger, error) {
	if m, ok := s.(*listoffsets.Request); ok { // which splits off what is not known
		if err := c.learnTopics(ctx, m); err != nil {
			return nil, nil, err
		}
	}
	learned := make(learning)
	for {
		parts, merger, err := s.Split(c.state.Load().cluster())
		if err == nil {
			return parts, merger, nil
		}
		if again, err := c.learn(ctx, learned, err); !again {
			return nil, nil, err
		}
	}
}

// learnTopics asks for the topics of a request that are not known.
func (c *cluster) learnTopics(ctx context.Context, req *listoffsets.Request) error {
	state := c.state.Load()
	var unknown []string
	for i := range req.Topics {
		if t := state.topics[req.Topics[i].Topic]; t == nil || t.err != nil {
			unknown = append(unknown, req.Topics[i].Topic)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return c.load(unknown, nil).wait(ctx)
}
