package updatefeatures_test

import (
	"io"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/updatefeatures"
	"github.com/stretchr/testify/require"
)

func TestBrokerIsTheController(t *testing.T) {
	cluster := protocol.Cluster{Controller: 2, Brokers: map[int32]protocol.Broker{1: {ID: 1}, 2: {ID: 2, Host: "c"}}}
	broker, err := (&updatefeatures.Request{}).Broker(cluster)
	require.NoError(t, err)
	require.Equal(t, protocol.Broker{ID: 2, Host: "c"}, broker)

	cluster.Controller = -1
	broker, err = (&updatefeatures.Request{}).Broker(cluster)
	require.NoError(t, err)
	require.EqualValues(t, -1, broker.ID, "any broker")
}

func TestBrokerWait(t *testing.T) {
	var req protocol.WaitingMessage = &updatefeatures.Request{TimeoutMs: 1500}
	require.Equal(t, 1500*time.Millisecond, req.BrokerWait())
}

func TestVersionRange(t *testing.T) {
	for name, test := range map[string]struct {
		req      updatefeatures.Request
		min, max int16
	}{
		"upgrade":   {updatefeatures.Request{FeatureUpdates: []updatefeatures.RequestFeature{{Feature: "f", MaxVersionLevel: 1}}}, 0, 2},
		"allowed":   {updatefeatures.Request{FeatureUpdates: []updatefeatures.RequestFeature{{Feature: "f", AllowDowngrade: true}}}, 0, 0},
		"downgrade": {updatefeatures.Request{FeatureUpdates: []updatefeatures.RequestFeature{{Feature: "f", UpgradeType: updatefeatures.SafeDowngrade}}}, 1, 2},
		"validate":  {updatefeatures.Request{ValidateOnly: true}, 1, 2},
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

func TestUnsetUpgradeTypesAreUpgrades(t *testing.T) {
	req := &updatefeatures.Request{FeatureUpdates: []updatefeatures.RequestFeature{{Feature: "a"}, {Feature: "b", UpgradeType: updatefeatures.UnsafeDowngrade}}}
	req.Prepare(1)
	require.Equal(t, []updatefeatures.RequestFeature{
		{Feature: "a", UpgradeType: updatefeatures.Upgrade}, {Feature: "b", UpgradeType: updatefeatures.UnsafeDowngrade},
	}, req.FeatureUpdates)
}
