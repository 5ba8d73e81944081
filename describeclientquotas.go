package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/describeclientquotas"
)

// DescribeClientQuotasRequest is what Client.DescribeClientQuotas asks for.
type DescribeClientQuotasRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Components select quotas by what they hold for. All have to match; none
	// selects all quotas.
	Components []DescribeClientQuotasRequestComponent

	// Strict leaves out quotas that hold for something narrower: whose entities are
	// of a type, too, that no component names.
	Strict bool
}

// DescribeClientQuotasRequestComponent selects quotas by one of their entities.
type DescribeClientQuotasRequestComponent struct {
	// EntityType is user, client-id or ip.
	EntityType string

	// MatchType is 0 for the entity that Match names, 1 for the default of the type,
	// 2 for any that has a name.
	MatchType int8

	// Match is the name; empty where MatchType is not 0.
	Match string
}

// DescribeClientQuotasResponse is the quotas that match.
type DescribeClientQuotasResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Error concerns the whole request, with the broker's text; errors.Is finds the
	// kafka.Error. It is nil if there is none.
	Error error

	// Entries are the quotas, by what they hold for.
	Entries []DescribeClientQuotasResponseQuotas
}

// DescribeClientQuotasEntity is part of what quotas hold for.
type DescribeClientQuotasEntity struct {
	// EntityType is user, client-id or ip.
	EntityType string

	// EntityName is empty for the default of the type.
	EntityName string
}

// DescribeClientQuotasValue is a quota.
type DescribeClientQuotasValue struct {
	// Key is its name, such as producer_byte_rate.
	Key   string
	Value float64
}

// DescribeClientQuotasResponseQuotas are the quotas that hold for a user, a client,
// a client of a user, or an address.
type DescribeClientQuotasResponseQuotas struct {
	// Entities name, together, what the quotas hold for.
	Entities []DescribeClientQuotasEntity
	Values   []DescribeClientQuotasValue
}

// DescribeClientQuotas lists quotas. It needs Kafka 2.6 (KIP-546).
func (c *Client) DescribeClientQuotas(ctx context.Context, req *DescribeClientQuotasRequest) (*DescribeClientQuotasResponse, error) {
	m := &describeclientquotas.Request{
		Components: make([]describeclientquotas.Component, len(req.Components)),
		Strict:     req.Strict,
	}
	for i, component := range req.Components {
		m.Components[i] = describeclientquotas.Component(component)
	}
	res, err := call[*describeclientquotas.Response](ctx, c, "DescribeClientQuotas", req.Addr, m)
	if err != nil {
		return nil, err
	}
	ret := &DescribeClientQuotasResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Error:    brokerError(res.ErrorCode, res.ErrorMessage),
		Entries:  make([]DescribeClientQuotasResponseQuotas, len(res.Entries)),
	}
	for i := range res.Entries {
		ret.Entries[i] = makeQuotas(&res.Entries[i])
	}
	return ret, nil
}

func makeQuotas(q *describeclientquotas.ResponseQuotas) DescribeClientQuotasResponseQuotas {
	quotas := DescribeClientQuotasResponseQuotas{
		Entities: make([]DescribeClientQuotasEntity, len(q.Entities)),
		Values:   make([]DescribeClientQuotasValue, len(q.Values)),
	}
	for i, e := range q.Entities {
		quotas.Entities[i] = DescribeClientQuotasEntity{EntityType: e.EntityType, EntityName: e.EntityName}
	}
	for i, v := range q.Values {
		quotas.Values[i] = DescribeClientQuotasValue{Key: v.Key, Value: v.Value}
	}
	return quotas
}
