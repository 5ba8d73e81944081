package protocol

import "strconv"

// ApiKey identifies an API of the Kafka protocol.
type ApiKey int16

// The APIs of Kafka, as of release 4.4. That a key is declared here does not
// mean that its messages are: they are known once a package that registers
// them is linked into the program.
const (
	Produce                               ApiKey = 0
	Fetch                                 ApiKey = 1
	ListOffsets                           ApiKey = 2
	Metadata                              ApiKey = 3
	LeaderAndIsr                          ApiKey = 4
	StopReplica                           ApiKey = 5
	UpdateMetadata                        ApiKey = 6
	ControlledShutdown                    ApiKey = 7
	OffsetCommit                          ApiKey = 8
	OffsetFetch                           ApiKey = 9
	FindCoordinator                       ApiKey = 10
	JoinGroup                             ApiKey = 11
	Heartbeat                             ApiKey = 12
	LeaveGroup                            ApiKey = 13
	SyncGroup                             ApiKey = 14
	DescribeGroups                        ApiKey = 15
	ListGroups                            ApiKey = 16
	SaslHandshake                         ApiKey = 17
	ApiVersions                           ApiKey = 18
	CreateTopics                          ApiKey = 19
	DeleteTopics                          ApiKey = 20
	DeleteRecords                         ApiKey = 21
	InitProducerId                        ApiKey = 22
	OffsetForLeaderEpoch                  ApiKey = 23
	AddPartitionsToTxn                    ApiKey = 24
	AddOffsetsToTxn                       ApiKey = 25
	EndTxn                                ApiKey = 26
	WriteTxnMarkers                       ApiKey = 27
	TxnOffsetCommit                       ApiKey = 28
	DescribeAcls                          ApiKey = 29
	CreateAcls                            ApiKey = 30
	DeleteAcls                            ApiKey = 31
	DescribeConfigs                       ApiKey = 32
	AlterConfigs                          ApiKey = 33
	AlterReplicaLogDirs                   ApiKey = 34
	DescribeLogDirs                       ApiKey = 35
	SaslAuthenticate                      ApiKey = 36
	CreatePartitions                      ApiKey = 37
	CreateDelegationToken                 ApiKey = 38
	RenewDelegationToken                  ApiKey = 39
	ExpireDelegationToken                 ApiKey = 40
	DescribeDelegationToken               ApiKey = 41
	DeleteGroups                          ApiKey = 42
	ElectLeaders                          ApiKey = 43
	IncrementalAlterConfigs               ApiKey = 44
	AlterPartitionReassignments           ApiKey = 45
	ListPartitionReassignments            ApiKey = 46
	OffsetDelete                          ApiKey = 47
	DescribeClientQuotas                  ApiKey = 48
	AlterClientQuotas                     ApiKey = 49
	DescribeUserScramCredentials          ApiKey = 50
	AlterUserScramCredentials             ApiKey = 51
	Vote                                  ApiKey = 52
	BeginQuorumEpoch                      ApiKey = 53
	EndQuorumEpoch                        ApiKey = 54
	DescribeQuorum                        ApiKey = 55
	AlterPartition                        ApiKey = 56
	UpdateFeatures                        ApiKey = 57
	Envelope                              ApiKey = 58
	FetchSnapshot                         ApiKey = 59
	DescribeCluster                       ApiKey = 60
	DescribeProducers                     ApiKey = 61
	BrokerRegistration                    ApiKey = 62
	BrokerHeartbeat                       ApiKey = 63
	UnregisterBroker                      ApiKey = 64
	DescribeTransactions                  ApiKey = 65
	ListTransactions                      ApiKey = 66
	AllocateProducerIds                   ApiKey = 67
	ConsumerGroupHeartbeat                ApiKey = 68
	ConsumerGroupDescribe                 ApiKey = 69
	ControllerRegistration                ApiKey = 70
	GetTelemetrySubscriptions             ApiKey = 71
	PushTelemetry                         ApiKey = 72
	AssignReplicasToDirs                  ApiKey = 73
	ListConfigResources                   ApiKey = 74
	DescribeTopicPartitions               ApiKey = 75
	ShareGroupHeartbeat                   ApiKey = 76
	ShareGroupDescribe                    ApiKey = 77
	ShareFetch                            ApiKey = 78
	ShareAcknowledge                      ApiKey = 79
	AddRaftVoter                          ApiKey = 80
	RemoveRaftVoter                       ApiKey = 81
	UpdateRaftVoter                       ApiKey = 82
	InitializeShareGroupState             ApiKey = 83
	ReadShareGroupState                   ApiKey = 84
	WriteShareGroupState                  ApiKey = 85
	DeleteShareGroupState                 ApiKey = 86
	ReadShareGroupStateSummary            ApiKey = 87
	StreamsGroupHeartbeat                 ApiKey = 88
	StreamsGroupDescribe                  ApiKey = 89
	DescribeShareGroupOffsets             ApiKey = 90
	AlterShareGroupOffsets                ApiKey = 91
	DeleteShareGroupOffsets               ApiKey = 92
	StreamsGroupTopologyDescriptionUpdate ApiKey = 93
	UnregisterController                  ApiKey = 94
)

// maxApiKey bounds the keys that messages can be registered for.
const maxApiKey = 127

// String returns the name of the API, or its number when it has none here.
func (k ApiKey) String() string {
	if k >= 0 && int(k) < len(apiNames) {
		return apiNames[k]
	}
	return strconv.Itoa(int(k))
}

// MinVersion returns the lowest version of the API that the registered request
// can be encoded at, and 0 if no request is registered.
func (k ApiKey) MinVersion() int16 {
	min, _ := k.versionRange()
	return min
}

// MaxVersion returns the highest version of the API that the registered request
// can be encoded at, and 0 if no request is registered.
func (k ApiKey) MaxVersion() int16 {
	_, max := k.versionRange()
	return max
}

// SelectVersion returns the highest version that is both in the range of the
// registered request and between minVersion and maxVersion, which are what a
// broker supports. It returns -1, which no API has, if the ranges do not meet.
func (k ApiKey) SelectVersion(minVersion, maxVersion int16) int16 {
	ourMin, ourMax := k.versionRange()
	v := min(ourMax, maxVersion)
	if v < max(ourMin, minVersion) {
		return -1
	}
	return v
}

func (k ApiKey) versionRange() (min, max int16) {
	a := lookup(k)
	if a == nil {
		return 0, 0
	}
	s := a.request.schema()
	if s.err != nil {
		return 0, 0
	}
	return s.min, s.max
}

var apiNames = [...]string{
	Produce:                               "Produce",
	Fetch:                                 "Fetch",
	ListOffsets:                           "ListOffsets",
	Metadata:                              "Metadata",
	LeaderAndIsr:                          "LeaderAndIsr",
	StopReplica:                           "StopReplica",
	UpdateMetadata:                        "UpdateMetadata",
	ControlledShutdown:                    "ControlledShutdown",
	OffsetCommit:                          "OffsetCommit",
	OffsetFetch:                           "OffsetFetch",
	FindCoordinator:                       "FindCoordinator",
	JoinGroup:                             "JoinGroup",
	Heartbeat:                             "Heartbeat",
	LeaveGroup:                            "LeaveGroup",
	SyncGroup:                             "SyncGroup",
	DescribeGroups:                        "DescribeGroups",
	ListGroups:                            "ListGroups",
	SaslHandshake:                         "SaslHandshake",
	ApiVersions:                           "ApiVersions",
	CreateTopics:                          "CreateTopics",
	DeleteTopics:                          "DeleteTopics",
	DeleteRecords:                         "DeleteRecords",
	InitProducerId:                        "InitProducerId",
	OffsetForLeaderEpoch:                  "OffsetForLeaderEpoch",
	AddPartitionsToTxn:                    "AddPartitionsToTxn",
	AddOffsetsToTxn:                       "AddOffsetsToTxn",
	EndTxn:                                "EndTxn",
	WriteTxnMarkers:                       "WriteTxnMarkers",
	TxnOffsetCommit:                       "TxnOffsetCommit",
	DescribeAcls:                          "DescribeAcls",
	CreateAcls:                            "CreateAcls",
	DeleteAcls:                            "DeleteAcls",
	DescribeConfigs:                       "DescribeConfigs",
	AlterConfigs:                          "AlterConfigs",
	AlterReplicaLogDirs:                   "AlterReplicaLogDirs",
	DescribeLogDirs:                       "DescribeLogDirs",
	SaslAuthenticate:                      "SaslAuthenticate",
	CreatePartitions:                      "CreatePartitions",
	CreateDelegationToken:                 "CreateDelegationToken",
	RenewDelegationToken:                  "RenewDelegationToken",
	ExpireDelegationToken:                 "ExpireDelegationToken",
	DescribeDelegationToken:               "DescribeDelegationToken",
	DeleteGroups:                          "DeleteGroups",
	ElectLeaders:                          "ElectLeaders",
	IncrementalAlterConfigs:               "IncrementalAlterConfigs",
	AlterPartitionReassignments:           "AlterPartitionReassignments",
	ListPartitionReassignments:            "ListPartitionReassignments",
	OffsetDelete:                          "OffsetDelete",
	DescribeClientQuotas:                  "DescribeClientQuotas",
	AlterClientQuotas:                     "AlterClientQuotas",
	DescribeUserScramCredentials:          "DescribeUserScramCredentials",
	AlterUserScramCredentials:             "AlterUserScramCredentials",
	Vote:                                  "Vote",
	BeginQuorumEpoch:                      "BeginQuorumEpoch",
	EndQuorumEpoch:                        "EndQuorumEpoch",
	DescribeQuorum:                        "DescribeQuorum",
	AlterPartition:                        "AlterPartition",
	UpdateFeatures:                        "UpdateFeatures",
	Envelope:                              "Envelope",
	FetchSnapshot:                         "FetchSnapshot",
	DescribeCluster:                       "DescribeCluster",
	DescribeProducers:                     "DescribeProducers",
	BrokerRegistration:                    "BrokerRegistration",
	BrokerHeartbeat:                       "BrokerHeartbeat",
	UnregisterBroker:                      "UnregisterBroker",
	DescribeTransactions:                  "DescribeTransactions",
	ListTransactions:                      "ListTransactions",
	AllocateProducerIds:                   "AllocateProducerIds",
	ConsumerGroupHeartbeat:                "ConsumerGroupHeartbeat",
	ConsumerGroupDescribe:                 "ConsumerGroupDescribe",
	ControllerRegistration:                "ControllerRegistration",
	GetTelemetrySubscriptions:             "GetTelemetrySubscriptions",
	PushTelemetry:                         "PushTelemetry",
	AssignReplicasToDirs:                  "AssignReplicasToDirs",
	ListConfigResources:                   "ListConfigResources",
	DescribeTopicPartitions:               "DescribeTopicPartitions",
	ShareGroupHeartbeat:                   "ShareGroupHeartbeat",
	ShareGroupDescribe:                    "ShareGroupDescribe",
	ShareFetch:                            "ShareFetch",
	ShareAcknowledge:                      "ShareAcknowledge",
	AddRaftVoter:                          "AddRaftVoter",
	RemoveRaftVoter:                       "RemoveRaftVoter",
	UpdateRaftVoter:                       "UpdateRaftVoter",
	InitializeShareGroupState:             "InitializeShareGroupState",
	ReadShareGroupState:                   "ReadShareGroupState",
	WriteShareGroupState:                  "WriteShareGroupState",
	DeleteShareGroupState:                 "DeleteShareGroupState",
	ReadShareGroupStateSummary:            "ReadShareGroupStateSummary",
	StreamsGroupHeartbeat:                 "StreamsGroupHeartbeat",
	StreamsGroupDescribe:                  "StreamsGroupDescribe",
	DescribeShareGroupOffsets:             "DescribeShareGroupOffsets",
	AlterShareGroupOffsets:                "AlterShareGroupOffsets",
	DeleteShareGroupOffsets:               "DeleteShareGroupOffsets",
	StreamsGroupTopologyDescriptionUpdate: "StreamsGroupTopologyDescriptionUpdate",
	UnregisterController:                  "UnregisterController"}
