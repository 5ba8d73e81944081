package writetxnmarkers_test

import (
	"errors"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/writetxnmarkers"
	"github.com/stretchr/testify/require"
)

var cluster = protocol.Cluster{
	Brokers: map[int32]protocol.Broker{1: {ID: 1}, 2: {ID: 2}},
	Topics: map[string]protocol.Topic{
		"a": {Name: "a", Partitions: map[int32]protocol.Partition{0: {ID: 0, Leader: 1}, 1: {ID: 1, Leader: 2}, 2: {ID: 2, Leader: 1}, 3: {ID: 3, Leader: -1}}},
		"b": {Name: "b", Partitions: map[int32]protocol.Partition{0: {ID: 0, Leader: 2}}},
	},
}

func marker(producer int64, topics ...writetxnmarkers.RequestTopic) writetxnmarkers.RequestMarker {
	return writetxnmarkers.RequestMarker{ProducerID: producer, ProducerEpoch: 2, CoordinatorEpoch: 3, TransactionVersion: 1, Topics: topics}
}

func topic(name string, partitions ...int32) writetxnmarkers.RequestTopic {
	return writetxnmarkers.RequestTopic{Name: name, PartitionIndexes: partitions}
}

func TestEveryLeaderIsAsked(t *testing.T) {
	req := &writetxnmarkers.Request{Markers: []writetxnmarkers.RequestMarker{
		marker(10, topic("a", 0, 1, 2, 3), topic("b", 0)),
		marker(11, topic("a", 2)),
	}}
	_, err := req.Broker(cluster)
	require.ErrorContains(t, err, "mismatching leaders")

	messages, merger, err := req.Split(cluster)
	require.NoError(t, err)
	require.Equal(t, []protocol.Message{
		&writetxnmarkers.Request{Markers: []writetxnmarkers.RequestMarker{marker(10, topic("a", 0, 2)), marker(11, topic("a", 2))}},
		&writetxnmarkers.Request{Markers: []writetxnmarkers.RequestMarker{marker(10, topic("a", 1), topic("b", 0))}},
		&writetxnmarkers.Request{Markers: []writetxnmarkers.RequestMarker{marker(10, topic("a", 3))}},
	}, messages)
	for i, id := range []int32{1, 2} {
		broker, err := messages[i].(protocol.BrokerMessage).Broker(cluster)
		require.NoError(t, err)
		require.Equal(t, id, broker.ID)
	}
	_, noLeader := messages[2].(protocol.BrokerMessage).Broker(cluster)
	require.ErrorIs(t, noLeader, protocol.ErrNoLeader)

	lost := errors.New("connection lost")
	type (
		topics     = []writetxnmarkers.ResponseTopic
		partitions = []writetxnmarkers.ResponsePartition
	)
	merged, err := merger.Merge(messages, []any{
		&writetxnmarkers.Response{Markers: []writetxnmarkers.ResponseMarker{
			{ProducerID: 11, Topics: topics{{Name: "a", Partitions: partitions{{PartitionIndex: 2, ErrorCode: 47}}}}},
			{ProducerID: 10, Topics: topics{{Name: "a", Partitions: partitions{{PartitionIndex: 0}, {PartitionIndex: 2}}}}},
		}},
		lost, noLeader,
	})
	require.NoError(t, err)
	require.Equal(t, &writetxnmarkers.Response{Markers: []writetxnmarkers.ResponseMarker{
		{ProducerID: 11, Topics: topics{{Name: "a", Partitions: partitions{{PartitionIndex: 2, ErrorCode: 47}}}}},
		{ProducerID: 10, Topics: topics{
			{Name: "a", Partitions: partitions{
				{PartitionIndex: 0}, {PartitionIndex: 2},
				{PartitionIndex: 1, ErrorCode: 13, Err: lost},
				{PartitionIndex: 3, ErrorCode: 5, Err: noLeader},
			}},
			{Name: "b", Partitions: partitions{{PartitionIndex: 0, ErrorCode: 13, Err: lost}}},
		}},
	}}, merged)

	_, err = merger.Merge(messages, []any{lost, lost, noLeader})
	require.Equal(t, lost, err)
}
