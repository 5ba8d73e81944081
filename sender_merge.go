package kafka

import "time"

// A broker carries out the requests of a connection one after the other. While it has
// much to do, a request more does not have it done earlier: what is due is held back, to
// leave together when an answer comes. A request of a megabyte costs hardly more than
// one of a tenth of that.
const (
	// busyBytes is how much is on its way to a broker that is busy.
	busyBytes = 64 << 10

	// mergedBytes are not held back: what takes that long on the wire had better be on
	// its way.
	mergedBytes = 2 << 20

	// mergeTime is for how long something is held back at most. Far brokers would
	// have nothing to do otherwise.
	mergeTime = 5 * time.Millisecond
)

// holdsBack returns until when what is due is to wait for more, zero if it is not to.
func (s *sender) holdsBack(now time.Time, due int64) (until time.Time) {
	if !s.busy() || due >= mergedBytes {
		return time.Time{}
	}
	if s.merging.IsZero() {
		s.merging = now
	}
	if until = s.merging.Add(mergeTime); until.After(now) {
		return until
	}
	return time.Time{}
}

// busy tells whether the broker has much to do for this sender.
func (s *sender) busy() bool {
	size := int64(0)
	for _, f := range s.flights {
		size += f.size
	}
	return size >= busyBytes
}
