package chaos_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/internal/chaos/worker"
)

// readerClient is a member of a group that is a Reader.
type readerClient struct{ *kafka.Reader }

// openReader is for a process that is a member: this test binary, started once more.
func openReader(cfg worker.Config, journal *worker.Journal) (worker.Client, error) {
	balancers := map[string]kafka.GroupBalancer{
		"range":         kafka.RangeGroupBalancer{},
		"roundrobin":    kafka.RoundRobinGroupBalancer{},
		"rack-affinity": kafka.RackAffinityGroupBalancer{Rack: cfg.Rack},
	}
	balancer := balancers[cfg.Balancer]
	if balancer == nil {
		return nil, fmt.Errorf("no balancer is called %q", cfg.Balancer)
	}
	logger := log.New(os.Stderr, "", log.Ltime|log.Lmicroseconds)
	config := kafka.ReaderConfig{
		Brokers: cfg.Brokers, GroupID: cfg.Group, Topic: cfg.Topic, Dialer: &kafka.Dialer{ClientID: cfg.ID, Timeout: 10 * time.Second},
		GroupBalancers: []kafka.GroupBalancer{balancer},
		SessionTimeout: cfg.Session, HeartbeatInterval: cfg.Heartbeat, RebalanceTimeout: cfg.Rebalance,
		Logger: logger, ErrorLogger: logger,
	}
	switch cfg.Manner {
	case worker.Interval:
		config.CommitInterval = worker.CommitInterval
	case worker.Singles:
		config.OnPartitionsAssigned = func(p map[string][]int) { journal.Told("assigned %v", p) }
		config.OnPartitionsRevoked = func(p map[string][]int) { journal.Told("revoked %v", p) }
		config.OnPartitionsLost = func(p map[string][]int) { journal.Told("lost %v", p) }
	}
	if err := config.Validate(); err != nil {
		return nil, err
	}
	return readerClient{kafka.NewReader(config)}, nil
}

func (c readerClient) Take(ctx context.Context, limit int) ([]worker.Record, error) {
	var batch []kafka.Message
	var err error
	if limit > 1 {
		batch, err = c.FetchBatch(ctx, limit)
	} else {
		var m kafka.Message
		if m, err = c.FetchMessage(ctx); err == nil {
			batch = append(batch, m)
		}
	}
	records := make([]worker.Record, len(batch))
	for i := range batch {
		m := &batch[i]
		records[i] = worker.Record{Partition: m.Partition, Offset: m.Offset, Value: m.Value, Native: m}
	}
	return records, err
}

func (c readerClient) Commit(ctx context.Context, records []worker.Record) error {
	batch := make([]kafka.Message, len(records))
	for i := range records {
		batch[i] = *records[i].Native.(*kafka.Message)
	}
	return c.CommitMessages(ctx, batch...)
}
