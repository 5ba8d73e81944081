package kafka

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
)

// matrixGroup has members come and go: what they read, commit, and find again. Each
// version of Kafka gets the requests that it knows.
func matrixGroup(t *testing.T, k *testkafka.Cluster) {
	for _, balancer := range []GroupBalancer{RangeGroupBalancer{}, RoundRobinGroupBalancer{}, RackAffinityGroupBalancer{}} {
		t.Run(balancer.ProtocolName(), func(t *testing.T) {
			topic, group := kafkaTopic(t, k, 4), newTopicName()
			with := func(c *ConsumerGroupConfig) { c.GroupBalancers = []GroupBalancer{balancer} }
			a := watchMember(kafkaMember(t, k, group, topic, with), 21)
			waitUntil(t, func() bool { return len(a.partitions(topic)) == 4 })
			for _, p := range a.current.Load().Assignments[topic] {
				require.Equal(t, FirstOffset, p.Offset)
			}

			b := watchMember(kafkaMember(t, k, group, topic, with), 42)
			waitUntil(t, func() bool { return len(a.partitions(topic)) == 2 && len(b.partitions(topic)) == 2 })
			for _, p := range b.current.Load().Assignments[topic] {
				require.EqualValues(t, 21, p.Offset, "what was committed last by a")
			}

			// A member that leaves is not waited for.
			start := time.Now()
			require.NoError(t, b.group.Close())
			waitUntil(t, func() bool { return len(a.partitions(topic)) == 4 })
			require.Less(t, time.Since(start), 10*time.Second, "the session takes longer")
			offsets := map[int64]int{}
			for _, p := range a.current.Load().Assignments[topic] {
				offsets[p.Offset]++
			}
			require.Equal(t, map[int64]int{21: 2, 42: 2}, offsets)
			a.requireNoError(t)
			b.requireNoError(t)

			// Another start finds the offsets too, or begins at the end.
			require.NoError(t, a.group.Close())
			g, err := kafkaMember(t, k, group, topic, with).Next(patient(t))
			require.NoError(t, err)
			require.EqualValues(t, 21, g.Assignments[topic][0].Offset)
			last := func(c *ConsumerGroupConfig) { c.StartOffset = LastOffset }
			g, err = kafkaMember(t, k, newTopicName(), topic, last).Next(patient(t))
			require.NoError(t, err)
			require.Equal(t, LastOffset, g.Assignments[topic][3].Offset)
		})
	}
	t.Run("retention time", func(t *testing.T) {
		topic := kafkaTopic(t, k, 1)
		cg := kafkaMember(t, k, newTopicName(), topic, func(c *ConsumerGroupConfig) { c.RetentionTime = time.Hour })
		g, err := cg.Next(patient(t))
		require.NoError(t, err)
		require.NoError(t, g.CommitOffsets(offsetsOfAll(g, 5)))
	})
}
