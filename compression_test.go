package kafka_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	kafka "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/compress/gzip"
	"github.com/segmentio/kafka-go/compress/snappy"
)

func TestCompressionConstants(t *testing.T) {
	for c, name := range map[kafka.Compression]string{
		kafka.Gzip: "gzip", kafka.Snappy: "snappy", kafka.Lz4: "lz4", kafka.Zstd: "zstd", 0: "uncompressed",
	} {
		require.Equal(t, name, c.String())
	}
}

// ownCodec is a program's own codec, under a number that Kafka has not given.
type ownCodec struct{}

func (ownCodec) Code() int8   { return 7 }
func (ownCodec) Name() string { return "own" }

func (ownCodec) NewReader(r io.Reader) io.ReadCloser { return io.NopCloser(r) }

func (ownCodec) NewWriter(w io.Writer) io.WriteCloser { return nopCloser{w} }

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func TestRegisterCompressionCodec(t *testing.T) {
	t.Cleanup(func() { kafka.RegisterCompressionCodec(&compress.SnappyCodec) })
	mine := &snappy.Codec{Framing: snappy.Unframed}
	kafka.RegisterCompressionCodec(mine)
	require.Same(t, mine, kafka.Snappy.Codec(), "the last registered wins")

	var codec kafka.CompressionCodec = ownCodec{}
	kafka.RegisterCompressionCodec(codec)
	require.Equal(t, codec, kafka.Compression(7).Codec())
}

func ExampleRegisterCompressionCodec() {
	// Batches of this program are compressed with gzip's best level wherever
	// it asks for kafka.Gzip.
	kafka.RegisterCompressionCodec(&gzip.Codec{Level: 9})
}
