// Command conn measures the kafka-go API at its lowest level, Conn and Batch.
// It is built twice: here with the library of this repository, and in peers/kafkago, from the same source, with the original.
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

const timeout = time.Minute

func main() { measure.Main(measure.AtMain(), client{}) }

type client struct{}

func (client) Produce(ctx context.Context, w measure.Work) error {
	var codec compress.Compression
	if err := codec.UnmarshalText([]byte(w.Codec)); err != nil {
		return err
	}
	conn, err := dial(ctx, w)
	if err != nil {
		return err
	}
	defer conn.Close()

	messages := make([]kafka.Message, len(w.Batch))
	for written := 0; written < w.Records; written += len(messages) {
		now := time.Now()
		for i, r := range w.Batch {
			messages[i] = kafka.Message{Key: r.Key, Value: r.Value, Time: now}
		}
		if _, err := conn.WriteCompressedMessages(codec.Codec(), messages...); err != nil {
			return err
		}
	}
	return nil
}

func (client) Fetch(ctx context.Context, w measure.Work) (measure.Tally, error) {
	var tally measure.Tally
	conn, err := dial(ctx, w)
	if err != nil {
		return tally, err
	}
	defer conn.Close()
	if _, err := conn.Seek(0, kafka.SeekStart); err != nil {
		return tally, err
	}
	for tally.Records < w.Records {
		if err := readBatch(conn, w.FetchBytes, &tally); err != nil {
			return tally, err
		}
	}
	return tally, nil
}

func readBatch(conn *kafka.Conn, maxBytes int, tally *measure.Tally) error {
	batch := conn.ReadBatch(1, maxBytes)
	for {
		m, err := batch.ReadMessage()
		if errors.Is(err, io.EOF) {
			return batch.Close()
		}
		if err != nil {
			_ = batch.Close()
			return err
		}
		tally.Add(m.Key, m.Value)
	}
}

// dial connects to the partition's leader; an interrupt or a minute without progress of the whole run ends what the connection does.
func dial(ctx context.Context, w measure.Work) (*kafka.Conn, error) {
	dialCtx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := kafka.DialLeader(dialCtx, "tcp", w.Broker, w.Topic, measure.Partition)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	return conn, nil
}
