package snappy_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/snappy"
)

func TestImportRegistersTheCodec(t *testing.T) {
	require.EqualValues(t, 2, snappy.Code)
	require.Same(t, &compress.SnappyCodec, compress.Lookup(snappy.Code))
}

func TestCodec(t *testing.T) {
	var codec compress.Codec = snappy.NewCompressionCodec()
	require.Equal(t, int8(snappy.Code), codec.Code())
	require.Equal(t, "snappy", codec.Name())
}

func TestFraming(t *testing.T) {
	var framing snappy.Framing // the zero value
	require.Equal(t, snappy.Framed, framing)
	require.Equal(t, snappy.Framed, snappy.NewCompressionCodec().Framing)
	require.Equal(t, snappy.Unframed, snappy.NewCompressionCodecFraming(snappy.Unframed).Framing)
}

func Example() {
	codec := snappy.NewCompressionCodec()
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
