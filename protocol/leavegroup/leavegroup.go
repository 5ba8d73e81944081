// Package leavegroup has the messages of the LeaveGroup API, by which members go
// before their session times out.
//
// Since version 3 a request may name several members, and static ones (KIP-345),
// since version 5 the reason (KIP-800).
package leavegroup

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The versions of the request.
const (
	maxVersion   = 5
	firstMembers = 3 // members are in a list, and have instance ids
)

// Request tells the coordinator of a group that members leave it: the one of
// MemberID, or those of Members. Prepare puts a single member where the version
// has it.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v5,flexible=v4"`

	GroupID  string          `kafka:"min=v0,max=v5"`
	MemberID string          `kafka:"min=v0,max=v2"`
	Members  []RequestMember `kafka:"min=v3,max=v5"`
}

// RequestMember is a member that leaves.
type RequestMember struct {
	// MemberID may be empty if GroupInstanceID is not.
	MemberID string `kafka:"min=v3,max=v5"`

	// GroupInstanceID is the name of a static member, empty for others.
	GroupInstanceID string `kafka:"min=v3,max=v5,nullable"`

	// Reason tells whoever reads the broker's log why the member leaves.
	Reason string `kafka:"min=v5,max=v5,nullable,ignorable"`
}

// ApiKey returns protocol.LeaveGroup.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.LeaveGroup }

// Group returns the id of the group, whose coordinator is told.
func (r *Request) Group() string { return r.GroupID }

// Prepare moves a single member to where the version has it: between MemberID,
// which is in versions up to 2, and Members, which is in those from 3 on.
func (r *Request) Prepare(apiVersion int16) {
	switch {
	case apiVersion >= firstMembers && r.MemberID != "" && len(r.Members) == 0:
		r.Members = []RequestMember{{MemberID: r.MemberID}}
		r.MemberID = ""
	case apiVersion < firstMembers && r.MemberID == "" && len(r.Members) == 1:
		r.MemberID = r.Members[0].MemberID
		r.Members = nil
	}
}

// VersionRange keeps requests that only a list of members can carry at version 3
// or above.
func (r *Request) VersionRange() (min, max int16) {
	if len(r.Members) > 1 || len(r.Members) == 1 && r.Members[0].GroupInstanceID != "" {
		return firstMembers, maxVersion
	}
	return 0, maxVersion
}

// Response tells what became of the members. ErrorCode concerns the whole
// request; since version 3 each member has one of its own.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v5,flexible=v4"`

	// ThrottleTimeMS is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMS int32 `kafka:"min=v1,max=v5,ignorable"`

	ErrorCode int16            `kafka:"min=v0,max=v5"`
	Members   []ResponseMember `kafka:"min=v3,max=v5"`
}

// ResponseMember is the outcome for one member.
type ResponseMember struct {
	MemberID        string `kafka:"min=v3,max=v5"`
	GroupInstanceID string `kafka:"min=v3,max=v5,nullable"`
	ErrorCode       int16  `kafka:"min=v3,max=v5"`
}

// ApiKey returns protocol.LeaveGroup.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.LeaveGroup }
