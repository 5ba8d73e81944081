// Command v03-produce is a program in the style of kafka-go v0.3: it writes with a
// Writer made by NewWriter, with a codec of a package that is imported for it, reads
// a partition with a Reader, and walks the statistics by their struct tags.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"reflect"
	"sort"
	"strings"
	"time"

	kafka "github.com/segmentio/kafka-go"
	_ "github.com/segmentio/kafka-go/gzip"
	_ "github.com/segmentio/kafka-go/lz4"
	"github.com/segmentio/kafka-go/snappy"
	_ "github.com/segmentio/kafka-go/zstd"
)

const messages = 30

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
	topic := fmt.Sprintf("v03-produce-%d", time.Now().UnixNano())
	if err := createTopic(brokers[0], topic, 3); err != nil {
		return fmt.Errorf("creating the topic: %v", err)
	}
	if err := write(ctx, brokers, topic); err != nil {
		return fmt.Errorf("writing: %v", err)
	}
	for partition := 0; partition < 3; partition++ {
		if err := read(ctx, brokers, topic, partition); err != nil {
			return fmt.Errorf("reading partition %d: %v", partition, err)
		}
	}
	return nil
}

func createTopic(broker, topic string, partitions int) error {
	conn, err := kafka.Dial("tcp", broker)
	if err != nil {
		return err
	}
	defer conn.Close()
	controller, err := conn.Controller()
	if err != nil {
		return err
	}
	admin, err := kafka.Dial("tcp", fmt.Sprintf("%s:%d", controller.Host, controller.Port))
	if err != nil {
		return err
	}
	defer admin.Close()
	return admin.CreateTopics(kafka.TopicConfig{Topic: topic, NumPartitions: partitions, ReplicationFactor: 1})
}

// byKey is a balancer of the program: the last byte of the key tells the partition.
type byKey struct{ calls int }

func (b *byKey) Balance(msg kafka.Message, partitions ...int) int {
	b.calls++
	return partitions[int(msg.Key[len(msg.Key)-1]-'0')%len(partitions)]
}

func write(ctx context.Context, brokers []string, topic string) error {
	balancer := &byKey{}
	logged := log.New(os.Stderr, "writer: ", 0)
	w := kafka.NewWriter(kafka.WriterConfig{
		Brokers:          brokers,
		Topic:            topic,
		Balancer:         balancer,
		BatchTimeout:     10 * time.Millisecond,
		RequiredAcks:     -1,
		CompressionCodec: snappy.NewCompressionCodec(),
		Dialer:           &kafka.Dialer{ClientID: "v03-produce", Timeout: 10 * time.Second, DualStack: true},
		ErrorLogger:      logged,
	})
	var msgs []kafka.Message
	for i := 0; i < messages; i++ {
		msgs = append(msgs, kafka.Message{
			Key:     []byte(fmt.Sprintf("key-%d", i%3)),
			Value:   []byte(fmt.Sprintf("value-%d", i)),
			Headers: []kafka.Header{{Key: "i", Value: []byte{byte(i)}}},
		})
	}
	if err := w.WriteMessages(ctx, msgs...); err != nil {
		return err
	}
	stats := metrics(w.Stats())
	fmt.Println("metrics of the writer:", len(stats))
	if n := stats["kafka.writer.message.count"]; n != messages {
		return fmt.Errorf("kafka.writer.message.count is %v", n)
	}
	if _, ok := stats["kafka.writer.error.count"]; !ok {
		return fmt.Errorf("there is no kafka.writer.error.count in %v", names(stats))
	}
	if balancer.calls < messages {
		return fmt.Errorf("the balancer was asked %d times", balancer.calls)
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := w.WriteMessages(ctx, kafka.Message{Key: []byte("0")}); err != io.ErrClosedPipe {
		return fmt.Errorf("after Close: %v", err)
	}
	return nil
}

// metrics collects the numbers of a struct by their metric tags, as libraries that
// report statistics do.
func metrics(stats interface{}) map[string]int64 {
	values := make(map[string]int64)
	collect(values, "", reflect.ValueOf(stats))
	return values
}

func collect(values map[string]int64, prefix string, v reflect.Value) {
	for i := 0; i < v.NumField(); i++ {
		name := v.Type().Field(i).Tag.Get("metric")
		if name == "" {
			continue
		}
		if prefix != "" {
			name = prefix + "." + name
		}
		switch f := v.Field(i); f.Kind() {
		case reflect.Struct:
			collect(values, name, f)
		case reflect.Int64:
			values[name] = f.Int()
		}
	}
}

func read(ctx context.Context, brokers []string, topic string, partition int) error {
	r := kafka.NewReader(kafka.ReaderConfig{
		Brokers:   brokers,
		Topic:     topic,
		Partition: partition,
		MinBytes:  1,
		MaxBytes:  10e6,
		MaxWait:   200 * time.Millisecond,
	})
	if err := r.SetOffset(kafka.FirstOffset); err != nil {
		return err
	}
	for i := 0; i < messages/3; i++ {
		m, err := r.ReadMessage(ctx)
		if err != nil {
			return err
		}
		want := fmt.Sprintf("value-%d", i*3+partition)
		if m.Topic != topic || m.Partition != partition || m.Offset != int64(i) || string(m.Value) != want {
			return fmt.Errorf("message %d is %s/%d/%d: %q, not %q", i, m.Topic, m.Partition, m.Offset, m.Value, want)
		}
		if len(m.Headers) != 1 || m.Headers[0].Key != "i" || m.Headers[0].Value[0] != byte(i*3+partition) {
			return fmt.Errorf("headers of message %d: %v", i, m.Headers)
		}
		if time.Since(m.Time) > time.Minute || m.Time.After(time.Now().Add(time.Minute)) {
			return fmt.Errorf("time of message %d: %v", i, m.Time)
		}
	}
	if r.Offset() != messages/3 || r.Lag() != 0 {
		return fmt.Errorf("offset %d, lag %d", r.Offset(), r.Lag())
	}
	lag, err := r.ReadLag(ctx)
	if err != nil || lag != 0 {
		return fmt.Errorf("ReadLag: %d, %v", lag, err)
	}
	stats := metrics(r.Stats())
	if n := stats["kafka.reader.message.count"]; n != messages/3 {
		return fmt.Errorf("kafka.reader.message.count is %v; there are %v", n, names(stats))
	}
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	if _, err := r.FetchMessage(short); err != context.DeadlineExceeded {
		return fmt.Errorf("at the end: %v", err)
	}
	if err := r.Close(); err != nil {
		return err
	}
	if _, err := r.ReadMessage(ctx); !errors.Is(err, io.EOF) { // v0.3.9 gives it bare
		return fmt.Errorf("after Close: %v", err)
	}
	return nil
}

func names(m map[string]int64) []string {
	var list []string
	for name := range m {
		list = append(list, name)
	}
	sort.Strings(list)
	return list
}
