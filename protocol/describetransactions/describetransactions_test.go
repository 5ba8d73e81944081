package describetransactions_test

import (
	"errors"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/describetransactions"
	"github.com/stretchr/testify/require"
)

func TestEveryTransactionIsAskedOfItsCoordinator(t *testing.T) {
	req := &describetransactions.Request{TransactionalIDs: []string{"a", "b", "c"}}
	require.Equal(t, "a", req.Transaction())
	messages, merger, err := req.Split(protocol.Cluster{})
	require.NoError(t, err)
	require.Len(t, messages, 3)
	for i, id := range req.TransactionalIDs {
		require.Equal(t, &describetransactions.Request{TransactionalIDs: []string{id}}, messages[i])
		require.Equal(t, id, messages[i].(*describetransactions.Request).Transaction())
	}

	lost := errors.New("connection lost")
	answer := func(throttle int32, id string) *describetransactions.Response {
		return &describetransactions.Response{ThrottleTimeMs: throttle, TransactionStates: []describetransactions.ResponseTransaction{{TransactionalID: id, ErrorCode: 69}}}
	}
	merged, err := merger.Merge(messages, []any{answer(2, "a"), lost, answer(1, "c")})
	require.NoError(t, err)
	require.Equal(t, &describetransactions.Response{ThrottleTimeMs: 2, TransactionStates: []describetransactions.ResponseTransaction{
		{TransactionalID: "a", ErrorCode: 69},
		{TransactionalID: "b", ErrorCode: 13, TransactionStartTimeMs: -1, ProducerID: -1, ProducerEpoch: -1, Err: lost},
		{TransactionalID: "c", ErrorCode: 69},
	}}, merged)

	_, err = merger.Merge(messages, []any{lost, lost, lost})
	require.Equal(t, lost, err)
}

func TestNothingToAsk(t *testing.T) {
	req := &describetransactions.Request{}
	require.Empty(t, req.Transaction())
	messages, merger, err := req.Split(protocol.Cluster{})
	require.NoError(t, err)
	require.Empty(t, messages)
	merged, err := merger.Merge(messages, nil)
	require.NoError(t, err)
	require.Equal(t, &describetransactions.Response{}, merged)
}
