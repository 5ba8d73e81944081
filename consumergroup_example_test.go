package kafka_test

import (
	"context"
	"errors"
	"log"

	kafka "github.com/segmentio/kafka-go"
)

// A function for each partition works until the generation ends, and commits what it
// has done.
func ExampleGeneration_Start() {
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID:      "group",
		Brokers: []string{"localhost:9092"},
		Topics:  []string{"orders"},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer group.Close()
	for {
		gen, err := group.Next(context.Background())
		if errors.Is(err, kafka.ErrGroupClosed) {
			return
		}
		if err != nil {
			log.Print(err) // Next can be called again
			continue
		}
		for _, partition := range gen.Assignments["orders"] {
			gen.Start(func(ctx context.Context) {
				offset := work(ctx, partition.ID, partition.Offset)
				if offset == partition.Offset {
					return // nothing was read
				}
				commit := map[string]map[int]int64{"orders": {partition.ID: offset}}
				if err := gen.CommitOffsets(commit); err != nil {
					log.Print(err)
				}
			})
		}
	}
}

// work reads from an offset on until ctx is done. It returns where it has got to.
func work(ctx context.Context, partition int, offset int64) int64 {
	<-ctx.Done()
	return offset
}
