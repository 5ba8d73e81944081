package fetch_test

import (
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"
	"github.com/stretchr/testify/require"
)

var cluster = protocol.Cluster{
	Brokers: map[int32]protocol.Broker{1: {ID: 1}, 2: {ID: 2}},
	Topics: map[string]protocol.Topic{"t": {Partitions: map[int32]protocol.Partition{
		0: {Leader: 1}, 1: {Leader: 1}, 2: {Leader: 2}, 3: {Leader: -1},
	}}},
}

func request(topic string, partitions ...int32) *fetch.Request {
	t := fetch.RequestTopic{Topic: topic}
	for _, p := range partitions {
		t.Partitions = append(t.Partitions, fetch.RequestPartition{Partition: p})
	}
	return &fetch.Request{Topics: []fetch.RequestTopic{t}}
}

func TestBroker(t *testing.T) {
	broker, err := request("t", 0, 1).Broker(cluster)
	require.NoError(t, err)
	require.EqualValues(t, 1, broker.ID)

	broker, err = (&fetch.Request{}).Broker(cluster)
	require.NoError(t, err)
	require.EqualValues(t, -1, broker.ID, "any broker")

	for name, test := range map[string]struct {
		req   *fetch.Request
		cause error
	}{
		"no topic":     {request("u", 0), protocol.ErrNoTopic},
		"no partition": {request("t", 0, 9), protocol.ErrNoPartition},
		"no leader":    {request("t", 3), protocol.ErrNoLeader},
		"two leaders":  {request("t", 0, 2), nil},
	} {
		t.Run(name, func(t *testing.T) {
			broker, err := test.req.Broker(cluster)
			require.EqualValues(t, -1, broker.ID)
			var request *fetch.Error
			require.ErrorAs(t, err, &request)
			require.ErrorContains(t, err, "fetch request error: ")
			if test.cause != nil {
				require.ErrorIs(t, err, test.cause)
			}
		})
	}
}

func TestErrorUnwraps(t *testing.T) {
	err := fetch.NewError(protocol.ErrNoTopic)
	require.EqualError(t, err, "fetch request error: topic not found")
	require.ErrorIs(t, err, protocol.ErrNoTopic)
}

func TestVersionRange(t *testing.T) {
	id := protocol.UUID{1}
	for name, test := range map[string]struct {
		req      fetch.Request
		min, max int16
	}{
		"empty":         {fetch.Request{}, 0, 18},
		"by name":       {fetch.Request{Topics: []fetch.RequestTopic{{Topic: "t"}}}, 0, 12},
		"by id":         {fetch.Request{Topics: []fetch.RequestTopic{{TopicID: id}}}, 13, 18},
		"by both":       {fetch.Request{Topics: []fetch.RequestTopic{{Topic: "t", TopicID: id}}}, 0, 18},
		"forget a name": {fetch.Request{ForgottenTopics: []fetch.RequestForgottenTopic{{Topic: "t"}}}, 0, 12},
		"forget an id":  {fetch.Request{ForgottenTopics: []fetch.RequestForgottenTopic{{TopicID: id}}}, 13, 18},
		"within names":  {fetch.Request{ByName: true}, 0, 12},
		"consumer":      {fetch.Request{ReplicaID: -1}, 0, 18},
		"follower":      {fetch.Request{ReplicaID: 3}, 0, 14},
		"all of it":     {fetch.Request{ReplicaID: 3, Topics: []fetch.RequestTopic{{Topic: "t"}}}, 0, 12},
	} {
		t.Run(name, func(t *testing.T) {
			min, max := test.req.VersionRange()
			require.Equal(t, []int16{test.min, test.max}, []int16{min, max})
		})
	}
}

// A program that does not know of the field leaves it at zero, which the broker
// would take for the epoch of the last record that it has.
func TestLastFetchedEpochOfZeroAsksForNoCheck(t *testing.T) {
	req := request("t", 0, 1)
	req.Topics[0].Partitions[1].LastFetchedEpoch = 4
	req.Prepare(12)
	require.EqualValues(t, -1, req.Topics[0].Partitions[0].LastFetchedEpoch)
	require.EqualValues(t, 4, req.Topics[0].Partitions[1].LastFetchedEpoch)
}
