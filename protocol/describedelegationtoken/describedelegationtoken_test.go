package describedelegationtoken_test

import (
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/describedelegationtoken"
	"github.com/stretchr/testify/require"
)

func TestBrokerIsTheController(t *testing.T) {
	cluster := protocol.Cluster{Controller: 2, Brokers: map[int32]protocol.Broker{1: {ID: 1}, 2: {ID: 2, Host: "c"}}}
	broker, err := (&describedelegationtoken.Request{}).Broker(cluster)
	require.NoError(t, err)
	require.Equal(t, protocol.Broker{ID: 2, Host: "c"}, broker)

	cluster.Controller = -1
	broker, err = (&describedelegationtoken.Request{}).Broker(cluster)
	require.NoError(t, err)
	require.EqualValues(t, -1, broker.ID, "any broker")
}
