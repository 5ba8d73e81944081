package streamsgroupdescribe_test

import (
	"errors"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/streamsgroupdescribe"
	"github.com/stretchr/testify/require"
)

func TestEveryGroupIsAskedOfItsCoordinator(t *testing.T) {
	req := &streamsgroupdescribe.Request{GroupIDs: []string{"a", "b", "c"}, IncludeAuthorizedOperations: true, IncludeTopologyDescription: true}
	require.Equal(t, "a", req.Group())
	messages, merger, err := req.Split(protocol.Cluster{})
	require.NoError(t, err)
	require.Len(t, messages, 3)
	for i, id := range req.GroupIDs {
		require.Equal(t, &streamsgroupdescribe.Request{GroupIDs: []string{id}, IncludeAuthorizedOperations: true, IncludeTopologyDescription: true}, messages[i])
		require.Equal(t, id, messages[i].(*streamsgroupdescribe.Request).Group())
	}

	lost := errors.New("connection lost")
	answer := func(throttle int32, id string) *streamsgroupdescribe.Response {
		return &streamsgroupdescribe.Response{ThrottleTimeMs: throttle, Groups: []streamsgroupdescribe.ResponseGroup{{GroupID: id, ErrorCode: 69}}}
	}
	merged, err := merger.Merge(messages, []any{answer(2, "a"), lost, answer(1, "c")})
	require.NoError(t, err)
	require.Equal(t, &streamsgroupdescribe.Response{ThrottleTimeMs: 2, Groups: []streamsgroupdescribe.ResponseGroup{
		{GroupID: "a", ErrorCode: 69},
		{GroupID: "b", ErrorCode: 13, AuthorizedOperations: -2147483648, Err: lost},
		{GroupID: "c", ErrorCode: 69},
	}}, merged)

	_, err = merger.Merge(messages, []any{lost, lost, lost})
	require.Equal(t, lost, err)
}

func TestNothingToAsk(t *testing.T) {
	req := &streamsgroupdescribe.Request{}
	require.Empty(t, req.Group())
	messages, merger, err := req.Split(protocol.Cluster{})
	require.NoError(t, err)
	require.Empty(t, messages)
	merged, err := merger.Merge(messages, nil)
	require.NoError(t, err)
	require.Equal(t, &streamsgroupdescribe.Response{}, merged)
}
