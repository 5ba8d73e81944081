package protocol

import (
	"slices"
	"sync"
)

const (
	// shelfFrames is how many frames a connection keeps: a Reader holds up to three
	// answers of a broker, and gives one back about when the next arrives.
	shelfFrames = 4

	// shelfMin is the size from which frames are kept.
	shelfMin = 64 << 10

	// shelfRound is what the sizes of large frames that are kept are multiples of.
	// Those of the pools are powers of two: an answer of the size that was asked for
	// comes with some bytes more, and would take twice its size.
	shelfRound = 256 << 10

	// shelfTurns is after how many small frames in a row the kept ones are given up.
	shelfTurns = 16
)

// frameShelf keeps large frames of a connection, which the pools lose: each garbage
// collection takes from these what is not in use, and where messages make most of the
// garbage, one comes with every answer or two. The zero value is empty.
type frameShelf struct {
	mu     sync.Mutex
	frames []*frame
	turns  int // small frames since the last large one
}

// get returns a frame with room for n bytes and none in it.
func (s *frameShelf) get(n int) *frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n < shelfMin {
		if s.turns++; s.turns >= shelfTurns {
			s.dropLocked()
		}
		return getFrame(n)
	}
	s.turns = 0
	for i, f := range s.frames {
		if cap(f.b) >= n {
			s.frames = slices.Delete(s.frames, i, i+1)
			return f
		}
	}
	f := shelfFrame(n)
	f.shelf = s
	return f
}

func shelfFrame(n int) *frame {
	if rounded := (n + shelfRound - 1) / shelfRound * shelfRound; rounded > 2*shelfRound && rounded <= 1<<maxFrameBits {
		return &frame{b: make([]byte, 0, rounded)}
	}
	return getFrame(n)
}

// put keeps f if there is room for it, if need be in place of a smaller one: answers
// that are now and then larger than all before would find none that fits otherwise.
// A nil s has no room.
func (s *frameShelf) put(f *frame) bool {
	if s == nil || cap(f.b) > 1<<maxFrameBits {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.frames) >= shelfFrames && !s.discardLocked(cap(f.b)) {
		return false
	}
	f.b = f.b[:0]
	s.frames = append(s.frames, f)
	return true
}

// discardLocked gives up a frame that is smaller than size, if there is one.
func (s *frameShelf) discardLocked(size int) bool {
	for i, f := range s.frames {
		if cap(f.b) < size {
			s.frames = slices.Delete(s.frames, i, i+1)
			f.shelf = nil
			putFrame(f)
			return true
		}
	}
	return false
}

// grow moves f into a frame with room for n bytes.
func (s *frameShelf) grow(f *frame, n int) *frame {
	larger := s.get(n)
	larger.b = append(larger.b, f.b...)
	putFrame(f)
	return larger
}

func (s *frameShelf) dropLocked() {
	for _, f := range s.frames {
		f.shelf = nil
		putFrame(f)
	}
	s.frames = nil
}
