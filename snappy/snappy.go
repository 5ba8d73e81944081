// Package snappy makes the snappy codec for a Writer or Conn, and registers
// it when imported: batches compressed with snappy are then decompressed by
// the built-in codec, whichever was registered before.
package snappy

import (
	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/compress/snappy"
)

// Code is the number of snappy in the attributes of a batch.
const Code = 2

// CompressionCodec is the snappy codec.
type CompressionCodec = snappy.Codec

// Framing says how a writer arranges snappy blocks. Reading finds out by
// itself.
type Framing = snappy.Framing

const (
	// Framed is the format of Java producers, and the default.
	Framed = snappy.Framed

	// Unframed is one snappy block without any frame.
	Unframed = snappy.Unframed
)

func init() { compress.Register(&compress.SnappyCodec) }

// NewCompressionCodec returns a snappy codec that writes framed data.
func NewCompressionCodec() *CompressionCodec {
	return NewCompressionCodecFraming(Framed)
}

// NewCompressionCodecFraming returns a snappy codec that writes with the given
// framing.
func NewCompressionCodecFraming(framing Framing) *CompressionCodec {
	return &CompressionCodec{Framing: framing}
}
