package kafka

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/createtopics"
	"github.com/segmentio/kafka-go/protocol/fetch"
	"github.com/segmentio/kafka-go/protocol/findcoordinator"
	"github.com/segmentio/kafka-go/protocol/heartbeat"
	"github.com/segmentio/kafka-go/protocol/joingroup"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// inFakeTime runs a test with a cluster of n brokers and topic "t", led by the
// last of them, in a bubble of its own, and fails if anything is left at the end.
func inFakeTime(t *testing.T, n int, test func(t *testing.T, c *fakeCluster, tr *Transport)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := newFakeCluster(t, n)
		c.topics["t"] = &fakeTopic{leaders: []int32{int32(n)}}
		tr := c.transport()
		defer func() {
			tr.CloseIdleConnections()
			synctest.Wait()
			assert.Zero(t, c.openConns(), "sockets left")
		}()
		test(t, c, tr)
	})
}

func TestTransportWithoutAddress(t *testing.T) {
	_, err := new(Transport).RoundTrip(t.Context(), nil, new(metadata.Request))
	require.ErrorIs(t, err, errNoAddress)
	_, err = new(Transport).RoundTrip(t.Context(), TCP(","), new(metadata.Request))
	require.Error(t, err)
}

func TestTransportHoldsBackWhileThrottled(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		throttle := int32(3000)
		c.alter = func(_ *fakeNode, r *fakeRequest) (protocol.Message, bool) {
			if _, ok := r.message.(*heartbeat.Request); !ok {
				return nil, false
			}
			return &heartbeat.Response{ThrottleTimeMs: throttle}, true
		}
		beat := func(ctx context.Context) error {
			_, err := tr.RoundTrip(ctx, TCP("b1:9092"), &heartbeat.Request{GroupID: "g"})
			return err
		}
		require.Zero(t, after(func() { require.NoError(t, beat(t.Context())) }))
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := beat(short)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "quota")
		require.False(t, wasWritten(err))
		throttle = 0
		require.Equal(t, 2*time.Second, after(func() { require.NoError(t, beat(t.Context())) }))
		require.Zero(t, after(func() { require.NoError(t, beat(t.Context())) }))
	})
}

// Brokers before 2.0 have waited themselves when the answer comes.
func TestTransportDoesNotWaitForOldBrokersTwice(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		c.fetchMax = 7
		c.alter = func(_ *fakeNode, r *fakeRequest) (protocol.Message, bool) {
			if _, ok := r.message.(*heartbeat.Request); !ok {
				return nil, false
			}
			return &heartbeat.Response{ThrottleTimeMs: 3000}, true
		}
		for range 3 {
			require.Zero(t, after(func() {
				_, err := tr.RoundTrip(t.Context(), TCP("b1:9092"), &heartbeat.Request{GroupID: "g"})
				require.NoError(t, err)
			}))
		}
	})
}

func TestTransportDoesNotHammerAnUnreachableBroker(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		c.node(1).down = true
		var err error
		for start := time.Now(); time.Since(start) < 30*time.Second; {
			_, err = tr.RoundTrip(t.Context(), TCP("b1:9092"), new(metadata.Request))
			require.Error(t, err)
		}
		dials := len(c.dials())
		require.Greater(t, dials, 20)
		require.Less(t, dials, 60)
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		require.ErrorContains(t, err, "failures in a row")
		require.ErrorContains(t, err, "b1:9092")
		require.ErrorContains(t, err, "Metadata")
		var request *protocol.RequestError
		require.ErrorAs(t, err, &request)
		require.False(t, request.Written)

		c.change(func() { c.node(1).down = false })
		require.Less(t, after(func() { listed(t, tr, TCP("b1:9092"), "t") }), 2*time.Second)
	})
}

// Many callers share one dial, and what comes of it.
func TestTransportDialsOnceForAll(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		c.node(1).lost = true
		var wg sync.WaitGroup
		took := after(func() {
			for range 100 {
				wg.Go(func() {
					_, err := tr.RoundTrip(t.Context(), TCP("b1:9092"), new(metadata.Request))
					assert.ErrorIs(t, err, context.DeadlineExceeded)
				})
			}
			wg.Wait()
		})
		require.Equal(t, defaultTransportDialTimeout, took)
		require.Len(t, c.dials(), 1)
	})
}

// The context of a caller bounds its wait, not the dial: patient and impatient
// callers alike get to the broker in the end.
func TestTransportDialOutlivesItsCaller(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		tr.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if err := pause(ctx, time.Second); err != nil {
				return nil, err
			}
			return c.dial(ctx, network, address)
		}
		tries := 0
		for ; tries < 10; tries++ {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			_, err := tr.RoundTrip(ctx, TCP("b1:9092"), &metadata.Request{TopicNames: []string{"t"}})
			cancel()
			if err == nil {
				break
			}
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
		require.Equal(t, 3, tries)
	})
}

func TestTrap24DialTimeoutBoundsTheHandshake(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		tr.DialTimeout = 2 * time.Second
		c.node(1).silent = true
		require.Equal(t, 2*time.Second, after(func() {
			_, err := tr.RoundTrip(t.Context(), TCP("b1:9092"), new(metadata.Request))
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}))
		synctest.Wait()
		require.Zero(t, c.openConns())
	})
}

type brokerResolverFunc func(Broker) ([]net.IPAddr, error)

func (f brokerResolverFunc) LookupBrokerIPAddr(_ context.Context, b Broker) ([]net.IPAddr, error) {
	return f(b)
}

// KIP-302: names are looked up for each dial, and all addresses are tried.
func TestTransportTriesAllAddressesAnew(t *testing.T) {
	inFakeTime(t, 0, func(t *testing.T, c *fakeCluster, tr *Transport) {
		ips := []string{"10.0.0.1", "10.0.0.2"}
		var asked []int
		tr.Resolver = brokerResolverFunc(func(b Broker) (list []net.IPAddr, err error) {
			asked = append(asked, b.ID)
			for _, ip := range ips {
				list = append(list, net.IPAddr{IP: net.ParseIP(ip)})
			}
			return list, nil
		})
		up := func(ip string) *fakeNode {
			n := &fakeNode{id: 1, address: ip + ":9092", cluster: c}
			c.nodes[n.address] = n
			return n
		}
		down := up("10.0.0.1")
		down.down = true
		second := up("10.0.0.2")
		c.topics["t"].leaders[0] = 1
		listed(t, tr, TCP("kafka:9092"), "t")
		require.Equal(t, []string{"10.0.0.1:9092", "10.0.0.2:9092", "10.0.0.1:9092", "10.0.0.2:9092"}, c.dials())
		require.Equal(t, []int{-1, 1}, asked, "for the address of the cluster, for the broker")

		c.change(func() { ips = []string{"10.0.0.3"} })
		delete(c.nodes, second.address)
		up("10.0.0.3")
		second.hangUp()
		synctest.Wait()
		listed(t, tr, TCP("kafka:9092"), "t")
	})
}

// KIP-899: when all brokers that were known are gone, the program's addresses
// lead to the new ones.
func TestTransportBootstrapsAgain(t *testing.T) {
	for name, gone := range map[string]func(*fakeNode){
		"refused":   func(n *fakeNode) { n.down = true },
		"no answer": func(n *fakeNode) { n.lost = true },
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, 20, func(t *testing.T, c *fakeCluster, tr *Transport) {
				seed := &fakeNode{id: -1, address: "kafka:9092", cluster: c}
				c.nodes[seed.address] = seed
				require.EqualValues(t, 20, listed(t, tr, TCP("kafka:9092"), "t"))
				c.change(func() {
					for id := range int32(20) {
						n := c.node(id + 1)
						gone(n)
						n.id = -1 // not listed any more
						n.hangUp()
					}
					c.add(42)
					c.topics["t"] = &fakeTopic{leaders: []int32{42}, epoch: 1}
				})
				synctest.Wait()
				require.Less(t, after(func() {
					for {
						res, err := tr.RoundTrip(t.Context(), TCP("kafka:9092"), offsetsOf("t", 0))
						if err == nil {
							require.EqualValues(t, 42, res.(*listoffsets.Response).Topics[0].Partitions[0].Offset)
							return
						}
						require.Equal(t, "no answer", name, "%v", err)
					}
				}), 10*time.Second)
			})
		})
	}
}

func TestMetadataGoesAroundAFrozenBroker(t *testing.T) {
	inFakeTime(t, 2, func(t *testing.T, c *fakeCluster, tr *Transport) {
		c.topics["u"] = &fakeTopic{leaders: []int32{1}}
		listed(t, tr, TCP("b2:9092"), "t")
		listed(t, tr, TCP("b2:9092"), "u") // now connected to both
		for _, frozen := range []int32{1, 2} {
			c.change(func() { c.node(1).silent, c.node(2).silent = frozen == 1, frozen == 2 })
			for range 5 {
				require.LessOrEqual(t, after(func() {
					_, err := tr.RoundTrip(t.Context(), TCP("b2:9092"), &metadata.Request{TopicNames: []string{"unknown"}})
					require.NoError(t, err)
				}), 2*askDelay)
				_, err := tr.RoundTrip(t.Context(), TCP("b2:9092"), &findcoordinator.Request{Key: "g"})
				require.NoError(t, err)
			}
			c.change(func() { c.node(1).silent, c.node(2).silent = false, false })
			c.node(frozen).hangUp()
			synctest.Wait()
		}
	})
}

// A leader that does not answer in time may be one no more.
func TestRequestsLeaveAFrozenLeader(t *testing.T) {
	inFakeTime(t, 2, func(t *testing.T, c *fakeCluster, tr *Transport) {
		tr.MetadataTTL = time.Hour
		listed(t, tr, TCP("b1:9092"), "t")
		time.Sleep(10 * time.Second)
		c.change(func() {
			c.node(2).silent = true
			c.topics["t"] = &fakeTopic{leaders: []int32{1}, epoch: 1}
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := tr.RoundTrip(ctx, TCP("b1:9092"), offsetsOf("t", 0))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		time.Sleep(2 * askDelay)
		require.Zero(t, after(func() { require.EqualValues(t, 1, listed(t, tr, TCP("b1:9092"), "t")) }))
	})
}

func TestSplitRequestsAreNotHeldUpByOneBroker(t *testing.T) {
	inFakeTime(t, 3, func(t *testing.T, c *fakeCluster, tr *Transport) {
		c.topics["t"] = &fakeTopic{leaders: []int32{1, 2, 3}}
		ask := func(ctx context.Context) (codes []Error) {
			res, err := tr.RoundTrip(ctx, TCP("b1:9092"), offsetsOf("t", 0, 1, 2))
			require.NoError(t, err)
			for _, p := range res.(*listoffsets.Response).Topics {
				for _, p := range p.Partitions {
					codes = append(codes, Error(p.ErrorCode))
				}
			}
			return codes
		}
		require.Equal(t, []Error{0, 0, 0}, ask(t.Context()))
		c.change(func() { c.node(1).silent = true })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.Equal(t, []Error{NetworkException, 0, 0}, ask(ctx))
		// Those that went out early follow a leader that has moved.
		c.change(func() {
			c.node(1).silent = false
			c.topics["t"] = &fakeTopic{leaders: []int32{3, 3, 2}, epoch: 1}
		})
		c.node(1).hangUp()
		time.Sleep(time.Second)
		require.ElementsMatch(t, []Error{0, 0, 0}, ask(t.Context()))
		// A connection that has ended is replaced.
		c.change(func() { c.topics["t"] = &fakeTopic{leaders: []int32{1, 2, 3}, epoch: 2} })
		require.Equal(t, []Error{0, 0, 0}, ask(t.Context()))
		for id := range int32(3) {
			c.node(id + 1).hangUp()
		}
		require.Equal(t, []Error{0, 0, 0}, ask(t.Context()))
	})
}

func TestCloseIdleConnectionsAbortsADial(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		c.node(1).lost = true
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := tr.RoundTrip(ctx, TCP("b1:9092"), new(metadata.Request))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Zero(t, after(tr.CloseIdleConnections), "nothing is waited for")
	})
}

func TestTransportContextEndsEverything(t *testing.T) {
	inFakeTime(t, 2, func(t *testing.T, c *fakeCluster, tr *Transport) {
		ctx, cancel := context.WithCancel(t.Context())
		tr.Context = ctx
		listed(t, tr, TCP("b1:9092"), "t")
		c.change(func() { c.node(1).silent, c.node(2).silent = true, true })
		errs := make(chan error, 2)
		go func() {
			_, err := tr.RoundTrip(t.Context(), TCP("b1:9092"), offsetsOf("t", 0))
			errs <- err
		}()
		go func() {
			_, err := tr.RoundTrip(t.Context(), TCP("b1:9092"), &metadata.Request{TopicNames: []string{"other"}})
			errs <- err
		}()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-errs, net.ErrClosed)
		require.ErrorIs(t, <-errs, net.ErrClosed)
		synctest.Wait()
		require.Zero(t, c.openConns())
		_, err := tr.RoundTrip(t.Context(), TCP("b1:9092"), new(metadata.Request))
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorContains(t, err, "Context of the transport has ended")
	})
}

func TestTransportOfAContextThatHasEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // whatever the timing
		tr := &Transport{Context: ctx}
		_, err := tr.RoundTrip(t.Context(), TCP("b1:9092"), new(metadata.Request))
		require.ErrorIs(t, err, context.Canceled)
		tr.CloseIdleConnections()
	}
}

// A Transport that is left alone ends what it has running by itself.
func TestIssue1358_IdleTransportKeepsNothing(t *testing.T) {
	inFakeTime(t, 2, func(t *testing.T, c *fakeCluster, tr *Transport) {
		listed(t, tr, TCP("b1:9092"), "t")
		require.Positive(t, c.openConns())
		time.Sleep(topicIdle + 2*defaultTransportIdleTimeout)
		synctest.Wait()
		require.Zero(t, c.openConns())
		dials := len(c.dials())
		time.Sleep(24 * time.Hour)
		require.Len(t, c.dials(), dials)
		listed(t, tr, TCP("b1:9092"), "t") // it is of use still
	})
}

func TestMetadataIsKeptFreshWhileInUse(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		r, err := newProducerRoute(tr, TCP("b1:9092"))
		require.NoError(t, err)
		defer r.release()
		layout, err := r.topic(t.Context(), "t", false)
		require.NoError(t, err)
		changed := r.changed()
		c.change(func() { c.topics["t"] = &fakeTopic{leaders: []int32{1, 1, 1}} })
		require.LessOrEqual(t, after(func() { <-changed }), defaultMetadataTTL+metadataPause)
		require.Len(t, layout.partitions, 1, "what was handed out does not change")
		require.Equal(t, []int{0, 1, 2}, r.known("t").ids)
		time.Sleep(metadataPause)
		require.Zero(t, after(func() { // on demand it is asked for at once
			changed := r.changed()
			r.refresh("t")
			<-changed
		}))
	})
}

func TestIssue1352_ConnectionClosedByTheBrokerWhileIdle(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		addr := TCP("b1:9092")
		listed(t, tr, addr, "t")
		for range 3 {
			c.node(1).hangUp()
			synctest.Wait()
			listed(t, tr, addr, "t")
		}
		// The end comes with the request: what only reads is sent again, what
		// writes is not, as it may have been carried out.
		var cut atomic.Int32
		c.alter = func(_ *fakeNode, r *fakeRequest) (protocol.Message, bool) {
			switch r.message.(type) {
			case *listoffsets.Request, *produce.Request:
				if cut.Add(-1) >= 0 {
					r.conn.Close()
					return nil, true
				}
			}
			return nil, false
		}
		cut.Store(1)
		listed(t, tr, addr, "t")
		cut.Store(1)
		_, err := tr.RoundTrip(t.Context(), addr, produceRequest(-1, "t", 0))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.True(t, wasWritten(err))
		_, err = tr.RoundTrip(t.Context(), addr, produceRequest(-1, "t", 0))
		require.NoError(t, err)
	})
}

func TestRequestsFollowTheController(t *testing.T) {
	inFakeTime(t, 3, func(t *testing.T, c *fakeCluster, tr *Transport) {
		create := func(name string) Error {
			res, err := tr.RoundTrip(t.Context(), TCP("b1:9092"), &createtopics.Request{
				Topics: []createtopics.RequestTopic{{Name: name, NumPartitions: 1, ReplicationFactor: 1}}, TimeoutMs: 1000,
			})
			require.NoError(t, err)
			return Error(res.(*createtopics.Response).Topics[0].ErrorCode)
		}
		require.Zero(t, create("a"))
		c.change(func() { c.controller = 3 })
		require.Zero(t, create("b"))
		require.Len(t, saw[*createtopics.Request](c.node(1)), 2)
		require.Len(t, saw[*createtopics.Request](c.node(3)), 1)
		c.change(func() { c.controller = 4 }) // nobody admits to it
		require.Equal(t, NotController, create("c"))
	})
}

func TestRequestsFollowTheCoordinator(t *testing.T) {
	inFakeTime(t, 3, func(t *testing.T, c *fakeCluster, tr *Transport) {
		beat := func() Error {
			res, err := tr.RoundTrip(t.Context(), TCP("b1:9092"), &heartbeat.Request{GroupID: "g"})
			require.NoError(t, err)
			return Error(res.(*heartbeat.Response).ErrorCode)
		}
		require.Zero(t, beat())
		require.Zero(t, beat())
		c.change(func() { c.coordinator = 3 })
		require.Zero(t, beat())
		found := 0
		for id := range int32(3) {
			found += len(saw[*findcoordinator.Request](c.node(id + 1)))
		}
		require.Equal(t, 2, found, "it is looked up once and when it has moved")
		// One that is gone is looked up as well.
		c.change(func() { c.coordinator = 2; c.node(3).down = true })
		c.node(3).hangUp()
		synctest.Wait()
		require.Zero(t, beat())
	})
}

func TestTrap47_CoordinatorLookupErrorsAreReturned(t *testing.T) {
	inFakeTime(t, 2, func(t *testing.T, c *fakeCluster, tr *Transport) {
		code := GroupAuthorizationFailed
		c.alter = func(_ *fakeNode, r *fakeRequest) (protocol.Message, bool) {
			if _, ok := r.message.(*findcoordinator.Request); !ok {
				return nil, false
			}
			return &findcoordinator.Response{ErrorCode: int16(code), NodeID: -1, ErrorMessage: "no"}, true
		}
		_, err := tr.RoundTrip(t.Context(), TCP("b1:9092"), &heartbeat.Request{GroupID: "g"})
		require.ErrorIs(t, err, GroupAuthorizationFailed)
		require.Empty(t, saw[*heartbeat.Request](c.node(1)))
		require.Empty(t, saw[*heartbeat.Request](c.node(2)))

		code = GroupCoordinatorNotAvailable // is waited for, and not for ever
		took := after(func() {
			_, err = tr.RoundTrip(t.Context(), TCP("b1:9092"), &heartbeat.Request{GroupID: "g"})
			require.ErrorIs(t, err, GroupCoordinatorNotAvailable)
		})
		require.InDelta(t, coordinatorTimeout, took, float64(2*time.Second))
	})
}

func TestIssue1413_RequestsFollowTheLeader(t *testing.T) {
	inFakeTime(t, 3, func(t *testing.T, c *fakeCluster, tr *Transport) {
		tr.MetadataTTL = time.Hour
		require.EqualValues(t, 3, listed(t, tr, TCP("b1:9092"), "t"))
		c.change(func() { c.topics["t"] = &fakeTopic{leaders: []int32{2}, epoch: 1} })
		require.Less(t, after(func() {
			require.EqualValues(t, 2, listed(t, tr, TCP("b1:9092"), "t"))
		}), time.Second)
		c.change(func() { c.topics["t"] = &fakeTopic{leaders: []int32{1}, epoch: 2} })
		res, err := tr.RoundTrip(t.Context(), TCP("b1:9092"), produceRequest(-1, "t", 0))
		require.NoError(t, err)
		require.Zero(t, res.(*produce.Response).Topics[0].Partitions[0].ErrorCode)
	})
}

// An answer that shows that part of the metadata is out of date has it loaded at
// once, though the rest of the request was carried out and it is not sent again.
func TestTrap39_MetadataIsLoadedWhenAnAnswerShowsItIsOld(t *testing.T) {
	inFakeTime(t, 2, func(t *testing.T, c *fakeCluster, tr *Transport) {
		tr.MetadataTTL = time.Hour
		c.topics["t"] = &fakeTopic{leaders: []int32{2, 2}}
		addr := TCP("b1:9092")
		_, err := tr.RoundTrip(t.Context(), addr, produceRequest(-1, "t", 0, 1))
		require.NoError(t, err)
		c.change(func() { c.topics["t"] = &fakeTopic{leaders: []int32{2, 1}, epoch: 1} })
		res, err := tr.RoundTrip(t.Context(), addr, produceRequest(-1, "t", 0, 1))
		require.NoError(t, err)
		partitions := res.(*produce.Response).Topics[0].Partitions
		require.Zero(t, partitions[0].ErrorCode)
		require.Equal(t, NotLeaderForPartition, Error(partitions[1].ErrorCode))
		require.Len(t, saw[*produce.Request](c.node(2)), 2)
		time.Sleep(metadataPause)
		synctest.Wait()
		_, err = tr.RoundTrip(t.Context(), addr, produceRequest(-1, "t", 1))
		require.NoError(t, err)
		require.Len(t, saw[*produce.Request](c.node(1)), 1)
		require.Len(t, saw[*produce.Request](c.node(2)), 2)
	})
}

func TestTrap36_ValidateOnlyReturnsAtOnce(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		tr.MetadataTopics = []string{"t"}
		for _, validate := range []bool{true, false} {
			require.Less(t, after(func() {
				_, err := tr.RoundTrip(t.Context(), TCP("b1:9092"), &createtopics.Request{
					Topics:    []createtopics.RequestTopic{{Name: "n", NumPartitions: 1, ReplicationFactor: 1}},
					TimeoutMs: 60_000, ValidateOnly: validate,
				})
				require.NoError(t, err)
			}), time.Second)
		}
	})
}

// Requests that the broker holds on to are not in each other's way, and still the
// number of connections is bounded.
func TestTrap38_RequestsThatWaitHaveConnectionsToThemselves(t *testing.T) {
	usual := limits
	limits[fetchLink] = 32 // as many fetches as below would take their time in a test
	t.Cleanup(func() { limits = usual })
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		addr := TCP("b1:9092")
		release := make(chan struct{})
		var joined atomic.Int32
		c.alter = func(_ *fakeNode, r *fakeRequest) (protocol.Message, bool) {
			switch r.message.(type) {
			case *joingroup.Request:
				if joined.Add(1) == 3 {
					close(release) // the members are complete
				}
				<-release
				return &joingroup.Response{}, true
			case *fetch.Request:
				<-release
				_ = pause(t.Context(), time.Second)
				return &fetch.Response{}, true
			}
			return nil, false
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				_, err := tr.RoundTrip(t.Context(), addr, &joingroup.Request{GroupID: "g"})
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		listed(t, tr, addr, "t")
		before := len(c.dials())
		for range 200 {
			wg.Go(func() {
				_, err := tr.RoundTrip(t.Context(), addr, &fetch.Request{ReplicaID: -1, MaxWaitTime: 1000, Topics: []fetch.RequestTopic{{
					Topic: "t", Partitions: []fetch.RequestPartition{{CurrentLeaderEpoch: -1, LastFetchedEpoch: -1}},
				}}})
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		require.Equal(t, limits[fetchLink], len(c.dials())-before)
		time.Sleep(2 * defaultTransportIdleTimeout)
		synctest.Wait()
		require.LessOrEqual(t, c.openConns(), 1, "but for what keeps metadata fresh")
	})
}

func TestTrap18_InternalTopicsAreRouted(t *testing.T) {
	inFakeTime(t, 2, func(t *testing.T, c *fakeCluster, tr *Transport) {
		c.topics["__consumer_offsets"] = &fakeTopic{leaders: []int32{2}, internal: true}
		require.EqualValues(t, 2, listed(t, tr, TCP("b1:9092"), "__consumer_offsets"))
	})
}

func TestTransportOfSeveralAddresses(t *testing.T) {
	inFakeTime(t, 2, func(t *testing.T, c *fakeCluster, tr *Transport) {
		c.node(1).down = true
		c.nodes["gone:9092"] = &fakeNode{id: -1, down: true, cluster: c}
		require.EqualValues(t, 2, listed(t, tr, TCP("gone:9092", "b2:9092"), "t"))
		require.EqualValues(t, 2, listed(t, tr, TCP("b2:9092"), "t"), "another name of the same cluster")
		_, err := tr.RoundTrip(t.Context(), TCP("gone:9092", "b1:9092"), new(metadata.Request))
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		require.ErrorContains(t, err, "gone:9092")
		require.ErrorContains(t, err, "b1:9092")
	})
}

func TestAdvertisedHostThatDoesNotResolve(t *testing.T) {
	inFakeTime(t, 2, func(t *testing.T, c *fakeCluster, tr *Transport) {
		seed := &fakeNode{id: -1, address: "kafka:9092", cluster: c}
		c.nodes[seed.address] = seed
		c.nodes["elsewhere"] = c.node(2) // is listed still
		delete(c.nodes, "b2:9092")
		_, err := tr.RoundTrip(t.Context(), TCP("kafka:9092"), offsetsOf("t", 0))
		var dns *net.DNSError
		require.ErrorAs(t, err, &dns)
		require.ErrorContains(t, err, `broker 2 advertises the host "b2", which does not resolve here`)
		require.ErrorContains(t, err, "advertised.listeners")
	})
}

func TestTopicsOfOthersAreNotCreated(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		c.autoCreate = true
		ask := func(create bool, topics ...string) *metadata.Response {
			res, err := tr.RoundTrip(t.Context(), TCP("b1:9092"), &metadata.Request{TopicNames: topics, AllowAutoTopicCreation: create})
			require.NoError(t, err)
			return res.(*metadata.Response)
		}
		require.Equal(t, UnknownTopicOrPartition, Error(ask(false, "missing").Topics[0].ErrorCode))
		require.Zero(t, ask(true, "new").Topics[0].ErrorCode)
		require.Equal(t, UnknownTopicOrPartition, Error(ask(false, "missing").Topics[0].ErrorCode))
	})
}

func TestRoutingLearnsAllTopics(t *testing.T) {
	inFakeTime(t, 2, func(t *testing.T, c *fakeCluster, tr *Transport) {
		req := produceRequest(-1, "t", 0)
		for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
			c.topics[name] = &fakeTopic{leaders: []int32{2, 2, 1}}
			req.Topics = append(req.Topics, produceRequest(-1, name, 0, 1).Topics...)
		}
		_, err := tr.RoundTrip(t.Context(), TCP("b1:9092"), req)
		require.NoError(t, err)
		require.Len(t, saw[*produce.Request](c.node(2)), 1)

		// One request per leader, though the topic was not known before.
		c.topics["g"] = &fakeTopic{leaders: []int32{1, 2, 1, 2, 1, 2}}
		_, err = tr.RoundTrip(t.Context(), TCP("b1:9092"), offsetsOf("g", 0, 1, 2, 3, 4, 5))
		require.NoError(t, err)
		require.Len(t, saw[*listoffsets.Request](c.node(1)), 1)
		require.Len(t, saw[*listoffsets.Request](c.node(2)), 1)

		// Without partitions any broker will do.
		_, err = tr.RoundTrip(t.Context(), TCP("b1:9092"), &listoffsets.Request{ReplicaID: -1})
		require.NoError(t, err)
	})
}

func TestTrap46_RoutingErrorsTellTheReason(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		c.topics["secret"] = &fakeTopic{code: TopicAuthorizationFailed}
		c.topics["headless"] = &fakeTopic{leaders: []int32{-1}}
		for topic, want := range map[string][]error{
			"secret":   {TopicAuthorizationFailed},
			"missing":  {UnknownTopicOrPartition},
			"headless": {protocol.ErrNoLeader},
		} {
			var err error
			require.Less(t, after(func() {
				_, err = tr.RoundTrip(t.Context(), TCP("b1:9092"), produceRequest(-1, topic, 0))
			}), time.Second)
			for _, w := range want {
				require.ErrorIs(t, err, w, topic)
			}
			require.ErrorContains(t, err, topic)
		}
		c.node(1).down = true
		c.node(1).hangUp()
		synctest.Wait()
		_, err := tr.RoundTrip(t.Context(), TCP("b1:9092"), produceRequest(-1, "other", 0))
		require.ErrorIs(t, err, syscall.ECONNREFUSED, "rather than: no such topic")
	})
}

func TestMetadataAnswersBelongToTheCaller(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		for range 2 {
			res, err := tr.RoundTrip(t.Context(), TCP("b1:9092"), &metadata.Request{TopicNames: []string{"t"}})
			require.NoError(t, err)
			m := res.(*metadata.Response)
			require.Equal(t, []int32{1}, m.Topics[0].Partitions[0].ReplicaNodes)
			require.EqualValues(t, -1<<31, m.Topics[0].TopicAuthorizedOperations)
			require.EqualValues(t, -1<<31, m.ClusterAuthorizedOperations)
			m.Topics[0].Partitions[0].ReplicaNodes[0] = 9
		}
	})
}

func TestSilentBrokerFailsTheRequestInTime(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		listed(t, tr, TCP("b1:9092"), "t")
		c.change(func() { c.node(1).silent = true })
		require.LessOrEqual(t, after(func() {
			_, err := tr.RoundTrip(t.Context(), TCP("b1:9092"), produceRequest(-1, "t", 0))
			require.ErrorIs(t, err, os.ErrDeadlineExceeded)
			require.True(t, wasWritten(err))
		}), requestTimeout+2*time.Second)
	})
}

func TestUnreachableErrors(t *testing.T) {
	one := errors.New("kafka: one")
	require.Equal(t, one, unreachable([]error{one}))
	err := unreachable([]error{one, os.ErrDeadlineExceeded})
	require.Equal(t, "kafka: no broker of the cluster answers: one; i/o timeout", err.Error())
	require.ErrorIs(t, err, one)
	require.False(t, err.(unreachableError).Timeout())
	require.True(t, unreachableError{os.ErrDeadlineExceeded, context.DeadlineExceeded}.Timeout())
}
