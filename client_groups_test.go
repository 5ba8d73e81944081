package kafka

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/protocol"
)

// groupsCluster is a cluster that data and groups are tried on.
type groupsCluster struct{ *clientTable }

// testClientGroups runs the methods of Client for data, groups and transactions.
func testClientGroups(t *testing.T, calls *clientCalls) {
	tests := []struct {
		name string
		test func(*testing.T, *groupsCluster)
	}{
		{"produce and fetch", clientProduceFetch},
		{"refused records", clientRefusedRecords},
		{"idempotence", clientIdempotence},
		{"offsets by time", clientListOffsets},
		{"a transaction", clientTransaction},
		{"a group of two", clientGroupOfTwo},
		{"a static member", clientStaticMember},
		{"offsets of groups", clientGroupOffsets},
		{"several coordinators", clientCoordinators},
		{"internal topics", clientInternalTopics},
		{"ends in time", clientEndsInTime},
		{"denied", clientDenied},
	}
	cfg := testkafka.Config{Version: calls.kafka, Nodes: 3}
	if calls.kafka == testkafka.Newest {
		cfg.Authorizer, cfg.Listeners = true, []testkafka.Security{testkafka.SASLPlaintext}
	}
	g := &groupsCluster{newClientTable(t, testkafka.Start(t, cfg), calls)}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.test(t, g) })
	}
}

func (g *groupsCluster) topic(t *testing.T, partitions int, settings ...ConfigEntry) string {
	t.Helper()
	topic := newTopicName()
	admin := dialController(t, g.k)
	require.NoError(t, admin.CreateTopics(TopicConfig{Topic: topic, NumPartitions: partitions, ReplicationFactor: 3, ConfigEntries: settings}))
	for _, broker := range g.k.Brokers() { // coordinators, and with ZooKeeper leaders, hear of it one after the other
		conn, err := Dial("tcp", broker)
		require.NoError(t, err)
		waitUntil(t, func() bool {
			known, err := conn.ReadPartitions(topic)
			return err == nil && len(known) == partitions
		})
		require.NoError(t, conn.Close())
	}
	for p := range partitions {
		waitUntil(t, func() bool {
			res, err := g.client.ListOffsets(patient(t), &ListOffsetsRequest{Topics: map[string][]OffsetRequest{topic: {LastOffsetOf(p)}}})
			return err == nil && res.Topics[topic][0].Error == nil
		})
	}
	return topic
}

// group returns the id of a new group whose coordinator is ready.
func (g *groupsCluster) group(t *testing.T) string {
	t.Helper()
	group := newTopicName()
	eventually(t, func() error {
		res, err := g.client.OffsetFetch(patient(t), &OffsetFetchRequest{GroupID: group})
		require.NoError(t, err)
		return res.Error
	})
	return group
}

func recordsOf(list ...string) RecordReader {
	records := make([]Record, len(list))
	for i := range list {
		records[i].Value = NewBytes([]byte(list[i]))
	}
	return NewRecordReader(records...)
}

// fetch fetches. A leader may move on a machine that has much to do.
func (g *groupsCluster) fetch(t *testing.T, req *FetchRequest) (res *FetchResponse) {
	t.Helper()
	waitUntil(t, func() (done bool) {
		var err error
		res, err = g.client.Fetch(patient(t), req)
		require.NoError(t, err)
		return !isTemporary(res.Error)
	})
	return res
}

// fetchedValues reads all records of a response, as value@offset.
func fetchedValues(t *testing.T, res *FetchResponse) (list []string) {
	t.Helper()
	for {
		r, err := res.Records.ReadRecord()
		if errors.Is(err, io.EOF) {
			return list
		}
		require.NoError(t, err)
		value, err := ReadAll(r.Value)
		require.NoError(t, err)
		list = append(list, fmt.Sprintf("%s@%d", value, r.Offset))
	}
}

// fetchAll reads a partition from its beginning to its end.
func (g *groupsCluster) fetchAll(t *testing.T, topic string, partition int, level IsolationLevel) (list []string) {
	t.Helper()
	for offset := FirstOffset; ; {
		res := g.fetch(t, &FetchRequest{Topic: topic, Partition: partition, Offset: offset, MaxBytes: 1 << 20, IsolationLevel: level})
		require.NoError(t, res.Error)
		list = append(list, fetchedValues(t, res)...)
		if res.NextOffset == offset || res.NextOffset >= res.HighWatermark {
			return list
		}
		offset = res.NextOffset
	}
}

// eventually calls f until it returns no error that is temporary.
func eventually(t *testing.T, f func() error) {
	t.Helper()
	var err error
	waitUntil(t, func() bool {
		err = f()
		return err == nil || !isTemporary(err) && !errors.Is(err, ConcurrentTransactions)
	})
	require.NoError(t, err)
}

func clientProduceFetch(t *testing.T, g *groupsCluster) {
	ctx, topic := patient(t), g.topic(t, 3)
	at := time.UnixMilli(1_500_000_000_123).UTC()
	var want []string
	for i, codec := range []Compression{0, Gzip, Snappy, Lz4, Zstd} {
		records := make([]Record, 4)
		for j := range records {
			value := strings.Repeat(itoa(i), 40) + itoa(j)
			want = append(want, fmt.Sprintf("%s@%d", value, len(want)))
			records[j] = Record{Time: at, Key: NewBytes([]byte{}), Value: NewBytes([]byte(value)), Headers: []Header{{Key: "h", Value: []byte{byte(j)}}}}
		}
		res, err := g.client.Produce(ctx, &ProduceRequest{
			Topic: topic, Partition: 2, RequiredAcks: RequireAll, Records: NewRecordReader(records...), Compression: codec,
		})
		require.NoError(t, err, codec)
		assert.Equal(t, &ProduceResponse{BaseOffset: int64(4 * i)}, res, codec)
	}
	assert.Equal(t, want, g.fetchAll(t, topic, 2, ReadUncommitted))

	res := g.fetch(t, &FetchRequest{Topic: topic, Partition: 2, Offset: 6, MaxBytes: 1})
	require.NoError(t, res.Error)
	assert.Equal(t, []any{int64(20), int64(20), int64(0), int64(8)}, []any{res.HighWatermark, res.LastStableOffset, res.LogStartOffset, res.NextOffset})
	r, err := res.Records.ReadRecord()
	require.NoError(t, err)
	key, err := ReadAll(r.Key)
	require.NoError(t, err)
	assert.Equal(t, []any{int64(6), at, []byte{}, []Header{{Key: "h", Value: []byte{2}}}}, []any{r.Offset, r.Time, key, r.Headers})

	res = g.fetch(t, &FetchRequest{Topic: topic, Partition: 2, Offset: LastOffset, MinBytes: 1, MaxBytes: 1 << 20, MaxWait: 50 * time.Millisecond})
	require.NoError(t, res.Error)
	assert.Empty(t, fetchedValues(t, res))
	assert.EqualValues(t, 20, res.NextOffset)

	res = g.fetch(t, &FetchRequest{Topic: topic, Partition: 2, Offset: 99, MaxBytes: 1 << 20})
	assert.Equal(t, OffsetOutOfRange, res.Error)
	assert.Empty(t, fetchedValues(t, res))

	// Without records, without an answer, and without a partition.
	for _, records := range []RecordReader{nil, NewRecordReader()} {
		produced, err := g.client.Produce(ctx, &ProduceRequest{Topic: topic, RequiredAcks: RequireAll, Records: records})
		require.NoError(t, err)
		assert.Equal(t, &ProduceResponse{}, produced)
	}
	produced, err := g.client.Produce(ctx, &ProduceRequest{Topic: topic, RequiredAcks: RequireNone, Records: recordsOf("silent")})
	require.NoError(t, err)
	assert.Nil(t, produced)
	waitUntil(t, func() bool { return slices.Equal(g.fetchAll(t, topic, 0, ReadUncommitted), []string{"silent@0"}) })
	for _, err := range []error{
		second(g.client.Produce(ctx, &ProduceRequest{Topic: newTopicName(), RequiredAcks: RequireAll, Records: recordsOf("x")})),
		second(g.client.Fetch(ctx, &FetchRequest{Topic: newTopicName()})),
		second(g.client.Fetch(ctx, &FetchRequest{Topic: newTopicName(), Offset: FirstOffset})),
	} {
		require.ErrorIs(t, err, UnknownTopicOrPartition)
	}
	require.Error(t, second(g.client.Produce(ctx, &ProduceRequest{Topic: topic, Partition: 3, RequiredAcks: RequireAll, Records: recordsOf("x")})))
}

func second[T any](_ T, err error) error { return err }

func clientRefusedRecords(t *testing.T, g *groupsCluster) {
	topic := g.topic(t, 1, ConfigEntry{"cleanup.policy", "compact"}, ConfigEntry{"message.timestamp.type", "LogAppendTime"})
	var res *ProduceResponse
	waitUntil(t, func() (done bool) { // a leader may not know yet that it is one
		var err error
		res, err = g.client.Produce(patient(t), &ProduceRequest{Topic: topic, RequiredAcks: RequireAll, Records: NewRecordReader(
			Record{Key: NewBytes([]byte("k")), Value: NewBytes([]byte("v"))}, Record{Value: NewBytes([]byte("no key"))},
		)})
		require.NoError(t, err)
		return !isTemporary(res.Error)
	})
	require.ErrorIs(t, res.Error, InvalidRecord)
	require.Len(t, res.RecordErrors, 1)
	require.ErrorContains(t, res.RecordErrors[1], "cannot accept message without key")
	assert.Empty(t, g.fetchAll(t, topic, 0, ReadUncommitted))

	before := time.Now().Add(-time.Minute)
	res, err := g.client.Produce(patient(t), &ProduceRequest{Topic: topic, RequiredAcks: RequireOne, Records: NewRecordReader(
		Record{Key: NewBytes([]byte("k")), Value: NewBytes([]byte("v"))},
	)})
	require.NoError(t, err)
	require.NoError(t, res.Error)
	assert.True(t, res.LogAppendTime.After(before))
	assert.Nil(t, res.RecordErrors)
}

// initProducer asks for the identity of a producer.
func (g *groupsCluster) initProducer(t *testing.T, name string) (p *ProducerSession) {
	t.Helper()
	eventually(t, func() error {
		res, err := g.client.InitProducerID(patient(t), &InitProducerIDRequest{TransactionalID: name, TransactionTimeoutMs: 30_000})
		require.NoError(t, err)
		p = res.Producer
		return res.Error
	})
	return p
}

func clientIdempotence(t *testing.T, g *groupsCluster) {
	ctx, topic, p := patient(t), g.topic(t, 1), g.initProducer(t, "")
	write := func(sequence int, values ...string) *ProduceResponse {
		res, err := g.client.Produce(ctx, &ProduceRequest{
			Topic: topic, RequiredAcks: RequireAll, Records: recordsOf(values...), Producer: p, BaseSequence: sequence, Compression: Lz4,
		})
		require.NoError(t, err)
		return res
	}
	for range 2 { // the second time it is the same request again
		res := write(0, "a", "b")
		require.NoError(t, res.Error)
		assert.Zero(t, res.BaseOffset)
	}
	assert.EqualValues(t, 2, write(2, "c").BaseOffset)
	require.ErrorIs(t, write(9, "gap").Error, OutOfOrderSequenceNumber)
	assert.Equal(t, []string{"a@0", "b@1", "c@2"}, g.fetchAll(t, topic, 0, ReadCommitted))

	now := time.Now()
	raw := wire(t, wireBatch{msgs: []Message{{Value: []byte("raw"), Time: now}, {Value: []byte("records"), Time: now}}})
	for range 2 {
		res, err := g.client.RawProduce(ctx, &RawProduceRequest{Topic: topic, RequiredAcks: RequireAll, RawRecords: rawRecordsOf(raw)})
		require.NoError(t, err)
		require.NoError(t, res.Error)
	}
	assert.Equal(t, []string{"raw@3", "records@4", "raw@5", "records@6"}, g.fetchAll(t, topic, 0, ReadCommitted)[3:])
	res, err := g.client.RawProduce(ctx, &RawProduceRequest{Topic: topic, RequiredAcks: RequireAll})
	require.NoError(t, err)
	assert.Equal(t, &ProduceResponse{}, res)
}

func clientListOffsets(t *testing.T, g *groupsCluster) {
	ctx, topic := patient(t), g.topic(t, 2)
	at := func(i int) time.Time { return time.UnixMilli(1_600_000_000_000 + int64(i)*1000).UTC() }
	for i := range 3 {
		res, err := g.client.Produce(ctx, &ProduceRequest{Topic: topic, RequiredAcks: RequireAll, Records: NewRecordReader(Record{Time: at(i)})})
		require.NoError(t, err)
		require.NoError(t, res.Error)
	}
	res, err := g.client.ListOffsets(ctx, &ListOffsetsRequest{Topics: map[string][]OffsetRequest{
		topic: {
			TimeOffsetOf(0, at(1).Add(time.Millisecond)), FirstOffsetOf(0), FirstOffsetOf(1), LastOffsetOf(0), TimeOffsetOf(0, time.Time{}),
			TimeOffsetOf(0, at(3)), LastOffsetOf(7),
		},
		"missing": {FirstOffsetOf(0)},
	}})
	require.NoError(t, err)
	got := res.Topics[topic]
	require.Len(t, got, 3)
	// The times are those of the records, not those that were asked for.
	assert.Equal(t, PartitionOffsets{Partition: 0, FirstOffset: 0, LastOffset: 3, Offsets: map[int64]time.Time{2: at(2), 0: at(0)}}, got[0])
	assert.Equal(t, PartitionOffsets{Partition: 1, FirstOffset: 0, LastOffset: -1, Offsets: map[int64]time.Time{}}, got[1])
	assert.Equal(t, []int64{7, -1, -1}, []int64{int64(got[2].Partition), got[2].FirstOffset, got[2].LastOffset})
	require.ErrorIs(t, got[2].Error, UnknownTopicOrPartition)
	require.ErrorIs(t, res.Topics["missing"][0].Error, UnknownTopicOrPartition)
}

// begin makes a partition and the offsets of a group part of a transaction, and
// writes and commits in it.
func (g *groupsCluster) inTransaction(t *testing.T, p *ProducerSession, name, group, topic string, sequence int, value string, offset int64) {
	t.Helper()
	ctx := patient(t)
	eventually(t, func() error {
		res, err := g.client.AddPartitionsToTxn(ctx, &AddPartitionsToTxnRequest{
			TransactionalID: name, ProducerID: p.ProducerID, ProducerEpoch: p.ProducerEpoch, Topics: map[string][]AddPartitionToTxn{topic: {{0}}},
		})
		require.NoError(t, err)
		return res.Topics[topic][0].Error
	})
	produced, err := g.client.Produce(ctx, &ProduceRequest{
		Topic: topic, RequiredAcks: RequireAll, TransactionalID: name, Producer: p, BaseSequence: sequence, Records: recordsOf(value),
	})
	require.NoError(t, err)
	require.NoError(t, produced.Error)
	eventually(t, func() error {
		res, err := g.client.AddOffsetsToTxn(ctx, &AddOffsetsToTxnRequest{
			TransactionalID: name, ProducerID: p.ProducerID, ProducerEpoch: p.ProducerEpoch, GroupID: group,
		})
		require.NoError(t, err)
		return res.Error
	})
	eventually(t, func() error {
		res, err := g.client.TxnOffsetCommit(ctx, &TxnOffsetCommitRequest{
			TransactionalID: name, ProducerID: p.ProducerID, ProducerEpoch: p.ProducerEpoch, GroupID: group,
			Topics: map[string][]TxnOffsetCommit{topic: {{Partition: 0, Offset: offset, Metadata: "m"}}},
		})
		require.NoError(t, err)
		return res.Topics[topic][0].Error
	})
}

func clientTransaction(t *testing.T, g *groupsCluster) {
	ctx, topic, name, group := patient(t), g.topic(t, 1), newTopicName(), g.group(t)
	p := g.initProducer(t, name)
	end := func(commit bool) {
		res, err := g.client.EndTxn(ctx, &EndTxnRequest{TransactionalID: name, ProducerID: p.ProducerID, ProducerEpoch: p.ProducerEpoch, Committed: commit})
		require.NoError(t, err)
		require.NoError(t, res.Error)
	}
	committed := func() int64 {
		res, err := g.client.OffsetFetch(ctx, &OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: {0}}})
		require.NoError(t, err)
		return res.Topics[topic][0].CommittedOffset
	}

	g.inTransaction(t, p, name, group, topic, 0, "aborted", 5)
	assert.Equal(t, []string{"aborted@0"}, g.fetchAll(t, topic, 0, ReadUncommitted))
	assert.Empty(t, g.fetchAll(t, topic, 0, ReadCommitted))
	end(false)
	g.inTransaction(t, p, name, group, topic, 1, "committed", 9) // begins when the one before is done
	assert.EqualValues(t, -1, committed())
	end(true)
	waitUntil(t, func() bool { return len(g.fetchAll(t, topic, 0, ReadCommitted)) > 0 })
	// Offsets 1 and 3 are markers.
	assert.Equal(t, []string{"aborted@0", "committed@2"}, g.fetchAll(t, topic, 0, ReadUncommitted))
	assert.Equal(t, []string{"committed@2"}, g.fetchAll(t, topic, 0, ReadCommitted))
	waitUntil(t, func() bool { return committed() == 9 })
	res := g.fetch(t, &FetchRequest{Topic: topic, MaxBytes: 1, IsolationLevel: ReadCommitted})
	require.NoError(t, res.Error)
	assert.Empty(t, fetchedValues(t, res), "only what was aborted")
	assert.EqualValues(t, 1, res.NextOffset)

	// Another producer of the name takes over; resuming the identity raises the epoch.
	next := g.initProducer(t, name)
	assert.Equal(t, p.ProducerID, next.ProducerID)
	assert.Greater(t, next.ProducerEpoch, p.ProducerEpoch)
	fenced, err := g.client.EndTxn(ctx, &EndTxnRequest{TransactionalID: name, ProducerID: p.ProducerID, ProducerEpoch: p.ProducerEpoch, Committed: true})
	require.NoError(t, err)
	require.True(t, errors.Is(fenced.Error, ProducerFenced) || errors.Is(fenced.Error, InvalidProducerEpoch), "%v", fenced.Error)
	resumed, err := g.client.InitProducerID(ctx, &InitProducerIDRequest{
		TransactionalID: name, TransactionTimeoutMs: 30_000, ProducerID: next.ProducerID, ProducerEpoch: next.ProducerEpoch,
	})
	require.NoError(t, err)
	require.NoError(t, resumed.Error)
	assert.Greater(t, resumed.Producer.ProducerEpoch, next.ProducerEpoch)
}

// join joins a group, with the id that the coordinator gives.
func (g *groupsCluster) join(t *testing.T, req JoinGroupRequest) *JoinGroupResponse {
	t.Helper()
	req.ProtocolType, req.SessionTimeout, req.RebalanceTimeout = "consumer", 30*time.Second, 30*time.Second
	for {
		res, err := g.client.JoinGroup(patient(t), &req)
		require.NoError(t, err)
		if errors.Is(res.Error, MemberIDRequired) {
			require.NotEmpty(t, res.MemberID)
			req.MemberID = res.MemberID
			continue
		}
		require.NoError(t, res.Error)
		return res
	}
}

func rangeProtocol(userData string, topics ...string) []GroupProtocol {
	return []GroupProtocol{{Name: "range", Metadata: GroupProtocolSubscription{Topics: topics, UserData: []byte(userData), OwnedPartitions: map[string][]int{}}}}
}

func clientGroupOfTwo(t *testing.T, g *groupsCluster) {
	ctx, topic, group := patient(t), g.topic(t, 2), g.group(t)
	first := g.join(t, JoinGroupRequest{GroupID: group, Protocols: rangeProtocol("one", topic)})
	assert.Equal(t, []any{first.MemberID, "range"}, []any{first.LeaderID, first.ProtocolName})
	synced := g.sync(t, group, first, map[string][]int{topic: {0, 1}})
	assert.Equal(t, map[string][]int{topic: {0, 1}}, synced.Assignment.AssignedPartitions)
	require.NoError(t, g.heartbeat(t, group, first))

	// The second one joins; the first learns of it by its heartbeat.
	joined := make(chan *JoinGroupResponse, 1)
	go func() {
		defer close(joined) // if it fails
		joined <- g.join(t, JoinGroupRequest{GroupID: group, Protocols: rangeProtocol("two", topic)})
	}()
	waitUntil(t, func() bool { return errors.Is(g.heartbeat(t, group, first), RebalanceInProgress) })
	again := g.join(t, JoinGroupRequest{GroupID: group, MemberID: first.MemberID, Protocols: rangeProtocol("one", topic)})
	second := <-joined
	require.NotNil(t, second)
	require.Equal(t, again.GenerationID, second.GenerationID)
	require.Greater(t, again.GenerationID, first.GenerationID)
	require.Len(t, again.Members, 2)
	assert.Empty(t, second.Members)
	told := map[string]GroupProtocolSubscription{}
	for _, m := range again.Members {
		told[m.ID] = m.Metadata
	}
	assert.Equal(t, map[string]GroupProtocolSubscription{
		first.MemberID: rangeProtocol("one", topic)[0].Metadata, second.MemberID: rangeProtocol("two", topic)[0].Metadata,
	}, told)

	// Nobody gets an assignment before the leader has made it.
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	_, err := g.client.SyncGroup(short, &SyncGroupRequest{GroupID: group, GenerationID: second.GenerationID, MemberID: second.MemberID})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	res, err := g.client.SyncGroup(ctx, &SyncGroupRequest{
		GroupID: group, GenerationID: again.GenerationID, MemberID: again.MemberID, ProtocolType: "consumer", ProtocolName: "range",
		Assignments: []SyncGroupRequestAssignment{
			{again.MemberID, GroupProtocolAssignment{AssignedPartitions: map[string][]int{topic: {1}}, UserData: []byte("u")}},
			{second.MemberID, GroupProtocolAssignment{AssignedPartitions: map[string][]int{topic: {0}}}},
		},
	})
	require.NoError(t, err)
	require.NoError(t, res.Error)
	assert.Equal(t, GroupProtocolAssignment{map[string][]int{topic: {1}}, []byte("u")}, res.Assignment)
	assert.Equal(t, map[string][]int{topic: {0}}, g.sync(t, group, second, nil).Assignment.AssignedPartitions)

	g.checkGroupOfTwo(t, group, topic, again, second)
	g.leaveGroupOfTwo(t, group, topic, again, second)
}

func (g *groupsCluster) sync(t *testing.T, group string, member *JoinGroupResponse, assignment map[string][]int) *SyncGroupResponse {
	t.Helper()
	req := &SyncGroupRequest{GroupID: group, GenerationID: member.GenerationID, MemberID: member.MemberID}
	if assignment != nil {
		req.Assignments = []SyncGroupRequestAssignment{{member.MemberID, GroupProtocolAssignment{AssignedPartitions: assignment}}}
	}
	res, err := g.client.SyncGroup(patient(t), req)
	require.NoError(t, err)
	require.NoError(t, res.Error)
	return res
}

func (g *groupsCluster) heartbeat(t *testing.T, group string, member *JoinGroupResponse) error {
	t.Helper()
	res, err := g.client.Heartbeat(patient(t), &HeartbeatRequest{GroupID: group, GenerationID: int32(member.GenerationID), MemberID: member.MemberID})
	require.NoError(t, err)
	return res.Error
}

func (g *groupsCluster) checkGroupOfTwo(t *testing.T, group, topic string, leader, other *JoinGroupResponse) {
	described, err := g.client.DescribeGroups(patient(t), &DescribeGroupsRequest{GroupIDs: []string{group}})
	require.NoError(t, err)
	require.Len(t, described.Groups, 1)
	d := described.Groups[0]
	require.NoError(t, d.Error)
	assert.Equal(t, []any{group, "Stable"}, []any{d.GroupID, d.GroupState})
	require.Len(t, d.Members, 2)
	for _, m := range d.Members {
		userData, partitions, assigned := "one", []int{1}, []byte("u")
		if m.MemberID != leader.MemberID {
			require.Equal(t, other.MemberID, m.MemberID)
			userData, partitions, assigned = "two", []int{0}, nil
		}
		assert.NotEmpty(t, m.ClientHost)
		assert.Equal(t, DescribeGroupsResponseMemberMetadata{
			Version: 1, Topics: []string{topic}, UserData: []byte(userData), OwnedPartitions: []DescribeGroupsResponseMemberMetadataOwnedPartition{},
		}, m.MemberMetadata)
		assert.Equal(t, DescribeGroupsResponseAssignments{
			Version: 1, Topics: []GroupMemberTopic{{topic, partitions}}, UserData: assigned,
		}, m.MemberAssignments)
	}
}

func (g *groupsCluster) leaveGroupOfTwo(t *testing.T, group, topic string, leader, other *JoinGroupResponse) {
	ctx := patient(t)
	commit := func(generation int, member string) error {
		res, err := g.client.OffsetCommit(ctx, &OffsetCommitRequest{
			GroupID: group, GenerationID: generation, MemberID: member, Topics: map[string][]OffsetCommit{topic: {{Partition: 1, Offset: 4}}},
		})
		require.NoError(t, err)
		return res.Topics[topic][0].Error
	}
	require.NoError(t, commit(leader.GenerationID, leader.MemberID))
	require.ErrorIs(t, commit(leader.GenerationID-1, leader.MemberID), IllegalGeneration)
	require.ErrorIs(t, commit(0, ""), UnknownMemberId, "from outside, while there are members")

	deleted, err := g.client.DeleteGroups(ctx, &DeleteGroupsRequest{GroupIDs: []string{group}})
	require.NoError(t, err)
	require.ErrorIs(t, deleted.Errors[group], NonEmptyGroup)
	offsets, err := g.client.OffsetDelete(ctx, &OffsetDeleteRequest{GroupID: group, Topics: map[string][]int{topic: {1}}})
	require.NoError(t, err)
	require.NoError(t, offsets.Error)
	require.ErrorIs(t, offsets.Topics[topic][0].Error, GroupSubscribedToTopic)

	left, err := g.client.LeaveGroup(ctx, &LeaveGroupRequest{GroupID: group, Members: []LeaveGroupRequestMember{{ID: leader.MemberID}, {ID: "stranger"}, {ID: other.MemberID}}})
	require.NoError(t, err)
	require.NoError(t, left.Error)
	require.Len(t, left.Members, 3)
	for i, want := range []error{nil, UnknownMemberId, nil} {
		assert.Equal(t, want, left.Members[i].Error, i)
	}
	require.ErrorIs(t, g.heartbeat(t, group, leader), UnknownMemberId)
	described, err := g.client.DescribeGroups(ctx, &DescribeGroupsRequest{GroupIDs: []string{group}})
	require.NoError(t, err)
	assert.Equal(t, "Empty", described.Groups[0].GroupState)
	assert.Empty(t, described.Groups[0].Members)
	require.NoError(t, commit(0, ""), "from outside")
}

func clientStaticMember(t *testing.T, g *groupsCluster) {
	group, name := g.group(t), "instance"
	joined := g.join(t, JoinGroupRequest{GroupID: group, GroupInstanceID: name, Protocols: rangeProtocol("", "t")})
	require.Len(t, joined.Members, 1)
	assert.Equal(t, name, joined.Members[0].GroupInstanceID)
	left, err := g.client.LeaveGroup(patient(t), &LeaveGroupRequest{GroupID: group, Members: []LeaveGroupRequestMember{{GroupInstanceID: name}}})
	require.NoError(t, err)
	require.NoError(t, left.Error)
	require.Len(t, left.Members, 1)
	require.NoError(t, left.Members[0].Error)
	assert.Equal(t, name, left.Members[0].GroupInstanceID)
	require.ErrorIs(t, g.heartbeat(t, group, joined), UnknownMemberId)
}

func clientGroupOffsets(t *testing.T, g *groupsCluster) {
	ctx, a, b, group := patient(t), g.topic(t, 3), g.topic(t, 1), g.group(t)
	missing := newTopicName()
	committed, err := g.client.OffsetCommit(ctx, &OffsetCommitRequest{GroupID: group, Topics: map[string][]OffsetCommit{
		a: {{Partition: 0, Offset: 10, Metadata: "meta"}, {Partition: 2, Offset: 12}}, b: {{Partition: 0, Offset: 1}}, missing: {{Partition: 5, Offset: 1}},
	}})
	require.NoError(t, err)
	assert.Len(t, committed.Topics, 3)
	assert.ElementsMatch(t, []OffsetCommitPartition{{0, nil}, {2, nil}}, committed.Topics[a])
	assert.Equal(t, []OffsetCommitPartition{{0, nil}}, committed.Topics[b])
	assert.Equal(t, []OffsetCommitPartition{{5, UnknownTopicOrPartition}}, committed.Topics[missing])
	committed, err = g.client.OffsetCommit(ctx, &OffsetCommitRequest{GroupID: group, Topics: map[string][]OffsetCommit{
		b: {{Partition: 0, Offset: 2, Metadata: strings.Repeat("m", 5000)}},
	}})
	require.NoError(t, err)
	assert.Equal(t, OffsetMetadataTooLarge, committed.Topics[b][0].Error)

	fetched, err := g.client.OffsetFetch(ctx, &OffsetFetchRequest{GroupID: group, Topics: map[string][]int{a: {0, 1}}})
	require.NoError(t, err)
	require.NoError(t, fetched.Error)
	assert.Len(t, fetched.Topics, 1)
	assert.ElementsMatch(t, []OffsetFetchPartition{{0, 10, "meta", nil}, {1, -1, "", nil}}, fetched.Topics[a])
	all, err := g.client.OffsetFetch(ctx, &OffsetFetchRequest{GroupID: group})
	require.NoError(t, err)
	assert.Len(t, all.Topics, 2)
	assert.Len(t, all.Topics[a], 2)
	assert.Equal(t, []OffsetFetchPartition{{0, 1, "", nil}}, all.Topics[b])

	offsets, err := g.client.ConsumerOffsets(ctx, TopicAndGroup{Topic: a, GroupId: group})
	require.NoError(t, err)
	assert.Equal(t, map[int]int64{0: 10, 1: FirstOffset, 2: 12}, offsets)
	offsets, err = g.client.ConsumerOffsets(ctx, TopicAndGroup{Topic: missing, GroupId: group})
	require.NoError(t, err)
	assert.Equal(t, map[int]int64{}, offsets)

	deleted, err := g.client.OffsetDelete(ctx, &OffsetDeleteRequest{GroupID: group, Topics: map[string][]int{a: {0, 9}}})
	require.NoError(t, err)
	require.NoError(t, deleted.Error)
	require.Len(t, deleted.Topics[a], 2)
	for _, p := range deleted.Topics[a] {
		assert.Equal(t, map[int]error{0: nil, 9: UnknownTopicOrPartition}[p.Partition], p.Error, p.Partition)
	}
	offsets, err = g.client.ConsumerOffsets(ctx, TopicAndGroup{Topic: a, GroupId: group})
	require.NoError(t, err)
	assert.Equal(t, map[int]int64{0: FirstOffset, 1: FirstOffset, 2: 12}, offsets)
	gone, err := g.client.OffsetDelete(ctx, &OffsetDeleteRequest{GroupID: g.group(t), Topics: map[string][]int{a: {0}}})
	require.NoError(t, err)
	assert.Equal(t, GroupIdNotFound, gone.Error)
}

func clientCoordinators(t *testing.T, g *groupsCluster) {
	ctx, topic := patient(t), g.topic(t, 1)
	groups := map[int]string{} // by coordinator
	var ids []string
	for i := 0; len(groups) < 3; i++ {
		require.Less(t, i, 200)
		group := g.group(t)
		res, err := g.client.FindCoordinator(ctx, &FindCoordinatorRequest{Key: group})
		require.NoError(t, err)
		require.NoError(t, res.Error)
		require.NotEmpty(t, res.Coordinator.Host)
		require.NotZero(t, res.Coordinator.Port)
		if groups[res.Coordinator.NodeID] == "" {
			groups[res.Coordinator.NodeID] = group
			ids = append(ids, group)
		}
	}
	txn, err := g.client.FindCoordinator(ctx, &FindCoordinatorRequest{Key: newTopicName(), KeyType: CoordinatorKeyTypeTransaction})
	require.NoError(t, err)
	require.NoError(t, txn.Error)
	for _, group := range ids {
		res, err := g.client.OffsetCommit(ctx, &OffsetCommitRequest{GroupID: group, Topics: map[string][]OffsetCommit{topic: {{Offset: 1}}}})
		require.NoError(t, err)
		require.NoError(t, res.Topics[topic][0].Error)
	}
	listed := func() map[int]string {
		res, err := g.client.ListGroups(ctx, &ListGroupsRequest{})
		require.NoError(t, err)
		require.NoError(t, res.Error)
		found := map[int]string{}
		for _, l := range res.Groups {
			if slices.Contains(ids, l.GroupID) {
				found[l.Coordinator] = l.GroupID
			}
		}
		return found
	}
	assert.Equal(t, groups, listed())
	described, err := g.client.DescribeGroups(ctx, &DescribeGroupsRequest{GroupIDs: ids})
	require.NoError(t, err)
	require.Len(t, described.Groups, 3)
	for i, d := range described.Groups {
		require.NoError(t, d.Error)
		assert.Equal(t, []string{ids[i], "Empty"}, []string{d.GroupID, d.GroupState})
	}
	missing := g.group(t)
	deleted, err := g.client.DeleteGroups(ctx, &DeleteGroupsRequest{GroupIDs: append(ids, missing)})
	require.NoError(t, err)
	assert.Equal(t, map[string]error{ids[0]: nil, ids[1]: nil, ids[2]: nil, missing: GroupIdNotFound}, deleted.Errors)
	assert.Empty(t, listed())
}

func clientInternalTopics(t *testing.T, g *groupsCluster) {
	ctx, topic, group := patient(t), g.topic(t, 1), g.group(t)
	res, err := g.client.OffsetCommit(ctx, &OffsetCommitRequest{GroupID: group, Topics: map[string][]OffsetCommit{topic: {{Offset: 1}}}})
	require.NoError(t, err)
	require.NoError(t, res.Topics[topic][0].Error)
	const internal = "__consumer_offsets"
	partitions, err := g.client.partitionIDs(ctx, "test", internal)
	require.NoError(t, err)
	require.NotEmpty(t, partitions)
	offsets, err := g.client.ListOffsets(ctx, &ListOffsetsRequest{Topics: map[string][]OffsetRequest{internal: mapped(partitions, func(p *int) OffsetRequest { return LastOffsetOf(*p) })}})
	require.NoError(t, err)
	found := false
	for _, p := range offsets.Topics[internal] {
		require.NoError(t, p.Error)
		if p.LastOffset == 0 {
			continue
		}
		for _, value := range g.fetchKeys(t, internal, p.Partition) {
			found = found || strings.Contains(value, group)
		}
	}
	assert.True(t, found, "the commit is in %s", internal)
}

func (g *groupsCluster) fetchKeys(t *testing.T, topic string, partition int) (keys []string) {
	t.Helper()
	for offset := FirstOffset; ; {
		res := g.fetch(t, &FetchRequest{Topic: topic, Partition: partition, Offset: offset, MaxBytes: 1 << 20})
		require.NoError(t, res.Error)
		for {
			r, err := res.Records.ReadRecord()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			key, err := ReadAll(r.Key)
			require.NoError(t, err)
			keys = append(keys, string(key))
		}
		if res.NextOffset == offset || res.NextOffset >= res.HighWatermark {
			return keys
		}
		offset = res.NextOffset
	}
}

func clientEndsInTime(t *testing.T, g *groupsCluster) {
	topic, group := g.topic(t, 1), g.group(t)
	// A broker that is told in time answers in time.
	start := time.Now()
	ctx, cancel := context.WithTimeout(patient(t), 4*time.Second)
	defer cancel()
	res, err := g.client.Fetch(ctx, &FetchRequest{Topic: topic, MinBytes: 1, MaxBytes: 1, MaxWait: time.Hour})
	require.NoError(t, err)
	require.NoError(t, res.Error)
	assert.Less(t, time.Since(start), 4*time.Second)

	bounded := &Client{Addr: g.client.Addr, Transport: g.client.Transport, Timeout: 2 * time.Second}
	res, err = bounded.Fetch(patient(t), &FetchRequest{Topic: topic, MinBytes: 1, MaxBytes: 1, MaxWait: time.Hour})
	require.NoError(t, err)
	require.NoError(t, res.Error)

	// A group that waits for a member does not answer.
	first := g.join(t, JoinGroupRequest{GroupID: group, Protocols: rangeProtocol("", topic)})
	g.sync(t, group, first, map[string][]int{topic: {0}})
	req := &JoinGroupRequest{
		GroupID: group, ProtocolType: "consumer", SessionTimeout: 30 * time.Second, Protocols: rangeProtocol("", topic),
	}
	ids, err := g.client.JoinGroup(patient(t), req)
	require.NoError(t, err)
	require.Equal(t, MemberIDRequired, ids.Error)
	req.MemberID = ids.MemberID
	start = time.Now()
	_, err = bounded.JoinGroup(patient(t), req)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "kafka.(*Client).JoinGroup: ")
	assert.Less(t, time.Since(start), 10*time.Second)
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = g.client.ListGroups(gone, &ListGroupsRequest{})
	require.ErrorIs(t, err, context.Canceled)
}

func clientDenied(t *testing.T, g *groupsCluster) {
	if g.version != testkafka.Newest {
		t.Skip("only the newest version has an authorizer here")
	}
	ctx, topic, group := patient(t), g.topic(t, 1), newTopicName()
	alice := g.user(t, "alice")
	for name, test := range map[string]struct {
		err  error
		want Error
	}{
		"Produce":         {second(alice.Produce(ctx, &ProduceRequest{Topic: topic, RequiredAcks: RequireAll, Records: recordsOf("x")})), TopicAuthorizationFailed},
		"Fetch":           {second(alice.Fetch(ctx, &FetchRequest{Topic: topic})), TopicAuthorizationFailed},
		"OffsetFetch":     {second(alice.OffsetFetch(ctx, &OffsetFetchRequest{GroupID: group})), GroupAuthorizationFailed},
		"DescribeGroups":  {second(alice.DescribeGroups(ctx, &DescribeGroupsRequest{GroupIDs: []string{group}})), GroupAuthorizationFailed},
		"DeleteGroups":    {second(alice.DeleteGroups(ctx, &DeleteGroupsRequest{GroupIDs: []string{group}})), GroupAuthorizationFailed},
		"InitProducerID":  {second(alice.InitProducerID(ctx, &InitProducerIDRequest{TransactionalID: "x", TransactionTimeoutMs: 1000})), TransactionalIDAuthorizationFailed},
		"ConsumerOffsets": {second(alice.ConsumerOffsets(ctx, TopicAndGroup{Topic: topic, GroupId: group})), TopicAuthorizationFailed},
	} {
		assert.ErrorIs(t, test.err, test.want, name)
	}
	found, err := alice.FindCoordinator(ctx, &FindCoordinatorRequest{Key: group})
	require.NoError(t, err)
	require.ErrorIs(t, found.Error, GroupAuthorizationFailed)
	assert.Equal(t, &FindCoordinatorResponseCoordinator{-1, "", -1}, found.Coordinator)
	listed, err := alice.ListGroups(ctx, &ListGroupsRequest{})
	require.NoError(t, err)
	assert.Empty(t, listed.Groups, "groups that alice may not see")
}

func rawRecordsOf(b []byte) protocol.RawRecordSet {
	return protocol.RawRecordSet{Reader: bytes.NewReader(b)}
}
