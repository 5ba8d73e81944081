package describegroups_test

import (
	"errors"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/describegroups"
	"github.com/stretchr/testify/require"
)

func TestEveryGroupIsAskedOfItsCoordinator(t *testing.T) {
	req := &describegroups.Request{Groups: []string{"a", "b", "c"}, IncludeAuthorizedOperations: true}
	require.Equal(t, "a", req.Group())
	messages, merger, err := req.Split(protocol.Cluster{})
	require.NoError(t, err)
	require.Len(t, messages, 3)
	for i, id := range req.Groups {
		require.Equal(t, &describegroups.Request{Groups: []string{id}, IncludeAuthorizedOperations: true}, messages[i])
		require.Equal(t, id, messages[i].(*describegroups.Request).Group())
	}

	lost := errors.New("connection lost")
	answer := func(throttle int32, group string) *describegroups.Response {
		return &describegroups.Response{ThrottleTimeMs: throttle, Groups: []describegroups.ResponseGroup{{GroupID: group, GroupState: "Stable"}}}
	}
	merged, err := merger.Merge(messages, []any{answer(2, "a"), lost, answer(1, "c")})
	require.NoError(t, err)
	require.Equal(t, &describegroups.Response{ThrottleTimeMs: 2, Groups: []describegroups.ResponseGroup{
		{GroupID: "a", GroupState: "Stable"},
		{GroupID: "b", ErrorCode: 13, AuthorizedOperations: -2147483648, Err: lost},
		{GroupID: "c", GroupState: "Stable"},
	}}, merged)

	_, err = merger.Merge(messages, []any{lost, lost, lost})
	require.Equal(t, lost, err)
	_, err = merger.Merge(messages, []any{answer(0, "a"), answer(0, "b"), req})
	require.ErrorContains(t, err, "is none")
}

func TestNoGroups(t *testing.T) {
	req := &describegroups.Request{}
	require.Empty(t, req.Group())
	messages, merger, err := req.Split(protocol.Cluster{})
	require.NoError(t, err)
	require.Empty(t, messages)
	merged, err := merger.Merge(messages, nil)
	require.NoError(t, err)
	require.Equal(t, &describegroups.Response{}, merged)
}
