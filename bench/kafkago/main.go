// Command kafkago measures the kafka-go API through Writer and Reader, and with -low through Conn and Batch. It is built twice: here with the library of this repository, and in peers/kafkago, from
// the same source, with the original. What differs is their tuning: tuning.go and tuning_original.go.
package main

import (
	"context"
	"sync/atomic"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/bench/measure"
)

func main() { measure.Main(measure.AtMain(), client{}) }

type client struct{}

var acks = map[string]kafka.RequiredAcks{"all": kafka.RequireAll, "none": kafka.RequireNone}

func (client) OpenProducer(w measure.Work) (measure.Producer, error) {
	if w.Low {
		return openConnProducer(w)
	}
	writer := &kafka.Writer{Addr: kafka.TCP(w.Broker), Topic: w.Topic, RequiredAcks: acks[w.Acks]}
	if err := writer.Compression.UnmarshalText([]byte(w.Codec)); err != nil {
		return nil, err
	}
	if !w.Defaults {
		tuneWriter(writer, w)
	}
	if w.Keyed {
		writer.Balancer = kafka.Murmur2Balancer{}
	}
	return &producer{writer: writer, work: w}, nil
}

type producer struct {
	writer *kafka.Writer
	work   measure.Work
	one    [1]kafka.Message
	err    atomic.Pointer[error] // the first of what Send has handed over
}

func (p *producer) Caller(values [][]byte) func(context.Context) error {
	messages := make([]kafka.Message, len(values))
	return func(ctx context.Context) error {
		for i, value := range values {
			messages[i] = kafka.Message{Key: p.work.Key(value), Value: value}
		}
		return p.writer.WriteMessages(ctx, messages...)
	}
}

func (p *producer) Send(ctx context.Context, value []byte) error {
	if !p.writer.Async {
		p.writer.Async, p.writer.Completion = true, p.completed
	}
	p.one[0] = kafka.Message{Value: value}
	return p.writer.WriteMessages(ctx, p.one[:]...)
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

// OpenConsumers makes one Reader for a group, else one for each partition.
func (client) OpenConsumers(w measure.Work) ([]measure.Consumer, error) {
	if w.Low {
		return openConnConsumer(w)
	}
	config := kafka.ReaderConfig{Brokers: []string{w.Broker}, Topic: w.Topic, GroupID: w.Group, StartOffset: kafka.FirstOffset}
	if !w.Defaults {
		tuneReader(&config, w)
	}
	if w.Group != "" {
		return []measure.Consumer{consumer{kafka.NewReader(config)}}, nil
	}
	var consumers []measure.Consumer
	for partition := range w.Partitions {
		config.Partition = partition
		consumers = append(consumers, consumer{kafka.NewReader(config)})
	}
	return consumers, nil
}

type consumer struct{ reader *kafka.Reader }

func (c consumer) Poll(ctx context.Context, see measure.See) error {
	m, err := c.reader.FetchMessage(ctx)
	if err != nil {
		return err
	}
	see(m.Partition, m.Offset, m.Value)
	return nil
}

func (c consumer) Close() error { return c.reader.Close() }
