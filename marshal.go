package kafka

import "github.com/segmentio/kafka-go/protocol"

// Marshal encodes v in the format of the Kafka protocol. It serves data that
// Kafka carries without looking into it, such as the metadata of group members.
//
// The value is a bool, an integer or a float of a fixed size, a string, bytes, or
// a slice or a struct of those; or a pointer to a struct. Fields of structs are
// encoded in order. A tag `kafka:"nullable"` encodes an empty string, nil bytes
// or a nil slice as null; `kafka:"-"` leaves a field out. Fields whose tag names
// versions are left out too, and are an error if they are set: use [Version] to
// encode those.
//
// A type that has no such form is an error.
func Marshal(v interface{}) ([]byte, error) {
	return protocol.Marshal(unversioned, v)
}

// Unmarshal decodes into v, which must be a pointer that is not nil, what
// [Marshal] encodes. Bytes that follow the value are ignored. Nothing in v refers
// to b.
func Unmarshal(b []byte, v interface{}) error {
	return protocol.Unmarshal(b, unversioned, v)
}

// unversioned is the version of fields that do not name any.
const unversioned = -1

// Version is a version of an encoding.
type Version int16

// Marshal is like the function [Marshal], but encodes those fields of structs
// whose tags have the version in their range, as in `kafka:"min=v0,max=v3"`.
// Alternatives for other versions are separated by |. A version that no field of
// the struct has is an error.
func (n Version) Marshal(v interface{}) ([]byte, error) {
	return protocol.Marshal(int16(n), v)
}

// Unmarshal is like the function [Unmarshal], but decodes those fields of structs
// whose tags have the version in their range. Other fields that have tags are set
// to their default or to zero.
func (n Version) Unmarshal(b []byte, v interface{}) error {
	return protocol.Unmarshal(b, int16(n), v)
}
