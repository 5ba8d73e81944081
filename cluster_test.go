package kafka

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/findcoordinator"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/produce"
)

func TestMetadataGoesAroundAllFrozenBrokers(t *testing.T) {
	inFakeTime(t, 4, func(t *testing.T, c *fakeCluster, tr *Transport) {
		c.topics["t"] = &fakeTopic{leaders: []int32{1, 2, 3, 4}}
		_, err := tr.RoundTrip(t.Context(), TCP("b4:9092"), offsetsOf("t", 0, 1, 2, 3))
		require.NoError(t, err)
		c.change(func() { c.node(1).silent, c.node(2).silent, c.node(3).silent = true, true, true })
		for range 10 {
			require.LessOrEqual(t, after(func() {
				_, err := tr.RoundTrip(t.Context(), TCP("b4:9092"), &findcoordinator.Request{Key: "g"})
				require.NoError(t, err)
			}), 3*askDelay)
		}
	})
}

// Nothing is left of a dial when the connections are closed, unless it does not
// heed its context; then the wait for it is bounded.
func TestCloseWaitsForDialsToEnd(t *testing.T) {
	for needs, want := range map[time.Duration]time.Duration{100 * time.Millisecond: 100 * time.Millisecond, time.Hour: closeGrace} {
		synctest.Test(t, func(t *testing.T) {
			tr := &Transport{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				time.Sleep(needs)
				return nil, ctx.Err()
			}}
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			_, err := tr.RoundTrip(ctx, TCP("b1"), new(metadata.Request))
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, want, after(tr.CloseIdleConnections))
			time.Sleep(needs)
		})
	}
}

func TestLostRequests(t *testing.T) {
	client, _ := net.Pipe()
	conn := protocol.NewConn(client, "")
	failed := func(written bool) error { return &protocol.RequestError{Written: written, Err: io.ErrUnexpectedEOF} }
	require.False(t, lost(conn, new(produce.Request), failed(false)), "the connection is good")
	require.NoError(t, conn.Close())
	require.True(t, lost(conn, new(produce.Request), failed(false)))
	require.False(t, lost(conn, new(produce.Request), failed(true)))
	require.True(t, lost(conn, new(listoffsets.Request), failed(true)))
	timedOut := &protocol.RequestError{Written: true, Err: context.DeadlineExceeded}
	require.False(t, lost(conn, new(listoffsets.Request), timedOut))
}

// A broker that hangs up on a question is asked again where there is no other.
func TestQuestionsAreAskedAgain(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		seed := &fakeNode{id: -1, address: "kafka:9092", cluster: c}
		c.nodes[seed.address] = seed
		listed(t, tr, TCP("kafka:9092"), "t")
		c.change(func() { seed.down = true })
		var cut atomic.Int32
		c.alter = func(_ *fakeNode, r *fakeRequest) (protocol.Message, bool) {
			if _, ok := r.message.(*findcoordinator.Request); !ok || cut.Add(-1) < 0 {
				return nil, false
			}
			r.conn.Close()
			return nil, true
		}
		cut.Store(1)
		_, err := tr.RoundTrip(t.Context(), TCP("kafka:9092"), &findcoordinator.Request{Key: "g"})
		require.NoError(t, err)
		cut.Store(2)
		_, err = tr.RoundTrip(t.Context(), TCP("kafka:9092"), &findcoordinator.Request{Key: "g"})
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.ErrorContains(t, err, "broker 1 at b1:9092")
	})
}

// The end of a route ends what it asks for in the background.
func TestForeignRouteReleaseEndsItsRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		r := newForeignRoute(roundTripperFunc(func(ctx context.Context, _ net.Addr, _ Request) (Response, error) {
			<-ctx.Done()
			ended <- ctx.Err()
			return nil, ctx.Err()
		}), TCP("b"))
		r.refresh("t")
		time.Sleep(time.Second)
		r.release()
		require.ErrorIs(t, <-ended, context.Canceled)
	})
}

// A topic that is created does not bring back those that were deleted.
func TestCreatingATopicLeavesTheOthersAlone(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		r, err := newProducerRoute(tr, TCP("b1:9092"))
		require.NoError(t, err)
		defer r.release()
		_, err = r.topic(t.Context(), "t", true)
		require.NoError(t, err)
		c.change(func() { c.autoCreate = true; delete(c.topics, "t") })
		layout, err := r.topic(t.Context(), "new", true)
		require.NoError(t, err)
		require.NoError(t, layout.err)
		require.Equal(t, UnknownTopicOrPartition, r.known("t").err)
		for _, req := range saw[*metadata.Request](c.node(1)) {
			require.True(t, !req.AllowAutoTopicCreation || len(req.Topics) == 1, req.Topics)
		}
		layout, err = r.topic(t.Context(), "t", true)
		require.NoError(t, err)
		require.NoError(t, layout.err, "asked for by name it is created")
	})
}
