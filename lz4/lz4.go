// Package lz4 makes the LZ4 codec for a Writer or Conn, and registers it when
// imported: batches compressed with LZ4 are then decompressed by the built-in
// codec, whichever was registered before.
package lz4

import (
	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/compress/lz4"
)

// Code is the number of LZ4 in the attributes of a batch.
const Code = 3

// CompressionCodec is the LZ4 codec.
type CompressionCodec = lz4.Codec

func init() { compress.Register(&compress.Lz4Codec) }

// NewCompressionCodec returns an LZ4 codec.
func NewCompressionCodec() *CompressionCodec { return &CompressionCodec{} }
