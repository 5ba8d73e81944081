package kafka_test

import (
	"context"
	"fmt"
	"log"
	"time"

	kafka "github.com/segmentio/kafka-go"
)

// Delete what partitions have, or what they have before an offset.
func ExampleClient_DeleteRecords() {
	client := &kafka.Client{Addr: kafka.TCP("localhost:9092"), Timeout: 10 * time.Second}
	res, err := client.DeleteRecords(context.Background(), &kafka.DeleteRecordsRequest{
		Topics: map[string][]kafka.DeleteRecordsRequestPartition{
			"my-topic": {
				{Partition: 0, Offset: kafka.LastOffset}, // all
				{Partition: 1, Offset: 1000},             // what is before
			},
		},
	})
	if err != nil {
		log.Fatal(err) // no broker has answered
	}
	for _, p := range res.Topics["my-topic"] {
		if p.Error != nil {
			log.Printf("partition %d: %v", p.Partition, p.Error)
			continue
		}
		fmt.Printf("partition %d begins at offset %d\n", p.Partition, p.LowWatermark)
	}
}

// Go through the partitions of a large cluster, page by page.
func ExampleClient_DescribeTopicPartitions() {
	client := &kafka.Client{Addr: kafka.TCP("localhost:9092"), Timeout: 10 * time.Second}
	req := &kafka.DescribeTopicPartitionsRequest{Limit: 500}
	for {
		page, err := client.DescribeTopicPartitions(context.Background(), req)
		if err != nil {
			log.Fatal(err)
		}
		for _, topic := range page.Topics {
			for _, p := range topic.Partitions {
				fmt.Println(topic.Name, p.Partition, "is led by broker", p.Leader)
			}
		}
		if page.NextCursor == nil {
			return
		}
		req.Cursor = page.NextCursor
	}
}

// The same without a cursor.
func ExampleClient_DescribeTopicPartitionsPages() {
	client := &kafka.Client{Addr: kafka.TCP("localhost:9092"), Timeout: 10 * time.Second}
	for page, err := range client.DescribeTopicPartitionsPages(context.Background(), &kafka.DescribeTopicPartitionsRequest{}) {
		if err != nil {
			log.Fatal(err)
		}
		for _, topic := range page.Topics {
			fmt.Println(topic.Name, len(topic.Partitions))
		}
	}
}
