package produce_test

import (
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/stretchr/testify/require"
)

var cluster = protocol.Cluster{
	Brokers: map[int32]protocol.Broker{1: {ID: 1}, 2: {ID: 2}},
	Topics: map[string]protocol.Topic{"t": {Partitions: map[int32]protocol.Partition{
		0: {Leader: 1}, 1: {Leader: 1}, 2: {Leader: 2}, 3: {Leader: -1},
	}}},
}

func request(topic string, partitions ...int32) *produce.Request {
	t := produce.RequestTopic{Topic: topic}
	for _, p := range partitions {
		t.Partitions = append(t.Partitions, produce.RequestPartition{Partition: p})
	}
	return &produce.Request{Acks: 1, Topics: []produce.RequestTopic{t}}
}

func TestBroker(t *testing.T) {
	broker, err := request("t", 0, 1).Broker(cluster)
	require.NoError(t, err)
	require.EqualValues(t, 1, broker.ID)

	broker, err = request("t").Broker(cluster)
	require.NoError(t, err)
	require.EqualValues(t, -1, broker.ID, "any broker")

	for name, test := range map[string]struct {
		req   *produce.Request
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
			var request *produce.Error
			require.ErrorAs(t, err, &request)
			require.ErrorContains(t, err, "produce request error: ")
			if test.cause != nil {
				require.ErrorIs(t, err, test.cause)
			}
		})
	}
}

func TestErrorUnwraps(t *testing.T) {
	err := produce.NewError(protocol.ErrNoTopic)
	require.EqualError(t, err, "produce request error: topic not found")
	require.ErrorIs(t, err, protocol.ErrNoTopic)
}

func TestHasResponse(t *testing.T) {
	for acks, want := range map[int16]bool{0: false, 1: true, -1: true} {
		require.Equal(t, want, (&produce.Request{Acks: acks}).HasResponse(), "acks %d", acks)
	}
}

func TestPrepareSetsTheFormatThatTheVersionAsksFor(t *testing.T) {
	for version, want := range map[int16]int8{0: 1, 2: 1, 3: 2, 13: 2} {
		req := request("t", 0, 1)
		req.Topics[0].Partitions[1].RecordSet.Version = 1
		req.Prepare(version)
		for _, p := range req.Topics[0].Partitions {
			require.Equal(t, want, p.RecordSet.Version, "version %d", version)
		}
	}
}

func TestVersionRange(t *testing.T) {
	id := protocol.UUID{1}
	for name, test := range map[string]struct {
		req      produce.Request
		min, max int16
	}{
		"empty":               {produce.Request{}, 0, 13},
		"by name":             {produce.Request{Topics: []produce.RequestTopic{{Topic: "t"}}}, 0, 12},
		"by id":               {produce.Request{Topics: []produce.RequestTopic{{TopicID: id}}}, 13, 13},
		"by both":             {produce.Request{Topics: []produce.RequestTopic{{Topic: "t", TopicID: id}}}, 0, 13},
		"one of each":         {produce.Request{Topics: []produce.RequestTopic{{Topic: "t"}, {TopicID: id}}}, 13, 12},
		"transaction":         {produce.Request{TransactionalID: "x"}, 0, 11},
		"transaction by id":   {produce.Request{TransactionalID: "x", Topics: []produce.RequestTopic{{TopicID: id}}}, 13, 11},
		"KIP-890":             {produce.Request{TransactionalID: "x", TransactionV2: true}, 12, 13},
		"KIP-890 by name":     {produce.Request{TransactionalID: "x", TransactionV2: true, Topics: []produce.RequestTopic{{Topic: "t"}}}, 12, 12},
		"transaction by name": {produce.Request{TransactionalID: "x", Topics: []produce.RequestTopic{{Topic: "t"}}}, 0, 11},
	} {
		t.Run(name, func(t *testing.T) {
			min, max := test.req.VersionRange()
			require.Equal(t, []int16{test.min, test.max}, []int16{min, max})
		})
	}
}
