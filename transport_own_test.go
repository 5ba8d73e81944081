package kafka

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/describecluster"
	"github.com/segmentio/kafka-go/protocol/heartbeat"
)

// ownDescribeCluster is how a program declares a message of its own: here for an API
// that the library has, too, with the fields that the program needs to know.
type ownDescribeCluster struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	Operations bool `kafka:"min=v0,max=v0"`

	asked []int32 // the brokers that it was routed among
}

type ownCluster struct {
	_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`

	ThrottleTimeMs int32              `kafka:"min=v0,max=v0"`
	ErrorCode      int16              `kafka:"min=v0,max=v0"`
	ErrorMessage   string             `kafka:"min=v0,max=v0,nullable"`
	ClusterID      string             `kafka:"min=v0,max=v0"`
	Controller     int32              `kafka:"min=v0,max=v0"`
	Brokers        []ownClusterBroker `kafka:"min=v0,max=v0"`
	Allowed        int32              `kafka:"min=v0,max=v0"`
}

type ownClusterBroker struct {
	ID   int32  `kafka:"min=v0,max=v0"`
	Host string `kafka:"min=v0,max=v0"`
	Port int32  `kafka:"min=v0,max=v0"`
	Rack string `kafka:"min=v0,max=v0,nullable"`
}

func (*ownDescribeCluster) ApiKey() protocol.ApiKey { return protocol.DescribeCluster }
func (*ownCluster) ApiKey() protocol.ApiKey         { return protocol.DescribeCluster }

// Broker routes the request to the last broker.
func (r *ownDescribeCluster) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	r.asked = cluster.BrokerIDs()
	return cluster.Brokers[r.asked[len(r.asked)-1]], nil
}

// ownHeartbeat is routed to the coordinator of a group.
type ownHeartbeat struct {
	_          struct{} `kafka:"min=v0,max=v0"`
	GroupID    string   `kafka:"min=v0,max=v0"`
	Generation int32    `kafka:"min=v0,max=v0"`
	Member     string   `kafka:"min=v0,max=v0"`
}

type ownBeat struct {
	_         struct{} `kafka:"min=v0,max=v0"`
	ErrorCode int16    `kafka:"min=v0,max=v0"`
}

func (*ownHeartbeat) ApiKey() protocol.ApiKey { return protocol.Heartbeat }
func (*ownBeat) ApiKey() protocol.ApiKey      { return protocol.Heartbeat }
func (r *ownHeartbeat) Group() string         { return r.GroupID }

func init() {
	protocol.Register(&ownDescribeCluster{}, &ownCluster{})
	protocol.Register(&ownHeartbeat{}, &ownBeat{})
}

// Messages that a program declares and registers go through a Transport as the
// library's own do: versions are negotiated, requests reach the broker that they
// ask for, and responses are of the type that was registered with the request.
func TestTransportCarriesMessagesOfPrograms(t *testing.T) {
	k := testkafka.Shared(t)
	tr, _ := newTransport(t)

	req := &ownDescribeCluster{Operations: true}
	own := ask[*ownCluster](t, tr, k, req)
	require.NotEmpty(t, req.asked)
	require.Zero(t, own.ErrorCode, own.ErrorMessage)
	require.NotEmpty(t, own.ClusterID)
	require.Len(t, own.Brokers, len(req.asked))

	theirs := ask[*describecluster.Response](t, tr, k, &describecluster.Request{})
	require.Equal(t, own.ClusterID, theirs.ClusterID, "the library's own message works beside it")

	require.Eventually(t, func() bool {
		beat := ask[*ownBeat](t, tr, k, &ownHeartbeat{GroupID: "own-" + newTopicName(), Generation: 1, Member: "nobody"})
		return Error(beat.ErrorCode) == UnknownMemberId // as the coordinator of the group answers
	}, patience, 50*time.Millisecond)
	beat := ask[*heartbeat.Response](t, tr, k, &heartbeat.Request{GroupID: "own", MemberID: "nobody", GenerationID: 1})
	require.NotZero(t, beat.ErrorCode)
}
