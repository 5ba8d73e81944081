package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/alterconfigs"
)

// AlterConfigsRequest is what Client.AlterConfigs is to set.
type AlterConfigsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Resources are what to set the configurations of.
	Resources []AlterConfigRequestResource

	// ValidateOnly changes nothing, and tells what would come of it.
	ValidateOnly bool
}

// AlterConfigRequestResource is something that has a configuration, and that
// configuration.
type AlterConfigRequestResource struct {
	// ResourceType is for instance ResourceTypeTopic or ResourceTypeBroker.
	ResourceType ResourceType

	// ResourceName is the name of the topic, or the id of the broker in digits. An
	// empty one, of type ResourceTypeBroker, stands for all brokers.
	ResourceName string

	// Configs are all settings that the resource is to have. What it had beside them
	// goes back to its default.
	Configs []AlterConfigRequestConfig
}

// AlterConfigRequestConfig is a setting.
type AlterConfigRequestConfig struct {
	Name  string
	Value string
}

// AlterConfigsResponse is what has become of the resources.
type AlterConfigsResponse struct {
	// Throttle is how long a broker holds requests back because of a quota; the
	// longest, if several were asked.
	Throttle time.Duration

	// Errors has every resource of the request: nil if its configuration was
	// replaced, else why not, with the broker's text. errors.Is finds the
	// kafka.Error.
	Errors map[AlterConfigsResponseResource]error
}

// AlterConfigsResponseResource names a resource of the request.
type AlterConfigsResponseResource struct {
	Type int8
	Name string
}

// AlterConfigs replaces the configurations of topics and brokers as a whole.
// IncrementalAlterConfigs, which changes single settings, is to be preferred where
// brokers have it, from Kafka 2.3 on.
//
// The configuration of a broker is sent to this broker. One that is not in the cluster, or
// cannot be reached, is an error of the resource; if none can be reached,
// that is the error of the call.
func (c *Client) AlterConfigs(ctx context.Context, req *AlterConfigsRequest) (*AlterConfigsResponse, error) {
	m := &alterconfigs.Request{
		Resources:    make([]alterconfigs.RequestResources, len(req.Resources)),
		ValidateOnly: req.ValidateOnly,
	}
	for i := range req.Resources {
		m.Resources[i] = req.Resources[i].request()
	}
	res, err := call[*alterconfigs.Response](ctx, c, "AlterConfigs", req.Addr, m)
	if err != nil {
		return nil, err
	}
	ret := &AlterConfigsResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Errors:   make(map[AlterConfigsResponseResource]error, len(res.Responses)),
	}
	for _, r := range res.Responses {
		key := AlterConfigsResponseResource{Type: r.ResourceType, Name: r.ResourceName}
		ret.Errors[key] = partError(r.ErrorCode, r.ErrorMessage, r.Err)
	}
	return ret, nil
}

func (r *AlterConfigRequestResource) request() alterconfigs.RequestResources {
	req := alterconfigs.RequestResources{
		ResourceType: int8(r.ResourceType),
		ResourceName: r.ResourceName,
		Configs:      make([]alterconfigs.RequestConfig, len(r.Configs)),
	}
	for i, config := range r.Configs {
		req.Configs[i] = alterconfigs.RequestConfig{Name: config.Name, Value: config.Value}
	}
	return req
}
