package alterpartitionreassignments_test

import (
	"io"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/alterpartitionreassignments"
	"github.com/stretchr/testify/require"
)

func TestBrokerIsTheController(t *testing.T) {
	cluster := protocol.Cluster{Controller: 2, Brokers: map[int32]protocol.Broker{1: {ID: 1}, 2: {ID: 2, Host: "c"}}}
	broker, err := (&alterpartitionreassignments.Request{}).Broker(cluster)
	require.NoError(t, err)
	require.Equal(t, protocol.Broker{ID: 2, Host: "c"}, broker)

	cluster.Controller = -1
	broker, err = (&alterpartitionreassignments.Request{}).Broker(cluster)
	require.NoError(t, err)
	require.EqualValues(t, -1, broker.ID, "any broker")
}

func TestBrokerWait(t *testing.T) {
	var req protocol.WaitingMessage = &alterpartitionreassignments.Request{TimeoutMs: 1500}
	require.Equal(t, 1500*time.Millisecond, req.BrokerWait())
}

func TestVersionRange(t *testing.T) {
	for name, test := range map[string]struct {
		req      alterpartitionreassignments.Request
		min, max int16
	}{
		"unset": {alterpartitionreassignments.Request{}, 0, 0},
		"allow": {alterpartitionreassignments.Request{AllowReplicationFactorChange: true}, 0, 1},
		"keep":  {alterpartitionreassignments.Request{KeepReplicationFactor: true}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			min, max := test.req.VersionRange()
			require.Equal(t, []int16{test.min, test.max}, []int16{min, max})
			for v := min; v <= max; v++ {
				require.NoError(t, protocol.WriteRequest(io.Discard, v, 1, "", &test.req), "version %d", v)
			}
		})
	}
}
