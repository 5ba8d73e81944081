package alterreplicalogdirs_test

import (
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/alterreplicalogdirs"
	"github.com/stretchr/testify/require"
)

func TestTheBrokerThatIsNamedIsAsked(t *testing.T) {
	cluster := protocol.Cluster{Controller: 1, Brokers: map[int32]protocol.Broker{1: {ID: 1}, 2: {ID: 2}}}
	broker, err := (&alterreplicalogdirs.Request{BrokerID: 2}).Broker(cluster)
	require.NoError(t, err)
	require.EqualValues(t, 2, broker.ID)
	_, err = (&alterreplicalogdirs.Request{BrokerID: 3}).Broker(cluster)
	require.ErrorContains(t, err, "broker 3")
}
