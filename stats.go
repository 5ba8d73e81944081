package kafka

import (
	"sync"
	"time"
)

// SummaryStats sums up the values observed since the previous snapshot. All
// fields are zero when there were none.
type SummaryStats struct {
	Avg   int64 `metric:"avg" type:"gauge"`
	Min   int64 `metric:"min" type:"gauge"`
	Max   int64 `metric:"max" type:"gauge"`
	Count int64 `metric:"count" type:"counter"`
	Sum   int64 `metric:"sum" type:"counter"`
}

// DurationStats sums up the durations observed since the previous snapshot. All
// fields are zero when there were none.
type DurationStats struct {
	Avg   time.Duration `metric:"avg" type:"gauge"`
	Min   time.Duration `metric:"min" type:"gauge"`
	Max   time.Duration `metric:"max" type:"gauge"`
	Count int64         `metric:"count" type:"counter"`
	Sum   time.Duration `metric:"sum" type:"counter"`
}

// summary gathers observations. Its zero value is ready, and it is safe for
// concurrent use.
type summary struct {
	mu              sync.Mutex
	min, max        int64
	count, sumTotal int64
}

func (s *summary) observe(v int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count == 0 || v < s.min {
		s.min = v
	}
	if s.count == 0 || v > s.max {
		s.max = v
	}
	s.count++
	s.sumTotal += v
}

// observeSince records how long ago start was.
func (s *summary) observeSince(start time.Time) {
	s.observe(int64(time.Since(start)))
}

// snapshot returns what was observed since the last one, and starts anew.
func (s *summary) snapshot() SummaryStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := SummaryStats{Min: s.min, Max: s.max, Count: s.count, Sum: s.sumTotal}
	if s.count > 0 {
		stats.Avg = s.sumTotal / s.count
	}
	s.min, s.max, s.count, s.sumTotal = 0, 0, 0, 0
	return stats
}

// durations is snapshot for a summary of durations.
func (s *summary) durations() DurationStats {
	v := s.snapshot()
	return DurationStats{
		Avg:   time.Duration(v.Avg),
		Min:   time.Duration(v.Min),
		Max:   time.Duration(v.Max),
		Count: v.Count,
		Sum:   time.Duration(v.Sum),
	}
}
