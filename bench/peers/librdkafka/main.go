// Command librdkafka measures librdkafka through confluent-kafka-go, which brings it along. It needs cgo and a C compiler.
//
// Tuning: idempotent; no lingering where each caller waits for one message, 5 ms otherwise, as by default; batches of up to 1 MB; a queue that holds all that is
// under way; delivery reports without the fields that nobody reads. Consuming has 1 MiB of a partition in a fetch, as all programs do, and
// fetch.queue.backoff.ms of 1: with its default of a second, fetching stops for that long whenever the queue is full.
package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/segmentio/kafka-go/bench/measure"
)

func main() { measure.Main(measure.AtMain(), client{}) }

type client struct{}

func (client) OpenProducer(w measure.Work) (measure.Producer, error) {
	settings := kafka.ConfigMap{"bootstrap.servers": w.Broker, "compression.type": w.Codec}
	if !w.Defaults {
		tune := kafka.ConfigMap{
			"acks":                         w.Acks,
			"enable.idempotence":           w.Acks == "all",
			"batch.size":                   1_000_000,
			"batch.num.messages":           100_000,
			"queue.buffering.max.messages": 1_000_000,
			"go.delivery.report.fields":    "none",
			"partitioner":                  "murmur2_random",
		}
		if w.Acks == "none" {
			tune["acks"] = "0"
		}
		if w.Batch == 1 {
			tune["linger.ms"] = 0
		}
		for name, value := range tune {
			settings[name] = value
		}
	}
	p, err := kafka.NewProducer(&settings)
	if err != nil {
		return nil, err
	}
	return &producer{Producer: p, topic: w.Topic, work: w}, nil
}

type producer struct {
	*kafka.Producer
	topic string
	work  measure.Work
	sent  chan kafka.Event // of Send, once there is one
	drain sync.WaitGroup
	err   error // the first of Send
}

func (p *producer) message(value []byte) *kafka.Message {
	return &kafka.Message{TopicPartition: kafka.TopicPartition{Topic: &p.topic, Partition: kafka.PartitionAny}, Value: value}
}

func (p *producer) Caller(values [][]byte) func(context.Context) error {
	delivered := make(chan kafka.Event, len(values))
	message := p.message(nil) // it is used up when Produce returns
	return func(context.Context) error {
		for _, value := range values {
			message.Key, message.Value = p.work.Key(value), value
			if err := p.Produce(message, delivered); err != nil {
				return err
			}
		}
		for range values {
			if err := failure(<-delivered); err != nil {
				return err
			}
		}
		return nil
	}
}

// failure returns the error of a delivery report.
func failure(event kafka.Event) error {
	switch e := event.(type) {
	case *kafka.Message:
		return e.TopicPartition.Error
	case kafka.Error:
		return e
	}
	return fmt.Errorf("not a delivery report: %v", event)
}

func (p *producer) Send(_ context.Context, value []byte) error {
	if p.sent == nil {
		p.sent = make(chan kafka.Event, 10_000)
		p.drain.Go(func() {
			for event := range p.sent {
				if err := failure(event); err != nil && p.err == nil {
					p.err = err
				}
			}
		})
	}
	return p.Produce(p.message(value), p.sent)
}

const closeMs = 10_000

func (p *producer) Close() error {
	left := p.Flush(closeMs)
	p.Producer.Close()
	if p.sent != nil {
		close(p.sent)
		p.drain.Wait()
	}
	if p.err == nil && left > 0 {
		return fmt.Errorf("%d messages are not sent", left)
	}
	return p.err
}

func (client) OpenConsumers(w measure.Work) ([]measure.Consumer, error) {
	group := w.Group
	if group == "" {
		group = "none" // it has to have one
	}
	settings := kafka.ConfigMap{
		"bootstrap.servers": w.Broker, "group.id": group, "auto.offset.reset": "earliest",
		"enable.auto.commit": false, "enable.auto.offset.store": false,
	}
	if !w.Defaults {
		tune := kafka.ConfigMap{
			"fetch.message.max.bytes": 1 << 20,
			"queued.min.messages":     1_000_000,
			"fetch.queue.backoff.ms":  1,
		}
		for name, value := range tune {
			settings[name] = value
		}
	}
	c, err := kafka.NewConsumer(&settings)
	if err != nil {
		return nil, err
	}
	if w.Group != "" {
		return []measure.Consumer{consumer{c}}, c.Subscribe(w.Topic, nil)
	}
	var list []kafka.TopicPartition
	for p := range w.Partitions {
		list = append(list, kafka.TopicPartition{Topic: &w.Topic, Partition: int32(p), Offset: kafka.OffsetBeginning})
	}
	return []measure.Consumer{consumer{c}}, c.Assign(list)
}

type consumer struct{ *kafka.Consumer }

const pollMs = 100 // Poll cannot be interrupted

func (c consumer) Poll(ctx context.Context, see measure.See) error {
	for ctx.Err() == nil {
		switch e := c.Consumer.Poll(pollMs).(type) {
		case *kafka.Message:
			if e.TopicPartition.Error != nil {
				return e.TopicPartition.Error
			}
			see(int(e.TopicPartition.Partition), int64(e.TopicPartition.Offset), e.Value)
			return nil
		case kafka.Error:
			return e
		}
	}
	return ctx.Err()
}
