// Command franz is a member of the group chaos built on franz-go, to compare with.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/segmentio/kafka-go/internal/chaos/worker"
)

var balancers = map[string]kgo.GroupBalancer{
	"range":      kgo.RangeBalancer(),
	"roundrobin": kgo.RoundRobinBalancer(),
}

func main() { os.Exit(worker.Main(open)) }

type client struct {
	*kgo.Client
	cfg worker.Config
}

func open(cfg worker.Config, journal *worker.Journal) (worker.Client, error) {
	balancer := balancers[cfg.Balancer]
	if balancer == nil {
		return nil, fmt.Errorf("franz-go has no balancer %q", cfg.Balancer)
	}
	c := client{cfg: cfg}
	options := []kgo.Opt{
		kgo.SeedBrokers(cfg.Brokers...),
		kgo.ClientID(cfg.ID),
		kgo.ConsumerGroup(cfg.Group),
		kgo.ConsumeTopics(cfg.Topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.Balancers(balancer),
		kgo.SessionTimeout(cfg.Session),
		kgo.HeartbeatInterval(cfg.Heartbeat),
		kgo.RebalanceTimeout(cfg.Rebalance),
		kgo.BlockRebalanceOnPoll(),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, p map[string][]int32) { journal.Told("assigned %v", p) }),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, p map[string][]int32) { journal.Told("lost %v", p) }),
		kgo.OnPartitionsRevoked(func(ctx context.Context, cl *kgo.Client, p map[string][]int32) {
			if cfg.Manner == worker.Interval {
				if err := cl.CommitMarkedOffsets(ctx); err != nil {
					journal.Error(fmt.Errorf("commit on revocation: %w", err))
				}
			}
			journal.Told("revoked %v", p)
		}),
	}
	if cfg.Manner == worker.Interval {
		options = append(options, kgo.AutoCommitMarks(), kgo.AutoCommitInterval(worker.CommitInterval))
	} else {
		options = append(options, kgo.DisableAutoCommit())
	}
	var err error
	c.Client, err = kgo.NewClient(options...)
	return c, err
}

func (c client) Take(ctx context.Context, limit int) ([]worker.Record, error) {
	c.AllowRebalance()
	fetches := c.PollRecords(ctx, limit)
	records := make([]worker.Record, 0, fetches.NumRecords())
	fetches.EachRecord(func(r *kgo.Record) {
		records = append(records, worker.Record{Partition: int(r.Partition), Offset: r.Offset, Value: r.Value, Native: r})
	})
	return records, fetches.Err()
}

func (c client) Commit(ctx context.Context, records []worker.Record) error {
	native := make([]*kgo.Record, len(records))
	for i := range records {
		native[i] = records[i].Native.(*kgo.Record)
	}
	if c.cfg.Manner == worker.Interval {
		c.MarkCommitRecords(native...)
		return nil
	}
	return c.CommitRecords(ctx, native...)
}

func (c client) Close() error {
	c.CloseAllowingRebalance()
	return nil
}
