package kafka

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/deleterecords"
	"github.com/segmentio/kafka-go/protocol/describelogdirs"
	"github.com/segmentio/kafka-go/protocol/describetransactions"
)

// answersAdmin has the brokers of a cluster answer requests that are split.
func answersAdmin(c *fakeCluster) {
	c.alter = func(n *fakeNode, r *fakeRequest) (protocol.Message, bool) {
		c.mu.Lock()
		defer c.mu.Unlock()
		switch req := r.message.(type) {
		case *describelogdirs.Request:
			return &describelogdirs.Response{Results: []describelogdirs.ResponseResult{{LogDir: n.address}}}, true
		case *deleterecords.Request:
			res := &deleterecords.Response{}
			for _, t := range req.Topics {
				rt := deleterecords.ResponseTopic{Name: t.Name}
				for _, p := range t.Partitions {
					rt.Partitions = append(rt.Partitions, deleterecords.ResponsePartition{
						PartitionIndex: p.PartitionIndex, LowWatermark: int64(n.id), ErrorCode: int16(c.leads(n, t.Name, p.PartitionIndex)),
					})
				}
				res.Topics = append(res.Topics, rt)
			}
			return res, true
		case *describetransactions.Request:
			return &describetransactions.Response{TransactionStates: []describetransactions.ResponseTransaction{{
				TransactionalID: req.TransactionalIDs[0], ProducerID: int64(n.id),
				ErrorCode: int16(unless(n.id == c.coordinator, NotCoordinatorForGroup)),
			}}}, true
		}
		return nil, false
	}
}

func deleteFrom(topic string, partitions ...int32) *deleterecords.Request {
	req := &deleterecords.Request{TimeoutMs: 1000, Topics: []deleterecords.RequestTopic{{Name: topic}}}
	for _, p := range partitions {
		req.Topics[0].Partitions = append(req.Topics[0].Partitions, deleterecords.RequestPartition{PartitionIndex: p, Offset: 1})
	}
	return req
}

// dirsOf lists which brokers answered, and the errors of others.
func dirsOf(ctx context.Context, t *testing.T, tr RoundTripper, req *describelogdirs.Request) (ids []int32, errs map[int32]error) {
	res, err := tr.RoundTrip(ctx, TCP("b2:9092"), req)
	require.NoError(t, err)
	errs = make(map[int32]error)
	for _, dir := range res.(*describelogdirs.Response).Results {
		ids = append(ids, dir.BrokerID)
	}
	for _, e := range res.(*describelogdirs.Response).BrokerErrors {
		errs[e.BrokerID] = e.Err
	}
	return ids, errs
}

func TestSplitAsksAllBrokersAtOnce(t *testing.T) {
	for name, fail := range map[string]func(n *fakeNode){
		"not to be connected": func(n *fakeNode) { n.lost = true },
		"silent":              func(n *fakeNode) { n.silent = true },
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, 3, func(t *testing.T, c *fakeCluster, tr *Transport) {
				answersAdmin(c)
				c.change(func() { fail(c.node(1)) })
				for range 2 { // without connections, and with those there are
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					ids, errs := dirsOf(ctx, t, tr, &describelogdirs.Request{})
					cancel()
					require.Equal(t, []int32{2, 3}, ids)
					require.Len(t, errs, 1)
					require.ErrorIs(t, errs[1], context.DeadlineExceeded)
				}
			})
		})
	}
}

func TestSplitReachesNewBrokers(t *testing.T) {
	inFakeTime(t, 2, func(t *testing.T, c *fakeCluster, tr *Transport) {
		answersAdmin(c)
		ids, _ := dirsOf(t.Context(), t, tr, &describelogdirs.Request{})
		require.Equal(t, []int32{1, 2}, ids)
		c.change(func() { c.add(3) })
		ids, _ = dirsOf(t.Context(), t, tr, &describelogdirs.Request{BrokerIDs: []int32{3}})
		require.Equal(t, []int32{3}, ids, "a broker that is not known is looked for")
		c.change(func() { c.add(4) })
		time.Sleep(2 * defaultMetadataTTL)
		ids, _ = dirsOf(t.Context(), t, tr, &describelogdirs.Request{})
		require.Equal(t, []int32{1, 2, 3, 4}, ids, "all are those there are now")
		ids, errs := dirsOf(t.Context(), t, tr, &describelogdirs.Request{BrokerIDs: []int32{9}})
		require.Empty(t, ids)
		require.ErrorIs(t, errs[9], protocol.ErrNoBroker)
	})
}

func TestSplitOfAnUnknownTopicMakesOneRequestForEachLeader(t *testing.T) {
	inFakeTime(t, 3, func(t *testing.T, c *fakeCluster, tr *Transport) {
		answersAdmin(c)
		c.topics["t"] = &fakeTopic{leaders: []int32{1, 3, 1, 3}}
		res, err := tr.RoundTrip(t.Context(), TCP("b2:9092"), deleteFrom("t", 0, 1, 2, 3))
		require.NoError(t, err)
		for _, p := range res.(*deleterecords.Response).Topics[0].Partitions {
			require.Zero(t, p.ErrorCode)
		}
		require.Len(t, saw[*deleterecords.Request](c.node(1)), 1)
		require.Len(t, saw[*deleterecords.Request](c.node(3)), 1)
	})
}

func TestSplitFollowsLeadersThatPartedWays(t *testing.T) {
	inFakeTime(t, 3, func(t *testing.T, c *fakeCluster, tr *Transport) {
		answersAdmin(c)
		tr.MetadataTTL = time.Hour
		c.topics["t"] = &fakeTopic{leaders: []int32{1, 1}}
		_, err := tr.RoundTrip(t.Context(), TCP("b2:9092"), deleteFrom("t", 0, 1))
		require.NoError(t, err)
		c.change(func() { c.topics["t"] = &fakeTopic{leaders: []int32{2, 3}, epoch: 1} })
		res, err := tr.RoundTrip(t.Context(), TCP("b2:9092"), deleteFrom("t", 0, 1))
		require.NoError(t, err)
		var by []int64
		for _, p := range res.(*deleterecords.Response).Topics[0].Partitions {
			require.Zero(t, p.ErrorCode)
			by = append(by, p.LowWatermark)
		}
		require.ElementsMatch(t, []int64{2, 3}, by)
	})
}

func TestSplitDoesNotRepeatWhatMayHaveBeenDone(t *testing.T) {
	inFakeTime(t, 3, func(t *testing.T, c *fakeCluster, tr *Transport) {
		answersAdmin(c)
		c.topics["t"] = &fakeTopic{leaders: []int32{1, 3}}
		answer := c.alter
		c.alter = func(n *fakeNode, r *fakeRequest) (protocol.Message, bool) {
			if _, ok := r.message.(*deleterecords.Request); ok && n.id == 1 {
				r.conn.Close()
				return nil, true
			}
			return answer(n, r)
		}
		res, err := tr.RoundTrip(t.Context(), TCP("b2:9092"), deleteFrom("t", 0, 1))
		require.NoError(t, err)
		var codes []Error
		for _, p := range res.(*deleterecords.Response).Topics[0].Partitions {
			codes = append(codes, Error(p.ErrorCode))
		}
		require.Equal(t, []Error{NetworkException, 0}, codes)
		require.Len(t, saw[*deleterecords.Request](c.node(1)), 1)
	})
}

func TestSplitFollowsACoordinator(t *testing.T) {
	inFakeTime(t, 3, func(t *testing.T, c *fakeCluster, tr *Transport) {
		answersAdmin(c)
		describe := func() (by []int64) {
			res, err := tr.RoundTrip(t.Context(), TCP("b2:9092"), &describetransactions.Request{TransactionalIDs: []string{"a", "b"}})
			require.NoError(t, err)
			for _, state := range res.(*describetransactions.Response).TransactionStates {
				require.Zero(t, state.ErrorCode)
				by = append(by, state.ProducerID)
			}
			return by
		}
		require.Equal(t, []int64{1, 1}, describe())
		c.change(func() { c.coordinator = 3 })
		require.Equal(t, []int64{3, 3}, describe())
		c.change(func() { c.coordinator, c.node(3).down = 2, true })
		c.node(3).hangUp()
		time.Sleep(time.Second)
		require.Equal(t, []int64{2, 2}, describe())
	})
}

func TestSplitEndsWithTheTransport(t *testing.T) {
	inFakeTime(t, 2, func(t *testing.T, c *fakeCluster, tr *Transport) {
		answersAdmin(c)
		ctx, cancel := context.WithCancel(t.Context())
		tr.Context = ctx
		_, _ = dirsOf(t.Context(), t, tr, &describelogdirs.Request{})
		c.change(func() { c.node(1).silent, c.node(2).silent = true, true })
		time.AfterFunc(time.Second, cancel)
		_, err := tr.RoundTrip(t.Context(), TCP("b2:9092"), &describelogdirs.Request{})
		require.ErrorIs(t, err, net.ErrClosed)
	})
}
