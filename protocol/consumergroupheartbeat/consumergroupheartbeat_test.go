package consumergroupheartbeat_test

import (
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/consumergroupheartbeat"
	"github.com/stretchr/testify/require"
)

func TestTheCoordinatorOfTheGroupIsAsked(t *testing.T) {
	var req protocol.GroupMessage = &consumergroupheartbeat.Request{GroupID: "g"}
	require.Equal(t, "g", req.Group())
}
