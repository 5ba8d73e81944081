// Package sasl is what a SASL mechanism implements to authenticate connections
// to Kafka (KIP-12, KIP-43, KIP-152). The packages plain and scram hold the
// mechanisms that come with this module.
package sasl

import "context"

// Mechanism starts the authentication of connections. One value serves all
// connections of a program, so its methods must be safe for concurrent use.
type Mechanism interface {
	// Name is the mechanism's registered name, such as "PLAIN" or
	// "SCRAM-SHA-256". It is sent in SaslHandshake (API 17) as it is.
	Name() string

	// Start begins the authentication of one connection. It returns the state
	// machine that answers the broker's challenges, and the first message for
	// the broker, which belongs to the caller. The ctx is bounded by what is
	// left of the dial, and carries the broker's Metadata. An error ends the
	// authentication and reaches the program, so it must hold no secret.
	Start(ctx context.Context) (sess StateMachine, ir []byte, err error)
}

// StateMachine is the authentication of one connection. It is used by one
// goroutine, and for one connection only.
type StateMachine interface {
	// Next takes what the broker answered to the last message. The challenge
	// is valid during the call only.
	//
	// With done true the client's side is finished and response is not sent.
	// Otherwise response is sent, empty or not, and its answer is given to the
	// next call. An error ends the authentication, closes the connection and
	// reaches the program, so it must hold no secret.
	Next(ctx context.Context, challenge []byte) (done bool, response []byte, err error)
}

// Metadata tells a mechanism which broker is being authenticated to, for those
// whose messages name it.
type Metadata struct {
	// Host is the name or IP address that was dialled, without the port.
	Host string

	// Port is the TCP port that was dialled.
	Port int
}

type metadataKey struct{}

// WithMetadata returns a copy of ctx that carries m.
func WithMetadata(ctx context.Context, m *Metadata) context.Context {
	return context.WithValue(ctx, metadataKey{}, m)
}

// MetadataFromContext returns the value given to WithMetadata, and nil for a ctx
// without one.
func MetadataFromContext(ctx context.Context) *Metadata {
	m, _ := ctx.Value(metadataKey{}).(*Metadata)
	return m
}
