package consumer_test

import (
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/consumer"
	"github.com/stretchr/testify/require"
)

// The first two bytes are the version; the rest has the layout of that version.
func TestSubscription(t *testing.T) {
	s := consumer.Subscription{
		Topics: []string{"t"}, UserData: []byte("u"), GenerationID: 5, RackID: "r",
		OwnedPartitions: []consumer.TopicPartition{{Topic: "t", Partitions: []int32{1}}},
	}
	layouts := []string{
		"\x00\x00" + "\x00\x00\x00\x01" + "\x00\x01t" + "\x00\x00\x00\x01u",
		"\x00\x00\x00\x01" + "\x00\x01t" + "\x00\x00\x00\x01" + "\x00\x00\x00\x01",
		"\x00\x00\x00\x05",
		"\x00\x01r",
	}
	want := ""
	for v, layout := range layouts {
		want += layout
		s.Version = int16(v)
		b, err := protocol.Marshal(s.Version, s)
		require.NoError(t, err)
		require.Equal(t, "\x00"+string(rune(v))+want[2:], string(b), "version %d", v)

		var back consumer.Subscription
		require.NoError(t, protocol.Unmarshal(b, s.Version, &back))
		require.Equal(t, s.Topics, back.Topics)
		if v == 3 {
			require.Equal(t, s, back)
		}
		if v < 2 {
			require.EqualValues(t, -1, back.GenerationID)
		}
	}
}

// Java's consumers send newer versions, whose fields stand after those known here.
func TestNewerSubscriptionsCanBeRead(t *testing.T) {
	newer := consumer.Subscription{Version: 3, Topics: []string{"t"}, RackID: "r"}
	b, err := protocol.Marshal(3, newer)
	require.NoError(t, err)
	var s consumer.Subscription
	require.NoError(t, protocol.Unmarshal(b, consumer.MaxVersionSupported, &s))
	require.EqualValues(t, 3, s.Version)
	require.Equal(t, []string{"t"}, s.Topics)
}

func TestAssignment(t *testing.T) {
	a := consumer.Assignment{Version: 1, AssignedPartitions: []consumer.TopicPartition{{Topic: "t", Partitions: []int32{2, 3}}}}
	b, err := protocol.Marshal(a.Version, a)
	require.NoError(t, err)
	require.Equal(t, "\x00\x01"+"\x00\x00\x00\x01"+"\x00\x01t"+"\x00\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00\x03"+"\xff\xff\xff\xff", string(b))
	var back consumer.Assignment
	require.NoError(t, protocol.Unmarshal(b, a.Version, &back))
	require.Equal(t, a, back)
}
