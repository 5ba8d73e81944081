// Package protocol speaks the Kafka wire protocol: the schema notation of
// messages, their encoding at every version, record sets, and the connection
// that carries them.
//
// A message is a Go struct whose fields bear `kafka` tags. The packages below
// this one declare the messages of one API each and register them when they
// are imported; programs may declare and [Register] messages of their own.
package protocol

import "io"

// Message is a request or a response of the Kafka protocol. Messages are
// pointers to structs whose `kafka` tags describe their wire form.
type Message interface {
	// ApiKey tells which API the message belongs to.
	ApiKey() ApiKey
}

// BrokerMessage is a request that has to reach a certain broker, for instance
// the leader of a partition.
type BrokerMessage interface {
	// Broker chooses the broker to send the request to.
	Broker(Cluster) (Broker, error)
}

// GroupMessage is a request for the coordinator of a consumer group.
type GroupMessage interface {
	// Group returns the id of the group.
	Group() string
}

// TransactionalMessage is a request for the coordinator of a transaction.
type TransactionalMessage interface {
	// Transaction returns the transactional id.
	Transaction() string
}

// PreparedMessage is a message that has to adapt its contents to the version
// that was negotiated. Prepare is called once per encoding, just before it.
type PreparedMessage interface {
	Prepare(apiVersion int16)
}

// VersionedMessage is a request whose contents restrict the versions that can
// carry it more than its type does: for instance, one that names topics only by
// id needs a version that has topic ids.
type VersionedMessage interface {
	Message
	// VersionRange returns the lowest and highest version that can carry this
	// very request. They are intersected with the range of its type and with
	// the broker's.
	VersionRange() (min, max int16)
}

// Splitter is a request that may have to be sent to several brokers.
type Splitter interface {
	// Split returns one request per broker involved, and what merges their
	// responses into one.
	Split(Cluster) ([]Message, Merger, error)
}

// Merger combines the responses to requests that a [Splitter] made.
type Merger interface {
	// Merge is given the requests and, at the same indexes, what each led to: a
	// Message or an error. [Result] tells them apart.
	Merge(messages []Message, results []interface{}) (Message, error)
}

// RawExchanger is a request that, with some brokers, is not framed as a Kafka
// message. The one case is SASL authentication with brokers that only know
// version 0 of the handshake, where tokens are exchanged with nothing but a
// size before them.
type RawExchanger interface {
	// Required reports whether the raw exchange has to be used, given the
	// versions that were negotiated with the broker.
	Required(versions map[ApiKey]int16) bool
	// RawExchange writes the request to rw and reads the response from it.
	RawExchange(rw io.ReadWriter) (Message, error)
}

// OverrideTypeKey distinguishes the alternative message types of an API, see
// [RegisterOverride].
type OverrideTypeKey int16

const (
	// RawProduceOverride is the key of produce requests whose record sets are
	// in wire form already.
	RawProduceOverride OverrideTypeKey = 0
)

// OverrideTypeMessage is a request of a type that was registered with
// [RegisterOverride].
type OverrideTypeMessage interface {
	// TypeKey returns the key that the type was registered with.
	TypeKey() OverrideTypeKey
}

// noResponder is a request that brokers may leave unanswered, as a produce
// request that asks for no acknowledgement.
type noResponder interface{ HasResponse() bool }
