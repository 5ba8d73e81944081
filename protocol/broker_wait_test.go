package protocol_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/addraftvoter"
	"github.com/segmentio/kafka-go/protocol/createtopics"
	"github.com/segmentio/kafka-go/protocol/deletetopics"
	"github.com/segmentio/kafka-go/protocol/fetch"
	"github.com/segmentio/kafka-go/protocol/joingroup"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/rawproduce"
	"github.com/segmentio/kafka-go/protocol/sharefetch"
)

// A connection that gives up on slow brokers must not give up on one that was
// asked to wait.
func TestRequestsTellHowLongTheBrokerMayWait(t *testing.T) {
	for _, req := range []protocol.WaitingMessage{
		&fetch.Request{MaxWaitTime: 1500},
		&produce.Request{Timeout: 1500},
		&rawproduce.Request{Timeout: 1500},
		&sharefetch.Request{MaxWaitMs: 1500},
		&addraftvoter.Request{TimeoutMs: 1500},
		&createtopics.Request{TimeoutMs: 1500},
		&deletetopics.Request{TimeoutMs: 1500},
		&joingroup.Request{SessionTimeoutMS: 1500},
		&joingroup.Request{SessionTimeoutMS: 1000, RebalanceTimeoutMS: 1500},
	} {
		require.Equal(t, 1500*time.Millisecond, req.BrokerWait(), "%T", req)
	}
}
