package protocol_test

import (
	"fmt"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/addoffsetstotxn"
	"github.com/segmentio/kafka-go/protocol/addpartitionstotxn"
	"github.com/segmentio/kafka-go/protocol/consumer"
	"github.com/segmentio/kafka-go/protocol/describegroups"
	"github.com/segmentio/kafka-go/protocol/endtxn"
	"github.com/segmentio/kafka-go/protocol/findcoordinator"
	"github.com/segmentio/kafka-go/protocol/heartbeat"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/joingroup"
	"github.com/segmentio/kafka-go/protocol/leavegroup"
	"github.com/segmentio/kafka-go/protocol/listgroups"
	"github.com/segmentio/kafka-go/protocol/offsetcommit"
	"github.com/segmentio/kafka-go/protocol/offsetfetch"
	"github.com/segmentio/kafka-go/protocol/syncgroup"
	"github.com/segmentio/kafka-go/protocol/txnoffsetcommit"
	"github.com/stretchr/testify/require"
)

// coordinator waits for the coordinator of a group or a transaction to be there.
func (s *session) coordinator(key string, keyType int8, v int16) {
	req := &findcoordinator.Request{Key: key, KeyType: keyType}
	if v >= 4 {
		req = &findcoordinator.Request{KeyType: keyType, CoordinatorKeys: findcoordinator.Keys(key)}
	}
	s.eventually(func() int16 {
		found := s.at(req, v).(*findcoordinator.Response).All()
		require.Len(s, found, 1)
		if v >= 4 {
			require.Equal(s, key, found[0].Key)
		}
		if found[0].ErrorCode == 0 {
			require.EqualValues(s, 1, found[0].NodeID)
		}
		return found[0].ErrorCode
	})
}

// groups has a member live through each version of each API of groups.
func (s *session) groups() {
	s.each(protocol.FindCoordinator, func(v int16) { s.coordinator("group", findcoordinator.KeyTypeGroup, v) })
	for v := range int16(11) {
		m := &member{session: s, version: v, group: fmt.Sprintf("group-%d", v)}
		m.live()
	}
}

type member struct {
	*session
	version    int16
	group, id  string
	generation int32
}

func (m *member) live() {
	m.join()
	m.sync()
	require.Zero(m, m.near(&heartbeat.Request{GroupID: m.group, MemberID: m.id, GenerationID: m.generation}, m.version).(*heartbeat.Response).ErrorCode)
	m.commit()
	m.describe()
	m.list()
	leave := m.near(&leavegroup.Request{GroupID: m.group, MemberID: m.id}, m.version).(*leavegroup.Response)
	require.Zero(m, leave.ErrorCode)
	if m.nearest(protocol.LeaveGroup, m.version) >= 3 {
		require.Equal(m, []leavegroup.ResponseMember{{MemberID: m.id}}, leave.Members)
	}
}

func (m *member) join() {
	subscription, err := protocol.Marshal(1, consumer.Subscription{Version: 1, Topics: []string{m.names[0]}})
	require.NoError(m, err)
	m.eventually(func() int16 {
		res := m.near(&joingroup.Request{
			GroupID: m.group, MemberID: m.id, ProtocolType: "consumer",
			SessionTimeoutMS: 10_000, RebalanceTimeoutMS: 10_000, Reason: "test",
			Protocols: []joingroup.RequestProtocol{{Name: "range", Metadata: subscription}},
		}, m.version).(*joingroup.Response)
		m.id, m.generation = res.MemberID, res.GenerationID
		const memberIDRequired = 79
		if res.ErrorCode == memberIDRequired {
			return 15 // not ready yet
		}
		if res.ErrorCode == 0 {
			require.Equal(m, "range", res.ProtocolName)
			require.Equal(m, m.id, res.LeaderID)
			require.Equal(m, subscription, res.Members[0].Metadata)
		}
		return res.ErrorCode
	})
}

func (m *member) sync() {
	assignment, err := protocol.Marshal(1, consumer.Assignment{Version: 1})
	require.NoError(m, err)
	res := m.near(&syncgroup.Request{
		GroupID: m.group, MemberID: m.id, GenerationID: m.generation, ProtocolType: "consumer", ProtocolName: "range",
		Assignments: []syncgroup.RequestAssignment{{MemberID: m.id, Assignment: assignment}},
	}, m.version).(*syncgroup.Response)
	require.Zero(m, res.ErrorCode)
	require.Equal(m, assignment, res.Assignments)
}

// commit stores an offset and reads it back. Version 0 of both has ZooKeeper.
func (m *member) commit() {
	const unsupportedVersion = 35
	topic := m.names[0]
	offset := int64(m.version) + 7
	v := m.nearest(protocol.OffsetCommit, m.version)
	req := &offsetcommit.Request{
		GroupID: m.group, MemberID: m.id, GenerationID: m.generation, RetentionTimeMs: -1,
		Topics: []offsetcommit.RequestTopic{{Name: topic, TopicID: m.ids[topic], Partitions: []offsetcommit.RequestPartition{
			{CommittedOffset: offset, CommitTimestamp: -1, CommittedLeaderEpoch: -1, CommittedMetadata: "kept"},
		}}},
	}
	if v == 0 {
		req.MemberID, req.GenerationID = "", -1
	}
	if v != 1 {
		req.Topics[0].Partitions[0].CommitTimestamp = 0
	}
	res := m.at(req, v).(*offsetcommit.Response)
	fetched := m.near(m.offsetFetch(topic), m.version).(*offsetfetch.Response)
	code := res.Topics[0].Partitions[0].ErrorCode
	if v == 0 && code == unsupportedVersion {
		return // the broker has no ZooKeeper
	}
	require.Zero(m, code)
	if (v == 0) != (m.nearest(protocol.OffsetFetch, m.version) == 0) {
		return // the one has ZooKeeper, the other not
	}
	topics := fetched.Topics
	if len(fetched.Groups) > 0 {
		require.Equal(m, m.group, fetched.Groups[0].GroupID)
		topics = fetched.Groups[0].Topics
	}
	require.Zero(m, fetched.ErrorCode)
	got := topics[0].Partitions[0]
	require.Zero(m, got.ErrorCode)
	require.Equal(m, offset, got.CommittedOffset)
	require.EqualValues(m, -1, got.ComittedLeaderEpoch)
	if v > 0 {
		require.Equal(m, "kept", got.Metadata)
	}
}

func (m *member) offsetFetch(topic string) *offsetfetch.Request {
	topics := []offsetfetch.RequestTopic{{Name: topic, TopicID: m.ids[topic], PartitionIndexes: []int32{0}}}
	if m.nearest(protocol.OffsetFetch, m.version) >= 8 {
		return &offsetfetch.Request{Groups: []offsetfetch.RequestGroup{{GroupID: m.group, Topics: topics}}}
	}
	return &offsetfetch.Request{GroupID: m.group, Topics: topics}
}

func (m *member) describe() {
	res := m.near(&describegroups.Request{Groups: []string{m.group}}, m.version).(*describegroups.Response)
	require.Len(m, res.Groups, 1)
	g := res.Groups[0]
	require.Zero(m, g.ErrorCode, g.ErrorMessage)
	require.Equal(m, m.group, g.GroupID)
	require.Equal(m, "Stable", g.GroupState)
	require.Equal(m, "range", g.ProtocolData)
	require.Len(m, g.Members, 1)
	require.Equal(m, m.id, g.Members[0].MemberID)
	require.Equal(m, "messages", g.Members[0].ClientID)
}

func (m *member) list() {
	req := &listgroups.Request{}
	v := m.nearest(protocol.ListGroups, m.version)
	if v >= 4 {
		req.StatesFilter = listgroups.Filter("Stable")
	}
	if v >= 5 {
		req.TypesFilter = listgroups.Filter("classic")
	}
	res := m.at(req, v).(*listgroups.Response)
	require.Zero(m, res.ErrorCode)
	want := listgroups.ResponseGroup{GroupID: m.group, ProtocolType: "consumer"}
	if v >= 4 {
		want.GroupState = "Stable"
	}
	if v >= 5 {
		want.GroupType = "classic"
	}
	require.Contains(m, res.Groups, want)
}

// transactions has a producer commit offsets with each version of each API of
// transactions.
func (s *session) transactions() {
	if _, ok := s.ranges[protocol.InitProducerId]; !ok {
		s.Skip("brokers before 0.11 have no transactions")
	}
	s.each(protocol.FindCoordinator, func(v int16) {
		if v > 0 {
			s.coordinator("transaction", findcoordinator.KeyTypeTransaction, v)
		}
	})
	for v := range int16(7) {
		p := &producer{session: s, version: v, name: fmt.Sprintf("transaction-%d", v)}
		p.produce()
	}
}

type producer struct {
	*session
	version int16
	name    string
	id      int64
	epoch   int16
}

func (p *producer) produce() {
	p.eventually(func() int16 {
		res := p.near(&initproducerid.Request{
			TransactionalID: p.name, TransactionTimeoutMs: 30_000, ProducerID: p.fresh(), ProducerEpoch: int16(p.fresh()),
		}, p.version).(*initproducerid.Response)
		p.id, p.epoch = res.ProducerID, res.ProducerEpoch
		return res.ErrorCode
	})
	p.eventually(func() int16 {
		res := p.near(&addpartitionstotxn.Request{
			TransactionalID: p.name, ProducerID: p.id, ProducerEpoch: p.epoch,
			Topics: []addpartitionstotxn.RequestTopic{{Name: p.names[0], Partitions: []int32{0}}},
		}, p.version).(*addpartitionstotxn.Response)
		return res.Results[0].Results[0].ErrorCode
	})
	p.eventually(func() int16 {
		return p.near(&addoffsetstotxn.Request{
			TransactionalID: p.name, ProducerID: p.id, ProducerEpoch: p.epoch, GroupID: p.name,
		}, p.version).(*addoffsetstotxn.Response).ErrorCode
	})
	p.eventually(p.commit)
	p.end()
}

// fresh is what asks for a new producer id, at versions that can ask for another.
func (p *producer) fresh() int64 {
	if p.nearest(protocol.InitProducerId, p.version) < 3 {
		return 0
	}
	return -1
}

func (p *producer) commit() int16 {
	req := &txnoffsetcommit.Request{
		TransactionalID: p.name, GroupID: p.name, ProducerID: p.id, ProducerEpoch: p.epoch, GenerationID: -1,
		Topics: []txnoffsetcommit.RequestTopic{{Name: p.names[0], TopicID: p.ids[p.names[0]], Partitions: []txnoffsetcommit.RequestPartition{
			{CommittedOffset: 3, CommittedLeaderEpoch: -1, CommittedMetadata: "kept"},
		}}},
	}
	return p.near(req, p.version).(*txnoffsetcommit.Response).Topics[0].Partitions[0].ErrorCode
}

func (p *producer) end() {
	v := p.nearest(protocol.EndTxn, p.version)
	p.eventually(func() int16 {
		res := p.at(&endtxn.Request{TransactionalID: p.name, ProducerID: p.id, ProducerEpoch: p.epoch, Committed: true}, v).(*endtxn.Response)
		if res.ErrorCode == 0 && v >= 5 {
			require.Equal(p, p.id, res.ProducerID)
			require.Equal(p, p.epoch+1, res.ProducerEpoch, "the epoch of the next transaction")
		}
		if res.ErrorCode == 0 && v < 5 {
			require.EqualValues(p, -1, res.ProducerID)
		}
		return res.ErrorCode
	})
}
