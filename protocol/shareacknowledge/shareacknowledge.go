// Package shareacknowledge has the messages of the ShareAcknowledge API, with which
// a member of a share group tells what became of records that it had acquired
// (KIP-932).
//
// Version 2 can hold records for longer (KIP-1222).
//
// Version 0 is not here: only a preview of share groups had it.
package shareacknowledge

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// CloseSession is the value of Request.ShareSessionEpoch that ends a session.
const CloseSession int32 = -1

// The elements of AcknowledgementBatch.AcknowledgeTypes.
const (
	AcknowledgeGap     int8 = 0 // there is no record
	AcknowledgeAccept  int8 = 1 // the record was processed
	AcknowledgeRelease int8 = 2 // the record is to be delivered again
	AcknowledgeReject  int8 = 3 // the record is not to be delivered again
	AcknowledgeRenew   int8 = 4 // the record is still being processed; from version 2 on
)

// Request tells the leader of partitions about records of them.
type Request struct {
	_ struct{} `kafka:"min=v1,max=v2,flexible=v1"`

	GroupID  string `kafka:"min=v1,max=v2,nullable"`
	MemberID string `kafka:"min=v1,max=v2,nullable"`

	// ShareSessionEpoch is one more than in the last request to the broker, ShareFetch
	// or ShareAcknowledge, or CloseSession. Only ShareFetch opens a session.
	ShareSessionEpoch int32 `kafka:"min=v1,max=v2"`

	// IsRenewAck tells that there are acknowledgements of type AcknowledgeRenew.
	IsRenewAck bool `kafka:"min=v2,max=v2"`

	Topics []RequestTopic `kafka:"min=v1,max=v2"`

	// BrokerID is the broker that has the session: the leader of the partitions.
	BrokerID int32 `kafka:"-"`
}

// RequestTopic is a topic with records.
type RequestTopic struct {
	TopicID    protocol.UUID      `kafka:"min=v1,max=v2"`
	Partitions []RequestPartition `kafka:"min=v1,max=v2"`
}

// RequestPartition is a partition with records.
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

// ApiKey returns protocol.ShareAcknowledge.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.ShareAcknowledge }

// Broker returns the broker with BrokerID.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.BrokerByID(r.BrokerID)
}

// Response is the outcome of acknowledgements.
type Response struct {
	_ struct{} `kafka:"min=v1,max=v2,flexible=v1"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v1,max=v2"`

	// ErrorCode concerns the session.
	ErrorCode    int16  `kafka:"min=v1,max=v2"`
	ErrorMessage string `kafka:"min=v1,max=v2,nullable"`

	// AcquisitionLockTimeoutMs is how long no other member gets records that were
	// renewed; 0 when not told.
	AcquisitionLockTimeoutMs int32 `kafka:"min=v2,max=v2,ignorable"`

	Responses []ResponseTopic `kafka:"min=v1,max=v2"`

	// NodeEndpoints are the addresses of the brokers that the partitions'
	// CurrentLeader names.
	NodeEndpoints []ResponseNodeEndpoint `kafka:"min=v1,max=v2"`
}

// ResponseTopic is the outcome for one topic.
type ResponseTopic struct {
	TopicID    protocol.UUID       `kafka:"min=v1,max=v2"`
	Partitions []ResponsePartition `kafka:"min=v1,max=v2"`
}

// ResponsePartition is the outcome for one partition: INVALID_RECORD_STATE for
// records that the member does not have.
type ResponsePartition struct {
	PartitionIndex int32  `kafka:"min=v1,max=v2"`
	ErrorCode      int16  `kafka:"min=v1,max=v2"`
	ErrorMessage   string `kafka:"min=v1,max=v2,nullable"`

	// CurrentLeader is set when the broker does not lead the partition.
	CurrentLeader ResponseCurrentLeader `kafka:"min=v1,max=v2"`
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

// ApiKey returns protocol.ShareAcknowledge.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.ShareAcknowledge }
