package protocol_test

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/createtopics"
	"github.com/segmentio/kafka-go/protocol/deletetopics"
	"github.com/segmentio/kafka-go/protocol/fetch"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/rawproduce"
	"github.com/segmentio/kafka-go/protocol/saslauthenticate"
	"github.com/segmentio/kafka-go/protocol/saslhandshake"
	"github.com/stretchr/testify/require"
)

// TestMessagesAgainstBrokers exchanges every message with real brokers, at every
// version that both have.
func TestMessagesAgainstBrokers(t *testing.T) {
	for _, version := range testkafka.MatrixVersions() {
		t.Run(version, func(t *testing.T) {
			cluster := testkafka.Start(t, testkafka.Config{Version: version, Listeners: []testkafka.Security{testkafka.SASLPlaintext}})
			s := newSession(t, cluster.Brokers()[0])
			t.Run("SASL", func(t *testing.T) { s.on(t).sasl(cluster.Addr(testkafka.SASLPlaintext, 1)) })
			t.Run("ApiVersions", func(t *testing.T) { s.on(t).apiVersions() })
			t.Run("Topics", func(t *testing.T) { s.on(t).topics() })
			t.Run("Records", func(t *testing.T) { s.on(t).records() })
			t.Run("Groups", func(t *testing.T) { s.on(t).groups() })
			t.Run("ShareGroups", func(t *testing.T) { s.on(t).shareGroups() })
			t.Run("StreamsGroups", func(t *testing.T) { s.on(t).streamsGroups() })
			t.Run("Transactions", func(t *testing.T) { s.on(t).transactions() })
			t.Run("Admin", func(t *testing.T) { s.on(t).admin() })
			t.Run("Deletion", func(t *testing.T) { s.on(t).deletion() })
			s.on(t).requireAllUsed()
		})
	}
}

// session is a connection to a broker and what was done on it.
type session struct {
	*testing.T
	conn   net.Conn
	calls  int32
	ranges map[protocol.ApiKey]versions // that both have
	used   map[string]bool              // API and version
	ids    map[string]protocol.UUID     // of topics, as far as brokers tell
	names  []string                     // of topics that are to be deleted
}

func newSession(t *testing.T, addr string) *session {
	s := &session{T: t, used: make(map[string]bool), ranges: make(map[protocol.ApiKey]versions), ids: make(map[string]protocol.UUID)}
	s.dial(addr)
	res := s.at(&apiversions.Request{}, 0).(*apiversions.Response)
	for _, k := range res.ApiKeys {
		key := protocol.ApiKey(k.ApiKey)
		low, high := max(k.MinVersion, key.MinVersion()), min(k.MaxVersion, key.MaxVersion())
		if key == protocol.Produce && k.MaxVersion >= 12 {
			low = max(low, 3) // Kafka 4 tells a range that it does not have (KAFKA-18659)
		}
		if low <= high {
			s.ranges[key] = versions{low, high}
		}
	}
	return s
}

func (s *session) on(t *testing.T) *session {
	s.T = t
	return s
}

func (s *session) dial(addr string) {
	conn, err := net.DialTimeout("tcp", addr, 10*time.Second)
	require.NoError(s, err)
	s.Cleanup(func() { conn.Close() })
	s.conn = conn
}

// at exchanges a message at a version.
func (s *session) at(req protocol.Message, version int16) protocol.Message {
	s.Helper()
	s.calls++
	require.NoError(s, s.conn.SetDeadline(time.Now().Add(30*time.Second)))
	res, err := protocol.RoundTrip(s.conn, version, s.calls, "messages", req)
	require.NoError(s, err, "%s v%d", req.ApiKey(), version)
	s.used[fmt.Sprintf("%s v%d", req.ApiKey(), version)] = true
	return res
}

// near exchanges a message at the version that both have which is nearest to v.
func (s *session) near(req protocol.Message, v int16) protocol.Message {
	s.Helper()
	return s.at(req, s.nearest(req.ApiKey(), v))
}

func (s *session) nearest(key protocol.ApiKey, v int16) int16 {
	r := s.ranges[key]
	return min(max(v, r.min), r.max)
}

// each calls test with every version of an API that both have.
func (s *session) each(key protocol.ApiKey, test func(v int16)) {
	if r, ok := s.ranges[key]; ok {
		for v := r.min; v <= r.max; v++ {
			test(v)
		}
	}
}

// eventually asks again as long as the broker answers that it is not ready yet.
func (s *session) eventually(ask func() (code int16)) {
	s.Helper()
	var code int16
	notYet := []int16{3, 5, 6, 14, 15, 16, 51, 100} // topics, leaders, coordinators, transactions
	require.Eventually(s, func() bool {
		code = ask()
		return !slices.Contains(notYet, code)
	}, 30*time.Second, 20*time.Millisecond)
	require.Zero(s, code, "error code")
}

// requireAllUsed fails if a version that both have was not tried.
func (s *session) requireAllUsed() {
	pairs := 0
	for _, r := range protocol.RegisteredTypes() {
		if !ours(r.Request.PkgPath()) || r.Override {
			continue
		}
		s.each(r.Key, func(v int16) {
			pairs++
			if !s.used[fmt.Sprintf("%s v%d", r.Key, v)] {
				s.Errorf("%s v%d was not tried", r.Key, v)
			}
		})
	}
	s.Logf("%d pairs of api and version, %d requests", pairs, s.calls)
}

func (s *session) sasl(addr string) {
	token := []byte("\x00alice\x00alice-secret")
	main := s.conn
	defer func() { s.conn = main }()
	for v := int16(0); v <= s.ranges[protocol.SaslAuthenticate].max; v++ {
		s.dial(addr)
		handshake := s.at(&saslhandshake.Request{Mechanism: "PLAIN"}, s.nearest(protocol.SaslHandshake, 1)).(*saslhandshake.Response)
		require.Zero(s, handshake.ErrorCode)
		require.Contains(s, handshake.Mechanisms, "PLAIN")
		if _, ok := s.ranges[protocol.SaslAuthenticate]; !ok {
			break
		}
		res := s.at(&saslauthenticate.Request{AuthBytes: token}, v).(*saslauthenticate.Response)
		require.Zero(s, res.ErrorCode, res.ErrorMessage)
	}
	s.dial(addr)
	s.at(&saslhandshake.Request{Mechanism: "PLAIN"}, 0)
	req := &saslauthenticate.Request{AuthBytes: token}
	require.True(s, req.Required(map[protocol.ApiKey]int16{protocol.SaslHandshake: 0}))
	msg, err := req.RawExchange(s.conn)
	require.NoError(s, err)
	require.Empty(s, msg.(*saslauthenticate.Response).AuthBytes)
	require.Len(s, s.at(&metadata.Request{}, s.nearest(protocol.Metadata, 0)).(*metadata.Response).Brokers, 1, "it has let us in")
}

func (s *session) apiVersions() {
	s.each(protocol.ApiVersions, func(v int16) {
		res := s.at(&apiversions.Request{ClientSoftwareName: "kafka-go", ClientSoftwareVersion: "0.5", NodeID: -1}, v).(*apiversions.Response)
		require.Zero(s, res.ErrorCode)
		require.NotEmpty(s, res.ApiKeys)
		if v >= 4 {
			require.NotEmpty(s, res.SupportedFeatures)
		}
	})
}

// topics makes a topic with each version of CreateTopics, and looks at one with
// each of Metadata.
func (s *session) topics() {
	s.each(protocol.CreateTopics, func(v int16) {
		name := fmt.Sprintf("topic-%d", v)
		s.names = append(s.names, name)
		res := s.at(&createtopics.Request{TimeoutMs: 10_000, Topics: []createtopics.RequestTopic{
			{Name: name, NumPartitions: 1, ReplicationFactor: 1, Configs: []createtopics.RequestConfig{{Name: "retention.ms", Value: "-1"}}},
		}}, v).(*createtopics.Response)
		require.Len(s, res.Topics, 1)
		require.Zero(s, res.Topics[0].ErrorCode, res.Topics[0].ErrorMessage)
		require.Equal(s, name, res.Topics[0].Name)
		if v >= 5 {
			require.EqualValues(s, 1, res.Topics[0].NumPartitions)
			require.NotEmpty(s, res.Topics[0].Configs)
		}
	})
	for _, name := range s.names {
		s.eventually(func() int16 { return s.topic(name, s.ranges[protocol.Metadata].max).ErrorCode })
	}
	s.each(protocol.Metadata, func(v int16) {
		topic := s.topic(s.names[0], v)
		require.Equal(s, s.names[0], topic.Name)
		require.Len(s, topic.Partitions, 1)
		require.EqualValues(s, 1, topic.Partitions[0].LeaderID)
	})
}

// topic asks for a topic, and remembers its id.
func (s *session) topic(name string, v int16) metadata.ResponseTopic {
	req := &metadata.Request{TopicNames: []string{name}}
	if v >= 9 {
		req = &metadata.Request{Topics: []metadata.RequestTopic{{Name: name}}}
	}
	if id := s.ids[name]; v >= 12 && !id.IsZero() {
		req.Topics[0] = metadata.RequestTopic{TopicID: id}
	}
	res := s.at(req, v).(*metadata.Response)
	require.Len(s, res.Brokers, 1)
	require.Len(s, res.Topics, 1)
	if id := res.Topics[0].TopicID; !id.IsZero() {
		s.ids[name] = id
	}
	return res.Topics[0]
}

// records writes with each version of Produce, also as raw bytes, and reads with
// each of ListOffsets and Fetch.
func (s *session) records() {
	name := s.names[0]
	count := int64(0)
	written := func(msg protocol.Message, v int16) {
		p := msg.(*produce.Response).Topics[0].Partitions[0]
		require.Zero(s, p.ErrorCode, "version %d: %s", v, p.ErrorMessage)
		require.Equal(s, count, p.BaseOffset)
		count++
	}
	s.each(protocol.Produce, func(v int16) {
		set := protocol.RecordSet{Version: 2, Records: protocol.NewRecordReader(protocol.Record{
			Time: time.Now(), Value: protocol.NewBytes(fmt.Appendf(nil, "record %d", count)),
		})}
		written(s.at(&produce.Request{Acks: -1, Timeout: 10_000, Topics: []produce.RequestTopic{
			{Topic: name, TopicID: s.ids[name], Partitions: []produce.RequestPartition{{RecordSet: set}}},
		}}, v), v)
		if v < 3 {
			return
		}
		var builder protocol.BatchBuilder
		require.NoError(s, builder.Append(time.Now().UnixMilli(), nil, fmt.Appendf(nil, "record %d", count), nil))
		batch, err := builder.Seal(protocol.BatchOptions{})
		require.NoError(s, err)
		raw := protocol.RawRecordSet{Reader: bytes.NewReader(batch)}
		written(s.at(&rawproduce.Request{Acks: -1, Timeout: 10_000, Topics: []rawproduce.RequestTopic{
			{Topic: name, TopicID: s.ids[name], Partitions: []rawproduce.RequestPartition{{RecordSet: raw}}},
		}}, v), v)
	})
	s.each(protocol.ListOffsets, func(v int16) {
		res := s.at(&listoffsets.Request{ReplicaID: -1, TimeoutMs: 1000, Topics: []listoffsets.RequestTopic{
			{Topic: name, Partitions: []listoffsets.RequestPartition{{Timestamp: listoffsets.Latest, CurrentLeaderEpoch: -1}}},
		}}, v).(*listoffsets.Response)
		require.Zero(s, res.Topics[0].Partitions[0].ErrorCode)
		require.Equal(s, count, res.Topics[0].Partitions[0].Offset)
	})
	s.each(protocol.Fetch, func(v int16) { s.fetch(name, v, count) })
}

func (s *session) fetch(name string, v int16, count int64) {
	offset := count - 1
	res := s.at(&fetch.Request{ReplicaID: -1, MaxWaitTime: 1000, MinBytes: 1, MaxBytes: 1 << 20, SessionEpoch: -1, Topics: []fetch.RequestTopic{
		{Topic: name, TopicID: s.ids[name], Partitions: []fetch.RequestPartition{
			{FetchOffset: offset, PartitionMaxBytes: 1 << 20, CurrentLeaderEpoch: -1, LogStartOffset: -1},
		}},
	}}, v).(*fetch.Response)
	require.Zero(s, res.ErrorCode)
	p := res.Topics[0].Partitions[0]
	require.Zero(s, p.ErrorCode)
	require.Equal(s, count, p.HighWatermark)
	record, err := p.RecordSet.Records.ReadRecord()
	require.NoError(s, err)
	value, err := protocol.ReadAll(record.Value)
	require.NoError(s, err)
	require.Equal(s, offset, record.Offset)
	require.Equal(s, fmt.Sprintf("record %d", offset), string(value))
}

// deletion deletes the topics that CreateTopics has made.
func (s *session) deletion() {
	s.each(protocol.DeleteTopics, func(v int16) {
		name := s.names[len(s.names)-1]
		s.names = s.names[:len(s.names)-1]
		req := &deletetopics.Request{TimeoutMs: 10_000}
		if v >= 6 {
			req.Topics = []deletetopics.RequestTopic{{TopicID: s.ids[name]}}
		} else {
			req.TopicNames = []string{name}
		}
		res := s.at(req, v).(*deletetopics.Response)
		require.Len(s, res.Responses, 1)
		require.Zero(s, res.Responses[0].ErrorCode, res.Responses[0].ErrorMessage)
		require.Equal(s, name, res.Responses[0].Name)
	})
}
