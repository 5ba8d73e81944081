// Package zstd is the Zstandard codec of record batches (attribute code 4).
package zstd

import (
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/segmentio/kafka-go/compress/internal/codec"
)

const (
	code = 4
	name = "zstd"

	// defaultLevel is the level of a Codec whose Level is 0.
	defaultLevel = 3

	// encoderWindow is how far an encoder looks back, and so what it and
	// every decoder of a stream have to hold. Batches are rarely larger.
	encoderWindow = 1 << 20
)

// Codec is the Zstandard codec. It has no state: values may be copied and
// used concurrently, and all values share their buffers.
type Codec struct {
	// Level is a level of the zstd command; 0 is 3, the default. There are
	// four efforts behind it: below 3, 3 to 5, 6 to 9, and 10 and above.
	Level int
}

// Code returns 4.
func (c *Codec) Code() int8 { return code }

// Name returns "zstd".
func (c *Codec) Name() string { return name }

// NewReader returns a reader of the zstd frames that r holds, several one
// after the other included. It also implements io.WriterTo. Errors in the
// data come out of Read; checksums that frames carry are verified.
//
// It holds as much as a frame's window, up to 8 MiB; how much to take out of
// it is the caller's choice. Data whose first frame asks for a larger window
// is decompressed as a whole, and fails with an error that errors.Is finds
// compress.ErrTooLarge in when it exceeds compress.Limit of its size. The
// reader must be closed, and belongs to one goroutine; use after Close fails
// with io.ErrClosedPipe.
func (c *Codec) NewReader(r io.Reader) io.ReadCloser {
	d := getStreamDecoder()
	d.in.r = r
	return codec.NewReader(d)
}

// NewWriter returns a writer that puts what is written to it as one zstd
// frame into w. It also implements io.ReaderFrom. The data is complete after
// Close, which does not close w; nothing written gives an empty frame. It
// belongs to one goroutine; use after Close fails with io.ErrClosedPipe.
func (c *Codec) NewWriter(w io.Writer) io.WriteCloser {
	e := getEncoder(&streamEncoders, c.level())
	e.z.Reset(w)
	return codec.NewWriter(e)
}

// AppendEncoded appends src as one zstd frame, which states its size, to dst
// and returns the extended slice. It keeps neither, and never fails.
func (c *Codec) AppendEncoded(dst, src []byte) ([]byte, error) {
	e := getEncoder(&blockEncoders, c.level())
	defer e.pool.Put(e)
	dst = codec.Grow(dst, 64+len(src)/8)
	return e.z.EncodeAll(src, dst), nil
}

func (c *Codec) level() zstd.EncoderLevel {
	if c.Level == 0 {
		return zstd.EncoderLevelFromZstd(defaultLevel)
	}
	return zstd.EncoderLevelFromZstd(c.Level)
}

// encoder is a library encoder that goes back to pool.
type encoder struct {
	z    *zstd.Encoder
	pool *sync.Pool
}

// Pools of encoders by level. An encoder holds one set of tables for streams
// and one for blocks, and pooled apart each is allocated only when used.
var blockEncoders, streamEncoders [zstd.SpeedBestCompression + 1]sync.Pool

func getEncoder(pools *[zstd.SpeedBestCompression + 1]sync.Pool, level zstd.EncoderLevel) *encoder {
	pool := &pools[level]
	if e, ok := pool.Get().(*encoder); ok {
		return e
	}
	z, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(level),
		zstd.WithEncoderConcurrency(1), // no goroutine
		zstd.WithWindowSize(encoderWindow),
		zstd.WithLowerEncoderMem(true),
		zstd.WithEncoderCRC(false), // a record batch has its own
		zstd.WithZeroFrames(true),
	)
	if err != nil {
		panic(err) // the options are constants
	}
	return &encoder{z, pool}
}

func (e *encoder) Write(p []byte) (int, error) { return e.z.Write(p) }

func (e *encoder) ReadFrom(r io.Reader) (int64, error) { return e.z.ReadFrom(r) }

func (e *encoder) Close() error { return e.z.Close() }

func (e *encoder) Release() {
	e.z.Reset(nil)
	e.pool.Put(e)
}
