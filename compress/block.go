package compress

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go/compress/gzip"
	"github.com/segmentio/kafka-go/compress/internal/codec"
	"github.com/segmentio/kafka-go/compress/lz4"
	"github.com/segmentio/kafka-go/compress/snappy"
	"github.com/segmentio/kafka-go/compress/zstd"
)

// ErrTooLarge is what errors.Is finds in the error of compressed data that
// becomes more than Limit allows.
var ErrTooLarge = codec.ErrTooLarge

// Limit returns how many bytes AppendDecoded lets n compressed bytes become:
// 256 times as many, at least 64 MiB, and 1 GiB at most. A real batch stays
// far below it, however well it compresses: brokers take batches of 1 MB by
// default, and clients count that before compression.
func Limit(n int) int { return codec.Limit(n) }

// blockCodec is the block form of our codecs. It is looked for on their exact
// types only: a codec that embeds one of them inherits these methods, and
// would be bypassed.
type blockCodec interface {
	AppendEncoded(dst, src []byte) ([]byte, error)
	AppendDecoded(dst, src []byte, limit int) ([]byte, error)
}

func blockForm(c Codec) blockCodec {
	switch c := c.(type) {
	case *gzip.Codec:
		return c
	case *snappy.Codec:
		return c
	case lz4.Codec:
		return c
	case *lz4.Codec:
		return c
	case lz4.LegacyCodec:
		return c
	case *zstd.Codec:
		return c
	}
	return nil
}

// Append appends src, compressed by c, to dst and returns the extended slice,
// moved if dst had not the room. A nil c appends src as it is. Neither slice
// is kept, and they must not overlap. With room in dst and one of our codecs
// nothing is allocated. An error, such as of an invalid level, leaves dst as
// it was. Append is safe for concurrent use.
func Append(dst []byte, c Codec, src []byte) ([]byte, error) {
	if c == nil {
		return append(dst, src...), nil
	}
	if b := blockForm(c); b != nil {
		return b.AppendEncoded(dst, src)
	}
	out, err := appendStream(dst, c, src)
	if err != nil {
		return dst, fmt.Errorf("compressing with %s: %w", c.Name(), err)
	}
	return out, nil
}

func appendStream(dst []byte, c Codec, src []byte) ([]byte, error) {
	out := codec.AppendWriter{B: dst}
	w := c.NewWriter(&out)
	_, err := w.Write(src)
	if closeErr := w.Close(); err == nil {
		err = closeErr
	}
	return out.B, err
}

// AppendDecoded appends what src, compressed by c, was before, to dst and
// returns the extended slice, moved if dst had not the room. A nil c appends
// src as it is. Neither slice is kept, and they must not overlap. With room in
// dst and one of our codecs nothing is allocated.
//
// More than Limit(len(src)) bytes is an error that errors.Is finds ErrTooLarge
// in. Sizes that the data states are checked before anything is allocated for
// them, and where it states none they are counted first. So data made to
// exhaust memory costs next to nothing; the exceptions, zstd data with a window
// above 8 MiB and codecs that are not ours, cost about twice Limit. An error
// leaves dst as it was. AppendDecoded is safe for concurrent use.
func AppendDecoded(dst []byte, c Codec, src []byte) ([]byte, error) {
	if c == nil {
		return append(dst, src...), nil
	}
	limit := Limit(len(src))
	if b := blockForm(c); b != nil {
		return b.AppendDecoded(dst, src, limit)
	}
	r := c.NewReader(bytes.NewReader(src))
	out, err := codec.ReadAll(dst, r, limit)
	if errors.Is(err, codec.ErrTooLarge) {
		err = codec.TooLarge(c.Name(), len(src), limit)
	}
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return dst, fmt.Errorf("decompressing with %s: %w", c.Name(), err)
	}
	return out, nil
}

// ForMagic returns the codec for message sets or batches of the given magic
// byte in place of c. It differs for lz4 alone, whose frames in message sets of
// magic 0 have a header of their own (KIP-57). A codec that is not ours, and
// nil, come back as they are.
func ForMagic(c Codec, magic int8) Codec {
	if magic != 0 {
		return c
	}
	switch c.(type) {
	case lz4.Codec, *lz4.Codec:
		return lz4.LegacyCodec{}
	}
	return c
}
