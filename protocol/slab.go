package protocol

import (
	"strings"
	"unsafe"
)

const (
	slabChunkMin = 512
	slabChunkMax = 16 << 10
	// slabWideMax is the size of chunks for values of slabWide and more, so that
	// some dozens of these share one as well.
	slabWideMax = 96 << 10
	slabWide    = 512
	// slabOwnChunk is the size from which a value gets an allocation of its
	// own: beyond it, sharing a chunk would waste up to its whole tail.
	slabOwnChunk = slabChunkMax / 4

	headerChunkMin = 8
	headerChunkMax = 256
)

// Slab copies bytes into garbage-collected chunks of at most 16 KiB, 96 KiB for
// values of 512 bytes and more, so that many small copies cost few allocations,
// and a copy that is kept for long keeps no more than its chunk from being
// collected. Values of 4 KiB and more get an allocation of their own.
//
// What a Slab returns belongs to the caller for good: it is cut to its length,
// so that an append to it never reaches its neighbour, and the Slab never
// writes to it again. The zero value is ready to use. A Slab is not safe for
// concurrent use.
type Slab struct {
	free      []byte
	chunk     int
	headers   []Header
	headersSz int
}

// Copy returns a copy of b. A nil b gives nil; an empty one gives an empty
// slice that is not nil.
func (s *Slab) Copy(b []byte) []byte {
	if b == nil {
		return nil
	}
	p := s.alloc(len(b))
	copy(p, b)
	return p
}

// String returns the bytes of b as a string, which does not alias b.
func (s *Slab) String(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	p := s.alloc(len(b))
	copy(p, b)
	return unsafe.String(&p[0], len(p))
}

// Headers returns a slice of n zero headers, nil if n is 0.
func (s *Slab) Headers(n int) []Header {
	if n <= 0 {
		return nil
	}
	if n > headerChunkMax/4 {
		return make([]Header, n)
	}
	if n > len(s.headers) {
		s.headersSz = min(max(2*s.headersSz, headerChunkMin, n), headerChunkMax)
		s.headers = make([]Header, s.headersSz)
	}
	h := s.headers[:n:n]
	s.headers = s.headers[n:]
	return h
}

var emptyBytes = make([]byte, 0)

// alloc returns n bytes whose contents the caller overwrites.
func (s *Slab) alloc(n int) []byte {
	if n > len(s.free) {
		if n >= slabOwnChunk {
			return uncleared(n)[:n:n]
		}
		s.grow(n)
	}
	if n == 0 {
		return emptyBytes
	}
	p := s.free[:n:n]
	s.free = s.free[n:]
	return p
}

// grow replaces the chunk. Chunks begin small and double, so that a Slab that
// is used for one message pins little.
func (s *Slab) grow(n int) {
	limit := slabChunkMax
	if n >= slabWide {
		limit = slabWideMax
	}
	s.chunk = min(max(2*s.chunk, slabChunkMin), limit)
	for s.chunk < n {
		s.chunk *= 2
	}
	s.free = uncleared(s.chunk)
}

// uncleared returns at least n bytes of any value, which the caller overwrites
// before anyone sees them. Clearing them takes a tenth of the time of reading
// messages of a kilobyte. What a strings.Builder allocates is not cleared, and
// nobody else has the string that its memory would be.
func uncleared(n int) []byte {
	var b strings.Builder
	b.Grow(n)
	b.WriteByte(0)
	return unsafe.Slice(unsafe.StringData(b.String()), b.Cap())
}
