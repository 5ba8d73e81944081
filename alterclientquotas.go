package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/alterclientquotas"
)

// AlterClientQuotasRequest is what Client.AlterClientQuotas is to change.
type AlterClientQuotasRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Entries are the changes, by what the quotas hold for.
	Entries []AlterClientQuotaEntry

	// ValidateOnly changes nothing, and tells what would come of it.
	ValidateOnly bool
}

// AlterClientQuotaEntry is what quotas hold for, and their changes.
type AlterClientQuotaEntry struct {
	// Entities name, together, what the quotas hold for: a user, a client, a client
	// of a user, or an address.
	Entities []AlterClientQuotaEntity

	// Ops are the changes. Other quotas stay as they are.
	Ops []AlterClientQuotaOps
}

// AlterClientQuotaEntity is part of what quotas hold for.
type AlterClientQuotaEntity struct {
	// EntityType is user, client-id or ip.
	EntityType string

	// EntityName is empty for the default of the type.
	EntityName string
}

// AlterClientQuotaOps sets a quota, or removes it.
type AlterClientQuotaOps struct {
	// Key is the name of the quota, such as producer_byte_rate.
	Key string

	// Value is the quota to set.
	Value float64

	// Remove removes the quota, whatever Value is.
	Remove bool
}

// AlterClientQuotasResponse is what has become of the changes.
type AlterClientQuotasResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Entries are those of the request.
	Entries []AlterClientQuotaResponseQuotas
}

// AlterClientQuotaResponseQuotas is what has become of an entry.
type AlterClientQuotaResponseQuotas struct {
	// Error is why nothing was changed, with the broker's text; errors.Is finds the
	// kafka.Error. It is nil if all was.
	Error error

	// Entities are as in the request.
	Entities []AlterClientQuotaEntity
}

// AlterClientQuotas changes quotas. It needs Kafka 2.6 (KIP-546).
func (c *Client) AlterClientQuotas(ctx context.Context, req *AlterClientQuotasRequest) (*AlterClientQuotasResponse, error) {
	m := &alterclientquotas.Request{
		Entries:      make([]alterclientquotas.Entry, len(req.Entries)),
		ValidateOnly: req.ValidateOnly,
	}
	for i := range req.Entries {
		m.Entries[i] = req.Entries[i].request()
	}
	res, err := call[*alterclientquotas.Response](ctx, c, "AlterClientQuotas", req.Addr, m)
	if err != nil {
		return nil, err
	}
	ret := &AlterClientQuotasResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Entries:  make([]AlterClientQuotaResponseQuotas, len(res.Results)),
	}
	for i, r := range res.Results {
		ret.Entries[i].Error = brokerError(r.ErrorCode, r.ErrorMessage)
		for _, e := range r.Entities {
			ret.Entries[i].Entities = append(ret.Entries[i].Entities, AlterClientQuotaEntity(e))
		}
	}
	return ret, nil
}

func (e *AlterClientQuotaEntry) request() alterclientquotas.Entry {
	req := alterclientquotas.Entry{
		Entities: make([]alterclientquotas.Entity, len(e.Entities)),
		Ops:      make([]alterclientquotas.Ops, len(e.Ops)),
	}
	for i, entity := range e.Entities {
		req.Entities[i] = alterclientquotas.Entity(entity)
	}
	for i, op := range e.Ops {
		req.Ops[i] = alterclientquotas.Ops(op)
	}
	return req
}
