package lz4_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/lz4"
)

func TestImportRegistersTheCodec(t *testing.T) {
	require.EqualValues(t, 3, lz4.Code)
	require.Same(t, &compress.Lz4Codec, compress.Lookup(lz4.Code))
}

func TestCodec(t *testing.T) {
	var codec compress.Codec = lz4.NewCompressionCodec()
	require.Equal(t, int8(lz4.Code), codec.Code())
	require.Equal(t, "lz4", codec.Name())
}

func TestValueIsACodec(t *testing.T) {
	var _ compress.Codec = lz4.CompressionCodec{}
}

func Example() {
	codec := lz4.NewCompressionCodec()
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
