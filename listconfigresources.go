package kafka

import (
	"context"
	"net"
	"slices"
	"time"

	"github.com/segmentio/kafka-go/protocol/listconfigresources"
)

// ListConfigResourcesRequest asks for what has a configuration (KIP-1142).
type ListConfigResourcesRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// ResourceTypes are the types to list. None lists all that the broker knows.
	// Brokers before Kafka 4.1 know ResourceTypeClientMetrics alone, and cannot be
	// asked for others.
	ResourceTypes []ResourceType
}

// ListConfigResourcesResponse lists what has a configuration.
type ListConfigResourcesResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Error is for instance ClusterAuthorizationFailed, or UnsupportedVersion for a type
	// that the broker does not know.
	Error error

	Resources []ListConfigResourcesResponseResource
}

// ListConfigResourcesResponseResource is what has a configuration, to be had by
// DescribeConfigs.
type ListConfigResourcesResponseResource struct {
	ResourceType ResourceType
	ResourceName string
}

// ListConfigResources lists what has a configuration. Any broker is asked.
//
// It needs Kafka 3.7, where it was called ListClientMetricsResources.
func (c *Client) ListConfigResources(ctx context.Context, req *ListConfigResourcesRequest) (*ListConfigResourcesResponse, error) {
	res, err := call[*listconfigresources.Response](ctx, c, "ListConfigResources", req.Addr, &listconfigresources.Request{
		ResourceTypes: mapped(req.ResourceTypes, func(t *ResourceType) int8 { return int8(*t) }),
	})
	if err != nil {
		return nil, err
	}
	answer := &ListConfigResourcesResponse{Throttle: throttleDuration(res.ThrottleTimeMs), Error: errorOf(res.ErrorCode)}
	for _, r := range res.ConfigResources {
		resource := ListConfigResourcesResponseResource{ResourceType: ResourceType(r.ResourceType), ResourceName: r.ResourceName}
		if len(req.ResourceTypes) == 0 || slices.Contains(req.ResourceTypes, resource.ResourceType) {
			answer.Resources = append(answer.Resources, resource)
		}
	}
	return answer, nil
}
