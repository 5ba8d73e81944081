// Command member-franz is a group member built on franz-go.
package main

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/segmentio/kafka-go/internal/interop/member"
)

const atOnce = 500 // messages of one poll: a rebalance waits for them

func main() { member.Main("franz-go", member.VersionOf("github.com/twmb/franz-go"), open) }

type client struct {
	*kgo.Client
	cfg member.Config
}

var balancers = map[string]kgo.GroupBalancer{
	"range":      kgo.RangeBalancer(),
	"roundrobin": kgo.RoundRobinBalancer(),
}

// balancer tells when it is asked for the assignment, which only the leader is.
type balancer struct {
	kgo.GroupBalancer
	log *member.Log
}

func (b balancer) MemberBalancer(members []kmsg.JoinGroupResponseMember) (kgo.GroupMemberBalancer, map[string]struct{}, error) {
	b.log.Leader(b.ProtocolName(), len(members))
	return b.GroupBalancer.MemberBalancer(members)
}

func open(cfg member.Config, log *member.Log) (member.Client, error) {
	options := []kgo.Opt{
		kgo.SeedBrokers(cfg.Brokers...),
		kgo.ClientID(cfg.ID),
		kgo.ConsumerGroup(cfg.Group),
		kgo.ConsumeTopics(cfg.Topics...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.Balancers(balancer{balancers[cfg.Protocol], log}),
		kgo.SessionTimeout(cfg.Session),
		kgo.HeartbeatInterval(cfg.Heartbeat),
		kgo.RebalanceTimeout(cfg.Rebalance),
		kgo.FetchMaxWait(cfg.Wait),
		kgo.BlockRebalanceOnPoll(),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, p map[string][]int32) { log.Assigned(names(p)) }),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, p map[string][]int32) { log.Lost(names(p)) }),
		kgo.OnPartitionsRevoked(func(ctx context.Context, cl *kgo.Client, p map[string][]int32) {
			if cfg.Commit > 0 {
				if err := cl.CommitMarkedOffsets(ctx); err != nil {
					log.Error("commit on revocation: %v", err)
				}
			}
			log.Revoked(names(p))
		}),
	}
	if cfg.Commit > 0 {
		options = append(options, kgo.AutoCommitMarks(), kgo.AutoCommitInterval(cfg.Commit))
	} else {
		options = append(options, kgo.DisableAutoCommit())
	}
	cl, err := kgo.NewClient(options...)
	if err != nil {
		return nil, err
	}
	return client{cl, cfg}, nil
}

func names(partitions map[string][]int32) []string {
	var list []string
	for topic, numbers := range partitions {
		for _, n := range numbers {
			list = append(list, fmt.Sprintf("%s:%d", topic, n))
		}
	}
	return list
}

func (c client) Take(ctx context.Context) ([]member.Record, error) {
	c.AllowRebalance()
	fetches := c.PollRecords(ctx, atOnce)
	records := make([]member.Record, 0, fetches.NumRecords())
	fetches.EachRecord(func(r *kgo.Record) {
		records = append(records, member.Record{Topic: r.Topic, Partition: int(r.Partition), Offset: r.Offset, Key: r.Key, Native: r})
	})
	return records, fetches.Err()
}

func (c client) Commit(ctx context.Context, r member.Record) error {
	native := r.Native.(*kgo.Record)
	if c.cfg.Commit > 0 {
		c.MarkCommitRecords(native)
		return nil
	}
	return c.CommitRecords(ctx, native)
}

// Pause and Resume: the client is polled on, so that it may take part in
// rebalances.
func (c client) Pause() error {
	c.PauseFetchTopics(c.cfg.Topics...)
	return nil
}

func (c client) Resume() error {
	c.ResumeFetchTopics(c.cfg.Topics...)
	return nil
}

func (c client) Close() error {
	c.CloseAllowingRebalance()
	return nil
}
