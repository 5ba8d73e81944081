package offsetcommit_test

import (
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/offsetcommit"
	"github.com/stretchr/testify/require"
)

func TestVersionRange(t *testing.T) {
	id := protocol.UUID{1}
	for name, test := range map[string]struct {
		topics   []offsetcommit.RequestTopic
		min, max int16
	}{
		"nothing":     {nil, 0, 10},
		"by name":     {[]offsetcommit.RequestTopic{{Name: "t"}}, 0, 9},
		"by id":       {[]offsetcommit.RequestTopic{{TopicID: id}}, 10, 10},
		"by both":     {[]offsetcommit.RequestTopic{{Name: "t", TopicID: id}}, 0, 10},
		"one of each": {[]offsetcommit.RequestTopic{{Name: "t"}, {TopicID: id}}, 10, 9},
	} {
		t.Run(name, func(t *testing.T) {
			min, max := (&offsetcommit.Request{Topics: test.topics}).VersionRange()
			require.Equal(t, []int16{test.min, test.max}, []int16{min, max})
		})
	}
}

// A retention time is said where that can be, and an instance id where that can be.
func TestVersionsOfARetentionTime(t *testing.T) {
	topics := []offsetcommit.RequestTopic{{Name: "t"}}
	_, max := (&offsetcommit.Request{Topics: topics, RetentionTimeMs: 1}).VersionRange()
	require.EqualValues(t, 4, max)
	for _, req := range []offsetcommit.Request{{Topics: topics, RetentionTimeMs: -1}, {Topics: topics, RetentionTimeMs: 1, GroupInstanceID: "i"}} {
		_, max = req.VersionRange()
		require.EqualValues(t, 9, max)
	}
}
