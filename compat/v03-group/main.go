// Command v03-group is a program in the style of kafka-go v0.3: it reads as a member
// of a group, commits explicitly, takes part in generations of a ConsumerGroup, and
// asks a Client for the offsets of the group.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	kafka "github.com/segmentio/kafka-go"
)

const (
	partitions = 2
	messages   = 20
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
	topic := fmt.Sprintf("v03-group-%d", time.Now().UnixNano())
	if err := createTopic(brokers[0], topic); err != nil {
		return fmt.Errorf("creating the topic: %v", err)
	}
	w := kafka.NewWriter(kafka.WriterConfig{Brokers: brokers, Topic: topic, Balancer: &kafka.RoundRobin{}, BatchTimeout: 10 * time.Millisecond})
	defer w.Close()
	for i := 0; i < messages; i++ {
		if err := w.WriteMessages(ctx, kafka.Message{Value: []byte(fmt.Sprint(i))}); err != nil {
			return fmt.Errorf("writing: %v", err)
		}
	}
	group := topic + "-readers"
	if err := readHalf(ctx, brokers, topic, group); err != nil {
		return fmt.Errorf("the reader: %v", err)
	}
	committed, err := offsets(ctx, brokers, topic, group)
	if err != nil || committed != messages/2 {
		return fmt.Errorf("the group has committed %d: %v", committed, err)
	}
	if err := generation(ctx, brokers, topic, group); err != nil {
		return fmt.Errorf("the consumer group: %v", err)
	}
	committed, err = offsets(ctx, brokers, topic, group)
	if err != nil || committed != messages {
		return fmt.Errorf("the group has committed %d in the end: %v", committed, err)
	}
	return nil
}

func createTopic(broker, topic string) error {
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

// readHalf fetches messages until half of each partition is committed.
func readHalf(ctx context.Context, brokers []string, topic, group string) error {
	r := kafka.NewReader(kafka.ReaderConfig{
		Brokers: brokers, GroupID: group, Topic: topic, MinBytes: 1, MaxBytes: 1e6,
		MaxWait: 100 * time.Millisecond, StartOffset: kafka.FirstOffset, HeartbeatInterval: time.Second,
	})
	for done := 0; done < messages/2; {
		m, err := r.FetchMessage(ctx)
		if err != nil {
			return err
		}
		if m.Offset >= messages/partitions/2 {
			continue // of the other half: not for us
		}
		if err := r.CommitMessages(ctx, m); err != nil {
			return err
		}
		done++
	}
	if r.Stats().Rebalances == 0 {
		return fmt.Errorf("there was no rebalance")
	}
	if r.Offset() != -1 || r.Lag() != -1 {
		return fmt.Errorf("the offset of a group reader is %d, its lag %d", r.Offset(), r.Lag())
	}
	if err := r.SetOffset(0); err == nil {
		return fmt.Errorf("the offset of a group reader could be set")
	}
	return r.Close()
}

// offsets sums up what the group has committed.
func offsets(ctx context.Context, brokers []string, topic, group string) (int64, error) {
	client := kafka.NewClient(brokers...)
	committed, err := client.ConsumerOffsets(ctx, kafka.TopicAndGroup{Topic: topic, GroupId: group})
	if err != nil {
		return 0, err
	}
	if len(committed) != partitions {
		return 0, fmt.Errorf("there are offsets of %d partitions", len(committed))
	}
	var sum int64
	for _, offset := range committed {
		sum += offset
	}
	return sum, nil
}

// generation reads the rest by hand, and commits it.
func generation(ctx context.Context, brokers []string, topic, id string) error {
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: id, Brokers: brokers, Topics: []string{topic}, HeartbeatInterval: time.Second,
	})
	if err != nil {
		return err
	}
	gen, err := group.Next(ctx)
	if err != nil {
		return err
	}
	assigned := gen.Assignments[topic]
	fmt.Printf("generation %d of %s: %v\n", gen.ID, gen.GroupID, assigned)
	if gen.GroupID != id || gen.MemberID == "" || len(assigned) != partitions {
		return fmt.Errorf("generation %+v", gen)
	}
	results := make(chan error, partitions)
	stopped := make(chan error, partitions)
	for _, a := range assigned {
		a := a
		gen.Start(func(ctx context.Context) {
			results <- readPartition(ctx, brokers, topic, a, gen)
			<-ctx.Done()
			stopped <- ctx.Err()
		})
	}
	for range assigned {
		if err := <-results; err != nil {
			return err
		}
	}
	if err := group.Close(); err != nil {
		return err
	}
	for range assigned {
		if err := <-stopped; err != kafka.ErrGenerationEnded {
			return fmt.Errorf("the context of a generation ended with %v", err)
		}
	}
	if _, err := group.Next(ctx); err != kafka.ErrGroupClosed {
		return fmt.Errorf("after Close: %v", err)
	}
	return nil
}

func readPartition(ctx context.Context, brokers []string, topic string, a kafka.PartitionAssignment, gen *kafka.Generation) error {
	if a.Offset != messages/partitions/2 {
		return fmt.Errorf("partition %d begins at %d", a.ID, a.Offset)
	}
	r := kafka.NewReader(kafka.ReaderConfig{
		Brokers: brokers, Topic: topic, Partition: a.ID, MinBytes: 1, MaxBytes: 1e6, MaxWait: 100 * time.Millisecond,
	})
	defer r.Close()
	if err := r.SetOffset(a.Offset); err != nil {
		return err
	}
	next := a.Offset
	for next < messages/partitions {
		m, err := r.FetchMessage(ctx)
		if err != nil {
			return err
		}
		if m.Offset != next {
			return fmt.Errorf("offset %d in place of %d", m.Offset, next)
		}
		next++
	}
	return gen.CommitOffsets(map[string]map[int]int64{topic: {a.ID: next}})
}
