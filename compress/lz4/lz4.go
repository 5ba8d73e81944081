// Package lz4 is the LZ4 codec of record batches (attribute code 3).
package lz4

import (
	"io"

	"github.com/segmentio/kafka-go/compress/internal/codec"
)

const (
	code = 3
	name = "lz4"
)

// Codec is the LZ4 codec, in the LZ4 frame format. It has no state and no
// options: values may be copied and used concurrently.
type Codec struct{}

// Code returns 3.
func (c Codec) Code() int8 { return code }

// Name returns "lz4".
func (c Codec) Name() string { return name }

// NewReader returns a reader of the LZ4 frames that r holds, several one
// after the other included. It also implements io.WriterTo. Errors in the
// data come out of Read; checksums that frames carry are verified.
//
// It holds one block at a time, of 4 MiB at most; how much to take out of it
// is the caller's choice. It must be closed, and belongs to one goroutine;
// use after Close fails with io.ErrClosedPipe.
func (c Codec) NewReader(r io.Reader) io.ReadCloser { return newReader(r, false) }

// NewWriter returns a writer that puts what is written to it as one LZ4 frame
// into w, with independent blocks of 64 KiB and no checksum of the content,
// as Java producers do. It also implements io.ReaderFrom. The data is complete
// after Close, which does not close w. It belongs to one goroutine; use after
// Close fails with io.ErrClosedPipe.
func (c Codec) NewWriter(w io.Writer) io.WriteCloser { return newWriter(w, false) }

// AppendEncoded appends src as one LZ4 frame to dst and returns the extended
// slice. It keeps neither. An error leaves dst as it was.
func (c Codec) AppendEncoded(dst, src []byte) ([]byte, error) {
	return orOld(dst)(appendFrame(dst, src, false))
}

// AppendDecoded appends what the LZ4 frames in src decompress to, at most
// limit bytes, and returns the extended slice. More is an error that
// errors.Is finds compress.ErrTooLarge in. Room is made for the true size,
// which is counted before. An error leaves dst as it was.
func (c Codec) AppendDecoded(dst, src []byte, limit int) ([]byte, error) {
	return orOld(dst)(appendDecoded(dst, src, false, limit))
}

// LegacyCodec is the LZ4 codec of message sets of magic 0. Kafka before 0.10
// computed the checksum of the frame header over its magic too, and the
// brokers and clients of that format expect it so (KIP-57). It reads frames
// with either checksum. The zero value is ready and has no state.
type LegacyCodec struct{}

// Code returns 3.
func (c LegacyCodec) Code() int8 { return code }

// Name returns "lz4".
func (c LegacyCodec) Name() string { return name }

// NewReader is like Codec.NewReader, for both kinds of header.
func (c LegacyCodec) NewReader(r io.Reader) io.ReadCloser { return newReader(r, true) }

// NewWriter is like Codec.NewWriter, with the header of magic 0.
func (c LegacyCodec) NewWriter(w io.Writer) io.WriteCloser { return newWriter(w, true) }

// AppendEncoded is like Codec.AppendEncoded, with the header of magic 0.
func (c LegacyCodec) AppendEncoded(dst, src []byte) ([]byte, error) {
	return orOld(dst)(appendFrame(dst, src, true))
}

// AppendDecoded is like Codec.AppendDecoded, for both kinds of header.
func (c LegacyCodec) AppendDecoded(dst, src []byte, limit int) ([]byte, error) {
	return orOld(dst)(appendDecoded(dst, src, true, limit))
}

// orOld gives back the slice as it was in case of an error.
func orOld(old []byte) func([]byte, error) ([]byte, error) {
	return func(out []byte, err error) ([]byte, error) {
		if err != nil {
			return old, err
		}
		return out, nil
	}
}

func newReader(r io.Reader, legacy bool) io.ReadCloser {
	d := decoders.Get().(*decoder)
	d.r, d.legacy = r, legacy
	d.Chunks.Reset(d)
	return codec.NewReader(d)
}

func newWriter(w io.Writer, legacy bool) io.WriteCloser {
	e := encoders.Get().(*encoder)
	e.w = w
	e.out = appendHeader(e.out[:0], legacy)
	e.Blocks.Reset(e, blockSize)
	return codec.NewWriter(e)
}
