package interop_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// observer asks the brokers, and writes what the members read.
type observer struct {
	*kgo.Client
	t testing.TB
}

func observe(t testing.TB, brokers []string) *observer {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0))
	require.NoError(t, err)
	t.Cleanup(cl.Close)
	return &observer{cl, t}
}

// create creates a topic.
func (o *observer) create(topic string, partitions int) {
	o.t.Helper()
	req := kmsg.NewPtrCreateTopicsRequest()
	want := kmsg.NewCreateTopicsRequestTopic()
	want.Topic, want.NumPartitions, want.ReplicationFactor = topic, int32(partitions), 1
	req.Topics = append(req.Topics, want)
	req.TimeoutMillis = 60_000
	resp, err := req.RequestWith(context.Background(), o.Client)
	require.NoError(o.t, err)
	require.NoError(o.t, kerr.ErrorForCode(resp.Topics[0].ErrorCode), topic)
	for _, broker := range o.SeedBrokers() {
		until(o.t, "every broker knows the topic", func() error { return knows(o.t.Context(), broker, topic, partitions) })
	}
}

// knows asks a broker whether it has heard of the topic.
func knows(ctx context.Context, broker *kgo.Broker, topic string, partitions int) error {
	req := kmsg.NewPtrMetadataRequest()
	one := kmsg.NewMetadataRequestTopic()
	one.Topic = kmsg.StringPtr(topic)
	req.Topics = append(req.Topics, one)
	answer, err := broker.Request(ctx, req)
	if err != nil {
		return err
	}
	got := answer.(*kmsg.MetadataResponse).Topics[0]
	if err := kerr.ErrorForCode(got.ErrorCode); err != nil {
		return err
	}
	if len(got.Partitions) < partitions {
		return fmt.Errorf("it has %d of %d partitions", len(got.Partitions), partitions)
	}
	for _, p := range got.Partitions {
		if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
			return err
		}
	}
	return nil
}

// group is what the coordinator says of a group.
type group struct {
	state    string
	protocol string
	members  map[string]string // member id to client id
	owners   owners
}

// describe asks for a group.
func (o *observer) describe(ctx context.Context, name string) (group, error) {
	req := kmsg.NewPtrDescribeGroupsRequest()
	req.Groups = []string{name}
	resp, err := req.RequestWith(ctx, o.Client)
	if err != nil {
		return group{}, err
	}
	answer := resp.Groups[0]
	if err := kerr.ErrorForCode(answer.ErrorCode); err != nil {
		return group{}, err
	}
	g := group{state: answer.State, protocol: answer.Protocol, members: map[string]string{}, owners: owners{}}
	for _, m := range answer.Members {
		g.members[m.MemberID] = m.ClientID
		if len(m.MemberAssignment) == 0 {
			continue
		}
		var assignment kmsg.ConsumerMemberAssignment
		if err := assignment.ReadFrom(m.MemberAssignment); err != nil {
			return group{}, fmt.Errorf("assignment of %s: %w", m.MemberID, err)
		}
		for _, topic := range assignment.Topics {
			for _, p := range topic.Partitions {
				name := partition(topic.Topic, int(p))
				g.owners[name] = append(g.owners[name], m.MemberID)
			}
		}
	}
	return g, nil
}

// committed asks for the offsets that a group has committed, by topic:partition.
func (o *observer) committed(ctx context.Context, name string) (map[string]int64, error) {
	req := kmsg.NewPtrOffsetFetchRequest()
	one := kmsg.NewOffsetFetchRequestGroup()
	one.Group = name
	req.Groups = append(req.Groups, one)
	resp, err := req.RequestWith(ctx, o.Client)
	if err != nil {
		return nil, err
	}
	answer := resp.Groups[0]
	if err := kerr.ErrorForCode(answer.ErrorCode); err != nil {
		return nil, err
	}
	offsets := map[string]int64{}
	for _, topic := range answer.Topics {
		for _, p := range topic.Partitions {
			offsets[partition(topic.Topic, int(p.Partition))] = p.Offset
		}
	}
	return offsets, nil
}
