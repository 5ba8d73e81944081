package kafka

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
)

// extraCluster is a real cluster and a Client whose calls are noted.
type extraCluster struct {
	*clientTable
	apis map[protocol.ApiKey]int // newest versions
}

func newExtraCluster(t *testing.T, k *testkafka.Cluster, calls *clientCalls) *extraCluster {
	c := &extraCluster{clientTable: newClientTable(t, k, calls), apis: make(map[protocol.ApiKey]int)}
	res, err := c.client.ApiVersions(patient(t), &ApiVersionsRequest{})
	require.NoError(t, err)
	for _, api := range res.ApiKeys {
		c.apis[protocol.ApiKey(api.ApiKey)] = api.MaxVersion
	}
	return c
}

// lacks tells whether the brokers do not have an API. Then a call of it has to give
// an error that says so.
func (c *extraCluster) lacks(t *testing.T, api protocol.ApiKey, method string, call func(context.Context) error) bool {
	if _, ok := c.apis[api]; ok {
		return false
	}
	err := call(patient(t))
	requireUnsupported(t, err)
	require.ErrorContains(t, err, "kafka.(*Client)."+method+": ")
	return true
}

func requireUnsupported(t *testing.T, err error) {
	t.Helper()
	var unsupported *protocol.VersionError
	require.ErrorAs(t, err, &unsupported)
	require.ErrorContains(t, err, unsupported.Error())
}

// topic creates a topic with as many messages in each partition.
func (c *extraCluster) topic(t testing.TB, partitions, replicas, messages int) string {
	t.Helper()
	topic := newTopicOf(t, c.tr, c.k, partitions, replicas)
	for p := range partitions {
		if messages > 0 {
			c.write(t, topic, p, messages)
		}
	}
	return topic
}

func (c *extraCluster) write(t testing.TB, topic string, partition, messages int) {
	t.Helper()
	w := newTestWriter(t, c.k, topic)
	w.Balancer = BalancerFunc(func(Message, ...int) int { return partition })
	for range messages {
		require.NoError(t, w.WriteMessages(patient(t), Message{Value: []byte("a message")}))
	}
}

// offset returns the first or last offset of a partition, or the first after
// transactions that are open.
func (c *extraCluster) offset(t testing.TB, topic string, partition int, which int64, level IsolationLevel) int64 {
	t.Helper()
	res := ask[*listoffsets.Response](t, c.tr, c.k, &listoffsets.Request{
		ReplicaID: -1, IsolationLevel: int8(level), Topics: []listoffsets.RequestTopic{{
			Topic: topic, Partitions: []listoffsets.RequestPartition{{Partition: int32(partition), Timestamp: which, CurrentLeaderEpoch: -1}},
		}},
	})
	require.Zero(t, res.Topics[0].Partitions[0].ErrorCode)
	return res.Topics[0].Partitions[0].Offset
}

// testClientExtra runs the calls that v0.4.51 does not have.
func testClientExtra(t *testing.T, calls *clientCalls) {
	tests := []struct {
		name string
		test func(*testing.T, *extraCluster)
	}{
		{"records", extraRecords},
		{"directories", extraLogDirs},
		{"leader epochs", extraLeaderEpochs},
		{"transactions", extraTransactions},
		{"consumer groups", extraConsumerGroups},
		{"share groups", extraShareGroups},
		{"streams groups", extraStreamsGroups},
		{"offsets of groups", extraGroupOffsets},
		{"pages of topics", extraTopicPartitions},
		{"features", extraFeatures},
		{"quorum", extraQuorum},
		{"tokens", extraTokens},
		{"resources", extraConfigResources},
		{"denied", extraDenied},
		{"cluster", extraDescribeCluster}, // stops a broker
	}
	k := testkafka.Start(t, testkafka.Config{
		Version: calls.kafka, Nodes: 3, LogDirs: 2, Authorizer: true, Listeners: []testkafka.Security{testkafka.SASLPlaintext},
		Properties: map[string]string{
			"delegation.token.secret.key":           "the brokers' secret",
			"group.coordinator.rebalance.protocols": "classic,consumer" + map[string]string{"4.4.0": ",share,streams"}[calls.kafka],
		},
	})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.test(t, newExtraCluster(t, k, calls)) })
	}
}

func extraRecords(t *testing.T, c *extraCluster) {
	topic := c.topic(t, 4, 2, 10)
	res := answered[*DeleteRecordsResponse](t)(c.client.DeleteRecords(patient(t), &DeleteRecordsRequest{
		Topics: map[string][]DeleteRecordsRequestPartition{
			topic:           {{Partition: 0, Offset: 4}, {Partition: 1, Offset: LastOffset}, {Partition: 2, Offset: 99}, {Partition: 7}},
			"no-such-topic": {{Partition: 0, Offset: LastOffset}},
		},
	}))
	partitions := make(map[int]DeleteRecordsResponsePartition)
	for _, p := range res.Topics[topic] {
		partitions[p.Partition] = p
	}
	require.Len(t, partitions, 4)
	require.Equal(t, DeleteRecordsResponsePartition{Partition: 0, LowWatermark: 4}, partitions[0])
	require.Equal(t, DeleteRecordsResponsePartition{Partition: 1, LowWatermark: 10}, partitions[1])
	require.ErrorIs(t, partitions[2].Error, OffsetOutOfRange)
	require.EqualValues(t, -1, partitions[2].LowWatermark)
	require.ErrorIs(t, partitions[7].Error, UnknownTopicOrPartition)
	require.ErrorIs(t, res.Topics["no-such-topic"][0].Error, UnknownTopicOrPartition)
	for partition, first := range []int64{4, 10, 0, 0} {
		require.Equal(t, first, c.offset(t, topic, partition, FirstOffset, ReadUncommitted))
	}
}

func extraLogDirs(t *testing.T, c *extraCluster) {
	topic := c.topic(t, 2, 3, 10)
	describe := func(req *DescribeLogDirsRequest) *DescribeLogDirsResponse {
		return answered[*DescribeLogDirsResponse](t)(c.client.DescribeLogDirs(patient(t), req))
	}
	all := describe(&DescribeLogDirsRequest{})
	require.Empty(t, all.Errors)
	require.Len(t, all.LogDirs, 6)
	replicas, brokers := 0, make(map[int]int)
	for _, dir := range all.LogDirs {
		brokers[dir.BrokerID]++
		require.NoError(t, dir.Error)
		require.Equal(t, c.apis[protocol.DescribeLogDirs] >= 4, dir.TotalBytes > 0, "%+v", dir)
		require.Equal(t, c.apis[protocol.DescribeLogDirs] >= 4, dir.UsableBytes > 0, "%+v", dir)
		for _, r := range dir.Replicas {
			if r.Topic == topic {
				replicas++
				require.Positive(t, r.Size)
			}
		}
	}
	require.Equal(t, map[int]int{1: 2, 2: 2, 3: 2}, brokers)
	require.Equal(t, 6, replicas)

	some := describe(&DescribeLogDirsRequest{BrokerIDs: []int{2, 9}, Topics: map[string][]int{topic: {1}}})
	require.Len(t, some.Errors, 1)
	require.ErrorIs(t, some.Errors[9], BrokerNotAvailable)
	from, to := c.directories(t, some, topic, 1)
	require.NotEmpty(t, to)

	alter := func(broker int, path string, partitions ...int) (map[int]error, error) {
		res, err := c.client.AlterReplicaLogDirs(patient(t), &AlterReplicaLogDirsRequest{BrokerID: broker, LogDirs: []AlterReplicaLogDirsRequestLogDir{
			{Path: path, Topics: map[string][]int{topic: partitions}},
		}})
		errs := make(map[int]error)
		if err == nil {
			for _, p := range res.Topics[topic] {
				errs[p.Partition] = p.Error
			}
		}
		return errs, err
	}
	errs, err := alter(2, to, 1, 7)
	require.NoError(t, err)
	require.NoError(t, errs[1])
	require.True(t, errors.Is(errs[7], UnknownTopicOrPartition) || errors.Is(errs[7], ReplicaNotAvailable), "%v", errs[7])
	waitUntil(t, func() bool {
		now, _ := c.directories(t, describe(&DescribeLogDirsRequest{BrokerIDs: []int{2}, Topics: map[string][]int{topic: {1}}}), topic, 1)
		return now == to && now != from
	})
	errs, err = alter(2, "/no/such/directory", 1)
	require.NoError(t, err)
	require.ErrorIs(t, errs[1], LogDirNotFound)
	_, err = alter(9, to, 1)
	require.ErrorIs(t, err, BrokerNotAvailable)
	require.ErrorContains(t, err, "kafka.(*Client).AlterReplicaLogDirs: kafka: broker 9 is not in the cluster")
}

// directories returns where the replica of a partition is, and another directory.
func (c *extraCluster) directories(t *testing.T, res *DescribeLogDirsResponse, topic string, partition int) (is, other string) {
	require.Len(t, res.LogDirs, 2)
	for _, dir := range res.LogDirs {
		require.LessOrEqual(t, len(dir.Replicas), 1)
		other = dir.Path
		if len(dir.Replicas) == 1 && !dir.Replicas[0].Future {
			require.Equal(t, topic, dir.Replicas[0].Topic)
			require.Equal(t, partition, dir.Replicas[0].Partition)
			is = dir.Path
		}
	}
	if other == is {
		other = res.LogDirs[0].Path
	}
	return is, other
}

func extraLeaderEpochs(t *testing.T, c *extraCluster) {
	topic := c.topic(t, 3, 1, 5)
	// The leader of partition 0 changes.
	leader := func() int {
		res, err := c.client.Metadata(patient(t), &MetadataRequest{Topics: []string{topic}})
		require.NoError(t, err)
		return res.Topics[0].Partitions[0].Leader.ID
	}
	next := leader()%3 + 1
	moved, err := c.client.AlterPartitionReassignments(patient(t), &AlterPartitionReassignmentsRequest{
		Topic: topic, Assignments: []AlterPartitionReassignmentsRequestAssignment{{PartitionID: 0, BrokerIDs: []int{next}}},
	})
	require.NoError(t, err)
	require.NoError(t, moved.Error)
	waitUntil(t, func() bool { return leader() == next })
	c.write(t, topic, 0, 2)

	res := answered[*OffsetForLeaderEpochResponse](t)(c.client.OffsetForLeaderEpoch(patient(t), &OffsetForLeaderEpochRequest{
		Topics: map[string][]OffsetForLeaderEpochRequestPartition{topic: {{Partition: 0}, {Partition: 1}, {Partition: 2, LeaderEpoch: 1000}, {Partition: 7}}},
	}))
	partitions := make(map[int]OffsetForLeaderEpochResponsePartition)
	for _, p := range res.Topics[topic] {
		partitions[p.Partition] = p
	}
	require.EqualValues(t, 7, c.offset(t, topic, 0, LastOffset, ReadUncommitted))
	require.Equal(t, OffsetForLeaderEpochResponsePartition{Partition: 0, LeaderEpoch: 0, EndOffset: 5}, partitions[0])
	require.Equal(t, OffsetForLeaderEpochResponsePartition{Partition: 1, LeaderEpoch: 0, EndOffset: 5}, partitions[1])
	require.Equal(t, OffsetForLeaderEpochResponsePartition{Partition: 2, LeaderEpoch: -1, EndOffset: -1}, partitions[2])
	require.ErrorIs(t, partitions[7].Error, UnknownTopicOrPartition)
}

func extraTopicPartitions(t *testing.T, c *extraCluster) {
	topic := c.topic(t, 5, 3, 0)
	req := &DescribeTopicPartitionsRequest{Topics: []string{topic, "no-such-topic"}, Limit: 2}
	if c.lacks(t, protocol.DescribeTopicPartitions, "DescribeTopicPartitions", func(ctx context.Context) error {
		_, err := c.client.DescribeTopicPartitions(ctx, req)
		return err
	}) {
		for _, err := range c.client.DescribeTopicPartitionsPages(patient(t), req) {
			requireUnsupported(t, err)
		}
		return
	}
	page := answered[*DescribeTopicPartitionsResponse](t)(c.client.DescribeTopicPartitions(patient(t), req))
	require.Equal(t, &DescribeTopicPartitionsCursor{Topic: topic, Partition: 2}, page.NextCursor)
	first := page.Topics[slices.IndexFunc(page.Topics, func(r DescribeTopicPartitionsResponseTopic) bool { return r.Name == topic })]
	require.NoError(t, first.Error)
	require.False(t, first.TopicID.IsZero())
	require.False(t, first.Internal)
	require.Contains(t, first.AuthorizedOperations, ACLOperationTypeWrite)
	require.Len(t, first.Partitions, 2)
	p := first.Partitions[0]
	require.NoError(t, p.Error)
	require.Len(t, p.Replicas, 3)
	require.ElementsMatch(t, p.Replicas, p.Isr)
	require.Contains(t, p.Replicas, p.Leader)
	require.Empty(t, p.OfflineReplicas)

	var partitions []int
	errs := make(map[string]error)
	pages := 0
	for page, err := range c.client.DescribeTopicPartitionsPages(patient(t), req) {
		require.NoError(t, err)
		pages++
		for _, topic := range page.Topics {
			errs[topic.Name] = topic.Error
			for _, p := range topic.Partitions {
				partitions = append(partitions, p.Partition)
			}
		}
	}
	require.Equal(t, []int{0, 1, 2, 3, 4}, partitions)
	require.GreaterOrEqual(t, pages, 3)
	require.NoError(t, errs[topic])
	require.ErrorIs(t, errs["no-such-topic"], UnknownTopicOrPartition)
	require.Nil(t, req.Cursor, "the request is the program's")

	all, err := c.client.DescribeTopicPartitions(patient(t), &DescribeTopicPartitionsRequest{})
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(all.Topics, func(r DescribeTopicPartitionsResponseTopic) bool { return r.Name == topic }))
}

func extraConfigResources(t *testing.T, c *extraCluster) {
	list := func(ctx context.Context, types ...ResourceType) ([]ListConfigResourcesResponseResource, error) {
		res, err := c.client.ListConfigResources(ctx, &ListConfigResourcesRequest{ResourceTypes: types})
		if err != nil {
			return nil, err
		}
		require.NoError(t, res.Error)
		return res.Resources, nil
	}
	if c.lacks(t, protocol.ListConfigResources, "ListConfigResources", func(ctx context.Context) error {
		_, err := list(ctx)
		return err
	}) {
		return
	}
	altered, err := c.client.IncrementalAlterConfigs(patient(t), &IncrementalAlterConfigsRequest{Resources: []IncrementalAlterConfigsRequestResource{{
		ResourceType: ResourceTypeClientMetrics, ResourceName: "subscription",
		Configs: []IncrementalAlterConfigsRequestConfig{{Name: "interval.ms", Value: "60000"}},
	}}})
	require.NoError(t, err)
	require.NoError(t, altered.Resources[0].Error)
	want := []ListConfigResourcesResponseResource{{ResourceType: ResourceTypeClientMetrics, ResourceName: "subscription"}}
	waitUntil(t, func() bool {
		got, err := list(patient(t), ResourceTypeClientMetrics)
		require.NoError(t, err)
		return slices.Equal(want, got)
	})
	all, err := list(patient(t))
	require.NoError(t, err)
	require.Subset(t, all, want)

	brokers, err := list(patient(t), ResourceTypeBroker)
	if c.apis[protocol.ListConfigResources] == 0 {
		requireUnsupported(t, err)
		require.Equal(t, want, all)
		return
	}
	require.NoError(t, err)
	require.ElementsMatch(t, []ListConfigResourcesResponseResource{
		{ResourceTypeBroker, "1"}, {ResourceTypeBroker, "2"}, {ResourceTypeBroker, "3"},
	}, brokers)
	require.Greater(t, len(all), len(want))
}

func extraQuorum(t *testing.T, c *extraCluster) {
	if c.lacks(t, protocol.DescribeQuorum, "DescribeQuorum", func(ctx context.Context) error {
		_, err := c.client.DescribeQuorum(ctx, &DescribeQuorumRequest{})
		return err
	}) {
		return
	}
	res := answered[*DescribeQuorumResponse](t)(c.client.DescribeQuorum(patient(t), &DescribeQuorumRequest{}))
	require.NoError(t, res.Error)
	require.Len(t, res.Voters, 1)
	require.Equal(t, res.Voters[0].ReplicaID, res.LeaderID)
	require.Positive(t, res.LeaderEpoch)
	require.Positive(t, res.HighWatermark)
	require.GreaterOrEqual(t, res.Voters[0].LogEndOffset, res.HighWatermark)
	require.NotEmpty(t, res.Observers)
	for _, o := range res.Observers {
		require.False(t, o.LastFetchTime.IsZero())
		require.False(t, o.LastCaughtUpTime.IsZero())
	}
	require.Len(t, res.Nodes, 1)
	require.Equal(t, res.LeaderID, res.Nodes[0].NodeID)
	require.Equal(t, "CONTROLLER", res.Nodes[0].Listeners[0].Name)
	require.Positive(t, res.Nodes[0].Listeners[0].Port)
}

func extraDescribeCluster(t *testing.T, c *extraCluster) {
	describe := func(req *DescribeClusterRequest) *DescribeClusterResponse {
		res := answered[*DescribeClusterResponse](t)(c.client.DescribeCluster(patient(t), req))
		require.NoError(t, res.Error)
		return res
	}
	ids := func(brokers []Broker) (ids []int) {
		for _, b := range brokers {
			require.Equal(t, c.k.Brokers()[b.ID-1], TCP(b.Host+":"+itoa(b.Port)).String())
			ids = append(ids, b.ID)
		}
		slices.Sort(ids)
		return ids
	}
	res := describe(&DescribeClusterRequest{IncludeAuthorizedOperations: true})
	require.NotEmpty(t, res.ClusterID)
	require.Equal(t, []int{1, 2, 3}, ids(res.Brokers))
	require.Contains(t, res.Brokers, res.Controller)
	require.Contains(t, res.AuthorizedOperations, ACLOperationTypeClusterAction)
	require.Nil(t, describe(&DescribeClusterRequest{}).AuthorizedOperations)

	fenced := &DescribeClusterRequest{IncludeFencedBrokers: true}
	if c.apis[protocol.DescribeCluster] < 2 {
		_, err := c.client.DescribeCluster(patient(t), fenced)
		require.ErrorContains(t, err, "IncludeFencedBrokers")
		return
	}
	require.Empty(t, describe(fenced).FencedBrokers)
	c.k.Stop(3)
	waitUntil(t, func() bool {
		now := describe(fenced)
		return slices.Equal(ids(now.Brokers), []int{1, 2}) && slices.Equal(ids(now.FencedBrokers), []int{3})
	})
	dirs, err := c.client.DescribeLogDirs(patient(t), &DescribeLogDirsRequest{})
	require.NoError(t, err)
	require.Empty(t, dirs.Errors)
	require.Len(t, dirs.LogDirs, 4)
	c.k.Restart(3)
	waitUntil(t, func() bool { return len(describe(fenced).Brokers) == 3 })
}

// Whom the cluster does not let do a thing is told so.
func extraDenied(t *testing.T, c *extraCluster) {
	alice, topic := c.user(t, "alice"), c.topic(t, 1, 1, 1)
	deleted, err := alice.DeleteRecords(patient(t), &DeleteRecordsRequest{Topics: map[string][]DeleteRecordsRequestPartition{topic: {{Offset: LastOffset}}}})
	require.NoError(t, err)
	assert.ErrorIs(t, deleted.Topics[topic][0].Error, TopicAuthorizationFailed)
	dirs, err := alice.DescribeLogDirs(patient(t), &DescribeLogDirsRequest{})
	require.NoError(t, err)
	if c.apis[protocol.DescribeLogDirs] >= 3 {
		assert.ErrorIs(t, dirs.Errors[1], ClusterAuthorizationFailed)
		assert.Len(t, dirs.Errors, 3)
	}
	assert.Empty(t, dirs.LogDirs)
	updated, err := alice.UpdateFeatures(patient(t), &UpdateFeaturesRequest{Features: []UpdateFeaturesRequestFeature{{Name: "f", MaxVersionLevel: 1}}})
	require.NoError(t, err)
	assert.ErrorIs(t, updated.Error, ClusterAuthorizationFailed)
	_, err = alice.AlterConsumerGroupOffsets(patient(t), &AlterConsumerGroupOffsetsRequest{GroupID: "g", Topics: map[string][]OffsetCommit{topic: {{}}}})
	assert.ErrorIs(t, err, GroupAuthorizationFailed, "there is no coordinator to ask")
	if _, ok := c.apis[protocol.DescribeQuorum]; ok {
		quorum, err := alice.DescribeQuorum(patient(t), &DescribeQuorumRequest{})
		require.NoError(t, err)
		assert.ErrorIs(t, quorum.Error, ClusterAuthorizationFailed)
	}
	if _, ok := c.apis[protocol.ListConfigResources]; ok {
		resources, err := alice.ListConfigResources(patient(t), &ListConfigResourcesRequest{})
		require.NoError(t, err)
		assert.ErrorIs(t, resources.Error, ClusterAuthorizationFailed)
	}
}

func extraFeatures(t *testing.T, c *extraCluster) {
	update := func(features ...UpdateFeaturesRequestFeature) (*UpdateFeaturesResponse, error) {
		res, err := c.client.UpdateFeatures(patient(t), &UpdateFeaturesRequest{Features: features})
		return res, err
	}
	res, err := update(UpdateFeaturesRequestFeature{Name: "no.such.feature", MaxVersionLevel: 1})
	require.NoError(t, err)
	failed := errors.Join(res.Error, res.Errors["no.such.feature"])
	require.Error(t, failed)
	require.Error(t, res.Errors["no.such.feature"])
	require.ErrorContains(t, failed, "feature", "the broker's text")
	_, err = c.client.UpdateFeatures(patient(t), &UpdateFeaturesRequest{
		Features: []UpdateFeaturesRequestFeature{{Name: "metadata.version", MaxVersionLevel: 1, UpgradeType: FeatureUnsafeDowngrade}}, ValidateOnly: true,
	})
	if c.apis[protocol.UpdateFeatures] < 1 {
		requireUnsupported(t, err)
		return
	}
	require.NoError(t, err)
	if c.version != "4.4.0" {
		return // nothing else can be changed
	}
	level := func() int16 { return c.feature(t, "transaction.version") }
	require.EqualValues(t, 2, level())
	for _, f := range []UpdateFeaturesRequestFeature{
		{Name: "transaction.version", MaxVersionLevel: 1, UpgradeType: FeatureSafeDowngrade},
		{Name: "transaction.version", MaxVersionLevel: 2},
	} {
		res, err = update(f)
		require.NoError(t, err)
		require.NoError(t, res.Error)
		require.NoError(t, res.Errors[f.Name])
		waitUntil(t, func() bool { return int(level()) == f.MaxVersionLevel })
	}
	res, err = update(UpdateFeaturesRequestFeature{Name: "transaction.version", MaxVersionLevel: 0})
	require.NoError(t, err)
	require.ErrorIs(t, res.Errors["transaction.version"], InvalidUpdateVersion, "that is no upgrade")
}
