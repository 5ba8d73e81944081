package interop_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/interop"
	"github.com/segmentio/kafka-go/internal/testkafka"
)

// pausedFor is how long nothing may come.
const pausedFor = time.Second

// TestMembersPause holds the programs to what package member says of pause and
// resume, with offsets committed in intervals.
func TestMembersPause(t *testing.T) {
	required(t)
	members := programs(t, interop.KafkaGo, interop.Franz, interop.Librdkafka, interop.Java)
	k := testkafka.Shared(t)
	for _, p := range members {
		t.Run(p.Kind, func(t *testing.T) {
			s := newScenario(t, k, "range", &results{})
			s.join(p, "-commit", "200ms")
			s.settle(time.Time{})
			s.write()
			s.drainRead()
			s.members[0].Command("pause")
			s.members[0].Command("stats") // its answer comes when pause was taken
			until(t, "pause was taken", func() error { return s.ledger.said("stats") })
			settled := time.NewTimer(pausedFor / 2) // a poll under way may end
			<-settled.C
			s.write()
			waited := time.NewTimer(pausedFor)
			<-waited.C
			_, missing := s.ledger.totals()
			require.EqualValues(t, 12, missing, "messages that have not come while the member pauses")
			s.members[0].Command("resume")
			s.drainRead()
			s.leave(0)
			s.checkCommits()
		})
	}
}
