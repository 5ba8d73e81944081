package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/bench/measure"
	"github.com/segmentio/kafka-go/compress"
)

// Conn and Batch work on partition 0 of the topic, with one request under way, and without idempotence.

const (
	dialTimeout = time.Minute
	batchBytes  = 1 << 20
)

func dial(w measure.Work) (*kafka.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	return kafka.DialLeader(ctx, "tcp", w.Broker, w.Topic, 0)
}

type connProducer struct {
	*kafka.Conn
	codec kafka.CompressionCodec
	one   [1]kafka.Message
}

func openConnProducer(w measure.Work) (measure.Producer, error) {
	var codec compress.Compression
	if err := codec.UnmarshalText([]byte(w.Codec)); err != nil {
		return nil, err
	}
	conn, err := dial(w)
	return &connProducer{Conn: conn, codec: codec.Codec()}, err
}

func (p *connProducer) Caller(values [][]byte) func(context.Context) error {
	messages := make([]kafka.Message, len(values))
	return func(context.Context) error {
		now := time.Now()
		for i, value := range values {
			messages[i] = kafka.Message{Value: value, Time: now}
		}
		_, err := p.WriteCompressedMessages(p.codec, messages...)
		return err
	}
}

func (p *connProducer) Send(_ context.Context, value []byte) error {
	p.one[0] = kafka.Message{Value: value, Time: time.Now()}
	_, err := p.WriteCompressedMessages(p.codec, p.one[:]...)
	return err
}

type connConsumer struct{ conn *kafka.Conn }

func openConnConsumer(w measure.Work) ([]measure.Consumer, error) {
	conn, err := dial(w)
	if err != nil {
		return nil, err
	}
	_, err = conn.Seek(0, kafka.SeekStart)
	return []measure.Consumer{connConsumer{conn}}, err
}

// Poll reads a batch to its end.
func (c connConsumer) Poll(ctx context.Context, see measure.See) error {
	defer context.AfterFunc(ctx, func() { _ = c.conn.Close() })()
	batch := c.conn.ReadBatch(1, batchBytes)
	for {
		m, err := batch.ReadMessage()
		if errors.Is(err, io.EOF) {
			return batch.Close()
		}
		if err != nil {
			_ = batch.Close() // it tells the same
			return err
		}
		see(m.Partition, m.Offset, m.Value)
	}
}

func (c connConsumer) Close() error { return c.conn.Close() }
