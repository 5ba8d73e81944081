package kafka

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/createtopics"
	"github.com/segmentio/kafka-go/protocol/deletetopics"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/produce"
)

func itoa(n int) string { return strconv.Itoa(n) }

// written returns the records of the requests, as the broker got them.
func written(t *testing.T, b *fakeBroker) (list []protocol.Record) {
	t.Helper()
	for _, r := range seen[*produce.Request](b) {
		records := r.Topics[0].Partitions[0].RecordSet.Records
		for {
			rec, err := records.ReadRecord()
			if err != nil {
				break
			}
			list = append(list, *rec)
		}
	}
	return list
}

func TestWriteCountsKeysAndValues(t *testing.T) {
	b := new(fakeLog).broker()
	c := b.conn(t)
	n, err := c.Write([]byte("hello"))
	require.NoError(t, err)
	assert.Equal(t, 5, n)
	n, err = c.WriteMessages(
		Message{Key: []byte("k"), Value: []byte("vv"), Headers: []Header{{Key: "h", Value: []byte("not counted")}}},
		Message{Value: []byte("vvv")},
	)
	require.NoError(t, err)
	assert.Equal(t, 6, n)
	n, err = c.WriteMessages()
	require.NoError(t, err)
	assert.Zero(t, n)
	assert.Len(t, seen[*produce.Request](b), 2, "nothing is sent for no message")
}

func TestWriteCompressedMessagesAt(t *testing.T) {
	b := new(fakeLog).broker()
	c := b.conn(t)
	n, partition, offset, at, err := c.WriteCompressedMessagesAt(compress.Gzip.Codec(), Message{Value: []byte("abc")})
	require.NoError(t, err)
	assert.Equal(t, 3, n)
	assert.Zero(t, partition)
	assert.Equal(t, int64(7), offset)
	assert.Equal(t, int64(-1), at.UnixMilli())
	require.Len(t, written(t, b), 1)
}

func TestWriteRefusesForeignMessages(t *testing.T) {
	b := new(fakeLog).broker()
	c := b.conn(t)
	_, err := c.WriteMessages(Message{}, Message{Topic: "other"})
	assert.ErrorContains(t, err, `message 1 is for topic "other", the connection for "t"`)
	_, err = c.WriteMessages(Message{Partition: 1})
	assert.ErrorContains(t, err, "Partition")
	assert.Empty(t, b.requests)
	_, err = c.WriteMessages(Message{Topic: "t"})
	assert.NoError(t, err)
}

// A message without Time beside one with an old Time: each has its own, to the
// millisecond, and the caller's messages stay as they are.
func TestTrap59TimesOfMessages(t *testing.T) {
	b := new(fakeLog).broker()
	c := b.conn(t)
	old := time.Date(2001, 2, 3, 4, 5, 6, 789_999_999, time.UTC)
	msgs := []Message{{Value: []byte("new")}, {Value: []byte("old"), Time: old}, {Value: []byte("new")}}
	before := time.Now().Truncate(time.Millisecond)
	_, err := c.WriteMessages(msgs...)
	require.NoError(t, err)
	after := time.Now()

	records := written(t, b)
	require.Len(t, records, 3)
	assert.Equal(t, old.UnixMilli(), records[1].Time.UnixMilli())
	for _, i := range []int{0, 2} {
		assert.False(t, records[i].Time.Before(before), "%v", records[i].Time)
		assert.False(t, records[i].Time.After(after), "%v", records[i].Time)
		assert.True(t, msgs[i].Time.IsZero(), "the caller's messages are not changed")
	}
}

// Times are kept to the millisecond, however far apart.
func TestTrap09TimesKeepTheirMilliseconds(t *testing.T) {
	b := new(fakeLog).broker()
	c := b.conn(t)
	base := time.UnixMilli(1_500_000_000_001)
	var msgs []Message
	for _, d := range []time.Duration{999_999, time.Millisecond - 1 + 7*time.Millisecond, -40 * 24 * time.Hour, 400 * 24 * time.Hour} {
		msgs = append(msgs, Message{Time: base.Add(d)})
	}
	_, err := c.WriteMessages(msgs...)
	require.NoError(t, err)
	for i, r := range written(t, b) {
		assert.Equal(t, msgs[i].Time.UnixMilli(), r.Time.UnixMilli(), "message %d", i)
	}
}

func TestWriteKeepsNilAndEmpty(t *testing.T) {
	b := new(fakeLog).broker()
	c := b.conn(t)
	_, err := c.WriteMessages(
		Message{Key: nil, Value: nil},
		Message{Key: []byte{}, Value: []byte{}, Headers: []Header{{Key: "a"}, {Key: "a", Value: []byte{}}}},
	)
	require.NoError(t, err)
	records := written(t, b)
	require.Len(t, records, 2)
	assert.Nil(t, records[0].Key)
	assert.Nil(t, records[0].Value)
	assert.NotNil(t, records[1].Key)
	assert.NotNil(t, records[1].Value)
	assert.Equal(t, []Header{{Key: "a"}, {Key: "a", Value: []byte{}}}, records[1].Headers)
}

// A broker before 0.11 gets a message set, without headers.
func TestWriteToAnOldBroker(t *testing.T) {
	for _, codec := range []CompressionCodec{nil, compress.Gzip.Codec(), compress.Snappy.Codec(), compress.Lz4.Codec()} {
		b := new(fakeLog).broker()
		b.versions = map[protocol.ApiKey][2]int16{protocol.Produce: {0, 2}}
		c := b.conn(t)
		at := time.UnixMilli(1_500_000_000_001)
		_, err := c.WriteCompressedMessages(codec,
			Message{Key: []byte("k"), Value: []byte("a"), Time: at, Headers: []Header{{Key: "lost"}}},
			Message{Value: []byte("b"), Time: at.Add(time.Hour)},
		)
		require.NoError(t, err)
		assert.Equal(t, int16(2), b.requests[0].version)
		set := seen[*produce.Request](b)[0].Topics[0].Partitions[0].RecordSet
		assert.Equal(t, int8(1), set.Version)
		records := written(t, b)
		require.Len(t, records, 2)
		assert.Equal(t, at.UnixMilli(), records[0].Time.UnixMilli())
		assert.Equal(t, at.Add(time.Hour).UnixMilli(), records[1].Time.UnixMilli())
		assert.Empty(t, records[0].Headers)
	}
}

func TestZstdNeedsABrokerThatKnowsIt(t *testing.T) {
	for version := int16(2); version < produceZstd; version++ {
		b := new(fakeLog).broker()
		b.versions = map[protocol.ApiKey][2]int16{protocol.Produce: {0, version}}
		_, err := b.conn(t).WriteCompressedMessages(compress.Zstd.Codec(), values("a")...)
		assert.Equal(t, UnsupportedCompressionType, err)
		assert.Empty(t, b.requests)
	}
}

// A batch outside of a transaction does not name one.
func TestTrap15TransactionalIDIsNotSent(t *testing.T) {
	b := new(fakeLog).broker()
	pipe, _ := b.dial(t.Context(), "", "")
	c := NewConnWith(pipe, ConnConfig{Topic: "t", TransactionalID: "tx"})
	defer c.Close()
	_, err := c.Write([]byte("x"))
	require.NoError(t, err)
	assert.Empty(t, seen[*produce.Request](b)[0].TransactionalID)
}

// The broker's lowest version counts as its highest does.
func TestTrap42VersionsBelowTheBrokersAreNotSent(t *testing.T) {
	b := new(fakeLog).broker()
	b.versions = map[protocol.ApiKey][2]int16{protocol.Produce: {100, 101}}
	_, err := b.conn(t).Write([]byte("x"))
	require.Error(t, err)
	assert.ErrorContains(t, err, "100")
	assert.Empty(t, b.requests)
}

func TestTrap16CreateTopics(t *testing.T) {
	codes := map[string]Error{}
	b := &fakeBroker{handle: func(r *fakeRequest) protocol.Message {
		res := &createtopics.Response{}
		for _, topic := range r.message.(*createtopics.Request).Topics {
			res.Topics = append(res.Topics, createtopics.ResponseTopic{Name: topic.Name, ErrorCode: int16(codes[topic.Name])})
		}
		return res
	}}
	c := b.conn(t)
	topics := []TopicConfig{{Topic: "a"}, {Topic: "b"}, {Topic: "c"}}
	require.NoError(t, c.CreateTopics(topics...))
	codes["a"] = TopicAlreadyExists
	require.NoError(t, c.CreateTopics(topics...))
	codes["c"] = InvalidReplicationFactor
	assert.Equal(t, InvalidReplicationFactor, c.CreateTopics(topics...))
	codes["b"] = PolicyViolation
	assert.Equal(t, PolicyViolation, c.CreateTopics(topics...))
}

func TestCreateTopicsRequest(t *testing.T) {
	b := new(fakeLog).broker()
	c := b.conn(t)
	require.NoError(t, c.CreateTopics(
		TopicConfig{Topic: "a", NumPartitions: 3, ReplicationFactor: 2, ConfigEntries: []ConfigEntry{{"cleanup.policy", "compact"}}},
		TopicConfig{Topic: "b", ReplicaAssignments: []ReplicaAssignment{{0, 7}, {1, 8}, {0, 9}}},
	))
	req := seen[*createtopics.Request](b)[0]
	assert.Equal(t, int32(3), req.Topics[0].NumPartitions)
	assert.Equal(t, int16(2), req.Topics[0].ReplicationFactor)
	assert.Equal(t, []createtopics.RequestConfig{{Name: "cleanup.policy", Value: "compact"}}, req.Topics[0].Configs)
	assert.Equal(t, int32(-1), req.Topics[1].NumPartitions)
	assert.Equal(t, int16(-1), req.Topics[1].ReplicationFactor)
	assert.Equal(t, []createtopics.RequestAssignment{
		{PartitionIndex: 0, BrokerIDs: []int32{7, 9}},
		{PartitionIndex: 1, BrokerIDs: []int32{8}},
	}, req.Topics[1].Assignments)

	assert.Equal(t, InvalidReplicationFactor, c.CreateTopics(TopicConfig{Topic: "a", ReplicationFactor: 1<<16 + 1}))
	assert.Len(t, seen[*createtopics.Request](b), 1)
}

func TestDeleteTopics(t *testing.T) {
	b := &fakeBroker{handle: func(r *fakeRequest) protocol.Message {
		res := &deletetopics.Response{}
		for _, name := range r.message.(*deletetopics.Request).TopicNames {
			code := Error(0)
			if name == "missing" {
				code = UnknownTopicOrPartition
			}
			res.Responses = append(res.Responses, deletetopics.ResponseTopic{Name: name, ErrorCode: int16(code)})
		}
		return res
	}}
	c := b.conn(t)
	assert.NoError(t, c.DeleteTopics("a", "b"))
	assert.Equal(t, UnknownTopicOrPartition, c.DeleteTopics("a", "missing", "b"))
}

func metadataBroker() *fakeBroker {
	return &fakeBroker{handle: func(r *fakeRequest) protocol.Message {
		names := r.message.(*metadata.Request).TopicNames
		if names == nil {
			names = []string{"t", "u"}
		}
		res := &metadata.Response{
			ControllerID: 2,
			Brokers: []metadata.ResponseBroker{
				{NodeID: 1, Host: "b1", Port: 1, Rack: "r1"},
				{NodeID: 2, Host: "b2", Port: 2},
			},
		}
		for _, name := range names {
			topic := metadata.ResponseTopic{Name: name}
			if name == "missing" {
				topic.ErrorCode = int16(UnknownTopicOrPartition)
			} else {
				topic.Partitions = []metadata.ResponsePartition{
					{PartitionIndex: 0, LeaderID: 1, ReplicaNodes: []int32{1, 9}, IsrNodes: []int32{1}, OfflineReplicas: []int32{9}},
					{PartitionIndex: 1, LeaderID: -1, ErrorCode: int16(LeaderNotAvailable)},
				}
			}
			res.Topics = append(res.Topics, topic)
		}
		return res
	}}
}

func TestReadPartitions(t *testing.T) {
	b1 := Broker{Host: "b1", Port: 1, ID: 1, Rack: "r1"}
	c := metadataBroker().conn(t)
	partitions, err := c.ReadPartitions()
	require.NoError(t, err)
	assert.Equal(t, []Partition{
		{Topic: "t", Leader: b1, Replicas: []Broker{b1, {ID: 9}}, Isr: []Broker{b1}, OfflineReplicas: []Broker{{ID: 9}}, ID: 0},
		{Topic: "t", Replicas: []Broker{}, Isr: []Broker{}, OfflineReplicas: []Broker{}, ID: 1, Error: LeaderNotAvailable},
	}, partitions)

	partitions, err = c.ReadPartitions("missing", "u")
	require.NoError(t, err, "not the connection's topic")
	assert.Len(t, partitions, 2)

	pipe, _ := metadataBroker().dial(t.Context(), "", "")
	all := NewConnWith(pipe, ConnConfig{})
	defer all.Close()
	partitions, err = all.ReadPartitions()
	require.NoError(t, err)
	assert.Len(t, partitions, 4)
	_, err = all.ReadPartitions("u", "missing")
	assert.Equal(t, UnknownTopicOrPartition, err)
}

func TestBrokersAndController(t *testing.T) {
	b := metadataBroker()
	c := b.conn(t)
	brokers, err := c.Brokers()
	require.NoError(t, err)
	assert.Equal(t, []Broker{{Host: "b1", Port: 1, ID: 1, Rack: "r1"}, {Host: "b2", Port: 2, ID: 2}}, brokers)
	controller, err := c.Controller()
	require.NoError(t, err)
	assert.Equal(t, Broker{Host: "b2", Port: 2, ID: 2}, controller)
	for _, r := range seen[*metadata.Request](b) {
		assert.Empty(t, r.TopicNames)
		assert.NotNil(t, r.TopicNames, "no topic, rather than all")
	}

	none := &fakeBroker{handle: func(*fakeRequest) protocol.Message { return &metadata.Response{ControllerID: -1} }}
	controller, err = none.conn(t).Controller()
	require.NoError(t, err)
	assert.Zero(t, controller)
}
