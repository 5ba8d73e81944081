package kafka

import (
	"context"
	"encoding"
	"errors"
	"math"
	"net"
	"reflect"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/alterclientquotas"
	"github.com/segmentio/kafka-go/protocol/alterconfigs"
	"github.com/segmentio/kafka-go/protocol/alterpartitionreassignments"
	"github.com/segmentio/kafka-go/protocol/alteruserscramcredentials"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/createacls"
	"github.com/segmentio/kafka-go/protocol/createpartitions"
	"github.com/segmentio/kafka-go/protocol/createtopics"
	"github.com/segmentio/kafka-go/protocol/deleteacls"
	"github.com/segmentio/kafka-go/protocol/deletetopics"
	"github.com/segmentio/kafka-go/protocol/describeacls"
	"github.com/segmentio/kafka-go/protocol/describeclientquotas"
	"github.com/segmentio/kafka-go/protocol/describeconfigs"
	"github.com/segmentio/kafka-go/protocol/describeuserscramcredentials"
	"github.com/segmentio/kafka-go/protocol/electleaders"
	"github.com/segmentio/kafka-go/protocol/incrementalalterconfigs"
	"github.com/segmentio/kafka-go/protocol/listpartitionreassignments"
	"github.com/segmentio/kafka-go/protocol/metadata"
)

// topicCalls are calls of the methods of Client for topics, configurations and
// operations of the cluster, each with an answer that asks for a pause of 1.5 s.
var topicCalls = []struct {
	method string
	do     func(context.Context, *Client) (any, error)
	answer Response
}{
	{"Metadata", func(ctx context.Context, c *Client) (any, error) {
		return c.Metadata(ctx, &MetadataRequest{Topics: []string{"t"}})
	}, &metadata.Response{ThrottleTimeMs: 1500}},
	{"ApiVersions", func(ctx context.Context, c *Client) (any, error) {
		return c.ApiVersions(ctx, &ApiVersionsRequest{})
	}, &apiversions.Response{ThrottleTimeMs: 1500}},
	{"CreateTopics", func(ctx context.Context, c *Client) (any, error) {
		return c.CreateTopics(ctx, &CreateTopicsRequest{Topics: []TopicConfig{{Topic: "t", NumPartitions: 1, ReplicationFactor: 1}}})
	}, &createtopics.Response{ThrottleTimeMs: 1500}},
	{"DeleteTopics", func(ctx context.Context, c *Client) (any, error) {
		return c.DeleteTopics(ctx, &DeleteTopicsRequest{Topics: []string{"no-such-topic"}})
	}, &deletetopics.Response{ThrottleTimeMs: 1500}},
	{"CreatePartitions", func(ctx context.Context, c *Client) (any, error) {
		return c.CreatePartitions(ctx, &CreatePartitionsRequest{Topics: []TopicPartitionsConfig{{Name: "t", Count: 2}}})
	}, &createpartitions.Response{ThrottleTimeMs: 1500}},
	{"DescribeConfigs", func(ctx context.Context, c *Client) (any, error) {
		return c.DescribeConfigs(ctx, &DescribeConfigsRequest{Resources: []DescribeConfigRequestResource{{ResourceType: ResourceTypeTopic, ResourceName: "t"}}})
	}, &describeconfigs.Response{ThrottleTimeMs: 1500}},
	{"AlterConfigs", func(ctx context.Context, c *Client) (any, error) {
		return c.AlterConfigs(ctx, &AlterConfigsRequest{Resources: []AlterConfigRequestResource{{ResourceType: ResourceTypeTopic, ResourceName: "t"}}})
	}, &alterconfigs.Response{ThrottleTimeMs: 1500}},
	{"IncrementalAlterConfigs", func(ctx context.Context, c *Client) (any, error) {
		return c.IncrementalAlterConfigs(ctx, &IncrementalAlterConfigsRequest{Resources: []IncrementalAlterConfigsRequestResource{{ResourceType: ResourceTypeTopic, ResourceName: "t"}}})
	}, &incrementalalterconfigs.Response{ThrottleTimeMs: 1500}},
	{"ElectLeaders", func(ctx context.Context, c *Client) (any, error) {
		return c.ElectLeaders(ctx, &ElectLeadersRequest{Topic: "t", Partitions: []int{0}})
	}, &electleaders.Response{ThrottleTime: 1500}},
	{"AlterPartitionReassignments", func(ctx context.Context, c *Client) (any, error) {
		return c.AlterPartitionReassignments(ctx, &AlterPartitionReassignmentsRequest{Topic: "t", Assignments: []AlterPartitionReassignmentsRequestAssignment{{}}})
	}, &alterpartitionreassignments.Response{ThrottleTimeMs: 1500}},
	{"ListPartitionReassignments", func(ctx context.Context, c *Client) (any, error) {
		return c.ListPartitionReassignments(ctx, &ListPartitionReassignmentsRequest{})
	}, &listpartitionreassignments.Response{ThrottleTimeMs: 1500}},
	{"CreateACLs", func(ctx context.Context, c *Client) (any, error) {
		return c.CreateACLs(ctx, &CreateACLsRequest{})
	}, &createacls.Response{ThrottleTimeMs: 1500}},
	{"DescribeACLs", func(ctx context.Context, c *Client) (any, error) {
		return c.DescribeACLs(ctx, &DescribeACLsRequest{Filter: ACLFilter{ResourceTypeFilter: ResourceTypeAny, Operation: ACLOperationTypeAny, PermissionType: ACLPermissionTypeAny}})
	}, &describeacls.Response{ThrottleTimeMs: 1500}},
	{"DeleteACLs", func(ctx context.Context, c *Client) (any, error) {
		return c.DeleteACLs(ctx, &DeleteACLsRequest{})
	}, &deleteacls.Response{ThrottleTimeMs: 1500}},
	{"DescribeClientQuotas", func(ctx context.Context, c *Client) (any, error) {
		return c.DescribeClientQuotas(ctx, &DescribeClientQuotasRequest{})
	}, &describeclientquotas.Response{ThrottleTimeMs: 1500}},
	{"AlterClientQuotas", func(ctx context.Context, c *Client) (any, error) {
		return c.AlterClientQuotas(ctx, &AlterClientQuotasRequest{})
	}, &alterclientquotas.Response{ThrottleTimeMs: 1500}},
	{"DescribeUserScramCredentials", func(ctx context.Context, c *Client) (any, error) {
		return c.DescribeUserScramCredentials(ctx, &DescribeUserScramCredentialsRequest{})
	}, &describeuserscramcredentials.Response{ThrottleTimeMs: 1500}},
	{"AlterUserScramCredentials", func(ctx context.Context, c *Client) (any, error) {
		return c.AlterUserScramCredentials(ctx, &AlterUserScramCredentialsRequest{})
	}, &alteruserscramcredentials.Response{ThrottleTimeMs: 1500}},
}

// roundTripperFunc is a RoundTripper.
func TestClientTopicsThrottle(t *testing.T) {
	for _, call := range topicCalls {
		c := &Client{Addr: TCP("b"), Transport: roundTripperFunc(func(_ context.Context, addr net.Addr, _ Request) (Response, error) {
			require.Equal(t, "b:9092", addr.String())
			return call.answer, nil
		})}
		res, err := call.do(t.Context(), c)
		require.NoError(t, err, call.method)
		throttle := reflect.ValueOf(res).Elem().FieldByName("Throttle").Interface()
		assert.Equal(t, 1500*time.Millisecond, throttle, "trap 45: %s", call.method)
	}
}

// Brokers get the time that the call has, less what the way takes.
func TestTrap41_ClientTopicsBrokerTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent []time.Duration
		c := &Client{Addr: TCP("b"), Transport: roundTripperFunc(func(_ context.Context, _ net.Addr, req Request) (Response, error) {
			if m, ok := req.(protocol.WaitingMessage); ok {
				sent = append(sent, m.BrokerWait())
			}
			return nil, syscall.ECONNREFUSED
		})}
		check := func(ctx context.Context, want time.Duration) {
			t.Helper()
			sent = nil
			for _, call := range topicCalls {
				_, err := call.do(ctx, c)
				require.ErrorIs(t, err, syscall.ECONNREFUSED)
			}
			require.Len(t, sent, 6)
			for _, d := range sent {
				assert.Equal(t, want, d)
			}
		}
		check(t.Context(), defaultOperationTime)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		check(ctx, 9*time.Second)
		c.Timeout = 2 * time.Second
		check(ctx, 1500*time.Millisecond)
		c.Timeout = time.Minute
		check(ctx, 9*time.Second)
		check(t.Context(), 59*time.Second)
		<-ctx.Done()
		check(ctx, 0)

		c.Timeout = 0
		for asked, want := range map[time.Duration]time.Duration{time.Second: time.Second, time.Hour: time.Hour, 0: defaultOperationTime, -1: defaultOperationTime} {
			sent = nil
			_, _ = c.ElectLeaders(t.Context(), &ElectLeadersRequest{Timeout: asked})
			_, _ = c.AlterPartitionReassignments(t.Context(), &AlterPartitionReassignmentsRequest{Timeout: asked})
			_, _ = c.ListPartitionReassignments(t.Context(), &ListPartitionReassignmentsRequest{Timeout: asked})
			require.Equal(t, []time.Duration{want, want, want}, sent, asked)
		}
		c.Timeout = 4 * time.Second
		sent = nil
		_, _ = c.ElectLeaders(t.Context(), &ElectLeadersRequest{Timeout: time.Hour})
		require.Equal(t, []time.Duration{3 * time.Second}, sent, "no more than the call has")
	})
}

// An error tells the method and why no broker answered.
func TestTrap46_ClientTopicsErrorsTellTheReason(t *testing.T) {
	tr := &Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	c := &Client{Addr: l.Addr(), Transport: tr}
	for _, call := range topicCalls {
		res, err := call.do(t.Context(), c)
		require.ErrorIs(t, err, syscall.ECONNREFUSED, call.method)
		require.NotErrorIs(t, err, BrokerNotAvailable)
		require.ErrorContains(t, err, "kafka.(*Client)."+call.method+": ")
		require.True(t, reflect.ValueOf(res).IsNil())
		_, err = call.do(t.Context(), &Client{Transport: tr})
		require.ErrorIs(t, err, errNoClientAddress)
	}
}

func TestClientTopicsRefuseBadInput(t *testing.T) {
	if math.MaxInt == math.MaxInt32 {
		t.Skip("numbers that do not fit need 64 bits")
	}
	c := &Client{Addr: TCP("b"), Transport: roundTripperFunc(func(context.Context, net.Addr, Request) (Response, error) {
		t.Error("a request was sent")
		return nil, syscall.ECONNREFUSED
	})}
	for _, test := range []struct {
		call func() error
		want []string
	}{
		{func() error {
			_, err := c.CreateTopics(t.Context(), &CreateTopicsRequest{Topics: []TopicConfig{{Topic: "t", NumPartitions: pastInt32}}})
			require.ErrorIs(t, err, InvalidPartitionNumber)
			return err
		}, []string{"CreateTopics", `"t"`}},
		{func() error {
			_, err := c.ElectLeaders(t.Context(), &ElectLeadersRequest{Partitions: []int{0, pastInt32}})
			return err
		}, []string{"ElectLeaders", "Partitions", "2147483648"}},
		{func() error {
			_, err := c.AlterPartitionReassignments(t.Context(), &AlterPartitionReassignmentsRequest{Assignments: []AlterPartitionReassignmentsRequestAssignment{{PartitionID: pastInt32}}})
			return err
		}, []string{"AlterPartitionReassignments", "PartitionID", "2147483648"}},
		{func() error {
			_, err := c.AlterPartitionReassignments(t.Context(), &AlterPartitionReassignmentsRequest{Assignments: []AlterPartitionReassignmentsRequestAssignment{{BrokerIDs: []int{-pastInt32 - 1}}}})
			return err
		}, []string{"BrokerIDs", "-2147483649"}},
		{func() error {
			_, err := c.ListPartitionReassignments(t.Context(), &ListPartitionReassignmentsRequest{Topics: map[string]ListPartitionReassignmentsRequestTopic{"t": {PartitionIndexes: []int{pastInt32}}}})
			return err
		}, []string{"ListPartitionReassignments", "PartitionIndexes", "2147483648"}},
		{func() error {
			_, err := c.AlterUserScramCredentials(t.Context(), &AlterUserScramCredentialsRequest{Upsertions: []UserScramCredentialsUpsertion{{Iterations: pastInt32}}})
			return err
		}, []string{"AlterUserScramCredentials", "Iterations", "2147483648"}},
		{func() error {
			_, err := c.CreateACLs(t.Context(), &CreateACLsRequest{ACLs: []ACLEntry{
				{ResourceType: ResourceTypeTopic, Operation: ACLOperationTypeRead, PermissionType: ACLPermissionTypeDeny},
				{ResourceType: ResourceTypeTopic, Operation: ACLOperationTypeAny},
			}})
			return err
		}, []string{"CreateACLs", "ACLs[1]: Operation must not be Any"}},
		{func() error {
			_, err := c.CreateACLs(t.Context(), &CreateACLsRequest{ACLs: []ACLEntry{{ResourceType: ResourceTypeTopic, ResourcePatternType: PatternTypeMatch}}})
			return err
		}, []string{"CreateACLs", "ACLs[0]: ResourcePatternType must not be Match"}},
		{func() error {
			_, err := c.DeleteACLs(t.Context(), &DeleteACLsRequest{Filters: []DeleteACLsFilter{{ResourceTypeFilter: ResourceTypeAny, Operation: ACLOperationTypeAny}}})
			return err
		}, []string{"DeleteACLs", "Filters[0]: PermissionType must not be Unknown"}},
	} {
		err := test.call()
		for _, want := range test.want {
			require.ErrorContains(t, err, want)
		}
	}
}

func TestTrap60_DescribeConfigsSendsItsFlags(t *testing.T) {
	var sent []*describeconfigs.Request
	c := &Client{Addr: TCP("b"), Transport: roundTripperFunc(func(_ context.Context, _ net.Addr, req Request) (Response, error) {
		sent = append(sent, req.(*describeconfigs.Request))
		return &describeconfigs.Response{Resources: []describeconfigs.ResponseResource{{ConfigEntries: []describeconfigs.ResponseConfigEntry{
			{ConfigName: "old", IsDefault: true, ConfigSource: -1},
			{ConfigName: "default", ConfigSource: 5},
			{ConfigName: "set", ConfigSource: 1},
		}}}}, nil
	})}
	var res *DescribeConfigsResponse
	for i := range 4 {
		var err error
		res, err = c.DescribeConfigs(t.Context(), &DescribeConfigsRequest{IncludeSynonyms: i&1 != 0, IncludeDocumentation: i&2 != 0})
		require.NoError(t, err)
		require.Equal(t, []bool{i&1 != 0, i&2 != 0}, []bool{sent[i].IncludeSynonyms, sent[i].IncludeDocumentation})
	}
	require.Equal(t, []DescribeConfigResponseConfigEntry{
		{ConfigName: "old", IsDefault: true}, {ConfigName: "default", IsDefault: true, ConfigSource: 5}, {ConfigName: "set", ConfigSource: 1},
	}, res.Resources[0].ConfigEntries)
}

// textEnum is what the enumerations have in common.
type textEnum interface {
	encoding.TextMarshaler
	String() string
}

func TestResourceAndACLTexts(t *testing.T) {
	for _, test := range []struct {
		value textEnum
		text  string
	}{
		{ResourceTypeAny, "Any"}, {ResourceTypeTopic, "Topic"}, {ResourceTypeGroup, "Group"}, {ResourceTypeCluster, "Cluster"}, {ResourceTypeBroker, "Cluster"},
		{ResourceTypeTransactionalID, "Transactionalid"}, {ResourceTypeDelegationToken, "Delegationtoken"}, {ResourceTypeUser, "User"},
		{ResourceTypeUnknown, "Unknown"}, {ResourceType(-1), "Unknown"}, {ResourceType(9), "Unknown"},
		{PatternTypeUnknown, "Unknown"}, {PatternTypeAny, "Any"}, {PatternTypeMatch, "Match"}, {PatternTypeLiteral, "Literal"}, {PatternTypePrefixed, "Prefixed"},
		{ACLOperationTypeUnknown, "Unknown"}, {ACLOperationTypeRead, "Read"}, {ACLOperationTypeClusterAction, "ClusterAction"},
		{ACLOperationTypeDescribeConfigs, "DescribeConfigs"}, {ACLOperationTypeIdempotentWrite, "IdempotentWrite"}, {ACLOperationType(99), "Unknown"},
		{ACLPermissionTypeUnknown, "Unknown"}, {ACLPermissionTypeAny, "Any"}, {ACLPermissionTypeDeny, "Deny"}, {ACLPermissionTypeAllow, "Allow"},
	} {
		text, err := test.value.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, test.text, string(text))
		assert.Equal(t, test.text, test.value.String())
	}
}

func TestResourceAndACLTextsAreRead(t *testing.T) {
	var (
		resource   = ResourceTypeGroup
		pattern    = PatternTypeMatch
		operation  = ACLOperationTypeAll
		permission = ACLPermissionTypeDeny
	)
	require.NoError(t, resource.UnmarshalText([]byte("BROKER")))
	assert.Equal(t, ResourceTypeBroker, resource)
	require.NoError(t, resource.UnmarshalText([]byte("transactionalID")))
	assert.Equal(t, ResourceTypeTransactionalID, resource)
	require.NoError(t, resource.UnmarshalText([]byte("unknown")))
	assert.Equal(t, ResourceTypeUnknown, resource)
	require.NoError(t, pattern.UnmarshalText([]byte("prefixed")))
	assert.Equal(t, PatternTypePrefixed, pattern)
	require.NoError(t, operation.UnmarshalText([]byte("alterCONFIGS")))
	assert.Equal(t, ACLOperationTypeAlterConfigs, operation)
	require.NoError(t, permission.UnmarshalText([]byte("allow")))
	assert.Equal(t, ACLPermissionTypeAllow, permission)

	resource = ResourceTypeGroup
	for text, value := range map[string]encoding.TextUnmarshaler{"transactional_id": &resource, "": &pattern, " read": &operation, "4": &permission} {
		err := value.UnmarshalText([]byte(text))
		require.ErrorContains(t, err, `"`+text+`" is no kafka.`)
		assert.Zero(t, reflect.ValueOf(value).Elem().Int(), text)
	}
}

func TestAuthorizedOperations(t *testing.T) {
	assert.Nil(t, aclOperations(math.MinInt32))
	assert.Equal(t, []ACLOperationType{}, aclOperations(0))
	assert.Equal(t, []ACLOperationType{ACLOperationTypeRead, ACLOperationTypeAlterConfigs}, aclOperations(1<<3|1<<11))
	assert.Equal(t, []ACLOperationType{ACLOperationTypeRead, ACLOperationTypeIdempotentWrite}, aclOperations(1<<3|1<<12))
}

// answersConfigs has the brokers of a fake cluster describe and create what the tests
// of Client ask for.
func answersConfigs(c *fakeCluster) {
	c.alter = func(n *fakeNode, r *fakeRequest) (protocol.Message, bool) {
		switch req := r.message.(type) {
		case *apiversions.Request:
			res := c.versions()
			for _, key := range []protocol.ApiKey{protocol.DescribeConfigs, protocol.CreatePartitions} {
				res.ApiKeys = append(res.ApiKeys, apiversions.ApiKeyResponse{ApiKey: int16(key), MinVersion: key.MinVersion(), MaxVersion: key.MaxVersion()})
			}
			return res, true
		case *describeconfigs.Request:
			res := &describeconfigs.Response{ThrottleTimeMs: 0}
			for _, resource := range req.Resources {
				res.Resources = append(res.Resources, describeconfigs.ResponseResource{
					ResourceType: resource.ResourceType, ResourceName: resource.ResourceName,
					ConfigEntries: []describeconfigs.ResponseConfigEntry{{ConfigName: "from", ConfigValue: itoa(int(n.id)), ConfigSource: 4}},
				})
			}
			return res, true
		case *createpartitions.Request:
			c.mu.Lock()
			defer c.mu.Unlock()
			res := &createpartitions.Response{}
			for _, topic := range req.Topics {
				if !req.ValidateOnly {
					leaders := append([]int32(nil), c.topics[topic.Name].leaders...)
					for len(leaders) < int(topic.Count) {
						leaders = append(leaders, 1)
					}
					c.topics[topic.Name] = &fakeTopic{leaders: leaders}
				}
				res.Results = append(res.Results, createpartitions.ResponseResult{Name: topic.Name})
			}
			return res, true
		}
		return nil, false
	}
}

// described asks for configurations of brokers and returns which broker answered.
func described(ctx context.Context, t *testing.T, c *Client, ids ...string) map[string]string {
	t.Helper()
	req := &DescribeConfigsRequest{}
	for _, id := range ids {
		req.Resources = append(req.Resources, DescribeConfigRequestResource{ResourceType: ResourceTypeBroker, ResourceName: id})
	}
	res, err := c.DescribeConfigs(ctx, req)
	require.NoError(t, err)
	require.Len(t, res.Resources, len(ids))
	from := make(map[string]string)
	for _, r := range res.Resources {
		if r.Error == nil {
			from[r.ResourceName] = r.ConfigEntries[0].ConfigValue
			continue
		}
		for _, code := range []Error{BrokerNotAvailable, NetworkException} {
			if errors.Is(r.Error, code) {
				from[r.ResourceName] = code.Title()
			}
		}
	}
	return from
}

func TestClientConfigsOfBrokers(t *testing.T) {
	inFakeTime(t, 3, func(t *testing.T, c *fakeCluster, tr *Transport) {
		answersConfigs(c)
		client := &Client{Addr: TCP("b1:9092"), Transport: tr}
		require.Equal(t, map[string]string{"3": "3", "2": "2", "1": "1", "": "1", "x": "1"}, described(t.Context(), t, client, "3", "2", "1", "", "x"))

		// A broker that is new is found, one that is not there is its resource's error.
		c.change(func() { c.add(4) })
		require.Equal(t, map[string]string{"4": "4"}, described(t.Context(), t, client, "4"))
		require.Equal(t, map[string]string{"4": "4", "9": BrokerNotAvailable.Title()}, described(t.Context(), t, client, "4", "9"))
		missing, err := client.DescribeConfigs(t.Context(), &DescribeConfigsRequest{Resources: []DescribeConfigRequestResource{{ResourceType: ResourceTypeBroker, ResourceName: "9"}}})
		require.NoError(t, err)
		require.ErrorIs(t, missing.Resources[0].Error, BrokerNotAvailable)
		require.ErrorContains(t, missing.Resources[0].Error, "broker 9")

		// One that does not answer is not in the way of the others.
		c.change(func() { c.node(1).silent = true })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.Equal(t, map[string]string{"1": NetworkException.Title(), "2": "2", "3": "3"}, described(ctx, t, client, "1", "2", "3"))
	})
}

func TestClientCreatePartitionsCanBeUsedAtOnce(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		answersConfigs(c)
		tr.MetadataTTL = time.Hour
		client := &Client{Addr: TCP("b1:9092"), Transport: tr}
		partitions := func() int {
			res, err := client.Metadata(t.Context(), &MetadataRequest{Topics: []string{"t"}})
			require.NoError(t, err)
			return len(res.Topics[0].Partitions)
		}
		require.Equal(t, 1, partitions())
		for _, validate := range []bool{true, false} {
			require.Less(t, after(func() {
				res, err := client.CreatePartitions(t.Context(), &CreatePartitionsRequest{Topics: []TopicPartitionsConfig{{Name: "t", Count: 4}}, ValidateOnly: validate})
				require.NoError(t, err)
				require.Equal(t, map[string]error{"t": nil}, res.Errors)
			}), time.Second)
		}
		require.Equal(t, 4, partitions())
	})
}

func TestClientCreateTopicsDoesNotWaitForWhatItMayNotSee(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		c.alter = func(_ *fakeNode, r *fakeRequest) (protocol.Message, bool) {
			if req, ok := r.message.(*createtopics.Request); ok {
				c.change(func() { c.topics["secret"] = &fakeTopic{code: TopicAuthorizationFailed} })
				return &createtopics.Response{Topics: []createtopics.ResponseTopic{{Name: req.Topics[0].Name}}}, true
			}
			return nil, false
		}
		client := &Client{Addr: TCP("b1:9092"), Transport: tr}
		require.Less(t, after(func() {
			res, err := client.CreateTopics(t.Context(), &CreateTopicsRequest{Topics: []TopicConfig{{Topic: "secret", NumPartitions: 1, ReplicationFactor: 1}}})
			require.NoError(t, err)
			require.Equal(t, map[string]error{"secret": nil}, res.Errors)
		}), time.Second)
	})
}
