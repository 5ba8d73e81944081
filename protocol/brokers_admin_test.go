package protocol_test

import (
	"reflect"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/addraftvoter"
	"github.com/segmentio/kafka-go/protocol/alterclientquotas"
	"github.com/segmentio/kafka-go/protocol/alterconfigs"
	"github.com/segmentio/kafka-go/protocol/alterpartitionreassignments"
	"github.com/segmentio/kafka-go/protocol/alterreplicalogdirs"
	"github.com/segmentio/kafka-go/protocol/alteruserscramcredentials"
	"github.com/segmentio/kafka-go/protocol/consumergroupdescribe"
	"github.com/segmentio/kafka-go/protocol/consumergroupheartbeat"
	"github.com/segmentio/kafka-go/protocol/createacls"
	"github.com/segmentio/kafka-go/protocol/createdelegationtoken"
	"github.com/segmentio/kafka-go/protocol/createpartitions"
	"github.com/segmentio/kafka-go/protocol/deleteacls"
	"github.com/segmentio/kafka-go/protocol/deletegroups"
	"github.com/segmentio/kafka-go/protocol/deleterecords"
	"github.com/segmentio/kafka-go/protocol/describeacls"
	"github.com/segmentio/kafka-go/protocol/describeclientquotas"
	"github.com/segmentio/kafka-go/protocol/describecluster"
	"github.com/segmentio/kafka-go/protocol/describeconfigs"
	"github.com/segmentio/kafka-go/protocol/describedelegationtoken"
	"github.com/segmentio/kafka-go/protocol/describelogdirs"
	"github.com/segmentio/kafka-go/protocol/describeproducers"
	"github.com/segmentio/kafka-go/protocol/describequorum"
	"github.com/segmentio/kafka-go/protocol/describetopicpartitions"
	"github.com/segmentio/kafka-go/protocol/describetransactions"
	"github.com/segmentio/kafka-go/protocol/describeuserscramcredentials"
	"github.com/segmentio/kafka-go/protocol/electleaders"
	"github.com/segmentio/kafka-go/protocol/expiredelegationtoken"
	"github.com/segmentio/kafka-go/protocol/incrementalalterconfigs"
	"github.com/segmentio/kafka-go/protocol/listconfigresources"
	"github.com/segmentio/kafka-go/protocol/listpartitionreassignments"
	"github.com/segmentio/kafka-go/protocol/listtransactions"
	"github.com/segmentio/kafka-go/protocol/offsetdelete"
	"github.com/segmentio/kafka-go/protocol/offsetforleaderepoch"
	"github.com/segmentio/kafka-go/protocol/removeraftvoter"
	"github.com/segmentio/kafka-go/protocol/renewdelegationtoken"
	"github.com/segmentio/kafka-go/protocol/sharegroupdescribe"
	"github.com/segmentio/kafka-go/protocol/streamsgroupdescribe"
	"github.com/segmentio/kafka-go/protocol/streamsgrouptopologydescriptionupdate"
	"github.com/segmentio/kafka-go/protocol/unregisterbroker"
	"github.com/segmentio/kafka-go/protocol/unregistercontroller"
	"github.com/segmentio/kafka-go/protocol/updatefeatures"
	"github.com/segmentio/kafka-go/protocol/writetxnmarkers"
	"github.com/stretchr/testify/require"
)

// Error codes that the brokers of the test answer with.
const (
	unsupportedVersion      = 35
	invalidRequest          = 42
	securityDisabled        = 54
	logDirNotFound          = 57
	tokenAuthDisabled       = 61
	tokenRequestNotAllowed  = 64
	groupIDNotFound         = 69
	electionNotNeeded       = 84
	noReassignment          = 85
	resourceNotFound        = 91
	invalidUpdateVersion    = 95
	featureUpdateFailed     = 96
	brokerNotRegistered     = 102
	transactionalIDNotFound = 105
	controllerNotRegistered = 136
)

// adminCall is a request to be made at every version, with the error codes that
// may be in the response besides 0.
type adminCall struct {
	request protocol.Message
	codes   []int16
	check   func(v int16, res protocol.Message)
}

// admin makes the calls of operators.
func (s *session) admin() {
	s.adminCalls(s.configCalls())
	s.adminCalls(s.partitionCalls())
	s.adminCalls(s.groupCalls())
	s.adminCalls(s.clusterCalls())
	s.adminCalls(s.securityCalls())
}

func (s *session) adminCalls(calls []adminCall) {
	for _, call := range calls {
		s.each(call.request.ApiKey(), func(v int16) {
			res := s.at(call.request, v)
			for _, code := range errorCodes(reflect.ValueOf(res).Elem()) {
				if code != 0 {
					require.Contains(s, call.codes, code, "%s v%d: %+v", call.request.ApiKey(), v, res)
				}
			}
			if call.check != nil {
				call.check(v, res)
			}
		})
	}
}

// errorCodes collects the error codes of a struct and the structs in it.
func errorCodes(v reflect.Value) (codes []int16) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			codes = append(codes, errorCodes(v.Index(i))...)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name == "ErrorCode" {
				codes = append(codes, int16(v.Field(i).Int()))
			} else {
				codes = append(codes, errorCodes(v.Field(i))...)
			}
		}
	}
	return codes
}

func (s *session) configCalls() []adminCall {
	topic := s.names[0]
	user := []alterclientquotas.Entity{{EntityType: "client-id", EntityName: "limited"}}
	return []adminCall{
		{request: &alterconfigs.Request{Resources: []alterconfigs.RequestResources{
			{ResourceType: 2, ResourceName: topic, Configs: []alterconfigs.RequestConfig{{Name: "retention.ms", Value: "7200000"}}},
		}}},
		{request: &incrementalalterconfigs.Request{Resources: []incrementalalterconfigs.RequestResource{
			{ResourceType: 2, ResourceName: topic, Configs: []incrementalalterconfigs.RequestConfig{{Name: "retention.ms", Value: "7200000"}}},
		}}},
		{request: &describeconfigs.Request{Resources: []describeconfigs.RequestResource{
			{ResourceType: 2, ResourceName: topic}, {ResourceType: 4, ResourceName: "1"},
		}}, check: func(v int16, res protocol.Message) {
			for _, r := range res.(*describeconfigs.Response).Resources {
				require.NotEmpty(s, r.ConfigEntries)
				require.NotEmpty(s, r.ConfigEntries[0].ConfigName)
			}
		}},
		{request: &listconfigresources.Request{}},
		{request: &alterclientquotas.Request{Entries: []alterclientquotas.Entry{
			{Entities: user, Ops: []alterclientquotas.Ops{{Key: "consumer_byte_rate", Value: 1e6}}},
		}}, check: func(v int16, res protocol.Message) {
			require.Equal(s, user, res.(*alterclientquotas.Response).Results[0].Entities)
		}},
		{request: &describeclientquotas.Request{Components: []describeclientquotas.Component{{EntityType: "client-id", MatchType: 2}}}},
	}
}

func (s *session) partitionCalls() []adminCall {
	topic := s.names[0]
	return []adminCall{
		{request: &createpartitions.Request{
			Topics: []createpartitions.RequestTopic{{Name: topic, Count: 50}}, TimeoutMs: 20_000, ValidateOnly: true,
		}},
		{request: &alterpartitionreassignments.Request{
			TimeoutMs: 20_000, AllowReplicationFactorChange: true, Topics: []alterpartitionreassignments.RequestTopic{
				{Name: topic, Partitions: []alterpartitionreassignments.RequestPartition{{PartitionIndex: 0}}},
			},
		}, codes: []int16{noReassignment}},
		{request: &listpartitionreassignments.Request{TimeoutMs: 20_000}},
		{request: &electleaders.Request{
			TopicPartitions: []electleaders.RequestTopicPartitions{{Topic: topic, PartitionIDs: []int32{0}}}, TimeoutMs: 20_000,
		}, codes: []int16{electionNotNeeded}},
		{request: &deleterecords.Request{Topics: []deleterecords.RequestTopic{
			{Name: topic, Partitions: []deleterecords.RequestPartition{{PartitionIndex: 0}}},
		}, TimeoutMs: 20_000}},
		{request: &offsetforleaderepoch.Request{ReplicaID: -1, Topics: []offsetforleaderepoch.RequestTopic{
			{Topic: topic, Partitions: []offsetforleaderepoch.RequestPartition{{CurrentLeaderEpoch: -1}}},
		}}},
		{request: &describeproducers.Request{Topics: []describeproducers.RequestTopic{{Name: topic, PartitionIndexes: []int32{0}}}}},
		{request: &describelogdirs.Request{}, check: func(v int16, res protocol.Message) {
			require.NotEmpty(s, res.(*describelogdirs.Response).Results[0].LogDir)
		}},
		{request: &alterreplicalogdirs.Request{Dirs: []alterreplicalogdirs.RequestDir{
			{Path: "/no/such/directory", Topics: []alterreplicalogdirs.RequestTopic{{Name: topic, Partitions: []int32{0}}}},
		}}, codes: []int16{logDirNotFound}},
		{request: &describetopicpartitions.Request{
			Topics: []describetopicpartitions.RequestTopic{{Name: topic}}, ResponsePartitionLimit: 1,
		}, check: func(v int16, res protocol.Message) {
			require.Equal(s, topic, res.(*describetopicpartitions.Response).Topics[0].Name)
		}},
	}
}

func (s *session) groupCalls() []adminCall {
	const member = "a-member"
	none := []string{"no-such-group"}
	topic := s.names[0]
	return []adminCall{
		{request: &deletegroups.Request{GroupIDs: none}, codes: []int16{groupIDNotFound}},
		{request: &offsetdelete.Request{GroupID: "group-1", Topics: []offsetdelete.RequestTopic{
			{Name: topic, Partitions: []offsetdelete.RequestPartition{{PartitionIndex: 0}}},
		}}, codes: []int16{groupIDNotFound}},
		{request: &consumergroupdescribe.Request{GroupIDs: none}, codes: []int16{groupIDNotFound, unsupportedVersion}},
		{request: &sharegroupdescribe.Request{GroupIDs: none}, codes: []int16{groupIDNotFound, unsupportedVersion}},
		{request: &streamsgroupdescribe.Request{GroupIDs: none}, codes: []int16{groupIDNotFound, unsupportedVersion}},
		{request: &consumergroupheartbeat.Request{
			GroupID: "members", MemberID: member, RebalanceTimeoutMs: 20_000,
			SubscribedTopicNames: []string{topic}, TopicPartitions: []consumergroupheartbeat.TopicPartitions{},
		}, codes: []int16{unsupportedVersion}, check: func(v int16, res protocol.Message) {
			if r := res.(*consumergroupheartbeat.Response); r.ErrorCode == 0 {
				require.Positive(s, r.MemberEpoch)
				require.NotNil(s, r.Assignment)
				leave := &consumergroupheartbeat.Request{
					GroupID: "members", MemberID: r.MemberID, MemberEpoch: consumergroupheartbeat.LeaveEpoch, RebalanceTimeoutMs: -1,
				}
				require.Zero(s, s.at(leave, v).(*consumergroupheartbeat.Response).ErrorCode)
			}
		}},
		{request: &streamsgrouptopologydescriptionupdate.Request{GroupID: "streams-1", MemberID: member}, codes: []int16{unsupportedVersion}},
		{request: &listtransactions.Request{}},
		{request: &describetransactions.Request{TransactionalIDs: []string{"transaction-1"}}, codes: []int16{transactionalIDNotFound}},
		{request: &writetxnmarkers.Request{Markers: []writetxnmarkers.RequestMarker{
			{ProducerID: 1 << 40, Topics: []writetxnmarkers.RequestTopic{{Name: topic, PartitionIndexes: []int32{0}}}},
		}}},
	}
}

func (s *session) clusterCalls() []adminCall {
	return []adminCall{
		{request: &describecluster.Request{}, check: func(v int16, res protocol.Message) {
			r := res.(*describecluster.Response)
			require.NotEmpty(s, r.ClusterID)
			require.Len(s, r.Brokers, 1)
		}},
		{request: &describequorum.Request{Topics: []describequorum.RequestTopic{
			{TopicName: describequorum.MetadataTopic, Partitions: []describequorum.RequestPartition{{PartitionIndex: 0}}},
		}}, check: func(v int16, res protocol.Message) {
			require.Len(s, res.(*describequorum.Response).Topics[0].Partitions[0].CurrentVoters, 1)
		}},
		{request: &unregisterbroker.Request{BrokerID: 77}, codes: []int16{brokerNotRegistered}},
		{request: &unregistercontroller.Request{ControllerID: 77}, codes: []int16{controllerNotRegistered}},
		{request: &addraftvoter.Request{TimeoutMs: 20_000, VoterID: 77, VoterDirectoryID: protocol.UUID{7}, Listeners: []addraftvoter.RequestListener{
			{Name: "CONTROLLER", Host: "127.0.0.1", Port: 7777},
		}}, codes: []int16{unsupportedVersion}},
		{request: &removeraftvoter.Request{VoterID: 77, VoterDirectoryID: protocol.UUID{7}}, codes: []int16{unsupportedVersion}},
		{request: &updatefeatures.Request{TimeoutMs: 20_000, FeatureUpdates: []updatefeatures.RequestFeature{
			{Feature: "no.such.feature", MaxVersionLevel: 1},
		}}, codes: []int16{invalidRequest, invalidUpdateVersion, featureUpdateFailed}},
	}
}

// securityCalls are for brokers without authorizer, and tokens are not to be had
// on connections without authentication.
func (s *session) securityCalls() []adminCall {
	disabled := []int16{securityDisabled}
	tokens := []int16{tokenAuthDisabled, tokenRequestNotAllowed}
	hmac := []byte("no such token")
	return []adminCall{
		{request: &createacls.Request{Creations: []createacls.RequestACLs{{
			ResourceType: 2, ResourceName: "t", ResourcePatternType: 3, Principal: "User:a", Host: "*", Operation: 3, PermissionType: 3,
		}}}, codes: disabled},
		{request: &describeacls.Request{Filter: describeacls.ACLFilter{
			ResourceTypeFilter: 1, ResourcePatternTypeFilter: 3, Operation: 1, PermissionType: 1,
		}}, codes: disabled},
		{request: &deleteacls.Request{Filters: []deleteacls.RequestFilter{{
			ResourceTypeFilter: 1, ResourcePatternTypeFilter: 3, Operation: 1, PermissionType: 1,
		}}}, codes: disabled},
		{request: &alteruserscramcredentials.Request{Upsertions: []alteruserscramcredentials.RequestUserScramCredentialsUpsertion{
			{Name: "bob", Mechanism: 1, Iterations: 4096, Salt: []byte("salt"), SaltedPassword: make([]byte, 32)},
		}}},
		{request: &describeuserscramcredentials.Request{
			Users: []describeuserscramcredentials.RequestUser{{Name: "bob"}},
		}, codes: []int16{resourceNotFound}},
		{request: &createdelegationtoken.Request{MaxLifetimeMs: -1}, codes: tokens},
		{request: &renewdelegationtoken.Request{HMAC: hmac, RenewPeriodMs: -1}, codes: tokens},
		{request: &expiredelegationtoken.Request{HMAC: hmac, ExpiryTimePeriodMs: -1}, codes: tokens},
		{request: &describedelegationtoken.Request{}, codes: tokens},
	}
}
