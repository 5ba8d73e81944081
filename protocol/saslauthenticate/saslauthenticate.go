// Package saslauthenticate has the messages of the SaslAuthenticate API, which
// carries the tokens of a mechanism (KIP-152).
//
// Version 1 tells how long a session lasts (KIP-368).
package saslauthenticate

import (
	"fmt"
	"io"

	"github.com/segmentio/kafka-go/protocol"
)

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request is a token of the client.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v2"`

	AuthBytes []byte `kafka:"min=v0,max=v2"`
}

// ApiKey returns protocol.SaslAuthenticate.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.SaslAuthenticate }

// Required reports whether tokens have to be exchanged by RawExchange: after
// version 0 of the handshake brokers take nothing else. A version that was not
// negotiated is 0.
func (r *Request) Required(versions map[protocol.ApiKey]int16) bool {
	return versions[protocol.SaslHandshake] == 0
}

// maxToken bounds what a broker may send in a raw exchange.
const maxToken = 1 << 20

// token is the form of a raw exchange: a size and bytes. size is the same
// without the bytes.
type (
	token struct {
		Bytes []byte `kafka:"min=v0,max=v0"`
	}
	size struct {
		Bytes int32 `kafka:"min=v0,max=v0"`
	}
)

// RawExchange writes the token to rw with nothing but its size before it, and
// reads the broker's in that form. A broker that refuses a token closes the
// connection: the error then is io.EOF, wrapped.
func (r *Request) RawExchange(rw io.ReadWriter) (protocol.Message, error) {
	b, err := protocol.Marshal(0, token{Bytes: r.AuthBytes})
	if err != nil {
		return nil, err
	}
	if _, err := rw.Write(b); err != nil {
		return nil, fmt.Errorf("sending a SASL token: %w", err)
	}
	answer, err := readToken(rw)
	if err != nil {
		return nil, fmt.Errorf("receiving a SASL token: %w", err)
	}
	return &Response{AuthBytes: answer}, nil
}

func readToken(r io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	var n size
	if err := protocol.Unmarshal(head[:], 0, &n); err != nil {
		return nil, err
	}
	if n.Bytes < 0 || n.Bytes > maxToken {
		return nil, fmt.Errorf("size %d is not between 0 and %d", n.Bytes, maxToken)
	}
	b := make([]byte, n.Bytes)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("of %d bytes: %w", n.Bytes, err)
	}
	return b, nil
}

// Response is a token of the broker.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v2"`

	ErrorCode    int16  `kafka:"min=v0,max=v2"`
	ErrorMessage string `kafka:"min=v0,max=v2,nullable"`
	AuthBytes    []byte `kafka:"min=v0,max=v2"`

	// SessionLifetimeMs is after how long the client has to authenticate anew, 0
	// for never.
	SessionLifetimeMs int64 `kafka:"min=v1,max=v2,ignorable"`
}

// ApiKey returns protocol.SaslAuthenticate.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.SaslAuthenticate }
