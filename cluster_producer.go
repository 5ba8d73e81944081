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
func (r clusterRoute) refresh(name string) { r.load([]string{name}, nil) }

// lead returns a broker that a layout names as the leader of a partition.
func (r clusterRoute) lead(id int32) (*broker, error) {
	if b := r.broker(id); b != nil {
		return b, nil
	}
	return nil, &protocol.RequestError{Op: "connect", Broker: fmt.Sprintf("broker %d", id), ApiKey: protocol.Produce,
		ApiVersion: -1, Err: BrokerNotAvailable}
}

func (r clusterRoute) produceVersion(ctx context.Context, id int32) (int16, error) {
	b, err := r.lead(id)
	if err != nil {
		return -1, err
	}
	conn, err := b.data().acquire(ctx)
	if err != nil {
		return -1, b.connectError(anyProduce, err)
	}
	return conn.SelectVersion(anyProduce)
}

// anyProduce stands for requests that are not made yet. It is not changed.
var anyProduce = new(produce.Request)

func (r clusterRoute) produce(ctx context.Context, id int32, req *produce.Request, wake chan<- struct{}) (pendingProduce, error) {
	b, err := r.lead(id)
	if err != nil {
		return nil, err
	}
	l := b.data()
	for retried := false; ; retried = true {
		conn, err := l.acquire(ctx)
		if err != nil {
			b.suspect()
			return nil, b.connectError(req, err)
		}
		p, err := conn.Send(ctx, req, wake)
		if err == nil {
			return &linkProduce{link: l, conn: conn, pending: p}, nil
		}
		b.noAnswer(ctx, conn)
		if retried || ctx.Err() != nil || !lost(conn, req, err) || rewind(req) != nil {
			return nil, err
		}
	}
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
	if err != nil {
		p.link.broker.noAnswer(ctx, p.conn)
		return nil, err
	}
	p.link.answered(p.conn, reply.Message)
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
