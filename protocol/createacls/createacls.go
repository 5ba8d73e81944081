// Package createacls has the messages of the CreateAcls API, which permits or
// forbids principals to do things (KIP-140).
//
// Version 1 has resource patterns (KIP-290).
package createacls

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the controller to create ACLs.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v3,flexible=v2"`

	Creations []RequestACLs `kafka:"min=v0,max=v3"`
}

// RequestACLs is an ACL to create.
type RequestACLs struct {
	// ResourceType is 2 for topics, 3 for groups, 4 for the cluster, 5 for
	// transactional ids, 6 for delegation tokens, 7 for users.
	ResourceType int8   `kafka:"min=v0,max=v3"`
	ResourceName string `kafka:"min=v0,max=v3"`

	// ResourcePatternType is 3 if ResourceName is a name, 4 if it is a prefix of
	// names. Version 0 only has names.
	ResourcePatternType int8 `kafka:"min=v1,max=v3,default=3"`

	// Principal is a type and a name, such as User:alice, or User:* for all.
	Principal string `kafka:"min=v0,max=v3"`

	// Host is an address, or * for all.
	Host string `kafka:"min=v0,max=v3"`

	// Operation is for instance 2 for all, 3 to read, 4 to write.
	Operation int8 `kafka:"min=v0,max=v3"`

	// PermissionType is 2 to deny, 3 to allow.
	PermissionType int8 `kafka:"min=v0,max=v3"`
}

// ApiKey returns protocol.CreateAcls.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.CreateAcls }

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response tells which ACLs were created.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v3,flexible=v2"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v3"`

	// Results are in the order of the request.
	Results []ResponseACLs `kafka:"min=v0,max=v3"`
}

// ResponseACLs is the outcome for one ACL.
type ResponseACLs struct {
	ErrorCode    int16  `kafka:"min=v0,max=v3"`
	ErrorMessage string `kafka:"min=v0,max=v3,nullable"`
}

// ApiKey returns protocol.CreateAcls.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.CreateAcls }
