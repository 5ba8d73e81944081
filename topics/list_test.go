package topics_test

import (
	"context"
	"errors"
	"net"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	kafka "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/topics"
)

// cluster answers for one that has topics.
type cluster struct {
	topics []metadata.ResponseTopic
	err    error
}

func (c *cluster) RoundTrip(_ context.Context, _ net.Addr, req kafka.Request) (kafka.Response, error) {
	if m := req.(*metadata.Request); m.TopicNames != nil || m.Topics != nil {
		return nil, errors.New("not all topics are asked for")
	}
	return &metadata.Response{Topics: c.topics}, c.err
}

func TestList(t *testing.T) {
	c := &cluster{topics: []metadata.ResponseTopic{
		{Name: "orders-eu", Partitions: []metadata.ResponsePartition{{PartitionIndex: 1}, {PartitionIndex: 0}}},
		{Name: "__consumer_offsets", IsInternal: true},
		{Name: "orders-us", ErrorCode: int16(kafka.LeaderNotAvailable)},
	}}
	client := &kafka.Client{Addr: kafka.TCP("b"), Transport: c}
	names := func(list []kafka.Topic) (names []string) {
		for _, topic := range list {
			names = append(names, topic.Name)
		}
		return names
	}
	all, err := topics.List(t.Context(), client)
	require.NoError(t, err)
	require.Equal(t, []string{"orders-eu", "__consumer_offsets", "orders-us"}, names(all))
	require.True(t, all[1].Internal)
	require.Equal(t, kafka.LeaderNotAvailable, all[2].Error)
	require.Equal(t, []int{0, 1}, []int{all[0].Partitions[0].ID, all[0].Partitions[1].ID}, "sorted")

	some, err := topics.ListRe(t.Context(), client, regexp.MustCompile("^orders-"))
	require.NoError(t, err)
	require.Equal(t, []string{"orders-eu", "orders-us"}, names(some))
	some, err = topics.ListRe(t.Context(), client, regexp.MustCompile("^orders$"))
	require.NoError(t, err)
	require.Empty(t, some)

	c.err = errors.New("lost")
	_, err = topics.List(t.Context(), client)
	require.ErrorIs(t, err, c.err)
	_, err = topics.ListRe(t.Context(), client, regexp.MustCompile(""))
	require.ErrorIs(t, err, c.err)
}
