package kafka

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/describecluster"
	"github.com/segmentio/kafka-go/protocol/offsetdelete"
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

// ownOffsetDelete is routed to the coordinator of a group. It is for an API that the
// fake brokers of tests do not answer: they get requests as they were registered last.
type ownOffsetDelete struct {
	_       struct{} `kafka:"min=v0,max=v0"`
	GroupID string   `kafka:"min=v0,max=v0"`
	Topics  []string `kafka:"min=v0,max=v0"` // none, which looks like none of the library's
}

type ownOffsetDeleted struct {
	_          struct{} `kafka:"min=v0,max=v0"`
	ErrorCode  int16    `kafka:"min=v0,max=v0"`
	ThrottleMs int32    `kafka:"min=v0,max=v0"`
	Topics     []string `kafka:"min=v0,max=v0"`
}

func (*ownOffsetDelete) ApiKey() protocol.ApiKey  { return protocol.OffsetDelete }
func (*ownOffsetDeleted) ApiKey() protocol.ApiKey { return protocol.OffsetDelete }
func (r *ownOffsetDelete) Group() string          { return r.GroupID }

func init() {
	protocol.Register(&ownDescribeCluster{}, &ownCluster{})
	protocol.Register(&ownOffsetDelete{}, &ownOffsetDeleted{})
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
		res := ask[*ownOffsetDeleted](t, tr, k, &ownOffsetDelete{GroupID: "own-" + newTopicName()})
		return Error(res.ErrorCode) == GroupIdNotFound // as the coordinator of the group answers
	}, patience, 50*time.Millisecond)
	res := ask[*offsetdelete.Response](t, tr, k, &offsetdelete.Request{GroupID: "own"})
	require.NotZero(t, res.ErrorCode)
}
