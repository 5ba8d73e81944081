package kafka

import "github.com/segmentio/kafka-go/compress"

// Compression names the format in which a Writer or a ProduceRequest
// compresses its batches. The zero value is no compression. As text it is
// "none", "gzip", "snappy", "lz4" or "zstd".
type Compression = compress.Compression

// The compression formats of Kafka.
const (
	Gzip   Compression = compress.Gzip
	Snappy Compression = compress.Snappy
	Lz4    Compression = compress.Lz4
	Zstd   Compression = compress.Zstd // Kafka 2.1 and later
)

// CompressionCodec compresses and decompresses the records of a batch. It
// must be safe for concurrent use.
//
// The codecs of all four formats are built in, with options in the packages
// gzip, snappy, lz4 and zstd; another implementation of the interface works
// wherever they do.
type CompressionCodec = compress.Codec

// RegisterCompressionCodec makes codec the one for its code, in place of the
// built-in one and of one registered before: the last call wins. Batches read
// from then on are decompressed with it, and Compression of that number
// compresses with it. A codec given to a Writer or to
// Conn.WriteCompressedMessages needs no registration to write.
//
// A code that a batch cannot carry (it is not 1 to 7) cannot be met, and such
// a codec is ignored. codec must not be nil. It is safe for concurrent use.
func RegisterCompressionCodec(codec CompressionCodec) { compress.Register(codec) }
