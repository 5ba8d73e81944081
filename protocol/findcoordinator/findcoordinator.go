// Package findcoordinator has the messages of the FindCoordinator API, which
// tells the broker in charge of a consumer group or a transaction.
//
// Version 1 finds the coordinators of transactions (KIP-98), version 4 several
// coordinators at once (KIP-699), version 6 those of share groups (KIP-932).
package findcoordinator

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// What a key is the id of.
const (
	KeyTypeGroup       int8 = 0
	KeyTypeTransaction int8 = 1
	KeyTypeShare       int8 = 2 // groupId:topicId:partition
)

// The versions at which requests change shape or meaning.
const (
	maxVersion   = 6
	firstKeyType = 1
	firstKeys    = 4 // any number of keys
	firstShare   = 6 // share groups have coordinators
)

// Request asks any broker for coordinators: for that of Key, or for those of
// CoordinatorKeys.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v6,flexible=v3"`

	// Key is a group id or a transactional id. It is in versions up to 3.
	Key string `kafka:"min=v0,max=v3"`

	// KeyType is one of the constants above.
	KeyType int8 `kafka:"min=v1,max=v6"`

	// CoordinatorKeys are several keys, see Keys. They are in versions from 4 on.
	// It is a pointer so that the struct remains comparable.
	CoordinatorKeys *[]string `kafka:"min=v4,max=v6"`
}

// Keys returns a value for Request.CoordinatorKeys.
func Keys(keys ...string) *[]string { return &keys }

// ApiKey returns protocol.FindCoordinator.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.FindCoordinator }

// VersionRange keeps a single Key at version 3 or below and CoordinatorKeys at
// version 4 or above, and sees to it that the version knows the type of key.
func (r *Request) VersionRange() (min, max int16) {
	min, max = 0, firstKeys-1
	if r.CoordinatorKeys != nil {
		min, max = firstKeys, maxVersion
	}
	switch {
	case r.KeyType == KeyTypeShare:
		min = firstShare
	case r.KeyType != KeyTypeGroup && min < firstKeyType:
		min = firstKeyType
	}
	return min, max
}

// Response has the coordinator, in the fields of the struct itself up to version
// 3, in Coordinators from version 4 on. All tells them alike.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v6,flexible=v3"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v1,max=v6,ignorable"`

	ErrorCode    int16  `kafka:"min=v0,max=v3"`
	ErrorMessage string `kafka:"min=v1,max=v3,nullable,ignorable"`

	// NodeID, Host and Port are those of the coordinator; -1, "" and -1 when there
	// is an error.
	NodeID int32  `kafka:"min=v0,max=v3"`
	Host   string `kafka:"min=v0,max=v3"`
	Port   int32  `kafka:"min=v0,max=v3"`

	// Coordinators are those of CoordinatorKeys. It is a pointer so that the struct
	// remains comparable.
	Coordinators *[]ResponseCoordinator `kafka:"min=v4,max=v6"`
}

// ResponseCoordinator is the coordinator of one key.
type ResponseCoordinator struct {
	Key          string `kafka:"min=v4,max=v6"`
	NodeID       int32  `kafka:"min=v4,max=v6"`
	Host         string `kafka:"min=v4,max=v6"`
	Port         int32  `kafka:"min=v4,max=v6"`
	ErrorCode    int16  `kafka:"min=v4,max=v6"`
	ErrorMessage string `kafka:"min=v4,max=v6,nullable,ignorable"`
}

// ApiKey returns protocol.FindCoordinator.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.FindCoordinator }

// All returns the coordinators, whichever the shape of the response. The Key of
// the one that answers a single key is empty. The slice is that of the response
// where it has one.
func (r *Response) All() []ResponseCoordinator {
	if r.Coordinators != nil {
		return *r.Coordinators
	}
	return []ResponseCoordinator{{
		NodeID: r.NodeID, Host: r.Host, Port: r.Port, ErrorCode: r.ErrorCode, ErrorMessage: r.ErrorMessage,
	}}
}
