package kafka

import (
	"fmt"
	"strconv"
)

// RequiredAcks is the number of replicas that must have a message before the
// broker answers.
type RequiredAcks int

const (
	// RequireNone asks for no answer at all: nobody learns whether a message
	// was written.
	RequireNone RequiredAcks = 0

	// RequireOne asks for the leader only.
	RequireOne RequiredAcks = 1

	// RequireAll asks for all replicas that are in sync.
	RequireAll RequiredAcks = -1
)

// String gives "none", "one" or "all", else the number.
func (acks RequiredAcks) String() string {
	switch acks {
	case RequireNone:
		return "none"
	case RequireOne:
		return "one"
	case RequireAll:
		return "all"
	default:
		return "unknown(" + strconv.Itoa(int(acks)) + ")"
	}
}

// MarshalText satisfies encoding.TextMarshaler.
func (acks RequiredAcks) MarshalText() ([]byte, error) {
	return []byte(acks.String()), nil
}

// UnmarshalText reads "none", "one" or "all", or 0, 1 or -1.
func (acks *RequiredAcks) UnmarshalText(b []byte) error {
	switch text := string(b); text {
	case "none", "0":
		*acks = RequireNone
	case "one", "1":
		*acks = RequireOne
	case "all", "-1":
		*acks = RequireAll
	default:
		return fmt.Errorf("required acks must be one of none, one, or all, not %q", text)
	}
	return nil
}
