package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/describeconfigs"
)

// DescribeConfigsRequest is what Client.DescribeConfigs asks for.
type DescribeConfigsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Resources are what to describe the configurations of.
	Resources []DescribeConfigRequestResource

	// IncludeSynonyms asks for ConfigSynonyms. It needs Kafka 1.1 (KIP-226).
	IncludeSynonyms bool

	// IncludeDocumentation asks for ConfigDocumentation. It needs Kafka 2.6
	// (KIP-569).
	IncludeDocumentation bool
}

// DescribeConfigRequestResource is something that has a configuration.
type DescribeConfigRequestResource struct {
	// ResourceType is for instance ResourceTypeTopic or ResourceTypeBroker.
	ResourceType ResourceType

	// ResourceName is the name of the topic, or the id of the broker in digits. An
	// empty one, of type ResourceTypeBroker, stands for what is set for all brokers.
	ResourceName string

	// ConfigNames are the settings to tell; nil means all.
	ConfigNames []string
}

// DescribeConfigsResponse is what Client.DescribeConfigs found.
type DescribeConfigsResponse struct {
	// Throttle is how long a broker holds requests back because of a quota; the
	// longest, if several were asked.
	Throttle time.Duration

	// Resources are those of the request. If several brokers were asked, those of
	// one broker follow each other.
	Resources []DescribeConfigResponseResource
}

// DescribeConfigResponseResource is the configuration of a resource.
type DescribeConfigResponseResource struct {
	// ResourceType and ResourceName are as in the request.
	ResourceType int8
	ResourceName string

	// Error is why there is no configuration, with the broker's text; errors.Is
	// finds the kafka.Error. It is nil if there is one.
	Error error

	// ConfigEntries are the settings.
	ConfigEntries []DescribeConfigResponseConfigEntry
}

// DescribeConfigResponseConfigEntry is a setting.
type DescribeConfigResponseConfigEntry struct {
	ConfigName string

	// ConfigValue is empty where IsSensitive is set, or nothing is.
	ConfigValue string

	// ReadOnly tells that the setting cannot be changed while the broker runs.
	ReadOnly bool

	// IsDefault tells that nobody has set it.
	IsDefault bool

	// ConfigSource is where the value comes from: 1 the topic, 2 the broker, 3 what
	// is set for all brokers, 4 the broker's file, 5 Kafka's default, 6 the broker's
	// loggers, 7 client metrics, 8 the group; 0 when not told, before Kafka 1.1.
	ConfigSource int8

	// IsSensitive tells that the broker does not tell the value, such as a password.
	IsSensitive bool

	// ConfigSynonyms are all places that the value may come from. The first wins.
	ConfigSynonyms []DescribeConfigResponseConfigSynonym

	// ConfigType is 1 for a bool, 2 for a string, 3 for an int, 4 for a short, 5 for
	// a long, 6 for a double, 7 for a list, 8 for a class, 9 for a password; 0 when
	// not told, before Kafka 2.6.
	ConfigType int8

	// ConfigDocumentation says in HTML what the setting is for.
	ConfigDocumentation string
}

// DescribeConfigResponseConfigSynonym is a place that a value may come from.
type DescribeConfigResponseConfigSynonym struct {
	// ConfigName is what the setting is called there.
	ConfigName string

	// ConfigValue is empty for what is sensitive.
	ConfigValue string

	// ConfigSource is as in DescribeConfigResponseConfigEntry.
	ConfigSource int8
}

// DescribeConfigs tells the configurations of topics, brokers and more. That of a
// broker is asked of this broker, the others of any. A broker that is not in the
// cluster, or cannot be reached, is an Error of its resource; if none can be reached,
// that is the error of the call.
func (c *Client) DescribeConfigs(ctx context.Context, req *DescribeConfigsRequest) (*DescribeConfigsResponse, error) {
	m := &describeconfigs.Request{
		Resources:            make([]describeconfigs.RequestResource, len(req.Resources)),
		IncludeSynonyms:      req.IncludeSynonyms,
		IncludeDocumentation: req.IncludeDocumentation,
	}
	for i, r := range req.Resources {
		m.Resources[i] = describeconfigs.RequestResource{
			ResourceType: int8(r.ResourceType), ResourceName: r.ResourceName, ConfigNames: r.ConfigNames,
		}
	}
	res, err := call[*describeconfigs.Response](ctx, c, "DescribeConfigs", req.Addr, m)
	if err != nil {
		return nil, err
	}
	ret := &DescribeConfigsResponse{
		Throttle:  throttleDuration(res.ThrottleTimeMs),
		Resources: make([]DescribeConfigResponseResource, len(res.Resources)),
	}
	for i := range res.Resources {
		ret.Resources[i] = makeConfig(&res.Resources[i])
	}
	return ret, nil
}

func makeConfig(r *describeconfigs.ResponseResource) DescribeConfigResponseResource {
	config := DescribeConfigResponseResource{
		ResourceType:  r.ResourceType,
		ResourceName:  r.ResourceName,
		Error:         partError(r.ErrorCode, r.ErrorMessage, r.Err),
		ConfigEntries: make([]DescribeConfigResponseConfigEntry, len(r.ConfigEntries)),
	}
	for i := range r.ConfigEntries {
		config.ConfigEntries[i] = makeConfigEntry(&r.ConfigEntries[i])
	}
	return config
}

func makeConfigEntry(e *describeconfigs.ResponseConfigEntry) DescribeConfigResponseConfigEntry {
	const defaultConfig = 5
	entry := DescribeConfigResponseConfigEntry{
		ConfigName:          e.ConfigName,
		ConfigValue:         e.ConfigValue,
		ReadOnly:            e.ReadOnly,
		IsDefault:           e.IsDefault || e.ConfigSource == defaultConfig,
		ConfigSource:        max(0, e.ConfigSource),
		IsSensitive:         e.IsSensitive,
		ConfigType:          e.ConfigType,
		ConfigDocumentation: e.ConfigDocumentation,
	}
	for _, s := range e.ConfigSynonyms {
		entry.ConfigSynonyms = append(entry.ConfigSynonyms, DescribeConfigResponseConfigSynonym{
			ConfigName: s.ConfigName, ConfigValue: s.ConfigValue, ConfigSource: s.ConfigSource,
		})
	}
	return entry
}
