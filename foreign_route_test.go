package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// roundTripperFunc is a RoundTripper as programs have them.
type roundTripperFunc func(ctx context.Context, addr net.Addr, req Request) (Response, error)

func (f roundTripperFunc) RoundTrip(ctx context.Context, addr net.Addr, req Request) (Response, error) {
	return f(ctx, addr, req)
}

// foreignTo is a RoundTripper around a Transport, which keeps the requests.
type foreignTo struct {
	tr       *Transport
	mu       sync.Mutex
	requests []Request
}

func (f *foreignTo) RoundTrip(ctx context.Context, addr net.Addr, req Request) (Response, error) {
	f.mu.Lock()
	f.requests = append(f.requests, req)
	f.mu.Unlock()
	return f.tr.RoundTrip(ctx, addr, req)
}

func asked[T Request](f *foreignTo) (list []T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.requests {
		if m, ok := r.(T); ok {
			list = append(list, m)
		}
	}
	return list
}

// withForeignRoute runs a test with the route over a RoundTripper of the
// program's own, in fake time.
func withForeignRoute(t *testing.T, test func(t *testing.T, c *fakeCluster, f *foreignTo, r producerRoute)) {
	t.Helper()
	inFakeTime(t, 2, func(t *testing.T, c *fakeCluster, tr *Transport) {
		f := &foreignTo{tr: tr}
		tr.MetadataTTL = time.Millisecond
		r, err := newProducerRoute(f, TCP("b1:9092"))
		require.NoError(t, err)
		require.IsType(t, new(foreignRoute), r)
		defer r.release()
		test(t, c, f, r)
	})
}

func TestForeignRoute(t *testing.T) {
	withForeignRoute(t, func(t *testing.T, c *fakeCluster, f *foreignTo, r producerRoute) {
		require.Nil(t, r.known("t"))
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				layout, err := r.topic(t.Context(), "t", false)
				assert.NoError(t, err)
				assert.Equal(t, []int{0}, layout.ids)
				assert.EqualValues(t, 2, layout.partition(0).leader)
			})
		}
		wg.Wait()
		require.Len(t, asked[*metadata.Request](f), 1)
		require.NotNil(t, r.known("t"))

		version, err := r.produceVersion(t.Context(), 2)
		require.NoError(t, err)
		require.GreaterOrEqual(t, version, int16(7))

		wake := make(chan struct{}, 1)
		for range 2 { // a signal that waits already is enough
			pending, err := r.produce(t.Context(), 2, produceRequest(-1, "t", 0), wake)
			require.NoError(t, err)
			require.True(t, pending.ready())
			require.Len(t, wake, 1)
			res, err := pending.reply(t.Context())
			require.NoError(t, err)
			require.EqualValues(t, 7, res.Topics[0].Partitions[0].BaseOffset)
		}
		pending, err := r.produce(t.Context(), 2, produceRequest(0, "t", 0), wake)
		require.NoError(t, err)
		res, err := pending.reply(t.Context())
		require.NoError(t, err)
		require.Nil(t, res)

		id, epoch, err := r.initProducerID(t.Context(), "", time.Minute, -1, -1)
		require.NoError(t, err)
		require.EqualValues(t, 7, id)
		require.EqualValues(t, 3, epoch)
		require.Equal(t, &initproducerid.Request{TransactionTimeoutMs: 60_000, ProducerID: -1, ProducerEpoch: -1}, asked[*initproducerid.Request](f)[0])
	})
}

func TestForeignRouteMetadata(t *testing.T) {
	withForeignRoute(t, func(t *testing.T, c *fakeCluster, f *foreignTo, r producerRoute) {
		layout, err := r.topic(t.Context(), "missing", false)
		require.NoError(t, err)
		require.Equal(t, UnknownTopicOrPartition, layout.err)
		c.autoCreate = true
		layout, err = r.topic(t.Context(), "missing", true)
		require.NoError(t, err)
		require.NoError(t, layout.err)

		_, err = r.topic(t.Context(), "t", false)
		require.NoError(t, err)
		changed := r.changed()
		c.change(func() { c.topics["t"] = &fakeTopic{leaders: []int32{1}, epoch: 5} })
		require.LessOrEqual(t, after(func() { r.refresh("t"); r.refresh("t"); <-changed }), 2*metadataPause)
		require.EqualValues(t, 1, r.known("t").partition(0).leader)

		r.moved("t", 0, 2, 5)
		require.EqualValues(t, 1, r.known("t").partition(0).leader, "the epoch is not newer")
		changed = r.changed()
		r.moved("t", 0, 2, 6)
		<-changed
		require.EqualValues(t, 2, r.known("t").partition(0).leader)
		r.moved("unheard of", 0, 1, 1)

		time.Sleep(defaultMetadataTTL + time.Second) // old: asked for when looked at
		changed = r.changed()
		require.NotNil(t, r.known("t"))
		<-changed
		r.refresh("t")
		r.release()
		before := len(asked[*metadata.Request](f))
		r.refresh("t")
		time.Sleep(time.Minute)
		require.Len(t, asked[*metadata.Request](f), before)
	})
}

func TestForeignRouteOneRequestAtATimePerBroker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy, most := map[string]int{}, map[string]int{}
		var mu sync.Mutex
		count := func(key string, n int) {
			mu.Lock()
			defer mu.Unlock()
			busy[key] += n
			most[key] = max(most[key], busy[key])
		}
		r := newForeignRoute(roundTripperFunc(func(ctx context.Context, _ net.Addr, req Request) (Response, error) {
			key := req.(*produce.Request).Topics[0].Topic
			count(key, 1)
			count("all", 1)
			time.Sleep(time.Second)
			count(key, -1)
			count("all", -1)
			return new(produce.Response), nil
		}), TCP("b"))
		defer r.release()
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				broker := int32(i % 2)
				_, err := r.produce(t.Context(), broker, produceRequest(-1, fmt.Sprint("to ", broker), 0), nil)
				assert.NoError(t, err)
			})
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := r.produce(ctx, 0, produceRequest(-1, "late", 0), nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.False(t, wasWritten(err))
		wg.Wait()
		require.Equal(t, map[string]int{"to 0": 1, "to 1": 1, "all": 2}, most)
	})
}

// What a RoundTripper may do that a Transport does not.
func TestForeignRouteErrors(t *testing.T) {
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		res     Response
		err     error
		written bool
	}{
		"unknown failure":    {nil, broken, true},
		"end of the context": {nil, context.DeadlineExceeded, true},
		"other answer":       {new(metadata.Response), nil, true},
		"no answer":          {nil, nil, true},
		"nil answer":         {(*produce.Response)(nil), nil, true},
		"dial":               {nil, fmt.Errorf("x: %w", &net.OpError{Op: "dial", Err: broken}), false},
		"read":               {nil, &net.OpError{Op: "read", Err: broken}, true},
		"routing":            {nil, produce.NewError(protocol.NewErrNoLeader("t", 0)), false},
		"not written":        {nil, &protocol.RequestError{Err: broken}, false},
		"written":            {nil, &protocol.RequestError{Err: broken, Written: true}, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newForeignRoute(roundTripperFunc(func(context.Context, net.Addr, Request) (Response, error) {
				return test.res, test.err
			}), TCP("b"))
			defer r.release()
			wake := make(chan struct{}, 1)
			pending, err := r.produce(t.Context(), 1, produceRequest(-1, "t", 0), wake)
			if test.written {
				require.NoError(t, err)
				require.Len(t, wake, 1)
				_, err = pending.reply(t.Context())
			} else {
				require.Nil(t, pending)
			}
			var request *protocol.RequestError
			require.ErrorAs(t, err, &request)
			require.Equal(t, test.written, request.Written)
			if test.err != nil {
				require.ErrorIs(t, err, test.err)
			}

			_, _, err = r.initProducerID(t.Context(), "", 0, -1, -1)
			require.Error(t, err)
			if _, ok := test.res.(*metadata.Response); !ok {
				_, err = r.topic(t.Context(), "t", false)
				require.Error(t, err)
			}
		})
	}
	r := newForeignRoute(roundTripperFunc(func(context.Context, net.Addr, Request) (Response, error) {
		return &initproducerid.Response{ErrorCode: int16(ClusterAuthorizationFailed)}, nil
	}), TCP("b"))
	defer r.release()
	_, _, err := r.initProducerID(t.Context(), "", 0, -1, -1)
	require.ErrorIs(t, err, ClusterAuthorizationFailed)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = r.produce(ctx, 1, produceRequest(-1, "t", 0), nil)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, wasWritten(err))
}

// A caller whose context ends while it asks for all leaves the others to ask.
func TestForeignRouteTopicOutlivesACaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newForeignRoute(roundTripperFunc(func(ctx context.Context, _ net.Addr, req Request) (Response, error) {
			if err := pause(ctx, time.Second); err != nil {
				return nil, err
			}
			return &metadata.Response{Topics: []metadata.ResponseTopic{{Name: "t", Partitions: make([]metadata.ResponsePartition, 1)}}}, nil
		}), TCP("b"))
		defer r.release()
		var wg sync.WaitGroup
		errs := make([]error, 3)
		for i := range errs {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i*5)*time.Second+500*time.Millisecond)
				defer cancel()
				_, errs[i] = r.topic(ctx, "t", false)
			})
		}
		wg.Wait()
		require.ErrorIs(t, errs[0], context.DeadlineExceeded)
		require.Equal(t, []error{nil, nil}, errs[1:])
	})
}

func TestNewProducerRoute(t *testing.T) {
	_, err := newProducerRoute(new(Transport), nil)
	require.ErrorIs(t, err, errNoAddress)
	_, err = newProducerRoute(roundTripperFunc(nil), nil)
	require.ErrorIs(t, err, errNoAddress)
	r, err := newProducerRoute(new(Transport), TCP("b"))
	require.NoError(t, err)
	require.IsType(t, clusterRoute{}, r)
	r.release()
}

func TestRouteOfATransport(t *testing.T) {
	inFakeTime(t, 2, func(t *testing.T, c *fakeCluster, tr *Transport) {
		r, err := newProducerRoute(tr, TCP("b1:9092"))
		require.NoError(t, err)
		defer r.release()
		layout, err := r.topic(t.Context(), "t", false)
		require.NoError(t, err)
		require.EqualValues(t, 2, layout.partition(0).leader)
		version, err := r.produceVersion(t.Context(), 2)
		require.NoError(t, err)
		require.EqualValues(t, 13, version)

		// Requests are written in order, and answered later.
		hold := make(chan struct{})
		c.alter = func(_ *fakeNode, r *fakeRequest) (protocol.Message, bool) {
			if _, ok := r.message.(*produce.Request); ok {
				<-hold
			}
			return nil, false
		}
		wake := make(chan struct{}, 1)
		var pending []pendingProduce
		p, err := r.produce(t.Context(), 2, produceRequest(-1, "t", 0), wake)
		require.NoError(t, err)
		require.False(t, p.ready())
		require.Empty(t, wake)
		pending = append(pending, p)
		close(hold)
		<-wake
		for range 4 {
			p, err := r.produce(t.Context(), 2, produceRequest(-1, "t", 0), wake)
			require.NoError(t, err)
			pending = append(pending, p)
		}
		for _, p := range pending {
			res, err := p.reply(t.Context())
			require.NoError(t, err)
			require.Zero(t, res.Topics[0].Partitions[0].ErrorCode)
		}
		p, err = r.produce(t.Context(), 2, produceRequest(0, "t", 0), wake)
		require.NoError(t, err)
		require.True(t, p.ready())
		res, err := p.reply(t.Context())
		require.NoError(t, err)
		require.Nil(t, res)

		changed := r.changed()
		r.moved("t", 0, 1, 9)
		<-changed
		require.EqualValues(t, 1, r.known("t").partition(0).leader)
		r.moved("t", 0, 77, 10)
		require.EqualValues(t, 1, r.known("t").partition(0).leader, "nobody knows where that is")

		id, epoch, err := r.initProducerID(t.Context(), "", time.Minute, -1, -1)
		require.NoError(t, err)
		require.EqualValues(t, 7, id)
		require.EqualValues(t, 3, epoch)

		_, err = r.produce(t.Context(), 77, produceRequest(-1, "t", 0), wake)
		require.ErrorIs(t, err, BrokerNotAvailable)
		require.False(t, wasWritten(err))
		_, err = r.produceVersion(t.Context(), 77)
		require.ErrorIs(t, err, BrokerNotAvailable)
	})
}

// A connection that the broker closed while it was idle is no error.
func TestIssue1352_RouteRedialsWhatWasClosed(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		r, err := newProducerRoute(tr, TCP("b1:9092"))
		require.NoError(t, err)
		defer r.release()
		_, err = r.topic(t.Context(), "t", false)
		require.NoError(t, err)
		for range 3 {
			p, err := r.produce(t.Context(), 1, produceRequest(-1, "t", 0), nil)
			require.NoError(t, err)
			_, err = p.reply(t.Context())
			require.NoError(t, err)
			c.node(1).hangUp()
			synctest.Wait()
		}
	})
}

// A Writer's connections outlive CloseIdleConnections, and end with the route.
func TestRouteHoldsItsConnections(t *testing.T) {
	inFakeTime(t, 1, func(t *testing.T, c *fakeCluster, tr *Transport) {
		r, err := newProducerRoute(tr, TCP("b1:9092"))
		require.NoError(t, err)
		_, err = r.topic(t.Context(), "t", false)
		require.NoError(t, err)
		c.change(func() { c.node(1).silent = true })
		_, err = r.produceVersion(t.Context(), 1)
		require.ErrorIs(t, err, context.DeadlineExceeded, "the seed's connection was another one")
		c.change(func() { c.node(1).silent = false })
		_, err = r.produceVersion(t.Context(), 1)
		require.NoError(t, err)
		c.change(func() { c.node(1).silent = true })
		p, err := r.produce(t.Context(), 1, produceRequest(-1, "t", 0), nil)
		require.NoError(t, err)
		tr.CloseIdleConnections()
		require.False(t, p.ready())
		require.Equal(t, 1, c.openConns(), "a request is under way")
		require.Zero(t, after(r.release))
		_, err = p.reply(t.Context())
		require.ErrorIs(t, err, net.ErrClosed)
		require.True(t, wasWritten(err))
	})
}

func TestResponseFacts(t *testing.T) {
	type ownResponse struct {
		ThrottleTimeMs int32
		protocol.Message
	}
	require.Equal(t, 5*time.Second, throttleOf(&produce.Response{ThrottleTimeMs: 5000}))
	require.Equal(t, time.Second, throttleOf(&ownResponse{ThrottleTimeMs: 1000}))
	require.Zero(t, throttleOf((*produce.Response)(nil)))
	require.Zero(t, testing.AllocsPerRun(100, func() { throttleOf(producedWith(0)) })-testing.AllocsPerRun(100, func() { producedWith(0) }))
	for name, test := range map[string]struct {
		codes []Error
		want  verdict
	}{
		"success":           {[]Error{0, 0}, verdict{}},
		"no partition":      {nil, verdict{}},
		"all moved":         {[]Error{NotLeaderForPartition, NotLeaderForPartition}, verdict{declined: true, misrouted: true, outdated: true}},
		"some moved":        {[]Error{0, NotLeaderForPartition}, verdict{misrouted: true, outdated: true}},
		"some moved, first": {[]Error{NotLeaderForPartition, 0}, verdict{misrouted: true, outdated: true}},
		"gone, then moved":  {[]Error{UnknownTopicOrPartition, NotLeaderForPartition}, verdict{misrouted: true, outdated: true}},
		"another error":     {[]Error{MessageSizeTooLarge, 0}, verdict{}},
		"topic gone":        {[]Error{UnknownTopicOrPartition}, verdict{outdated: true}},
	} {
		require.Equal(t, test.want, judge(producedWith(test.codes...)), name)
	}
	require.Equal(t, verdict{declined: true, misrouted: true}, judge(&heartbeatResponse{ErrorCode: int16(NotCoordinatorForGroup)}))
	require.Equal(t, verdict{}, judge(new(heartbeatResponse)))
	list := []responseElement{{int16(NotCoordinatorForGroup)}}
	require.Equal(t, verdict{declined: true, misrouted: true}, judge(&pointerResponse{Elements: &list}))
	require.Equal(t, verdict{}, judge(new(pointerResponse)))
	require.Equal(t, verdict{}, judge(plainResponse{}))
}

func producedWith(codes ...Error) *produce.Response {
	res := &produce.Response{Topics: make([]produce.ResponseTopic, 1)}
	for _, code := range codes {
		res.Topics[0].Partitions = append(res.Topics[0].Partitions, produce.ResponsePartition{ErrorCode: int16(code)})
	}
	return res
}

type (
	heartbeatResponse struct{ ErrorCode int16 }
	responseElement   struct{ ErrorCode int16 }
	pointerResponse   struct{ Elements *[]responseElement }
	plainResponse     struct{ ErrorCode int16 } // not a pointer, as no codec makes them
)

func (*heartbeatResponse) ApiKey() protocol.ApiKey { return protocol.Heartbeat }
func (*pointerResponse) ApiKey() protocol.ApiKey   { return protocol.Heartbeat }
func (plainResponse) ApiKey() protocol.ApiKey      { return protocol.Heartbeat }

// What a RoundTripper is given stays as it was, for one that looks at it later: mocks do.
func TestAForeignRouteKeepsItsRequests(t *testing.T) {
	withLogs(t, 1, func(t *testing.T, l *fakeLogs, w *Writer) {
		f := &foreignTo{tr: w.Transport.(*Transport)}
		w.Transport = f
		for i := range 3 {
			require.NoError(t, w.WriteMessages(t.Context(), Message{Value: []byte(itoa(i))}))
			synctest.Wait() // the Writer is done with the memory of the request
		}
		var values []string
		for _, req := range asked[*produce.Request](f) {
			require.Len(t, req.Topics, 1)
			require.Len(t, req.Topics[0].Partitions, 1)
			record, err := req.Topics[0].Partitions[0].RecordSet.Records.ReadRecord()
			require.NoError(t, err)
			value, err := protocol.ReadAll(record.Value)
			require.NoError(t, err)
			values = append(values, string(value))
		}
		require.Equal(t, []string{"0", "1", "2"}, values)
	})
}
