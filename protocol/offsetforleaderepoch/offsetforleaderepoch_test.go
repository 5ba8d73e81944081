package offsetforleaderepoch_test

import (
	"errors"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/offsetforleaderepoch"
	"github.com/stretchr/testify/require"
)

var cluster = protocol.Cluster{
	Brokers: map[int32]protocol.Broker{1: {ID: 1}, 2: {ID: 2}},
	Topics: map[string]protocol.Topic{
		"a": {Name: "a", Partitions: map[int32]protocol.Partition{0: {ID: 0, Leader: 1}, 1: {ID: 1, Leader: 2}, 2: {ID: 2, Leader: 1}, 3: {ID: 3, Leader: -1}}},
		"b": {Name: "b", Partitions: map[int32]protocol.Partition{0: {ID: 0, Leader: 2}}},
	},
}

func topic(name string, partitions ...int32) offsetforleaderepoch.RequestTopic {
	t := offsetforleaderepoch.RequestTopic{Topic: name}
	for _, id := range partitions {
		t.Partitions = append(t.Partitions, offsetforleaderepoch.RequestPartition{Partition: id, CurrentLeaderEpoch: 5, LeaderEpoch: 4})
	}
	return t
}

func TestEveryLeaderIsAsked(t *testing.T) {
	req := &offsetforleaderepoch.Request{Topics: []offsetforleaderepoch.RequestTopic{topic("a", 0, 1, 2, 3), topic("b", 0), topic("c", 0)}, ReplicaID: -1}
	_, err := req.Broker(cluster)
	require.ErrorContains(t, err, "mismatching leaders")

	messages, merger, err := req.Split(cluster)
	require.NoError(t, err)
	require.Equal(t, []protocol.Message{
		&offsetforleaderepoch.Request{Topics: []offsetforleaderepoch.RequestTopic{topic("a", 0, 2)}, ReplicaID: -1},
		&offsetforleaderepoch.Request{Topics: []offsetforleaderepoch.RequestTopic{topic("a", 1), topic("b", 0)}, ReplicaID: -1},
		&offsetforleaderepoch.Request{Topics: []offsetforleaderepoch.RequestTopic{topic("a", 3)}, ReplicaID: -1},
		&offsetforleaderepoch.Request{Topics: []offsetforleaderepoch.RequestTopic{topic("c", 0)}, ReplicaID: -1},
	}, messages)
	var routeErrors []any
	for i, id := range []int32{1, 2, -1, -1} {
		broker, err := messages[i].(protocol.BrokerMessage).Broker(cluster)
		require.Equal(t, id, broker.ID)
		routeErrors = append(routeErrors, err)
	}
	require.ErrorIs(t, routeErrors[2].(error), protocol.ErrNoLeader)
	require.ErrorIs(t, routeErrors[3].(error), protocol.ErrNoTopic)

	lost := errors.New("connection lost")
	merged, err := merger.Merge(messages, []any{
		&offsetforleaderepoch.Response{ThrottleTimeMs: 3, Topics: []offsetforleaderepoch.ResponseTopic{{Topic: "a", Partitions: []offsetforleaderepoch.ResponsePartition{{Partition: 2}}}}},
		lost, routeErrors[2], routeErrors[3],
	})
	require.NoError(t, err)
	require.Equal(t, &offsetforleaderepoch.Response{ThrottleTimeMs: 3, Topics: []offsetforleaderepoch.ResponseTopic{
		{Topic: "a", Partitions: []offsetforleaderepoch.ResponsePartition{
			{Partition: 2},
			{Partition: 1, ErrorCode: 13, LeaderEpoch: -1, EndOffset: -1, Err: lost},
			{Partition: 3, ErrorCode: 5, LeaderEpoch: -1, EndOffset: -1, Err: routeErrors[2].(error)},
		}},
		{Topic: "b", Partitions: []offsetforleaderepoch.ResponsePartition{{Partition: 0, ErrorCode: 13, LeaderEpoch: -1, EndOffset: -1, Err: lost}}},
		{Topic: "c", Partitions: []offsetforleaderepoch.ResponsePartition{{Partition: 0, ErrorCode: 3, LeaderEpoch: -1, EndOffset: -1, Err: routeErrors[3].(error)}}},
	}}, merged)

	_, err = merger.Merge(messages, []any{lost, lost, routeErrors[2], routeErrors[3]})
	require.Equal(t, lost, err)
}
