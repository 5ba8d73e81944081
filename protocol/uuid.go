package protocol

import (
	"encoding/base64"
	"fmt"
)

// UUID is a Kafka uuid, such as the id of a topic (KIP-516). The zero value
// stands for none.
type UUID [16]byte

// IsZero reports whether u stands for none.
func (u UUID) IsZero() bool { return u == UUID{} }

// String returns the form that Kafka and its tools print: 22 characters of
// URL-safe base64.
func (u UUID) String() string {
	return base64.RawURLEncoding.EncodeToString(u[:])
}

// ParseUUID reads what String returns.
func ParseUUID(s string) (UUID, error) {
	var u UUID
	if base64.RawURLEncoding.DecodedLen(len(s)) != len(u) {
		return UUID{}, fmt.Errorf("malformed uuid %q: 22 characters wanted", s)
	}
	if _, err := base64.RawURLEncoding.Decode(u[:], []byte(s)); err != nil {
		return UUID{}, fmt.Errorf("malformed uuid %q: %w", s, err)
	}
	return u, nil
}
