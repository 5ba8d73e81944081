package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/bench/measure"
	"github.com/segmentio/kafka-go/bench/wire"
	"github.com/segmentio/kafka-go/internal/testkafka"
)

// cluster is what all runs work on: the one that KAFKA_BROKERS names, or one real broker started here.
type cluster struct {
	broker  string
	version string // in words
	admin   *kafka.Client
	stop    func()
	names   string         // prefix of topics and groups
	count   int            // of them so far
	ready   map[data]ready // topics that consumers read
}

// data says what a prepared topic holds.
type data struct {
	size, partitions int
	codec            string
}

type ready struct {
	topic   string
	records int
}

// openCluster starts a broker, unless KAFKA_BROKERS names one.
func openCluster() (*cluster, error) {
	if named, _, _ := strings.Cut(os.Getenv("KAFKA_BROKERS"), ","); named != "" {
		return newCluster(named), nil
	}
	started, err := testkafka.Open(testkafka.Config{
		Properties: map[string]string{"log.segment.delete.delay.ms": "1000", "num.network.threads": "3", "num.io.threads": "8"},
		JVM:        []string{"-Xmx2g", "-Xms1g", "-XX:TieredStopAtLevel=4"},
	})
	if err != nil {
		return nil, err
	}
	c := newCluster(started.Brokers()[0])
	c.stop, c.version = started.Close, "Apache Kafka "+started.Version+", one broker on this machine"
	return c, nil
}

func newCluster(broker string) *cluster {
	return &cluster{
		broker:  broker,
		version: "the cluster that KAFKA_BROKERS names",
		admin:   &kafka.Client{Addr: kafka.TCP(broker), Timeout: time.Minute},
		stop:    func() {},
		names:   fmt.Sprintf("bench-%d-", os.Getpid()),
		ready:   map[data]ready{},
	}
}

// name returns one that no topic and no group has yet.
func (c *cluster) name() string {
	c.count++
	return fmt.Sprint(c.names, c.count)
}

// create makes a topic and waits until its partitions are led.
func (c *cluster) create(ctx context.Context, partitions int) (string, error) {
	topic := c.name()
	res, err := c.admin.CreateTopics(ctx, &kafka.CreateTopicsRequest{
		Topics: []kafka.TopicConfig{{Topic: topic, NumPartitions: partitions, ReplicationFactor: 1}},
	})
	if err == nil {
		err = res.Errors[topic]
	}
	if err != nil {
		return "", err
	}
	return topic, until(ctx, func() error {
		_, err := c.end(ctx, topic, numbers(partitions))
		return err
	})
}

// numbers are those from 0 on.
func numbers(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func (c *cluster) remove(ctx context.Context, topic string) error {
	res, err := c.admin.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{topic}})
	if err != nil {
		return err
	}
	return res.Errors[topic]
}

// end returns how many records partitions have.
func (c *cluster) end(ctx context.Context, topic string, partitions []int) (int, error) {
	var requests []kafka.OffsetRequest
	for _, p := range partitions {
		requests = append(requests, kafka.LastOffsetOf(p))
	}
	res, err := c.admin.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: requests}})
	if err != nil {
		return 0, err
	}
	total := 0
	for _, p := range res.Topics[topic] {
		if p.Error != nil {
			return 0, p.Error
		}
		total += int(p.LastOffset)
	}
	return total, nil
}

const (
	patience = time.Minute // a broker takes its time to make 1,000 partitions
	again    = 50 * time.Millisecond
)

// until calls check until it succeeds, or for a while.
func until(ctx context.Context, check func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(again):
		}
	}
}

const (
	encodedBytes = 100_000 // of a batch in prepared topics, before compression
	fetchBytes   = 4 << 20
)

// prepared returns a topic with at least so many records, the same number in each partition, in the order that measure.Values has.
func (c *cluster) prepared(ctx context.Context, d data, records int) (string, error) {
	if have, ok := c.ready[d]; ok && have.records >= records {
		return have.topic, nil
	}
	topic, err := c.create(ctx, d.partitions)
	if err != nil {
		return "", err
	}
	c.ready[d] = ready{topic, records}
	each := (records + d.partitions - 1) / d.partitions
	return topic, c.fill(topic, d, each)
}

// fill writes each values to each partition.
func (c *cluster) fill(topic string, d data, each int) error {
	leaders, err := wire.Leaders(c.broker, topic)
	if err != nil {
		return err
	}
	batches, err := encode(d, each)
	if err != nil {
		return err
	}
	conns := map[string]*wire.Conn{}
	for partition, leader := range leaders {
		conn := conns[leader]
		if conn == nil {
			if conn, err = wire.Dial(leader); err != nil {
				return err
			}
			defer conn.Close()
			conns[leader] = conn
		}
		for _, records := range batches {
			request := wire.NewProduceRequest(topic, -1, []wire.Batch{{Partition: partition, Records: records}})
			if err := conn.Send(request); err != nil {
				return err
			}
			if err := conn.Acknowledged(request); err != nil {
				return err
			}
		}
	}
	return nil
}

// encode returns batches with so many values. Those that are alike are encoded once.
func encode(d data, each int) ([][]byte, error) {
	values := measure.Values(d.size)
	size := encodedBytes / d.size
	for len(values)%size != 0 {
		size++ // so that batches come round
	}
	known := map[[2]int][]byte{}
	var batches [][]byte
	for first := 0; first < each; first += size {
		key := [2]int{first % len(values), min(size, each-first, len(values)-first%len(values))}
		if known[key] == nil {
			records, err := wire.AppendBatch(nil, d.codec, values[key[0]:key[0]+key[1]])
			if err != nil {
				return nil, err
			}
			known[key] = records
		}
		batches = append(batches, known[key])
	}
	return batches, nil
}

// forget deletes the prepared topics that none of the rows reads.
func (c *cluster) forget(ctx context.Context, rows []row) error {
	for d, have := range c.ready {
		needed := false
		for _, r := range rows {
			needed = needed || r.reads() && r.data() == d
		}
		if needed {
			continue
		}
		delete(c.ready, d)
		if err := c.remove(ctx, have.topic); err != nil {
			return err
		}
	}
	return nil
}

func (r row) reads() bool { return r.command == "consume" || r.command == "idle" }

func (r row) data() data { return data{r.work.Size, r.work.Partitions, r.work.Codec} }

var errTooFew = errors.New("records are missing")

// verify reads all of a topic and returns what is wrong with what a producer has left there. With countOnly, w.Records of any content are right.
func (c *cluster) verify(ctx context.Context, topic string, w measure.Work, countOnly bool) error {
	want, sum := w.Written()
	if countOnly {
		want = w.Records
	}
	have := 0
	if err := until(ctx, func() error { // without acknowledgements, the last may be on their way
		var err error
		if have, err = c.end(ctx, topic, numbers(w.Partitions)); err == nil && have < want {
			err = errTooFew
		}
		return err
	}); err != nil && !errors.Is(err, errTooFew) {
		return err
	}
	if have != want {
		return fmt.Errorf("%d records are in the topic, not %d", have, want)
	}
	if countOnly {
		return nil
	}
	leaders, err := wire.Leaders(c.broker, topic)
	if err != nil {
		return err
	}
	led := map[string][]int{}
	for partition, leader := range leaders {
		led[leader] = append(led[leader], partition)
	}
	tally := measure.NewTally(w.Partitions, w.Size)
	for leader, list := range led {
		if err := c.readAll(ctx, leader, topic, list, tally); err != nil {
			return err
		}
	}
	if tally.Records != want || tally.Total() != sum {
		return fmt.Errorf("read back %d records with checksum %x, not %d with %x", tally.Records, tally.Total(), want, sum)
	}
	return nil
}

// readAll reads the partitions of one leader to their ends.
func (c *cluster) readAll(ctx context.Context, leader, topic string, list []int, tally *measure.Tally) error {
	count, err := c.end(ctx, topic, list)
	if err != nil {
		return err
	}
	fetcher, err := wire.NewFetcher(leader, topic, list, fetchBytes, fetchBytes)
	if err != nil {
		return err
	}
	defer fetcher.Close()
	for goal := tally.Records + count; tally.Records < goal; {
		if err := errors.Join(fetcher.Next(tally.See), tally.Err()); err != nil {
			return err
		}
	}
	return nil
}
