// Package compress names the compression codecs of record batches and keeps
// the registry through which a batch's attributes find theirs.
package compress

import (
	"fmt"
	"io"
	"strconv"

	"github.com/segmentio/kafka-go/compress/gzip"
	"github.com/segmentio/kafka-go/compress/lz4"
	"github.com/segmentio/kafka-go/compress/snappy"
	"github.com/segmentio/kafka-go/compress/zstd"
)

// Codec compresses and decompresses the records of a batch. It must be safe
// for concurrent use; a reader or writer that it returned need not be.
type Codec interface {
	// Code returns the number that stands for the codec in the attributes of
	// a batch: 1 to 7, of which Kafka has given away 1 to 4.
	Code() int8

	// Name returns a name for people, such as "gzip".
	Name() string

	// NewReader returns a reader that decompresses the data in r. It is
	// closed after use, which does not close r.
	NewReader(r io.Reader) io.ReadCloser

	// NewWriter returns a writer that writes compressed data to w. It is
	// closed to complete the data, which does not close w.
	NewWriter(w io.Writer) io.WriteCloser
}

// Compression is the number of a codec. The zero value is None. As text it is
// "none", "gzip", "snappy", "lz4" or "zstd", so that it can stand in
// configuration.
type Compression int8

// The compression formats of Kafka.
const (
	None Compression = iota
	Gzip
	Snappy
	Lz4
	Zstd // Kafka 2.1 and later
)

// The codecs that are built in, with their default options. To change an
// option, do so before the first use, at program start.
var (
	GzipCodec   gzip.Codec
	SnappyCodec snappy.Codec
	Lz4Codec    lz4.Codec
	ZstdCodec   zstd.Codec
)

// Codecs are the codecs that hold where none is registered, by their code.
// To change an entry is not safe once the program compresses or decompresses;
// Register is.
var Codecs = [...]Codec{
	None:   nil,
	Gzip:   &GzipCodec,
	Snappy: &SnappyCodec,
	Lz4:    &Lz4Codec,
	Zstd:   &ZstdCodec,
}

var names = [...]string{None: "none", Gzip: "gzip", Snappy: "snappy", Lz4: "lz4", Zstd: "zstd"}

// uncompressed is how None, and what has no codec, prints.
const uncompressed = "uncompressed"

// Codec returns the codec that Lookup finds for c: the one registered last,
// else the built-in one. It is nil for None and for numbers without a codec.
func (c Compression) Codec() Codec { return Lookup(int8(c)) }

// String returns the name of the format, or "uncompressed" for None and for
// numbers without a codec.
func (c Compression) String() string {
	if c > None && int(c) < len(names) {
		return names[c]
	}
	if codec := c.Codec(); codec != nil {
		return codec.Name()
	}
	return uncompressed
}

// MarshalText returns the text of String. It never fails.
func (c Compression) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText sets c from the name of a format, from "none" or
// "uncompressed", or from a number 0 to 4. Names of codecs registered under
// other numbers are known too. Anything else is an error and leaves c as it
// was.
func (c *Compression) UnmarshalText(b []byte) error {
	s := string(b)
	if s == uncompressed {
		*c = None
		return nil
	}
	for i, name := range names {
		if s == name || s == strconv.Itoa(i) {
			*c = Compression(i)
			return nil
		}
	}
	for code := int8(len(names)); code <= maxCode; code++ {
		if codec := Lookup(code); codec != nil && s == codec.Name() {
			*c = Compression(code)
			return nil
		}
	}
	return fmt.Errorf("compression is none, gzip, snappy, lz4, zstd or their number, not %q", s)
}
