package lz4

import (
	"encoding/binary"
	"math"

	"github.com/pierrec/lz4/v4"

	"github.com/segmentio/kafka-go/compress/internal/codec"
)

// blockSize is what a block of ours holds. Larger blocks take nearly twice
// the time for 3 % less.
const blockSize = 64 << 10

// appendFrame appends src as one frame.
func appendFrame(dst, src []byte, legacy bool) ([]byte, error) {
	dst = codec.Grow(dst, maxHeader+2*sizeLen+lz4.CompressBlockBound(min(len(src), blockSize)))
	dst = appendHeader(dst, legacy)
	var err error
	for len(src) > 0 {
		n := min(len(src), blockSize)
		if dst, err = appendBlock(dst, src[:n]); err != nil {
			return dst, err
		}
		src = src[n:]
	}
	return append(dst, 0, 0, 0, 0), nil
}

// appendBlock appends one block with its size, stored if it would not shrink.
func appendBlock(dst, block []byte) ([]byte, error) {
	at := len(dst) + sizeLen
	if need := at + lz4.CompressBlockBound(len(block)) + sizeLen; cap(dst) < need {
		dst = append(make([]byte, 0, max(need, 2*cap(dst))), dst...)
	}
	out := dst[at : at+lz4.CompressBlockBound(len(block))]
	n, err := lz4.CompressBlock(block, out, nil)
	if err != nil {
		return dst, err
	}
	size := uint32(n)
	if n == 0 || n >= len(block) {
		n = copy(out, block)
		size = uint32(n) | storedBit
	}
	binary.LittleEndian.PutUint32(dst[at-sizeLen:at], size)
	return dst[:at+n], nil
}

// maxRatio is above what a block can reach: 255 more bytes of a match for
// each byte more.
const maxRatio = 256

// sizes adds up the blocks of src: what they can give at most, or with exact
// what they do give, which takes a walk through their tokens. It checks what
// the frames state, and that the whole is not above limit.
func sizes(src []byte, legacy, exact bool, limit int) (int, error) {
	s := scanner{src: src, legacy: legacy}
	var total, frame int64
	for {
		p, block, err := s.next()
		if err != nil {
			return 0, err
		}
		n := int64(len(block))
		switch p {
		case partEnd:
			return int(min(total, math.MaxInt32)), nil
		case partFrame:
			frame = 0
			if s.frame.has(flagContentSize) && s.frame.contentSize > uint64(limit) {
				return 0, codec.TooLarge(name, len(src), limit)
			}
			continue
		case partFrameEnd:
			if s.frame.has(flagContentSize) && s.frame.contentSize > uint64(frame) {
				return 0, badContentSize(&s.frame, frame)
			}
			continue
		case partCompressed:
			if exact {
				if n, err = decodedLen(block, s.frame.maxBlock); err != nil {
					return 0, err
				}
			} else {
				n = min(n*maxRatio, int64(s.frame.maxBlock))
			}
		}
		frame += n
		total += n
		if exact && total > int64(limit) {
			return 0, codec.TooLarge(name, len(src), limit)
		}
	}
}

func badContentSize(h *frameHeader, got int64) error {
	return codec.Corrupt(name, "frame states %d bytes and has %d", h.contentSize, got)
}

// decodedLen walks the tokens of a compressed block.
func decodedLen(block []byte, limit int) (int64, error) {
	total, i := 0, 0
	for i < len(block) && total <= limit {
		token := block[i]
		literals, at := runLen(block, i+1, int(token>>4))
		if at < 0 || literals > len(block)-at {
			return 0, badBlock(block)
		}
		total += literals
		if i = at + literals; i == len(block) {
			return int64(total), nil
		}
		match, at := runLen(block, i+2, int(token&15))
		if at < 0 {
			return 0, badBlock(block)
		}
		total += match + 4
		i = at
	}
	return 0, badBlock(block)
}

// runLen adds the bytes from at on that extend a run of n. It returns the
// length and where it ends, or a negative index.
func runLen(block []byte, at, n int) (length, next int) {
	if n < 15 {
		return n, at
	}
	for ; at < len(block); at++ {
		b := block[at]
		if n += int(b); b != 255 {
			return n, at + 1
		}
	}
	return 0, -1
}

func badBlock(block []byte) error {
	return codec.Corrupt(name, "block of %d bytes is malformed", len(block))
}

// appendDecoded appends what the frames of src hold.
func appendDecoded(dst, src []byte, legacy bool, limit int) ([]byte, error) {
	if len(src) == 0 {
		return nil, codec.Truncated(name)
	}
	n, err := sizes(src, legacy, false, limit)
	if err == nil && (n > limit || cap(dst)-len(dst) < n) {
		// The bound is often far above the truth: a small block of a frame
		// with large ones. What has to be allocated is counted.
		n, err = sizes(src, legacy, true, limit)
	}
	if err != nil {
		return nil, err
	}
	dst = codec.Grow(dst, n)
	s := scanner{src: src, legacy: legacy}
	start := len(dst)
	for {
		p, block, err := s.next()
		if err != nil {
			return nil, err
		}
		switch p {
		case partEnd:
			return dst, nil
		case partFrame:
			start = len(dst)
		case partFrameEnd:
			err = checkFrame(&s.frame, dst[start:], block)
		default:
			dst, err = decodeBlock(dst, start, p, block, &s.frame)
		}
		if err != nil {
			return nil, err
		}
	}
}

// checkFrame compares the content of a frame with what the frame states.
func checkFrame(h *frameHeader, content, sum []byte) error {
	if h.has(flagContentSize) && h.contentSize != uint64(len(content)) {
		return badContentSize(h, int64(len(content)))
	}
	if h.has(flagContentChecksum) {
		return checkSum("content", sum, checksum(content))
	}
	return nil
}

// decodeBlock appends a block to dst, which has room for it. The frame's
// content so far begins at start.
func decodeBlock(dst []byte, start int, p part, block []byte, h *frameHeader) ([]byte, error) {
	if p == partStored {
		return append(dst, block...), nil
	}
	out := dst[len(dst):min(cap(dst), len(dst)+h.maxBlock)]
	var dict []byte
	if !h.has(flagIndependent) {
		dict = dst[max(start, len(dst)-window):]
	}
	n, err := lz4.UncompressBlockWithDict(block, out, dict)
	if err != nil {
		return dst, badBlock(block)
	}
	return dst[:len(dst)+n], nil
}
