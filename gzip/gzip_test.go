package gzip_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/gzip"
)

func TestImportRegistersTheCodec(t *testing.T) {
	require.EqualValues(t, 1, gzip.Code)
	require.Same(t, &compress.GzipCodec, compress.Lookup(gzip.Code))
}

func TestCodec(t *testing.T) {
	var codec compress.Codec = gzip.NewCompressionCodec()
	require.Equal(t, int8(gzip.Code), codec.Code())
	require.Equal(t, "gzip", codec.Name())
}

func TestLevels(t *testing.T) {
	require.Equal(t, -1, gzip.DefaultCompressionLevel)
	require.Equal(t, gzip.DefaultCompressionLevel, gzip.NewCompressionCodec().Level)
	require.Equal(t, 9, gzip.NewCompressionCodecLevel(9).Level)

	w := gzip.NewCompressionCodecLevel(100).NewWriter(io.Discard)
	_, err := w.Write(nil)
	require.Error(t, err)
	require.Equal(t, err, w.Close())
}

func Example() {
	codec := gzip.NewCompressionCodec()
	var packed bytes.Buffer
	w := codec.NewWriter(&packed)
	_, _ = w.Write(bytes.Repeat([]byte("kafka "), 1000))
	if err := w.Close(); err != nil {
		fmt.Println(err)
	}
	r := codec.NewReader(&packed)
	defer func() { _ = r.Close() }()
	plain, err := io.ReadAll(r)
	fmt.Println(len(plain), err)
	// Output: 6000 <nil>
}
