package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	kafka "github.com/segmentio/kafka-go"
)

// Write to a topic. A message is sent at once if it can be; the Writer may be
// shared by any number of goroutines.
func ExampleWriter() {
	w := &kafka.Writer{
		Addr:         kafka.TCP("localhost:9092", "localhost:9093"),
		Topic:        "my-topic",
		RequiredAcks: kafka.RequireAll, // the zero value asks for no acknowledgement
		Balancer:     &kafka.Hash{},    // messages of a key go to one partition
		Compression:  kafka.Zstd,
	}
	defer w.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := w.WriteMessages(ctx,
		kafka.Message{Key: []byte("a"), Value: []byte("one!")},
		kafka.Message{Key: []byte("b"), Value: []byte("two!"), Headers: []kafka.Header{{Key: "lang", Value: []byte("en")}}},
	)
	if err != nil {
		log.Fatal(err)
	}
}

// NewWriter makes a Writer of a WriterConfig, with a Dialer. It asks for the
// acknowledgement of all replicas unless told otherwise.
func ExampleNewWriter() {
	w := kafka.NewWriter(kafka.WriterConfig{
		Brokers:  []string{"localhost:9092", "localhost:9093"},
		Topic:    "my-topic",
		Balancer: &kafka.LeastBytes{},
		Dialer:   &kafka.Dialer{Timeout: 10 * time.Second, DualStack: true},
	})
	if err := w.WriteMessages(context.Background(), kafka.Message{Value: []byte("one!")}); err != nil {
		log.Fatal(err)
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}
}

// An asynchronous Writer tells by Completion what became of messages.
func ExampleWriter_completion() {
	w := &kafka.Writer{
		Addr:         kafka.TCP("localhost:9092"),
		RequiredAcks: kafka.RequireAll,
		Async:        true,
		Completion: func(messages []kafka.Message, err error) {
			if err != nil {
				log.Printf("%d messages for partition %d of %s: %v", len(messages), messages[0].Partition, messages[0].Topic, err)
				return
			}
			for _, m := range messages {
				fmt.Println("order", m.WriterData, "is at", m.Topic, m.Partition, m.Offset)
			}
		},
	}
	err := w.WriteMessages(context.Background(),
		kafka.Message{Topic: "orders", Value: []byte("3 apples"), WriterData: 17},
		kafka.Message{Topic: "bills", Value: []byte("12.50"), WriterData: 17},
	)
	if err != nil {
		log.Print(err) // as for a topic that does not exist
	}
	w.Close() // returns when Completion has been called for everything
}

// Tell the messages that certainly were not written from those that may be.
func ExampleWriteErrors() {
	w := &kafka.Writer{Addr: kafka.TCP("localhost:9092"), Topic: "my-topic", RequiredAcks: kafka.RequireAll}
	defer w.Close()
	msgs := []kafka.Message{{Value: []byte("one!")}, {Value: []byte("two!")}}
	err := w.WriteMessages(context.Background(), msgs...)
	var errs kafka.WriteErrors
	if !errors.As(err, &errs) {
		return // err is nil, or nothing was written
	}
	for i, err := range errs {
		var e *kafka.WriteError
		switch {
		case err == nil: // msgs[i] was written
		case errors.As(err, &e) && e.Outcome == kafka.NotWritten && e.Temporary():
			log.Printf("to be written again: %s", msgs[i].Value)
		default:
			log.Printf("%s: %v", msgs[i].Value, err)
		}
	}
}

// Have the place of each message.
func ExampleWriter_WriteMessagesAt() {
	w := &kafka.Writer{Addr: kafka.TCP("localhost:9092"), Topic: "my-topic", RequiredAcks: kafka.RequireAll}
	defer w.Close()
	results, err := w.WriteMessagesAt(context.Background(), kafka.Message{Value: []byte("one!")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(results[0].Partition, results[0].Offset)
}
