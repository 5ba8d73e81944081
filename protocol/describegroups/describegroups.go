// Package describegroups has the messages of the DescribeGroups API, which tells
// the state and the members of classic consumer groups.
//
// Version 3 can tell authorized operations (KIP-430), version 4 static members
// (KIP-345). Up to version 5 a group that does not exist is in the state Dead, from
// version 6 on it is the error GROUP_ID_NOT_FOUND (KIP-1043).
package describegroups

import (
	"fmt"

	"github.com/segmentio/kafka-go/protocol"
)

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the coordinator of groups about them.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v6,flexible=v5"`

	// Groups are ids. All must have the same coordinator; Split sees to that.
	Groups []string `kafka:"min=v0,max=v6"`

	// IncludeAuthorizedOperations asks for what the client may do with each group.
	IncludeAuthorizedOperations bool `kafka:"min=v3,max=v6"`
}

// ApiKey returns protocol.DescribeGroups.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.DescribeGroups }

// Group returns the first of the groups, whose coordinator is asked, and "" if
// there is none.
func (r *Request) Group() string {
	if len(r.Groups) == 0 {
		return ""
	}
	return r.Groups[0]
}

// Split makes a request for each group, since each has a coordinator of its own.
func (r *Request) Split(cluster protocol.Cluster) ([]protocol.Message, protocol.Merger, error) {
	messages := make([]protocol.Message, len(r.Groups))
	for i := range r.Groups {
		messages[i] = &Request{
			Groups:                      r.Groups[i : i+1 : i+1],
			IncludeAuthorizedOperations: r.IncludeAuthorizedOperations,
		}
	}
	return messages, new(Response), nil
}

// noOperations stands for authorized operations that are not told.
const noOperations = -2147483648

// Response describes groups.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v6,flexible=v5"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v1,max=v6,ignorable"`

	Groups []ResponseGroup `kafka:"min=v0,max=v6"`
}

// ResponseGroup describes a group.
type ResponseGroup struct {
	ErrorCode    int16  `kafka:"min=v0,max=v6"`
	ErrorMessage string `kafka:"min=v6,max=v6,nullable"`
	GroupID      string `kafka:"min=v0,max=v6"`

	// GroupState is one of PreparingRebalance, CompletingRebalance, Stable, Dead and
	// Empty; empty when there is an error.
	GroupState string `kafka:"min=v0,max=v6"`

	// ProtocolType is "consumer" for consumers.
	ProtocolType string `kafka:"min=v0,max=v6"`

	// ProtocolData is the name of the protocol that the group has agreed upon.
	ProtocolData string `kafka:"min=v0,max=v6"`

	Members []ResponseGroupMember `kafka:"min=v0,max=v6"`

	// AuthorizedOperations is a set of bits, one for each ACL operation; the lowest
	// int32 when it was not asked for.
	AuthorizedOperations int32 `kafka:"min=v3,max=v6,default=-2147483648"`

	// Err tells, in a response that Merge made, why the coordinator could not be
	// asked; ErrorCode then is NETWORK_EXCEPTION. It is nil when a broker answered.
	Err error `kafka:"-"`
}

// ResponseGroupMember describes a member.
type ResponseGroupMember struct {
	MemberID string `kafka:"min=v0,max=v6"`

	// GroupInstanceID is the name of a static member, empty for others.
	GroupInstanceID string `kafka:"min=v4,max=v6,nullable,ignorable"`

	ClientID   string `kafka:"min=v0,max=v6"`
	ClientHost string `kafka:"min=v0,max=v6"`

	// MemberMetadata is what the member said when it joined: a
	// consumer.Subscription for consumers.
	MemberMetadata []byte `kafka:"min=v0,max=v6"`

	// MemberAssignment is what the leader gave it: a consumer.Assignment for
	// consumers.
	MemberAssignment []byte `kafka:"min=v0,max=v6"`
}

// ApiKey returns protocol.DescribeGroups.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.DescribeGroups }

// Merge puts the answers of the coordinators together, in the order of the
// requests. A coordinator that could not be asked is an error of its groups; if
// none could, it is an error of the whole. The throttle time is the longest.
func (r *Response) Merge(requests []protocol.Message, results []interface{}) (protocol.Message, error) {
	const networkException = 13
	merged := &Response{}
	var failures []error
	for i, result := range results {
		msg, err := protocol.Result(result)
		if err != nil {
			failures = append(failures, err)
			for _, id := range requests[i].(*Request).Groups {
				merged.Groups = append(merged.Groups, ResponseGroup{
					GroupID: id, ErrorCode: networkException, AuthorizedOperations: noOperations, Err: err,
				})
			}
			continue
		}
		res, ok := msg.(*Response)
		if !ok {
			return nil, fmt.Errorf("merging describe groups responses: %T is none", msg)
		}
		merged.ThrottleTimeMs = max(merged.ThrottleTimeMs, res.ThrottleTimeMs)
		merged.Groups = append(merged.Groups, res.Groups...)
	}
	if len(failures) == len(results) && len(failures) > 0 {
		return nil, failures[0]
	}
	return merged, nil
}
