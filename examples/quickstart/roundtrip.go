package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/segmentio/kafka-go"
)

const (
	retryPause = 50 * time.Millisecond

	writeSize = 1000             // messages in one batch
	minBytes  = 1                // answer a read as soon as there is something,
	maxBytes  = 10 * 1000 * 1000 // with this much at once
)

// roundTrip writes messages to a partition, reads them back and compares.
func roundTrip(ctx context.Context, broker, topic string, partition int, codec kafka.Compression, want []kafka.Message) (row, error) {
	var socket byteCount
	conn, err := dialLeader(ctx, &socket, broker, topic, partition)
	if err != nil {
		return row{}, err
	}
	defer conn.Close()
	interrupt := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer interrupt()

	result := row{codec: codec, messages: len(want), payload: payload(want)}
	sentBefore := socket.written.Load()
	start := time.Now()
	if err := write(conn, codec, want); err != nil {
		return row{}, fmt.Errorf("writing: %w", err)
	}
	result.writing = time.Since(start)
	result.wire = socket.written.Load() - sentBefore

	start = time.Now()
	got, err := read(conn, len(want))
	if err != nil {
		return row{}, fmt.Errorf("reading: %w", err)
	}
	result.reading = time.Since(start)
	return result, compare(got, want)
}

// dialLeader connects to the broker that leads the partition, once it does: for a moment after a topic's creation it does not.
func dialLeader(ctx context.Context, socket *byteCount, broker, topic string, partition int) (*kafka.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	dialer := &kafka.Dialer{Timeout: timeout, DialFunc: socket.dial}
	conn, err := dialer.DialLeader(ctx, "tcp", broker, topic, partition)
	if err != nil {
		return nil, err
	}
	if err := waitUntilServed(ctx, conn); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("waiting for the leader: %w", err)
	}
	return conn, nil
}

// waitUntilServed asks for an offset until the broker answers with one instead of with an error that passes.
func waitUntilServed(ctx context.Context, conn *kafka.Conn) error {
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	for {
		_, err := conn.ReadLastOffset()
		var answer kafka.Error
		if !errors.As(err, &answer) || !answer.Temporary() {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(retryPause):
		}
	}
}

func write(conn *kafka.Conn, codec kafka.Compression, messages []kafka.Message) error {
	for len(messages) > 0 {
		batch := messages[:min(writeSize, len(messages))]
		if err := conn.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
			return err
		}
		if _, err := conn.WriteCompressedMessages(codec.Codec(), batch...); err != nil {
			return err
		}
		messages = messages[len(batch):]
	}
	return nil
}

// read reads n messages from the beginning of the partition.
func read(conn *kafka.Conn, n int) ([]kafka.Message, error) {
	if _, err := conn.Seek(0, kafka.SeekStart); err != nil {
		return nil, err
	}
	if err := conn.SetReadDeadline(time.Now().Add(timeout)); err != nil {
		return nil, err
	}
	messages := make([]kafka.Message, 0, n)
	for len(messages) < n {
		var err error
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
