// Package listconfigresources has the messages of the ListConfigResources API,
// which lists what has a configuration. Version 0 was called
// ListClientMetricsResources, and lists nothing else (KIP-714).
//
// Version 1 lists other types, too (KIP-1142).
package listconfigresources

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The types of resources, as in other APIs of configurations.
const (
	Topic         int8 = 2
	Broker        int8 = 4
	BrokerLogger  int8 = 8
	ClientMetrics int8 = 16
	Group         int8 = 32
)

// The versions at which requests change shape.
const (
	maxVersion = 1
	firstTypes = 1
)

// Request asks any broker for resources.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v0"`

	// ResourceTypes are the types to list. None lists all that the broker knows, which
	// before version 1 is ClientMetrics alone. They are cleared for a broker that need
	// not be told.
	ResourceTypes []int8 `kafka:"min=v1,max=v1"`
}

// ApiKey returns protocol.ListConfigResources.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.ListConfigResources }

// VersionRange sees to it that the version can select types if the request has
// others than ClientMetrics.
func (r *Request) VersionRange() (min, max int16) {
	for _, t := range r.ResourceTypes {
		if t != ClientMetrics {
			return firstTypes, maxVersion
		}
	}
	return 0, maxVersion
}

// Prepare leaves the types out of versions that list ClientMetrics in any case.
func (r *Request) Prepare(apiVersion int16) {
	if apiVersion < firstTypes {
		r.ResourceTypes = nil
	}
}

// Response lists resources.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v1"`

	// ErrorCode concerns the whole request.
	ErrorCode       int16              `kafka:"min=v0,max=v1"`
	ConfigResources []ResponseResource `kafka:"min=v0,max=v1"`
}

// ResponseResource is what has a configuration.
type ResponseResource struct {
	ResourceName string `kafka:"min=v0,max=v1"`

	// ResourceType is one of the constants above.
	ResourceType int8 `kafka:"min=v1,max=v1,default=16,ignorable"`
}

// ApiKey returns protocol.ListConfigResources.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.ListConfigResources }
