package protocol_test

import (
	"fmt"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/altersharegroupoffsets"
	"github.com/segmentio/kafka-go/protocol/deletesharegroupoffsets"
	"github.com/segmentio/kafka-go/protocol/describesharegroupoffsets"
	"github.com/segmentio/kafka-go/protocol/incrementalalterconfigs"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/shareacknowledge"
	"github.com/segmentio/kafka-go/protocol/sharefetch"
	"github.com/segmentio/kafka-go/protocol/sharegroupheartbeat"
	"github.com/segmentio/kafka-go/protocol/streamsgroupheartbeat"
	"github.com/stretchr/testify/require"
)

// shareGroups has a member of a share group read, with each version of ShareFetch,
// and looks at what the group has left.
func (s *session) shareGroups() {
	if _, ok := s.ranges[protocol.ShareFetch]; !ok {
		s.Skip("the broker has no share groups")
	}
	s.each(protocol.ShareFetch, func(v int16) {
		m := &shareMember{session: s, version: v, group: fmt.Sprintf("share-%d", v), id: protocol.UUID{1, byte(v)}.String(), topic: s.names[1]}
		m.beginAtTheStart()
		m.write(3)
		m.join()
		m.read()
		require.Zero(s, m.heartbeat(sharegroupheartbeat.LeaveEpoch, nil).ErrorCode)
		m.offsets()
	})
}

type shareMember struct {
	*session
	version          int16
	group, id, topic string
	first            int64 // of the records that write wrote
}

// beginAtTheStart is a setting of the group, since a share group begins at the end.
func (m *shareMember) beginAtTheStart() {
	const group = 32
	res := m.near(&incrementalalterconfigs.Request{Resources: []incrementalalterconfigs.RequestResource{
		{ResourceType: group, ResourceName: m.group, Configs: []incrementalalterconfigs.RequestConfig{
			{Name: "share.auto.offset.reset", Value: "earliest"},
		}},
	}}, 1).(*incrementalalterconfigs.Response)
	require.Zero(m, res.Responses[0].ErrorCode, res.Responses[0].ErrorMessage)
}

func (m *shareMember) write(n int) {
	records := make([]protocol.Record, n)
	for i := range records {
		records[i] = protocol.Record{Time: time.Now(), Value: protocol.NewBytes(fmt.Appendf(nil, "%s %d", m.group, i))}
	}
	set := protocol.RecordSet{Version: 2, Records: protocol.NewRecordReader(records...)}
	res := m.near(&produce.Request{Acks: -1, Timeout: 10_000, Topics: []produce.RequestTopic{
		{Topic: m.topic, TopicID: m.ids[m.topic], Partitions: []produce.RequestPartition{{RecordSet: set}}},
	}}, 13).(*produce.Response)
	require.Zero(m, res.Topics[0].Partitions[0].ErrorCode)
	m.first = res.Topics[0].Partitions[0].BaseOffset
}

func (m *shareMember) heartbeat(epoch int32, topics []string) *sharegroupheartbeat.Response {
	return m.near(&sharegroupheartbeat.Request{
		GroupID: m.group, MemberID: m.id, MemberEpoch: epoch, SubscribedTopicNames: topics,
	}, m.version).(*sharegroupheartbeat.Response)
}

func (m *shareMember) join() {
	var epoch int32
	m.eventually(func() int16 {
		res := m.heartbeat(sharegroupheartbeat.JoinEpoch, []string{m.topic})
		epoch = res.MemberEpoch
		if res.ErrorCode == 0 {
			require.Equal(m, m.id, res.MemberID)
			require.Positive(m, res.HeartbeatIntervalMs)
		}
		if res.ErrorCode == 0 && (res.Assignment == nil || len(res.Assignment.TopicPartitions) == 0) {
			return 15 // not ready yet
		}
		return res.ErrorCode
	})
	require.Positive(m, epoch)
	require.Zero(m, m.heartbeat(epoch, nil).ErrorCode)
}

// read acquires the records, of which it is done with the first, gives back the
// second and holds on to the third until it leaves.
func (m *shareMember) read() {
	epoch := sharefetch.OpenSession
	var p sharefetch.ResponsePartition
	m.eventually(func() int16 {
		res := m.fetch(epoch)
		require.Zero(m, res.ErrorCode, res.ErrorMessage)
		require.Positive(m, res.AcquisitionLockTimeoutMs)
		epoch++
		if len(res.Responses) == 0 || len(res.Responses[0].Partitions[0].AcquiredRecords) == 0 {
			return 15 // not ready yet
		}
		require.Equal(m, m.ids[m.topic], res.Responses[0].TopicID)
		p = res.Responses[0].Partitions[0]
		return p.ErrorCode
	})
	last := p.AcquiredRecords[len(p.AcquiredRecords)-1]
	require.Equal(m, m.first+2, last.LastOffset)
	require.EqualValues(m, 1, last.DeliveryCount)
	record, err := p.RecordSet.Records.ReadRecord()
	require.NoError(m, err)
	require.LessOrEqual(m, p.AcquiredRecords[0].FirstOffset, record.Offset)
	m.acknowledge(epoch, p.AcquiredRecords[0].FirstOffset, m.first, shareacknowledge.AcknowledgeAccept)
	m.acknowledge(epoch+1, m.first+1, m.first+1, shareacknowledge.AcknowledgeRelease)
	if m.version >= 2 {
		m.acknowledge(epoch+2, m.first+2, m.first+2, shareacknowledge.AcknowledgeRenew)
		epoch++
	}
	// The third is accepted by the request that ends the session.
	m.acknowledge(shareacknowledge.CloseSession, m.first+2, m.first+2, shareacknowledge.AcknowledgeAccept)
}

func (m *shareMember) fetch(epoch int32) *sharefetch.Response {
	req := &sharefetch.Request{
		GroupID: m.group, MemberID: m.id, ShareSessionEpoch: epoch, MaxWaitMs: 500, MinBytes: 1, MaxRecords: 100, BatchSize: 100,
	}
	req.MaxBytes = 1 << 20
	if epoch == sharefetch.OpenSession {
		req.Topics = []sharefetch.RequestTopic{{TopicID: m.ids[m.topic], Partitions: []sharefetch.RequestPartition{{}}}}
	}
	return m.at(req, m.version).(*sharefetch.Response)
}

func (m *shareMember) acknowledge(epoch int32, first, last int64, what int8) {
	m.Helper()
	res := m.near(&shareacknowledge.Request{
		GroupID: m.group, MemberID: m.id, ShareSessionEpoch: epoch, IsRenewAck: what == shareacknowledge.AcknowledgeRenew,
		Topics: []shareacknowledge.RequestTopic{{TopicID: m.ids[m.topic], Partitions: []shareacknowledge.RequestPartition{
			{AcknowledgementBatches: []shareacknowledge.AcknowledgementBatch{{FirstOffset: first, LastOffset: last, AcknowledgeTypes: []int8{what}}}},
		}}},
	}, m.version).(*shareacknowledge.Response)
	require.Zero(m, res.ErrorCode, res.ErrorMessage)
	require.Len(m, res.Responses, 1)
	require.Zero(m, res.Responses[0].Partitions[0].ErrorCode, res.Responses[0].Partitions[0].ErrorMessage)
}

// offsets looks at the progress of the group, sets it back and deletes it.
func (m *shareMember) offsets() {
	describe := func() describesharegroupoffsets.ResponsePartition {
		res := m.near(&describesharegroupoffsets.Request{Groups: []describesharegroupoffsets.RequestGroup{{GroupID: m.group}}}, m.version-1)
		g := res.(*describesharegroupoffsets.Response).Groups[0]
		require.Zero(m, g.ErrorCode, g.ErrorMessage)
		require.Equal(m, m.group, g.GroupID)
		if len(g.Topics) == 0 {
			return describesharegroupoffsets.ResponsePartition{StartOffset: -1}
		}
		require.Equal(m, m.topic, g.Topics[0].TopicName)
		require.Equal(m, m.ids[m.topic], g.Topics[0].TopicID)
		require.Zero(m, g.Topics[0].Partitions[0].ErrorCode)
		return g.Topics[0].Partitions[0]
	}
	require.Equal(m, m.first+1, describe().StartOffset, "the record that was given back")

	topic := altersharegroupoffsets.RequestTopic{TopicName: m.topic, Partitions: []altersharegroupoffsets.RequestPartition{{StartOffset: m.first}}}
	altered := m.near(&altersharegroupoffsets.Request{GroupID: m.group, Topics: []altersharegroupoffsets.RequestTopic{topic}}, 0).(*altersharegroupoffsets.Response)
	require.Zero(m, altered.ErrorCode, altered.ErrorMessage)
	require.Zero(m, altered.Responses[0].Partitions[0].ErrorCode, altered.Responses[0].Partitions[0].ErrorMessage)
	p := describe()
	require.Equal(m, m.first, p.StartOffset)
	if m.nearest(protocol.DescribeShareGroupOffsets, m.version-1) >= 1 {
		require.NotZero(m, p.Lag)
	}

	deleted := m.near(&deletesharegroupoffsets.Request{GroupID: m.group, Topics: []deletesharegroupoffsets.RequestTopic{{TopicName: m.topic}}}, 0).(*deletesharegroupoffsets.Response)
	require.Zero(m, deleted.ErrorCode, deleted.ErrorMessage)
	require.Zero(m, deleted.Responses[0].ErrorCode, deleted.Responses[0].ErrorMessage)
	require.EqualValues(m, -1, describe().StartOffset)
}

// streamsGroups has a member of a group of Kafka Streams get a task, with each
// version of StreamsGroupHeartbeat.
func (s *session) streamsGroups() {
	if _, ok := s.ranges[protocol.StreamsGroupHeartbeat]; !ok {
		s.Skip("the broker has no groups of Kafka Streams")
	}
	s.each(protocol.StreamsGroupHeartbeat, func(v int16) {
		req := &streamsgroupheartbeat.Request{
			GroupID: fmt.Sprintf("streams-%d", v), MemberID: protocol.UUID{2, byte(v)}.String(), ProcessID: "process",
			RebalanceTimeoutMs: 20_000, Topology: &streamsgroupheartbeat.RequestTopology{
				Epoch: 1, Subtopologies: []streamsgroupheartbeat.RequestSubtopology{{SubtopologyID: "0", SourceTopics: []string{s.names[1]}}},
			},
			ActiveTasks: []streamsgroupheartbeat.RequestTasks{}, StandbyTasks: []streamsgroupheartbeat.RequestTasks{},
			WarmupTasks: []streamsgroupheartbeat.RequestTasks{},
		}
		s.eventually(func() int16 {
			res := s.at(req, v).(*streamsgroupheartbeat.Response)
			if res.ErrorCode != 0 {
				return res.ErrorCode
			}
			require.Equal(s, req.MemberID, res.MemberID)
			require.Positive(s, res.HeartbeatIntervalMs)
			if len(res.ActiveTasks) == 0 { // the assignment is delayed
				req.MemberEpoch, req.Topology = res.MemberEpoch, nil
				return 15
			}
			require.Equal(s, []streamsgroupheartbeat.ResponseTasks{{SubtopologyID: "0", Partitions: []int32{0}}}, res.ActiveTasks)
			return 0
		})
		leave := &streamsgroupheartbeat.Request{
			GroupID: req.GroupID, MemberID: req.MemberID, MemberEpoch: streamsgroupheartbeat.LeaveEpoch, RebalanceTimeoutMs: -1,
		}
		require.Zero(s, s.at(leave, v).(*streamsgroupheartbeat.Response).ErrorCode)
	})
}
