package kafka

import "sync"

const (
	// spareBytes bounds the memory of batches that wait to be used again.
	spareBytes = 16 << 20

	// spareTurns is after how many batches those go that nobody has needed meanwhile.
	spareTurns = 128

	// spareSlack is how much larger than it needs to be a batch may always be that is
	// held back for more messages.
	spareSlack = 64 << 10
)

// spareBatches are batches of a Writer that it uses again. They are not in a
// sync.Pool: garbage collections empty that, and with nothing but large batches to
// be collected, they would follow one another.
type spareBatches struct {
	mu     sync.Mutex
	list   []*writeBatch // used from the end
	bytes  int           // their memory
	unused int           // the fewest there were since turns was 0
	turns  int
}

// get returns an empty batch, rather one with memory for size bytes, and not more than
// most; or nil.
func (s *spareBatches) get(size, most int) *writeBatch {
	s.mu.Lock()
	defer s.mu.Unlock()
	best, have := -1, -1
	for i := len(s.list) - 1; i >= 0 && have < size; i-- {
		if m := s.list[i].memory(); m > have && m <= most {
			best, have = i, m
		}
	}
	if best < 0 {
		return nil
	}
	b := s.list[best]
	s.removeLocked(best)
	s.unused = min(s.unused, len(s.list))
	return b
}

// put takes an empty batch back.
func (s *spareBatches) put(b *writeBatch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turns++; s.turns >= spareTurns {
		for range s.unused {
			s.removeLocked(0)
		}
		s.turns, s.unused = 0, len(s.list)
	}
	if m := b.memory(); s.bytes+m <= spareBytes {
		s.list = append(s.list, b)
		s.bytes += m
	}
}

func (s *spareBatches) removeLocked(i int) {
	last := len(s.list) - 1
	s.bytes -= s.list[i].memory()
	copy(s.list[i:], s.list[i+1:])
	s.list[last] = nil
	s.list = s.list[:last]
}

// drop forgets all, for a Writer without work.
func (s *spareBatches) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list, s.bytes, s.unused, s.turns = nil, 0, 0, 0
}
