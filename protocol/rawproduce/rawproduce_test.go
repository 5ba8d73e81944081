package rawproduce_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/rawproduce"
	"github.com/stretchr/testify/require"
)

var cluster = protocol.Cluster{
	Brokers: map[int32]protocol.Broker{1: {ID: 1}, 2: {ID: 2}},
	Topics: map[string]protocol.Topic{"t": {Partitions: map[int32]protocol.Partition{
		0: {Leader: 1}, 1: {Leader: 1}, 2: {Leader: 2}, 3: {Leader: -1},
	}}},
}

func request(topic string, partitions ...int32) *rawproduce.Request {
	t := rawproduce.RequestTopic{Topic: topic}
	for _, p := range partitions {
		t.Partitions = append(t.Partitions, rawproduce.RequestPartition{Partition: p})
	}
	return &rawproduce.Request{Acks: 1, Topics: []rawproduce.RequestTopic{t}}
}

func TestBroker(t *testing.T) {
	broker, err := request("t", 0, 1).Broker(cluster)
	require.NoError(t, err)
	require.EqualValues(t, 1, broker.ID)

	broker, err = request("t").Broker(cluster)
	require.NoError(t, err)
	require.EqualValues(t, -1, broker.ID, "any broker")

	for name, test := range map[string]struct {
		req   *rawproduce.Request
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
			var request *rawproduce.Error
			require.ErrorAs(t, err, &request)
			require.ErrorContains(t, err, "produce request error: ")
			if test.cause != nil {
				require.ErrorIs(t, err, test.cause)
			}
		})
	}
}

func TestErrorUnwraps(t *testing.T) {
	err := rawproduce.NewError(protocol.ErrNoTopic)
	require.EqualError(t, err, "produce request error: topic not found")
	require.ErrorIs(t, err, protocol.ErrNoTopic)
}

func TestHasResponse(t *testing.T) {
	for acks, want := range map[int16]bool{0: false, 1: true, -1: true} {
		require.Equal(t, want, (&rawproduce.Request{Acks: acks}).HasResponse(), "acks %d", acks)
	}
}

func TestTypeKey(t *testing.T) {
	require.Equal(t, protocol.RawProduceOverride, (&rawproduce.Request{}).TypeKey())
}

// conn answers the one request that is written to it.
type conn struct {
	bytes.Buffer
	written bytes.Buffer
}

func (c *conn) Write(b []byte) (int, error) { return c.written.Write(b) }

func TestBytesAreSentAsTheyAreAndAnsweredByProduce(t *testing.T) {
	const version, id = 8, 5
	c := &conn{}
	res := &produce.Response{Topics: []produce.ResponseTopic{{Topic: "t", Partitions: []produce.ResponsePartition{{BaseOffset: 7}}}}}
	require.NoError(t, protocol.WriteResponse(&c.Buffer, version, id, res))

	req := request("t", 0)
	req.Topics[0].Partitions[0].RecordSet.Reader = strings.NewReader("not looked into")
	msg, err := protocol.RoundTrip(c, version, id, "client", req)
	require.NoError(t, err)
	require.IsType(t, res, msg)
	require.EqualValues(t, 7, msg.(*produce.Response).Topics[0].Partitions[0].BaseOffset)
	require.True(t, bytes.HasSuffix(c.written.Bytes(), []byte("\x00\x00\x00\x0fnot looked into")), "%q", c.written.Bytes())
}

func TestNothingIsReadWithoutAcknowledgement(t *testing.T) {
	req := request("t", 0)
	req.Acks = 0
	req.Topics[0].Partitions[0].RecordSet.Reader = strings.NewReader("x")
	msg, err := protocol.RoundTrip(&conn{}, 8, 1, "client", req)
	require.NoError(t, err)
	require.Nil(t, msg)
}

func TestVersionRange(t *testing.T) {
	id := protocol.UUID{1}
	for name, test := range map[string]struct {
		req      rawproduce.Request
		min, max int16
	}{
		"empty":               {rawproduce.Request{}, 0, 13},
		"by name":             {rawproduce.Request{Topics: []rawproduce.RequestTopic{{Topic: "t"}}}, 0, 12},
		"by id":               {rawproduce.Request{Topics: []rawproduce.RequestTopic{{TopicID: id}}}, 13, 13},
		"by both":             {rawproduce.Request{Topics: []rawproduce.RequestTopic{{Topic: "t", TopicID: id}}}, 0, 13},
		"one of each":         {rawproduce.Request{Topics: []rawproduce.RequestTopic{{Topic: "t"}, {TopicID: id}}}, 13, 12},
		"transaction":         {rawproduce.Request{TransactionalID: "x"}, 0, 11},
		"transaction by id":   {rawproduce.Request{TransactionalID: "x", Topics: []rawproduce.RequestTopic{{TopicID: id}}}, 13, 11},
		"KIP-890":             {rawproduce.Request{TransactionalID: "x", TransactionV2: true}, 12, 13},
		"KIP-890 by name":     {rawproduce.Request{TransactionalID: "x", TransactionV2: true, Topics: []rawproduce.RequestTopic{{Topic: "t"}}}, 12, 12},
		"transaction by name": {rawproduce.Request{TransactionalID: "x", Topics: []rawproduce.RequestTopic{{Topic: "t"}}}, 0, 11},
	} {
		t.Run(name, func(t *testing.T) {
			min, max := test.req.VersionRange()
			require.Equal(t, []int16{test.min, test.max}, []int16{min, max})
		})
	}
}
