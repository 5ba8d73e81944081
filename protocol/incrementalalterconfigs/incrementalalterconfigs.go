// Package incrementalalterconfigs has the messages of the IncrementalAlterConfigs
// API, which changes single entries of the configuration of topics and brokers
// (KIP-339).
package incrementalalterconfigs

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks to change configurations. That of a broker has to reach this
// broker, which Split sees to.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v1"`

	Resources []RequestResource `kafka:"min=v0,max=v1"`

	// ValidateOnly changes nothing.
	ValidateOnly bool `kafka:"min=v0,max=v1"`
}

// RequestResource is a resource, and what is to change.
type RequestResource struct {
	// ResourceType is 2 for topics, 4 for brokers, 8 for the loggers of a broker, 16
	// for client metrics, 32 for groups.
	ResourceType int8 `kafka:"min=v0,max=v1"`

	// ResourceName is the name of the topic or the id of the broker; empty for what
	// holds for all brokers.
	ResourceName string `kafka:"min=v0,max=v1"`

	Configs []RequestConfig `kafka:"min=v0,max=v1"`
}

// RequestConfig changes an entry of a configuration.
type RequestConfig struct {
	Name string `kafka:"min=v0,max=v1"`

	// ConfigOperation is 0 to set the value, 1 to go back to the default, 2 to append
	// to a list, 3 to remove from a list.
	ConfigOperation int8   `kafka:"min=v0,max=v1"`
	Value           string `kafka:"min=v0,max=v1,nullable"`
}

// ApiKey returns protocol.IncrementalAlterConfigs.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.IncrementalAlterConfigs }

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

func (r *RequestResource) broker() int32 {
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

// Response tells which configurations were changed.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v1"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v1"`

	Responses []ResponseAlterResponse `kafka:"min=v0,max=v1"`
}

// ResponseAlterResponse is the outcome for one resource.
type ResponseAlterResponse struct {
	ErrorCode    int16  `kafka:"min=v0,max=v1"`
	ErrorMessage string `kafka:"min=v0,max=v1,nullable"`
	ResourceType int8   `kafka:"min=v0,max=v1"`
	ResourceName string `kafka:"min=v0,max=v1"`

	// Err tells, in a response that Merge made, why the broker could not be asked;
	// ErrorCode then is NETWORK_EXCEPTION. It is nil when a broker answered.
	Err error `kafka:"-"`
}

// ApiKey returns protocol.IncrementalAlterConfigs.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.IncrementalAlterConfigs }

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
			merged.Responses = append(merged.Responses, ResponseAlterResponse{
				ErrorCode: protocol.RouteErrorCode(err), ResourceType: resource.ResourceType, ResourceName: resource.ResourceName, Err: err,
			})
		}
	})
	if err != nil {
		return nil, err
	}
	return merged, nil
}
