// Command sarama measures sarama.
//
// Tuning: the newest protocol versions that it speaks; idempotent, which takes Net.MaxOpenRequests of 1; round robin for records without a key, instead of a
// random partition for each; channels of 4,096 instead of 256, so that goroutines wait for each other less; batches of up to 1 MB. A call uses SyncProducer
// (SendMessages), which flushes at once. Consuming asks for 1 MiB of a partition, as all programs do, instead of growing there from less. In a group,
// ConsumeClaim passes slices of what its channel holds on, not single messages.
package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/IBM/sarama"

	"github.com/segmentio/kafka-go/bench/measure"
)

func main() { measure.Main(measure.AtMain(), client{}) }

type client struct{}

var codecs = map[string]sarama.CompressionCodec{
	"none":   sarama.CompressionNone,
	"gzip":   sarama.CompressionGZIP,
	"snappy": sarama.CompressionSnappy,
	"lz4":    sarama.CompressionLZ4,
	"zstd":   sarama.CompressionZSTD,
}

var acks = map[string]sarama.RequiredAcks{"all": sarama.WaitForAll, "none": sarama.NoResponse}

const queue = 4096

func (client) OpenProducer(w measure.Work) (measure.Producer, error) {
	codec, known := codecs[w.Codec]
	if !known {
		return nil, fmt.Errorf("unknown codec %q", w.Codec)
	}
	config := sarama.NewConfig()
	config.Producer.Return.Successes = true // which SyncProducer needs
	config.Producer.Compression = codec
	if !w.Defaults {
		config.Version = sarama.MaxVersion
		config.ChannelBufferSize = queue
		config.Producer.RequiredAcks = acks[w.Acks]
		config.Producer.Partitioner = sarama.NewRoundRobinPartitioner
		if w.Keyed {
			config.Producer.Partitioner = sarama.NewHashPartitioner // by FNV-1a
		}
		config.Producer.Idempotent = w.Acks == "all"
		if config.Producer.Idempotent {
			config.Net.MaxOpenRequests = 1
		}
	}
	cl, err := sarama.NewClient([]string{w.Broker}, config)
	if err != nil {
		return nil, err
	}
	return &producer{client: cl, topic: w.Topic, work: w}, nil
}

type producer struct {
	client sarama.Client
	topic  string
	work   measure.Work
	sync   sarama.SyncProducer  // of calls, once there is one
	async  sarama.AsyncProducer // of Send, once there is one
	drain  sync.WaitGroup
	err    error // the first of async
}

func (p *producer) Caller(values [][]byte) func(context.Context) error {
	if p.sync == nil {
		var err error
		if p.sync, err = sarama.NewSyncProducerFromClient(p.client); err != nil {
			return func(context.Context) error { return err }
		}
	}
	messages := make([]sarama.ProducerMessage, len(values))
	pointers := make([]*sarama.ProducerMessage, len(values))
	for i := range messages {
		pointers[i] = &messages[i]
	}
	return func(context.Context) error {
		for i, value := range values {
			messages[i] = sarama.ProducerMessage{Topic: p.topic, Value: sarama.ByteEncoder(value)}
			if p.work.Keyed {
				messages[i].Key = sarama.ByteEncoder(p.work.Key(value))
			}
		}
		if len(pointers) == 1 {
			_, _, err := p.sync.SendMessage(pointers[0])
			return err
		}
		return p.sync.SendMessages(pointers)
	}
}

func (p *producer) Send(ctx context.Context, value []byte) error {
	if p.async == nil {
		async, err := sarama.NewAsyncProducerFromClient(p.client)
		if err != nil {
			return err
		}
		p.async = async
		p.drain.Go(func() {
			for range async.Successes() {
			}
		})
		p.drain.Go(func() {
			for failed := range async.Errors() {
				p.err = errors.Join(p.err, failed)
			}
		})
	}
	select {
	case p.async.Input() <- &sarama.ProducerMessage{Topic: p.topic, Value: sarama.ByteEncoder(value)}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *producer) Close() error {
	var err error
	if p.sync != nil {
		err = p.sync.Close()
	}
	if p.async != nil {
		p.async.AsyncClose()
		p.drain.Wait()
	}
	return errors.Join(err, p.err, p.client.Close())
}

func consumerConfig(w measure.Work) *sarama.Config {
	config := sarama.NewConfig()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	if !w.Defaults {
		config.Version = sarama.MaxVersion
		config.ChannelBufferSize = queue
		config.Consumer.Fetch.Default = 1 << 20
	}
	config.Consumer.Offsets.AutoCommit.Enable = false
	return config
}

// OpenConsumers makes a consumer of each partition, or one of a group.
func (client) OpenConsumers(w measure.Work) ([]measure.Consumer, error) {
	if w.Group != "" {
		return openGroup(w)
	}
	shared, err := sarama.NewConsumer([]string{w.Broker}, consumerConfig(w))
	if err != nil {
		return nil, err
	}
	var consumers []measure.Consumer
	for p := range w.Partitions {
		one, err := shared.ConsumePartition(w.Topic, int32(p), sarama.OffsetOldest)
		if err != nil {
			return nil, err
		}
		consumers = append(consumers, partition{one})
	}
	return consumers, nil
}

type partition struct{ sarama.PartitionConsumer }

func (p partition) Poll(ctx context.Context, see measure.See) error {
	select {
	case m := <-p.Messages():
		see(int(m.Partition), m.Offset, m.Value)
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// group is a member of a consumer group, and the handler of its sessions.
type group struct {
	sarama.ConsumerGroup
	cancel context.CancelFunc
	chunks chan []*sarama.ConsumerMessage // from the goroutines of claims to Poll
	done   chan struct{}                  // from Poll: the chunk is used up
	failed chan error
}

func openGroup(w measure.Work) ([]measure.Consumer, error) {
	member, err := sarama.NewConsumerGroup([]string{w.Broker}, w.Group, consumerConfig(w))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	g := &group{member, cancel, make(chan []*sarama.ConsumerMessage), make(chan struct{}), make(chan error, 1)}
	go func() {
		for ctx.Err() == nil {
			if err := member.Consume(ctx, []string{w.Topic}, g); err != nil {
				g.failed <- err
				return
			}
		}
	}()
	return []measure.Consumer{g}, nil
}

func (g *group) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (g *group) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (g *group) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	var chunk []*sarama.ConsumerMessage
	for m := range claim.Messages() {
		chunk = append(chunk[:0], m)
		for range len(claim.Messages()) {
			chunk = append(chunk, <-claim.Messages())
		}
		select {
		case g.chunks <- chunk:
			<-g.done
		case <-session.Context().Done():
			return nil
		}
	}
	return nil
}

func (g *group) Poll(ctx context.Context, see measure.See) error {
	select {
	case chunk := <-g.chunks:
		for _, m := range chunk {
			see(int(m.Partition), m.Offset, m.Value)
		}
		g.done <- struct{}{}
		return nil
	case err := <-g.failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *group) Close() error {
	g.cancel()
	return g.ConsumerGroup.Close()
}
