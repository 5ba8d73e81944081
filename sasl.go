package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/saslauthenticate"
	"github.com/segmentio/kafka-go/protocol/saslhandshake"
	"github.com/segmentio/kafka-go/sasl"
)

// maxSASLTokens bounds an exchange that never comes to an end. Mechanisms send
// one to four tokens.
const maxSASLTokens = 64

// authenticate runs the SASL exchange (KIP-43, KIP-152) on a new connection to
// host and port: SaslHandshake, then the tokens of the mechanism, in
// SaslAuthenticate requests or, with brokers whose handshake has version 0 only,
// bare. The ctx bounds every step. After an error the connection is of no use.
//
// What the broker says by code, and refusing a token by hanging up, are errors
// of type Error.
func authenticate(ctx context.Context, pc *protocol.Conn, mech sasl.Mechanism, host string, port int) error {
	ctx = sasl.WithMetadata(ctx, &sasl.Metadata{Host: host, Port: port})
	step, err := "handshake", saslHandshake(ctx, pc, mech.Name())
	if err == nil {
		step, err = saslExchange(ctx, pc, mech)
	}
	if err != nil {
		broker := net.JoinHostPort(host, strconv.Itoa(port))
		return fmt.Errorf("SASL %s with broker %s: %s: %w", mech.Name(), broker, step, err)
	}
	return nil
}

// saslHandshake agrees with the broker on a mechanism.
func saslHandshake(ctx context.Context, pc *protocol.Conn, mechanism string) error {
	reply, err := pc.Exchange(ctx, &saslhandshake.Request{Mechanism: mechanism})
	if hungUp(err) {
		return fmt.Errorf("the broker hung up; its port may be for TLS or not for SASL: %w", err)
	}
	if err != nil {
		return err
	}
	defer reply.Release()
	res := reply.Message.(*saslhandshake.Response)
	switch code := Error(res.ErrorCode); code {
	case 0:
		return nil
	case UnsupportedSASLMechanism:
		return fmt.Errorf("%w: the broker offers %s", code, listOf(res.Mechanisms))
	case IllegalSASLState:
		return fmt.Errorf("%w: the port may not be one for SASL", code)
	default:
		return code
	}
}

func listOf(mechanisms []string) string {
	if len(mechanisms) == 0 {
		return "none"
	}
	return strings.Join(mechanisms, ", ")
}

// saslExchange sends the tokens of the mechanism. It names the step at which an
// error came up.
func saslExchange(ctx context.Context, pc *protocol.Conn, mech sasl.Mechanism) (step string, err error) {
	session, token, err := mech.Start(ctx)
	if err != nil {
		return "start", err
	}
	if session == nil {
		return "start", errors.New("the mechanism returned no state machine")
	}
	for i := range maxSASLTokens {
		challenge, err := saslToken(ctx, pc, token)
		if err != nil {
			return fmt.Sprintf("token %d", i+1), err
		}
		done, response, err := session.Next(ctx, challenge)
		if err != nil {
			return fmt.Sprintf("answer to token %d", i+1), err
		}
		if done {
			return "", nil
		}
		token = response
	}
	return "tokens", fmt.Errorf("no end after %d of them", maxSASLTokens)
}

// saslToken sends a token and returns the broker's.
func saslToken(ctx context.Context, pc *protocol.Conn, token []byte) ([]byte, error) {
	reply, err := pc.Exchange(ctx, &saslauthenticate.Request{AuthBytes: token})
	if hungUp(err) {
		// Brokers that cannot answer with a code refuse like this.
		return nil, fmt.Errorf("%w: the broker hung up: %w", SASLAuthenticationFailed, err)
	}
	if err != nil {
		return nil, err
	}
	defer reply.Release()
	res := reply.Message.(*saslauthenticate.Response)
	if code := Error(res.ErrorCode); code != 0 {
		if res.ErrorMessage == "" {
			return nil, code
		}
		return nil, fmt.Errorf("%w: %s", code, res.ErrorMessage)
	}
	return res.AuthBytes, nil
}

// hungUp reports whether a request failed because the broker closed the
// connection.
func hungUp(err error) bool {
	var r *protocol.RequestError
	return errors.As(err, &r) && r.HungUp()
}
