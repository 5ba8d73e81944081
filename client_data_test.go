package kafka

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/deletegroups"
	"github.com/segmentio/kafka-go/protocol/describegroups"
	"github.com/segmentio/kafka-go/protocol/fetch"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/joingroup"
	"github.com/segmentio/kafka-go/protocol/leavegroup"
	"github.com/segmentio/kafka-go/protocol/listgroups"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/offsetcommit"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/rawproduce"
	"github.com/segmentio/kafka-go/protocol/syncgroup"
	"github.com/segmentio/kafka-go/protocol/txnoffsetcommit"
)

// clientAnswering returns a Client whose requests get the answer, and where the
// last of them is put.
func clientAnswering(answer Response) (*Client, *Request) {
	sent := new(Request)
	return &Client{Addr: TCP("b1"), Transport: roundTripperFunc(func(_ context.Context, _ net.Addr, req Request) (Response, error) {
		*sent = req
		return answer, nil
	})}, sent
}

// What cannot be right is refused before anything is sent.
func TestClientDataBadInput(t *testing.T) {
	ctx, records, p := t.Context(), func() RecordReader { return recordsOf("x") }, &ProducerSession{1, 2}
	c, sent := clientAnswering(nil)
	for text, err := range map[string]error{
		"Produce: Partition is -1":                         second(c.Produce(ctx, &ProduceRequest{Partition: -1, Records: records()})),
		"Produce: RequiredAcks is 2":                       second(c.Produce(ctx, &ProduceRequest{RequiredAcks: 2, Records: records()})),
		"Produce: Compression is 9":                        second(c.Produce(ctx, &ProduceRequest{Compression: 9, Records: records()})),
		"Produce: TransactionalID without a Producer":      second(c.Produce(ctx, &ProduceRequest{TransactionalID: "x", Records: records()})),
		"Produce: RequiredAcks is \"one\"":                 second(c.Produce(ctx, &ProduceRequest{RequiredAcks: RequireOne, Producer: p, Records: records()})),
		"Produce: BaseSequence is -1":                      second(c.Produce(ctx, &ProduceRequest{RequiredAcks: RequireAll, Producer: p, BaseSequence: -1, Records: records()})),
		"Produce: ProducerEpoch is 40000":                  second(c.Produce(ctx, &ProduceRequest{RequiredAcks: RequireAll, Producer: &ProducerSession{1, 40000}, Records: records()})),
		"RawProduce: Partition is -1":                      second(c.RawProduce(ctx, &RawProduceRequest{Partition: -1, RawRecords: rawRecordsOf([]byte("x"))})),
		"Fetch: Partition is 2147483648":                   second(c.Fetch(ctx, &FetchRequest{Partition: pastInt32})),
		"Fetch: MinBytes is -1":                            second(c.Fetch(ctx, &FetchRequest{MinBytes: -1})),
		"Fetch: MaxBytes is -1":                            second(c.Fetch(ctx, &FetchRequest{MaxBytes: -1})),
		"Fetch: MaxWait is -1s":                            second(c.Fetch(ctx, &FetchRequest{MaxWait: -time.Second})),
		`ListOffsets: topic "t": Partition is 2147483648`:  second(c.ListOffsets(ctx, &ListOffsetsRequest{Topics: map[string][]OffsetRequest{"t": {{Partition: pastInt32}}}})),
		`OffsetFetch: topic "t": Partition is 2147483648`:  second(c.OffsetFetch(ctx, &OffsetFetchRequest{Topics: map[string][]int{"t": {pastInt32}}})),
		"OffsetCommit: GenerationID is 2147483648":         second(c.OffsetCommit(ctx, &OffsetCommitRequest{GenerationID: pastInt32, MemberID: "m"})),
		`OffsetDelete: topic "t": Partition is 2147483648`: second(c.OffsetDelete(ctx, &OffsetDeleteRequest{Topics: map[string][]int{"t": {pastInt32}}})),
		"LeaveGroup: LeaveGroupRequest.Members is empty":   second(c.LeaveGroup(ctx, &LeaveGroupRequest{})),
		"JoinGroup: field Protocols[0]":                    second(c.JoinGroup(ctx, &JoinGroupRequest{Protocols: []GroupProtocol{{Metadata: GroupProtocolSubscription{OwnedPartitions: map[string][]int{"t": {-1}}}}}})),
		"SyncGroup: field Assignments[0]":                  second(c.SyncGroup(ctx, &SyncGroupRequest{Assignments: []SyncGroupRequestAssignment{{Assignment: GroupProtocolAssignment{AssignedPartitions: map[string][]int{"t": {-1}}}}}})),
		"SyncGroup: GenerationID is 2147483648":            second(c.SyncGroup(ctx, &SyncGroupRequest{GenerationID: pastInt32})),
		"InitProducerID: TransactionTimeoutMs is 21474836": second(c.InitProducerID(ctx, &InitProducerIDRequest{TransactionTimeoutMs: pastInt32})),
		"AddPartitionsToTxn: ProducerEpoch is 40000":       second(c.AddPartitionsToTxn(ctx, &AddPartitionsToTxnRequest{ProducerEpoch: 40000})),
		"AddOffsetsToTxn: ProducerEpoch is 40000":          second(c.AddOffsetsToTxn(ctx, &AddOffsetsToTxnRequest{ProducerEpoch: 40000})),
		"EndTxn: ProducerEpoch is 40000":                   second(c.EndTxn(ctx, &EndTxnRequest{ProducerEpoch: 40000})),
		"TxnOffsetCommit: ProducerEpoch is 40000":          second(c.TxnOffsetCommit(ctx, &TxnOffsetCommitRequest{ProducerEpoch: 40000})),
	} {
		assert.ErrorContains(t, err, "kafka.(*Client)."+text)
	}
	assert.Nil(t, *sent)
}

// A Producer and a TransactionalID are in the records, not only in the request.
func TestTrap15_ProduceIsIdempotentAndTransactional(t *testing.T) {
	c, sent := clientAnswering(&produce.Response{Topics: []produce.ResponseTopic{{Topic: "t", Partitions: []produce.ResponsePartition{{BaseOffset: 3}}}}})
	for _, id := range []string{"", "x"} {
		_, err := c.Produce(t.Context(), &ProduceRequest{
			Topic: "t", RequiredAcks: RequireAll, TransactionalID: id, Producer: &ProducerSession{0, 0}, BaseSequence: 0, Records: recordsOf("v"), Compression: Snappy,
		})
		require.NoError(t, err)
		req := (*sent).(*produce.Request)
		require.Equal(t, id, req.TransactionalID)
		set := req.Topics[0].Partitions[0].RecordSet
		set.Version = 2
		var wire strings.Builder
		_, err = set.WriteTo(&wire)
		require.NoError(t, err)
		var read protocol.RecordSet
		_, err = read.ReadFrom(strings.NewReader(wire.String()))
		require.NoError(t, err)
		batch := read.Records.(*protocol.RecordStream).Records[0].(*protocol.RecordBatch)
		assert.Equal(t, []int64{0, 0, 0}, []int64{batch.ProducerID, int64(batch.ProducerEpoch), int64(batch.BaseSequence)})
		assert.Equal(t, id != "", batch.Attributes.Transactional())
		assert.Equal(t, Snappy, batch.Attributes.Compression())
	}
	// A batch that has its own producer is left as it is.
	_, err := c.Produce(t.Context(), &ProduceRequest{Topic: "t", TransactionalID: "x", Records: &protocol.RecordBatch{ProducerID: 5, Records: recordsOf("v")}})
	require.NoError(t, err)
}

func TestTrap41_BrokersAreGivenTheTimeThatIsLeft(t *testing.T) {
	c, sent := clientAnswering(&produce.Response{})
	write := func(ctx context.Context) int32 {
		_, _ = c.Produce(ctx, &ProduceRequest{Topic: "t", RequiredAcks: RequireAll, Records: recordsOf("v")})
		return (*sent).(*produce.Request).Timeout
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	assert.InDelta(t, 9000, write(ctx), 1000)
	assert.EqualValues(t, 30_000, write(t.Context()))
	c.Timeout = 5 * time.Second
	assert.InDelta(t, 4000, write(ctx), 1000)
	_, _ = c.RawProduce(ctx, &RawProduceRequest{Topic: "t", RequiredAcks: RequireAll, RawRecords: rawRecordsOf([]byte("x"))})
	assert.InDelta(t, 4000, (*sent).(*rawproduce.Request).Timeout, 1000)

	c, sent = clientAnswering(&fetch.Response{})
	wait := func(ctx context.Context, maxWait time.Duration) int32 {
		_, _ = c.Fetch(ctx, &FetchRequest{Topic: "t", MaxWait: maxWait})
		return (*sent).(*fetch.Request).MaxWaitTime
	}
	assert.EqualValues(t, 500, wait(t.Context(), 0))
	assert.EqualValues(t, 3_600_000, wait(t.Context(), time.Hour))
	assert.InDelta(t, 9000, wait(ctx, time.Hour), 1000)
	assert.EqualValues(t, 200, wait(ctx, 200*time.Millisecond))
}

func TestClientProduceAnswers(t *testing.T) {
	part := produce.ResponsePartition{ErrorCode: int16(InvalidRecord), ErrorMessage: "bad", LogAppendTime: -1, LogStartOffset: -1,
		RecordErrors: []produce.ResponseError{{BatchIndex: 2, BatchIndexErrorMessage: "why"}}}
	c, _ := clientAnswering(&produce.Response{ThrottleTimeMs: 7, Topics: []produce.ResponseTopic{{Topic: "t", Partitions: []produce.ResponsePartition{part}}}})
	res, err := c.Produce(t.Context(), &ProduceRequest{Topic: "t", RequiredAcks: RequireAll, Records: recordsOf("v")})
	require.NoError(t, err)
	require.ErrorIs(t, res.Error, InvalidRecord)
	require.ErrorIs(t, res.RecordErrors[2], InvalidRecord)
	require.ErrorContains(t, res.RecordErrors[2], "why")
	assert.Equal(t, []any{7 * time.Millisecond, time.Time{}, int64(-1)}, []any{res.Throttle, res.LogAppendTime, res.LogStartOffset})
	_, err = c.Produce(t.Context(), &ProduceRequest{Topic: "other", RequiredAcks: RequireAll, Records: recordsOf("v")})
	require.EqualError(t, err, `kafka.(*Client).Produce: the answer has nothing about partition 0 of topic "other"`)
	_, err = c.RawProduce(t.Context(), &RawProduceRequest{Topic: "other", RequiredAcks: RequireAll, RawRecords: rawRecordsOf([]byte("x"))})
	require.ErrorContains(t, err, "kafka.(*Client).RawProduce: the answer has nothing")
}

// Records are filtered, and never nil.
func TestClientFetchAnswers(t *testing.T) {
	answer := &fetch.Response{Topics: []fetch.ResponseTopic{{Topic: "t", Partitions: []fetch.ResponsePartition{{
		HighWatermark: 4, RecordSet: protocol.RecordSet{Records: NewRecordReader(Record{Offset: 2}, Record{Offset: 3, Value: NewBytes([]byte("v"))})},
	}}}}}
	c, sent := clientAnswering(answer)
	res, err := c.Fetch(t.Context(), &FetchRequest{Topic: "t", Offset: 3, MinBytes: math.MaxInt64, MaxBytes: math.MaxInt64})
	require.NoError(t, err)
	assert.Equal(t, []string{"v@3"}, fetchedValues(t, res))
	req := (*sent).(*fetch.Request)
	assert.Equal(t, []int32{math.MaxInt32 - fetchOverhead - 1, math.MaxInt32 - fetchOverhead - 1}, []int32{req.MinBytes, req.MaxBytes})

	answer.Topics[0].Partitions[0].ErrorCode = int16(OffsetOutOfRange)
	for _, answer := range []*fetch.Response{answer, {ErrorCode: int16(OffsetOutOfRange)}} {
		c, _ := clientAnswering(answer)
		res, err := c.Fetch(t.Context(), &FetchRequest{Topic: "t", Offset: 9})
		require.NoError(t, err)
		assert.Equal(t, []any{OffsetOutOfRange, int64(9)}, []any{res.Error, res.NextOffset})
		_, err = res.Records.ReadRecord()
		assert.Equal(t, io.EOF, err)
	}
	c, _ = clientAnswering(&fetch.Response{})
	_, err = c.Fetch(t.Context(), &FetchRequest{Topic: "t"})
	require.ErrorContains(t, err, "kafka.(*Client).Fetch: the answer has nothing about partition 0")

	// What the broker has against telling the first offset is in the response, too.
	c, _ = clientAnswering(&listoffsets.Response{Topics: []listoffsets.ResponseTopic{{Topic: "t", Partitions: []listoffsets.ResponsePartition{{ErrorCode: int16(TopicAuthorizationFailed)}}}}})
	res, err = c.Fetch(t.Context(), &FetchRequest{Topic: "t", Offset: FirstOffset})
	require.NoError(t, err)
	assert.Equal(t, TopicAuthorizationFailed, res.Error)
	_, err = res.Records.ReadRecord()
	assert.Equal(t, io.EOF, err)
}

func TestClientListOffsetsAnswersLeftOut(t *testing.T) {
	c, _ := clientAnswering(&listoffsets.Response{Topics: []listoffsets.ResponseTopic{{Topic: "t", Partitions: []listoffsets.ResponsePartition{{Offset: 4}}}}})
	res, err := c.ListOffsets(t.Context(), &ListOffsetsRequest{Topics: map[string][]OffsetRequest{"t": {FirstOffsetOf(0), LastOffsetOf(0), FirstOffsetOf(1)}}})
	require.NoError(t, err)
	assert.EqualValues(t, 4, res.Topics["t"][0].FirstOffset)
	require.ErrorContains(t, res.Topics["t"][0].Error, `nothing about partition 0 of topic "t"`)
	require.ErrorContains(t, res.Topics["t"][1].Error, `nothing about partition 1 of topic "t"`)
	assert.Equal(t, OffsetRequest{5, 0}, TimeOffsetOf(5, time.UnixMilli(-1)), "not LastOffset")
}

func TestTrap37_LeaveGroupOfOldBrokers(t *testing.T) {
	c, _ := clientAnswering(&leavegroup.Response{ErrorCode: int16(UnknownMemberId)})
	res, err := c.LeaveGroup(t.Context(), &LeaveGroupRequest{GroupID: "g", Members: []LeaveGroupRequestMember{{ID: "m"}}})
	require.NoError(t, err)
	assert.Equal(t, &LeaveGroupResponse{Error: UnknownMemberId, Members: []LeaveGroupResponseMember{{ID: "m", Error: UnknownMemberId}}}, res)
}

func TestClientGroupAnswers(t *testing.T) {
	ctx := t.Context()
	c, sent := clientAnswering(&joingroup.Response{MemberID: "me", Members: []joingroup.ResponseMember{{MemberID: "bad", Metadata: []byte{1}}}})
	joined, err := c.JoinGroup(ctx, &JoinGroupRequest{GroupID: "g", SessionTimeout: 7 * time.Second})
	require.NoError(t, err)
	require.ErrorContains(t, joined.Error, `member "bad": `)
	assert.Equal(t, "me", joined.MemberID, "so that it can leave")
	assert.EqualValues(t, 7000, (*sent).(*joingroup.Request).RebalanceTimeoutMS)

	c, _ = clientAnswering(&syncgroup.Response{ErrorCode: int16(RebalanceInProgress)})
	synced, err := c.SyncGroup(ctx, &SyncGroupRequest{GroupID: "g"})
	require.NoError(t, err)
	assert.Equal(t, &SyncGroupResponse{Error: RebalanceInProgress}, synced)
	c, _ = clientAnswering(&syncgroup.Response{Assignments: []byte{1}})
	synced, err = c.SyncGroup(ctx, &SyncGroupRequest{GroupID: "g"})
	require.NoError(t, err)
	require.ErrorContains(t, synced.Error, "assignment of the group")

	lost := errors.New("connection lost")
	c, _ = clientAnswering(&listgroups.Response{ErrorCode: 13, Groups: []listgroups.ResponseGroup{{GroupID: "g", BrokerID: 1}}, BrokerErrors: []listgroups.ResponseBrokerError{
		{BrokerID: 2, ErrorCode: 13, Err: lost}, {BrokerID: 3, ErrorCode: int16(GroupLoadInProgress)},
	}})
	listed, err := c.ListGroups(ctx, &ListGroupsRequest{})
	require.NoError(t, err)
	assert.Equal(t, []ListGroupsResponseGroup{{GroupID: "g", Coordinator: 1}}, listed.Groups)
	for _, want := range []error{lost, GroupLoadInProgress} {
		require.ErrorIs(t, listed.Error, want)
	}
	require.ErrorContains(t, listed.Error, "groups of broker 2: connection lost")

	c, _ = clientAnswering(&deletegroups.Response{Responses: []deletegroups.ResponseGroup{{GroupID: "a"}, {GroupID: "b", ErrorCode: 13, Err: lost}}})
	deleted, err := c.DeleteGroups(ctx, &DeleteGroupsRequest{GroupIDs: []string{"a", "b"}})
	require.NoError(t, err)
	require.Len(t, deleted.Errors, 2)
	require.NoError(t, deleted.Errors["a"])
	require.ErrorIs(t, deleted.Errors["b"], lost)
	require.EqualError(t, deleted.Errors["b"], lost.Error())
}

func TestClientDescribeGroupsAnswers(t *testing.T) {
	member := func(metadata, assignment string) []describegroups.ResponseGroupMember {
		return []describegroups.ResponseGroupMember{{MemberID: "m", MemberMetadata: []byte(metadata), MemberAssignment: []byte(assignment)}}
	}
	c, _ := clientAnswering(&describegroups.Response{ThrottleTimeMs: 3, Groups: []describegroups.ResponseGroup{
		{GroupID: "joining", GroupState: "PreparingRebalance", ProtocolType: "consumer", Members: member("", "")},
		{GroupID: "connect", GroupState: "Stable", ProtocolType: "connect", Members: member("?", "?")},
		{GroupID: "metadata", ProtocolType: "consumer", Members: member("?", "")},
		{GroupID: "assignment", ProtocolType: "consumer", Members: member("", "?")},
		{GroupID: "refused", ErrorCode: int16(GroupIdNotFound), ErrorMessage: "no such group"},
	}})
	res, err := c.DescribeGroups(t.Context(), &DescribeGroupsRequest{GroupIDs: []string{"joining", "connect", "metadata", "assignment", "refused"}})
	require.NoError(t, err)
	assert.Equal(t, 3*time.Millisecond, res.Throttle)
	require.Len(t, res.Groups, 5)
	for i := range 2 {
		require.NoError(t, res.Groups[i].Error)
		assert.Equal(t, []DescribeGroupsResponseMember{{MemberID: "m"}}, res.Groups[i].Members)
	}
	for i := 2; i < 4; i++ {
		require.ErrorContains(t, res.Groups[i].Error, `group "`+res.Groups[i].GroupID+`", member "m": `)
		assert.Nil(t, res.Groups[i].Members)
	}
	require.ErrorIs(t, res.Groups[4].Error, GroupIdNotFound)
	require.ErrorContains(t, res.Groups[4].Error, "no such group")
}

// The zero values of requests mean what nobody else can mean.
func TestClientZeroValues(t *testing.T) {
	c, sent := clientAnswering(&initproducerid.Response{ErrorCode: int16(ConcurrentTransactions), ProducerID: -1})
	res, err := c.InitProducerID(t.Context(), &InitProducerIDRequest{})
	require.NoError(t, err)
	assert.Equal(t, &InitProducerIDResponse{Producer: &ProducerSession{ProducerID: -1}, Error: ConcurrentTransactions}, res)
	init := (*sent).(*initproducerid.Request)
	assert.Equal(t, []int64{-1, -1}, []int64{init.ProducerID, int64(init.ProducerEpoch)})
	_, err = c.InitProducerID(t.Context(), &InitProducerIDRequest{ProducerEpoch: 4})
	require.NoError(t, err)
	init = (*sent).(*initproducerid.Request)
	assert.Equal(t, []int64{0, 4}, []int64{init.ProducerID, int64(init.ProducerEpoch)})

	c, sent = clientAnswering(&offsetcommit.Response{})
	for generation, req := range map[int32]*OffsetCommitRequest{-1: {}, 0: {MemberID: "m"}, 3: {GenerationID: 3}} {
		_, err = c.OffsetCommit(t.Context(), req)
		require.NoError(t, err)
		commit := (*sent).(*offsetcommit.Request)
		assert.Equal(t, []int64{int64(generation), -1}, []int64{int64(commit.GenerationID), commit.RetentionTimeMs})
	}
	c, sent = clientAnswering(&txnoffsetcommit.Response{})
	_, err = c.TxnOffsetCommit(t.Context(), &TxnOffsetCommitRequest{})
	require.NoError(t, err)
	assert.EqualValues(t, -1, (*sent).(*txnoffsetcommit.Request).GenerationID)
}

// A coordinator that declines only part of a request is looked up anew for the next
// one. Raw records that the wrong leader has declined are sent to the right one.
func TestClientFollowsBrokersThatDecline(t *testing.T) {
	inFakeTime(t, 2, func(t *testing.T, c *fakeCluster, tr *Transport) {
		c.alter = func(n *fakeNode, r *fakeRequest) (protocol.Message, bool) {
			switch req := r.message.(type) {
			case *apiversions.Request:
				res := c.versions()
				res.ApiKeys = append(res.ApiKeys, apiversions.ApiKeyResponse{ApiKey: int16(protocol.OffsetCommit), MinVersion: 2, MaxVersion: 9})
				return res, true
			case *offsetcommit.Request:
				res := &offsetcommit.Response{Topics: []offsetcommit.ResponseTopic{{Name: "t", Partitions: []offsetcommit.ResponsePartition{
					{PartitionIndex: 9, ErrorCode: int16(UnknownTopicOrPartition)},
					{PartitionIndex: 0, ErrorCode: int16(unless(n.id == 2, NotCoordinatorForGroup))},
				}}}}
				return res, len(req.Topics) > 0
			}
			return nil, false
		}
		client := &Client{Addr: TCP("b1:9092"), Transport: tr}
		commit := func() error {
			res, err := client.OffsetCommit(t.Context(), &OffsetCommitRequest{GroupID: "g", Topics: map[string][]OffsetCommit{"t": {{Partition: 9}, {Partition: 0}}}})
			require.NoError(t, err)
			return res.Topics["t"][1].Error
		}
		require.Equal(t, NotCoordinatorForGroup, commit(), "broker 1")
		c.change(func() { c.coordinator = 2 })
		require.NoError(t, commit())

		write := func() *ProduceResponse {
			res, err := client.RawProduce(t.Context(), &RawProduceRequest{Topic: "t", RequiredAcks: RequireAll, RawRecords: rawRecordsOf(wire(t, wireBatch{msgs: values("v")}))})
			require.NoError(t, err)
			return res
		}
		require.NoError(t, write().Error)
		c.change(func() { c.topics["t"] = &fakeTopic{leaders: []int32{1}, epoch: 1} })
		require.NoError(t, write().Error)
	})
}
