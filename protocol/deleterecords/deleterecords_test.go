package deleterecords_test

import (
	"errors"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/deleterecords"
	"github.com/stretchr/testify/require"
)

var cluster = protocol.Cluster{
	Brokers: map[int32]protocol.Broker{1: {ID: 1}, 2: {ID: 2}},
	Topics: map[string]protocol.Topic{
		"a": {Name: "a", Partitions: map[int32]protocol.Partition{0: {ID: 0, Leader: 1}, 1: {ID: 1, Leader: 2}, 2: {ID: 2, Leader: 1}, 3: {ID: 3, Leader: -1}}},
		"b": {Name: "b", Partitions: map[int32]protocol.Partition{0: {ID: 0, Leader: 2}}},
	},
}

func topic(name string, partitions ...int32) deleterecords.RequestTopic {
	t := deleterecords.RequestTopic{Name: name}
	for _, id := range partitions {
		t.Partitions = append(t.Partitions, deleterecords.RequestPartition{PartitionIndex: id, Offset: 7 + int64(id)})
	}
	return t
}

func TestEveryLeaderIsAsked(t *testing.T) {
	req := &deleterecords.Request{Topics: []deleterecords.RequestTopic{topic("a", 0, 1, 2, 3), topic("b", 0), topic("c", 0)}, TimeoutMs: 9}
	_, err := req.Broker(cluster)
	require.ErrorContains(t, err, "mismatching leaders")

	messages, merger, err := req.Split(cluster)
	require.NoError(t, err)
	require.Equal(t, []protocol.Message{
		&deleterecords.Request{Topics: []deleterecords.RequestTopic{topic("a", 0, 2)}, TimeoutMs: 9},
		&deleterecords.Request{Topics: []deleterecords.RequestTopic{topic("a", 1), topic("b", 0)}, TimeoutMs: 9},
		&deleterecords.Request{Topics: []deleterecords.RequestTopic{topic("a", 3)}, TimeoutMs: 9},
		&deleterecords.Request{Topics: []deleterecords.RequestTopic{topic("c", 0)}, TimeoutMs: 9},
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
		&deleterecords.Response{ThrottleTimeMs: 3, Topics: []deleterecords.ResponseTopic{{Name: "a", Partitions: []deleterecords.ResponsePartition{{PartitionIndex: 2}}}}},
		lost, routeErrors[2], routeErrors[3],
	})
	require.NoError(t, err)
	require.Equal(t, &deleterecords.Response{ThrottleTimeMs: 3, Topics: []deleterecords.ResponseTopic{
		{Name: "a", Partitions: []deleterecords.ResponsePartition{
			{PartitionIndex: 2},
			{PartitionIndex: 1, ErrorCode: 13, LowWatermark: -1, Err: lost},
			{PartitionIndex: 3, ErrorCode: 5, LowWatermark: -1, Err: routeErrors[2].(error)},
		}},
		{Name: "b", Partitions: []deleterecords.ResponsePartition{{PartitionIndex: 0, ErrorCode: 13, LowWatermark: -1, Err: lost}}},
		{Name: "c", Partitions: []deleterecords.ResponsePartition{{PartitionIndex: 0, ErrorCode: 3, LowWatermark: -1, Err: routeErrors[3].(error)}}},
	}}, merged)

	_, err = merger.Merge(messages, []any{lost, lost, routeErrors[2], routeErrors[3]})
	require.Equal(t, lost, err)
}

func TestBrokerWait(t *testing.T) {
	var req protocol.WaitingMessage = &deleterecords.Request{TimeoutMs: 1500}
	require.Equal(t, 1500*time.Millisecond, req.BrokerWait())
}
