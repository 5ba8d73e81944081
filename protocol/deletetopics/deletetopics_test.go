package deletetopics_test

import (
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/deletetopics"
	"github.com/stretchr/testify/require"
)

func TestBrokerIsTheController(t *testing.T) {
	cluster := protocol.Cluster{Controller: 2, Brokers: map[int32]protocol.Broker{1: {ID: 1}, 2: {ID: 2, Host: "c"}}}
	broker, err := (&deletetopics.Request{}).Broker(cluster)
	require.NoError(t, err)
	require.Equal(t, protocol.Broker{ID: 2, Host: "c"}, broker)

	cluster.Controller = -1
	broker, err = (&deletetopics.Request{}).Broker(cluster)
	require.NoError(t, err)
	require.EqualValues(t, -1, broker.ID, "any broker")
}

func TestVersionRange(t *testing.T) {
	min, max := (&deletetopics.Request{TopicNames: []string{"t"}}).VersionRange()
	require.Equal(t, []int16{0, 5}, []int16{min, max})
	min, max = (&deletetopics.Request{Topics: []deletetopics.RequestTopic{{Name: "t"}}}).VersionRange()
	require.Equal(t, []int16{6, 6}, []int16{min, max})
}
