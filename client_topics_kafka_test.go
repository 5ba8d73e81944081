package kafka

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// topicsCluster is a cluster that has all the APIs of topics, configurations and
// operations of the cluster, and the table of what was asked.
type topicsCluster struct{ *clientTable }

// alice is a Client that has no rights beyond what ACLs give to User:alice.
func (c *topicsCluster) alice(t testing.TB) *Client { return c.user(t, "alice") }

// testClientTopics runs the methods of Client for topics, configurations and
// operations of the cluster.
func testClientTopics(t *testing.T, calls *clientCalls) {
	tests := []struct {
		name string
		test func(*testing.T, *topicsCluster)
	}{
		{"versions", topicsVersions},
		{"create, describe and delete", topicsLife},
		{"create errors", topicsCreateErrors},
		{"partitions", topicsPartitions},
		{"topic configurations", topicsConfigs},
		{"broker configurations", topicsBrokerConfigs},
		{"reassignments and elections", topicsReassign},
		{"ACLs", topicsACLs},
		{"denied", topicsDenied},
		{"quotas", topicsQuotas},
		{"SCRAM users", topicsScram},
		{"ends", topicsEnds},
	}
	k := testkafka.Start(t, testkafka.Config{
		Version: calls.kafka, Nodes: 3, Authorizer: true, Listeners: []testkafka.Security{testkafka.SASLPlaintext},
		Properties: map[string]string{"auto.leader.rebalance.enable": "false"},
	})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.test(t, &topicsCluster{newClientTable(t, k, calls)}) })
	}
}

func topicsVersions(t *testing.T, c *topicsCluster) {
	res := answered[*ApiVersionsResponse](t)(c.client.ApiVersions(patient(t), &ApiVersionsRequest{}))
	require.NoError(t, res.Error)
	i := slices.IndexFunc(res.ApiKeys, func(k ApiVersionsResponseApiKey) bool { return k.ApiKey == 3 })
	require.GreaterOrEqual(t, i, 0)
	assert.Equal(t, "Metadata", res.ApiKeys[i].ApiName)
	assert.GreaterOrEqual(t, res.ApiKeys[i].MaxVersion, 11)
}

// newTopics creates topics of a number of partitions with two replicas each.
func (c *topicsCluster) newTopics(t testing.TB, partitions int, names ...string) {
	t.Helper()
	req := &CreateTopicsRequest{}
	for _, name := range names {
		req.Topics = append(req.Topics, TopicConfig{Topic: name, NumPartitions: partitions, ReplicationFactor: 2})
	}
	res := answered[*CreateTopicsResponse](t)(c.client.CreateTopics(patient(t), req))
	for _, name := range names {
		require.Contains(t, res.Errors, name)
		require.NoError(t, res.Errors[name])
	}
}

// topic describes a topic; it asks a broker.
func (c *topicsCluster) topic(t testing.TB, name string) Topic {
	t.Helper()
	res, err := c.client.Metadata(patient(t), &MetadataRequest{Topics: []string{name}, IncludeAuthorizedOperations: true})
	require.NoError(t, err)
	require.Len(t, res.Topics, 1)
	return res.Topics[0]
}

func topicsLife(t *testing.T, c *topicsCluster) {
	a, b, missing := newTopicName(), newTopicName(), newTopicName()
	c.newTopics(t, 3, a, b)

	res := answered[*MetadataResponse](t)(c.client.Metadata(patient(t), &MetadataRequest{Topics: []string{b, missing, a}}))
	require.Len(t, res.Topics, 3)
	require.Len(t, res.Brokers, 3)
	assert.Contains(t, res.Brokers, res.Controller)
	assert.NotEmpty(t, res.ClusterID)
	assert.Equal(t, []string{b, missing, a}, []string{res.Topics[0].Name, res.Topics[1].Name, res.Topics[2].Name})
	assert.Equal(t, UnknownTopicOrPartition, res.Topics[1].Error)
	for _, topic := range []Topic{res.Topics[0], res.Topics[2]} {
		require.NoError(t, topic.Error)
		assert.False(t, topic.ID.IsZero())
		assert.Nil(t, topic.AuthorizedOperations)
		require.Len(t, topic.Partitions, 3)
		for i, p := range topic.Partitions {
			assert.Equal(t, i, p.ID)
			assert.Equal(t, topic.Name, p.Topic)
			assert.Contains(t, res.Brokers, p.Leader)
			assert.Len(t, p.Replicas, 2)
		}
	}
	told := c.topic(t, a)
	assert.Equal(t, res.Topics[2].ID, told.ID)
	assert.Contains(t, told.AuthorizedOperations, ACLOperationTypeAlterConfigs)

	all := answered[*MetadataResponse](t)(c.client.Metadata(patient(t), &MetadataRequest{}))
	names := make([]string, 0, len(all.Topics))
	for _, topic := range all.Topics {
		names = append(names, topic.Name)
	}
	assert.Subset(t, names, []string{a, b})
	none, err := c.client.Metadata(patient(t), &MetadataRequest{Topics: []string{}})
	require.NoError(t, err)
	assert.Empty(t, none.Topics)
	assert.Len(t, none.Brokers, 3)

	deleted := answered[*DeleteTopicsResponse](t)(c.client.DeleteTopics(patient(t), &DeleteTopicsRequest{Topics: []string{a, missing}}))
	require.Len(t, deleted.Errors, 2)
	require.NoError(t, deleted.Errors[a])
	require.ErrorIs(t, deleted.Errors[missing], UnknownTopicOrPartition)
	waitUntil(t, func() bool { return c.topic(t, a).Error != nil })
	assert.NoError(t, c.topic(t, b).Error)
	waitUntil(t, func() bool {
		res, err := c.client.Metadata(patient(t), &MetadataRequest{Topics: []string{a}})
		require.NoError(t, err)
		return res.Topics[0].Error != nil
	})
}

func topicsCreateErrors(t *testing.T, c *topicsCluster) {
	there, fresh, valid := newTopicName(), newTopicName(), newTopicName()
	c.newTopics(t, 1, there)
	res, err := c.client.CreateTopics(patient(t), &CreateTopicsRequest{Topics: []TopicConfig{
		{Topic: there, NumPartitions: 1, ReplicationFactor: 1},
		{Topic: "not/a/name", NumPartitions: 1, ReplicationFactor: 1},
		{Topic: "too-many-replicas", NumPartitions: 1, ReplicationFactor: 4},
		{Topic: "bad-config", NumPartitions: 1, ReplicationFactor: 1, ConfigEntries: []ConfigEntry{{"retention.ms", "soon"}}},
		{Topic: fresh, ReplicaAssignments: []ReplicaAssignment{{0, 3}, {0, 1}, {1, 2}, {1, 3}}},
	}})
	require.NoError(t, err)
	require.Len(t, res.Errors, 5)
	require.ErrorIs(t, res.Errors[there], TopicAlreadyExists)
	assert.ErrorContains(t, res.Errors[there], there, "the broker's text")
	require.ErrorIs(t, res.Errors["not/a/name"], InvalidTopic)
	require.ErrorIs(t, res.Errors["too-many-replicas"], InvalidReplicationFactor)
	require.ErrorIs(t, res.Errors["bad-config"], InvalidConfiguration)
	assert.ErrorContains(t, res.Errors["bad-config"], "retention.ms")
	require.NoError(t, res.Errors[fresh])
	topic := c.topic(t, fresh)
	require.Len(t, topic.Partitions, 2)
	assert.Equal(t, []int{3, 1}, []int{topic.Partitions[0].Replicas[0].ID, topic.Partitions[0].Replicas[1].ID})

	start := time.Now()
	res, err = c.client.CreateTopics(patient(t), &CreateTopicsRequest{ValidateOnly: true, Topics: []TopicConfig{
		{Topic: valid, NumPartitions: 1, ReplicationFactor: 1},
		{Topic: there, NumPartitions: 1, ReplicationFactor: 1},
	}})
	require.NoError(t, err)
	assert.Less(t, time.Since(start), patience/4)
	require.Len(t, res.Errors, 2)
	require.NoError(t, res.Errors[valid])
	require.ErrorIs(t, res.Errors[there], TopicAlreadyExists)
	assert.Equal(t, UnknownTopicOrPartition, c.topic(t, valid).Error)
}

func topicsPartitions(t *testing.T, c *topicsCluster) {
	topic, missing := newTopicName(), newTopicName()
	c.newTopics(t, 1, topic)
	grow := func(validate bool, topics ...TopicPartitionsConfig) map[string]error {
		req := &CreatePartitionsRequest{Topics: topics, ValidateOnly: validate}
		return answered[*CreatePartitionsResponse](t)(c.client.CreatePartitions(patient(t), req)).Errors
	}
	require.NoError(t, grow(true, TopicPartitionsConfig{Name: topic, Count: 3})[topic])
	assert.Len(t, c.topic(t, topic).Partitions, 1)

	errs := grow(false, TopicPartitionsConfig{Name: topic, Count: 3}, TopicPartitionsConfig{Name: missing, Count: 3})
	require.Len(t, errs, 2)
	require.NoError(t, errs[topic])
	require.ErrorIs(t, errs[missing], UnknownTopicOrPartition)
	res, err := c.client.Metadata(patient(t), &MetadataRequest{Topics: []string{topic}})
	require.NoError(t, err)
	assert.Len(t, res.Topics[0].Partitions, 3, "at once, from what the Transport knows")

	errs = grow(false, TopicPartitionsConfig{Name: topic, Count: 2})
	require.ErrorIs(t, errs[topic], InvalidPartitionNumber)
	assert.Greater(t, len(errs[topic].Error()), len(InvalidPartitionNumber.Error())+2, "the broker's text")
	errs = grow(false, TopicPartitionsConfig{Name: topic, Count: 4, TopicPartitionAssignments: []TopicPartitionAssignment{{BrokerIDs: []int32{2, 3}}}})
	require.NoError(t, errs[topic])
	told := c.topic(t, topic)
	waitUntil(t, func() bool { told = c.topic(t, topic); return len(told.Partitions) == 4 })
	assert.Equal(t, []int{2, 3}, []int{told.Partitions[3].Replicas[0].ID, told.Partitions[3].Replicas[1].ID})
}

// config describes a resource, and returns it and its settings by name.
func (c *topicsCluster) config(t testing.TB, kind ResourceType, name string, settings ...string) (DescribeConfigResponseResource, map[string]DescribeConfigResponseConfigEntry) {
	t.Helper()
	req := &DescribeConfigsRequest{
		Resources:       []DescribeConfigRequestResource{{ResourceType: kind, ResourceName: name, ConfigNames: settings}},
		IncludeSynonyms: true, IncludeDocumentation: true,
	}
	res := answered[*DescribeConfigsResponse](t)(c.client.DescribeConfigs(patient(t), req))
	require.Len(t, res.Resources, 1)
	entries := make(map[string]DescribeConfigResponseConfigEntry)
	for _, e := range res.Resources[0].ConfigEntries {
		entries[e.ConfigName] = e
	}
	return res.Resources[0], entries
}

// awaitConfig waits until a setting has a value.
func (c *topicsCluster) awaitConfig(t testing.TB, kind ResourceType, name, setting, value string) {
	t.Helper()
	req := &DescribeConfigsRequest{Resources: []DescribeConfigRequestResource{{ResourceType: kind, ResourceName: name, ConfigNames: []string{setting}}}}
	waitUntil(t, func() bool {
		res, err := c.client.DescribeConfigs(patient(t), req)
		require.NoError(t, err)
		entries := res.Resources[0].ConfigEntries
		return len(entries) == 1 && entries[0].ConfigValue == value || len(entries) == 0 && value == ""
	})
}

func (c *topicsCluster) alter(t testing.TB, validate bool, resources ...IncrementalAlterConfigsRequestResource) []IncrementalAlterConfigsResponseResource {
	t.Helper()
	req := &IncrementalAlterConfigsRequest{Resources: resources, ValidateOnly: validate}
	res := answered[*IncrementalAlterConfigsResponse](t)(c.client.IncrementalAlterConfigs(patient(t), req))
	require.Len(t, res.Resources, len(resources))
	return res.Resources
}

func topicsConfigs(t *testing.T, c *topicsCluster) {
	topic, missing := newTopicName(), newTopicName()
	c.newTopics(t, 1, topic)
	resource, entries := c.config(t, ResourceTypeTopic, topic)
	require.NoError(t, resource.Error)
	assert.Equal(t, topic, resource.ResourceName)
	assert.Equal(t, int8(ResourceTypeTopic), resource.ResourceType)
	lag := entries["min.compaction.lag.ms"]
	assert.True(t, lag.IsDefault)
	assert.Equal(t, "0", lag.ConfigValue)
	assert.EqualValues(t, 5, lag.ConfigType)
	assert.NotEmpty(t, lag.ConfigDocumentation)
	assert.NotEmpty(t, entries["cleanup.policy"].ConfigSynonyms)

	config := func(operation ConfigOperation, name, value string) IncrementalAlterConfigsRequestResource {
		return IncrementalAlterConfigsRequestResource{ResourceType: ResourceTypeTopic, ResourceName: topic,
			Configs: []IncrementalAlterConfigsRequestConfig{{Name: name, Value: value, ConfigOperation: operation}}}
	}
	other := config(ConfigOperationSet, "retention.ms", "1")
	other.ResourceName = missing
	results := c.alter(t, false, config(ConfigOperationSet, "retention.ms", "7200000"), other)
	require.NoError(t, results[0].Error)
	assert.Equal(t, ResourceTypeTopic, results[0].ResourceType)
	assert.Equal(t, missing, results[1].ResourceName)
	require.ErrorIs(t, results[1].Error, UnknownTopicOrPartition)
	c.awaitConfig(t, ResourceTypeTopic, topic, "retention.ms", "7200000")
	_, entries = c.config(t, ResourceTypeTopic, topic, "retention.ms", "cleanup.policy")
	assert.Len(t, entries, 2)
	assert.False(t, entries["retention.ms"].IsDefault)
	assert.EqualValues(t, 1, entries["retention.ms"].ConfigSource)

	require.NoError(t, c.alter(t, false, config(ConfigOperationAppend, "cleanup.policy", "compact"))[0].Error)
	c.awaitConfig(t, ResourceTypeTopic, topic, "cleanup.policy", "delete,compact")
	require.NoError(t, c.alter(t, false, config(ConfigOperationSubtract, "cleanup.policy", "delete"))[0].Error)
	c.awaitConfig(t, ResourceTypeTopic, topic, "cleanup.policy", "compact")
	require.NoError(t, c.alter(t, true, config(ConfigOperationDelete, "cleanup.policy", ""))[0].Error)
	require.NoError(t, c.alter(t, false, config(ConfigOperationDelete, "retention.ms", ""))[0].Error)
	c.awaitConfig(t, ResourceTypeTopic, topic, "retention.ms", "-1") // the brokers'
	c.awaitConfig(t, ResourceTypeTopic, topic, "cleanup.policy", "compact")
	bad := c.alter(t, false, config(ConfigOperationSet, "retention.ms", "soon"))
	code := InvalidConfiguration
	if c.version == "2.8.2" {
		code = InvalidRequest
	}
	require.ErrorIs(t, bad[0].Error, code)
	assert.ErrorContains(t, bad[0].Error, "retention.ms")

	replaced := answered[*AlterConfigsResponse](t)(c.client.AlterConfigs(patient(t), &AlterConfigsRequest{
		Resources: []AlterConfigRequestResource{
			{ResourceType: ResourceTypeTopic, ResourceName: topic, Configs: []AlterConfigRequestConfig{{Name: "retention.ms", Value: "9000"}}},
			{ResourceType: ResourceTypeTopic, ResourceName: missing},
		},
	}))
	require.Len(t, replaced.Errors, 2)
	require.NoError(t, replaced.Errors[AlterConfigsResponseResource{Type: 2, Name: topic}])
	require.ErrorIs(t, replaced.Errors[AlterConfigsResponseResource{Type: 2, Name: missing}], UnknownTopicOrPartition)
	c.awaitConfig(t, ResourceTypeTopic, topic, "retention.ms", "9000")
	c.awaitConfig(t, ResourceTypeTopic, topic, "cleanup.policy", "delete")
	resource, _ = c.config(t, ResourceTypeTopic, missing)
	require.ErrorIs(t, resource.Error, UnknownTopicOrPartition)
}

// Each broker tells, and changes, its own configuration.
func topicsBrokerConfigs(t *testing.T, c *topicsCluster) {
	req := &DescribeConfigsRequest{}
	for _, id := range []string{"2", "1", "3", ""} {
		req.Resources = append(req.Resources, DescribeConfigRequestResource{
			ResourceType: ResourceTypeBroker, ResourceName: id, ConfigNames: []string{"broker.id", "node.id", "log.dirs", "log.cleaner.threads"}})
	}
	res := answered[*DescribeConfigsResponse](t)(c.client.DescribeConfigs(patient(t), req))
	require.Len(t, res.Resources, 4)
	dirs := make(map[string]bool)
	for _, r := range res.Resources {
		require.NoError(t, r.Error, r.ResourceName)
		for _, e := range r.ConfigEntries {
			switch e.ConfigName {
			case "broker.id", "node.id":
				assert.Equal(t, r.ResourceName, e.ConfigValue)
			case "log.dirs":
				dirs[e.ConfigValue] = true
				assert.True(t, e.ReadOnly)
			}
		}
	}
	assert.Len(t, dirs, 3)

	config := func(id, value string) IncrementalAlterConfigsRequestResource {
		return IncrementalAlterConfigsRequestResource{ResourceType: ResourceTypeBroker, ResourceName: id,
			Configs: []IncrementalAlterConfigsRequestConfig{{Name: "log.cleaner.threads", Value: value}}}
	}
	for _, r := range c.alter(t, false, config("3", "2"), config("1", "2"), config("9", "2")) {
		if r.ResourceName == "9" {
			require.ErrorIs(t, r.Error, BrokerNotAvailable)
			continue
		}
		require.NoError(t, r.Error)
	}
	c.awaitConfig(t, ResourceTypeBroker, "1", "log.cleaner.threads", "2")
	c.awaitConfig(t, ResourceTypeBroker, "3", "log.cleaner.threads", "2")
	c.awaitConfig(t, ResourceTypeBroker, "2", "log.cleaner.threads", "1")

	replaced := answered[*AlterConfigsResponse](t)(c.client.AlterConfigs(patient(t), &AlterConfigsRequest{
		Resources: []AlterConfigRequestResource{
			{ResourceType: ResourceTypeBroker, ResourceName: "1"},
			{ResourceType: ResourceTypeBroker, ResourceName: "3"},
			{ResourceType: ResourceTypeBroker, ResourceName: "x"},
		},
	}))
	require.Len(t, replaced.Errors, 3)
	require.NoError(t, replaced.Errors[AlterConfigsResponseResource{Type: 4, Name: "1"}])
	require.NoError(t, replaced.Errors[AlterConfigsResponseResource{Type: 4, Name: "3"}])
	require.ErrorIs(t, replaced.Errors[AlterConfigsResponseResource{Type: 4, Name: "x"}], InvalidRequest)
	c.awaitConfig(t, ResourceTypeBroker, "3", "log.cleaner.threads", "1")

	missing, err := c.client.DescribeConfigs(patient(t), &DescribeConfigsRequest{Resources: []DescribeConfigRequestResource{{ResourceType: ResourceTypeBroker, ResourceName: "9"}}})
	require.NoError(t, err)
	require.ErrorIs(t, missing.Resources[0].Error, BrokerNotAvailable)
	assert.ErrorContains(t, missing.Resources[0].Error, "broker 9")

	resource, loggers := c.config(t, ResourceTypeBrokerLogger, "2")
	require.NoError(t, resource.Error)
	assert.NotEmpty(t, loggers)
}

func topicsReassign(t *testing.T, c *topicsCluster) {
	a, b, missing := newTopicName(), newTopicName(), newTopicName()
	for _, name := range []string{a, b} {
		res, err := c.client.CreateTopics(patient(t), &CreateTopicsRequest{Topics: []TopicConfig{{Topic: name, ReplicaAssignments: []ReplicaAssignment{{0, 1}, {0, 2}}}}})
		require.NoError(t, err)
		require.NoError(t, res.Errors[name])
	}
	moved := answered[*AlterPartitionReassignmentsResponse](t)(c.client.AlterPartitionReassignments(patient(t), &AlterPartitionReassignmentsRequest{
		Topic: a,
		Assignments: []AlterPartitionReassignmentsRequestAssignment{
			{PartitionID: 0, BrokerIDs: []int{2, 1}},
			{Topic: b, PartitionID: 0, BrokerIDs: []int{3, 2}},
			{Topic: missing, PartitionID: 0, BrokerIDs: []int{3}},
		},
	}))
	require.NoError(t, moved.Error)
	require.Len(t, moved.PartitionResults, 3)
	for _, r := range moved.PartitionResults {
		if r.Topic == a || r.Topic == b {
			require.NoError(t, r.Error)
		} else {
			require.ErrorIs(t, r.Error, UnknownTopicOrPartition)
		}
	}
	list := answered[*ListPartitionReassignmentsResponse](t)(c.client.ListPartitionReassignments(patient(t), &ListPartitionReassignmentsRequest{}))
	require.NoError(t, list.Error)
	waitUntil(t, func() bool {
		list, err := c.client.ListPartitionReassignments(patient(t), &ListPartitionReassignmentsRequest{
			Topics: map[string]ListPartitionReassignmentsRequestTopic{a: {PartitionIndexes: []int{0}}, b: {PartitionIndexes: []int{0}}},
		})
		require.NoError(t, err)
		require.NoError(t, list.Error)
		if topic, ok := list.Topics[b]; ok {
			assert.Equal(t, []int{3}, topic.Partitions[0].AddingReplicas)
			assert.Equal(t, []int{1}, topic.Partitions[0].RemovingReplicas)
		}
		return len(list.Topics) == 0
	})
	waitUntil(t, func() bool {
		p := c.topic(t, b).Partitions[0]
		return len(p.Replicas) == 2 && p.Replicas[0].ID == 3 && p.Replicas[1].ID == 2
	})
	ended, err := c.client.AlterPartitionReassignments(patient(t), &AlterPartitionReassignmentsRequest{
		Topic: a, Assignments: []AlterPartitionReassignmentsRequestAssignment{{PartitionID: 0}}, Timeout: time.Second,
	})
	require.NoError(t, err)
	require.ErrorIs(t, ended.PartitionResults[0].Error, NoReassignmentInProgress)

	// Broker 1 leads, and the preferred leader is broker 2 now.
	elect := func() *ElectLeadersResponse {
		return answered[*ElectLeadersResponse](t)(c.client.ElectLeaders(patient(t), &ElectLeadersRequest{Topic: a, Partitions: []int{0, 7}}))
	}
	waitUntil(t, func() bool { return len(c.topic(t, a).Partitions[0].Isr) == 2 })
	require.Equal(t, 1, c.topic(t, a).Partitions[0].Leader.ID)
	res := elect()
	require.NoError(t, res.Error)
	require.Len(t, res.PartitionResults, 2)
	for _, r := range res.PartitionResults {
		if r.Partition == 7 {
			require.ErrorIs(t, r.Error, UnknownTopicOrPartition)
			continue
		}
		require.NoError(t, r.Error)
	}
	waitUntil(t, func() bool { return c.topic(t, a).Partitions[0].Leader.ID == 2 })
	for _, r := range elect().PartitionResults {
		if r.Partition == 0 {
			require.ErrorIs(t, r.Error, ElectionNotNeeded)
		}
	}
	unclean, err := c.client.ElectLeaders(patient(t), &ElectLeadersRequest{Topic: a, Partitions: []int{0}, Unclean: true})
	require.NoError(t, err)
	require.ErrorIs(t, unclean.PartitionResults[0].Error, ElectionNotNeeded)
}

func topicsACLs(t *testing.T, c *topicsCluster) {
	topic := newTopicName()
	entry := func(pattern PatternType, operation ACLOperationType) ACLEntry {
		return ACLEntry{ResourceType: ResourceTypeTopic, ResourceName: topic, ResourcePatternType: pattern,
			Principal: "User:bob", Host: "*", Operation: operation, PermissionType: ACLPermissionTypeAllow}
	}
	res := answered[*CreateACLsResponse](t)(c.client.CreateACLs(patient(t), &CreateACLsRequest{ACLs: []ACLEntry{
		entry(PatternTypeLiteral, ACLOperationTypeRead),
		entry(PatternTypePrefixed, ACLOperationTypeDescribe),
		entry(0, ACLOperationTypeWrite),
	}}))
	require.Equal(t, []error{nil, nil, nil}, res.Errors)
	odd := entry(PatternTypeLiteral, ACLOperationTypeRead)
	odd.Principal = "bob" // of no kind
	res, err := c.client.CreateACLs(patient(t), &CreateACLsRequest{ACLs: []ACLEntry{odd}})
	require.NoError(t, err)
	var refused Error
	require.ErrorAs(t, res.Errors[0], &refused)
	if c.version != "2.8.2" { // which knows no more than that it is wrong
		require.Equal(t, InvalidRequest, refused)
		assert.Greater(t, len(res.Errors[0].Error()), len(refused.Error())+2, "the broker's text")
	}

	filter := ACLFilter{ResourceTypeFilter: ResourceTypeTopic, ResourceNameFilter: topic, ResourcePatternTypeFilter: PatternTypeAny,
		PrincipalFilter: "User:bob", Operation: ACLOperationTypeAny, PermissionType: ACLPermissionTypeAny}
	describe := func() []ACLResource {
		res := answered[*DescribeACLsResponse](t)(c.client.DescribeACLs(patient(t), &DescribeACLsRequest{Filter: filter}))
		require.NoError(t, res.Error)
		return res.Resources
	}
	allow := func(operation ACLOperationType) ACLDescription {
		return ACLDescription{Principal: "User:bob", Host: "*", Operation: operation, PermissionType: ACLPermissionTypeAllow}
	}
	var resources []ACLResource
	waitUntil(t, func() bool {
		resources = describe()
		return len(resources) == 2 && len(resources[0].ACLs)+len(resources[1].ACLs) == 3
	})
	for _, r := range resources {
		assert.Equal(t, ResourceTypeTopic, r.ResourceType)
		assert.Equal(t, topic, r.ResourceName)
		if r.PatternType == PatternTypePrefixed {
			assert.Equal(t, []ACLDescription{allow(ACLOperationTypeDescribe)}, r.ACLs)
			continue
		}
		assert.Equal(t, PatternTypeLiteral, r.PatternType)
		assert.ElementsMatch(t, []ACLDescription{allow(ACLOperationTypeRead), allow(ACLOperationTypeWrite)}, r.ACLs)
	}

	any := DeleteACLsFilter(filter)
	write, never := any, any
	write.Operation = ACLOperationTypeWrite
	never.HostFilter = "10.0.0.1"
	deleted := answered[*DeleteACLsResponse](t)(c.client.DeleteACLs(patient(t), &DeleteACLsRequest{Filters: []DeleteACLsFilter{never, write}}))
	require.Len(t, deleted.Results, 2)
	require.NoError(t, deleted.Results[0].Error)
	assert.Empty(t, deleted.Results[0].MatchingACLs)
	require.Equal(t, []DeleteACLsMatchingACLs{{
		ResourceType: ResourceTypeTopic, ResourceName: topic, ResourcePatternType: PatternTypeLiteral,
		Principal: "User:bob", Host: "*", Operation: ACLOperationTypeWrite, PermissionType: ACLPermissionTypeAllow,
	}}, deleted.Results[1].MatchingACLs)
	rest, err := c.client.DeleteACLs(patient(t), &DeleteACLsRequest{Filters: []DeleteACLsFilter{any}})
	require.NoError(t, err)
	assert.Len(t, rest.Results[0].MatchingACLs, 2)
	waitUntil(t, func() bool { return len(describe()) == 0 })

	_, err = c.client.DescribeACLs(patient(t), &DescribeACLsRequest{})
	assert.ErrorContains(t, err, "kafka.(*Client).DescribeACLs: DescribeACLsRequest.Filter: ResourceType must not be Unknown")
}

// What a user may not do is an error of the items, or of the answer.
func topicsDenied(t *testing.T, c *topicsCluster) {
	alice, topic, own := c.alice(t), newTopicName(), newTopicName()
	c.newTopics(t, 1, topic)
	created, err := alice.CreateTopics(patient(t), &CreateTopicsRequest{Topics: []TopicConfig{{Topic: own, NumPartitions: 1, ReplicationFactor: 1}}})
	require.NoError(t, err)
	require.ErrorIs(t, created.Errors[own], TopicAuthorizationFailed)
	deleted, err := alice.DeleteTopics(patient(t), &DeleteTopicsRequest{Topics: []string{topic}})
	require.NoError(t, err)
	require.ErrorIs(t, deleted.Errors[topic], TopicAuthorizationFailed)
	grown, err := alice.CreatePartitions(patient(t), &CreatePartitionsRequest{Topics: []TopicPartitionsConfig{{Name: topic, Count: 9}}})
	require.NoError(t, err)
	require.ErrorIs(t, grown.Errors[topic], TopicAuthorizationFailed)
	told, err := alice.Metadata(patient(t), &MetadataRequest{Topics: []string{topic}})
	require.NoError(t, err)
	require.Equal(t, TopicAuthorizationFailed, told.Topics[0].Error)
	configs, err := alice.DescribeConfigs(patient(t), &DescribeConfigsRequest{Resources: []DescribeConfigRequestResource{
		{ResourceType: ResourceTypeTopic, ResourceName: topic}, {ResourceType: ResourceTypeBroker, ResourceName: "2"},
	}})
	require.NoError(t, err)
	require.ErrorIs(t, configs.Resources[0].Error, TopicAuthorizationFailed)
	require.ErrorIs(t, configs.Resources[1].Error, ClusterAuthorizationFailed)
	altered, err := alice.IncrementalAlterConfigs(patient(t), &IncrementalAlterConfigsRequest{Resources: []IncrementalAlterConfigsRequestResource{{ResourceType: ResourceTypeTopic, ResourceName: topic}}})
	require.NoError(t, err)
	require.ErrorIs(t, altered.Resources[0].Error, TopicAuthorizationFailed)
	elected, err := alice.ElectLeaders(patient(t), &ElectLeadersRequest{Topic: topic, Partitions: []int{0}})
	require.NoError(t, err)
	require.ErrorIs(t, elected.Error, ClusterAuthorizationFailed)
	moved, err := alice.AlterPartitionReassignments(patient(t), &AlterPartitionReassignmentsRequest{Topic: topic, Assignments: []AlterPartitionReassignmentsRequestAssignment{{BrokerIDs: []int{1}}}})
	require.NoError(t, err)
	require.ErrorIs(t, moved.Error, ClusterAuthorizationFailed)
	moving, err := alice.ListPartitionReassignments(patient(t), &ListPartitionReassignmentsRequest{})
	require.NoError(t, err)
	require.ErrorIs(t, moving.Error, ClusterAuthorizationFailed)
	acls, err := alice.DescribeACLs(patient(t), &DescribeACLsRequest{Filter: ACLFilter{ResourceTypeFilter: ResourceTypeAny, Operation: ACLOperationTypeAny, PermissionType: ACLPermissionTypeAny}})
	require.NoError(t, err)
	require.ErrorIs(t, acls.Error, ClusterAuthorizationFailed)
	quotas, err := alice.DescribeClientQuotas(patient(t), &DescribeClientQuotasRequest{})
	require.NoError(t, err)
	require.ErrorIs(t, quotas.Error, ClusterAuthorizationFailed, "trap 45")
	users, err := alice.DescribeUserScramCredentials(patient(t), &DescribeUserScramCredentialsRequest{})
	require.NoError(t, err)
	require.ErrorIs(t, users.Error, ClusterAuthorizationFailed)

	// Who may create and not describe does not wait for what it will not see.
	acl, err := c.client.CreateACLs(patient(t), &CreateACLsRequest{ACLs: []ACLEntry{{ResourceType: ResourceTypeTopic, ResourceName: own,
		Principal: "User:alice", Host: "*", Operation: ACLOperationTypeCreate, PermissionType: ACLPermissionTypeAllow}}})
	require.NoError(t, err)
	require.NoError(t, acl.Errors[0])
	waitUntil(t, func() bool {
		start := time.Now()
		created, err = alice.CreateTopics(patient(t), &CreateTopicsRequest{Topics: []TopicConfig{{Topic: own, NumPartitions: 1, ReplicationFactor: 1}}})
		require.NoError(t, err)
		require.Less(t, time.Since(start), patience/3)
		return created.Errors[own] == nil
	})
}

func topicsQuotas(t *testing.T, c *topicsCluster) {
	const client = "quota-client"
	alter := func(validate bool, entries ...AlterClientQuotaEntry) []AlterClientQuotaResponseQuotas {
		req := &AlterClientQuotasRequest{Entries: entries, ValidateOnly: validate}
		return answered[*AlterClientQuotasResponse](t)(c.client.AlterClientQuotas(patient(t), req)).Entries
	}
	entities := []AlterClientQuotaEntity{{EntityType: "user", EntityName: "bob"}, {EntityType: "client-id", EntityName: client}}
	set := AlterClientQuotaEntry{Entities: entities, Ops: []AlterClientQuotaOps{{Key: "producer_byte_rate", Value: 1e6}, {Key: "request_percentage", Value: 50.5}}}
	unset := AlterClientQuotaEntry{Entities: entities, Ops: []AlterClientQuotaOps{{Key: "producer_byte_rate", Remove: true}, {Key: "request_percentage", Remove: true}}}
	byDefault := AlterClientQuotaEntry{Entities: []AlterClientQuotaEntity{{EntityType: "client-id"}}, Ops: []AlterClientQuotaOps{{Key: "consumer_byte_rate", Value: 2e6}}}
	bad := AlterClientQuotaEntry{Entities: []AlterClientQuotaEntity{{EntityType: "user", EntityName: "eve"}}, Ops: []AlterClientQuotaOps{{Key: "no_such_rate", Value: 1}}}

	describe := func(components ...DescribeClientQuotasRequestComponent) map[string]float64 {
		req := &DescribeClientQuotasRequest{Components: components}
		res := answered[*DescribeClientQuotasResponse](t)(c.client.DescribeClientQuotas(patient(t), req))
		require.NoError(t, res.Error)
		values := make(map[string]float64)
		for _, e := range res.Entries {
			for _, v := range e.Values {
				values[v.Key] = v.Value
			}
		}
		return values
	}
	ofClient := DescribeClientQuotasRequestComponent{EntityType: "client-id", Match: client}
	require.NoError(t, alter(true, set)[0].Error)
	assert.Empty(t, describe(ofClient))
	for _, r := range alter(false, set, bad, byDefault) {
		if r.Entities[0].EntityName == "eve" {
			require.ErrorIs(t, r.Error, InvalidRequest)
			assert.ErrorContains(t, r.Error, "no_such_rate")
			continue
		}
		require.NoError(t, r.Error)
	}
	waitUntil(t, func() bool { return len(describe(ofClient)) == 2 })
	assert.Equal(t, map[string]float64{"producer_byte_rate": 1e6, "request_percentage": 50.5}, describe(ofClient))
	assert.Equal(t, map[string]float64{"consumer_byte_rate": 2e6}, describe(DescribeClientQuotasRequestComponent{EntityType: "client-id", MatchType: 1}))
	byDefault.Ops[0].Remove = true
	for _, r := range alter(false, unset, byDefault) {
		require.NoError(t, r.Error)
	}
	waitUntil(t, func() bool { return len(describe()) == 0 })
}

func topicsScram(t *testing.T, c *topicsCluster) {
	const user, password, iterations = "carol", "carol-secret", 5000
	salt := []byte("carols own salt")
	salted, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	require.NoError(t, err)
	alter := func(req *AlterUserScramCredentialsRequest) map[string]error {
		res := answered[*AlterUserScramCredentialsResponse](t)(c.client.AlterUserScramCredentials(patient(t), req))
		errs := make(map[string]error)
		for _, r := range res.Results {
			errs[r.User] = r.Error
		}
		return errs
	}
	errs := alter(&AlterUserScramCredentialsRequest{Upsertions: []UserScramCredentialsUpsertion{
		{Name: user, Mechanism: ScramMechanismSha256, Iterations: iterations, Salt: salt, SaltedPassword: salted},
		{Name: "hasty", Mechanism: ScramMechanismSha256, Iterations: 1, Salt: salt, SaltedPassword: salted},
	}, Deletions: []UserScramCredentialsDeletion{{Name: "nobody", Mechanism: ScramMechanismSha512}}})
	require.Len(t, errs, 3)
	require.NoError(t, errs[user])
	require.ErrorIs(t, errs["hasty"], UnacceptableCredential)
	require.ErrorIs(t, errs["nobody"], ResourceNotFound)

	describe := func(users ...UserScramCredentialsUser) map[string]DescribeUserScramCredentialsResponseResult {
		req := &DescribeUserScramCredentialsRequest{Users: users}
		res := answered[*DescribeUserScramCredentialsResponse](t)(c.client.DescribeUserScramCredentials(patient(t), req))
		require.NoError(t, res.Error)
		byUser := make(map[string]DescribeUserScramCredentialsResponseResult)
		for _, r := range res.Results {
			byUser[r.User] = r
		}
		return byUser
	}
	waitUntil(t, func() bool { return len(describe()[user].CredentialInfos) == 1 })
	told := describe(UserScramCredentialsUser{user}, UserScramCredentialsUser{"nobody"})
	require.Len(t, told, 2)
	require.NoError(t, told[user].Error)
	assert.Equal(t, []DescribeUserScramCredentialsCredentialInfo{{Mechanism: ScramMechanismSha256, Iterations: iterations}}, told[user].CredentialInfos)
	require.ErrorIs(t, told["nobody"].Error, ResourceNotFound)
	assert.Contains(t, describe(), "alice", "all users")

	waitUntil(t, func() bool { // the user can log in
		mechanism, err := scram.Mechanism(scram.SHA256, user, password)
		require.NoError(t, err)
		tr := &Transport{SASL: mechanism}
		defer tr.CloseIdleConnections()
		carol := &Client{Addr: TCP(c.k.Addr(testkafka.SASLPlaintext, 2)), Transport: tr}
		_, err = carol.ApiVersions(patient(t), &ApiVersionsRequest{})
		return err == nil
	})
	require.NoError(t, alter(&AlterUserScramCredentialsRequest{Deletions: []UserScramCredentialsDeletion{{Name: user, Mechanism: ScramMechanismSha256}}})[user])
	waitUntil(t, func() bool { _, there := describe()[user]; return !there })
}

// The context and the Timeout of the Client end calls, also while a broker does not
// answer.
func topicsEnds(t *testing.T, c *topicsCluster) {
	all := c.through(t, &Transport{MetadataTTL: time.Millisecond}, c.k.Brokers()...) // asks anew, whatever it knows
	_, err := all.Metadata(patient(t), &MetadataRequest{})
	require.NoError(t, err)
	for id := range 3 {
		c.k.Freeze(id + 1)
	}
	defer func() {
		for id := range 3 {
			c.k.Thaw(id + 1)
		}
	}()
	for _, call := range topicCalls {
		start := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		_, err := call.do(ctx, all)
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded, call.method)
		timed := *all
		timed.Timeout = 200 * time.Millisecond
		_, err = call.do(context.Background(), &timed)
		require.ErrorIs(t, err, context.DeadlineExceeded, call.method)
		assert.Less(t, time.Since(start), patience/3, call.method)
		assert.ErrorContains(t, err, "kafka.(*Client)."+call.method+": ")
	}
}
