package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"
)

const (
	writeSize = 1000             // messages in one call
	minBytes  = 1                // answer a read as soon as there is something,
	maxBytes  = 10 * 1000 * 1000 // with this much at once
)

// roundTrip writes messages to a partition, reads them back and compares.
func roundTrip(ctx context.Context, broker, topic string, partition int, codec kafka.Compression, want []kafka.Message) (row, error) {
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
	got, err := read(ctx, broker, topic, partition, len(want))
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

// read reads n messages from the beginning of a partition.
func read(ctx context.Context, broker, topic string, partition, n int) ([]kafka.Message, error) {
	dialer := &kafka.Dialer{Timeout: timeout}
	conn, err := dialer.DialLeader(ctx, "tcp", broker, topic, partition)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })() // an interrupt ends the read

	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return nil, err
	}
	if _, err := conn.Seek(0, kafka.SeekStart); err != nil {
		return nil, err
	}
	messages := make([]kafka.Message, 0, n)
	for len(messages) < n {
		if messages, err = readBatch(conn, messages); err != nil {
			return nil, fmt.Errorf("after %d of %d messages: %w", len(messages), n, err)
		}
	}
	return messages, nil
}

// readBatch appends what one fetch brings.
func readBatch(conn *kafka.Conn, messages []kafka.Message) ([]kafka.Message, error) {
	batch := conn.ReadBatch(minBytes, maxBytes)
	for {
		message, err := batch.ReadMessage()
		if err == nil {
			messages = append(messages, message)
			continue
		}
		closeErr := batch.Close() // it has the reason, unless the batch just ended
		if errors.Is(err, io.EOF) {
			err = closeErr
		}
		return messages, err
	}
}
