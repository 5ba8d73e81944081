// Package describesharegroupoffsets has the messages of the
// DescribeShareGroupOffsets API, which tells how far share groups are (KIP-932).
//
// Version 1 tells the lag (KIP-1226).
package describesharegroupoffsets

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the coordinator of groups about their offsets.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v0"`

	// Groups must all have the same coordinator; Split sees to that.
	Groups []RequestGroup `kafka:"min=v0,max=v1"`
}

// RequestGroup is a group to tell of.
type RequestGroup struct {
	GroupID string `kafka:"min=v0,max=v1"`

	// Topics are the topics to tell of, nil for all that the group has offsets of.
	Topics []RequestTopic `kafka:"min=v0,max=v1,nullable"`
}

// RequestTopic is a topic to tell of.
type RequestTopic struct {
	TopicName  string  `kafka:"min=v0,max=v1"`
	Partitions []int32 `kafka:"min=v0,max=v1"`
}

// ApiKey returns protocol.DescribeShareGroupOffsets.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.DescribeShareGroupOffsets }

// Group returns the first of the groups, whose coordinator is asked, and "" if
// there is none.
func (r *Request) Group() string {
	if len(r.Groups) == 0 {
		return ""
	}
	return r.Groups[0].GroupID
}

// Split makes a request for each group, since each has a coordinator of its own.
func (r *Request) Split(cluster protocol.Cluster) ([]protocol.Message, protocol.Merger, error) {
	var parts protocol.Parts[*Request]
	for i := range r.Groups {
		parts.Add(&Request{Groups: r.Groups[i : i+1 : i+1]})
	}
	return parts.Messages(), new(Response), nil
}

// Response has the offsets of groups.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v1"`

	Groups []ResponseGroup `kafka:"min=v0,max=v1"`
}

// ResponseGroup has the offsets of one group.
type ResponseGroup struct {
	GroupID string          `kafka:"min=v0,max=v1"`
	Topics  []ResponseTopic `kafka:"min=v0,max=v1"`

	// ErrorCode is GROUP_ID_NOT_FOUND for a group of another type.
	ErrorCode    int16  `kafka:"min=v0,max=v1"`
	ErrorMessage string `kafka:"min=v0,max=v1,nullable"`

	// Err tells, in a response that Merge made, why the coordinator could not be
	// asked; ErrorCode then is NETWORK_EXCEPTION. It is nil when a broker answered.
	Err error `kafka:"-"`
}

// ResponseTopic has the offsets of one topic.
type ResponseTopic struct {
	TopicName  string              `kafka:"min=v0,max=v1"`
	TopicID    protocol.UUID       `kafka:"min=v0,max=v1"`
	Partitions []ResponsePartition `kafka:"min=v0,max=v1"`
}

// ResponsePartition has the offset of one partition.
type ResponsePartition struct {
	PartitionIndex int32 `kafka:"min=v0,max=v1"`

	// StartOffset is the first offset that the group is not done with, -1 when it has
	// none.
	StartOffset int64 `kafka:"min=v0,max=v1"`

	// LeaderEpoch is that of the record, 0 when not known.
	LeaderEpoch int32 `kafka:"min=v0,max=v1"`

	// Lag is how many records the group is not done with, -1 when not known.
	Lag int64 `kafka:"min=v1,max=v1,default=-1,ignorable"`

	ErrorCode    int16  `kafka:"min=v0,max=v1"`
	ErrorMessage string `kafka:"min=v0,max=v1,nullable"`
}

// ApiKey returns protocol.DescribeShareGroupOffsets.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.DescribeShareGroupOffsets }

// Merge puts the answers of the coordinators together, in the order of the
// requests. A coordinator that could not be asked is an error of its groups; if
// none could, it is an error of the whole. The throttle time is the longest.
func (r *Response) Merge(requests []protocol.Message, results []interface{}) (protocol.Message, error) {
	merged := &Response{}
	err := protocol.MergeResults(requests, results, func(_ *Request, res *Response) {
		merged.ThrottleTimeMs = max(merged.ThrottleTimeMs, res.ThrottleTimeMs)
		merged.Groups = append(merged.Groups, res.Groups...)
	}, func(req *Request, err error) {
		for i := range req.Groups {
			merged.Groups = append(merged.Groups, ResponseGroup{
				GroupID: req.Groups[i].GroupID, ErrorCode: protocol.RouteErrorCode(err), Err: err,
			})
		}
	})
	if err != nil {
		return nil, err
	}
	return merged, nil
}
