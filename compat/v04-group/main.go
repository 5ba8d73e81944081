// Command v04-group is a program in the style of kafka-go v0.4: two readers of a group
// share topics, commit by interval, and leave; a generation goes on where they stopped; a
// reader without a group moves about by offset and by time.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
)

// began is the time of the first message, in milliseconds: an hour ago.
var began = time.Now().Add(-time.Hour).UnixMilli()

const (
	partitions = 2
	messages   = 40 // in each topic
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
	name := fmt.Sprintf("v04-group-%d", time.Now().UnixNano())
	topics := []string{name + "-a", name + "-b"}
	if err := createTopics(ctx, brokers[0], topics); err != nil {
		return fmt.Errorf("creating topics: %w", err)
	}
	if err := write(ctx, brokers, topics); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	if err := share(ctx, brokers, topics, name); err != nil {
		return fmt.Errorf("two readers: %w", err)
	}
	if err := generation(ctx, brokers, topics, name); err != nil {
		return fmt.Errorf("a generation: %w", err)
	}
	if err := alone(ctx, brokers, topics[0]); err != nil {
		return fmt.Errorf("a reader of a partition: %w", err)
	}
	return refusals(brokers, topics[0])
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
	for _, topic := range topics {
		if err := admin.CreateTopics(kafka.TopicConfig{Topic: topic, NumPartitions: partitions, ReplicationFactor: 1}); err != nil {
			return err
		}
		for p := 0; p < partitions; p++ { // wait for the leaders
			if _, err := kafka.LookupPartition(ctx, "tcp", broker, topic, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// write sends the messages one second apart by their times, half to each partition.
func write(ctx context.Context, brokers, topics []string) error {
	w := &kafka.Writer{Addr: kafka.TCP(brokers...), Balancer: &kafka.RoundRobin{}, BatchTimeout: 10 * time.Millisecond, RequiredAcks: kafka.RequireAll}
	defer w.Close()
	for _, topic := range topics {
		var msgs []kafka.Message
		for i := 0; i < messages; i++ {
			msgs = append(msgs, kafka.Message{Topic: topic, Value: []byte(fmt.Sprint(i)), Time: time.UnixMilli(began + int64(i/partitions)*1000)})
		}
		if err := w.WriteMessages(ctx, msgs...); err != nil {
			return err
		}
	}
	return nil
}

// share has two readers of a group read all there is.
func share(ctx context.Context, brokers, topics []string, group string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var mu sync.Mutex
	seen := make(map[string]int64)
	all := make(chan struct{})
	results := make(chan error, 2)
	for i := 0; i < 2; i++ {
		r := kafka.NewReader(kafka.ReaderConfig{
			Brokers: brokers, GroupID: group, GroupTopics: topics, CommitInterval: 50 * time.Millisecond, MaxWait: 100 * time.Millisecond,
			StartOffset: kafka.FirstOffset, HeartbeatInterval: 500 * time.Millisecond, GroupBalancers: []kafka.GroupBalancer{kafka.RoundRobinGroupBalancer{}},
		})
		go func() {
			results <- readAll(ctx, r, func(m kafka.Message) {
				mu.Lock()
				defer mu.Unlock()
				seen[fmt.Sprintf("%s/%d/%d", m.Topic, m.Partition, m.Offset)]++
				if len(seen) == messages*len(topics) {
					select {
					case <-all:
					default:
						close(all)
					}
				}
			})
		}()
	}
	select {
	case <-all:
	case err := <-results:
		return fmt.Errorf("a reader ended early: %w", err)
	case <-ctx.Done():
		return fmt.Errorf("%d messages seen: %w", len(seen), ctx.Err())
	}
	cancel()
	for i := 0; i < 2; i++ {
		if err := <-results; err != nil {
			return err
		}
	}
	return nil
}

func readAll(ctx context.Context, r *kafka.Reader, got func(kafka.Message)) error {
	for {
		m, err := r.ReadMessage(ctx)
		if errors.Is(err, context.Canceled) {
			break
		}
		if err != nil {
			return err
		}
		got(m)
	}
	stats := r.Stats()
	fmt.Printf("reader of %v: %d messages, %d rebalances\n", r.Config().GroupTopics, stats.Messages, stats.Rebalances)
	if f, _ := reflect.TypeOf(stats).FieldByName("Lag"); f.Tag.Get("metric") != "kafka.reader.lag" || f.Tag.Get("type") != "gauge" {
		return fmt.Errorf("the tag of Lag is %s", f.Tag)
	}
	if err := r.Close(); err != nil {
		return err
	}
	if _, err := r.FetchMessage(context.Background()); err != io.EOF {
		return fmt.Errorf("after Close: %v", err)
	}
	return nil
}

// generation finds that all is committed, sets the group back, and ends.
func generation(ctx context.Context, brokers, topics []string, id string) error {
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: id, Brokers: brokers, Topics: topics, StartOffset: kafka.FirstOffset, HeartbeatInterval: 500 * time.Millisecond,
		GroupBalancers: []kafka.GroupBalancer{kafka.RangeGroupBalancer{}},
	})
	if err != nil {
		return err
	}
	defer group.Close()
	first, err := group.Next(ctx)
	if err != nil {
		return err
	}
	for _, topic := range topics {
		if len(first.Assignments[topic]) != partitions {
			return fmt.Errorf("assigned of %s: %v", topic, first.Assignments[topic])
		}
		for _, a := range first.Assignments[topic] {
			if a.Offset != messages/partitions {
				return fmt.Errorf("%s/%d was committed at %d", topic, a.ID, a.Offset)
			}
		}
	}
	if err := first.CommitOffsets(map[string]map[int]int64{topics[0]: {0: 3}}); err != nil {
		return err
	}
	first.Start(func(context.Context) {}) // it returns, which ends the generation
	second, err := group.Next(ctx)
	if err != nil {
		return err
	}
	if second.ID == first.ID || second.MemberID != first.MemberID {
		return fmt.Errorf("generation %d of %s after %d of %s", second.ID, second.MemberID, first.ID, first.MemberID)
	}
	for _, a := range second.Assignments[topics[0]] {
		if a.ID == 0 && a.Offset != 3 {
			return fmt.Errorf("partition 0 was committed at %d", a.Offset)
		}
	}
	ended := make(chan error, 1)
	second.Start(func(ctx context.Context) {
		<-ctx.Done()
		ended <- ctx.Err()
	})
	if err := group.Close(); err != nil {
		return err
	}
	if err := <-ended; !errors.Is(err, kafka.ErrGenerationEnded) {
		return fmt.Errorf("the context of a generation ended with %v", err)
	}
	if _, err := group.Next(ctx); !errors.Is(err, kafka.ErrGroupClosed) {
		return fmt.Errorf("after Close: %v", err)
	}
	return nil
}

func alone(ctx context.Context, brokers []string, topic string) error {
	r := kafka.NewReader(kafka.ReaderConfig{Brokers: brokers, Topic: topic, Partition: 1, MaxWait: 500 * time.Millisecond})
	defer r.Close()
	if c := r.Config(); c.QueueCapacity != 100 || c.MaxAttempts != 3 || c.MinBytes != 1 || c.MaxBytes != 1e6 {
		return fmt.Errorf("defaults: %+v", c)
	}
	expect := func(offset int64) error {
		m, err := r.ReadMessage(ctx)
		if err != nil {
			return err
		}
		if m.Offset != offset || m.Partition != 1 || m.HighWaterMark != messages/partitions {
			return fmt.Errorf("got %d of partition %d, high watermark %d, not %d", m.Offset, m.Partition, m.HighWaterMark, offset)
		}
		if r.Offset() != offset+1 || r.Lag() != messages/partitions-offset-1 {
			return fmt.Errorf("after %d: offset %d, lag %d", offset, r.Offset(), r.Lag())
		}
		return nil
	}
	if err := expect(0); err != nil {
		return err
	}
	if err := r.SetOffset(7); err != nil {
		return err
	}
	if err := expect(7); err != nil {
		return err
	}
	if err := r.SetOffsetAt(ctx, time.UnixMilli(began+12_000)); err != nil {
		return err
	}
	if err := expect(12); err != nil {
		return err
	}
	if err := r.SetOffset(kafka.LastOffset); err != nil {
		return err
	}
	short, cancel := context.WithTimeout(ctx, 700*time.Millisecond)
	defer cancel()
	if _, err := r.ReadMessage(short); !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("at the end: %v", err)
	}
	if err := r.CommitMessages(ctx, kafka.Message{}); err == nil {
		return errors.New("a reader without a group has committed")
	}
	return nil
}

// refusals checks what configurations are refused, and how.
func refusals(brokers []string, topic string) error {
	for _, config := range []kafka.ReaderConfig{
		{Topic: topic}, {Brokers: brokers}, {Brokers: brokers, Topic: topic, Partition: -1}, {Brokers: brokers, Topic: topic, GroupID: "g", Partition: 1},
	} {
		if err := config.Validate(); err == nil {
			return fmt.Errorf("%+v is valid", config)
		}
		if !panics(func() { kafka.NewReader(config) }) {
			return fmt.Errorf("NewReader takes %+v", config)
		}
	}
	if _, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{Brokers: brokers, Topics: []string{topic}}); err == nil {
		return errors.New("NewConsumerGroup takes a group without an id")
	}
	return nil
}

func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}
