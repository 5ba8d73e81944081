// Package scram implements the SCRAM-SHA-256 and SCRAM-SHA-512 mechanisms
// (RFC 5802, RFC 7677, KIP-84), by which client and broker prove to each other
// that they know the password without sending it.
package scram

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"strconv"

	"github.com/xdg-go/scram"

	"github.com/segmentio/kafka-go/sasl"
)

// maxIterations bounds the work that a broker can ask for: deriving the key
// cannot be interrupted. Kafka itself sets users up with 4096 to 16384.
const maxIterations = 1 << 20

// Algorithm is the hash function of a SCRAM mechanism. SHA256 and SHA512 are
// the ones that Kafka has.
type Algorithm interface {
	// Name is the mechanism's registered name, such as "SCRAM-SHA-256".
	Name() string

	// Hash returns a new, unused hash. It is safe for concurrent use.
	Hash() hash.Hash
}

type algorithm struct {
	name string
	hash func() hash.Hash
}

func (a algorithm) Name() string    { return a.name }
func (a algorithm) Hash() hash.Hash { return a.hash() }

var (
	// SHA256 is SCRAM-SHA-256.
	SHA256 Algorithm = algorithm{"SCRAM-SHA-256", sha256.New}

	// SHA512 is SCRAM-SHA-512.
	SHA512 Algorithm = algorithm{"SCRAM-SHA-512", sha512.New}
)

// mechanism keeps the client of the scram package for its cache of derived
// keys, so that the thousands of hash rounds are paid once a salt and not once
// a connection.
type mechanism struct {
	name   string
	client *scram.Client
}

// Mechanism returns a mechanism that authenticates as username with password,
// prepared as RFC 4013 (SASLprep) asks. It fails when SASLprep rejects one of
// the two: control characters, characters unknown to Unicode 3.2, or a mixture
// of writing directions. The error does not contain them.
//
// The result is safe for concurrent use and is best shared by all connections,
// as it remembers the derived keys.
func Mechanism(algo Algorithm, username, password string) (sasl.Mechanism, error) {
	if algo == nil {
		return nil, errors.New("sasl/scram: no algorithm given")
	}
	client, err := scram.HashGeneratorFcn(algo.Hash).NewClient(username, password, "")
	if err != nil {
		// The cause quotes the text that it rejects.
		return nil, errors.New("sasl/scram: SASLprep (RFC 4013) rejects the user name or the password: " +
			"it has a control character, a character unknown to Unicode 3.2, or mixes writing directions")
	}
	return &mechanism{name: algo.Name(), client: client}, nil
}

func (m *mechanism) Name() string { return m.name }

func (m *mechanism) String() string   { return m.name }
func (m *mechanism) GoString() string { return m.name }

// Start begins the exchange with the client-first message.
func (m *mechanism) Start(ctx context.Context) (sasl.StateMachine, []byte, error) {
	s := &session{name: m.name, conv: m.client.NewConversation()}
	first, err := s.conv.Step("")
	if err != nil {
		return nil, nil, fmt.Errorf("sasl/scram: %s: %w", m.name, err)
	}
	return s, []byte(first), nil
}

type session struct {
	name string
	conv *scram.ClientConversation
}

// Next answers the server-first message with the client's proof, and checks the
// broker's own proof in the server-final message.
func (s *session) Next(ctx context.Context, challenge []byte) (bool, []byte, error) {
	if err := ctx.Err(); err != nil {
		return false, nil, err
	}
	if n := iterations(challenge); n > maxIterations {
		return false, nil, fmt.Errorf("sasl/scram: %s: the broker asks for %d iterations, more than %d", s.name, n, maxIterations)
	}
	response, err := s.conv.Step(string(challenge))
	if err != nil {
		return false, nil, fmt.Errorf("sasl/scram: %s: %w", s.name, err)
	}
	if !s.conv.Done() {
		return false, []byte(response), nil
	}
	if !s.conv.Valid() {
		return false, nil, fmt.Errorf("sasl/scram: %s: the broker did not prove that it knows the password", s.name)
	}
	return true, nil, nil
}

// iterations reads the iteration count of a server-first message, "r=…,s=…,i=…",
// and returns 0 for what is none.
func iterations(challenge []byte) int64 {
	for attr := range bytes.SplitSeq(challenge, []byte{','}) {
		if value, ok := bytes.CutPrefix(attr, []byte("i=")); ok {
			// Out of range gives the largest number, which is too many.
			n, _ := strconv.ParseInt(string(value), 10, 64)
			return n
		}
	}
	return 0
}
