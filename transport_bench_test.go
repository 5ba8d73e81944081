package kafka

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/heartbeat"
	"github.com/segmentio/kafka-go/protocol/metadata"
)

// echoTransport is a Transport to a broker on a socket that answers at once.
func echoTransport(t testing.TB) (*Transport, net.Addr) {
	c := newFakeCluster(t, 0)
	address := listen(t, func(conn net.Conn) { (&fakeNode{id: 1, cluster: c}).serve(conn) })
	host, port, _ := splitAddress(address)
	c.alter = func(_ *fakeNode, r *fakeRequest) (protocol.Message, bool) {
		switch r.message.(type) {
		case *metadata.Request:
			return &metadata.Response{ControllerID: 1, Brokers: []metadata.ResponseBroker{{NodeID: 1, Host: host, Port: atoi32(t, port)}}}, true
		case *heartbeat.Request:
			return new(heartbeat.Response), true
		}
		return nil, false
	}
	tr := new(Transport)
	t.Cleanup(tr.CloseIdleConnections)
	return tr, TCP(address)
}

func atoi32(t testing.TB, s string) (n int32) {
	for _, digit := range s {
		n = 10*n + digit - '0'
	}
	return n
}

func BenchmarkTransportRoundTrip(b *testing.B) {
	tr, addr := echoTransport(b)
	req := &heartbeat.Request{GroupID: "g", MemberID: "m"}
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tr.RoundTrip(ctx, addr, req); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTransportRoundTripParallel(b *testing.B) {
	tr, addr := echoTransport(b)
	ctx := b.Context()
	b.SetParallelism(8)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		req := &heartbeat.Request{GroupID: "g", MemberID: "m"}
		for pb.Next() {
			if _, err := tr.RoundTrip(ctx, addr, req); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkTransportKnown is what a Writer does for each call.
func BenchmarkTransportKnown(b *testing.B) {
	c := newFakeCluster(b, 1)
	c.topics["t"] = &fakeTopic{leaders: []int32{1}}
	tr := c.transport()
	defer tr.CloseIdleConnections()
	r, err := newProducerRoute(tr, TCP("b1:9092"))
	require.NoError(b, err)
	defer r.release()
	_, err = r.topic(b.Context(), "t", false)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		r.known("t")
	}
}

// Finding the way and the connection adds nothing to what a request on a
// connection allocates.
func TestTransportAllocations(t *testing.T) {
	tr, addr := echoTransport(t)
	req := &heartbeat.Request{GroupID: "g", MemberID: "m"}
	roundTrip := func() {
		_, err := tr.RoundTrip(t.Context(), addr, req)
		require.NoError(t, err)
	}
	roundTrip()
	c := tr.clusters[clusterKey{addr.Network(), addr.String()}]
	b := c.broker(1)
	exchange := testing.AllocsPerRun(500, func() {
		conn, err := b.data().acquire(t.Context())
		require.NoError(t, err)
		_, err = conn.Call(t.Context(), req)
		require.NoError(t, err)
	})
	whole := testing.AllocsPerRun(500, roundTrip)
	require.LessOrEqual(t, whole-exchange, 1.0, "of %v", whole)
}
