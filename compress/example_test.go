package compress_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/compress/gzip"
)

func ExampleAppendDecoded() {
	codec := compress.Zstd.Codec()
	packed, _ := compress.Append(nil, codec, bytes.Repeat([]byte("kafka "), 1000))
	plain, err := compress.AppendDecoded(nil, codec, packed)
	fmt.Println(len(packed) < 50, len(plain), err)
	// Output: true 6000 <nil>
}

func ExampleCodec() {
	var codec compress.Codec = &gzip.Codec{Level: 9}
	var packed bytes.Buffer
	w := codec.NewWriter(&packed)
	_, _ = io.WriteString(w, "hello")
	if err := w.Close(); err != nil { // the data is complete only now
		fmt.Println(err)
	}
	r := codec.NewReader(&packed)
	defer func() { _ = r.Close() }()
	plain, err := io.ReadAll(r)
	fmt.Println(codec.Name(), string(plain), err)
	// Output: gzip hello <nil>
}

func ExampleRegister() {
	// From now on gzip batches are written at level 1 where a Writer asks for
	// compress.Gzip, and read through the same codec.
	compress.Register(&gzip.Codec{Level: 1})
	fmt.Println(compress.Gzip.Codec().(*gzip.Codec).Level)

	compress.Register(&compress.GzipCodec)
	fmt.Println(compress.Gzip.Codec().(*gzip.Codec).Level)
	// Output:
	// 1
	// 0
}

func ExampleCompression_UnmarshalText() {
	var config struct{ Compression compress.Compression }
	err := json.Unmarshal([]byte(`{"compression": "lz4"}`), &config)
	fmt.Println(config.Compression, err)
	// Output: lz4 <nil>
}
