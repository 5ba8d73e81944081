// Package sharefetch has the messages of the ShareFetch API, with which a member of
// a share group acquires records, and tells what became of those that it had
// (KIP-932).
//
// Version 2 can keep to the number of records (KIP-1206) and hold records for
// longer (KIP-1222).
//
// Version 0 is not here: only a preview of share groups had it.
package sharefetch

import (
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The values of Request.ShareSessionEpoch that are not the next one of a session.
const (
	OpenSession  int32 = 0  // a new session begins
	CloseSession int32 = -1 // the session ends
)

// The elements of AcknowledgementBatch.AcknowledgeTypes.
const (
	AcknowledgeGap     int8 = 0 // there is no record
	AcknowledgeAccept  int8 = 1 // the record was processed
	AcknowledgeRelease int8 = 2 // the record is to be delivered again
	AcknowledgeReject  int8 = 3 // the record is not to be delivered again
	AcknowledgeRenew   int8 = 4 // the record is still being processed; from version 2 on
)

// The values of Request.ShareAcquireMode.
const (
	BatchOptimized int8 = 0 // whole batches, of which MaxRecords may be exceeded
	RecordLimit    int8 = 1 // MaxRecords at most
)

// Request asks the leader of partitions for records.
type Request struct {
	_ struct{} `kafka:"min=v1,max=v2,flexible=v1"`

	GroupID  string `kafka:"min=v1,max=v2,nullable"`
	MemberID string `kafka:"min=v1,max=v2,nullable"`

	// ShareSessionEpoch is one more than in the last request to the broker, ShareFetch
	// or ShareAcknowledge, or one of the constants above.
	ShareSessionEpoch int32 `kafka:"min=v1,max=v2"`

	// MaxWaitMs is how long the broker waits for MinBytes.
	MaxWaitMs int32 `kafka:"min=v1,max=v2"`
	MinBytes  int32 `kafka:"min=v1,max=v2"`

	// MaxBytes bounds the records, except that the first batch is always sent.
	MaxBytes int32 `kafka:"min=v1,max=v2,default=2147483647"`

	// MaxRecords is how many records are acquired, see ShareAcquireMode.
	MaxRecords int32 `kafka:"min=v1,max=v2"`

	// BatchSize is how many records the element of an acknowledgement should have.
	BatchSize int32 `kafka:"min=v1,max=v2"`

	// ShareAcquireMode is one of the constants above.
	ShareAcquireMode int8 `kafka:"min=v2,max=v2,ignorable"`

	// IsRenewAck tells that there are acknowledgements of type AcknowledgeRenew.
	IsRenewAck bool `kafka:"min=v2,max=v2"`

	// Topics are those that are new in the session, and those with acknowledgements.
	Topics []RequestTopic `kafka:"min=v1,max=v2"`

	// ForgottenTopics are to be taken out of the session.
	ForgottenTopics []RequestForgottenTopic `kafka:"min=v1,max=v2"`

	// BrokerID is the broker that has the session: the leader of the partitions.
	BrokerID int32 `kafka:"-"`
}

// RequestTopic is a topic to read from.
type RequestTopic struct {
	TopicID    protocol.UUID      `kafka:"min=v1,max=v2"`
	Partitions []RequestPartition `kafka:"min=v1,max=v2"`
}

// RequestPartition is a partition to read from.
type RequestPartition struct {
	PartitionIndex         int32                  `kafka:"min=v1,max=v2"`
	AcknowledgementBatches []AcknowledgementBatch `kafka:"min=v1,max=v2"`
}

// AcknowledgementBatch says what became of the records with the offsets FirstOffset
// to LastOffset.
type AcknowledgementBatch struct {
	FirstOffset int64 `kafka:"min=v1,max=v2"`
	LastOffset  int64 `kafka:"min=v1,max=v2"`

	// AcknowledgeTypes has one element for each offset, or one for all of them.
	AcknowledgeTypes []int8 `kafka:"min=v1,max=v2"`
}

// RequestForgottenTopic names partitions to take out of a session.
type RequestForgottenTopic struct {
	TopicID    protocol.UUID `kafka:"min=v1,max=v2"`
	Partitions []int32       `kafka:"min=v1,max=v2"`
}

// ApiKey returns protocol.ShareFetch.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.ShareFetch }

// BrokerWait is the time that the broker waits for records, which a connection adds
// to its patience.
func (r *Request) BrokerWait() time.Duration {
	return time.Duration(r.MaxWaitMs) * time.Millisecond
}

// Broker returns the broker with BrokerID.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.BrokerByID(r.BrokerID)
}

// Response has the records that were acquired, and the outcome of the
// acknowledgements.
type Response struct {
	_ struct{} `kafka:"min=v1,max=v2,flexible=v1"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v1,max=v2"`

	// ErrorCode concerns the session.
	ErrorCode    int16  `kafka:"min=v1,max=v2"`
	ErrorMessage string `kafka:"min=v1,max=v2,nullable"`

	// AcquisitionLockTimeoutMs is how long no other member gets the records.
	AcquisitionLockTimeoutMs int32 `kafka:"min=v1,max=v2"`

	Responses []ResponseTopic `kafka:"min=v1,max=v2"`

	// NodeEndpoints are the addresses of the brokers that the partitions'
	// CurrentLeader names.
	NodeEndpoints []ResponseNodeEndpoint `kafka:"min=v1,max=v2"`
}

// ResponseTopic is a topic that was read from.
type ResponseTopic struct {
	TopicID    protocol.UUID       `kafka:"min=v1,max=v2"`
	Partitions []ResponsePartition `kafka:"min=v1,max=v2"`
}

// ResponsePartition has the records of one partition.
type ResponsePartition struct {
	PartitionIndex int32  `kafka:"min=v1,max=v2"`
	ErrorCode      int16  `kafka:"min=v1,max=v2"`
	ErrorMessage   string `kafka:"min=v1,max=v2,nullable"`

	// AcknowledgeErrorCode is the outcome of the acknowledgements of the request:
	// INVALID_RECORD_STATE for records that the member does not have.
	AcknowledgeErrorCode    int16  `kafka:"min=v1,max=v2"`
	AcknowledgeErrorMessage string `kafka:"min=v1,max=v2,nullable"`

	// CurrentLeader is set when the broker does not lead the partition.
	CurrentLeader ResponseCurrentLeader `kafka:"min=v1,max=v2"`

	// RecordSet may have more records than were acquired: AcquiredRecords tells which
	// belong to the member.
	RecordSet       protocol.RecordSet        `kafka:"min=v1,max=v2"`
	AcquiredRecords []ResponseAcquiredRecords `kafka:"min=v1,max=v2"`
}

// ResponseAcquiredRecords are records with the offsets FirstOffset to LastOffset.
type ResponseAcquiredRecords struct {
	FirstOffset int64 `kafka:"min=v1,max=v2"`
	LastOffset  int64 `kafka:"min=v1,max=v2"`

	// DeliveryCount is how often the records have been acquired, this time included.
	DeliveryCount int16 `kafka:"min=v1,max=v2"`
}

// ResponseCurrentLeader is the leader of a partition; LeaderID is -1 when it is not
// known.
type ResponseCurrentLeader struct {
	LeaderID    int32 `kafka:"min=v1,max=v2"`
	LeaderEpoch int32 `kafka:"min=v1,max=v2"`
}

// ResponseNodeEndpoint is the address of a broker.
type ResponseNodeEndpoint struct {
	NodeID int32  `kafka:"min=v1,max=v2"`
	Host   string `kafka:"min=v1,max=v2"`
	Port   int32  `kafka:"min=v1,max=v2"`
	Rack   string `kafka:"min=v1,max=v2,nullable"`
}

// ApiKey returns protocol.ShareFetch.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.ShareFetch }
