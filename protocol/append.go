package protocol

import (
	"encoding/binary"
	"math/bits"
)

// The append functions write one value of the Kafka wire format to the end of
// dst and return the extended slice. They never fail: what a caller may put
// into a message is checked before it is appended.

func appendInt16(dst []byte, v int16) []byte {
	return binary.BigEndian.AppendUint16(dst, uint16(v))
}

func appendInt32(dst []byte, v int32) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(v))
}

func appendInt64(dst []byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(v))
}

// appendUvarint appends the unsigned variable-length form of flexible versions
// (KIP-482): seven bits a byte, least significant group first.
func appendUvarint(dst []byte, v uint64) []byte {
	return binary.AppendUvarint(dst, v)
}

// appendVarint appends the zig-zag form that records use.
func appendVarint(dst []byte, v int64) []byte {
	return binary.AppendVarint(dst, v)
}

func appendString(dst []byte, v string) []byte {
	return append(appendInt16(dst, int16(len(v))), v...)
}

func appendCompactString(dst []byte, v string) []byte {
	return append(appendUvarint(dst, uint64(len(v))+1), v...)
}

func appendBytes(dst, v []byte) []byte {
	return append(appendInt32(dst, int32(len(v))), v...)
}

func appendCompactBytes(dst, v []byte) []byte {
	return append(appendUvarint(dst, uint64(len(v))+1), v...)
}

// appendVarBytes appends a record's key or value; nil is null, which differs
// from empty.
func appendVarBytes(dst, v []byte) []byte {
	if v == nil {
		return append(dst, 1) // zig-zag of -1
	}
	return append(appendVarint(dst, int64(len(v))), v...)
}

// sizeUvarint is the number of bytes that appendUvarint writes for v.
func sizeUvarint(v uint64) int {
	return (bits.Len64(v|1) + 6) / 7
}

// sizeVarint is the number of bytes that appendVarint writes for v.
func sizeVarint(v int64) int {
	return sizeUvarint(uint64(v<<1) ^ uint64(v>>63))
}
