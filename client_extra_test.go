package kafka

import (
	"context"
	"math"
	"net"
	"reflect"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/alterreplicalogdirs"
	"github.com/segmentio/kafka-go/protocol/consumergroupdescribe"
	"github.com/segmentio/kafka-go/protocol/createdelegationtoken"
	"github.com/segmentio/kafka-go/protocol/deleterecords"
	"github.com/segmentio/kafka-go/protocol/describecluster"
	"github.com/segmentio/kafka-go/protocol/describedelegationtoken"
	"github.com/segmentio/kafka-go/protocol/describelogdirs"
	"github.com/segmentio/kafka-go/protocol/describeproducers"
	"github.com/segmentio/kafka-go/protocol/describequorum"
	"github.com/segmentio/kafka-go/protocol/describetopicpartitions"
	"github.com/segmentio/kafka-go/protocol/describetransactions"
	"github.com/segmentio/kafka-go/protocol/expiredelegationtoken"
	"github.com/segmentio/kafka-go/protocol/listconfigresources"
	"github.com/segmentio/kafka-go/protocol/listtransactions"
	"github.com/segmentio/kafka-go/protocol/offsetcommit"
	"github.com/segmentio/kafka-go/protocol/offsetforleaderepoch"
	"github.com/segmentio/kafka-go/protocol/renewdelegationtoken"
	"github.com/segmentio/kafka-go/protocol/sharegroupdescribe"
	"github.com/segmentio/kafka-go/protocol/streamsgroupdescribe"
	"github.com/segmentio/kafka-go/protocol/updatefeatures"
	"github.com/segmentio/kafka-go/protocol/writetxnmarkers"
)

// extraCalls make each call, where the answer is one that a broker could give.
var extraCalls = []struct {
	method string
	do     func(context.Context, *Client) (any, error)
	answer Response
}{
	{"DeleteRecords", func(ctx context.Context, c *Client) (any, error) {
		return c.DeleteRecords(ctx, &DeleteRecordsRequest{Topics: map[string][]DeleteRecordsRequestPartition{"t": {{}}}})
	}, &deleterecords.Response{ThrottleTimeMs: 1500}},
	{"DescribeLogDirs", func(ctx context.Context, c *Client) (any, error) {
		return c.DescribeLogDirs(ctx, &DescribeLogDirsRequest{})
	}, &describelogdirs.Response{ThrottleTimeMs: 1500}},
	{"AlterReplicaLogDirs", func(ctx context.Context, c *Client) (any, error) {
		return c.AlterReplicaLogDirs(ctx, &AlterReplicaLogDirsRequest{BrokerID: 1})
	}, &alterreplicalogdirs.Response{ThrottleTimeMs: 1500}},
	{"OffsetForLeaderEpoch", func(ctx context.Context, c *Client) (any, error) {
		return c.OffsetForLeaderEpoch(ctx, &OffsetForLeaderEpochRequest{})
	}, &offsetforleaderepoch.Response{ThrottleTimeMs: 1500}},
	{"DescribeProducers", func(ctx context.Context, c *Client) (any, error) {
		return c.DescribeProducers(ctx, &DescribeProducersRequest{})
	}, &describeproducers.Response{ThrottleTimeMs: 1500}},
	{"ListTransactions", func(ctx context.Context, c *Client) (any, error) {
		return c.ListTransactions(ctx, &ListTransactionsRequest{})
	}, &listtransactions.Response{ThrottleTimeMs: 1500}},
	{"DescribeTransactions", func(ctx context.Context, c *Client) (any, error) {
		return c.DescribeTransactions(ctx, &DescribeTransactionsRequest{})
	}, &describetransactions.Response{ThrottleTimeMs: 1500}},
	{"AbortTransaction", func(ctx context.Context, c *Client) (any, error) {
		return c.AbortTransaction(ctx, &AbortTransactionRequest{Topic: "t"})
	}, &writetxnmarkers.Response{Markers: []writetxnmarkers.ResponseMarker{{Topics: []writetxnmarkers.ResponseTopic{{
		Partitions: []writetxnmarkers.ResponsePartition{{}},
	}}}}}},
	{"DescribeConsumerGroups", func(ctx context.Context, c *Client) (any, error) {
		return c.DescribeConsumerGroups(ctx, &DescribeConsumerGroupsRequest{})
	}, &consumergroupdescribe.Response{ThrottleTimeMs: 1500}},
	{"DescribeShareGroups", func(ctx context.Context, c *Client) (any, error) {
		return c.DescribeShareGroups(ctx, &DescribeShareGroupsRequest{})
	}, &sharegroupdescribe.Response{ThrottleTimeMs: 1500}},
	{"DescribeStreamsGroups", func(ctx context.Context, c *Client) (any, error) {
		return c.DescribeStreamsGroups(ctx, &DescribeStreamsGroupsRequest{})
	}, &streamsgroupdescribe.Response{ThrottleTimeMs: 1500}},
	{"DescribeTopicPartitions", func(ctx context.Context, c *Client) (any, error) {
		return c.DescribeTopicPartitions(ctx, &DescribeTopicPartitionsRequest{})
	}, &describetopicpartitions.Response{ThrottleTimeMs: 1500}},
	{"UpdateFeatures", func(ctx context.Context, c *Client) (any, error) {
		return c.UpdateFeatures(ctx, &UpdateFeaturesRequest{})
	}, &updatefeatures.Response{ThrottleTimeMs: 1500}},
	{"DescribeCluster", func(ctx context.Context, c *Client) (any, error) {
		return c.DescribeCluster(ctx, &DescribeClusterRequest{})
	}, &describecluster.Response{ThrottleTimeMs: 1500}},
	{"DescribeQuorum", func(ctx context.Context, c *Client) (any, error) {
		return c.DescribeQuorum(ctx, &DescribeQuorumRequest{})
	}, &describequorum.Response{}},
	{"CreateDelegationToken", func(ctx context.Context, c *Client) (any, error) {
		return c.CreateDelegationToken(ctx, &CreateDelegationTokenRequest{})
	}, &createdelegationtoken.Response{ThrottleTimeMs: 1500}},
	{"RenewDelegationToken", func(ctx context.Context, c *Client) (any, error) {
		return c.RenewDelegationToken(ctx, &RenewDelegationTokenRequest{})
	}, &renewdelegationtoken.Response{ThrottleTimeMs: 1500}},
	{"ExpireDelegationToken", func(ctx context.Context, c *Client) (any, error) {
		return c.ExpireDelegationToken(ctx, &ExpireDelegationTokenRequest{})
	}, &expiredelegationtoken.Response{ThrottleTimeMs: 1500}},
	{"DescribeDelegationTokens", func(ctx context.Context, c *Client) (any, error) {
		return c.DescribeDelegationTokens(ctx, &DescribeDelegationTokensRequest{})
	}, &describedelegationtoken.Response{ThrottleTimeMs: 1500}},
	{"ListConfigResources", func(ctx context.Context, c *Client) (any, error) {
		return c.ListConfigResources(ctx, &ListConfigResourcesRequest{})
	}, &listconfigresources.Response{ThrottleTimeMs: 1500}},
	{"AlterConsumerGroupOffsets", func(ctx context.Context, c *Client) (any, error) {
		return c.AlterConsumerGroupOffsets(ctx, &AlterConsumerGroupOffsetsRequest{GroupID: "g"})
	}, &offsetcommit.Response{ThrottleTimeMs: 1500}},
}

func TestClientExtraThrottle(t *testing.T) {
	for _, call := range extraCalls {
		c := &Client{Addr: TCP("b"), Transport: roundTripperFunc(func(_ context.Context, addr net.Addr, _ Request) (Response, error) {
			require.Equal(t, "b:9092", addr.String())
			return call.answer, nil
		})}
		res, err := call.do(t.Context(), c)
		require.NoError(t, err, call.method)
		if throttle := reflect.ValueOf(res).Elem().FieldByName("Throttle"); throttle.IsValid() {
			require.Equal(t, 1500*time.Millisecond, throttle.Interface(), call.method)
		}
	}
}

// Every call ends with its context and with Client.Timeout, and says which it was.
func TestClientExtraEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		waits := roundTripperFunc(func(ctx context.Context, _ net.Addr, _ Request) (Response, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		for _, call := range extraCalls {
			prefix := "kafka.(*Client)." + call.method + ": "
			_, err := call.do(t.Context(), &Client{Addr: TCP("b"), Transport: waits, Timeout: time.Second})
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorContains(t, err, prefix)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err = call.do(ctx, &Client{Addr: TCP("b"), Transport: waits})
			require.ErrorIs(t, err, context.Canceled)
			_, err = call.do(t.Context(), &Client{Transport: waits})
			require.EqualError(t, err, prefix+errNoClientAddress.Error())
		}
	})
}

func TestClientExtraBrokerTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := make(map[protocol.ApiKey]time.Duration)
		c := &Client{Addr: TCP("b"), Transport: roundTripperFunc(func(_ context.Context, _ net.Addr, req Request) (Response, error) {
			if m, ok := req.(protocol.WaitingMessage); ok {
				sent[req.ApiKey()] = m.BrokerWait()
			}
			return nil, syscall.ECONNREFUSED
		})}
		for timeout, want := range map[time.Duration]time.Duration{0: defaultOperationTime, 10 * time.Second: 9 * time.Second} {
			c.Timeout = timeout
			for _, call := range extraCalls {
				_, err := call.do(t.Context(), c)
				require.ErrorIs(t, err, syscall.ECONNREFUSED)
			}
			require.Equal(t, map[protocol.ApiKey]time.Duration{protocol.DeleteRecords: want, protocol.UpdateFeatures: want}, sent)
		}
	})
}

// What cannot be is said before anything is sent.
func TestClientExtraBadRequests(t *testing.T) {
	c := &Client{Addr: TCP("b"), Transport: roundTripperFunc(func(_ context.Context, _ net.Addr, req Request) (Response, error) {
		t.Errorf("%s was sent", req.ApiKey())
		return nil, syscall.ECONNREFUSED
	})}
	ctx := t.Context()
	for want, do := range map[string]func() error{
		`DeleteRecords: topic "t": Partition is 2147483648, which does not fit`: func() error {
			_, err := c.DeleteRecords(ctx, &DeleteRecordsRequest{Topics: map[string][]DeleteRecordsRequestPartition{"t": {{Partition: pastInt32}}}})
			return err
		},
		`DescribeLogDirs: BrokerIDs is 2147483648, which does not fit`: func() error {
			_, err := c.DescribeLogDirs(ctx, &DescribeLogDirsRequest{BrokerIDs: []int{pastInt32}})
			return err
		},
		`DescribeLogDirs: topic "t": no partitions are given`: func() error {
			_, err := c.DescribeLogDirs(ctx, &DescribeLogDirsRequest{Topics: map[string][]int{"t": nil}})
			return err
		},
		`AlterReplicaLogDirs: BrokerID is 2147483648, which does not fit`: func() error {
			_, err := c.AlterReplicaLogDirs(ctx, &AlterReplicaLogDirsRequest{BrokerID: pastInt32})
			return err
		},
		`AlterReplicaLogDirs: topic "t": Partition is 2147483648, which does not fit`: func() error {
			_, err := c.AlterReplicaLogDirs(ctx, &AlterReplicaLogDirsRequest{LogDirs: []AlterReplicaLogDirsRequestLogDir{{Topics: map[string][]int{"t": {pastInt32}}}}})
			return err
		},
		`OffsetForLeaderEpoch: topic "t": LeaderEpoch is 2147483648, which does not fit`: func() error {
			_, err := c.OffsetForLeaderEpoch(ctx, &OffsetForLeaderEpochRequest{Topics: map[string][]OffsetForLeaderEpochRequestPartition{"t": {{LeaderEpoch: pastInt32}}}})
			return err
		},
		`DescribeProducers: topic "t": Partition is 2147483648, which does not fit`: func() error {
			_, err := c.DescribeProducers(ctx, &DescribeProducersRequest{Topics: map[string][]int{"t": {pastInt32}}})
			return err
		},
		`AbortTransaction: ProducerEpoch is 32768, which does not fit into the 16 bits`: func() error {
			_, err := c.AbortTransaction(ctx, &AbortTransactionRequest{ProducerEpoch: math.MaxInt16 + 1})
			return err
		},
		`UpdateFeatures: MaxVersionLevel of f is 32768, which does not fit into the 16 bits`: func() error {
			_, err := c.UpdateFeatures(ctx, &UpdateFeaturesRequest{Features: []UpdateFeaturesRequestFeature{{Name: "f", MaxVersionLevel: math.MaxInt16 + 1}}})
			return err
		},
		`DescribeTopicPartitions: Limit is 2147483648, which does not fit`: func() error {
			_, err := c.DescribeTopicPartitions(ctx, &DescribeTopicPartitionsRequest{Limit: pastInt32})
			return err
		},
		`CreateDelegationToken: Renewers: "bob" is no principal`: func() error {
			_, err := c.CreateDelegationToken(ctx, &CreateDelegationTokenRequest{Renewers: []string{"bob"}})
			return err
		},
		`DescribeDelegationTokens: Owners: ":bob" is no principal`: func() error {
			_, err := c.DescribeDelegationTokens(ctx, &DescribeDelegationTokensRequest{Owners: []string{":bob"}})
			return err
		},
		`AlterConsumerGroupOffsets: topic "t": partition 3: offset -2 is negative`: func() error {
			_, err := c.AlterConsumerGroupOffsets(ctx, &AlterConsumerGroupOffsetsRequest{Topics: map[string][]OffsetCommit{"t": {{Partition: 3, Offset: FirstOffset}}}})
			return err
		},
	} {
		require.ErrorContains(t, do(), "kafka.(*Client)."+want)
	}
}

func TestDescribeTopicPartitionsPages(t *testing.T) {
	cursor := &describetopicpartitions.Cursor{TopicName: "t", PartitionIndex: 1}
	var asked []*describetopicpartitions.Cursor
	answers := []*describetopicpartitions.Response{{NextCursor: cursor}, {}}
	c := &Client{Addr: TCP("b"), Transport: roundTripperFunc(func(_ context.Context, _ net.Addr, req Request) (Response, error) {
		asked = append(asked, req.(*describetopicpartitions.Request).Cursor)
		return answers[min(len(asked), len(answers))-1], nil
	})}
	pages := func() (n int, last error) {
		asked = nil
		for _, last = range c.DescribeTopicPartitionsPages(t.Context(), &DescribeTopicPartitionsRequest{}) {
			n++
		}
		return n, last
	}
	n, err := pages()
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.Equal(t, []*describetopicpartitions.Cursor{nil, cursor}, asked)

	answers = answers[:1] // again and again
	n, err = pages()
	require.ErrorContains(t, err, "the next page is the same")
	require.Equal(t, 2, n)

	for range c.DescribeTopicPartitionsPages(t.Context(), &DescribeTopicPartitionsRequest{}) {
		break
	}
}

// An answer that tells what a broker said is not hidden behind a code of ours.
func TestResourceErrors(t *testing.T) {
	require.NoError(t, partError(0, "", nil))
	err := partError(int16(UnknownTopicOrPartition), "", protocol.NewErrNoPartition("t", 7))
	require.ErrorIs(t, err, UnknownTopicOrPartition)
	require.ErrorIs(t, err, protocol.ErrNoPartition)
	denied := &protocol.TopicError{Topic: "t", Err: TopicAuthorizationFailed}
	require.Equal(t, denied, partError(int16(UnknownTopicOrPartition), "", denied))
}
