package describesharegroupoffsets_test

import (
	"errors"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/describesharegroupoffsets"
	"github.com/stretchr/testify/require"
)

func TestEveryGroupIsAskedOfItsCoordinator(t *testing.T) {
	req := &describesharegroupoffsets.Request{Groups: []describesharegroupoffsets.RequestGroup{
		{GroupID: "a"}, {GroupID: "b", Topics: []describesharegroupoffsets.RequestTopic{{TopicName: "t", Partitions: []int32{1}}}},
	}}
	require.Equal(t, "a", req.Group())
	messages, merger, err := req.Split(protocol.Cluster{})
	require.NoError(t, err)
	require.Equal(t, []protocol.Message{
		&describesharegroupoffsets.Request{Groups: req.Groups[:1]}, &describesharegroupoffsets.Request{Groups: req.Groups[1:]},
	}, messages)

	lost := errors.New("connection lost")
	answer := &describesharegroupoffsets.Response{ThrottleTimeMs: 2, Groups: []describesharegroupoffsets.ResponseGroup{{GroupID: "a", ErrorCode: 69}}}
	merged, err := merger.Merge(messages, []any{answer, lost})
	require.NoError(t, err)
	require.Equal(t, &describesharegroupoffsets.Response{ThrottleTimeMs: 2, Groups: []describesharegroupoffsets.ResponseGroup{
		{GroupID: "a", ErrorCode: 69}, {GroupID: "b", ErrorCode: 13, Err: lost},
	}}, merged)

	_, err = merger.Merge(messages, []any{lost, lost})
	require.Equal(t, lost, err)
}

func TestNothingToAsk(t *testing.T) {
	req := &describesharegroupoffsets.Request{}
	require.Empty(t, req.Group())
	messages, merger, err := req.Split(protocol.Cluster{})
	require.NoError(t, err)
	merged, err := merger.Merge(messages, nil)
	require.NoError(t, err)
	require.Equal(t, &describesharegroupoffsets.Response{}, merged)
}
