package kafka

import (
	"context"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/createtopics"
	"github.com/segmentio/kafka-go/protocol/deletetopics"
	"github.com/segmentio/kafka-go/protocol/fetch"
	"github.com/segmentio/kafka-go/protocol/heartbeat"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// countedDials counts what a Transport dials.
func countedDials(n *atomic.Int32) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		n.Add(1)
		return new(net.Dialer).DialContext(ctx, network, address)
	}
}

func newTransport(t testing.TB) (*Transport, *atomic.Int32) {
	dials := new(atomic.Int32)
	tr := &Transport{Dial: countedDials(dials)}
	t.Cleanup(tr.CloseIdleConnections)
	return tr, dials
}

// ask sends a request through a Transport.
func ask[T any](t testing.TB, tr RoundTripper, k *testkafka.Cluster, req Request) T {
	t.Helper()
	res, err := tr.RoundTrip(patient(t), TCP(k.Brokers()...), req)
	require.NoError(t, err)
	return res.(T)
}

// newTopicOf creates a topic with a number of partitions.
func newTopicOf(t testing.TB, tr RoundTripper, k *testkafka.Cluster, partitions, replicas int) string {
	t.Helper()
	topic := newTopicName()
	res := ask[*createtopics.Response](t, tr, k, &createtopics.Request{
		Topics:    []createtopics.RequestTopic{{Name: topic, NumPartitions: int32(partitions), ReplicationFactor: int16(replicas)}},
		TimeoutMs: 10_000,
	})
	require.Zero(t, res.Topics[0].ErrorCode, res.Topics[0].ErrorMessage)
	t.Cleanup(func() {
		_, _ = tr.RoundTrip(patient(t), TCP(k.Brokers()...), &deletetopics.Request{TopicNames: []string{topic}, TimeoutMs: 10_000})
	})
	return topic
}

func TestTransportRoutesRequests(t *testing.T) {
	k := testkafka.Shared(t)
	tr, _ := newTransport(t)
	topic := newTopicOf(t, tr, k, 3, 1)

	for p := range int32(3) {
		require.Eventually(t, func() bool { // a new leader may need a moment
			res := ask[*produce.Response](t, tr, k, &produce.Request{Acks: -1, Timeout: 5000, Topics: []produce.RequestTopic{{
				Topic: topic,
				Partitions: []produce.RequestPartition{{Partition: p, RecordSet: protocol.RecordSet{
					Records: NewRecordReader(Record{Key: NewBytes([]byte("k")), Value: NewBytes([]byte(strconv.Itoa(int(p))))}),
				}}},
			}}})
			return res.Topics[0].Partitions[0].ErrorCode == 0
		}, patience, 50*time.Millisecond)
	}
	offsets := ask[*listoffsets.Response](t, tr, k, &listoffsets.Request{ReplicaID: -1, Topics: []listoffsets.RequestTopic{{
		Topic: topic, Partitions: []listoffsets.RequestPartition{{Partition: 0, Timestamp: -1, CurrentLeaderEpoch: -1}, {Partition: 2, Timestamp: -1, CurrentLeaderEpoch: -1}},
	}}})
	for _, p := range offsets.Topics[0].Partitions {
		require.Equal(t, int64(1), p.Offset)
	}
	fetched := ask[*fetch.Response](t, tr, k, &fetch.Request{ReplicaID: -1, MinBytes: 1, MaxBytes: 1 << 20, MaxWaitTime: 1000, SessionEpoch: -1,
		Topics: []fetch.RequestTopic{{Topic: topic, Partitions: []fetch.RequestPartition{{Partition: 1, PartitionMaxBytes: 1 << 20, CurrentLeaderEpoch: -1, LastFetchedEpoch: -1}}}}})
	rec, err := fetched.Topics[0].Partitions[0].RecordSet.Records.ReadRecord()
	require.NoError(t, err)
	value, err := ReadAll(rec.Value)
	require.NoError(t, err)
	require.Equal(t, "1", string(value))

	require.Eventually(t, func() bool {
		beat := ask[*heartbeat.Response](t, tr, k, &heartbeat.Request{GroupID: topic, MemberID: "nobody", GenerationID: 1})
		return Error(beat.ErrorCode) == UnknownMemberId // as the coordinator of the group answers
	}, patience, 50*time.Millisecond)
}

func TestTransportAnswersMetadataFromWhatItKnows(t *testing.T) {
	k := testkafka.Shared(t)
	tr := &Transport{MetadataTTL: time.Hour}
	t.Cleanup(tr.CloseIdleConnections)
	topic := newTopicOf(t, tr, k, 2, 1)
	missing := newTopicName()
	for range 3 {
		res := ask[*metadata.Response](t, tr, k, &metadata.Request{TopicNames: []string{topic, missing}})
		require.Len(t, res.Topics, 2)
		require.Equal(t, topic, res.Topics[0].Name)
		require.Len(t, res.Topics[0].Partitions, 2)
		require.Equal(t, UnknownTopicOrPartition, Error(res.Topics[1].ErrorCode))
		require.NotEmpty(t, res.Brokers)
	}
	all := ask[*metadata.Response](t, tr, k, &metadata.Request{})
	require.Contains(t, topicNames(all), topic, "all topics are asked for")
}

func topicNames(res *metadata.Response) (names []string) {
	for _, t := range res.Topics {
		names = append(names, t.Name)
	}
	return names
}

func TestTransportSharesConnections(t *testing.T) {
	k := testkafka.Shared(t)
	tr, dials := newTransport(t)
	topic := newTopicOf(t, tr, k, 1, 1)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for range 20 {
				ask[*listoffsets.Response](t, tr, k, &listoffsets.Request{ReplicaID: -1, Topics: []listoffsets.RequestTopic{{
					Topic: topic, Partitions: []listoffsets.RequestPartition{{Timestamp: -1, CurrentLeaderEpoch: -1}},
				}}})
			}
		})
	}
	wg.Wait()
	require.LessOrEqual(t, dials.Load(), int32(2), "one for the address of the cluster, one for the broker")
}

func TestTrap35_TransportWithResolverReusesConnections(t *testing.T) {
	k := testkafka.Shared(t)
	tr, dials := newTransport(t)
	tr.Resolver = NewBrokerResolver(nil)
	for range 20 {
		ask[*metadata.Response](t, tr, k, &metadata.Request{})
	}
	require.LessOrEqual(t, dials.Load(), int32(3))
}

func TestTransportClosesWhatIsIdle(t *testing.T) {
	k := testkafka.Shared(t)
	var open openConns
	tr := &Transport{IdleTimeout: 50 * time.Millisecond, Dial: open.dial}
	defer tr.CloseIdleConnections()
	ask[*metadata.Response](t, tr, k, &metadata.Request{})
	require.Positive(t, open.total.Load())
	require.Eventually(t, func() bool { return open.now.Load() == 0 }, 10*time.Second, 10*time.Millisecond)
	ask[*metadata.Response](t, tr, k, &metadata.Request{})
	require.Positive(t, open.now.Load())
	tr.CloseIdleConnections()
	require.Eventually(t, func() bool { return open.now.Load() == 0 }, 10*time.Second, 10*time.Millisecond)
}

// openConns counts connections that were dialled and not closed.
type openConns struct{ total, now atomic.Int32 }

type countedNetConn struct {
	net.Conn
	once sync.Once
	n    *atomic.Int32
}

func (o *openConns) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	o.total.Add(1)
	o.now.Add(1)
	return &countedNetConn{Conn: conn, n: &o.now}, nil
}

func (c *countedNetConn) Close() error {
	c.once.Do(func() { c.n.Add(-1) })
	return c.Conn.Close()
}

// A leader is killed, another frozen: requests find their way to who has taken
// over, and nothing takes longer than the brokers need.
func TestTransportFollowsRealLeaders(t *testing.T) {
	k := testkafka.Start(t, testkafka.Config{Nodes: 3})
	tr := &Transport{MetadataTTL: time.Hour} // what is loaded anew is so because of answers
	t.Cleanup(tr.CloseIdleConnections)
	topic := newTopicOf(t, tr, k, 3, 3)
	list := func() (codes []Error, err error) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		res, err := tr.RoundTrip(ctx, TCP(k.Brokers()...), offsetsOf(topic, 0, 1, 2))
		if err != nil {
			return nil, err
		}
		for _, p := range res.(*listoffsets.Response).Topics[0].Partitions {
			codes = append(codes, Error(p.ErrorCode))
		}
		return codes, nil
	}
	answers := func() bool {
		codes, err := list()
		return err == nil && len(codes) == 3 && codes[0] == 0 && codes[1] == 0 && codes[2] == 0
	}
	require.Eventually(t, answers, patience, 50*time.Millisecond)

	k.Kill(2)
	require.Eventually(t, answers, patience, 50*time.Millisecond, "after kill -9")
	k.Restart(2)
	require.Eventually(t, answers, patience, 50*time.Millisecond, "after the restart")
	k.Freeze(3)
	for _, name := range []string{"some", "other", "names"} {
		start := time.Now()
		ask[*metadata.Response](t, tr, k, &metadata.Request{TopicNames: []string{name}})
		require.Less(t, time.Since(start), 4*askDelay, "metadata goes around a frozen broker")
	}
	require.Eventually(t, answers, patience, 50*time.Millisecond, "after the freeze")
	k.Thaw(3)
}

// A broker that keeps its name and changes nothing else is found after a restart,
// and coordinators are, too.
func TestTransportFindsTheCoordinatorAgain(t *testing.T) {
	k := testkafka.Start(t, testkafka.Config{})
	tr, _ := newTransport(t)
	beat := func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		res, err := tr.RoundTrip(ctx, TCP(k.Brokers()...), &heartbeat.Request{GroupID: "g", MemberID: "nobody", GenerationID: 1})
		return err == nil && Error(res.(*heartbeat.Response).ErrorCode) == UnknownMemberId
	}
	require.Eventually(t, beat, patience, 50*time.Millisecond)
	k.Kill(1)
	require.False(t, beat())
	k.Restart(1)
	require.Eventually(t, beat, patience, 50*time.Millisecond)
}
