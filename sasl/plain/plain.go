// Package plain implements the PLAIN mechanism (RFC 4616), which sends the
// password as it is: use it over TLS only.
package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/segmentio/kafka-go/sasl"
)

var errNul = errors.New("sasl/plain: a user name or password cannot contain a zero byte")

// Mechanism authenticates with a user name and a password. The zero value sends
// empty ones, which brokers reject. It is safe for concurrent use as long as its
// fields do not change. It does not show the password when it is formatted.
type Mechanism struct {
	Username string
	Password string
}

var (
	_ sasl.Mechanism    = Mechanism{}
	_ sasl.StateMachine = Mechanism{}
)

// Name returns "PLAIN".
func (Mechanism) Name() string { return "PLAIN" }

// Start returns the only message of the mechanism. It fails if the user name or
// the password contains a zero byte, which separates the two.
func (m Mechanism) Start(ctx context.Context) (sasl.StateMachine, []byte, error) {
	if strings.IndexByte(m.Username, 0) >= 0 || strings.IndexByte(m.Password, 0) >= 0 {
		return nil, nil, errNul
	}
	ir := make([]byte, 0, len(m.Username)+len(m.Password)+2)
	ir = append(append(ir, 0), m.Username...)
	ir = append(append(ir, 0), m.Password...)
	return m, ir, nil
}

// Next ends the exchange: PLAIN has one message, and the broker's answer to it
// says nothing but yes.
func (Mechanism) Next(ctx context.Context, challenge []byte) (bool, []byte, error) {
	return true, nil, nil
}

// String returns the mechanism and its user name, without the password.
func (m Mechanism) String() string { return "PLAIN " + m.Username }

// GoString is String for the verb %#v: a struct without its password.
func (m Mechanism) GoString() string {
	return fmt.Sprintf("plain.Mechanism{Username:%q, Password:\"***\"}", m.Username)
}

// Format keeps every verb of package fmt from showing the password.
func (m Mechanism) Format(w fmt.State, verb rune) {
	s := m.String()
	if verb == 'v' && w.Flag('#') {
		s = m.GoString()
	}
	_, _ = io.WriteString(w, s)
}
