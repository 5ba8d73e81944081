// Package describelogdirs has the messages of the DescribeLogDirs API, which lists
// the directories of brokers and what the partitions in them take (KIP-113).
//
// Version 4 tells the size of volumes (KIP-827), version 5 directories that get no
// more partitions (KIP-1066).
package describelogdirs

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks brokers for their directories.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v5,flexible=v2"`

	// Topics are the topics to tell of, nil for all.
	Topics []RequestTopic `kafka:"min=v0,max=v5,nullable"`

	// BrokerIDs are the brokers to ask, nil for all of the cluster. Split makes a
	// request for each.
	BrokerIDs []int32 `kafka:"-"`
}

// RequestTopic is partitions of a topic.
type RequestTopic struct {
	Topic      string  `kafka:"min=v0,max=v5"`
	Partitions []int32 `kafka:"min=v0,max=v5"`
}

// ApiKey returns protocol.DescribeLogDirs.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.DescribeLogDirs }

// Broker returns the first of BrokerIDs; without one it is a broker with ID -1,
// which stands for any.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	if len(r.BrokerIDs) == 0 {
		return protocol.Broker{ID: -1}, nil
	}
	return cluster.BrokerByID(r.broker())
}

func (r *Request) broker() int32 {
	if len(r.BrokerIDs) == 0 {
		return -1
	}
	return r.BrokerIDs[0]
}

// Split makes a request for each broker.
func (r *Request) Split(cluster protocol.Cluster) ([]protocol.Message, protocol.Merger, error) {
	ids := r.BrokerIDs
	if ids == nil {
		ids = cluster.BrokerIDs()
	}
	var parts protocol.Parts[*Request]
	for i := range ids {
		parts.Add(&Request{Topics: r.Topics, BrokerIDs: ids[i : i+1 : i+1]})
	}
	return parts.Messages(), new(Response), nil
}

// Response lists directories.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v5,flexible=v2"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v5"`

	// ErrorCode concerns the whole request; in a response that Merge made it is the
	// first of BrokerErrors.
	ErrorCode int16 `kafka:"min=v3,max=v5,ignorable"`

	Results []ResponseResult `kafka:"min=v0,max=v5"`

	// BrokerErrors are, in a response that Merge made, the brokers whose directories
	// are not in the list.
	BrokerErrors []ResponseBrokerError `kafka:"-"`
}

// ResponseResult is a directory.
type ResponseResult struct {
	// ErrorCode is KAFKA_STORAGE_ERROR for a directory that is offline.
	ErrorCode int16 `kafka:"min=v0,max=v5"`

	// LogDir is the absolute path.
	LogDir string          `kafka:"min=v0,max=v5"`
	Topics []ResponseTopic `kafka:"min=v0,max=v5"`

	// TotalBytes and UsableBytes are those of the volume, -1 when not told.
	TotalBytes  int64 `kafka:"min=v4,max=v5,default=-1,ignorable"`
	UsableBytes int64 `kafka:"min=v4,max=v5,default=-1,ignorable"`

	// IsCordoned tells that no more partitions are placed here.
	IsCordoned bool `kafka:"min=v5,max=v5,ignorable"`

	// BrokerID is, in a response that Merge made, whose directory it is.
	BrokerID int32 `kafka:"-"`
}

// ResponseTopic is a topic with partitions in the directory.
type ResponseTopic struct {
	Name       string              `kafka:"min=v0,max=v5"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v5"`
}

// ResponsePartition is a replica in the directory.
type ResponsePartition struct {
	PartitionIndex int32 `kafka:"min=v0,max=v5"`

	// PartitionSize is the size of the segments in bytes.
	PartitionSize int64 `kafka:"min=v0,max=v5"`

	// OffsetLag is how many records the replica is behind: of the high watermark, or,
	// where IsFutureKey is set, of the replica that it will take the place of.
	OffsetLag int64 `kafka:"min=v0,max=v5"`

	// IsFutureKey tells that the replica is being moved here from another directory
	// of the broker.
	IsFutureKey bool `kafka:"min=v0,max=v5"`
}

// ResponseBrokerError is a broker that did not tell its directories.
type ResponseBrokerError struct {
	BrokerID int32

	// ErrorCode is what the broker answered; NETWORK_EXCEPTION when it could not be
	// asked, for which Err is the reason.
	ErrorCode int16
	Err       error
}

// ApiKey returns protocol.DescribeLogDirs.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.DescribeLogDirs }

// Merge puts the lists of the brokers together. If none could be asked, it fails
// with the reason of the first. The throttle time is the longest.
func (r *Response) Merge(requests []protocol.Message, results []interface{}) (protocol.Message, error) {
	merged := &Response{}
	err := protocol.MergeResults(requests, results, func(req *Request, res *Response) {
		merged.ThrottleTimeMs = max(merged.ThrottleTimeMs, res.ThrottleTimeMs)
		if res.ErrorCode != 0 {
			merged.fail(ResponseBrokerError{BrokerID: req.broker(), ErrorCode: res.ErrorCode})
		}
		for _, dir := range res.Results {
			dir.BrokerID = req.broker()
			merged.Results = append(merged.Results, dir)
		}
	}, func(req *Request, err error) {
		merged.fail(ResponseBrokerError{BrokerID: req.broker(), ErrorCode: protocol.RouteErrorCode(err), Err: err})
	})
	if err != nil {
		return nil, err
	}
	return merged, nil
}

func (r *Response) fail(e ResponseBrokerError) {
	r.BrokerErrors = append(r.BrokerErrors, e)
	if r.ErrorCode == 0 {
		r.ErrorCode = e.ErrorCode
	}
}
