package kafka

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	xdg "github.com/xdg-go/scram"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/saslauthenticate"
	"github.com/segmentio/kafka-go/protocol/saslhandshake"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

const saslPassword = "hunter2"

// saslBroker is the broker's side of an authentication, as scripted by a test.
type saslBroker struct {
	handshake int16 // highest version of SaslHandshake; 0 means bare tokens
	code      int16 // answer to the handshake
	offers    []string
	// token answers a token; nil hangs up.
	token func(token []byte) *saslauthenticate.Response
	// silentAt is the API that is never answered.
	silentAt protocol.ApiKey

	requests []protocol.Message
}

// serve runs the broker until the connection ends or its script says so.
func (b *saslBroker) serve(conn net.Conn) {
	defer conn.Close()
	for {
		version, id, _, msg, err := protocol.ReadRequest(conn)
		if err != nil {
			return
		}
		b.requests = append(b.requests, msg)
		if b.silentAt != 0 && msg.ApiKey() == b.silentAt {
			_, _ = io.Copy(io.Discard, conn)
			return
		}
		res := b.answer(msg)
		if res == nil || protocol.WriteResponse(conn, version, id, res) != nil {
			return
		}
		if h, ok := res.(*saslhandshake.Response); ok && h.ErrorCode == 0 && b.handshake == 0 {
			b.serveBare(conn)
			return
		}
	}
}

func (b *saslBroker) answer(msg protocol.Message) protocol.Message {
	switch msg := msg.(type) {
	case *apiversions.Request:
		keys := []apiversions.ApiKeyResponse{{ApiKey: int16(protocol.SaslHandshake), MaxVersion: b.handshake}}
		if b.handshake > 0 {
			keys = append(keys, apiversions.ApiKeyResponse{ApiKey: int16(protocol.SaslAuthenticate), MaxVersion: 2})
		}
		return &apiversions.Response{ApiKeys: keys}
	case *saslhandshake.Request:
		if b.code < 0 {
			return nil
		}
		return &saslhandshake.Response{ErrorCode: b.code, Mechanisms: b.offers}
	case *saslauthenticate.Request:
		if res := b.token(msg.AuthBytes); res != nil {
			return res
		}
	}
	return nil
}

func (b *saslBroker) serveBare(conn net.Conn) {
	for {
		var size [4]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		token := make([]byte, binary.BigEndian.Uint32(size[:]))
		if _, err := io.ReadFull(conn, token); err != nil {
			return
		}
		res := b.token(token)
		if res == nil {
			return
		}
		out := binary.BigEndian.AppendUint32(nil, uint32(len(res.AuthBytes)))
		if _, err := conn.Write(append(out, res.AuthBytes...)); err != nil {
			return
		}
	}
}

// runSASL authenticates with the broker.
func runSASL(ctx context.Context, b *saslBroker, mech sasl.Mechanism) error {
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.serve(theirs)
	}()
	pc := protocol.NewConnWith(ours, protocol.ConnOptions{Broker: "broker-1:9093"})
	err := authenticate(ctx, pc, mech, "broker-1", 9093)
	_ = pc.Close()
	<-done
	return err
}

func acceptPlain(token []byte) *saslauthenticate.Response {
	if string(token) == "\x00jane\x00"+saslPassword {
		return &saslauthenticate.Response{}
	}
	return nil
}

func TestSASLPlain(t *testing.T) {
	for _, handshake := range []int16{0, 1} {
		b := &saslBroker{handshake: handshake, token: acceptPlain}
		require.NoError(t, runSASL(context.Background(), b, plain.Mechanism{Username: "jane", Password: saslPassword}))
		require.Equal(t, "PLAIN", b.requests[1].(*saslhandshake.Request).Mechanism)
	}
}

// scramBroker answers as a broker that knows the user jane.
func scramBroker(t *testing.T, handshake int16) *saslBroker {
	client, err := xdg.SHA512.NewClient("jane", saslPassword, "")
	require.NoError(t, err)
	stored, err := client.GetStoredCredentialsWithError(xdg.KeyFactors{Salt: "salt of the test", Iters: 4096})
	require.NoError(t, err)
	server, err := xdg.SHA512.NewServer(func(string) (xdg.StoredCredentials, error) { return stored, nil })
	require.NoError(t, err)
	conv := server.NewConversation()
	return &saslBroker{handshake: handshake, token: func(token []byte) *saslauthenticate.Response {
		challenge, err := conv.Step(string(token))
		if err != nil {
			if handshake == 0 {
				return nil
			}
			return &saslauthenticate.Response{ErrorCode: 58, ErrorMessage: "Authentication failed during authentication due to invalid credentials"}
		}
		return &saslauthenticate.Response{AuthBytes: []byte(challenge)}
	}}
}

func TestSASLScram(t *testing.T) {
	for _, handshake := range []int16{0, 1} {
		right, err := scram.Mechanism(scram.SHA512, "jane", saslPassword)
		require.NoError(t, err)
		require.NoError(t, runSASL(context.Background(), scramBroker(t, handshake), right))

		wrong, err := scram.Mechanism(scram.SHA512, "jane", "another-"+saslPassword)
		require.NoError(t, err)
		err = runSASL(context.Background(), scramBroker(t, handshake), wrong)
		require.ErrorIs(t, err, SASLAuthenticationFailed)
		require.ErrorContains(t, err, "SASL SCRAM-SHA-512 with broker broker-1:9093: token 2:")
		require.NotContains(t, err.Error(), saslPassword)
	}
}

func TestSASLRefused(t *testing.T) {
	for name, test := range map[string]struct {
		broker *saslBroker
		is     error
		text   string
	}{
		"mechanism not offered": {
			broker: &saslBroker{handshake: 1, code: 33, offers: []string{"SCRAM-SHA-256", "GSSAPI"}},
			is:     UnsupportedSASLMechanism,
			text:   "the broker offers SCRAM-SHA-256, GSSAPI",
		},
		"nothing offered": {
			broker: &saslBroker{handshake: 1, code: 33},
			is:     UnsupportedSASLMechanism,
			text:   "the broker offers none",
		},
		"a port without SASL": {
			broker: &saslBroker{handshake: 1, code: 34},
			is:     IllegalSASLState,
			text:   "handshake: [34]",
		},
		"another code": {
			broker: &saslBroker{handshake: 1, code: 42},
			is:     InvalidRequest,
			text:   "handshake: [42]",
		},
		"the broker hangs up on the handshake": {
			broker: &saslBroker{handshake: 1, code: -1},
			is:     io.ErrUnexpectedEOF,
			text:   "handshake: the broker hung up",
		},
		"wrong password, with a text": {
			broker: &saslBroker{handshake: 1, token: func([]byte) *saslauthenticate.Response {
				return &saslauthenticate.Response{ErrorCode: 58, ErrorMessage: "Authentication failed: Invalid username or password"}
			}},
			is:   SASLAuthenticationFailed,
			text: "token 1: [58] SASL Authentication Failed: the broker did not accept the credentials: Authentication failed: Invalid username or password",
		},
		"wrong password, without a text": {
			broker: &saslBroker{handshake: 1, token: func([]byte) *saslauthenticate.Response {
				return &saslauthenticate.Response{ErrorCode: 58}
			}},
			is:   SASLAuthenticationFailed,
			text: "token 1: [58]",
		},
		"the broker hangs up on the token": {
			broker: &saslBroker{handshake: 1, token: func([]byte) *saslauthenticate.Response { return nil }},
			is:     SASLAuthenticationFailed,
			text:   "the broker hung up",
		},
		"an old broker hangs up on the token": {
			broker: &saslBroker{handshake: 0, token: func([]byte) *saslauthenticate.Response { return nil }},
			is:     SASLAuthenticationFailed,
			text:   "the broker hung up",
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := runSASL(context.Background(), test.broker, plain.Mechanism{Username: "jane", Password: saslPassword})
			require.ErrorIs(t, err, test.is)
			require.ErrorContains(t, err, "SASL PLAIN with broker broker-1:9093: ")
			require.ErrorContains(t, err, test.text)
			require.NotContains(t, err.Error(), saslPassword)
		})
	}
}

// TestSASLIsBounded has brokers that fall silent at each step.
func TestSASLIsBounded(t *testing.T) {
	for _, handshake := range []int16{0, 1} {
		for _, silentAt := range []protocol.ApiKey{protocol.ApiVersions, protocol.SaslHandshake, protocol.SaslAuthenticate} {
			synctest.Test(t, func(t *testing.T) {
				over := make(chan struct{})
				defer close(over)
				b := &saslBroker{handshake: handshake, silentAt: silentAt}
				b.token = func([]byte) *saslauthenticate.Response {
					<-over
					return nil
				}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				start := time.Now()
				ours, theirs := net.Pipe()
				go b.serve(theirs)
				pc := protocol.NewConn(ours, "")
				err := authenticate(ctx, pc, plain.Mechanism{Username: "jane"}, "broker-1", 9093)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.NotErrorIs(t, err, SASLAuthenticationFailed)
				require.Equal(t, 10*time.Second, time.Since(start))
				var netError net.Error
				require.ErrorAs(t, err, &netError)
				require.True(t, netError.Timeout())
				require.NoError(t, pc.Close())
			})
		}
	}
}

// scripted is a mechanism of a test's own.
type scripted struct {
	start func(ctx context.Context) (sasl.StateMachine, []byte, error)
	next  func(challenge []byte) (bool, []byte, error)
}

func (scripted) Name() string { return "SCRIPTED" }

func (m scripted) Start(ctx context.Context) (sasl.StateMachine, []byte, error) {
	if m.start != nil {
		return m.start(ctx)
	}
	return m, []byte("first"), nil
}

func (m scripted) Next(ctx context.Context, challenge []byte) (bool, []byte, error) {
	return m.next(challenge)
}

func TestSASLMechanismOfTheProgramsOwn(t *testing.T) {
	answer := func(token []byte) *saslauthenticate.Response {
		return &saslauthenticate.Response{AuthBytes: bytes.ToUpper(token)}
	}
	t.Run("the broker is named in the context", func(t *testing.T) {
		var seen sasl.Metadata
		m := scripted{next: func([]byte) (bool, []byte, error) { return true, nil, nil }}
		m.start = func(ctx context.Context) (sasl.StateMachine, []byte, error) {
			seen = *sasl.MetadataFromContext(ctx)
			return m, nil, nil
		}
		require.NoError(t, runSASL(context.Background(), &saslBroker{handshake: 1, token: answer}, m))
		require.Equal(t, sasl.Metadata{Host: "broker-1", Port: 9093}, seen)
	})
	t.Run("tokens go back and forth, and the last one is not sent", func(t *testing.T) {
		for _, handshake := range []int16{0, 1} {
			var challenges, tokens []string
			m := scripted{next: func(challenge []byte) (bool, []byte, error) {
				challenges = append(challenges, string(challenge))
				return len(challenges) == 3, []byte{byte('a' + len(challenges))}, nil
			}}
			b := &saslBroker{handshake: handshake, token: func(token []byte) *saslauthenticate.Response {
				tokens = append(tokens, string(token))
				return answer(token)
			}}
			require.NoError(t, runSASL(context.Background(), b, m))
			require.Equal(t, []string{"first", "b", "c"}, tokens)
			require.Equal(t, []string{"FIRST", "B", "C"}, challenges)
		}
	})
	errOwn := errors.New("no ticket")
	for name, test := range map[string]struct {
		m    scripted
		text string
	}{
		"start fails": {
			m: scripted{start: func(context.Context) (sasl.StateMachine, []byte, error) { return nil, nil, errOwn }}, text: "start: no ticket",
		},
		"next fails": {
			m: scripted{next: func([]byte) (bool, []byte, error) { return false, nil, errOwn }}, text: "answer to token 1: no ticket",
		},
		"no state machine": {
			m: scripted{start: func(context.Context) (sasl.StateMachine, []byte, error) { return nil, nil, nil }}, text: "start: the mechanism returned no state machine",
		},
		"no end": {
			m: scripted{next: func([]byte) (bool, []byte, error) { return false, nil, nil }}, text: "tokens: no end after 64",
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := runSASL(context.Background(), &saslBroker{handshake: 1, token: answer}, test.m)
			require.ErrorContains(t, err, "SASL SCRIPTED with broker broker-1:9093: "+test.text)
			if name == "start fails" || name == "next fails" {
				require.ErrorIs(t, err, errOwn)
			}
		})
	}
}
