package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/kafkatest"
)

// connectTo returns the address of a broker: the first of the given ones, or that of a broker started in this process, which stop ends.
func connectTo(brokers string, out io.Writer) (address string, stop func(), err error) {
	if brokers != "" {
		address, _, _ = strings.Cut(brokers, ",")
		fmt.Fprintf(out, "using the cluster of %s\n", address)
		return address, func() {}, nil
	}
	embedded, err := kafkatest.Start()
	if err != nil {
		return "", nil, err
	}
	fmt.Fprintf(out, "KAFKA_BROKERS is not set: using an embedded broker on %s\n", embedded.Addr())
	return embedded.Addr(), func() { _ = embedded.Close() }, nil
}

// createTopic creates a topic with one partition for each codec. A topic of that name must not exist yet, so that nothing of anyone else is ever deleted.
func createTopic(ctx context.Context, broker, topic string) error {
	conn, err := dialController(ctx, broker)
	if err != nil {
		return err
	}
	defer conn.Close()

	partitions, err := conn.ReadPartitions() // no name given: those of all topics
	if err != nil {
		return fmt.Errorf("listing the topics: %w", err)
	}
	for _, p := range partitions {
		if p.Topic == topic {
			return fmt.Errorf("topic %s already exists", topic)
		}
	}
	err = conn.CreateTopics(kafka.TopicConfig{Topic: topic, NumPartitions: len(codecs), ReplicationFactor: 1})
	if err != nil {
		return fmt.Errorf("creating topic %s: %w", topic, err)
	}
	return nil
}

// deleteTopic takes no context: it cleans up after an interrupt too.
func deleteTopic(broker, topic string) error {
	conn, err := dialController(context.Background(), broker)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.DeleteTopics(topic); err != nil && !errors.Is(err, kafka.UnknownTopicOrPartition) {
		return fmt.Errorf("deleting topic %s: %w", topic, err)
	}
	return nil
}

// dialController connects to the broker that creates and deletes topics.
func dialController(ctx context.Context, broker string) (*kafka.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	conn, err := kafka.DialContext(ctx, "tcp", broker)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return nil, err
	}
	controller, err := conn.Controller()
	if err != nil {
		return nil, fmt.Errorf("looking for the controller: %w", err)
	}

	address := net.JoinHostPort(controller.Host, strconv.Itoa(controller.Port))
	conn, err = kafka.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return conn, conn.SetDeadline(time.Now().Add(timeout))
}
