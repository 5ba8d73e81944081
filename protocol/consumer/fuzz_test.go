package consumer_test

import (
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/consumer"
	"github.com/stretchr/testify/require"
)

// FuzzGroupData decodes what the other members of a group may send. What is
// accepted can be encoded and decoded again, to the same bytes.
func FuzzGroupData(f *testing.F) {
	owned := []consumer.TopicPartition{{Topic: "t", Partitions: []int32{0, 7}}}
	for v := range int16(4) {
		b, err := protocol.Marshal(v, consumer.Subscription{Version: v, Topics: []string{"t"}, UserData: []byte("u"), OwnedPartitions: owned, RackID: "r"})
		require.NoError(f, err)
		f.Add(b, v)
		b, err = protocol.Marshal(v, consumer.Assignment{Version: v, AssignedPartitions: owned})
		require.NoError(f, err)
		f.Add(b, v)
	}
	f.Fuzz(func(t *testing.T, b []byte, version int16) {
		rereads[consumer.Subscription](t, b, version)
		rereads[consumer.Assignment](t, b, version)
	})
}

func rereads[T any](t *testing.T, b []byte, version int16) {
	t.Helper()
	var v, again T
	if protocol.Unmarshal(b, version, &v) != nil {
		return
	}
	once, err := protocol.Marshal(version, v)
	require.NoError(t, err)
	require.NoError(t, protocol.Unmarshal(once, version, &again))
	twice, err := protocol.Marshal(version, again)
	require.NoError(t, err)
	require.Equal(t, once, twice)
}
