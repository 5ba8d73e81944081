package protocol_test

const preview = "version 0 was that of a preview, which no other release has"

// bounds are the APIs of which we do not have the versions that Kafka has.
var bounds = map[string]struct {
	min, max int16
	reason   string
}{
	"AddPartitionsToTxn":  {0, 3, "later versions are for brokers alone"},
	"ListOffsets":         {1, 11, "version 0 answers several offsets a partition, for brokers before 0.10.1"},
	"ShareAcknowledge":    {1, 2, preview},
	"ShareFetch":          {1, 2, preview},
	"ShareGroupDescribe":  {1, 1, preview},
	"ShareGroupHeartbeat": {1, 1, preview},
}

// departures are fields whose type is not Kafka's, with the same bytes on the wire.
var departures = map[string]departure{
	"MetadataRequest.Topics": {0, 8, "[]string", "a struct with a name only takes the bytes of the name; the structs of later versions are another field"},
}

type departure struct {
	min, max int16
	kind     string
	reason   string
}

func (d departure) has(version int16) bool { return d.min <= version && version <= d.max }

// extraFields are those that Kafka's schema does not mention, with the reason.
var extraFields = map[string]string{
	"ConsumerProtocolSubscription.Version": "the version stands before the message, where Kafka's schema does not look",
	"ConsumerProtocolAssignment.Version":   "the version stands before the message, where Kafka's schema does not look",
}

// inlined are structs of ours whose fields Kafka's schema has in their place, with
// the reason.
var inlined = map[string]string{
	"DescribeAclsRequest.Filter": "the filter is a struct of the public API",
}

// droppable are fields of which we say otherwise than Kafka whether a version that
// does not carry them may drop them.
var droppable = map[string]struct {
	ours   bool
	reason string
}{
	"DeleteTopicsRequest.TopicNames":  {false, "a request by name at version 6 would delete nothing and say nothing"},
	"OffsetFetchRequest.Topics.Name":  {true, "one type serves Topics and Groups.Topics, where it is so; Topics has no version without it"},
	"OffsetFetchResponse.Topics.Name": {true, "one type serves Topics and Groups.Topics, where it is so; Topics has no version without it"},
}

// renamed tells what we call fields, by their path in Kafka's schema, where it is
// not the same but for upper and lower case. A version after the path limits it to
// that version.
var renamed = map[string]string{
	"ProduceRequest.TimeoutMs":                                                                  "Timeout",
	"ProduceRequest.TopicData":                                                                  "Topics",
	"ProduceRequest.TopicData.Name":                                                             "Topic",
	"ProduceRequest.TopicData.PartitionData":                                                    "Partitions",
	"ProduceRequest.TopicData.PartitionData.Index":                                              "Partition",
	"ProduceRequest.TopicData.PartitionData.Records":                                            "RecordSet",
	"ProduceResponse.Responses":                                                                 "Topics",
	"ProduceResponse.Responses.Name":                                                            "Topic",
	"ProduceResponse.Responses.PartitionResponses":                                              "Partitions",
	"ProduceResponse.Responses.PartitionResponses.Index":                                        "Partition",
	"ProduceResponse.Responses.PartitionResponses.LogAppendTimeMs":                              "LogAppendTime",
	"FetchRequest.MaxWaitMs":                                                                    "MaxWaitTime",
	"FetchRequest.ForgottenTopicsData":                                                          "ForgottenTopics",
	"FetchResponse.Responses":                                                                   "Topics",
	"FetchResponse.Responses.Partitions.PartitionIndex":                                         "Partition",
	"FetchResponse.Responses.Partitions.Records":                                                "RecordSet",
	"ShareFetchRequest.ForgottenTopicsData":                                                     "ForgottenTopics",
	"ShareFetchResponse.Responses.Partitions.Records":                                           "RecordSet",
	"ListOffsetsRequest.Topics.Name":                                                            "Topic",
	"ListOffsetsRequest.Topics.Partitions.PartitionIndex":                                       "Partition",
	"ListOffsetsResponse.Topics.Name":                                                           "Topic",
	"ListOffsetsResponse.Topics.Partitions.PartitionIndex":                                      "Partition",
	"OffsetCommitRequest.GenerationIdOrMemberEpoch":                                             "GenerationID",
	"OffsetFetchResponse.Topics.Partitions.CommittedLeaderEpoch":                                "ComittedLeaderEpoch",
	"OffsetFetchResponse.Groups.Topics.Partitions.CommittedLeaderEpoch":                         "ComittedLeaderEpoch",
	"JoinGroupResponse.Leader":                                                                  "LeaderID",
	"SyncGroupResponse.Assignment":                                                              "Assignments",
	"AddPartitionsToTxnRequest.V3AndBelowTransactionalId":                                       "TransactionalID",
	"AddPartitionsToTxnRequest.V3AndBelowProducerId":                                            "ProducerID",
	"AddPartitionsToTxnRequest.V3AndBelowProducerEpoch":                                         "ProducerEpoch",
	"AddPartitionsToTxnRequest.V3AndBelowTopics":                                                "Topics",
	"AddPartitionsToTxnResponse.ResultsByTopicV3AndBelow":                                       "Results",
	"AddPartitionsToTxnResponse.ResultsByTopicV3AndBelow.ResultsByPartition":                    "Results",
	"AddPartitionsToTxnResponse.ResultsByTopicV3AndBelow.ResultsByPartition.PartitionErrorCode": "ErrorCode",
	"TxnOffsetCommitRequest.GenerationIdOrMemberEpoch":                                          "GenerationID",
	"TxnOffsetCommitRequest.Topics.Partitions.PartitionIndex":                                   "Partition",
	"TxnOffsetCommitResponse.Topics.Partitions.PartitionIndex":                                  "Partition",
	"AlterClientQuotasRequest.Entries.Entity":                                                   "Entities",
	"AlterClientQuotasResponse.Entries":                                                         "Results",
	"AlterClientQuotasResponse.Entries.Entity":                                                  "Entities",
	"AlterPartitionReassignmentsResponse.Responses":                                             "Results",
	"DeleteAclsRequest.Filters.PatternTypeFilter":                                               "ResourcePatternTypeFilter",
	"DeleteAclsResponse.FilterResults.MatchingAcls.PatternType":                                 "ResourcePatternType",
	"DeleteGroupsRequest.GroupsNames":                                                           "GroupIDs",
	"DeleteGroupsResponse.Results":                                                              "Responses",
	"DescribeAclsRequest.PatternTypeFilter":                                                     "ResourcePatternTypeFilter",
	"DescribeClientQuotasResponse.Entries.Entity":                                               "Entities",
	"DescribeConfigsRequest.Resources.ConfigurationKeys":                                        "ConfigNames",
	"DescribeConfigsResponse.Results":                                                           "Resources",
	"DescribeConfigsResponse.Results.Configs":                                                   "ConfigEntries",
	"DescribeConfigsResponse.Results.Configs.Name":                                              "ConfigName",
	"DescribeConfigsResponse.Results.Configs.Value":                                             "ConfigValue",
	"DescribeConfigsResponse.Results.Configs.Synonyms":                                          "ConfigSynonyms",
	"DescribeConfigsResponse.Results.Configs.Synonyms.Name":                                     "ConfigName",
	"DescribeConfigsResponse.Results.Configs.Synonyms.Value":                                    "ConfigValue",
	"DescribeConfigsResponse.Results.Configs.Synonyms.Source":                                   "ConfigSource",
	"DescribeConfigsResponse.Results.Configs.Documentation":                                     "ConfigDocumentation",
	"ElectLeadersRequest.TopicPartitions.Partitions":                                            "PartitionIDs",
	"ElectLeadersResponse.ThrottleTimeMs":                                                       "ThrottleTime",
	"ElectLeadersResponse.ReplicaElectionResults.PartitionResult":                               "PartitionResults",
}

func init() {
	for _, v := range []string{" v0", " v1", " v2", " v3", " v4", " v5", " v6", " v7", " v8"} {
		renamed["MetadataRequest.Topics"+v] = "TopicNames"
	}
}
