package kafka

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/deleteacls"
)

// DeleteACLsRequest is what Client.DeleteACLs is to delete.
type DeleteACLsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Filters select the ACLs to delete: those that match one of them.
	Filters []DeleteACLsFilter
}

// DeleteACLsFilter selects ACLs. All of its fields have to match. Those that are
// numbers have to be set; each has an Any.
type DeleteACLsFilter struct {
	ResourceTypeFilter ResourceType

	// ResourceNameFilter is the name of the resources; empty means any.
	ResourceNameFilter string

	// ResourcePatternTypeFilter says how the name is compared. Zero means
	// PatternTypeLiteral; others take Kafka 2.0 (KIP-290).
	ResourcePatternTypeFilter PatternType

	// PrincipalFilter is the principal, such as User:alice; empty means any.
	PrincipalFilter string

	// HostFilter is the address; empty means any.
	HostFilter string

	Operation      ACLOperationType
	PermissionType ACLPermissionType
}

// DeleteACLsResponse is what was deleted.
type DeleteACLsResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Results are those of the filters of the request, in their order.
	Results []DeleteACLsResult
}

// DeleteACLsResult is what was deleted because of a filter.
type DeleteACLsResult struct {
	// Error is why nothing was deleted, with the broker's text; errors.Is finds the
	// kafka.Error. It is nil if there is none.
	Error error

	// MatchingACLs are the ACLs that matched.
	MatchingACLs []DeleteACLsMatchingACLs
}

// DeleteACLsMatchingACLs is an ACL that matched a filter.
type DeleteACLsMatchingACLs struct {
	// Error is why it was not deleted, with the broker's text; errors.Is finds the
	// kafka.Error. It is nil if it was.
	Error error

	ResourceType        ResourceType
	ResourceName        string
	ResourcePatternType PatternType
	Principal           string
	Host                string
	Operation           ACLOperationType
	PermissionType      ACLPermissionType
}

// DeleteACLs deletes the ACLs that match filters. Brokers may take a moment to no
// longer heed them.
func (c *Client) DeleteACLs(ctx context.Context, req *DeleteACLsRequest) (*DeleteACLsResponse, error) {
	m := &deleteacls.Request{Filters: make([]deleteacls.RequestFilter, len(req.Filters))}
	for i := range req.Filters {
		f := ACLFilter(req.Filters[i])
		of := fmt.Sprintf("DeleteACLsRequest.Filters[%d]", i)
		if err := f.check(of); err != nil {
			return nil, clientError("DeleteACLs", err)
		}
		m.Filters[i] = deleteacls.RequestFilter(f.request())
	}
	res, err := call[*deleteacls.Response](ctx, c, "DeleteACLs", req.Addr, m)
	if err != nil {
		return nil, err
	}
	ret := &DeleteACLsResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Results:  make([]DeleteACLsResult, len(res.FilterResults)),
	}
	for i := range res.FilterResults {
		ret.Results[i] = makeDeleteACLsResult(&res.FilterResults[i])
	}
	return ret, nil
}

func makeDeleteACLsResult(r *deleteacls.FilterResult) DeleteACLsResult {
	result := DeleteACLsResult{
		Error:        brokerError(r.ErrorCode, r.ErrorMessage),
		MatchingACLs: make([]DeleteACLsMatchingACLs, len(r.MatchingACLs)),
	}
	for i, a := range r.MatchingACLs {
		result.MatchingACLs[i] = DeleteACLsMatchingACLs{
			Error:               brokerError(a.ErrorCode, a.ErrorMessage),
			ResourceType:        ResourceType(a.ResourceType),
			ResourceName:        a.ResourceName,
			ResourcePatternType: PatternType(a.ResourcePatternType),
			Principal:           a.Principal,
			Host:                a.Host,
			Operation:           ACLOperationType(a.Operation),
			PermissionType:      ACLPermissionType(a.PermissionType),
		}
	}
	return result
}
