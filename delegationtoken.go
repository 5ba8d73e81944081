package kafka

import (
	"fmt"
	"strings"
	"time"
)

// DelegationToken lets programs authenticate in the name of a principal, by SCRAM,
// for a while (KIP-48).
type DelegationToken struct {
	// TokenID is the user name to authenticate with.
	TokenID string

	// HMAC is, in base64 (base64.StdEncoding), the password to authenticate with. It
	// is a secret.
	HMAC []byte

	// Owner is the principal whose token it is, for instance User:alice.
	Owner string

	// Requester is the principal that asked for it. Brokers before Kafka 3.3 do not
	// tell (KIP-373).
	Requester string

	// Renewers may renew it, besides its owner.
	Renewers []string

	// IssueTime is when it was made, ExpiryTime when it expires unless it is renewed,
	// and MaxTime when it expires in any case, in UTC.
	IssueTime  time.Time
	ExpiryTime time.Time
	MaxTime    time.Time
}

// principal takes a principal apart.
func (c *checker) principal(field, principal string) (kind, name string) {
	kind, name, ok := strings.Cut(principal, ":")
	if !ok || kind == "" || name == "" {
		c.fail(fmt.Errorf("%s: %q is no principal such as User:alice", field, principal))
	}
	return kind, name
}

// joinPrincipal is the inverse of checker.principal. It is empty for none.
func joinPrincipal(kind, name string) string {
	if kind == "" && name == "" {
		return ""
	}
	return kind + ":" + name
}

// unsetDuration is a duration in milliseconds, -1 in place of zero.
func unsetDuration(d time.Duration) int64 {
	if d == 0 {
		return -1
	}
	return d.Milliseconds()
}
