// Command floor does the workloads with no client library: what is left is the kernel, the checksum, and a walk over the records.
//
// Tuning: produce sends requests that were encoded before, with a batch for each partition, one after the other on one connection without waiting for the
// responses, as many as there are callers. It is not idempotent, since a sequence number would have to be set in each batch. Consume asks for up to 1 MiB of a
// partition and 2 MiB in all, which stay in the processor's caches, reads the response into one buffer, asks for the next, and walks it by CRC32C and varints.
package main

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/segmentio/kafka-go/bench/measure"
	"github.com/segmentio/kafka-go/bench/wire"
)

const (
	fetchBytes     = 2 << 20
	partitionBytes = 1 << 20
)

func main() { measure.Main(measure.AtMain(), client{}) }

type client struct{}

// OpenProducer knows one broker only: that of partition 0, which must lead all others, too.
func (client) OpenProducer(w measure.Work) (measure.Producer, error) {
	broker, err := leader(w)
	if err != nil {
		return nil, err
	}
	conn, err := wire.Dial(broker)
	if err != nil {
		return nil, err
	}
	turn := make(chan struct{}, 1)
	turn <- struct{}{}
	return &producer{work: w, conn: conn, turn: turn}, nil
}

func leader(w measure.Work) (string, error) {
	leaders, err := wire.Leaders(w.Broker, w.Topic)
	if err != nil {
		return "", err
	}
	for _, l := range leaders {
		if l != leaders[0] {
			return "", fmt.Errorf("partitions of %s are led by %s and %s: the floor knows one broker", w.Topic, leaders[0], l)
		}
	}
	return leaders[0], nil
}

type producer struct {
	work measure.Work
	conn *wire.Conn

	mu   sync.Mutex
	turn chan struct{} // has an element when the responses to all requests so far were read
	sent int           // by Send
}

func (p *producer) acks() int {
	if p.work.Acks == "none" {
		return 0
	}
	return -1
}

func (p *producer) Caller(values [][]byte) func(context.Context) error {
	request, err := p.encode(values)
	return func(context.Context) error {
		if err != nil {
			return err
		}
		return p.exchange(request)
	}
}

// encode deals values out to the partitions; a single one goes to the first.
func (p *producer) encode(values [][]byte) (*wire.ProduceRequest, error) {
	var batches []wire.Batch
	partitions := min(p.work.Partitions, len(values))
	for partition, share := range slices.Collect(slices.Chunk(values, (len(values)+partitions-1)/partitions)) {
		records, err := wire.AppendBatch(nil, p.work.Codec, share)
		if err != nil {
			return nil, err
		}
		batches = append(batches, wire.Batch{Partition: partition, Records: records})
	}
	return wire.NewProduceRequest(p.work.Topic, p.acks(), batches), nil
}

// exchange sends a request, waits until those before it have their responses, and reads its own.
func (p *producer) exchange(request *wire.ProduceRequest) error {
	next := make(chan struct{}, 1)
	p.mu.Lock()
	err := p.conn.Send(request)
	mine := p.turn
	p.turn = next
	p.mu.Unlock()
	if err != nil {
		return err
	}
	<-mine
	defer func() { next <- struct{}{} }()
	return p.conn.Acknowledged(request)
}

// Send deals values out in turn. It waits for the response: at the rates of the workloads no request comes before it.
func (p *producer) Send(_ context.Context, value []byte) error {
	records, err := wire.AppendBatch(nil, p.work.Codec, [][]byte{value})
	if err != nil {
		return err
	}
	partition := p.sent % p.work.Partitions
	p.sent++
	return p.exchange(wire.NewProduceRequest(p.work.Topic, p.acks(), []wire.Batch{{Partition: partition, Records: records}}))
}

func (p *producer) Close() error { return p.conn.Close() }

// OpenConsumers reads without a group, whatever w.Group is: a group is the library's work.
func (client) OpenConsumers(w measure.Work) ([]measure.Consumer, error) {
	broker, err := leader(w)
	if err != nil {
		return nil, err
	}
	partitions := make([]int, w.Partitions)
	for i := range partitions {
		partitions[i] = i
	}
	fetcher, err := wire.NewFetcher(broker, w.Topic, partitions, fetchBytes, partitionBytes)
	if err != nil {
		return nil, err
	}
	return []measure.Consumer{consumer{fetcher}}, nil
}

type consumer struct{ *wire.Fetcher }

func (c consumer) Poll(ctx context.Context, see measure.See) error {
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	return c.Next(see)
}
