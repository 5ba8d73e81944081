// Package gzip makes the gzip codec for a Writer or Conn, and registers it
// when imported: batches compressed with gzip are then decompressed by the
// built-in codec, whichever was registered before.
package gzip

import (
	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/compress/gzip"
)

const (
	// Code is the number of gzip in the attributes of a batch.
	Code = 1

	// DefaultCompressionLevel stands for a balance of speed and size.
	DefaultCompressionLevel = -1
)

// CompressionCodec is the gzip codec.
type CompressionCodec = gzip.Codec

func init() { compress.Register(&compress.GzipCodec) }

// NewCompressionCodec returns a gzip codec of the default level.
func NewCompressionCodec() *CompressionCodec {
	return NewCompressionCodecLevel(DefaultCompressionLevel)
}

// NewCompressionCodecLevel returns a gzip codec of a level: 1 (fastest) to 9
// (smallest), or 0 or -1 for the default. With a level that does not exist,
// writing fails.
func NewCompressionCodecLevel(level int) *CompressionCodec {
	return &CompressionCodec{Level: level}
}
