package incrementalalterconfigs_test

import (
	"errors"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/incrementalalterconfigs"
	"github.com/stretchr/testify/require"
)

func resource(kind int8, name string) incrementalalterconfigs.RequestResource {
	return incrementalalterconfigs.RequestResource{ResourceType: kind, ResourceName: name}
}

func TestResourcesOfABrokerGoThere(t *testing.T) {
	cluster := protocol.Cluster{Controller: 1, Brokers: map[int32]protocol.Broker{1: {ID: 1}, 2: {ID: 2}, 3: {ID: 3}}}
	topic, all, odd := resource(2, "2"), resource(4, ""), resource(4, "x")
	two, three, logger := resource(4, "2"), resource(4, "3"), resource(8, "2")
	req := &incrementalalterconfigs.Request{Resources: []incrementalalterconfigs.RequestResource{two, topic, three, all, logger, odd}, ValidateOnly: true}
	_, err := req.Broker(cluster)
	require.ErrorContains(t, err, "mismatching brokers")

	messages, merger, err := req.Split(cluster)
	require.NoError(t, err)
	require.Equal(t, []protocol.Message{
		&incrementalalterconfigs.Request{Resources: []incrementalalterconfigs.RequestResource{two, logger}, ValidateOnly: true},
		&incrementalalterconfigs.Request{Resources: []incrementalalterconfigs.RequestResource{topic, all, odd}, ValidateOnly: true},
		&incrementalalterconfigs.Request{Resources: []incrementalalterconfigs.RequestResource{three}, ValidateOnly: true},
	}, messages)
	for i, id := range []int32{2, 1, 3} {
		broker, err := messages[i].(protocol.BrokerMessage).Broker(cluster)
		require.NoError(t, err)
		require.Equal(t, id, broker.ID)
	}
	_, err = messages[2].(protocol.BrokerMessage).Broker(protocol.Cluster{})
	require.ErrorContains(t, err, "broker 3")

	lost := errors.New("connection lost")
	merged, err := merger.Merge(messages, []any{
		&incrementalalterconfigs.Response{ThrottleTimeMs: 1, Responses: []incrementalalterconfigs.ResponseAlterResponse{{ResourceType: 4, ResourceName: "2"}}},
		&incrementalalterconfigs.Response{ThrottleTimeMs: 5, Responses: []incrementalalterconfigs.ResponseAlterResponse{{ResourceType: 2, ResourceName: "2", ErrorCode: 3}}},
		lost,
	})
	require.NoError(t, err)
	require.Equal(t, &incrementalalterconfigs.Response{ThrottleTimeMs: 5, Responses: []incrementalalterconfigs.ResponseAlterResponse{
		{ResourceType: 4, ResourceName: "2"},
		{ResourceType: 2, ResourceName: "2", ErrorCode: 3},
		{ResourceType: 4, ResourceName: "3", ErrorCode: 13, Err: lost},
	}}, merged)

	_, err = merger.Merge(messages, []any{lost, lost, lost})
	require.Equal(t, lost, err)
}

func TestNoResources(t *testing.T) {
	req := &incrementalalterconfigs.Request{}
	messages, merger, err := req.Split(protocol.Cluster{})
	require.NoError(t, err)
	require.Equal(t, []protocol.Message{req}, messages, "so that a broker is asked")
	broker, err := req.Broker(protocol.Cluster{Controller: -1})
	require.NoError(t, err)
	require.EqualValues(t, -1, broker.ID, "any broker")
	merged, err := merger.Merge(messages, []any{&incrementalalterconfigs.Response{}})
	require.NoError(t, err)
	require.Equal(t, &incrementalalterconfigs.Response{}, merged)
}
