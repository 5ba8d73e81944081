// Package describeconfigs has the messages of the DescribeConfigs API, which tells
// the configuration of topics and brokers (KIP-133).
//
// Version 1 tells where values come from (KIP-226), version 3 their types and what
// they are for (KIP-569).
package describeconfigs

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks for configurations. That of a broker has to be asked of this broker,
// which Split sees to.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v4,flexible=v4"`

	Resources []RequestResource `kafka:"min=v0,max=v4"`

	// IncludeSynonyms asks for all places that the value may come from.
	IncludeSynonyms bool `kafka:"min=v1,max=v4"`

	// IncludeDocumentation asks what entries are for.
	IncludeDocumentation bool `kafka:"min=v3,max=v4"`
}

// RequestResource is what has a configuration.
type RequestResource struct {
	// ResourceType is 2 for topics, 4 for brokers, 8 for the loggers of a broker, 16
	// for client metrics, 32 for groups.
	ResourceType int8 `kafka:"min=v0,max=v4"`

	// ResourceName is the name of the topic or the id of the broker; empty for what
	// holds for all brokers.
	ResourceName string `kafka:"min=v0,max=v4"`

	// ConfigNames are the entries to tell, nil for all.
	ConfigNames []string `kafka:"min=v0,max=v4,nullable"`
}

// ApiKey returns protocol.DescribeConfigs.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.DescribeConfigs }

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

func (r *Request) part() *Request {
	return &Request{IncludeSynonyms: r.IncludeSynonyms, IncludeDocumentation: r.IncludeDocumentation}
}

// Response tells configurations.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v4,flexible=v4"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v4"`

	Resources []ResponseResource `kafka:"min=v0,max=v4"`
}

// ResponseResource is the configuration of one resource.
type ResponseResource struct {
	ErrorCode     int16                 `kafka:"min=v0,max=v4"`
	ErrorMessage  string                `kafka:"min=v0,max=v4,nullable"`
	ResourceType  int8                  `kafka:"min=v0,max=v4"`
	ResourceName  string                `kafka:"min=v0,max=v4"`
	ConfigEntries []ResponseConfigEntry `kafka:"min=v0,max=v4"`

	// Err tells, in a response that Merge made, why the broker could not be asked;
	// ErrorCode then is NETWORK_EXCEPTION. It is nil when a broker answered.
	Err error `kafka:"-"`
}

// ResponseConfigEntry is an entry of a configuration.
type ResponseConfigEntry struct {
	ConfigName string `kafka:"min=v0,max=v4"`

	// ConfigValue is empty where IsSensitive is set.
	ConfigValue string `kafka:"min=v0,max=v4,nullable"`
	ReadOnly    bool   `kafka:"min=v0,max=v4"`

	// IsDefault is in version 0; later ones have ConfigSource.
	IsDefault bool `kafka:"min=v0,max=v0"`

	// ConfigSource is where the value comes from: 1 the topic, 2 the broker, 3 what
	// holds for all brokers, 4 the file of the broker, 5 the default of Kafka, 6 the
	// loggers of the broker, 7 client metrics, 8 the group; -1 when not told.
	ConfigSource int8 `kafka:"min=v1,max=v4,default=-1,ignorable"`

	// IsSensitive tells that the value is kept back.
	IsSensitive    bool                    `kafka:"min=v0,max=v4"`
	ConfigSynonyms []ResponseConfigSynonym `kafka:"min=v1,max=v4,ignorable"`

	// ConfigType is 1 for bool, 2 for string, 3 for int, 4 for short, 5 for long, 6
	// for double, 7 for a list, 8 for a class, 9 for a password; 0 when not told.
	ConfigType          int8   `kafka:"min=v3,max=v4,ignorable"`
	ConfigDocumentation string `kafka:"min=v3,max=v4,nullable,ignorable"`
}

// ResponseConfigSynonym is a place that a value may come from. Those before win.
type ResponseConfigSynonym struct {
	ConfigName   string `kafka:"min=v1,max=v4"`
	ConfigValue  string `kafka:"min=v1,max=v4,nullable"`
	ConfigSource int8   `kafka:"min=v1,max=v4"`
}

// ApiKey returns protocol.DescribeConfigs.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.DescribeConfigs }

// Merge puts the answers of the brokers together, in the order of the requests. A
// broker that could not be asked is an error of its resources; if none could, it is
// an error of the whole. The throttle time is the longest.
func (r *Response) Merge(requests []protocol.Message, results []interface{}) (protocol.Message, error) {
	merged := &Response{}
	err := protocol.MergeResults(requests, results, func(_ *Request, res *Response) {
		merged.ThrottleTimeMs = max(merged.ThrottleTimeMs, res.ThrottleTimeMs)
		merged.Resources = append(merged.Resources, res.Resources...)
	}, func(req *Request, err error) {
		for _, resource := range req.Resources {
			merged.Resources = append(merged.Resources, ResponseResource{
				ErrorCode: protocol.RouteErrorCode(err), ResourceType: resource.ResourceType, ResourceName: resource.ResourceName, Err: err,
			})
		}
	})
	if err != nil {
		return nil, err
	}
	return merged, nil
}
