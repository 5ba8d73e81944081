package listtransactions_test

import (
	"errors"
	"io"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/listtransactions"
	"github.com/stretchr/testify/require"
)

func TestEveryBrokerIsAsked(t *testing.T) {
	cluster := protocol.Cluster{Brokers: map[int32]protocol.Broker{3: {ID: 3}, 0: {ID: 0}, 1: {ID: 1}}}
	req := &listtransactions.Request{StateFilters: []string{"Ongoing"}, DurationFilter: 7}
	broker, err := req.Broker(cluster)
	require.NoError(t, err)
	require.EqualValues(t, -1, broker.ID, "any broker")

	messages, merger, err := req.Split(cluster)
	require.NoError(t, err)
	require.Len(t, messages, 3)
	for i, id := range []int32{0, 1, 3} {
		require.Equal(t, &listtransactions.Request{BrokerIDs: []int32{id}, StateFilters: []string{"Ongoing"}, DurationFilter: 7}, messages[i])
		broker, err := messages[i].(protocol.BrokerMessage).Broker(cluster)
		require.NoError(t, err)
		require.Equal(t, id, broker.ID)
	}
	_, err = messages[2].(protocol.BrokerMessage).Broker(protocol.Cluster{})
	require.ErrorContains(t, err, "broker 3")

	lost := errors.New("connection lost")
	merged, err := merger.Merge(messages, []any{
		&listtransactions.Response{ThrottleTimeMs: 1, TransactionStates: []listtransactions.ResponseTransaction{{TransactionalID: "a"}, {TransactionalID: "b"}}, UnknownStateFilters: []string{"x"}},
		lost,
		&listtransactions.Response{ThrottleTimeMs: 5, ErrorCode: 14, TransactionStates: []listtransactions.ResponseTransaction{{TransactionalID: "c"}}, UnknownStateFilters: []string{"x"}},
	})
	require.NoError(t, err)
	require.Equal(t, &listtransactions.Response{
		ThrottleTimeMs:    5,
		ErrorCode:         13,
		TransactionStates: []listtransactions.ResponseTransaction{{TransactionalID: "a"}, {TransactionalID: "b"}, {TransactionalID: "c", BrokerID: 3}}, UnknownStateFilters: []string{"x"},
		BrokerErrors: []listtransactions.ResponseBrokerError{{BrokerID: 1, ErrorCode: 13, Err: lost}, {BrokerID: 3, ErrorCode: 14}},
	}, merged)

	_, err = merger.Merge(messages, []any{lost, lost, lost})
	require.Equal(t, lost, err)
}

func TestOnlyBrokersThatAreNamedAreAsked(t *testing.T) {
	cluster := protocol.Cluster{Brokers: map[int32]protocol.Broker{3: {ID: 3}, 0: {ID: 0}, 1: {ID: 1}}}
	messages, _, err := (&listtransactions.Request{BrokerIDs: []int32{3, 0}}).Split(cluster)
	require.NoError(t, err)
	require.Equal(t, []protocol.Message{&listtransactions.Request{BrokerIDs: []int32{3}}, &listtransactions.Request{BrokerIDs: []int32{0}}}, messages)
}

func TestUnsetDurationFilterSelectsAll(t *testing.T) {
	req := &listtransactions.Request{}
	req.Prepare(1)
	require.EqualValues(t, -1, req.DurationFilter)
	require.NoError(t, protocol.WriteRequest(io.Discard, 0, 1, "", req), "version 0 selects all")

	req.DurationFilter = 3
	req.Prepare(1)
	require.EqualValues(t, 3, req.DurationFilter)
	require.ErrorContains(t, protocol.WriteRequest(io.Discard, 0, 1, "", req), "DurationFilter")
}
