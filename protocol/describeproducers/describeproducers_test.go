package describeproducers_test

import (
	"errors"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/describeproducers"
	"github.com/stretchr/testify/require"
)

var cluster = protocol.Cluster{
	Brokers: map[int32]protocol.Broker{1: {ID: 1}, 2: {ID: 2}},
	Topics: map[string]protocol.Topic{
		"a": {Name: "a", Partitions: map[int32]protocol.Partition{0: {ID: 0, Leader: 1}, 1: {ID: 1, Leader: 2}, 2: {ID: 2, Leader: 1}, 3: {ID: 3, Leader: -1}}},
		"b": {Name: "b", Partitions: map[int32]protocol.Partition{0: {ID: 0, Leader: 2}}},
	},
}

func topic(name string, partitions ...int32) describeproducers.RequestTopic {
	t := describeproducers.RequestTopic{Name: name}
	t.PartitionIndexes = append(t.PartitionIndexes, partitions...)
	return t
}

func TestEveryLeaderIsAsked(t *testing.T) {
	req := &describeproducers.Request{Topics: []describeproducers.RequestTopic{topic("a", 0, 1, 2, 3), topic("b", 0), topic("c", 0)}}
	_, err := req.Broker(cluster)
	require.ErrorContains(t, err, "mismatching leaders")

	messages, merger, err := req.Split(cluster)
	require.NoError(t, err)
	require.Equal(t, []protocol.Message{
		&describeproducers.Request{Topics: []describeproducers.RequestTopic{topic("a", 0, 2)}},
		&describeproducers.Request{Topics: []describeproducers.RequestTopic{topic("a", 1), topic("b", 0)}},
		&describeproducers.Request{Topics: []describeproducers.RequestTopic{topic("a", 3)}},
		&describeproducers.Request{Topics: []describeproducers.RequestTopic{topic("c", 0)}},
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
		&describeproducers.Response{ThrottleTimeMs: 3, Topics: []describeproducers.ResponseTopic{{Name: "a", Partitions: []describeproducers.ResponsePartition{{PartitionIndex: 2}}}}},
		lost, routeErrors[2], routeErrors[3],
	})
	require.NoError(t, err)
	require.Equal(t, &describeproducers.Response{ThrottleTimeMs: 3, Topics: []describeproducers.ResponseTopic{
		{Name: "a", Partitions: []describeproducers.ResponsePartition{
			{PartitionIndex: 2},
			{PartitionIndex: 1, ErrorCode: 13, Err: lost},
			{PartitionIndex: 3, ErrorCode: 5, Err: routeErrors[2].(error)},
		}},
		{Name: "b", Partitions: []describeproducers.ResponsePartition{{PartitionIndex: 0, ErrorCode: 13, Err: lost}}},
		{Name: "c", Partitions: []describeproducers.ResponsePartition{{PartitionIndex: 0, ErrorCode: 3, Err: routeErrors[3].(error)}}},
	}}, merged)

	_, err = merger.Merge(messages, []any{lost, lost, routeErrors[2], routeErrors[3]})
	require.Equal(t, lost, err)
}
