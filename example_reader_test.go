package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"time"

	kafka "github.com/segmentio/kafka-go"
)

// Read a topic as the member of a group, and commit what was processed. Start as many
// of these as there is work for: the partitions are shared out among them.
func ExampleReader_group() {
	r := kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{"localhost:9092", "localhost:9093"},
		GroupID: "my-group",
		Topic:   "my-topic",
	})
	defer r.Close() // makes the last commits and leaves the group

	ctx := context.Background()
	for {
		m, err := r.FetchMessage(ctx)
		switch {
		case errors.Is(err, io.EOF), ctx.Err() != nil:
			return // the Reader was closed, or ctx has ended
		case err != nil:
			log.Print(err) // reading goes on by itself
			continue
		}
		fmt.Printf("%s: %s\n", m.Key, m.Value)
		err = r.CommitMessages(ctx, m)
		if errors.Is(err, kafka.ErrGenerationEnded) {
			continue // the partition has gone to another member, which reads m again
		}
		if err != nil {
			log.Fatal(err)
		}
	}
}

// Process many messages at a time, with one commit for all of them.
func ExampleReader_FetchBatch() {
	r := kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{"localhost:9092"},
		GroupID: "my-group",
		Topic:   "my-topic",
	})
	defer r.Close()

	for {
		// What is there, at most 500 messages, and at least one.
		batch, err := r.FetchBatch(context.Background(), 500)
		if err != nil {
			log.Print(err)
			return
		}
		fmt.Println("to be stored:", len(batch))
		if err := r.CommitMessages(context.Background(), batch...); err != nil {
			log.Print(err)
		}
	}
}

// Keep something for each partition, for as long as the Reader has the partition.
func ExampleReaderConfig_callbacks() {
	counts := make(map[int]int) // by partition; belongs to the functions and the loop in turn
	turn := make(chan struct{}, 1)
	r := kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{"localhost:9092"},
		GroupID: "my-group",
		Topic:   "my-topic",
		OnPartitionsAssigned: func(partitions map[string][]int) {
			log.Print("to be read from now on: ", partitions["my-topic"])
		},
		OnPartitionsRevoked: func(partitions map[string][]int) {
			turn <- struct{}{}
			defer func() { <-turn }()
			for _, p := range partitions["my-topic"] {
				log.Printf("partition %d goes to another member after %d messages", p, counts[p])
				delete(counts, p) // what is written or committed here still counts
			}
		},
		OnPartitionsLost: func(partitions map[string][]int) {
			log.Print("others have already: ", partitions["my-topic"])
		},
	})
	defer r.Close()
	for {
		m, err := r.ReadMessage(context.Background())
		if err != nil {
			return
		}
		turn <- struct{}{}
		counts[m.Partition]++
		<-turn
	}
}

// Read a partition without a group, from an hour ago on.
func ExampleReader_SetOffsetAt() {
	r := kafka.NewReader(kafka.ReaderConfig{
		Brokers:   []string{"localhost:9092"},
		Topic:     "my-topic",
		Partition: 3,
	})
	defer r.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := r.SetOffsetAt(ctx, time.Now().Add(-time.Hour)); err != nil {
		log.Fatal(err)
	}
	for {
		m, err := r.ReadMessage(ctx)
		if err != nil {
			return
		}
		fmt.Println(m.Offset, string(m.Value))
	}
}

// Tell how far a group reader is behind.
func ExampleReader_Lags() {
	r := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{"localhost:9092"}, GroupID: "my-group", Topic: "my-topic"})
	defer r.Close()
	for _, lag := range r.Lags() {
		fmt.Printf("%s/%d: %d messages, %v\n", lag.Topic, lag.Partition, lag.Messages, lag.Time)
	}
}
