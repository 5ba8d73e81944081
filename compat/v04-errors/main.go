// Command v04-errors is a program in the style of kafka-go v0.4 that looks closely at
// errors: by ==, by errors.Is and errors.As, by type switches, and by what net.Error
// says.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := run(ctx, strings.Split(os.Getenv("KAFKA_BROKERS"), ",")); err != nil {
		fmt.Fprintln(os.Stderr, "FAILED:", err)
		os.Exit(1)
	}
	fmt.Println("ok")
}

func run(ctx context.Context, brokers []string) error {
	topic := fmt.Sprintf("v04-errors-%d", time.Now().UnixNano())
	if err := createTopic(ctx, brokers[0], topic); err != nil {
		return fmt.Errorf("creating the topic: %w", err)
	}
	for _, test := range []struct {
		name string
		do   func(context.Context, []string, string) error
	}{
		{"codes", codes}, {"too large", tooLarge}, {"misuse", misuse}, {"contexts", contexts}, {"nobody listens", refused}, {"timeouts", timeouts},
		{"unknown topic", unknown},
	} {
		if err := test.do(ctx, brokers, topic); err != nil {
			return fmt.Errorf("%s: %w", test.name, err)
		}
	}
	return nil
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
	admin, err := kafka.DialContext(ctx, "tcp", fmt.Sprintf("%s:%d", controller.Host, controller.Port))
	if err != nil {
		return err
	}
	defer admin.Close()
	if err := admin.CreateTopics(kafka.TopicConfig{Topic: topic, NumPartitions: 1, ReplicationFactor: 1}); err != nil {
		return err
	}
	_, err = kafka.LookupPartition(ctx, "tcp", broker, topic, 0)
	return err
}

// classify is what programs do with an error to decide whether to try again.
func classify(err error) string {
	var code kafka.Error
	var timeout net.Error
	switch {
	case err == nil:
		return "nil"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "context"
	case errors.As(err, &code) && code.Temporary():
		return "temporary"
	case errors.As(err, &code):
		return "code"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "other"
}

func codes(context.Context, []string, string) error {
	var err error = kafka.NotLeaderForPartition
	if err != kafka.Error(6) || classify(err) != "temporary" {
		return fmt.Errorf("NotLeaderForPartition is %s", classify(err))
	}
	wrapped := fmt.Errorf("around it: %w", kafka.TopicAuthorizationFailed)
	if !errors.Is(wrapped, kafka.TopicAuthorizationFailed) || classify(wrapped) != "code" {
		return fmt.Errorf("TopicAuthorizationFailed is %s", classify(wrapped))
	}
	if !kafka.RequestTimedOut.Timeout() || kafka.UnknownTopicOrPartition.Timeout() {
		return errors.New("which codes are timeouts")
	}
	if s := kafka.OffsetOutOfRange.Error(); !strings.HasPrefix(s, "[1] "+kafka.OffsetOutOfRange.Title()) {
		return fmt.Errorf("the text of a code: %s", s)
	}
	return nil
}

func tooLarge(ctx context.Context, brokers []string, topic string) error {
	w := &kafka.Writer{Addr: kafka.TCP(brokers...), Topic: topic, BatchBytes: 200, BatchTimeout: time.Millisecond}
	defer w.Close()
	err := w.WriteMessages(ctx, kafka.Message{Value: []byte("small")}, kafka.Message{Value: make([]byte, 300)})
	var large kafka.MessageTooLargeError
	switch e := err.(type) {
	case kafka.MessageTooLargeError:
		large = e
	case kafka.WriteErrors:
		for _, one := range e {
			if one != nil && !errors.As(one, &large) {
				return fmt.Errorf("one of several: %v", one)
			}
		}
	default:
		return fmt.Errorf("%T: %v", err, err)
	}
	if len(large.Message.Value) != 300 {
		return fmt.Errorf("the message too large has %d bytes", len(large.Message.Value))
	}
	if !errors.Is(large, kafka.MessageSizeTooLarge) {
		return errors.New("MessageTooLargeError is not MessageSizeTooLarge")
	}
	return nil
}

func misuse(ctx context.Context, brokers []string, topic string) error {
	w := &kafka.Writer{Addr: kafka.TCP(brokers...), Topic: topic}
	defer w.Close()
	if err := w.WriteMessages(ctx, kafka.Message{Topic: "another", Value: []byte("x")}); err == nil {
		return errors.New("a message for another topic than that of the Writer")
	}
	none := &kafka.Writer{Topic: topic}
	defer none.Close()
	if err := none.WriteMessages(ctx, kafka.Message{Value: []byte("x")}); err == nil {
		return errors.New("a Writer without address")
	}
	if err := w.WriteMessages(ctx); err != nil {
		return fmt.Errorf("no messages: %w", err)
	}
	invalid := &kafka.Writer{Addr: kafka.TCP(brokers...), Topic: topic, MaxAttempts: 1, BatchTimeout: time.Millisecond,
		Balancer: kafka.BalancerFunc(func(kafka.Message, ...int) int { return 42 })}
	defer invalid.Close()
	if err := invalid.WriteMessages(ctx, kafka.Message{Value: []byte("x")}); err == nil {
		return errors.New("a balancer that chooses a partition that is not there")
	}
	return nil
}

func contexts(ctx context.Context, brokers []string, topic string) error {
	w := &kafka.Writer{Addr: kafka.TCP(brokers...), Topic: topic}
	defer w.Close()
	dead, cancel := context.WithCancel(ctx)
	cancel()
	if err := w.WriteMessages(dead, kafka.Message{Value: []byte("x")}); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("a context that has ended: %v", err)
	}
	return nil
}

func refused(ctx context.Context, _ []string, topic string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := l.Addr().String()
	l.Close()
	_, err = kafka.DialLeader(ctx, "tcp", address, topic, 0)
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "dial" {
		return fmt.Errorf("Dial: %T %v", err, err)
	}
	w := &kafka.Writer{Addr: kafka.TCP(address), Topic: topic, MaxAttempts: 1, Transport: &kafka.Transport{DialTimeout: time.Second}}
	defer w.Close()
	short, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := w.WriteMessages(short, kafka.Message{Value: []byte("x")}); err == nil {
		return errors.New("written to nobody")
	}
	return nil
}

func timeouts(ctx context.Context, brokers []string, topic string) error {
	conn, err := kafka.DialLeader(ctx, "tcp", brokers[0], topic, 0)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Seek(0, kafka.SeekEnd); err != nil {
		return err
	}
	conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
	_, err = conn.ReadMessage(1000)
	switch e := err.(type) {
	case net.Error:
		if !e.Timeout() {
			return fmt.Errorf("at the end of a partition: %v", err)
		}
	default:
		return fmt.Errorf("at the end of a partition: %T %v", err, err)
	}
	conn.SetReadDeadline(time.Time{})
	if _, err := conn.Seek(1000, kafka.SeekAbsolute); err != kafka.OffsetOutOfRange {
		return fmt.Errorf("seeking too far: %v", err)
	}
	return nil
}

func unknown(ctx context.Context, brokers []string, topic string) error {
	w := &kafka.Writer{Addr: kafka.TCP(brokers...), Topic: topic + "-missing", MaxAttempts: 1, BatchTimeout: time.Millisecond, WriteTimeout: 2 * time.Second, ReadTimeout: 2 * time.Second}
	defer w.Close()
	err := w.WriteMessages(ctx, kafka.Message{Value: []byte("x")})
	var several kafka.WriteErrors
	if errors.As(err, &several) {
		if several.Count() != 1 {
			return fmt.Errorf("%d errors of one message", several.Count())
		}
		err = several[0]
	}
	if !errors.Is(err, kafka.UnknownTopicOrPartition) {
		return fmt.Errorf("writing: %T %v", err, err)
	}
	fmt.Println("writing to a topic that is not there:", err)
	return nil
}
