package kafka

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/protocol/createpartitions"
	"github.com/segmentio/kafka-go/sasl/plain"
)

// kafkaTopic creates a topic with some partitions.
func kafkaTopic(t testing.TB, k *testkafka.Cluster, partitions int) string {
	t.Helper()
	topic := newTopicName()
	createTopic(t, k, topic, partitions)
	return topic
}

func createTopic(t testing.TB, k *testkafka.Cluster, topic string, partitions int) {
	t.Helper()
	admin := dialController(t, k)
	replicas := min(len(k.Brokers()), 3)
	require.NoError(t, admin.CreateTopics(TopicConfig{Topic: topic, NumPartitions: partitions, ReplicationFactor: replicas}))
	t.Cleanup(func() { dialController(t, k).DeleteTopics(topic) })
}

// kafkaMember makes a member of a group, which is closed with the test.
func kafkaMember(t testing.TB, k *testkafka.Cluster, group, topic string, change func(*ConsumerGroupConfig)) *ConsumerGroup {
	t.Helper()
	config := ConsumerGroupConfig{
		ID: group, Brokers: k.Brokers(), Topics: []string{topic}, HeartbeatInterval: 200 * time.Millisecond, SessionTimeout: 20 * time.Second,
	}
	if change != nil {
		change(&config)
	}
	cg, err := NewConsumerGroup(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cg.Close()) })
	return cg
}

// member follows the generations of a member: what it has at last.
type memberView struct {
	group   *ConsumerGroup
	current atomic.Pointer[Generation]
	changes atomic.Int32
	err     atomic.Pointer[error]
}

// watchMember takes generations as they come, until the group is closed. When one
// ends, it commits last for all of its partitions, unless that is 0.
func watchMember(cg *ConsumerGroup, last int64) *memberView {
	v := &memberView{group: cg}
	go func() {
		for {
			g, err := cg.Next(context.Background())
			if err == ErrGroupClosed {
				return
			}
			if err != nil {
				v.err.Store(&err)
				continue
			}
			v.changes.Add(1)
			v.current.Store(g)
			g.Start(func(ctx context.Context) {
				<-ctx.Done()
				if last == 0 || g.lost() {
					return
				}
				if err := g.CommitOffsets(offsetsOfAll(g, last)); err != nil {
					v.err.Store(&err)
				}
			})
		}
	}()
	return v
}

func offsetsOfAll(g *Generation, offset int64) map[string]map[int]int64 {
	offsets := make(map[string]map[int]int64)
	for topic, list := range g.Assignments {
		offsets[topic] = make(map[int]int64)
		for _, a := range list {
			offsets[topic][a.ID] = offset
		}
	}
	return offsets
}

func (v *memberView) partitions(topic string) []int {
	g := v.current.Load()
	if g == nil || g.ctx.Err() != nil {
		return nil
	}
	return partitionsOf(g, topic)
}

func (v *memberView) requireNoError(t testing.TB) {
	t.Helper()
	if err := v.err.Load(); err != nil {
		require.NoError(t, *err)
	}
}

func TestKafkaGroup(t *testing.T) { matrixGroup(t, testkafka.Shared(t)) }

func TestKafkaNextGeneration(t *testing.T) {
	k := testkafka.Shared(t)
	topic := kafkaTopic(t, k, 1)
	cg := kafkaMember(t, k, newTopicName(), topic, nil)
	first, err := cg.Next(patient(t))
	require.NoError(t, err)
	first.Start(func(context.Context) {})
	second, err := cg.Next(patient(t))
	require.NoError(t, err)
	require.Equal(t, first.MemberID, second.MemberID)
	require.NotEqual(t, first.ID, second.ID)
	require.NoError(t, cg.Close())
	ran := make(chan bool)
	second.Start(func(context.Context) { ran <- true })
	require.True(t, <-ran)
}

// Issue 410: in a rolling deploy the offsets are there before the partitions move.
func TestIssue410_OffsetsOfARollingDeploy(t *testing.T) {
	k := testkafka.Shared(t)
	topic, group := kafkaTopic(t, k, 4), newTopicName()
	a, b := watchMember(kafkaMember(t, k, group, topic, nil), 1), watchMember(kafkaMember(t, k, group, topic, nil), 1)
	for round := int64(2); round < 5; round++ {
		waitUntil(t, func() bool { return len(a.partitions(topic)) == 2 && len(b.partitions(topic)) == 2 })
		require.NoError(t, a.group.Close())
		a, b = b, watchMember(kafkaMember(t, k, group, topic, nil), round)
		waitUntil(t, func() bool { return len(a.partitions(topic)) == 2 && len(b.partitions(topic)) == 2 })
		for _, p := range append(a.current.Load().Assignments[topic], b.current.Load().Assignments[topic]...) {
			require.Positive(t, p.Offset, "each partition had been given up with a commit")
		}
	}
	a.requireNoError(t)
	b.requireNoError(t)
}

// Issue 646: partitions that are added are read, whatever WatchPartitionChanges says,
// and whoever leads.
func TestIssue646_PartitionsAreAdded(t *testing.T) {
	k := testkafka.Shared(t)
	topic, group := kafkaTopic(t, k, 2), newTopicName()
	a, b := watchMember(kafkaMember(t, k, group, topic, nil), 0), watchMember(kafkaMember(t, k, group, topic, nil), 0)
	waitUntil(t, func() bool { return len(a.partitions(topic)) == 1 && len(b.partitions(topic)) == 1 })
	joins := a.changes.Load()
	_, err := a.group.cluster.roundTrip(patient(t), &createpartitions.Request{
		Topics: []createpartitions.RequestTopic{{Name: topic, Count: 4}}, TimeoutMs: 10_000,
	})
	require.NoError(t, err)
	waitUntil(t, func() bool { return len(a.partitions(topic)) == 2 && len(b.partitions(topic)) == 2 })
	require.Equal(t, joins+1, a.changes.Load(), "one rebalance")
}

// Issues 800 and 1314: a group is there before its topic, on brokers that create none.
func TestIssue800_KafkaTopicThatComesLater(t *testing.T) {
	k := testkafka.Start(t, testkafka.Config{Properties: map[string]string{"auto.create.topics.enable": "false"}})
	there, late := kafkaTopic(t, k, 2), newTopicName()
	v := watchMember(kafkaMember(t, k, newTopicName(), there, func(c *ConsumerGroupConfig) { c.Topics = []string{late, there} }), 0)
	waitUntil(t, func() bool { return len(v.partitions(there)) == 2 })
	require.Empty(t, v.partitions(late), "trap 17")
	createTopic(t, k, late, 3)
	waitUntil(t, func() bool { return len(v.partitions(late)) == 3 })
	require.Len(t, v.partitions(there), 2)
	require.EqualValues(t, 2, v.changes.Load())
	v.requireNoError(t)
}

// Issue 939: a static member that starts again gets its partitions, and nobody else
// notices.
func TestIssue939_KafkaStaticMembers(t *testing.T) {
	k := testkafka.Shared(t)
	topic, group := kafkaTopic(t, k, 4), newTopicName()
	static := func(name string) *memberView {
		return watchMember(kafkaMember(t, k, group, topic, func(c *ConsumerGroupConfig) { c.GroupInstanceID = name }), 0)
	}
	a, b := static("a"), static("b")
	waitUntil(t, func() bool { return len(a.partitions(topic)) == 2 && len(b.partitions(topic)) == 2 })
	for _, name := range []string{"b", "a", "b"} { // one of them leads
		old, other := b, a
		if name == "a" {
			old, other = a, b
		}
		had, changes := old.partitions(topic), other.changes.Load()
		require.NoError(t, old.group.Close())
		again := static(name)
		waitUntil(t, func() bool { return len(again.partitions(topic)) == 2 })
		require.Equal(t, had, again.partitions(topic))
		require.Equal(t, changes, other.changes.Load())
		a, b = again, other
		if name == "b" {
			a, b = other, again
		}
	}
	a.requireNoError(t)
	b.requireNoError(t)

	twin, err := kafkaMember(t, k, group, topic, func(c *ConsumerGroupConfig) { c.GroupInstanceID = "a" }).Next(patient(t))
	require.NoError(t, err, "the last one to come has the name")
	waitUntil(t, func() bool { return a.err.Load() != nil })
	require.ErrorIs(t, *a.err.Load(), FencedInstanceID)
	require.Len(t, twin.Assignments[topic], 2)
}

func TestKafkaGroupWithoutPermission(t *testing.T) {
	k := testkafka.Start(t, testkafka.Config{Listeners: []testkafka.Security{testkafka.SASLPlaintext}, Authorizer: true})
	topic := kafkaTopic(t, k, 1)
	cg := kafkaMember(t, k, "secret", topic, func(c *ConsumerGroupConfig) {
		c.Brokers = []string{k.Addr(testkafka.SASLPlaintext, 1)}
		c.Dialer = &Dialer{Timeout: 10 * time.Second, SASLMechanism: plain.Mechanism{Username: "alice", Password: "alice-secret"}}
		c.JoinGroupBackoff = 100 * time.Millisecond
	})
	for range 2 {
		_, err := cg.Next(patient(t))
		require.ErrorIs(t, err, GroupAuthorizationFailed)
		require.ErrorContains(t, err, `group "secret"`)
	}
	wrong := kafkaMember(t, k, "secret", topic, func(c *ConsumerGroupConfig) {
		c.Brokers = []string{k.Addr(testkafka.SASLPlaintext, 1)}
		c.Dialer = &Dialer{Timeout: 10 * time.Second, SASLMechanism: plain.Mechanism{Username: "alice", Password: "wrong"}}
	})
	_, err := wrong.Next(patient(t))
	require.ErrorIs(t, err, SASLAuthenticationFailed)
}

// Issue 1079 and others: a generation outlives its coordinator, and commits with the
// next one.
func TestIssue1079_KafkaCoordinatorMoves(t *testing.T) {
	k := testkafka.Start(t, testkafka.Config{Nodes: 3})
	topic, group := kafkaTopic(t, k, 6), newTopicName()
	a, b := watchMember(kafkaMember(t, k, group, topic, nil), 0), watchMember(kafkaMember(t, k, group, topic, nil), 0)
	settled := func() bool { return len(a.partitions(topic)) == 3 && len(b.partitions(topic)) == 3 }
	waitUntil(t, settled)
	coordinator := func() int {
		b, err := a.group.cluster.coordinator(patient(t), coordinatorKey{groupCoordinator, group})
		require.NoError(t, err)
		return b.describe().ID
	}
	for round, stop := range []func(int){k.Kill, k.Stop, k.Kill} {
		g, id := a.current.Load(), coordinator()
		stop(id)
		require.NoError(t, g.CommitOffsets(offsetsOfAll(g, int64(round)+10)), "within the generation")
		require.NotEqual(t, id, coordinator())
		k.Restart(id)
		waitUntil(t, settled)
		require.Same(t, g, a.current.Load())
	}
	a.requireNoError(t)
	b.requireNoError(t)
	require.NoError(t, a.group.Close())
	waitUntil(t, func() bool { return len(b.partitions(topic)) == 6 })
	committed := 0
	for _, p := range b.current.Load().Assignments[topic] {
		if p.Offset == 12 {
			committed++
		}
	}
	require.Equal(t, 3, committed)
}

// A broker that is frozen for less than the session ends nothing. Close is bounded
// while it is.
func TestKafkaGroupOnAFrozenBroker(t *testing.T) {
	k := testkafka.Start(t, testkafka.Config{})
	topic := kafkaTopic(t, k, 1)
	cg := kafkaMember(t, k, newTopicName(), topic, nil)
	g, err := cg.Next(patient(t))
	require.NoError(t, err)
	k.Freeze(1)
	time.AfterFunc(8*time.Second, func() { k.Thaw(1) })
	require.NoError(t, g.CommitOffsets(offsetsOfAll(g, 3)))
	require.NoError(t, g.cause())
	k.Freeze(1)
	defer k.Thaw(1)
	start := time.Now()
	require.NoError(t, cg.Close())
	require.Less(t, time.Since(start), leaveTimeout+2*time.Second)
}
