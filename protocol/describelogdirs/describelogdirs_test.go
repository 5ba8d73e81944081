package describelogdirs_test

import (
	"errors"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/describelogdirs"
	"github.com/stretchr/testify/require"
)

func TestEveryBrokerIsAsked(t *testing.T) {
	cluster := protocol.Cluster{Brokers: map[int32]protocol.Broker{3: {ID: 3}, 0: {ID: 0}, 1: {ID: 1}}}
	req := &describelogdirs.Request{Topics: []describelogdirs.RequestTopic{{Topic: "t"}}}
	broker, err := req.Broker(cluster)
	require.NoError(t, err)
	require.EqualValues(t, -1, broker.ID, "any broker")

	messages, merger, err := req.Split(cluster)
	require.NoError(t, err)
	require.Len(t, messages, 3)
	for i, id := range []int32{0, 1, 3} {
		require.Equal(t, &describelogdirs.Request{BrokerIDs: []int32{id}, Topics: []describelogdirs.RequestTopic{{Topic: "t"}}}, messages[i])
		broker, err := messages[i].(protocol.BrokerMessage).Broker(cluster)
		require.NoError(t, err)
		require.Equal(t, id, broker.ID)
	}
	_, err = messages[2].(protocol.BrokerMessage).Broker(protocol.Cluster{})
	require.ErrorContains(t, err, "broker 3")

	lost := errors.New("connection lost")
	merged, err := merger.Merge(messages, []any{
		&describelogdirs.Response{ThrottleTimeMs: 1, Results: []describelogdirs.ResponseResult{{LogDir: "a"}, {LogDir: "b"}}},
		lost,
		&describelogdirs.Response{ThrottleTimeMs: 5, ErrorCode: 14, Results: []describelogdirs.ResponseResult{{LogDir: "c"}}},
	})
	require.NoError(t, err)
	require.Equal(t, &describelogdirs.Response{
		ThrottleTimeMs: 5,
		ErrorCode:      13,
		Results:        []describelogdirs.ResponseResult{{LogDir: "a"}, {LogDir: "b"}, {LogDir: "c", BrokerID: 3}},
		BrokerErrors:   []describelogdirs.ResponseBrokerError{{BrokerID: 1, ErrorCode: 13, Err: lost}, {BrokerID: 3, ErrorCode: 14}},
	}, merged)

	_, err = merger.Merge(messages, []any{lost, lost, lost})
	require.Equal(t, lost, err)
}

func TestOnlyBrokersThatAreNamedAreAsked(t *testing.T) {
	cluster := protocol.Cluster{Brokers: map[int32]protocol.Broker{3: {ID: 3}, 0: {ID: 0}, 1: {ID: 1}}}
	messages, _, err := (&describelogdirs.Request{BrokerIDs: []int32{3, 0}}).Split(cluster)
	require.NoError(t, err)
	require.Equal(t, []protocol.Message{&describelogdirs.Request{BrokerIDs: []int32{3}}, &describelogdirs.Request{BrokerIDs: []int32{0}}}, messages)
}
