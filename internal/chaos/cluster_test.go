package chaos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/internal/chaos"
	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/protocol/createtopics"
)

const (
	nodes      = 3
	partitions = 6 // of a topic that is written to by many Writers
	patience   = 90 * time.Second
)

// racks of the nodes.
var racks = []string{"rack-1", "rack-2", "rack-3"}

// site is a cluster of three nodes, and a net before it.
type site struct {
	*testkafka.Cluster
	t      *testing.T
	net    *chaos.Net
	topics map[string]int // partitions of those that were created
}

func newSite(t *testing.T) *site {
	t.Helper()
	k := testkafka.Start(t, testkafka.Config{Nodes: nodes, Racks: racks, Properties: map[string]string{
		"unclean.leader.election.enable":          "false",
		"leader.imbalance.check.interval.seconds": "10", // restarted nodes get their partitions back
		"leader.imbalance.per.broker.percentage":  "0",
	}})
	n, err := chaos.New(k.Brokers())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	return &site{k, t, n, make(map[string]int)}
}

// transport returns one that goes through the net.
func (s *site) transport() *kafka.Transport {
	tr := &kafka.Transport{Dial: s.net.Dial}
	s.t.Cleanup(tr.CloseIdleConnections)
	return tr
}

func (s *site) context() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	s.t.Cleanup(cancel)
	return ctx
}

func (s *site) createTopic(name string, partitions, replicas int) {
	s.t.Helper()
	s.topics[name] = partitions
	tr := new(kafka.Transport)
	defer tr.CloseIdleConnections()
	res, err := tr.RoundTrip(s.context(), kafka.TCP(s.Brokers()...), &createtopics.Request{
		Topics: []createtopics.RequestTopic{{
			Name: name, NumPartitions: int32(partitions), ReplicationFactor: int16(replicas),
			Configs: []createtopics.RequestConfig{{Name: "min.insync.replicas", Value: strconv.Itoa(min(replicas, 2))}},
		}},
		TimeoutMs: 30_000,
	})
	require.NoError(s.t, err)
	topic := res.(*createtopics.Response).Topics[0]
	require.Zero(s.t, topic.ErrorCode, topic.ErrorMessage)
}

// partitions asks any node that answers.
func (s *site) partitions(topics ...string) (list []kafka.Partition, err error) {
	for _, addr := range s.Brokers() {
		if list, err = s.partitionsAt(addr, topics...); err == nil {
			return list, nil
		}
	}
	return nil, err
}

func (s *site) partitionsAt(addr string, topics ...string) ([]kafka.Partition, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	conn, err := kafka.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return nil, err
	}
	return conn.ReadPartitions(topics...)
}

// awaitWhole returns when all replicas of all partitions are in sync.
func (s *site) awaitWhole(topics ...string) {
	s.t.Helper()
	s.await("all replicas are in sync", func() error {
		list, err := s.partitions(topics...)
		if err != nil {
			return err
		}
		want := 0
		for _, topic := range topics {
			want += s.topics[topic]
		}
		if len(list) != want {
			return fmt.Errorf("%d partitions, not %d", len(list), want)
		}
		for _, p := range list {
			if len(p.Isr) != len(p.Replicas) || p.Leader.Host == "" {
				return fmt.Errorf("%s-%d: leader %d, in sync %d", p.Topic, p.ID, p.Leader.ID, len(p.Isr))
			}
		}
		return nil
	})
}

func (s *site) await(what string, check func() error) {
	s.t.Helper()
	ctx := s.context()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.t.Errorf("waiting until %s: %v", what, err)
			return
		}
	}
}

// leader returns the node that leads a partition which r chooses.
func (s *site) leader(r *rand.Rand, topic string) int {
	s.t.Helper()
	id := 0
	s.await("a partition has a leader", func() error {
		list, err := s.partitions(topic)
		if err != nil {
			return err
		}
		if id = list[r.IntN(len(list))].Leader.ID; id == 0 {
			return fmt.Errorf("no leader")
		}
		return nil
	})
	return id
}

// read returns a partition's messages, read without the net. Leaders may move
// meanwhile: nodes that were restarted get their partitions back.
func (s *site) read(topic string, partition int, each func(kafka.Message)) {
	s.t.Helper()
	next := int64(0)
	s.await(fmt.Sprintf("%s-%d is read", topic, partition), func() error { return s.readOn(topic, partition, &next, each) })
}

// readOn reads a partition from *next to its end. It moves *next.
func (s *site) readOn(topic string, partition int, next *int64, each func(kafka.Message)) error {
	conn, err := kafka.DialLeader(s.context(), "tcp", s.Brokers()[0], topic, partition)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, last, err := conn.ReadOffsets()
	if err != nil {
		return err
	}
	if _, err := conn.Seek(*next, kafka.SeekAbsolute); err != nil {
		return err
	}
	for *next < last {
		batch := conn.ReadBatch(1, 10<<20)
		for {
			m, err := batch.ReadMessage()
			if err != nil {
				break
			}
			each(m)
			*next = m.Offset + 1
		}
		at := batch.Offset() // past what holds no messages
		if err := batch.Close(); err != nil {
			return err
		}
		*next = max(*next, at)
	}
	return nil
}

// pause returns false if ctx ends before.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// upTo chooses a time below d.
func upTo(r *rand.Rand, d time.Duration) time.Duration { return time.Duration(r.Int64N(int64(d))) }

// awaitLeader returns when a node leads a third of the partitions of a topic.
func (s *site) awaitLeader(id int, topic string) { s.awaitLed(id, topic, partitions/nodes) }

// awaitNoLeader returns when a node leads nothing of a topic.
func (s *site) awaitNoLeader(id int, topic string) { s.awaitLed(id, topic, 0) }

func (s *site) awaitLed(id int, topic string, want int) {
	s.t.Helper()
	s.await(fmt.Sprintf("node %d leads %d partitions", id, want), func() error {
		list, err := s.partitions(topic)
		if err != nil {
			return err
		}
		led := 0
		for _, p := range list {
			if p.Leader.ID == id {
				led++
			}
		}
		if led != want {
			return fmt.Errorf("it leads %d", led)
		}
		return nil
	})
}
