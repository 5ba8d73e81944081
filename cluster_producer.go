package kafka

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// clusterRoute is a Writer's way to a cluster of a Transport.
type clusterRoute struct{ *cluster }

var _ producerRoute = clusterRoute{}

// refresh has a topic asked for soon.
func (r clusterRoute) refresh(name string) { r.load([]string{name}, false) }

func (r clusterRoute) dataConn(ctx context.Context, id int32) (*link, *protocol.Conn, error) {
	b := r.broker(id)
	if b == nil {
		return nil, nil, fmt.Errorf("kafka: broker %d: %w", id, BrokerNotAvailable)
	}
	l := &b.links[dataLink]
	conn, err := l.acquire(ctx)
	return l, conn, err
}

func (r clusterRoute) produceVersion(ctx context.Context, id int32) (int16, error) {
	_, conn, err := r.dataConn(ctx, id)
	if err != nil {
		return -1, err
	}
	return conn.SelectVersion(&produce.Request{})
}

func (r clusterRoute) produce(ctx context.Context, id int32, req *produce.Request, wake chan<- struct{}) (pendingProduce, error) {
	l, conn, err := r.dataConn(ctx, id)
	if err != nil {
		return nil, err
	}
	p, err := conn.Send(ctx, req, wake)
	if err != nil {
		return nil, err
	}
	return &linkProduce{link: l, conn: conn, pending: p}, nil
}

// linkProduce is a produce request on its way over a link.
type linkProduce struct {
	link    *link
	conn    *protocol.Conn
	pending *protocol.Pending
}

func (p *linkProduce) ready() bool { return p.pending.Ready() }

func (p *linkProduce) reply(ctx context.Context) (*produce.Response, error) {
	reply, err := p.pending.Reply(ctx)
	p.link.used(p.conn)
	if err != nil {
		return nil, err
	}
	res, _ := reply.Message.(*produce.Response) // nil where none was asked for
	return res, nil
}

func (r clusterRoute) initProducerID(ctx context.Context, transactionalID string, timeout time.Duration, id int64, epoch int16) (int64, int16, error) {
	answer, err := r.single(ctx, &initproducerid.Request{
		TransactionalID:      transactionalID,
		TransactionTimeoutMs: milliseconds(timeout),
		ProducerID:           id,
		ProducerEpoch:        epoch,
	})
	if err != nil {
		return -1, -1, err
	}
	res := answer.(*initproducerid.Response)
	if res.ErrorCode != 0 {
		return -1, -1, Error(res.ErrorCode)
	}
	return res.ProducerID, res.ProducerEpoch, nil
}
