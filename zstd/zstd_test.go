package zstd_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/zstd"
)

func TestImportRegistersTheCodec(t *testing.T) {
	require.EqualValues(t, 4, zstd.Code)
	require.Same(t, &compress.ZstdCodec, compress.Lookup(zstd.Code))
}

func TestCodec(t *testing.T) {
	var codec compress.Codec = zstd.NewCompressionCodec()
	require.Equal(t, int8(zstd.Code), codec.Code())
	require.Equal(t, "zstd", codec.Name())
}

func TestLevels(t *testing.T) {
	require.Equal(t, 3, zstd.DefaultCompressionLevel)
	require.Equal(t, zstd.DefaultCompressionLevel, zstd.NewCompressionCodec().Level)
	require.Equal(t, 7, zstd.NewCompressionCodecWith(7).Level)
}

func Example() {
	codec := zstd.NewCompressionCodec()
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
