package protocol_test

import (
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/stretchr/testify/require"
)

func TestClusterLeader(t *testing.T) {
	cluster := protocol.Cluster{
		Brokers: map[int32]protocol.Broker{1: {ID: 1, Host: "a"}},
		Topics: map[string]protocol.Topic{"t": {Name: "t", Partitions: map[int32]protocol.Partition{
			0: {ID: 0, Leader: 1},
			1: {ID: 1, Leader: -1},
			2: {ID: 2, Leader: 7},
		}}},
	}
	broker, err := cluster.Leader("t", 0)
	require.NoError(t, err)
	require.Equal(t, protocol.Broker{ID: 1, Host: "a"}, broker)

	_, err = cluster.Leader("missing", 0)
	var topic *protocol.TopicError
	require.ErrorAs(t, err, &topic)
	require.Equal(t, "missing", topic.Topic)
	require.ErrorIs(t, err, protocol.ErrNoTopic)

	for partition, cause := range map[int32]error{1: protocol.ErrNoLeader, 2: protocol.ErrNoLeader, 3: protocol.ErrNoPartition} {
		_, err = cluster.Leader("t", partition)
		var at *protocol.TopicPartitionError
		require.ErrorAs(t, err, &at)
		require.Equal(t, "t", at.Topic)
		require.Equal(t, partition, at.Partition)
		require.ErrorIs(t, err, cause)
	}
}
