package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/segmentio/kafka-go/bench/measure"
)

// variants are settings beside the defaults.
var variants = map[string][]kgo.Opt{
	"":        nil,
	"linger0": {kgo.ProducerLinger(0)},
}

// OpenWriter uses Produce and ProduceSync.
func (client) OpenWriter(w measure.Work) (measure.Writer, error) {
	options, known := variants[w.Variant]
	if !known {
		return nil, fmt.Errorf("unknown variant %q", w.Variant)
	}
	codec, known := codecs[w.Codec]
	if !known {
		return nil, fmt.Errorf("unknown codec %q", w.Codec)
	}
	cl, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(w.Broker),
		kgo.DefaultProduceTopic(w.Topic),
		kgo.RecordPartitioner(kgo.RoundRobinPartitioner()), // the others' default
		kgo.ProducerBatchCompression(codec),
	}, options...)...)
	if err != nil {
		return nil, err
	}
	p := &producer{client: cl, async: w.Async}
	p.promise = p.completed
	return p, nil
}

type producer struct {
	client  *kgo.Client
	async   bool
	promise func(*kgo.Record, error)
	err     atomic.Pointer[error] // the first of an asynchronous write
}

func (p *producer) Write(ctx context.Context, batch []measure.Record) error {
	records := make([]kgo.Record, len(batch))
	for i, r := range batch {
		records[i].Key, records[i].Value = r.Key, r.Value
	}
	if p.async {
		for i := range records {
			p.client.Produce(ctx, &records[i], p.promise)
		}
		return nil
	}
	pointers := make([]*kgo.Record, len(records))
	for i := range records {
		pointers[i] = &records[i]
	}
	return p.client.ProduceSync(ctx, pointers...).FirstErr()
}

func (p *producer) completed(_ *kgo.Record, err error) {
	if err != nil {
		p.err.CompareAndSwap(nil, &err)
	}
}

func (p *producer) Close() error {
	err := p.client.Flush(context.Background())
	p.client.Close()
	if failed := p.err.Load(); failed != nil {
		return *failed
	}
	return err
}
