// Command topic creates or deletes the topics that the measurements work on.
//
//	topic create partitions name…
//	topic delete name…
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
)

func main() {
	if err := run(os.Getenv("KAFKA_BROKERS"), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "topic:", err)
		os.Exit(1)
	}
}

func run(brokers string, args []string) error {
	if len(args) < 2 || brokers == "" {
		return fmt.Errorf("usage: KAFKA_BROKERS=host:port topic create partitions name… | delete name…")
	}
	conn, err := dialController(brokers)
	if err != nil {
		return err
	}
	defer conn.Close()
	switch args[0] {
	case "create":
		partitions, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		if err := create(conn, args[2:], partitions); err != nil {
			return err
		}
		return waitUntilServed(brokers, args[2:], partitions)
	case "delete":
		return conn.DeleteTopics(args[1:]...)
	}
	return fmt.Errorf("unknown command %q", args[0])
}

func create(conn *kafka.Conn, names []string, partitions int) error {
	topics := make([]kafka.TopicConfig, len(names))
	for i, name := range names {
		topics[i] = kafka.TopicConfig{Topic: name, NumPartitions: partitions, ReplicationFactor: 1}
	}
	return conn.CreateTopics(topics...)
}

// waitUntilServed returns when the leaders of all partitions answer: for a moment after a topic's creation they do not.
func waitUntilServed(brokers string, names []string, partitions int) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	address, _, _ := strings.Cut(brokers, ",")
	for _, name := range names {
		for partition := range partitions {
			if err := waitUntilLed(ctx, address, name, partition); err != nil {
				return err
			}
		}
	}
	return nil
}

func waitUntilLed(ctx context.Context, address, topic string, partition int) error {
	conn, err := kafka.DialLeader(ctx, "tcp", address, topic, partition)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, err = conn.ReadLastOffset(); temporary(err) && ctx.Err() == nil; _, err = conn.ReadLastOffset() {
		<-time.After(50 * time.Millisecond)
	}
	return err
}

func temporary(err error) bool {
	var answer kafka.Error
	return errors.As(err, &answer) && answer.Temporary()
}

func dialController(brokers string) (*kafka.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	address, _, _ := strings.Cut(brokers, ",")
	conn, err := kafka.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	controller, err := conn.Controller()
	if err != nil {
		return nil, err
	}
	return kafka.DialContext(ctx, "tcp", net.JoinHostPort(controller.Host, strconv.Itoa(controller.Port)))
}
