package kafka_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"time"

	kafka "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/sasl/plain"
)

// Write to a partition.
func ExampleDialLeader() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := kafka.DialLeader(ctx, "tcp", "localhost:9092", "my-topic", 0)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()

	conn.SetWriteDeadline(time.Now().Add(10 * time.Second))
	_, err = conn.WriteMessages(
		kafka.Message{Key: []byte("a"), Value: []byte("one!")},
		kafka.Message{Key: []byte("b"), Value: []byte("two!"), Headers: []kafka.Header{{Key: "lang", Value: []byte("en")}}},
	)
	if err != nil {
		log.Fatal(err)
	}
}

// Read from a partition, message by message, until nothing more comes.
func ExampleConn_ReadBatch() {
	conn, err := kafka.DialLeader(context.Background(), "tcp", "localhost:9092", "my-topic", 0)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()

	for {
		conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		batch := conn.ReadBatch(1, 1<<20) // at least 1 byte, about 1 MiB at most
		for {
			m, err := batch.ReadMessage()
			if err != nil {
				break // Close tells
			}
			fmt.Printf("%d: %s = %s\n", m.Offset, m.Key, m.Value)
		}
		if err := batch.Close(); errors.Is(err, kafka.RequestTimedOut) {
			return // nothing new within the deadline
		} else if err != nil {
			log.Fatal(err)
		}
	}
}

// Read values into a buffer of the program's own, without allocating for each.
func ExampleBatch_Read() {
	conn, err := kafka.DialLeader(context.Background(), "tcp", "localhost:9092", "my-topic", 0)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()

	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	batch := conn.ReadBatch(1, 1<<20)
	defer batch.Close()
	value := make([]byte, 10_000)
	for {
		n, err := batch.Read(value)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(string(value[:n]))
	}
}

// Begin where the messages of the last hour begin.
func ExampleConn_Seek() {
	conn, err := kafka.DialLeader(context.Background(), "tcp", "localhost:9092", "my-topic", 0)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()

	offset, err := conn.ReadOffset(time.Now().Add(-time.Hour))
	if err != nil {
		log.Fatal(err)
	}
	if offset == kafka.LastOffset { // there are none
		_, err = conn.Seek(0, kafka.SeekEnd)
	} else {
		_, err = conn.Seek(offset, kafka.SeekAbsolute)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// Compress what is written.
func ExampleConn_WriteCompressedMessagesAt() {
	conn, err := kafka.DialLeader(context.Background(), "tcp", "localhost:9092", "my-topic", 0)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()

	_, partition, offset, _, err := conn.WriteCompressedMessagesAt(compress.Zstd.Codec(), kafka.Message{Value: []byte("one!")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("at offset %d of partition %d\n", offset, partition)
}

// Create a topic. Older clusters want to be asked at the controller.
func ExampleConn_CreateTopics() {
	conn, err := kafka.Dial("tcp", "localhost:9092")
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	controller, err := conn.Controller()
	if err != nil {
		log.Fatal(err)
	}

	admin, err := kafka.Dial("tcp", kafka.TCP(fmt.Sprintf("%s:%d", controller.Host, controller.Port)).String())
	if err != nil {
		log.Fatal(err)
	}
	defer admin.Close()
	err = admin.CreateTopics(kafka.TopicConfig{
		Topic:             "my-topic",
		NumPartitions:     3,
		ReplicationFactor: 1,
		ConfigEntries:     []kafka.ConfigEntry{{ConfigName: "retention.ms", ConfigValue: "3600000"}},
	})
	if err != nil {
		log.Fatal(err)
	}
}

// Connect with TLS and SASL.
func ExampleDialer() {
	dialer := &kafka.Dialer{
		Timeout:       10 * time.Second,
		TLS:           &tls.Config{},
		SASLMechanism: plain.Mechanism{Username: "alice", Password: "secret"},
	}
	conn, err := dialer.Dial("tcp", "broker.example:9093")
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	brokers, err := conn.Brokers()
	if err != nil {
		log.Fatal(err)
	}
	for _, b := range brokers {
		fmt.Println(b.ID, b.Host, b.Port, b.Rack)
	}
}

// Codes of the broker are values.
func ExampleError() {
	err := fmt.Errorf("creating the topic: %w", kafka.TopicAlreadyExists)
	fmt.Println(err)
	fmt.Println(errors.Is(err, kafka.TopicAlreadyExists))
	fmt.Println(kafka.NotLeaderForPartition.Temporary())
	// Output:
	// creating the topic: [36] Topic Already Exists: there is a topic with this name
	// true
	// true
}

// An API and the versions that a broker has of it, in several forms.
func ExampleApiVersion_Format() {
	v := kafka.ApiVersion{ApiKey: 1, MinVersion: 4, MaxVersion: 18}
	fmt.Printf("%s %v %+v\n", v, v, v)
	// Output: Fetch Fetch[v4:v18] v18
}
