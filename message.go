package kafka

import (
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// Message is a message of a Kafka topic.
//
// A message that a read method of this package returns belongs to the program:
// its slices are never written again and may be kept. They may share memory
// with messages read at the same time, but each is cut to its capacity, so that
// appending to one never reaches another.
type Message struct {
	// Topic and Partition say where a message was read from. They must be left
	// alone when writing to a Conn.
	Topic     string
	Partition int

	// Offset is the position of the message in its partition. Ignored when
	// writing.
	Offset int64

	// HighWaterMark is the end of what consumers could see of the partition
	// when the message was fetched. Ignored when writing.
	HighWaterMark int64

	// Key, Value: nil stands for null (a nil Value is a tombstone in a
	// compacted topic) and is kept apart from empty, both ways.
	Key   []byte
	Value []byte

	// Headers keep their order and may repeat a key. Brokers before Kafka
	// 0.11 cannot hold them. nil when a message that was read has none.
	Headers []Header

	// WriterData is carried along by a Writer to its Completion callback and
	// never sent.
	WriterData interface{}

	// Time has the precision of a millisecond. If it is zero when the message
	// is written, the time of the call is used. A message that was read has
	// the time at which it was created or, for topics with
	// message.timestamp.type=LogAppendTime, was appended; zero if neither is
	// known.
	Time time.Time

	// ownership marks a message that a Reader got as the member of a group: it says
	// since when the Reader owned the partition. 0 for all others.
	ownership int32
}

// timestamp gives the message's time as Kafka counts it, in milliseconds since
// 1970, with now in place of a zero Time.
func (m *Message) timestamp(now time.Time) int64 {
	if m.Time.IsZero() {
		return now.UnixMilli()
	}
	return m.Time.UnixMilli()
}

// makeTime is the inverse of Message.timestamp. Kafka writes -1 where it knows
// no time.
func makeTime(ms int64) time.Time {
	if ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// MessageTooLargeError reports a message that is larger than allowed. It is
// returned by value.
type MessageTooLargeError struct {
	// Message is the one that is too large.
	Message Message

	// Remaining are the others of the same call, none of which was sent. A Writer
	// sends them, and leaves it empty.
	Remaining []Message
}

// Error gives the text of MessageSizeTooLarge.
func (e MessageTooLargeError) Error() string { return MessageSizeTooLarge.Error() }

// Unwrap gives MessageSizeTooLarge.
func (e MessageTooLargeError) Unwrap() error { return MessageSizeTooLarge }

// Names of package protocol that are part of this package's API.
type (
	// Header is a key and a value that travel with a message.
	Header = protocol.Header

	// Bytes is a key or a value that is read like a stream.
	Bytes = protocol.Bytes

	// Record is a message as the requests of Client carry it.
	Record = protocol.Record

	// RecordReader yields the records of a request or of a response.
	RecordReader = protocol.RecordReader

	// Request is a message that can be sent to a broker.
	Request = protocol.Message

	// Response is a message that a broker answers with.
	Response = protocol.Message
)

// NewBytes makes a Bytes that reads b, which must not change meanwhile. A nil
// slice gives nil, which stands for null.
func NewBytes(b []byte) Bytes { return protocol.NewBytes(b) }

// ReadAll reads what is left of b. nil gives nil, and what is empty gives an
// empty slice. b is not closed.
func ReadAll(b Bytes) ([]byte, error) { return protocol.ReadAll(b) }

// NewRecordReader makes a RecordReader that yields records, in order.
func NewRecordReader(records ...Record) RecordReader {
	return protocol.NewRecordReader(records...)
}
