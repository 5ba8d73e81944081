package zstd

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/segmentio/kafka-go/compress/internal/codec"
)

// errCounted stops a count that has passed its limit.
var errCounted = errors.New("zstd: counted beyond the limit")

// streamDecoder reads frames from in: as a stream, or all at once if the
// first frame's window is too large for that.
type streamDecoder struct {
	in    input
	z     *zstd.Decoder // nil until the first stream
	whole bytes.Reader
	out   interface { // one of the two; nil before the first Read
		io.Reader
		io.WriterTo
	}
	err error // of open
}

var streamDecoders sync.Pool

func getStreamDecoder() *streamDecoder {
	if d, ok := streamDecoders.Get().(*streamDecoder); ok {
		return d
	}
	return new(streamDecoder)
}

func (d *streamDecoder) Release() {
	if d.z != nil {
		_ = d.z.Reset(nil) // fails only on a closed decoder
	}
	d.whole.Reset(nil)
	d.in, d.out, d.err = input{}, nil, nil
	streamDecoders.Put(d)
}

func (d *streamDecoder) Read(p []byte) (int, error) {
	if err := d.open(); err != nil {
		return 0, err
	}
	return d.out.Read(p)
}

func (d *streamDecoder) WriteTo(w io.Writer) (int64, error) {
	if err := d.open(); errors.Is(err, io.EOF) {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	return d.out.WriteTo(w)
}

// open looks at the header of the first frame and decides how to read.
func (d *streamDecoder) open() error {
	if d.out != nil || d.err != nil {
		return d.err
	}
	if d.err = d.in.peek(); d.err != nil {
		return d.err
	}
	if d.in.window() > maxWindow {
		d.err = d.openWhole()
		return d.err
	}
	if d.z == nil {
		d.z = newDecoder(maxWindow)
	}
	d.err = d.z.Reset(&d.in)
	d.out = d.z
	return d.err
}

func (d *streamDecoder) openWhole() error {
	src, err := codec.ReadAll(nil, &d.in, codec.HardLimit)
	if err != nil {
		return err
	}
	b, err := appendDecoded(nil, src, codec.Limit(len(src)))
	if err != nil {
		return err
	}
	d.whole.Reset(b)
	d.out = &d.whole
	return nil
}

// input is r, with the bytes that were looked at given back.
type input struct {
	r    io.Reader
	head [zstd.HeaderMaxSize]byte
	n    int // bytes in head
	at   int // of them read
}

// peek reads as much as a frame header can take; io.EOF says that there is
// nothing at all.
func (in *input) peek() error {
	var err error
	in.n, err = io.ReadFull(in.r, in.head[:])
	if err == io.ErrUnexpectedEOF {
		return nil // short data may be whole; Read says io.EOF again
	}
	return err
}

// window returns the window of the first frame, or 0 if that is not known.
func (in *input) window() int64 {
	var h zstd.Header
	if err := h.Decode(in.head[:in.n]); err != nil || h.Skippable {
		return 0
	}
	return window(&h)
}

// Read reads what was peeked, then r.
func (in *input) Read(p []byte) (int, error) {
	if in.at < in.n {
		n := copy(p, in.head[in.at:in.n])
		in.at += n
		return n, nil
	}
	return in.r.Read(p)
}
