// Command v04-conn is a program in the style of kafka-go v0.4: connections, batches
// with limits of their own, and partitions as the broker tells them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
)

// began is the time of the first message, in milliseconds: an hour ago.
var began = time.Now().Add(-time.Hour).UnixMilli()

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := run(ctx, strings.Split(os.Getenv("KAFKA_BROKERS"), ",")[0]); err != nil {
		fmt.Fprintln(os.Stderr, "FAILED:", err)
		os.Exit(1)
	}
	fmt.Println("ok")
}

func run(ctx context.Context, broker string) error {
	topic := fmt.Sprintf("v04-conn-%d", time.Now().UnixNano())
	if err := createTopic(ctx, broker, topic); err != nil {
		return fmt.Errorf("creating the topic: %w", err)
	}
	partitions, err := kafka.LookupPartitions(ctx, "tcp", broker, topic)
	if err != nil {
		return err
	}
	for len(partitions) < 2 || partitions[0].Leader.Host == "" || partitions[1].Leader.Host == "" {
		if partitions, err = kafka.LookupPartitions(ctx, "tcp", broker, topic); err != nil {
			return err
		}
	}
	for _, p := range partitions {
		if p.Topic != topic || len(p.Replicas) != 1 || len(p.Isr) != 1 || p.Error != nil {
			return fmt.Errorf("partition %+v", p)
		}
		conn, err := kafka.DialPartition(ctx, "tcp", broker, p)
		if err != nil {
			return err
		}
		err = use(conn, p)
		conn.Close()
		if err != nil {
			return fmt.Errorf("partition %d: %w", p.ID, err)
		}
	}
	return closed(ctx, broker, topic)
}

func createTopic(ctx context.Context, broker, topic string) error {
	conn, err := kafka.DialContext(ctx, "tcp", broker)
	if err != nil {
		return err
	}
	defer conn.Close()
	controller, err := conn.Controller()
	if err != nil {
		return err
	}
	admin, err := kafka.DialContext(ctx, "tcp", net.JoinHostPort(controller.Host, strconv.Itoa(controller.Port)))
	if err != nil {
		return err
	}
	defer admin.Close()
	config := kafka.TopicConfig{Topic: topic, NumPartitions: 2, ReplicationFactor: 1}
	if err := admin.CreateTopics(config); err != nil {
		return err
	}
	return admin.CreateTopics(config) // that it is there already is no error
}

func use(conn *kafka.Conn, p kafka.Partition) error {
	if b := conn.Broker(); b.Port != p.Leader.Port || b.ID != p.Leader.ID {
		return fmt.Errorf("connected to %+v in place of %+v", b, p.Leader)
	}
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	for {
		_, err := conn.ReadLastOffset()
		var code kafka.Error
		if err == nil {
			break
		}
		if !errors.As(err, &code) || !code.Temporary() {
			return err
		}
		time.Sleep(50 * time.Millisecond) // the leader is new
	}
	var msgs []kafka.Message
	for i := 0; i < 100; i++ {
		msgs = append(msgs, kafka.Message{
			Key: []byte(strconv.Itoa(i)), Value: []byte("value"), Time: time.UnixMilli(began + int64(i)),
			Headers: []kafka.Header{{Key: "a", Value: []byte("1")}, {Key: "a", Value: []byte("2")}},
		})
	}
	if _, err := conn.WriteMessages(msgs[:50]...); err != nil {
		return err
	}
	if _, err := conn.WriteCompressedMessages(kafka.Zstd.Codec(), msgs[50:]...); err != nil {
		return err
	}
	if err := batches(conn, p); err != nil {
		return err
	}
	offset, err := conn.ReadOffset(time.UnixMilli(began + 42))
	if err != nil || offset != 42 {
		return fmt.Errorf("the offset of a time: %d, %v", offset, err)
	}
	return nil
}

func batches(conn *kafka.Conn, p kafka.Partition) error {
	next := int64(0)
	for next < 100 {
		batch := conn.ReadBatchWith(kafka.ReadBatchConfig{MinBytes: 1, MaxBytes: 2000, MaxWait: 500 * time.Millisecond})
		for {
			m, err := batch.ReadMessage()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			if m.Offset != next || string(m.Key) != strconv.FormatInt(next, 10) || m.Time.UnixMilli() != began+next ||
				m.Topic != p.Topic || m.Partition != p.ID || m.HighWaterMark != 100 || len(m.Headers) != 2 || string(m.Headers[1].Value) != "2" {
				return fmt.Errorf("message %d: %+v", next, m)
			}
			next++
		}
		if batch.Partition() != p.ID || batch.Offset() != next {
			return fmt.Errorf("batch of partition %d, offset %d", batch.Partition(), batch.Offset())
		}
		if err := batch.Close(); err != nil {
			return err
		}
		if offset, _ := conn.Offset(); offset != next {
			return fmt.Errorf("the connection is at %d in place of %d", offset, next)
		}
	}
	return nil
}

// closed checks how a connection that is closed refuses.
func closed(ctx context.Context, broker, topic string) error {
	conn, err := kafka.DialLeader(ctx, "tcp", broker, topic, 0)
	if err != nil {
		return err
	}
	conn.Close()
	_, err = conn.WriteMessages(kafka.Message{Value: []byte("late")})
	var op *net.OpError
	if !errors.As(err, &op) {
		return fmt.Errorf("writing after Close: %T %v", err, err)
	}
	dead, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := kafka.DialLeader(dead, "tcp", broker, topic, 0); !errors.Is(err, context.Canceled) && !strings.Contains(err.Error(), "operation was canceled") {
		return fmt.Errorf("dialling with a context that has ended: %v", err)
	}
	return nil
}
