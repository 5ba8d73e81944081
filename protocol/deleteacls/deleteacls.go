// Package deleteacls has the messages of the DeleteAcls API, which deletes all ACLs
// that match filters (KIP-140).
//
// Version 1 has resource patterns (KIP-290).
package deleteacls

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the controller to delete ACLs.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v3,flexible=v2"`

	Filters []RequestFilter `kafka:"min=v0,max=v3"`
}

// RequestFilter selects ACLs. All of its parts have to match.
type RequestFilter struct {
	// ResourceTypeFilter is 1 for any, otherwise the type of an ACL.
	ResourceTypeFilter int8 `kafka:"min=v0,max=v3"`

	// ResourceNameFilter is empty for any.
	ResourceNameFilter string `kafka:"min=v0,max=v3,nullable"`

	// ResourcePatternTypeFilter is 1 for any, 2 for patterns that cover the name, 3
	// for the name itself, 4 for the prefix itself. Version 0 only has names.
	ResourcePatternTypeFilter int8 `kafka:"min=v1,max=v3,default=3"`

	// PrincipalFilter is empty for any.
	PrincipalFilter string `kafka:"min=v0,max=v3,nullable"`

	// HostFilter is empty for any.
	HostFilter string `kafka:"min=v0,max=v3,nullable"`

	// Operation is 1 for any.
	Operation int8 `kafka:"min=v0,max=v3"`

	// PermissionType is 1 for any.
	PermissionType int8 `kafka:"min=v0,max=v3"`
}

// ApiKey returns protocol.DeleteAcls.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.DeleteAcls }

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response lists what was deleted.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v3,flexible=v2"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v3"`

	// FilterResults are in the order of the request.
	FilterResults []FilterResult `kafka:"min=v0,max=v3"`
}

// FilterResult is the outcome for one filter.
type FilterResult struct {
	ErrorCode    int16         `kafka:"min=v0,max=v3"`
	ErrorMessage string        `kafka:"min=v0,max=v3,nullable"`
	MatchingACLs []MatchingACL `kafka:"min=v0,max=v3"`
}

// MatchingACL is an ACL that matched, and was deleted unless there is an error.
type MatchingACL struct {
	ErrorCode    int16  `kafka:"min=v0,max=v3"`
	ErrorMessage string `kafka:"min=v0,max=v3,nullable"`
	ResourceType int8   `kafka:"min=v0,max=v3"`
	ResourceName string `kafka:"min=v0,max=v3"`

	// ResourcePatternType is 3 if ResourceName is a name, 4 if it is a prefix of
	// names.
	ResourcePatternType int8   `kafka:"min=v1,max=v3,default=3"`
	Principal           string `kafka:"min=v0,max=v3"`
	Host                string `kafka:"min=v0,max=v3"`
	Operation           int8   `kafka:"min=v0,max=v3"`
	PermissionType      int8   `kafka:"min=v0,max=v3"`
}

// ApiKey returns protocol.DeleteAcls.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.DeleteAcls }
