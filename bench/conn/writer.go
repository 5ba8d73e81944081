package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/bench/measure"
)

// variants are settings beside the defaults.
var variants = map[string]func(w *kafka.Writer){
	"":       func(*kafka.Writer) {},
	"1ms":    func(w *kafka.Writer) { w.BatchTimeout = time.Millisecond },
	"batch1": func(w *kafka.Writer) { w.BatchSize = 1 },
}

// OpenWriter uses kafka.Writer.
func (client) OpenWriter(w measure.Work) (measure.Writer, error) {
	set, known := variants[w.Variant]
	if !known {
		return nil, fmt.Errorf("unknown variant %q", w.Variant)
	}
	p := &producer{}
	p.writer = &kafka.Writer{
		Addr:         kafka.TCP(w.Broker),
		Topic:        w.Topic,
		RequiredAcks: kafka.RequireAll,
		Async:        w.Async,
	}
	if w.Async {
		p.writer.Completion = p.completed
	}
	if err := p.writer.Compression.UnmarshalText([]byte(w.Codec)); err != nil {
		return nil, err
	}
	set(p.writer)
	return p, nil
}

type producer struct {
	writer *kafka.Writer
	err    atomic.Pointer[error] // the first of an asynchronous write
}

func (p *producer) Write(ctx context.Context, records []measure.Record) error {
	messages := make([]kafka.Message, len(records))
	for i, r := range records {
		messages[i] = kafka.Message{Key: r.Key, Value: r.Value}
	}
	return p.writer.WriteMessages(ctx, messages...)
}

func (p *producer) completed(_ []kafka.Message, err error) {
	if err != nil {
		p.err.CompareAndSwap(nil, &err)
	}
}

func (p *producer) Close() error {
	err := p.writer.Close()
	if failed := p.err.Load(); failed != nil {
		return *failed
	}
	return err
}
