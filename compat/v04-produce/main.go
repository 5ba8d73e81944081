// Command v04-produce is a program in the style of kafka-go v0.4: Writers as literals,
// with topics by message, Completion, all codecs, balancers and loggers of its own, and
// statistics by struct tags.
package main

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/compress"
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
	name := fmt.Sprintf("v04-produce-%d", time.Now().UnixNano())
	topics := []string{name + "-a", name + "-b"}
	if err := createTopics(ctx, brokers[0], topics); err != nil {
		return fmt.Errorf("creating topics: %w", err)
	}
	for i, codec := range []kafka.Compression{compress.None, kafka.Gzip, kafka.Snappy, kafka.Lz4, kafka.Zstd} {
		if err := write(ctx, brokers, topics, codec); err != nil {
			return fmt.Errorf("writing with %s: %w", codec, err)
		}
		for _, topic := range topics {
			if err := requireEnd(ctx, brokers[0], topic, int64(i+1)*10); err != nil {
				return err
			}
		}
	}
	if err := async(ctx, brokers, topics[0]); err != nil {
		return fmt.Errorf("writing without waiting: %w", err)
	}
	return balancers()
}

func createTopics(ctx context.Context, broker string, topics []string) error {
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
	var configs []kafka.TopicConfig
	for _, topic := range topics {
		configs = append(configs, kafka.TopicConfig{Topic: topic, NumPartitions: 2, ReplicationFactor: 1})
	}
	if err := admin.CreateTopics(configs...); err != nil {
		return err
	}
	for _, topic := range topics { // wait for the leaders
		for p := 0; p < 2; p++ {
			if _, err := kafka.LookupPartition(ctx, "tcp", broker, topic, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// lines is a logger of the program.
type lines struct {
	mu   sync.Mutex
	list []string
}

func (l *lines) Printf(format string, args ...interface{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, fmt.Sprintf(format, args...))
}

func write(ctx context.Context, brokers, topics []string, codec kafka.Compression) error {
	logged := &lines{}
	var completed []kafka.Message
	w := &kafka.Writer{
		Addr:         kafka.TCP(brokers...),
		Balancer:     kafka.BalancerFunc(func(m kafka.Message, partitions ...int) int { return partitions[len(m.Value)%len(partitions)] }),
		BatchTimeout: 10 * time.Millisecond,
		RequiredAcks: kafka.RequireAll,
		Compression:  codec,
		Logger:       logged,
		ErrorLogger:  kafka.LoggerFunc(func(format string, args ...interface{}) { fmt.Fprintf(os.Stderr, format+"\n", args...) }),
	}
	var mu sync.Mutex
	w.Completion = func(msgs []kafka.Message, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			completed = append(completed, msgs...)
		}
	}
	var msgs []kafka.Message
	for i := 0; i < 20; i++ {
		msgs = append(msgs, kafka.Message{
			Topic: topics[i%2], Value: []byte(strings.Repeat("x", i/2+1)), Headers: []kafka.Header{{Key: "n", Value: []byte("v")}}, WriterData: i,
		})
	}
	if err := w.WriteMessages(ctx, msgs...); err != nil {
		return err
	}
	stats := w.Stats()
	if stats.Messages < 20 || stats.Writes == 0 || stats.BatchSize.Sum != 20 { // what is tried again may count again
		return fmt.Errorf("statistics: %d messages, %d writes, %d in batches", stats.Messages, stats.Writes, stats.BatchSize.Sum)
	}
	if f, ok := reflect.TypeOf(stats).FieldByName("Messages"); !ok || f.Tag.Get("metric") != "kafka.writer.message.count" || f.Tag.Get("type") != "counter" {
		return fmt.Errorf("the tag of Messages is %s", f.Tag)
	}
	if again := w.Stats(); again.Messages != 0 {
		return fmt.Errorf("statistics are not reset: %d messages", again.Messages)
	}
	if err := w.Close(); err != nil {
		return err
	}
	mu.Lock()
	defer mu.Unlock()
	if len(completed) != 20 {
		return fmt.Errorf("%d messages completed", len(completed))
	}
	for _, m := range completed {
		i := m.WriterData.(int)
		if m.Topic != topics[i%2] || m.Partition != len(m.Value)%2 {
			return fmt.Errorf("message %d completed as %s/%d", i, m.Topic, m.Partition)
		}
	}
	if err := w.WriteMessages(ctx, msgs...); !errors.Is(err, io.ErrClosedPipe) {
		return fmt.Errorf("after Close: %v", err)
	}
	return nil
}

// requireEnd checks how many messages the two partitions of a topic have.
func requireEnd(ctx context.Context, broker, topic string, want int64) error {
	var sum int64
	for p := 0; p < 2; p++ {
		conn, err := kafka.DialLeader(ctx, "tcp", broker, topic, p)
		if err != nil {
			return err
		}
		last, err := conn.ReadLastOffset()
		conn.Close()
		if err != nil {
			return err
		}
		sum += last
	}
	if sum != want {
		return fmt.Errorf("%s has %d messages, not %d", topic, sum, want)
	}
	return nil
}

func async(ctx context.Context, brokers []string, topic string) error {
	done := make(chan error, 1)
	w := &kafka.Writer{
		Addr: kafka.TCP(brokers...), Topic: topic, Async: true, BatchSize: 1, RequiredAcks: kafka.RequireOne, Transport: &kafka.Transport{ClientID: "v04-produce"},
		Completion: func(_ []kafka.Message, err error) { done <- err },
	}
	defer w.Close()
	if err := w.WriteMessages(ctx, kafka.Message{Value: []byte("async")}); err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// balancers checks that keys go where other clients have them go.
func balancers() error {
	for _, b := range []struct {
		name string
		kafka.Balancer
		want int // of the key blah, of 16
	}{
		{"Hash", &kafka.Hash{}, 2}, {"ReferenceHash", &kafka.ReferenceHash{}, 2}, {"CRC32", kafka.CRC32Balancer{Consistent: true}, 12},
		{"Murmur2", kafka.Murmur2Balancer{Consistent: true}, 5}, {"Hash with CRC", &kafka.Hash{Hasher: crc32.NewIEEE()}, -1},
	} {
		var partitions []int
		for i := 0; i < 16; i++ {
			partitions = append(partitions, i)
		}
		got := b.Balance(kafka.Message{Key: []byte("blah")}, partitions...)
		fmt.Printf("%s: %d\n", b.name, got)
		if b.want >= 0 && got != b.want {
			return fmt.Errorf("%s sends blah to %d", b.name, got)
		}
	}
	return nil
}
