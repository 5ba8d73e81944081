// Package zstd makes the Zstandard codec for a Writer or Conn, and registers
// it when imported: batches compressed with zstd are then decompressed by the
// built-in codec, whichever was registered before. It needs Kafka 2.1.
package zstd

import (
	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/compress/zstd"
)

const (
	// Code is the number of zstd in the attributes of a batch.
	Code = 4

	// DefaultCompressionLevel is the level that NewCompressionCodec takes.
	DefaultCompressionLevel = 3
)

// CompressionCodec is the Zstandard codec.
type CompressionCodec = zstd.Codec

func init() { compress.Register(&compress.ZstdCodec) }

// NewCompressionCodec returns a zstd codec of the default level.
func NewCompressionCodec() *CompressionCodec {
	return NewCompressionCodecWith(DefaultCompressionLevel)
}

// NewCompressionCodecWith returns a zstd codec of a level of the zstd command,
// 1 (fastest) to 22 (smallest); there are four efforts behind them. 0 is the
// default.
func NewCompressionCodecWith(level int) *CompressionCodec {
	return &CompressionCodec{Level: level}
}
