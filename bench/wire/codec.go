package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/golang/snappy"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Codecs are the names of compression codecs, at the places that they have in Kafka.
var Codecs = []string{"none", "gzip", "snappy", "lz4", "zstd"}

const (
	codecGzip = iota + 1
	codecSnappy
	codecLz4
	codecZstd
)

func codecNumber(name string) (int, error) {
	n := slices.Index(Codecs, name)
	if n < 0 {
		return 0, fmt.Errorf("wire: unknown codec %q", name)
	}
	return n, nil
}

func compress(codec int, b []byte) ([]byte, error) {
	var out bytes.Buffer
	var w io.WriteCloser
	switch codec {
	case codecGzip:
		w = gzip.NewWriter(&out)
	case codecSnappy:
		return compressSnappy(b), nil
	case codecLz4:
		w = lz4.NewWriter(&out)
	case codecZstd:
		encoder, err := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		w = encoder
	}
	_, err := w.Write(b)
	err = errors.Join(err, w.Close())
	return out.Bytes(), err
}

func decompress(codec int, b []byte) ([]byte, error) {
	switch codec {
	case codecGzip:
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	case codecSnappy:
		return decompressSnappy(b)
	case codecLz4:
		return io.ReadAll(lz4.NewReader(bytes.NewReader(b)))
	case codecZstd:
		r, err := zstd.NewReader(bytes.NewReader(b), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	}
	return nil, fmt.Errorf("wire: unknown codec %d", codec)
}

// The frames of the Java library for snappy, which Kafka's own clients write.
var snappyMagic = []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1}

const snappyBlock = 32 << 10

func compressSnappy(b []byte) []byte {
	out := slices.Clone(snappyMagic)
	for block := range slices.Chunk(b, snappyBlock) {
		packed := snappy.Encode(nil, block)
		out = append(appendInt32(out, len(packed)), packed...)
	}
	return out
}

func decompressSnappy(b []byte) ([]byte, error) {
	if !bytes.HasPrefix(b, snappyMagic[:8]) {
		return snappy.Decode(nil, b)
	}
	var out []byte
	for b = b[min(len(snappyMagic), len(b)):]; len(b) > 0; {
		if len(b) < 4 || int(binary.BigEndian.Uint32(b)) > len(b)-4 {
			return nil, io.ErrUnexpectedEOF
		}
		end := 4 + int(binary.BigEndian.Uint32(b))
		block, err := snappy.Decode(nil, b[4:end])
		if err != nil {
			return nil, err
		}
		out, b = append(out, block...), b[end:]
	}
	return out, nil
}
