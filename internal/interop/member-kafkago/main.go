// Command member-kafkago is a group member built on Reader: on that of this
// repository, or by original.mod and tag original on that of the original.
package main

import (
	"context"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/segmentio/kafka-go/internal/interop/member"
)

func main() { member.Main("kafka-go", member.VersionOf("github.com/segmentio/kafka-go"), open) }

type client struct{ *kafka.Reader }

var balancers = map[string]kafka.GroupBalancer{
	"range":      kafka.RangeGroupBalancer{},
	"roundrobin": kafka.RoundRobinGroupBalancer{},
}

// balancer tells when it is asked for the assignment, which only the leader is.
type balancer struct {
	kafka.GroupBalancer
	log *member.Log
}

func (b balancer) AssignGroups(members []kafka.GroupMember, partitions []kafka.Partition) kafka.GroupMemberAssignments {
	b.log.Leader(b.ProtocolName(), len(members))
	return b.GroupBalancer.AssignGroups(members, partitions)
}

func open(cfg member.Config, log *member.Log) (member.Client, error) {
	config := kafka.ReaderConfig{
		Brokers:           cfg.Brokers,
		GroupID:           cfg.Group,
		GroupTopics:       cfg.Topics,
		Dialer:            &kafka.Dialer{ClientID: cfg.ID, Timeout: 10 * time.Second},
		GroupBalancers:    []kafka.GroupBalancer{balancer{balancers[cfg.Protocol], log}},
		MinBytes:          1,
		MaxBytes:          10e6,
		MaxWait:           cfg.Wait,
		SessionTimeout:    cfg.Session,
		HeartbeatInterval: cfg.Heartbeat,
		RebalanceTimeout:  cfg.Rebalance,
		JoinGroupBackoff:  500 * time.Millisecond,
		CommitInterval:    cfg.Commit,
		StartOffset:       kafka.FirstOffset,
		ErrorLogger:       kafka.LoggerFunc(log.Error),
	}
	tell(&config, log)
	if err := config.Validate(); err != nil {
		return nil, err
	}
	return client{kafka.NewReader(config)}, nil
}

func (c client) Take(ctx context.Context) ([]member.Record, error) {
	m, err := c.FetchMessage(ctx)
	if err != nil {
		return nil, err
	}
	return []member.Record{{Topic: m.Topic, Partition: m.Partition, Offset: m.Offset, Key: m.Key, Native: m}}, nil
}

func (c client) Commit(ctx context.Context, r member.Record) error {
	return c.CommitMessages(ctx, r.Native.(kafka.Message))
}
