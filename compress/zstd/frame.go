package zstd

import (
	"errors"
	"io"
	"math"

	"github.com/klauspost/compress/zstd"

	"github.com/segmentio/kafka-go/compress/internal/codec"
)

const (
	maxBlock  = 128 << 10
	minWindow = zstd.MinWindowSize
	sumLen    = 4

	blockHeaderLen = 3
)

// The types of a block.
const (
	blockRaw = iota
	blockRLE
	blockCompressed
	blockReserved
)

// sizes is what a walk over frames and block headers finds out about the
// content, without decoding.
type sizes struct {
	least  int64 // it cannot be less
	most   int64 // nor more
	window int64 // the largest of any frame
}

// exact says that the size of the content is known.
func (s sizes) exact() bool { return s.least == s.most }

// scan walks over src. What frames state is checked against what their blocks
// can give, so that a false size costs nothing.
func scan(src []byte) (sizes, error) {
	if len(src) == 0 {
		return sizes{}, codec.Truncated(name)
	}
	var total sizes
	for len(src) > 0 {
		var h zstd.Header
		if err := h.Decode(src); errors.Is(err, io.ErrUnexpectedEOF) {
			return total, codec.Truncated(name)
		} else if err != nil {
			return total, codec.Corrupt(name, "%w", err)
		}
		src = src[min(h.HeaderSize, len(src)):]
		if h.Skippable {
			if uint64(h.SkippableSize) > uint64(len(src)) {
				return total, codec.Truncated(name)
			}
			src = src[h.SkippableSize:]
			continue
		}
		frame, rest, err := scanFrame(src, &h)
		if err != nil {
			return total, err
		}
		src = rest
		total.least += frame.least
		total.most += frame.most
		total.window = max(total.window, frame.window)
	}
	return total, nil
}

// window returns the window of a frame, which without one of its own is its
// content. It is at most math.MaxInt64.
func window(h *zstd.Header) int64 {
	w := h.WindowSize
	if h.SingleSegment {
		w = max(h.FrameContentSize, minWindow)
	}
	return int64(min(w, math.MaxInt64))
}

// scanFrame walks over the blocks of a frame, up to what follows the frame.
func scanFrame(src []byte, h *zstd.Header) (sizes, []byte, error) {
	s := sizes{window: window(h)}
	largest := min(s.window, maxBlock)
	for last := false; !last; {
		if len(src) < blockHeaderLen {
			return s, nil, codec.Truncated(name)
		}
		b := uint32(src[0]) | uint32(src[1])<<8 | uint32(src[2])<<16
		src = src[blockHeaderLen:]
		last = b&1 != 0
		size := int64(b >> 3)
		if size > maxBlock {
			return s, nil, codec.Corrupt(name, "block of %d bytes", size)
		}
		length := size // in src
		switch b >> 1 & 3 {
		case blockRaw:
			s.least += size
			s.most += size
		case blockRLE:
			s.least += size
			s.most += size
			length = 1
		case blockCompressed:
			s.most += largest
		default:
			return s, nil, codec.Corrupt(name, "block of a reserved type")
		}
		if length > int64(len(src)) {
			return s, nil, codec.Truncated(name)
		}
		src = src[length:]
	}
	if h.HasCheckSum {
		if len(src) < sumLen {
			return s, nil, codec.Truncated(name)
		}
		src = src[sumLen:]
	}
	if h.HasFCS {
		stated := h.FrameContentSize
		if stated < uint64(s.least) || stated > uint64(s.most) {
			return s, nil, codec.Corrupt(name, "frame states %d bytes and has %d to %d", stated, s.least, s.most)
		}
		s.least, s.most = int64(stated), int64(stated)
	}
	return s, src, nil
}
