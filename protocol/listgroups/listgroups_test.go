package listgroups_test

import (
	"errors"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/listgroups"
	"github.com/stretchr/testify/require"
)

func TestEveryBrokerIsAsked(t *testing.T) {
	cluster := protocol.Cluster{Brokers: map[int32]protocol.Broker{3: {ID: 3}, 0: {ID: 0}, 1: {ID: 1}}}
	req := &listgroups.Request{StatesFilter: listgroups.Filter("Stable")}
	broker, err := req.Broker(cluster)
	require.NoError(t, err)
	require.EqualValues(t, -1, broker.ID, "any broker")

	messages, merger, err := req.Split(cluster)
	require.NoError(t, err)
	require.Len(t, messages, 3)
	for i, id := range []int32{0, 1, 3} {
		part := messages[i].(*listgroups.Request)
		require.Equal(t, req.StatesFilter, part.StatesFilter)
		broker, err := part.Broker(cluster)
		require.NoError(t, err)
		require.Equal(t, id, broker.ID)
	}
	_, err = messages[2].(*listgroups.Request).Broker(protocol.Cluster{})
	require.ErrorContains(t, err, "broker 3")

	lost := errors.New("connection lost")
	merged, err := merger.Merge(messages, []any{
		&listgroups.Response{ThrottleTimeMs: 1, Groups: []listgroups.ResponseGroup{{GroupID: "a"}, {GroupID: "b"}}},
		lost,
		&listgroups.Response{ThrottleTimeMs: 5, ErrorCode: 14, Groups: []listgroups.ResponseGroup{{GroupID: "c"}}},
	})
	require.NoError(t, err)
	require.Equal(t, &listgroups.Response{
		ThrottleTimeMs: 5,
		ErrorCode:      13,
		Groups:         []listgroups.ResponseGroup{{GroupID: "a"}, {GroupID: "b"}, {GroupID: "c", BrokerID: 3}},
		BrokerErrors:   []listgroups.ResponseBrokerError{{BrokerID: 1, ErrorCode: 13, Err: lost}, {BrokerID: 3, ErrorCode: 14}},
	}, merged)

	_, err = merger.Merge(messages, []any{lost, lost, lost})
	require.Equal(t, lost, err)
	_, err = merger.Merge(messages, []any{req, lost, lost})
	require.ErrorContains(t, err, "is none")
}

func TestVersionRange(t *testing.T) {
	for name, test := range map[string]struct {
		req listgroups.Request
		min int16
	}{
		"all":          {listgroups.Request{}, 0},
		"empty filter": {listgroups.Request{StatesFilter: listgroups.Filter(), TypesFilter: listgroups.Filter()}, 0},
		"by state":     {listgroups.Request{StatesFilter: listgroups.Filter("Empty")}, 4},
		"by type":      {listgroups.Request{StatesFilter: listgroups.Filter("Empty"), TypesFilter: listgroups.Filter("consumer")}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			min, max := test.req.VersionRange()
			require.Equal(t, []int16{test.min, 5}, []int16{min, max})
		})
	}
}

func TestRequestsAreComparable(t *testing.T) {
	require.True(t, listgroups.Request{} == listgroups.Request{})
}
