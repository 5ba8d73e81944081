package describecluster_test

import (
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/describecluster"
	"github.com/stretchr/testify/require"
)

func TestUnsetEndpointTypeStandsForBrokers(t *testing.T) {
	req := &describecluster.Request{}
	req.Prepare(1)
	require.Equal(t, describecluster.EndpointBrokers, req.EndpointType)
	req.EndpointType = describecluster.EndpointControllers
	req.Prepare(1)
	require.Equal(t, describecluster.EndpointControllers, req.EndpointType)
}

func TestAnyBrokerIsAsked(t *testing.T) {
	_, routed := any(&describecluster.Request{}).(protocol.BrokerMessage)
	require.False(t, routed)
}
