// Command franz measures franz-go.
//
// Tuning: idempotent, as by default. Producing hands records over by Produce, whose promises count a call down, which costs less than ProduceSync; up to 100,000
// records may be under way, since the default of 10,000 has callers wait; keyless records stick to a partition for a while, as by default, which makes the
// largest batches; lingering is off, since callers wait and what comes meanwhile fills batches anyway. Consuming polls with 1 MiB of a partition in a fetch, as
// all programs do, and walks fetches by EachPartition. Records of a call lie in one slice that is used again.
package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/segmentio/kafka-go/bench/measure"
)

func main() { measure.Main(measure.AtMain(), client{}) }

type client struct{}

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

func (client) OpenProducer(w measure.Work) (measure.Producer, error) {
	codec, known := codecs[w.Codec]
	if !known {
		return nil, fmt.Errorf("unknown codec %q", w.Codec)
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(w.Broker),
		kgo.DefaultProduceTopic(w.Topic),
		kgo.ProducerBatchCompression(codec),
	}
	if w.Acks == "none" {
		options = append(options, kgo.RequiredAcks(kgo.NoAck()), kgo.DisableIdempotentWrite())
	}
	if !w.Defaults {
		options = append(options, kgo.MaxBufferedRecords(100_000), kgo.ProducerLinger(0))
	}
	cl, err := kgo.NewClient(options...)
	if err != nil {
		return nil, err
	}
	p := &producer{client: cl, work: w}
	p.promise = func(_ *kgo.Record, err error) { p.fail(err) }
	return p, nil
}

type producer struct {
	client  *kgo.Client
	work    measure.Work
	promise func(*kgo.Record, error) // of Send
	err     atomic.Pointer[error]    // the first of an asynchronous write
}

// fail keeps the first error.
func (p *producer) fail(err error) {
	if err != nil {
		p.err.CompareAndSwap(nil, &err)
	}
}

func (p *producer) failed() error {
	if err := p.err.Load(); err != nil {
		return *err
	}
	return nil
}

func (p *producer) Caller(values [][]byte) func(context.Context) error {
	var left sync.WaitGroup
	promise := func(_ *kgo.Record, err error) {
		p.fail(err)
		left.Done()
	}
	records := make([]kgo.Record, len(values))
	return func(ctx context.Context) error {
		left.Add(len(records))
		for i, value := range values {
			records[i] = kgo.Record{Key: p.work.Key(value), Value: value}
			p.client.Produce(ctx, &records[i], promise)
		}
		left.Wait()
		return p.failed()
	}
}

func (p *producer) Send(ctx context.Context, value []byte) error {
	p.client.Produce(ctx, &kgo.Record{Value: value}, p.promise)
	return p.failed()
}

func (p *producer) Close() error {
	err := p.client.Flush(context.Background())
	p.client.Close()
	return errors.Join(err, p.failed())
}

func (client) OpenConsumers(w measure.Work) ([]measure.Consumer, error) {
	options := []kgo.Opt{kgo.SeedBrokers(w.Broker)}
	if !w.Defaults {
		options = append(options, kgo.FetchMaxPartitionBytes(1<<20))
	}
	if w.Group != "" {
		options = append(options, kgo.ConsumerGroup(w.Group), kgo.ConsumeTopics(w.Topic), kgo.DisableAutoCommit(),
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	} else {
		partitions := map[int32]kgo.Offset{}
		for p := range w.Partitions {
			partitions[int32(p)] = kgo.NewOffset().AtStart()
		}
		options = append(options, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{w.Topic: partitions}))
	}
	cl, err := kgo.NewClient(options...)
	if err != nil {
		return nil, err
	}
	return []measure.Consumer{consumer{cl}}, nil
}

type consumer struct{ client *kgo.Client }

func (c consumer) Poll(ctx context.Context, see measure.See) error {
	fetches := c.client.PollFetches(ctx)
	if err := fetches.Err(); err != nil {
		return err
	}
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		for _, r := range p.Records {
			see(int(r.Partition), r.Offset, r.Value)
		}
	})
	return nil
}

func (c consumer) Close() error {
	c.client.Close()
	return nil
}
