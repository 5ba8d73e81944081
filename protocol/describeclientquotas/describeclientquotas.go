// Package describeclientquotas has the messages of the DescribeClientQuotas API,
// which lists the quotas of users, clients and addresses (KIP-546).
package describeclientquotas

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks for quotas.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v1"`

	// Components select entities; all of them have to match. None selects all.
	Components []Component `kafka:"min=v0,max=v1"`

	// Strict leaves out entities that have parts of a type that no component names.
	Strict bool `kafka:"min=v0,max=v1"`
}

// Component selects entities by one of their parts.
type Component struct {
	// EntityType is user, client-id or ip.
	EntityType string `kafka:"min=v0,max=v1"`

	// MatchType is 0 for the name in Match, 1 for the default of the type, 2 for any
	// name.
	MatchType int8 `kafka:"min=v0,max=v1"`

	// Match is empty where MatchType does not need it.
	Match string `kafka:"min=v0,max=v1,nullable"`
}

// ApiKey returns protocol.DescribeClientQuotas.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.DescribeClientQuotas }

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response lists quotas.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v1"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v1"`

	// ErrorCode concerns the whole request; Entries is nil then.
	ErrorCode    int16  `kafka:"min=v0,max=v1"`
	ErrorMessage string `kafka:"min=v0,max=v1,nullable"`

	Entries []ResponseQuotas `kafka:"min=v0,max=v1,nullable"`
}

// ResponseQuotas are the quotas of one entity.
type ResponseQuotas struct {
	// Entities name, together, what the quotas hold for.
	Entities []Entity `kafka:"min=v0,max=v1"`
	Values   []Value  `kafka:"min=v0,max=v1"`
}

// Entity is a part of what quotas hold for.
type Entity struct {
	// EntityType is user, client-id or ip.
	EntityType string `kafka:"min=v0,max=v1"`

	// EntityName is empty for the default of the type.
	EntityName string `kafka:"min=v0,max=v1,nullable"`
}

// Value is a quota.
type Value struct {
	// Key is the name of the quota, for instance producer_byte_rate.
	Key   string  `kafka:"min=v0,max=v1"`
	Value float64 `kafka:"min=v0,max=v1"`
}

// ApiKey returns protocol.DescribeClientQuotas.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.DescribeClientQuotas }
