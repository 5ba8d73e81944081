package kafka

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A leader that is deposed while it waits for the other replicas has written the
// message, and the next one may have got it.
func TestDeposedLeaderMayHaveTheMessage(t *testing.T) {
	for _, c := range []struct {
		acks RequiredAcks
		fate fakeFate
		want Outcome
		log  []string
	}{
		{RequireAll, fakeFate{after: NotLeaderForPartition}, OutcomeUnknown, []string{"x"}},
		{RequireOne, fakeFate{before: NotLeaderForPartition}, NotWritten, nil}, // does not wait
	} {
		withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
			w.MaxAttempts = 2
			w.RequiredAcks = c.acks
			l.script = func(b *fakeBatch) fakeFate {
				if b.request == 1 {
					return c.fate
				}
				return fakeFate{before: NotEnoughReplicas}
			}
			err := writeOne(w, "x", 0)
			require.ErrorIs(t, err, NotEnoughReplicas)
			assert.Equal(t, []Outcome{c.want}, outcomes(t, err))
			assert.Equal(t, c.log, l.log("t", 0))
		})
	}
}
