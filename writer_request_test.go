package kafka

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// All that a call has for a broker goes in one request, however many messages and
// partitions these are.
func TestACallIsOneRequest(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		l.change(func() { l.topics["t"] = &fakeTopic{leaders: []int32{1, 1, 1}} })
		require.NoError(t, writeOne(w, "before", 0)) // connects
		before := l.produced()
		require.NoError(t, w.WriteMessages(t.Context(), numbered(3*150)...))
		require.Equal(t, 1, l.produced()-before)
		require.Len(t, slices.Concat(l.log("t", 0), l.log("t", 1), l.log("t", 2)), 1+3*150)
	})
}

// A BatchSize that the program asks for holds in a call.
func TestACallKeepsToBatchSize(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		w.BatchSize = 100
		require.NoError(t, w.WriteMessages(t.Context(), numbered(250)...))
		var sizes []int
		for _, b := range l.sent() {
			sizes = append(sizes, len(b.values))
		}
		require.Equal(t, []int{100, 100, 50}, sizes)
	})
}

func numbered(n int) []Message {
	msgs := make([]Message, n)
	for i := range msgs {
		msgs[i].Value = fmt.Append(nil, i)
	}
	return msgs
}
