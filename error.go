package kafka

import (
	"errors"
	"fmt"
)

// Error is an error code of the Kafka protocol. Brokers send it as the answer
// to a request; the connection that it came on stays usable.
//
// The functions of Conn, Batch and Reader return it bare, so that it can be
// compared; where it is wrapped, errors.Is and errors.As find it. It satisfies
// net.Error.
//
// See https://kafka.apache.org/protocol#protocol_error_codes
type Error int

// Codes that brokers up to Kafka 4.4 send. 0 stands for no error.
const (
	Unknown                                Error = -1
	OffsetOutOfRange                       Error = 1
	InvalidMessage                         Error = 2
	UnknownTopicOrPartition                Error = 3
	InvalidMessageSize                     Error = 4
	LeaderNotAvailable                     Error = 5
	NotLeaderForPartition                  Error = 6
	RequestTimedOut                        Error = 7
	BrokerNotAvailable                     Error = 8
	ReplicaNotAvailable                    Error = 9
	MessageSizeTooLarge                    Error = 10
	StaleControllerEpoch                   Error = 11
	OffsetMetadataTooLarge                 Error = 12
	NetworkException                       Error = 13
	GroupLoadInProgress                    Error = 14
	GroupCoordinatorNotAvailable           Error = 15
	NotCoordinatorForGroup                 Error = 16
	InvalidTopic                           Error = 17
	RecordListTooLarge                     Error = 18
	NotEnoughReplicas                      Error = 19
	NotEnoughReplicasAfterAppend           Error = 20
	InvalidRequiredAcks                    Error = 21
	IllegalGeneration                      Error = 22
	InconsistentGroupProtocol              Error = 23
	InvalidGroupId                         Error = 24
	UnknownMemberId                        Error = 25
	InvalidSessionTimeout                  Error = 26
	RebalanceInProgress                    Error = 27
	InvalidCommitOffsetSize                Error = 28
	TopicAuthorizationFailed               Error = 29
	GroupAuthorizationFailed               Error = 30
	ClusterAuthorizationFailed             Error = 31
	InvalidTimestamp                       Error = 32
	UnsupportedSASLMechanism               Error = 33
	IllegalSASLState                       Error = 34
	UnsupportedVersion                     Error = 35
	TopicAlreadyExists                     Error = 36
	InvalidPartitionNumber                 Error = 37
	InvalidReplicationFactor               Error = 38
	InvalidReplicaAssignment               Error = 39
	InvalidConfiguration                   Error = 40
	NotController                          Error = 41
	InvalidRequest                         Error = 42
	UnsupportedForMessageFormat            Error = 43
	PolicyViolation                        Error = 44
	OutOfOrderSequenceNumber               Error = 45
	DuplicateSequenceNumber                Error = 46
	InvalidProducerEpoch                   Error = 47
	InvalidTransactionState                Error = 48
	InvalidProducerIDMapping               Error = 49
	InvalidTransactionTimeout              Error = 50
	ConcurrentTransactions                 Error = 51
	TransactionCoordinatorFenced           Error = 52
	TransactionalIDAuthorizationFailed     Error = 53
	SecurityDisabled                       Error = 54
	BrokerAuthorizationFailed              Error = 55
	KafkaStorageError                      Error = 56
	LogDirNotFound                         Error = 57
	SASLAuthenticationFailed               Error = 58
	UnknownProducerId                      Error = 59
	ReassignmentInProgress                 Error = 60
	DelegationTokenAuthDisabled            Error = 61
	DelegationTokenNotFound                Error = 62
	DelegationTokenOwnerMismatch           Error = 63
	DelegationTokenRequestNotAllowed       Error = 64
	DelegationTokenAuthorizationFailed     Error = 65
	DelegationTokenExpired                 Error = 66
	InvalidPrincipalType                   Error = 67
	NonEmptyGroup                          Error = 68
	GroupIdNotFound                        Error = 69
	FetchSessionIDNotFound                 Error = 70
	InvalidFetchSessionEpoch               Error = 71
	ListenerNotFound                       Error = 72
	TopicDeletionDisabled                  Error = 73
	FencedLeaderEpoch                      Error = 74
	UnknownLeaderEpoch                     Error = 75
	UnsupportedCompressionType             Error = 76
	StaleBrokerEpoch                       Error = 77
	OffsetNotAvailable                     Error = 78
	MemberIDRequired                       Error = 79
	PreferredLeaderNotAvailable            Error = 80
	GroupMaxSizeReached                    Error = 81
	FencedInstanceID                       Error = 82
	EligibleLeadersNotAvailable            Error = 83
	ElectionNotNeeded                      Error = 84
	NoReassignmentInProgress               Error = 85
	GroupSubscribedToTopic                 Error = 86
	InvalidRecord                          Error = 87
	UnstableOffsetCommit                   Error = 88
	ThrottlingQuotaExceeded                Error = 89
	ProducerFenced                         Error = 90
	ResourceNotFound                       Error = 91
	DuplicateResource                      Error = 92
	UnacceptableCredential                 Error = 93
	InconsistentVoterSet                   Error = 94
	InvalidUpdateVersion                   Error = 95
	FeatureUpdateFailed                    Error = 96
	PrincipalDeserializationFailure        Error = 97
	SnapshotNotFound                       Error = 98
	PositionOutOfRange                     Error = 99
	UnknownTopicID                         Error = 100
	DuplicateBrokerRegistration            Error = 101
	BrokerIDNotRegistered                  Error = 102
	InconsistentTopicID                    Error = 103
	InconsistentClusterID                  Error = 104
	TransactionalIDNotFound                Error = 105
	FetchSessionTopicIDError               Error = 106
	IneligibleReplica                      Error = 107
	NewLeaderElected                       Error = 108
	OffsetMovedToTieredStorage             Error = 109
	FencedMemberEpoch                      Error = 110
	UnreleasedInstanceID                   Error = 111
	UnsupportedAssignor                    Error = 112
	StaleMemberEpoch                       Error = 113
	MismatchedEndpointType                 Error = 114
	UnsupportedEndpointType                Error = 115
	UnknownControllerID                    Error = 116
	UnknownSubscriptionID                  Error = 117
	TelemetryTooLarge                      Error = 118
	InvalidRegistration                    Error = 119
	TransactionAbortable                   Error = 120
	InvalidRecordState                     Error = 121
	ShareSessionNotFound                   Error = 122
	InvalidShareSessionEpoch               Error = 123
	FencedStateEpoch                       Error = 124
	InvalidVoterKey                        Error = 125
	DuplicateVoter                         Error = 126
	VoterNotFound                          Error = 127
	InvalidRegularExpression               Error = 128
	RebootstrapRequired                    Error = 129
	StreamsInvalidTopology                 Error = 130
	StreamsInvalidTopologyEpoch            Error = 131
	StreamsTopologyFenced                  Error = 132
	ShareSessionLimitReached               Error = 133
	GroupDeletionFailed                    Error = 134
	StreamsTopologyDescriptionUpdateFailed Error = 135
	ControllerIDNotRegistered              Error = 136
)

// Timeout tells whether the time given for a request ran out on the broker.
func (e Error) Timeout() bool { return e == RequestTimedOut }

// Temporary tells whether the same request may succeed later, possibly on
// another broker.
func (e Error) Temporary() bool { return e.text().temporary }

// Title is the name of the code in words, never empty.
func (e Error) Title() string { return e.text().title }

// Description says what the code means, never empty.
func (e Error) Description() string { return e.text().description }

// Error satisfies the error interface: "[code] Title: Description".
func (e Error) Error() string {
	return fmt.Sprintf("[%d] %s: %s", int(e), e.Title(), e.Description())
}

func (e Error) text() errorText {
	if i := int(e) + 1; i >= 0 && i < len(errorTable) {
		return errorTable[i]
	}
	return errorText{
		title:       "Unknown Error Code",
		description: "the broker sent a code that this version of the library does not know",
	}
}

// errorOf converts the code of a response; 0 gives nil.
func errorOf(code int16) error {
	if code == 0 {
		return nil
	}
	return Error(code)
}

var (
	// ErrGenerationEnded is the error of the context.Context that
	// Generation.Start passes, once the generation has ended.
	ErrGenerationEnded = errors.New("consumer group generation has ended")

	// ErrGroupClosed is returned by ConsumerGroup.Next when the group has
	// been closed.
	ErrGroupClosed = errors.New("consumer group is closed")
)
