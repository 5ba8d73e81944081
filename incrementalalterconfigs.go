package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/incrementalalterconfigs"
)

// ConfigOperation is what to do to a setting.
type ConfigOperation int8

// The operations. Those on lists change the value that is in force.
const (
	ConfigOperationSet      ConfigOperation = 0 // set the value
	ConfigOperationDelete   ConfigOperation = 1 // go back to the default
	ConfigOperationAppend   ConfigOperation = 2 // add to a list
	ConfigOperationSubtract ConfigOperation = 3 // remove from a list
)

// IncrementalAlterConfigsRequest is what Client.IncrementalAlterConfigs is to
// change.
type IncrementalAlterConfigsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Resources are what to change the configurations of.
	Resources []IncrementalAlterConfigsRequestResource

	// ValidateOnly changes nothing, and tells what would come of it.
	ValidateOnly bool
}

// IncrementalAlterConfigsRequestResource is something that has a configuration, and
// what to change about it.
type IncrementalAlterConfigsRequestResource struct {
	// ResourceType is for instance ResourceTypeTopic, ResourceTypeBroker or
	// ResourceTypeBrokerLogger.
	ResourceType ResourceType

	// ResourceName is the name of the topic, or the id of the broker in digits. An
	// empty one, of type ResourceTypeBroker, stands for all brokers.
	ResourceName string

	// Configs are the changes. Other settings stay as they are.
	Configs []IncrementalAlterConfigsRequestConfig
}

// IncrementalAlterConfigsRequestConfig is a change of a setting.
type IncrementalAlterConfigsRequestConfig struct {
	Name string

	// Value is the new value, or what to add or to remove. ConfigOperationDelete
	// needs none.
	Value string

	// ConfigOperation is what to do; the zero value sets Value.
	ConfigOperation ConfigOperation
}

// IncrementalAlterConfigsResponse is what has become of the resources.
type IncrementalAlterConfigsResponse struct {
	// Resources are those of the request. If several brokers were asked, those of
	// one broker follow each other.
	Resources []IncrementalAlterConfigsResponseResource

	// Throttle is how long a broker holds requests back because of a quota; the
	// longest, if several were asked.
	Throttle time.Duration
}

// IncrementalAlterConfigsResponseResource is what has become of a resource.
type IncrementalAlterConfigsResponseResource struct {
	// Error is why nothing was changed, with the broker's text; errors.Is finds the
	// kafka.Error. It is nil if all was.
	Error error

	// ResourceType and ResourceName are as in the request.
	ResourceType ResourceType
	ResourceName string
}

// IncrementalAlterConfigs changes settings of topics, brokers and more, each
// resource's all or none. It needs Kafka 2.3 (KIP-339).
//
// What concerns a broker is sent to this broker. One that is not in the cluster, or
// cannot be reached, is an error of the resource; if none can be reached,
// that is the error of the call.
func (c *Client) IncrementalAlterConfigs(ctx context.Context, req *IncrementalAlterConfigsRequest) (*IncrementalAlterConfigsResponse, error) {
	m := &incrementalalterconfigs.Request{
		Resources:    make([]incrementalalterconfigs.RequestResource, len(req.Resources)),
		ValidateOnly: req.ValidateOnly,
	}
	for i := range req.Resources {
		m.Resources[i] = req.Resources[i].request()
	}
	res, err := call[*incrementalalterconfigs.Response](ctx, c, "IncrementalAlterConfigs", req.Addr, m)
	if err != nil {
		return nil, err
	}
	ret := &IncrementalAlterConfigsResponse{
		Resources: make([]IncrementalAlterConfigsResponseResource, len(res.Responses)),
		Throttle:  throttleDuration(res.ThrottleTimeMs),
	}
	for i, r := range res.Responses {
		ret.Resources[i] = IncrementalAlterConfigsResponseResource{
			Error:        partError(r.ErrorCode, r.ErrorMessage, r.Err),
			ResourceType: ResourceType(r.ResourceType),
			ResourceName: r.ResourceName,
		}
	}
	return ret, nil
}

func (r *IncrementalAlterConfigsRequestResource) request() incrementalalterconfigs.RequestResource {
	req := incrementalalterconfigs.RequestResource{
		ResourceType: int8(r.ResourceType),
		ResourceName: r.ResourceName,
		Configs:      make([]incrementalalterconfigs.RequestConfig, len(r.Configs)),
	}
	for i, config := range r.Configs {
		req.Configs[i] = incrementalalterconfigs.RequestConfig{
			Name: config.Name, ConfigOperation: int8(config.ConfigOperation), Value: config.Value,
		}
	}
	return req
}
