// Package sharegroupdescribe has the messages of the ShareGroupDescribe API, which
// tells the state and the members of share groups (KIP-932).
//
// Version 0 is not here: only a preview of share groups had it.
package sharegroupdescribe

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the coordinator of groups about them.
type Request struct {
	_ struct{} `kafka:"min=v1,max=v1,flexible=v1"`

	// GroupIDs must all have the same coordinator; Split sees to that.
	GroupIDs []string `kafka:"min=v1,max=v1"`

	// IncludeAuthorizedOperations asks for what the client may do with each group.
	IncludeAuthorizedOperations bool `kafka:"min=v1,max=v1"`
}

// ApiKey returns protocol.ShareGroupDescribe.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.ShareGroupDescribe }

// Group returns the first of the groups, whose coordinator is asked, and "" if
// there is none.
func (r *Request) Group() string {
	if len(r.GroupIDs) == 0 {
		return ""
	}
	return r.GroupIDs[0]
}

// Split makes a request for each group, since each has a coordinator of its own.
func (r *Request) Split(cluster protocol.Cluster) ([]protocol.Message, protocol.Merger, error) {
	var parts protocol.Parts[*Request]
	for i := range r.GroupIDs {
		part := *r
		part.GroupIDs = r.GroupIDs[i : i+1 : i+1]
		parts.Add(&part)
	}
	return parts.Messages(), new(Response), nil
}

// noOperations stands for authorized operations that are not told.
const noOperations = -2147483648

// Response describes groups.
type Response struct {
	_ struct{} `kafka:"min=v1,max=v1,flexible=v1"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v1,max=v1"`

	Groups []ResponseGroup `kafka:"min=v1,max=v1"`
}

// ResponseGroup describes a group.
type ResponseGroup struct {
	// ErrorCode is GROUP_ID_NOT_FOUND for a group of another type.
	ErrorCode    int16  `kafka:"min=v1,max=v1"`
	ErrorMessage string `kafka:"min=v1,max=v1,nullable"`
	GroupID      string `kafka:"min=v1,max=v1"`

	// GroupState is one of Empty, Stable and Dead; empty when there is an error.
	GroupState string `kafka:"min=v1,max=v1"`

	// GroupEpoch is that of what the members have subscribed to, AssignmentEpoch that
	// of the assignment made of it.
	GroupEpoch      int32 `kafka:"min=v1,max=v1"`
	AssignmentEpoch int32 `kafka:"min=v1,max=v1"`

	// AssignorName is who makes assignments, for instance simple.
	AssignorName string           `kafka:"min=v1,max=v1"`
	Members      []ResponseMember `kafka:"min=v1,max=v1"`

	// AuthorizedOperations is a set of bits, one for each ACL operation; the lowest
	// int32 when it was not asked for.
	AuthorizedOperations int32 `kafka:"min=v1,max=v1,default=-2147483648"`

	// Err tells, in a response that Merge made, why the coordinator could not be
	// asked; ErrorCode then is NETWORK_EXCEPTION. It is nil when a broker answered.
	Err error `kafka:"-"`
}

// ResponseMember describes a member.
type ResponseMember struct {
	MemberID             string             `kafka:"min=v1,max=v1"`
	RackID               string             `kafka:"min=v1,max=v1,nullable"`
	MemberEpoch          int32              `kafka:"min=v1,max=v1"`
	ClientID             string             `kafka:"min=v1,max=v1"`
	ClientHost           string             `kafka:"min=v1,max=v1"`
	SubscribedTopicNames []string           `kafka:"min=v1,max=v1"`
	Assignment           ResponseAssignment `kafka:"min=v1,max=v1"`
}

// ResponseAssignment is what is assigned to a member.
type ResponseAssignment struct {
	TopicPartitions []ResponseTopicPartitions `kafka:"min=v1,max=v1"`
}

// ResponseTopicPartitions is partitions of a topic.
type ResponseTopicPartitions struct {
	TopicID    protocol.UUID `kafka:"min=v1,max=v1"`
	TopicName  string        `kafka:"min=v1,max=v1"`
	Partitions []int32       `kafka:"min=v1,max=v1"`
}

// ApiKey returns protocol.ShareGroupDescribe.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.ShareGroupDescribe }

// Merge puts the answers of the coordinators together, in the order of the
// requests. A coordinator that could not be asked is an error of its groups; if
// none could, it is an error of the whole. The throttle time is the longest.
func (r *Response) Merge(requests []protocol.Message, results []interface{}) (protocol.Message, error) {
	merged := &Response{}
	err := protocol.MergeResults(requests, results, func(_ *Request, res *Response) {
		merged.ThrottleTimeMs = max(merged.ThrottleTimeMs, res.ThrottleTimeMs)
		merged.Groups = append(merged.Groups, res.Groups...)
	}, func(req *Request, err error) {
		for _, id := range req.GroupIDs {
			merged.Groups = append(merged.Groups, ResponseGroup{
				GroupID: id, ErrorCode: protocol.RouteErrorCode(err), AuthorizedOperations: noOperations, Err: err,
			})
		}
	})
	if err != nil {
		return nil, err
	}
	return merged, nil
}
