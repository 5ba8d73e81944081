package kafkatest_test

import (
	"context"
	"fmt"
	"log"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/kafkatest"
)

// In a test, broker := kafkatest.New(t, kafkatest.Topic("orders", 3)) is all there is to do.
func ExampleStart() {
	broker, err := kafkatest.Start(kafkatest.Topic("orders", 3))
	if err != nil {
		log.Fatal(err)
	}
	defer broker.Close()

	conn, err := kafka.DialLeader(context.Background(), "tcp", broker.Addr(), "orders", 0)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()

	if _, err := conn.WriteMessages(kafka.Message{Key: []byte("42"), Value: []byte("paid")}); err != nil {
		log.Fatal(err)
	}
	message, err := conn.ReadMessage(1e6)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("offset %d: order %s is %s\n", message.Offset, message.Key, message.Value)
	// Output: offset 0: order 42 is paid
}
