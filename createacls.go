package kafka

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/createacls"
)

// CreateACLsRequest is what Client.CreateACLs is to create.
type CreateACLsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// ACLs are the ACLs to create.
	ACLs []ACLEntry
}

// ACLEntry is an ACL: it allows or denies a principal to do something with
// resources.
type ACLEntry struct {
	// ResourceType and ResourceName are what it protects. The cluster is called
	// kafka-cluster. The name "*" stands for all.
	ResourceType ResourceType
	ResourceName string

	// ResourcePatternType is PatternTypeLiteral or PatternTypePrefixed. Zero means
	// PatternTypeLiteral; the other takes Kafka 2.0 (KIP-290).
	ResourcePatternType PatternType

	// Principal is a kind and a name, such as User:alice; User:* stands for all.
	Principal string

	// Host is the address that the principal connects from; * stands for all.
	Host string

	Operation      ACLOperationType
	PermissionType ACLPermissionType
}

// CreateACLsResponse is what has become of the ACLs.
type CreateACLsResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Errors has as many elements as the request has ACLs, in their order: nil if
	// the ACL is there now, else why not, with the broker's text. errors.Is finds
	// the kafka.Error.
	Errors []error
}

// CreateACLs creates ACLs. One that is there already is no error. Brokers may take
// a moment to heed what was created.
func (c *Client) CreateACLs(ctx context.Context, req *CreateACLsRequest) (*CreateACLsResponse, error) {
	m := &createacls.Request{Creations: make([]createacls.RequestACLs, len(req.ACLs))}
	for i := range req.ACLs {
		e := &req.ACLs[i]
		of := fmt.Sprintf("CreateACLsRequest.ACLs[%d]", i)
		if err := checkACL(of, false, e.ResourceType, e.ResourcePatternType, e.Operation, e.PermissionType); err != nil {
			return nil, clientError("CreateACLs", err)
		}
		m.Creations[i] = e.request()
	}
	res, err := call[*createacls.Response](ctx, c, "CreateACLs", req.Addr, m)
	if err != nil {
		return nil, err
	}
	ret := &CreateACLsResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Errors:   make([]error, len(res.Results)),
	}
	for i, r := range res.Results {
		ret.Errors[i] = brokerError(r.ErrorCode, r.ErrorMessage)
	}
	return ret, nil
}

func (e *ACLEntry) request() createacls.RequestACLs {
	return createacls.RequestACLs{
		ResourceType:        int8(e.ResourceType),
		ResourceName:        e.ResourceName,
		ResourcePatternType: patternCode(e.ResourcePatternType),
		Principal:           e.Principal,
		Host:                e.Host,
		Operation:           int8(e.Operation),
		PermissionType:      int8(e.PermissionType),
	}
}
