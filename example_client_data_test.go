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

// Write records to a partition.
func ExampleClient_Produce() {
	client := &kafka.Client{Addr: kafka.TCP("localhost:9092"), Timeout: 10 * time.Second}
	res, err := client.Produce(context.Background(), &kafka.ProduceRequest{
		Topic:        "my-topic",
		Partition:    0,
		RequiredAcks: kafka.RequireAll, // the zero value asks for no answer
		Compression:  kafka.Lz4,
		Records: kafka.NewRecordReader(
			kafka.Record{Key: kafka.NewBytes([]byte("a")), Value: kafka.NewBytes([]byte("one!"))},
			kafka.Record{Key: kafka.NewBytes([]byte("b")), Value: kafka.NewBytes([]byte("two!"))},
		),
	})
	if err != nil {
		log.Fatal(err) // no answer
	}
	if res.Error != nil {
		log.Fatal(res.Error) // the broker's answer
	}
	fmt.Println("the first one has the offset", res.BaseOffset)
}

// Read a partition from its beginning to its end.
func ExampleClient_Fetch() {
	client := &kafka.Client{Addr: kafka.TCP("localhost:9092"), Timeout: 10 * time.Second}
	for offset := kafka.FirstOffset; ; {
		res, err := client.Fetch(context.Background(), &kafka.FetchRequest{
			Topic:          "my-topic",
			Partition:      0,
			Offset:         offset,
			MinBytes:       1,
			MaxBytes:       1 << 20,
			MaxWait:        time.Second,
			IsolationLevel: kafka.ReadCommitted,
		})
		if err == nil {
			err = res.Error
		}
		if err != nil {
			log.Fatal(err)
		}
		for {
			r, err := res.Records.ReadRecord()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				log.Fatal(err)
			}
			value, err := kafka.ReadAll(r.Value)
			if err != nil {
				log.Fatal(err)
			}
			fmt.Printf("%d: %s\n", r.Offset, value)
		}
		if res.NextOffset >= res.LastStableOffset {
			return
		}
		offset = res.NextOffset
	}
}

// Write in a transaction.
func ExampleClient_InitProducerID() {
	ctx, client := context.Background(), &kafka.Client{Addr: kafka.TCP("localhost:9092"), Timeout: 10 * time.Second}
	check := func(errs ...error) {
		if err := errors.Join(errs...); err != nil {
			log.Fatal(err)
		}
	}

	const id = "my-producer"
	producer, err := client.InitProducerID(ctx, &kafka.InitProducerIDRequest{TransactionalID: id, TransactionTimeoutMs: 60_000})
	check(err)
	check(producer.Error)
	p := producer.Producer

	added, err := client.AddPartitionsToTxn(ctx, &kafka.AddPartitionsToTxnRequest{
		TransactionalID: id, ProducerID: p.ProducerID, ProducerEpoch: p.ProducerEpoch,
		Topics: map[string][]kafka.AddPartitionToTxn{"my-topic": {{Partition: 0}}},
	})
	check(err)
	check(added.Topics["my-topic"][0].Error)

	produced, err := client.Produce(ctx, &kafka.ProduceRequest{
		Topic: "my-topic", RequiredAcks: kafka.RequireAll, TransactionalID: id,
		Producer: p, BaseSequence: 0, // the first records of this producer in the partition
		Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte("all or nothing"))}),
	})
	check(err)
	check(produced.Error)

	ended, err := client.EndTxn(ctx, &kafka.EndTxnRequest{
		TransactionalID: id, ProducerID: p.ProducerID, ProducerEpoch: p.ProducerEpoch, Committed: true,
	})
	check(err)
	check(ended.Error)
}

// See how far a group has come in a topic.
func ExampleClient_ConsumerOffsets() {
	client := kafka.NewClient("localhost:9092", "localhost:9093")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	offsets, err := client.ConsumerOffsets(ctx, kafka.TopicAndGroup{Topic: "my-topic", GroupId: "my-group"})
	if err != nil {
		log.Fatal(err)
	}
	for partition, offset := range offsets {
		if offset == kafka.FirstOffset {
			fmt.Println(partition, "nothing committed")
			continue
		}
		fmt.Println(partition, "next message to read:", offset)
	}
}
