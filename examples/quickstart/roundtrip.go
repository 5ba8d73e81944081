package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"
)

const (
	writeSize = 1000 // messages in one call
	readSize  = 1000 // messages in one commit, at most
)

// newReader makes a member of a group that reads all of a topic, from its beginning.
func newReader(broker, topic string) *kafka.Reader {
	return kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{broker},
		Topic:   topic,
		GroupID: topic,
		Dialer:  &kafka.Dialer{Timeout: timeout},
	})
}

// roundTrip writes messages to a partition, reads them back and compares.
func roundTrip(ctx context.Context, reader *kafka.Reader, broker, topic string, partition int, codec kafka.Compression, want []kafka.Message) (row, error) {
	for i := range want {
		want[i].Partition = partition
	}
	result := row{codec: codec, messages: len(want), payload: payload(want)}
	var socket byteCount
	start := time.Now()
	if err := write(ctx, &socket, broker, topic, codec, want); err != nil {
		return row{}, fmt.Errorf("writing: %w", err)
	}
	result.writing = time.Since(start)
	result.wire = socket.written.Load()

	start = time.Now()
	got, err := read(ctx, reader, len(want))
	if err != nil {
		return row{}, fmt.Errorf("reading: %w", err)
	}
	result.reading = time.Since(start)
	return result, compare(got, want)
}

// write writes messages with a Writer, which waits for the leaders of a new topic, and checks the offsets that they got.
func write(ctx context.Context, socket *byteCount, broker, topic string, codec kafka.Compression, messages []kafka.Message) (err error) {
	transport := &kafka.Transport{Dial: socket.dial} // only to count bytes: without one, a Writer uses the default
	defer transport.CloseIdleConnections()
	w := &kafka.Writer{
		Addr:         kafka.TCP(broker),
		Topic:        topic,
		Balancer:     kafka.ManualBalancer{}, // goes by Message.Partition
		RequiredAcks: kafka.RequireAll,
		Compression:  codec,
		Transport:    transport,
	}
	defer func() { err = errors.Join(err, w.Close()) }()

	next := int64(0)
	for batch := range slices.Chunk(messages, writeSize) {
		results, err := w.WriteMessagesAt(ctx, batch...) // WriteMessages is the same without results
		if err != nil {
			return err
		}
		for i, r := range results {
			if r.Partition != batch[i].Partition || r.Offset != next {
				return fmt.Errorf("message %d is at partition %d, offset %d", next, r.Partition, r.Offset)
			}
			next++
		}
	}
	return nil
}

// read reads n messages, and commits them as it goes: another member of the group would go on after them.
func read(ctx context.Context, reader *kafka.Reader, n int) ([]kafka.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	messages := make([]kafka.Message, 0, n)
	for len(messages) < n {
		batch, err := reader.FetchBatch(ctx, min(readSize, n-len(messages))) // FetchMessage returns one at a time
		if err == nil {
			messages = append(messages, batch...)
			err = reader.CommitMessages(ctx, batch...)
		}
		if err != nil {
			return nil, fmt.Errorf("after %d of %d messages: %w", len(messages), n, err)
		}
	}
	return messages, nil
}
