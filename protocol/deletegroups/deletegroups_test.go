package deletegroups_test

import (
	"errors"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/deletegroups"
	"github.com/stretchr/testify/require"
)

func TestEveryGroupIsAskedOfItsCoordinator(t *testing.T) {
	req := &deletegroups.Request{GroupIDs: []string{"a", "b", "c"}}
	require.Equal(t, "a", req.Group())
	messages, merger, err := req.Split(protocol.Cluster{})
	require.NoError(t, err)
	require.Len(t, messages, 3)
	for i, id := range req.GroupIDs {
		require.Equal(t, &deletegroups.Request{GroupIDs: []string{id}}, messages[i])
		require.Equal(t, id, messages[i].(*deletegroups.Request).Group())
	}

	lost := errors.New("connection lost")
	answer := func(throttle int32, id string) *deletegroups.Response {
		return &deletegroups.Response{ThrottleTimeMs: throttle, Responses: []deletegroups.ResponseGroup{{GroupID: id, ErrorCode: 69}}}
	}
	merged, err := merger.Merge(messages, []any{answer(2, "a"), lost, answer(1, "c")})
	require.NoError(t, err)
	require.Equal(t, &deletegroups.Response{ThrottleTimeMs: 2, Responses: []deletegroups.ResponseGroup{
		{GroupID: "a", ErrorCode: 69},
		{GroupID: "b", ErrorCode: 13, Err: lost},
		{GroupID: "c", ErrorCode: 69},
	}}, merged)

	_, err = merger.Merge(messages, []any{lost, lost, lost})
	require.Equal(t, lost, err)
}

func TestNothingToAsk(t *testing.T) {
	req := &deletegroups.Request{}
	require.Empty(t, req.Group())
	messages, merger, err := req.Split(protocol.Cluster{})
	require.NoError(t, err)
	require.Empty(t, messages)
	merged, err := merger.Merge(messages, nil)
	require.NoError(t, err)
	require.Equal(t, &deletegroups.Response{}, merged)
}
