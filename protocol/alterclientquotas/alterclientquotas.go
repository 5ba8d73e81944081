// Package alterclientquotas has the messages of the AlterClientQuotas API, which
// changes the quotas of users, clients and addresses (KIP-546).
package alterclientquotas

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the controller to change quotas.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v1"`

	Entries []Entry `kafka:"min=v0,max=v1"`

	// ValidateOnly changes nothing.
	ValidateOnly bool `kafka:"min=v0,max=v1"`
}

// Entry is what is to be changed for one entity.
type Entry struct {
	// Entities name, together, what the quotas hold for: a user, a client, or a
	// client of a user.
	Entities []Entity `kafka:"min=v0,max=v1"`
	Ops      []Ops    `kafka:"min=v0,max=v1"`
}

// Entity is a part of what quotas hold for.
type Entity struct {
	// EntityType is user, client-id or ip.
	EntityType string `kafka:"min=v0,max=v1"`

	// EntityName is empty for the default of the type.
	EntityName string `kafka:"min=v0,max=v1,nullable"`
}

// Ops sets a quota, or removes it.
type Ops struct {
	// Key is the name of the quota, for instance producer_byte_rate.
	Key string `kafka:"min=v0,max=v1"`

	// Value is not looked at where Remove is set.
	Value  float64 `kafka:"min=v0,max=v1"`
	Remove bool    `kafka:"min=v0,max=v1"`
}

// ApiKey returns protocol.AlterClientQuotas.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.AlterClientQuotas }

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response tells which quotas were changed.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v1,flexible=v1"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v1"`

	Results []ResponseQuotas `kafka:"min=v0,max=v1"`
}

// ResponseQuotas is the outcome for one entry of the request.
type ResponseQuotas struct {
	ErrorCode    int16    `kafka:"min=v0,max=v1"`
	ErrorMessage string   `kafka:"min=v0,max=v1,nullable"`
	Entities     []Entity `kafka:"min=v0,max=v1"`
}

// ApiKey returns protocol.AlterClientQuotas.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.AlterClientQuotas }
