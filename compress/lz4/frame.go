package lz4

import (
	"encoding/binary"
	"math"

	"github.com/segmentio/kafka-go/compress/internal/codec"
)

const (
	magic         = 0x184D2204
	skipMagic     = 0x184D2A50 // the lowest four bits are free
	skipMagicMask = ^uint32(15)

	magicLen  = 4
	minHeader = magicLen + 3 // flags, block size, header checksum
	maxHeader = minHeader + 8
	sizeLen   = 4
	sumLen    = 4

	flagVersion         = 1 << 6
	maskVersion         = 3 << 6
	flagIndependent     = 1 << 5
	flagBlockChecksum   = 1 << 4
	flagContentSize     = 1 << 3
	flagContentChecksum = 1 << 2
	flagReserved        = 1 << 1
	flagDictionary      = 1 << 0

	storedBit = 1 << 31 // in a block's size: the block is not compressed

	// window is how far a block may look back into the ones before it.
	window = 64 << 10
)

// frameHeader is what the header of a frame says.
type frameHeader struct {
	flags       byte
	maxBlock    int
	contentSize uint64 // only with flagContentSize
}

func (h *frameHeader) has(flag byte) bool { return h.flags&flag != 0 }

// headerLen returns the length of the header whose flags are given.
func headerLen(flags byte) int {
	if flags&flagContentSize != 0 {
		return maxHeader
	}
	return minHeader
}

// appendHeader appends the header of a frame with independent blocks of 64
// KiB and no checksum but its own, which is what Java producers write.
func appendHeader(dst []byte, legacy bool) []byte {
	at := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, magic)
	dst = append(dst, flagVersion|flagIndependent, 4<<4)
	return append(dst, headerChecksum(dst[at:], legacy))
}

// headerChecksum is taken of the header h, which ends before its checksum.
// Kafka before 0.10 took the magic in, against the format (KIP-57).
func headerChecksum(h []byte, legacy bool) byte {
	if !legacy {
		h = h[magicLen:]
	}
	return byte(checksum(h) >> 8)
}

// parseFlags checks the flags byte, which decides on the length of the header.
func parseFlags(flags byte) error {
	switch {
	case flags&maskVersion != flagVersion:
		return codec.Corrupt(name, "frame version %d", flags>>6)
	case flags&flagReserved != 0:
		return codec.Corrupt(name, "reserved flag is set")
	case flags&flagDictionary != 0:
		return codec.Corrupt(name, "frame needs a dictionary")
	}
	return nil
}

// parseHeader reads a whole header, magic included. Of a legacy frame the
// checksum may be of either kind: both were written.
func parseHeader(b []byte, legacy bool) (frameHeader, error) {
	h := frameHeader{flags: b[magicLen]}
	size := b[magicLen+1]
	if size&0x8f != 0 || size>>4 < 4 {
		return h, codec.Corrupt(name, "block size code %#x", size)
	}
	h.maxBlock = 1 << (8 + 2*(size>>4))
	if h.has(flagContentSize) {
		h.contentSize = binary.LittleEndian.Uint64(b[magicLen+2:])
	}
	end := len(b) - 1
	if sum := b[end]; sum != headerChecksum(b[:end], false) && (!legacy || sum != headerChecksum(b[:end], true)) {
		return h, codec.Corrupt(name, "header checksum mismatch")
	}
	return h, nil
}

// scanner walks the frames of a block of memory, without decoding.
type scanner struct {
	src    []byte
	legacy bool
	open   bool // within a frame
	frame  frameHeader
}

// part is what a scanner stands at.
type part uint8

const (
	partEnd        part = iota // of the input
	partFrame                  // a header
	partCompressed             // a block
	partStored                 // a block
	partFrameEnd
)

// next returns the next part. The bytes are those of a block, or the content
// checksum at the end of a frame that has one.
func (s *scanner) next() (part, []byte, error) {
	for !s.open {
		if len(s.src) == 0 {
			return partEnd, nil, nil
		}
		if skipped, err := s.skip(); err != nil {
			return 0, nil, err
		} else if !skipped {
			return partFrame, nil, s.begin()
		}
	}
	b, err := s.cut(sizeLen)
	if err != nil {
		return 0, nil, err
	}
	size := binary.LittleEndian.Uint32(b)
	if size == 0 {
		s.open = false
		if !s.frame.has(flagContentChecksum) {
			return partFrameEnd, nil, nil
		}
		b, err = s.cut(sumLen)
		return partFrameEnd, b, err
	}
	p := partCompressed
	if size&storedBit != 0 {
		p, size = partStored, size&^storedBit
	}
	if err = checkBlockSize(size, &s.frame); err != nil {
		return 0, nil, err
	}
	block, err := s.cut(int(size))
	if err == nil && s.frame.has(flagBlockChecksum) {
		if b, err = s.cut(sumLen); err == nil {
			err = checkSum("block", b, checksum(block))
		}
	}
	return p, block, err
}

func checkBlockSize(size uint32, h *frameHeader) error {
	if size > uint32(h.maxBlock) {
		return codec.Corrupt(name, "block of %d bytes in a frame of %d", size, h.maxBlock)
	}
	return nil
}

func checkSum(of string, stated []byte, sum uint32) error {
	if binary.LittleEndian.Uint32(stated) != sum {
		return codec.Corrupt(name, "%s checksum mismatch", of)
	}
	return nil
}

// cut takes n bytes off the input.
func (s *scanner) cut(n int) ([]byte, error) {
	if n > len(s.src) {
		return nil, codec.Truncated(name)
	}
	b := s.src[:n]
	s.src = s.src[n:]
	return b, nil
}

// skip passes over a skippable frame.
func (s *scanner) skip() (bool, error) {
	if len(s.src) < magicLen {
		return false, codec.Truncated(name)
	}
	if binary.LittleEndian.Uint32(s.src)&skipMagicMask != skipMagic {
		return false, nil
	}
	b, err := s.cut(magicLen + sizeLen)
	if err != nil {
		return false, err
	}
	n := binary.LittleEndian.Uint32(b[magicLen:])
	if n > math.MaxInt32 {
		return false, codec.Truncated(name)
	}
	_, err = s.cut(int(n))
	return true, err
}

// begin reads a frame header.
func (s *scanner) begin() error {
	if m := binary.LittleEndian.Uint32(s.src); m != magic {
		return badMagic(m)
	}
	if len(s.src) < minHeader {
		return codec.Truncated(name)
	}
	flags := s.src[magicLen]
	if err := parseFlags(flags); err != nil {
		return err
	}
	b, err := s.cut(headerLen(flags))
	if err != nil {
		return err
	}
	s.frame, err = parseHeader(b, s.legacy)
	s.open = err == nil
	return err
}

func badMagic(m uint32) error {
	return codec.Corrupt(name, "frame begins with %#08x", m)
}
