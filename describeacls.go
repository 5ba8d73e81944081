package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/describeacls"
)

// DescribeACLsRequest is what Client.DescribeACLs asks for.
type DescribeACLsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Filter selects ACLs.
	Filter ACLFilter
}

// ACLFilter selects ACLs. All of its fields have to match. Those that are numbers
// have to be set; each has an Any.
type ACLFilter struct {
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

// DescribeACLsResponse is the ACLs that match.
type DescribeACLsResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Error concerns the whole request, with the broker's text; errors.Is finds the
	// kafka.Error. It is nil if there is none.
	Error error

	// Resources are what the ACLs protect. It is empty if none match.
	Resources []ACLResource
}

// ACLResource is a pattern of resources and the ACLs for it.
type ACLResource struct {
	ResourceType ResourceType
	ResourceName string
	PatternType  PatternType
	ACLs         []ACLDescription
}

// ACLDescription is an ACL without what it protects.
type ACLDescription struct {
	// Principal is a kind and a name, such as User:alice; User:* stands for all.
	Principal string

	// Host is the address that the principal connects from; * stands for all.
	Host string

	Operation      ACLOperationType
	PermissionType ACLPermissionType
}

// DescribeACLs lists the ACLs that match a filter.
func (c *Client) DescribeACLs(ctx context.Context, req *DescribeACLsRequest) (*DescribeACLsResponse, error) {
	f := &req.Filter
	if err := f.check("DescribeACLsRequest.Filter"); err != nil {
		return nil, clientError("DescribeACLs", err)
	}
	res, err := call[*describeacls.Response](ctx, c, "DescribeACLs", req.Addr, &describeacls.Request{Filter: f.request()})
	if err != nil {
		return nil, err
	}
	ret := &DescribeACLsResponse{
		Throttle:  throttleDuration(res.ThrottleTimeMs),
		Error:     brokerError(res.ErrorCode, res.ErrorMessage),
		Resources: make([]ACLResource, len(res.Resources)),
	}
	for i := range res.Resources {
		ret.Resources[i] = makeACLResource(&res.Resources[i])
	}
	return ret, nil
}

func (f *ACLFilter) check(of string) error {
	return checkACL(of, true, f.ResourceTypeFilter, f.ResourcePatternTypeFilter, f.Operation, f.PermissionType)
}

func (f *ACLFilter) request() describeacls.ACLFilter {
	return describeacls.ACLFilter{
		ResourceTypeFilter:        int8(f.ResourceTypeFilter),
		ResourceNameFilter:        f.ResourceNameFilter,
		ResourcePatternTypeFilter: patternCode(f.ResourcePatternTypeFilter),
		PrincipalFilter:           f.PrincipalFilter,
		HostFilter:                f.HostFilter,
		Operation:                 int8(f.Operation),
		PermissionType:            int8(f.PermissionType),
	}
}

func makeACLResource(r *describeacls.Resource) ACLResource {
	resource := ACLResource{
		ResourceType: ResourceType(r.ResourceType),
		ResourceName: r.ResourceName,
		PatternType:  PatternType(r.PatternType),
		ACLs:         make([]ACLDescription, len(r.ACLs)),
	}
	for i, a := range r.ACLs {
		resource.ACLs[i] = ACLDescription{
			Principal:      a.Principal,
			Host:           a.Host,
			Operation:      ACLOperationType(a.Operation),
			PermissionType: ACLPermissionType(a.PermissionType),
		}
	}
	return resource
}
