// Command v03-conn is a program in the style of kafka-go v0.3: it uses connections to
// partitions as files, batches, offsets by number and by time, and a codec that it has
// registered itself.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	kafka "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/gzip"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	broker := strings.Split(os.Getenv("KAFKA_BROKERS"), ",")[0]
	if err := run(ctx, broker); err != nil {
		fmt.Fprintln(os.Stderr, "FAILED:", err)
		os.Exit(1)
	}
	fmt.Println("ok")
}

func run(ctx context.Context, broker string) error {
	topic := fmt.Sprintf("v03-conn-%d", time.Now().UnixNano())
	admin, err := dialController(broker)
	if err != nil {
		return err
	}
	defer admin.Close()
	err = admin.CreateTopics(kafka.TopicConfig{
		Topic: topic, NumPartitions: 1, ReplicationFactor: 1,
		ConfigEntries: []kafka.ConfigEntry{{ConfigName: "retention.ms", ConfigValue: "3600000"}},
	})
	if err != nil {
		return fmt.Errorf("creating the topic: %v", err)
	}
	conn, err := kafka.DialLeader(ctx, "tcp", broker, topic, 0)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		do   func(*kafka.Conn) error
	}{
		{"writing", write}, {"reading", read}, {"seeking", seek}, {"batches", batch}, {"nothing there", empty},
	} {
		if err := step.do(conn); err != nil {
			return fmt.Errorf("%s: %v", step.name, err)
		}
	}
	if err := admin.DeleteTopics(topic); err != nil {
		return fmt.Errorf("deleting the topic: %v", err)
	}
	if err := admin.DeleteTopics(topic + "-missing"); err != kafka.UnknownTopicOrPartition {
		return fmt.Errorf("deleting a topic that is not there: %v", err)
	}
	return nil
}

func dialController(broker string) (*kafka.Conn, error) {
	conn, err := kafka.Dial("tcp", broker)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	controller, err := conn.Controller()
	if err != nil {
		return nil, err
	}
	brokers, err := conn.Brokers()
	if err != nil || len(brokers) == 0 {
		return nil, fmt.Errorf("brokers %v: %v", brokers, err)
	}
	versions, err := conn.ApiVersions()
	if err != nil || len(versions) == 0 {
		return nil, fmt.Errorf("versions %v: %v", versions, err)
	}
	fmt.Printf("controller %+v, %d brokers, %v\n", controller, len(brokers), versions[0])
	return kafka.Dial("tcp", fmt.Sprintf("%s:%d", controller.Host, controller.Port))
}

func write(conn *kafka.Conn) error {
	if n, err := conn.Write([]byte("zero")); n != 4 || err != nil {
		return fmt.Errorf("Write: %d, %v", n, err)
	}
	n, err := conn.WriteMessages(kafka.Message{Value: []byte("one")}, kafka.Message{Key: []byte("k"), Value: []byte("two")})
	if n != 7 || err != nil {
		return fmt.Errorf("WriteMessages: %d, %v", n, err)
	}
	_, partition, offset, _, err := conn.WriteCompressedMessagesAt(gzip.NewCompressionCodecLevel(9), kafka.Message{Value: bytes.Repeat([]byte("three"), 100)})
	if partition != 0 || offset != 3 || err != nil {
		return fmt.Errorf("WriteCompressedMessagesAt: partition %d, offset %d, %v", partition, offset, err)
	}
	if err := conn.SetRequiredAcks(7); err != kafka.InvalidRequiredAcks {
		return fmt.Errorf("SetRequiredAcks(7): %v", err)
	}
	return nil
}

func read(conn *kafka.Conn) error {
	if offset, whence := conn.Offset(); offset != 0 || whence != kafka.SeekStart {
		return fmt.Errorf("the position of a new connection is %d, %d", offset, whence)
	}
	b := make([]byte, 2)
	if n, err := conn.Read(b); n != 2 || err != io.ErrShortBuffer {
		return fmt.Errorf("a short buffer: %d, %v", n, err)
	}
	b = make([]byte, 64)
	if n, err := conn.Read(b); err != nil || string(b[:n]) != "zero" {
		return fmt.Errorf("Read: %q, %v", b[:n], err)
	}
	m, err := conn.ReadMessage(1e6)
	if err != nil || string(m.Value) != "one" || m.Offset != 1 || m.Key != nil {
		return fmt.Errorf("ReadMessage: %+v, %v", m, err)
	}
	return nil
}

func seek(conn *kafka.Conn) error {
	first, last, err := conn.ReadOffsets()
	if first != 0 || last != 4 || err != nil {
		return fmt.Errorf("ReadOffsets: %d, %d, %v", first, last, err)
	}
	for _, s := range []struct {
		offset int64
		whence int
		want   int64
	}{
		{1, kafka.SeekStart, 1}, {2, kafka.SeekCurrent, 3}, {1, kafka.SeekEnd, 3}, {4, kafka.SeekAbsolute, 4}, {2, kafka.SeekAbsolute | kafka.SeekDontCheck, 2},
	} {
		if got, err := conn.Seek(s.offset, s.whence); got != s.want || err != nil {
			return fmt.Errorf("Seek(%d, %d): %d, %v", s.offset, s.whence, got, err)
		}
	}
	if _, err := conn.Seek(100, kafka.SeekAbsolute); err != kafka.OffsetOutOfRange {
		return fmt.Errorf("seeking behind the end: %v", err)
	}
	if offset, err := conn.ReadOffset(time.Now().Add(-time.Hour)); offset != 0 || err != nil {
		return fmt.Errorf("the offset of an hour ago: %d, %v", offset, err)
	}
	m, err := conn.ReadMessage(1e6)
	if err != nil || string(m.Value) != "two" || string(m.Key) != "k" {
		return fmt.Errorf("after seeking: %+v, %v", m, err)
	}
	return nil
}

func batch(conn *kafka.Conn) error {
	if _, err := conn.Seek(0, kafka.SeekStart); err != nil {
		return err
	}
	var got []string
	for len(got) < 4 {
		batch := conn.ReadBatch(1, 1e6)
		for {
			m, err := batch.ReadMessage()
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			got = append(got, string(m.Value[:3]))
		}
		if batch.HighWaterMark() != 4 || batch.Offset() != int64(len(got)) {
			return fmt.Errorf("high watermark %d, offset %d", batch.HighWaterMark(), batch.Offset())
		}
		if err := batch.Close(); err != nil {
			return err
		}
	}
	if s := strings.Join(got, " "); s != "zer one two thr" {
		return fmt.Errorf("got %s", s)
	}
	return nil
}

// empty reads at the end: the connection says that time is up, and can be used on.
func empty(conn *kafka.Conn) error {
	if _, err := conn.Seek(0, kafka.SeekEnd); err != nil {
		return err
	}
	conn.SetReadDeadline(time.Now().Add(700 * time.Millisecond))
	_, err := conn.ReadMessage(1e6)
	timeout, ok := err.(net.Error)
	if !ok || !timeout.Timeout() {
		return fmt.Errorf("at the end: %v", err)
	}
	if e, ok := err.(kafka.Error); ok {
		fmt.Printf("at the end: %s (%s), temporary %t\n", e.Title(), e, e.Temporary())
	}
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if offset, err := conn.ReadLastOffset(); offset != 4 || err != nil {
		return fmt.Errorf("after that: %d, %v", offset, err)
	}
	return nil
}
