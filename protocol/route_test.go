package protocol_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/describegroups"
	"github.com/segmentio/kafka-go/protocol/heartbeat"
	"github.com/stretchr/testify/require"
)

var routed = protocol.Cluster{
	Controller: 2,
	Brokers:    map[int32]protocol.Broker{1: {ID: 1, Host: "a"}, 2: {ID: 2, Host: "b"}},
	Topics: map[string]protocol.Topic{"t": {Name: "t", Partitions: map[int32]protocol.Partition{
		0: {ID: 0, Leader: 1}, 1: {ID: 1, Leader: 2}, 2: {ID: 2, Leader: 1}, 3: {ID: 3, Leader: -1},
	}}},
}

func TestControllerOrAny(t *testing.T) {
	require.Equal(t, routed.Brokers[2], routed.ControllerOrAny())
	require.Equal(t, protocol.Broker{ID: -1}, protocol.Cluster{Controller: 2}.ControllerOrAny())
}

func TestBrokerByID(t *testing.T) {
	broker, err := routed.BrokerByID(1)
	require.NoError(t, err)
	require.Equal(t, routed.Brokers[1], broker)
	broker, err = routed.BrokerByID(3)
	require.EqualError(t, err, "broker 3 is not in the cluster")
	require.ErrorIs(t, err, protocol.ErrNoBroker)
	require.EqualValues(t, -1, broker.ID)
}

func TestConfigBroker(t *testing.T) {
	for _, test := range []struct {
		kind int8
		name string
		want int32
	}{
		{2, "1", -1}, {4, "1", 1}, {8, "0", 0}, {4, "", -1}, {4, "x", -1}, {4, "-3", -1}, {4, "2147483648", -1}, {16, "1", -1},
	} {
		require.Equal(t, test.want, protocol.ConfigBroker(test.kind, test.name), "%+v", test)
	}
}

func TestCommonBroker(t *testing.T) {
	for _, test := range []struct {
		ids  []int32
		want int32
		err  string
	}{
		{nil, 2, ""},
		{[]int32{-1, -1}, 2, ""},
		{[]int32{-1, 1, -1, 1}, 1, ""},
		{[]int32{1, 2}, -1, "mismatching brokers (1 != 2)"},
		{[]int32{-1, 7}, -1, "broker 7 is not in the cluster"},
	} {
		broker, err := routed.CommonBroker(slices.Values(test.ids))
		require.Equal(t, test.want, broker.ID)
		if test.err == "" {
			require.NoError(t, err)
		} else {
			require.EqualError(t, err, test.err)
		}
	}
}

func TestCommonLeader(t *testing.T) {
	leader := func(ids ...int32) (protocol.Broker, error) {
		return routed.CommonLeader(func(yield func(string, int32) bool) {
			for _, id := range ids {
				if !yield("t", id) {
					return
				}
			}
		})
	}
	broker, err := leader()
	require.NoError(t, err)
	require.EqualValues(t, -1, broker.ID, "any broker")
	broker, err = leader(0, 2)
	require.NoError(t, err)
	require.EqualValues(t, 1, broker.ID)
	broker, err = leader(0, 1, 2)
	require.EqualError(t, err, "mismatching leaders (1 != 2)")
	require.EqualValues(t, -1, broker.ID)
	_, err = leader(0, 3)
	require.ErrorIs(t, err, protocol.ErrNoLeader)
}

func TestPartsAreInTheOrderOfTheirFirstUse(t *testing.T) {
	var parts protocol.Parts[*heartbeat.Request]
	made := int32(0)
	makes := func() *heartbeat.Request {
		made++
		return &heartbeat.Request{GenerationID: made}
	}
	one := parts.ForLeader(routed, "t", 0, makes)
	require.Same(t, one, parts.ForLeader(routed, "t", 2, makes))
	require.Same(t, one, parts.For(1, makes))
	lost := parts.ForLeader(routed, "t", 3, makes)
	require.NotSame(t, lost, parts.ForLeader(routed, "t", 3, makes), "each fails by itself")
	parts.For(-1, makes)
	parts.Add(makes())
	var order []int32
	for _, m := range parts.Messages() {
		order = append(order, m.(*heartbeat.Request).GenerationID)
	}
	require.Equal(t, []int32{1, 2, 3, 4, 5}, order)
}

func TestMergeResults(t *testing.T) {
	a, b := &describegroups.Request{Groups: []string{"a"}}, &describegroups.Request{Groups: []string{"b"}}
	res := &describegroups.Response{}
	lost, late := errors.New("lost"), errors.New("late")
	merge := func(requests []protocol.Message, results ...any) (calls []string, err error) {
		err = protocol.MergeResults(requests, results, func(req *describegroups.Request, got *describegroups.Response) {
			require.Same(t, res, got)
			calls = append(calls, req.Groups[0])
		}, func(req *describegroups.Request, err error) {
			calls = append(calls, req.Groups[0]+" "+err.Error())
		})
		return calls, err
	}
	both := []protocol.Message{a, b}
	calls, err := merge(both, lost, res)
	require.NoError(t, err)
	require.Equal(t, []string{"a lost", "b"}, calls)
	_, err = merge(both, lost, late)
	require.Equal(t, lost, err, "none was answered")
	_, err = merge(nil)
	require.NoError(t, err)
	_, err = merge(both, res, &heartbeat.Response{})
	require.EqualError(t, err, "merging responses to DescribeGroups: *heartbeat.Response is none")
	_, err = merge([]protocol.Message{&heartbeat.Request{}}, res)
	require.EqualError(t, err, "merging responses: *heartbeat.Request is not the request")
	calls, err = merge(both, res, nil)
	require.NoError(t, err)
	require.Len(t, calls, 2, "what is neither message nor error has failed")
}

func TestRouteErrorCode(t *testing.T) {
	require.EqualValues(t, 3, protocol.RouteErrorCode(protocol.NewErrNoTopic("t")))
	require.EqualValues(t, 3, protocol.RouteErrorCode(protocol.NewErrNoPartition("t", 1)))
	require.EqualValues(t, 5, protocol.RouteErrorCode(protocol.NewErrNoLeader("t", 1)))
	require.EqualValues(t, 8, protocol.RouteErrorCode(fmt.Errorf("broker 3 is %w", protocol.ErrNoBroker)))
	require.EqualValues(t, 13, protocol.RouteErrorCode(errors.New("lost")))
}
