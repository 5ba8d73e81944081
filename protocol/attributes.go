package protocol

import (
	"strings"

	"github.com/segmentio/kafka-go/compress"
)

// Attributes are the flags of a record batch or a message: the compression
// codec in the lowest three bits, and one bit for each property.
type Attributes int16

const (
	Gzip   Attributes = Attributes(compress.Gzip)
	Snappy Attributes = Attributes(compress.Snappy)
	Lz4    Attributes = Attributes(compress.Lz4)
	Zstd   Attributes = Attributes(compress.Zstd)

	// LogAppendTime says that the broker has replaced the time of the records
	// by the time of their arrival (KIP-32).
	LogAppendTime Attributes = 1 << 3
	// Transactional says that the records belong to a transaction (KIP-98).
	Transactional Attributes = 1 << 4
	// Control says that the records are markers written by the broker, not
	// data (KIP-98).
	Control Attributes = 1 << 5
	// DeleteHorizon says that the base timestamp of the batch is the time from
	// which its tombstones may be deleted (KIP-534). Readers need not care:
	// the times of the records are relative to the base timestamp either way.
	DeleteHorizon Attributes = 1 << 6

	codecMask Attributes = 7
)

// Compression returns the codec of the records, compress.None if they are not
// compressed.
func (a Attributes) Compression() compress.Compression {
	return compress.Compression(a & codecMask)
}

// LogAppendTime reports whether the time of the records is the time at which
// the broker received them.
func (a Attributes) LogAppendTime() bool { return a&LogAppendTime != 0 }

// Transactional reports whether the records belong to a transaction.
func (a Attributes) Transactional() bool { return a&Transactional != 0 }

// Control reports whether the records are markers of the broker.
func (a Attributes) Control() bool { return a&Control != 0 }

// String names the codec ("uncompressed" for none), followed by the properties
// that are set, as in "gzip+transactional".
func (a Attributes) String() string {
	var s strings.Builder
	s.WriteString(a.Compression().String())
	for _, p := range attributeNames {
		if a&p.bit != 0 {
			s.WriteString(p.name)
		}
	}
	return s.String()
}

var attributeNames = [...]struct {
	bit  Attributes
	name string
}{
	{LogAppendTime, "+log-append-time"},
	{Transactional, "+transactional"},
	{Control, "+control"},
	{DeleteHorizon, "+delete-horizon"},
}
