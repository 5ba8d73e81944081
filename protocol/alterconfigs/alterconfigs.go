// Package alterconfigs has the messages of the AlterConfigs API, which replaces
// the configuration of topics and brokers as a whole (KIP-133). What a request does
// not mention goes back to its default; IncrementalAlterConfigs changes single
// entries.
package alterconfigs

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks to replace configurations. That of a broker has to reach this
// broker, which Split sees to.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v2"`

	Resources []RequestResources `kafka:"min=v0,max=v2"`

	// ValidateOnly changes nothing.
	ValidateOnly bool `kafka:"min=v0,max=v2"`
}

// RequestResources is a resource, and its configuration to be.
type RequestResources struct {
	// ResourceType is 2 for topics, 4 for brokers, 16 for client metrics, 32 for
	// groups.
	ResourceType int8 `kafka:"min=v0,max=v2"`

	// ResourceName is the name of the topic or the id of the broker; empty for all
	// brokers.
	ResourceName string `kafka:"min=v0,max=v2"`

	Configs []RequestConfig `kafka:"min=v0,max=v2"`
}

// RequestConfig is an entry of a configuration.
type RequestConfig struct {
	Name string `kafka:"min=v0,max=v2"`

	// Value is empty to leave the entry at its default.
	Value string `kafka:"min=v0,max=v2,nullable"`
}

// ApiKey returns protocol.AlterConfigs.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.AlterConfigs }

// Broker returns the broker that the resources name, which have to name the same
// one; without one it is the controller, or a broker with ID -1, which stands for
// any, while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.CommonBroker(func(yield func(int32) bool) {
		for i := range r.Resources {
			if !yield(r.Resources[i].broker()) {
				return
			}
		}
	})
}

func (r *RequestResources) broker() int32 {
	return protocol.ConfigBroker(r.ResourceType, r.ResourceName)
}

// Split makes a request for each broker that resources name, and one for the
// other resources.
func (r *Request) Split(cluster protocol.Cluster) ([]protocol.Message, protocol.Merger, error) {
	var parts protocol.Parts[*Request]
	for _, resource := range r.Resources {
		part := parts.For(resource.broker(), r.part)
		part.Resources = append(part.Resources, resource)
	}
	if len(r.Resources) == 0 {
		parts.Add(r)
	}
	return parts.Messages(), new(Response), nil
}

func (r *Request) part() *Request { return &Request{ValidateOnly: r.ValidateOnly} }

// Response tells which configurations were replaced.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v2"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v2"`

	Responses []ResponseResponses `kafka:"min=v0,max=v2"`
}

// ResponseResponses is the outcome for one resource.
type ResponseResponses struct {
	ErrorCode    int16  `kafka:"min=v0,max=v2"`
	ErrorMessage string `kafka:"min=v0,max=v2,nullable"`
	ResourceType int8   `kafka:"min=v0,max=v2"`
	ResourceName string `kafka:"min=v0,max=v2"`

	// Err tells, in a response that Merge made, why the broker could not be asked;
	// ErrorCode then is NETWORK_EXCEPTION. It is nil when a broker answered.
	Err error `kafka:"-"`
}

// ApiKey returns protocol.AlterConfigs.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.AlterConfigs }

// Merge puts the answers of the brokers together, in the order of the requests. A
// broker that could not be asked is an error of its resources; if none could, it is
// an error of the whole. The throttle time is the longest.
func (r *Response) Merge(requests []protocol.Message, results []interface{}) (protocol.Message, error) {
	merged := &Response{}
	err := protocol.MergeResults(requests, results, func(_ *Request, res *Response) {
		merged.ThrottleTimeMs = max(merged.ThrottleTimeMs, res.ThrottleTimeMs)
		merged.Responses = append(merged.Responses, res.Responses...)
	}, func(req *Request, err error) {
		for _, resource := range req.Resources {
			merged.Responses = append(merged.Responses, ResponseResponses{
				ErrorCode: protocol.RouteErrorCode(err), ResourceType: resource.ResourceType, ResourceName: resource.ResourceName, Err: err,
			})
		}
	})
	if err != nil {
		return nil, err
	}
	return merged, nil
}
