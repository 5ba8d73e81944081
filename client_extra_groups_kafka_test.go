package kafka

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/consumergroupheartbeat"
	"github.com/segmentio/kafka-go/protocol/joingroup"
	"github.com/segmentio/kafka-go/protocol/offsetfetch"
	"github.com/segmentio/kafka-go/protocol/sharegroupheartbeat"
	"github.com/segmentio/kafka-go/protocol/streamsgroupheartbeat"
)

// feature returns the level of a feature that the cluster uses.
func (c *extraCluster) feature(t *testing.T, name string) int16 {
	res := ask[*apiversions.Response](t, c.tr, c.k, &apiversions.Request{ClientSoftwareName: "test", ClientSoftwareVersion: "1"})
	require.Zero(t, res.ErrorCode)
	for _, f := range res.FinalizedFeatures {
		if f.Name == name {
			return f.MaxVersionLevel
		}
	}
	return 0
}

func extraTransactions(t *testing.T, c *extraCluster) {
	topic, id := c.topic(t, 1, 1, 1), newTopicName()
	p := newProducer(t, dialTopic(t, c.k, topic), c.k, id)
	start := time.Now().Add(-time.Second)
	require.EqualValues(t, 1, p.write(Message{Value: []byte("in a transaction")}))
	c.producers(t, p, topic)
	c.listTransactions(t, p)
	c.describeTransactions(t, p, topic, start)
	c.abort(t, p, topic)
}

// producers looks at what the partition knows of a producer.
func (c *extraCluster) producers(t *testing.T, p *producer, topic string) {
	known, ok := c.producer(t, p, topic)
	if !ok {
		return
	}
	require.WithinDuration(t, time.Now(), known.LastTimestamp, patience)
	known.LastTimestamp = time.Time{}
	require.Equal(t, DescribeProducersResponseProducer{
		ProducerID: p.id, ProducerEpoch: int(p.epoch), LastSequence: 0, CoordinatorEpoch: -1, TxnStartOffset: 1,
	}, known)
	res, err := c.client.DescribeProducers(patient(t), &DescribeProducersRequest{Topics: map[string][]int{topic: {7}}})
	require.NoError(t, err)
	require.ErrorIs(t, res.Topics[topic][0].Error, UnknownTopicOrPartition)
}

// producer returns what the partition knows of a producer, if the brokers tell.
func (c *extraCluster) producer(t *testing.T, p *producer, topic string) (known DescribeProducersResponseProducer, ok bool) {
	req := &DescribeProducersRequest{Topics: map[string][]int{topic: {0}}}
	if c.lacks(t, protocol.DescribeProducers, "DescribeProducers", func(ctx context.Context) error {
		_, err := c.client.DescribeProducers(ctx, req)
		return err
	}) {
		return known, false
	}
	res := answered[*DescribeProducersResponse](t)(c.client.DescribeProducers(patient(t), req))
	require.NoError(t, res.Topics[topic][0].Error)
	for _, known := range res.Topics[topic][0].Producers {
		if known.ProducerID == p.id {
			return known, true
		}
	}
	t.Fatalf("the producer is not known: %+v", res.Topics)
	return known, false
}

func (c *extraCluster) listTransactions(t *testing.T, p *producer) {
	list := func(req *ListTransactionsRequest) (*ListTransactionsResponse, error) {
		res, err := c.client.ListTransactions(patient(t), req)
		return res, err
	}
	if c.lacks(t, protocol.ListTransactions, "ListTransactions", func(ctx context.Context) error {
		_, err := c.client.ListTransactions(ctx, &ListTransactionsRequest{})
		return err
	}) {
		return
	}
	res, err := list(&ListTransactionsRequest{ProducerIDs: []int64{p.id}})
	require.NoError(t, err)
	require.Empty(t, res.Errors)
	require.Len(t, res.Transactions, 1)
	require.Positive(t, res.Transactions[0].Coordinator)
	res.Transactions[0].Coordinator = 0
	require.Equal(t, ListTransactionsResponseTransaction{TransactionalID: p.name, ProducerID: p.id, State: "Ongoing"}, res.Transactions[0])

	res, err = list(&ListTransactionsRequest{States: []string{"Nonsense", "Empty"}, ProducerIDs: []int64{p.id}})
	require.NoError(t, err)
	require.Empty(t, res.Transactions)
	require.Equal(t, []string{"Nonsense"}, res.UnknownStates)

	version := c.apis[protocol.ListTransactions]
	res, err = list(&ListTransactionsRequest{MinDuration: time.Hour})
	if version < 1 {
		require.ErrorContains(t, err, "DurationFilter")
	} else {
		require.NoError(t, err)
		require.Empty(t, res.Transactions)
	}
	res, err = list(&ListTransactionsRequest{TransactionalIDPattern: p.name[:5] + ".*" + p.name[5:]})
	if version < 2 {
		require.ErrorContains(t, err, "TransactionalIDPattern")
	} else {
		require.NoError(t, err)
		require.Len(t, res.Transactions, 1)
	}
}

func (c *extraCluster) describeTransactions(t *testing.T, p *producer, topic string, start time.Time) {
	req := &DescribeTransactionsRequest{TransactionalIDs: []string{p.name, "no-such-id"}}
	if c.lacks(t, protocol.DescribeTransactions, "DescribeTransactions", func(ctx context.Context) error {
		_, err := c.client.DescribeTransactions(ctx, req)
		return err
	}) {
		return
	}
	res := answered[*DescribeTransactionsResponse](t)(c.client.DescribeTransactions(patient(t), req))
	require.Len(t, res.Transactions, 2)
	require.Equal(t, "no-such-id", res.Transactions[1].TransactionalID)
	require.ErrorIs(t, res.Transactions[1].Error, TransactionalIDNotFound)
	open := res.Transactions[0]
	require.WithinRange(t, open.StartTime, start, time.Now().Add(time.Second))
	open.StartTime = time.Time{}
	require.Equal(t, DescribeTransactionsResponseTransaction{
		TransactionalID: p.name, State: "Ongoing", Timeout: 30 * time.Second,
		ProducerID: p.id, ProducerEpoch: int(p.epoch), Topics: map[string][]int{topic: {0}},
	}, open)
}

// abort ends the transaction in the partition.
func (c *extraCluster) abort(t *testing.T, p *producer, topic string) {
	abort := func(client *Client, partition, epoch int) error {
		res, err := client.AbortTransaction(patient(t), &AbortTransactionRequest{
			Topic: topic, Partition: partition, ProducerID: p.id, ProducerEpoch: epoch, CoordinatorEpoch: -1,
		})
		if err != nil {
			return err
		}
		return res.Error
	}
	alice := c.user(t, "alice")
	c.allow(t, topic, ACLOperationTypeDescribe)
	waitUntil(t, func() bool {
		err := abort(alice, 0, int(p.epoch))
		require.Error(t, err)
		return errors.Is(err, ClusterAuthorizationFailed)
	})
	require.ErrorIs(t, abort(c.client, 7, int(p.epoch)), UnknownTopicOrPartition)
	require.EqualValues(t, 1, c.offset(t, topic, 0, LastOffset, ReadCommitted))
	require.NoError(t, abort(c.client, 0, int(p.epoch)))
	require.Equal(t, c.offset(t, topic, 0, LastOffset, ReadUncommitted), c.offset(t, topic, 0, LastOffset, ReadCommitted))
	if _, ok := c.apis[protocol.DescribeProducers]; ok {
		known, _ := c.producer(t, p, topic)
		require.EqualValues(t, -1, known.TxnStartOffset)
		require.Zero(t, known.CoordinatorEpoch)
	}
	require.Len(t, readPartitionCommitted(t, c, topic), 1, "what was aborted is not read")
	if p.epoch > 0 {
		require.ErrorIs(t, abort(c.client, 0, int(p.epoch)-1), InvalidProducerEpoch)
	}
}

// allow lets alice do something with a topic.
func (c *extraCluster) allow(t *testing.T, topic string, operation ACLOperationType) {
	res, err := c.client.CreateACLs(patient(t), &CreateACLsRequest{ACLs: []ACLEntry{{
		ResourceType: ResourceTypeTopic, ResourceName: topic, ResourcePatternType: PatternTypeLiteral,
		Principal: "User:alice", Host: "*", Operation: operation, PermissionType: ACLPermissionTypeAllow,
	}}})
	require.NoError(t, err)
	require.NoError(t, res.Errors[0])
}

func readPartitionCommitted(t *testing.T, c *extraCluster, topic string) []Message {
	conn := dialTopic(t, c.k, topic)
	batch := conn.ReadBatchWith(ReadBatchConfig{MinBytes: 1, MaxBytes: 1 << 20, IsolationLevel: ReadCommitted})
	defer batch.Close()
	msgs, _ := readAll(batch)
	return msgs
}

func extraConsumerGroups(t *testing.T, c *extraCluster) {
	topic, group, member := c.topic(t, 2, 1, 0), newTopicName(), protocol.UUID{1}.String()
	req := &DescribeConsumerGroupsRequest{GroupIDs: []string{group, "no-such-group"}, IncludeAuthorizedOperations: true}
	if c.lacks(t, protocol.ConsumerGroupDescribe, "DescribeConsumerGroups", func(ctx context.Context) error {
		_, err := c.client.DescribeConsumerGroups(ctx, req)
		return err
	}) {
		return
	}
	beat := &consumergroupheartbeat.Request{
		GroupID: group, MemberID: member, RebalanceTimeoutMs: 60_000, SubscribedTopicNames: []string{topic},
		TopicPartitions: []consumergroupheartbeat.TopicPartitions{},
	}
	waitUntil(t, func() bool {
		res := ask[*consumergroupheartbeat.Response](t, c.tr, c.k, beat)
		if Error(res.ErrorCode).Temporary() {
			return false
		}
		require.Zero(t, res.ErrorCode, res.ErrorMessage)
		beat.MemberID, beat.MemberEpoch = res.MemberID, res.MemberEpoch
		if res.Assignment != nil {
			beat.TopicPartitions = res.Assignment.TopicPartitions
		}
		return len(beat.TopicPartitions) > 0
	})
	ask[*consumergroupheartbeat.Response](t, c.tr, c.k, beat) // which tells what the member has
	res := answered[*DescribeConsumerGroupsResponse](t)(c.client.DescribeConsumerGroups(patient(t), req))
	require.Len(t, res.Groups, 2)
	require.Equal(t, "no-such-group", res.Groups[1].GroupID)
	require.ErrorIs(t, res.Groups[1].Error, GroupIdNotFound)
	g := res.Groups[0]
	require.NoError(t, g.Error)
	require.Equal(t, group, g.GroupID)
	require.Equal(t, "Stable", g.GroupState)
	require.Equal(t, "uniform", g.Assignor)
	require.Positive(t, g.GroupEpoch)
	require.Positive(t, g.AssignmentEpoch)
	require.Contains(t, g.AuthorizedOperations, ACLOperationTypeDelete)
	require.Len(t, g.Members, 1)
	m := g.Members[0]
	require.NotEmpty(t, m.ClientHost)
	m.ClientHost = ""
	all := map[string][]int{topic: {0, 1}}
	require.Equal(t, DescribeConsumerGroupsResponseMember{
		MemberID: beat.MemberID, MemberEpoch: int(beat.MemberEpoch), ClientID: DefaultClientID, Topics: []string{topic},
		Assignment: all, TargetAssignment: all,
	}, m)

	// Offsets are not to be set beside a member.
	set, err := c.client.AlterConsumerGroupOffsets(patient(t), &AlterConsumerGroupOffsetsRequest{
		GroupID: group, Topics: map[string][]OffsetCommit{topic: {{Partition: 0, Offset: 1}}},
	})
	require.NoError(t, err)
	require.ErrorIs(t, set.Topics[topic][0].Error, UnknownMemberId)
}

func extraShareGroups(t *testing.T, c *extraCluster) {
	topic, group, member := c.topic(t, 2, 1, 0), newTopicName(), protocol.UUID{2}.String()
	req := &DescribeShareGroupsRequest{GroupIDs: []string{group, "no-such-group"}, IncludeAuthorizedOperations: true}
	if c.lacks(t, protocol.ShareGroupDescribe, "DescribeShareGroups", func(ctx context.Context) error {
		_, err := c.client.DescribeShareGroups(ctx, req)
		return err
	}) {
		return
	}
	beat := &sharegroupheartbeat.Request{GroupID: group, MemberID: member, SubscribedTopicNames: []string{topic}}
	waitUntil(t, func() bool {
		res := ask[*sharegroupheartbeat.Response](t, c.tr, c.k, beat)
		if Error(res.ErrorCode).Temporary() {
			return false
		}
		require.Zero(t, res.ErrorCode, res.ErrorMessage)
		beat.MemberEpoch = res.MemberEpoch
		return res.Assignment != nil && len(res.Assignment.TopicPartitions) > 0
	})
	res := answered[*DescribeShareGroupsResponse](t)(c.client.DescribeShareGroups(patient(t), req))
	require.Len(t, res.Groups, 2)
	require.ErrorIs(t, res.Groups[1].Error, GroupIdNotFound)
	g := res.Groups[0]
	require.NoError(t, g.Error)
	require.Equal(t, group, g.GroupID)
	require.Equal(t, "Stable", g.GroupState)
	require.Equal(t, "simple", g.Assignor)
	require.Positive(t, g.GroupEpoch)
	require.Positive(t, g.AssignmentEpoch)
	require.Contains(t, g.AuthorizedOperations, ACLOperationTypeDelete)
	require.Len(t, g.Members, 1)
	m := g.Members[0]
	require.NotEmpty(t, m.ClientHost)
	m.ClientHost = ""
	slices.Sort(m.Assignment[topic])
	require.Equal(t, DescribeShareGroupsResponseMember{
		MemberID: member, MemberEpoch: int(beat.MemberEpoch), ClientID: DefaultClientID, Topics: []string{topic}, Assignment: map[string][]int{topic: {0, 1}},
	}, m)
}

func extraStreamsGroups(t *testing.T, c *extraCluster) {
	topic, group, member := c.topic(t, 2, 1, 0), newTopicName(), protocol.UUID{3}.String()
	req := &DescribeStreamsGroupsRequest{GroupIDs: []string{group, "no-such-group"}, IncludeAuthorizedOperations: true}
	if c.lacks(t, protocol.StreamsGroupDescribe, "DescribeStreamsGroups", func(ctx context.Context) error {
		_, err := c.client.DescribeStreamsGroups(ctx, req)
		return err
	}) {
		return
	}
	none := []streamsgroupheartbeat.RequestTasks{}
	beat := &streamsgroupheartbeat.Request{
		GroupID: group, MemberID: member, ProcessID: "process", RebalanceTimeoutMs: 60_000,
		UserEndpoint: &streamsgroupheartbeat.RequestEndpoint{Host: "member", Port: 80},
		ClientTags:   []streamsgroupheartbeat.RequestKeyValue{{Key: "zone", Value: "a"}},
		ActiveTasks:  none, StandbyTasks: none, WarmupTasks: none,
		Topology: &streamsgroupheartbeat.RequestTopology{Epoch: 1, Subtopologies: []streamsgroupheartbeat.RequestSubtopology{{
			SubtopologyID: "0", SourceTopics: []string{topic},
			StateChangelogTopics: []streamsgroupheartbeat.RequestTopicInfo{{
				Name: group + "-store-changelog", ReplicationFactor: 1, TopicConfigs: []streamsgroupheartbeat.RequestKeyValue{{Key: "cleanup.policy", Value: "compact"}},
			}},
		}}},
	}
	waitUntil(t, func() bool {
		res := ask[*streamsgroupheartbeat.Response](t, c.tr, c.k, beat)
		if code := Error(res.ErrorCode); code.Temporary() || code == Unknown { // which a coordinator that is slow says, too
			return false
		}
		require.Zero(t, res.ErrorCode, res.ErrorMessage)
		beat.MemberEpoch, beat.Topology, beat.UserEndpoint, beat.ClientTags = res.MemberEpoch, nil, nil, nil
		for _, task := range res.ActiveTasks {
			beat.ActiveTasks = append(beat.ActiveTasks, streamsgroupheartbeat.RequestTasks(task))
		}
		return len(beat.ActiveTasks) > 0
	})
	res := answered[*DescribeStreamsGroupsResponse](t)(c.client.DescribeStreamsGroups(patient(t), req))
	require.Len(t, res.Groups, 2)
	require.ErrorIs(t, res.Groups[1].Error, GroupIdNotFound)
	require.Equal(t, -1, res.Groups[1].TopologyEpoch)
	g := res.Groups[0]
	require.NoError(t, g.Error)
	require.Equal(t, group, g.GroupID)
	require.Contains(t, []string{"Stable", "Reconciling"}, g.GroupState)
	require.Positive(t, g.GroupEpoch)
	require.Equal(t, 1, g.TopologyEpoch)
	require.Contains(t, g.AuthorizedOperations, ACLOperationTypeDelete)
	require.Len(t, g.Subtopologies, 1)
	s := g.Subtopologies[0]
	require.Equal(t, "0", s.SubtopologyID)
	require.Equal(t, []string{topic}, s.SourceTopics)
	require.Equal(t, group+"-store-changelog", s.StateChangelogTopics[0].Name)
	require.Equal(t, 1, s.StateChangelogTopics[0].ReplicationFactor)
	require.Equal(t, map[string]string{"cleanup.policy": "compact"}, s.StateChangelogTopics[0].Configs)
	require.Len(t, g.Members, 1)
	m := g.Members[0]
	require.Equal(t, member, m.MemberID)
	require.Equal(t, "process", m.ProcessID)
	require.Equal(t, "member:80", m.UserEndpoint)
	require.Equal(t, map[string]string{"zone": "a"}, m.ClientTags)
	require.Equal(t, DefaultClientID, m.ClientID)
	require.False(t, m.Classic)
	require.ElementsMatch(t, []int{0, 1}, m.TargetAssignment.ActiveTasks["0"])
	require.Empty(t, m.TargetAssignment.WarmupTasks)
}

func extraGroupOffsets(t *testing.T, c *extraCluster) {
	topic, group := c.topic(t, 2, 1, 5), newTopicName()
	alter := func(offsets ...OffsetCommit) map[int]error {
		res := answered[*AlterConsumerGroupOffsetsResponse](t)(c.client.AlterConsumerGroupOffsets(patient(t), &AlterConsumerGroupOffsetsRequest{
			GroupID: group, Topics: map[string][]OffsetCommit{topic: offsets},
		}))
		errs := make(map[int]error)
		for _, p := range res.Topics[topic] {
			errs[p.Partition] = p.Error
		}
		return errs
	}
	var errs map[int]error
	waitUntil(t, func() bool { // the coordinator of a new group may need a moment
		errs = alter(OffsetCommit{Partition: 0, Offset: 3, Metadata: "by hand"}, OffsetCommit{Partition: 1, Offset: 5}, OffsetCommit{Partition: 7, Offset: 1})
		return errs[0] == nil
	})
	require.NoError(t, errs[1])
	require.ErrorIs(t, errs[7], UnknownTopicOrPartition)
	committed := func(partition int32) (int64, string) {
		res := ask[*offsetfetch.Response](t, c.tr, c.k, &offsetfetch.Request{
			GroupID: group, Topics: []offsetfetch.RequestTopic{{Name: topic, PartitionIndexes: []int32{partition}}},
		})
		p := res.Topics[0].Partitions[0]
		return p.CommittedOffset, p.Metadata
	}
	offset, metadata := committed(0)
	require.EqualValues(t, 3, offset)
	require.Equal(t, "by hand", metadata)
	require.NoError(t, alter(OffsetCommit{Partition: 0, Offset: 1})[0], "backwards, too")
	offset, _ = committed(0)
	require.EqualValues(t, 1, offset)
	offset, _ = committed(1)
	require.EqualValues(t, 5, offset, "others stay")

	// Not once there is a member.
	join := &joingroup.Request{
		GroupID: group, SessionTimeoutMS: 30_000, RebalanceTimeoutMS: 30_000, ProtocolType: "consumer",
		Protocols: []joingroup.RequestProtocol{{Name: "range", Metadata: []byte{0, 0}}},
	}
	waitUntil(t, func() bool {
		res := ask[*joingroup.Response](t, c.tr, c.k, join)
		join.MemberID = res.MemberID
		return res.ErrorCode == 0
	})
	require.ErrorIs(t, alter(OffsetCommit{Partition: 0, Offset: 2})[0], UnknownMemberId)
	offset, _ = committed(0)
	require.EqualValues(t, 1, offset)
}

func extraTokens(t *testing.T, c *extraCluster) {
	alice, admin := c.user(t, "alice"), c.user(t, "admin")
	describe := func(client *Client, owners ...string) []DelegationToken {
		res := answered[*DescribeDelegationTokensResponse](t)(client.DescribeDelegationTokens(patient(t), &DescribeDelegationTokensRequest{Owners: owners}))
		require.NoError(t, res.Error)
		return res.Tokens
	}
	create := func(client *Client, req *CreateDelegationTokenRequest) (*CreateDelegationTokenResponse, error) {
		return client.CreateDelegationToken(patient(t), req)
	}
	refused, err := create(c.client, &CreateDelegationTokenRequest{})
	require.NoError(t, err)
	require.ErrorIs(t, refused.Error, DelegationTokenRequestNotAllowed, "without authentication")
	require.Zero(t, refused.Token)

	made, err := create(alice, &CreateDelegationTokenRequest{Renewers: []string{"User:admin"}, MaxLifetime: time.Hour})
	require.NoError(t, err)
	require.NoError(t, made.Error)
	token := made.Token
	require.NotEmpty(t, token.TokenID)
	require.NotEmpty(t, token.HMAC)
	require.Equal(t, "User:alice", token.Owner)
	require.WithinDuration(t, time.Now(), token.IssueTime, patience)
	require.Equal(t, time.Hour, token.MaxTime.Sub(token.IssueTime))
	if c.apis[protocol.CreateDelegationToken] >= 3 {
		require.Equal(t, "User:alice", token.Requester)
	}
	var found []DelegationToken
	waitUntil(t, func() bool { found = describe(alice); return len(found) > 0 })
	token.Renewers = []string{"User:admin"}
	require.Equal(t, []DelegationToken{token}, found)
	require.Empty(t, describe(alice, "User:somebody"))

	var renewed *RenewDelegationTokenResponse
	waitUntil(t, func() bool { // brokers hear of tokens one after the other
		renewed = answered[*RenewDelegationTokenResponse](t)(admin.RenewDelegationToken(patient(t), &RenewDelegationTokenRequest{HMAC: token.HMAC, RenewPeriod: 10 * time.Minute}))
		return !errors.Is(renewed.Error, DelegationTokenNotFound)
	})
	require.NoError(t, renewed.Error)
	require.WithinDuration(t, time.Now().Add(10*time.Minute), renewed.ExpiryTime, patience)
	unknown, err := alice.RenewDelegationToken(patient(t), &RenewDelegationTokenRequest{HMAC: []byte("no such token")})
	require.NoError(t, err)
	require.ErrorIs(t, unknown.Error, DelegationTokenNotFound)
	require.True(t, unknown.ExpiryTime.IsZero())

	expire := func(period time.Duration) time.Time {
		res := answered[*ExpireDelegationTokenResponse](t)(alice.ExpireDelegationToken(patient(t), &ExpireDelegationTokenRequest{HMAC: token.HMAC, ExpiryPeriod: period}))
		require.NoError(t, res.Error)
		return res.ExpiryTime
	}
	waitUntil(t, func() bool {
		found = describe(alice)
		return len(found) == 1 && found[0].ExpiryTime.Equal(renewed.ExpiryTime)
	})
	require.WithinDuration(t, time.Now().Add(5*time.Minute), expire(5*time.Minute), patience)
	expire(0)
	waitUntil(t, func() bool { return len(describe(alice)) == 0 })

	_, err = create(alice, &CreateDelegationTokenRequest{Owner: "alice"})
	require.ErrorContains(t, err, `Owner: "alice" is no principal such as User:alice`)
	other, err := create(admin, &CreateDelegationTokenRequest{Owner: "User:alice"})
	if c.apis[protocol.CreateDelegationToken] < 3 {
		require.ErrorContains(t, err, "OwnerPrincipal")
		return
	}
	require.NoError(t, err)
	require.NoError(t, other.Error)
	require.Equal(t, "User:alice", other.Token.Owner)
	require.Equal(t, "User:admin", other.Token.Requester)
}
