package listoffsets_test

import (
	"errors"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/stretchr/testify/require"
)

var cluster = protocol.Cluster{
	Brokers: map[int32]protocol.Broker{1: {ID: 1}, 2: {ID: 2}},
	Topics: map[string]protocol.Topic{
		"t": {Partitions: map[int32]protocol.Partition{0: {Leader: 1}, 1: {Leader: 2}, 2: {Leader: -1}}},
		"u": {Partitions: map[int32]protocol.Partition{0: {Leader: 1}}},
	},
}

func partition(id int32, timestamp int64) listoffsets.RequestPartition {
	return listoffsets.RequestPartition{Partition: id, Timestamp: timestamp, CurrentLeaderEpoch: -1}
}

func TestSplitByLeader(t *testing.T) {
	req := &listoffsets.Request{
		ReplicaID: -1, IsolationLevel: 1, TimeoutMs: 5,
		Topics: []listoffsets.RequestTopic{
			{Topic: "t", Partitions: []listoffsets.RequestPartition{partition(0, -1), partition(1, -1)}},
			{Topic: "u", Partitions: []listoffsets.RequestPartition{partition(0, -2)}},
		},
	}
	messages, _, err := req.Split(cluster)
	require.NoError(t, err)
	require.Equal(t, []protocol.Message{
		&listoffsets.Request{ReplicaID: -1, IsolationLevel: 1, TimeoutMs: 5, Topics: []listoffsets.RequestTopic{
			{Topic: "t", Partitions: []listoffsets.RequestPartition{partition(0, -1)}},
			{Topic: "u", Partitions: []listoffsets.RequestPartition{partition(0, -2)}},
		}},
		&listoffsets.Request{ReplicaID: -1, IsolationLevel: 1, TimeoutMs: 5, Topics: []listoffsets.RequestTopic{
			{Topic: "t", Partitions: []listoffsets.RequestPartition{partition(1, -1)}},
		}},
	}, messages)
	for i, id := range []int32{1, 2} {
		broker, err := messages[i].(*listoffsets.Request).Broker(cluster)
		require.NoError(t, err)
		require.Equal(t, id, broker.ID)
	}
	_, err = req.Broker(cluster)
	require.ErrorContains(t, err, "mismatching leaders")
}

// Brokers answer INVALID_REQUEST for a partition that is in a request twice.
func TestSplitNeverAsksTwiceForAPartitionInOneRequest(t *testing.T) {
	req := &listoffsets.Request{Topics: []listoffsets.RequestTopic{
		{Topic: "t", Partitions: []listoffsets.RequestPartition{partition(0, -1), partition(0, -2), partition(0, 5)}},
		{Topic: "t", Partitions: []listoffsets.RequestPartition{partition(0, 6)}},
	}}
	messages, _, err := req.Split(cluster)
	require.NoError(t, err)
	require.Len(t, messages, 4)
	for i, timestamp := range []int64{-1, -2, 5, 6} {
		require.Equal(t, []listoffsets.RequestTopic{
			{Topic: "t", Partitions: []listoffsets.RequestPartition{partition(0, timestamp)}},
		}, messages[i].(*listoffsets.Request).Topics)
	}
}

func TestPartitionsWithoutLeaderDoNotFailTheOthers(t *testing.T) {
	req := &listoffsets.Request{Topics: []listoffsets.RequestTopic{
		{Topic: "t", Partitions: []listoffsets.RequestPartition{partition(0, -1), partition(2, -1), partition(9, -1)}},
		{Topic: "missing", Partitions: []listoffsets.RequestPartition{partition(0, -1)}},
	}}
	messages, merger, err := req.Split(cluster)
	require.NoError(t, err)

	results := make([]any, len(messages))
	for i, m := range messages {
		if _, err := m.(*listoffsets.Request).Broker(cluster); err != nil {
			results[i] = err
			continue
		}
		results[i] = &listoffsets.Response{ThrottleTimeMs: 3, Topics: []listoffsets.ResponseTopic{
			{Topic: "t", Partitions: []listoffsets.ResponsePartition{{Partition: 0, Offset: 42}}},
		}}
	}
	merged, err := merger.Merge(messages, results)
	require.NoError(t, err)
	res := merged.(*listoffsets.Response)
	require.EqualValues(t, 3, res.ThrottleTimeMs)
	require.Len(t, res.Topics, 2)

	got := res.Topics[0].Partitions
	require.Equal(t, listoffsets.ResponsePartition{Partition: 0, Offset: 42}, got[0])
	require.EqualValues(t, 5, got[1].ErrorCode)
	require.EqualValues(t, -1, got[1].Offset)
	require.ErrorIs(t, got[1].Err, protocol.ErrNoLeader)
	require.EqualValues(t, 3, got[2].ErrorCode)
	require.ErrorIs(t, got[2].Err, protocol.ErrNoPartition)
	require.EqualValues(t, 3, res.Topics[1].Partitions[0].ErrorCode)
	require.ErrorIs(t, res.Topics[1].Partitions[0].Err, protocol.ErrNoTopic)
}

func TestMerge(t *testing.T) {
	messages := []protocol.Message{
		&listoffsets.Request{Topics: []listoffsets.RequestTopic{{Topic: "t", Partitions: []listoffsets.RequestPartition{partition(0, -1)}}}},
		&listoffsets.Request{Topics: []listoffsets.RequestTopic{{Topic: "t", Partitions: []listoffsets.RequestPartition{partition(1, -1)}}}},
	}
	answer := func(throttle int32, p int32) *listoffsets.Response {
		return &listoffsets.Response{ThrottleTimeMs: throttle, Topics: []listoffsets.ResponseTopic{
			{Topic: "t", Partitions: []listoffsets.ResponsePartition{{Partition: p, Offset: 10}}},
		}}
	}
	lost := errors.New("connection lost")

	merged, err := new(listoffsets.Response).Merge(messages, []any{answer(9, 0), answer(2, 1)})
	require.NoError(t, err)
	require.Equal(t, &listoffsets.Response{ThrottleTimeMs: 9, Topics: []listoffsets.ResponseTopic{
		{Topic: "t", Partitions: []listoffsets.ResponsePartition{{Partition: 0, Offset: 10}, {Partition: 1, Offset: 10}}},
	}}, merged)

	merged, err = new(listoffsets.Response).Merge(messages, []any{answer(0, 0), lost})
	require.NoError(t, err)
	partitions := merged.(*listoffsets.Response).Topics[0].Partitions
	require.Len(t, partitions, 2)
	require.EqualValues(t, 13, partitions[1].ErrorCode)
	require.Equal(t, lost, partitions[1].Err)

	_, err = new(listoffsets.Response).Merge(messages, []any{lost, errors.New("another")})
	require.Equal(t, lost, err, "all failed")
}

func TestRequestForNothing(t *testing.T) {
	req := &listoffsets.Request{}
	messages, merger, err := req.Split(cluster)
	require.NoError(t, err)
	require.Equal(t, []protocol.Message{req}, messages)
	broker, err := req.Broker(cluster)
	require.NoError(t, err)
	require.EqualValues(t, -1, broker.ID)
	merged, err := merger.Merge(messages, []any{&listoffsets.Response{}})
	require.NoError(t, err)
	require.Equal(t, &listoffsets.Response{}, merged)
}

func TestVersionRange(t *testing.T) {
	for name, test := range map[string]struct {
		timestamp int64
		timeout   int32
		min, max  int16
	}{
		"a time":               {1_700_000_000_000, 0, 1, 9},
		"latest":               {listoffsets.Latest, 0, 1, 9},
		"earliest":             {listoffsets.Earliest, 0, 1, 9},
		"with a timeout":       {listoffsets.Latest, 100, 1, 11},
		"max timestamp":        {listoffsets.MaxTimestamp, 0, 7, 9},
		"earliest local":       {listoffsets.EarliestLocal, 0, 8, 9},
		"latest tiered":        {listoffsets.LatestTiered, 100, 9, 11},
		"pending upload":       {listoffsets.EarliestPendingUpload, 100, 11, 11},
		"pending, not to wait": {listoffsets.EarliestPendingUpload, 0, 11, 11},
	} {
		t.Run(name, func(t *testing.T) {
			req := &listoffsets.Request{TimeoutMs: test.timeout, Topics: []listoffsets.RequestTopic{
				{Topic: "t", Partitions: []listoffsets.RequestPartition{partition(0, test.timestamp), partition(1, -1)}},
			}}
			min, max := req.VersionRange()
			require.Equal(t, []int16{test.min, test.max}, []int16{min, max})
		})
	}
}
