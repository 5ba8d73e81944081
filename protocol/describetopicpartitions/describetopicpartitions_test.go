package describetopicpartitions_test

import (
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/describetopicpartitions"
	"github.com/stretchr/testify/require"
)

func TestUnsetLimitIsTheDefault(t *testing.T) {
	req := &describetopicpartitions.Request{}
	req.Prepare(0)
	require.EqualValues(t, 2000, req.ResponsePartitionLimit)
	req.ResponsePartitionLimit = 5
	req.Prepare(0)
	require.EqualValues(t, 5, req.ResponsePartitionLimit)
}

func TestAnyBrokerIsAsked(t *testing.T) {
	_, routed := any(&describetopicpartitions.Request{}).(protocol.BrokerMessage)
	require.False(t, routed)
}
