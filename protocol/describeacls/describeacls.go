// Package describeacls has the messages of the DescribeAcls API, which lists the
// ACLs that match a filter (KIP-140).
//
// Version 1 has resource patterns (KIP-290).
package describeacls

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks for ACLs. It says field by field where flexible versions begin:
// the wire has the fields of Filter in the place of a struct, which would end in a
// tagged section of its own.
type Request struct {
	_ struct{} `kafka:"min=v2,max=v3,tag"`

	Filter ACLFilter `kafka:"min=v0,max=v3"`
}

// ACLFilter selects ACLs. All of its parts have to match.
type ACLFilter struct {
	// ResourceTypeFilter is 1 for any, otherwise the type of an ACL.
	ResourceTypeFilter int8 `kafka:"min=v0,max=v3"`

	// ResourceNameFilter is empty for any.
	ResourceNameFilter string `kafka:"min=v0,max=v1,nullable|min=v2,max=v3,nullable,compact"`

	// ResourcePatternTypeFilter is 1 for any, 2 for patterns that cover the name, 3
	// for the name itself, 4 for the prefix itself. Version 0 only has names.
	ResourcePatternTypeFilter int8 `kafka:"min=v1,max=v3,default=3"`

	// PrincipalFilter is empty for any.
	PrincipalFilter string `kafka:"min=v0,max=v1,nullable|min=v2,max=v3,nullable,compact"`

	// HostFilter is empty for any.
	HostFilter string `kafka:"min=v0,max=v1,nullable|min=v2,max=v3,nullable,compact"`

	// Operation is 1 for any.
	Operation int8 `kafka:"min=v0,max=v3"`

	// PermissionType is 1 for any.
	PermissionType int8 `kafka:"min=v0,max=v3"`
}

// ApiKey returns protocol.DescribeAcls.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.DescribeAcls }

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response lists ACLs.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v3,flexible=v2"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v3"`

	// ErrorCode concerns the whole request.
	ErrorCode    int16  `kafka:"min=v0,max=v3"`
	ErrorMessage string `kafka:"min=v0,max=v3,nullable"`

	Resources []Resource `kafka:"min=v0,max=v3"`
}

// Resource is the ACLs of one pattern of resources.
type Resource struct {
	// ResourceType is 2 for topics, 3 for groups, 4 for the cluster, 5 for
	// transactional ids, 6 for delegation tokens, 7 for users.
	ResourceType int8   `kafka:"min=v0,max=v3"`
	ResourceName string `kafka:"min=v0,max=v3"`

	// PatternType is 3 if ResourceName is a name, 4 if it is a prefix of names.
	PatternType int8          `kafka:"min=v1,max=v3,default=3"`
	ACLs        []ResponseACL `kafka:"min=v0,max=v3"`
}

// ResponseACL is an ACL.
type ResponseACL struct {
	// Principal is a type and a name, such as User:alice, or User:* for all.
	Principal string `kafka:"min=v0,max=v3"`

	// Host is an address, or * for all.
	Host string `kafka:"min=v0,max=v3"`

	// Operation is for instance 2 for all, 3 to read, 4 to write.
	Operation int8 `kafka:"min=v0,max=v3"`

	// PermissionType is 2 to deny, 3 to allow.
	PermissionType int8 `kafka:"min=v0,max=v3"`
}

// ApiKey returns protocol.DescribeAcls.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.DescribeAcls }
