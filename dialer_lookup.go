package kafka

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

const (
	// lookupTimeout bounds lookups whose context has no deadline.
	lookupTimeout = 30 * time.Second

	lookupBackoffMin = 100 * time.Millisecond
	lookupBackoffMax = time.Second
)

// LookupPartition is DefaultDialer.LookupPartition.
func LookupPartition(ctx context.Context, network string, address string, topic string, partition int) (Partition, error) {
	return DefaultDialer.LookupPartition(ctx, network, address, topic, partition)
}

// LookupPartitions is DefaultDialer.LookupPartitions.
func LookupPartitions(ctx context.Context, network string, address string, topic string) ([]Partition, error) {
	return DefaultDialer.LookupPartitions(ctx, network, address, topic)
}

// DialLeader connects to the leader of a partition, which it asks the broker at
// the address for. It waits for the topic and its leader as LookupLeader does.
func (d *Dialer) DialLeader(ctx context.Context, network string, address string, topic string, partition int) (*Conn, error) {
	p, err := d.lookup(ctx, network, address, topic, partition, withLeader)
	if err != nil {
		return nil, err
	}
	return d.DialPartition(ctx, network, address, p)
}

// LookupLeader asks the broker at the address for the leader of a partition. It
// waits for the topic as LookupPartition does, and for a leader.
func (d *Dialer) LookupLeader(ctx context.Context, network string, address string, topic string, partition int) (Broker, error) {
	p, err := d.lookup(ctx, network, address, topic, partition, withLeader)
	return p.Leader, err
}

// LookupPartition asks the broker at the address to describe a partition.
//
// A topic or partition that is not there (the broker may be about to create it),
// and errors that pass (Temporary), are asked about again, until the context
// ends; the error then wraps the context's. If the context has no deadline, that
// goes on for 30 s, and the error wraps the last answer, such as
// UnknownTopicOrPartition.
func (d *Dialer) LookupPartition(ctx context.Context, network string, address string, topic string, partition int) (Partition, error) {
	return d.lookup(ctx, network, address, topic, partition, anyPartition)
}

// LookupPartitions asks the broker at the address for the partitions of a topic,
// once. Without a deadline of the context, it takes 30 s at most.
func (d *Dialer) LookupPartitions(ctx context.Context, network string, address string, topic string) ([]Partition, error) {
	ctx, cancel := boundLookup(ctx)
	defer cancel()
	conn, err := d.dialLookup(ctx, network, address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	return d.readPartitions(ctx, conn, topic)
}

func boundLookup(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, lookupTimeout)
}

func (d *Dialer) dialLookup(ctx context.Context, network, address string) (*Conn, error) {
	start := time.Now()
	defer func() { d.state().lookupDial.observeSince(start) }()
	ctx, cancel := d.bound(ctx)
	defer cancel()
	return d.connectReady(ctx, network, address, ConnConfig{}, d.negotiate)
}

func (d *Dialer) readPartitions(ctx context.Context, conn *Conn, topic string) ([]Partition, error) {
	start := time.Now()
	defer func() { d.state().readPartition.observeSince(start) }()
	return conn.readPartitions(ctx, topic)
}

// anyPartition and withLeader say when a partition that was found will do. What
// they return is why it does not.
func anyPartition(Partition) error { return nil }

func withLeader(p Partition) error {
	switch {
	case p.Leader.Host != "":
		return nil
	case p.Error != nil:
		return p.Error
	default:
		return LeaderNotAvailable
	}
}

// lookup asks for a partition until it is there and will do.
func (d *Dialer) lookup(ctx context.Context, network, address, topic string, partition int, will func(Partition) error) (Partition, error) {
	if err := checkPartition(topic, partition); err != nil {
		return Partition{}, err
	}
	bounded, cancel := boundLookup(ctx)
	defer cancel()
	conn, err := d.dialLookup(bounded, network, address)
	if err != nil {
		return Partition{}, err
	}
	defer func() { _ = conn.Close() }()
	for attempt := 1; ; attempt++ {
		p, err := d.find(bounded, conn, topic, partition)
		if err == nil {
			err = will(p)
		}
		if err == nil {
			return p, nil
		}
		if bounded.Err() == nil && !isTemporary(err) {
			return Partition{}, err
		}
		if pause(bounded, lookupBackoff(attempt)) == nil {
			continue
		}
		err = fmt.Errorf("looking for partition %d of topic %q: %w", partition, topic, err)
		if cause := ctx.Err(); cause != nil {
			err = fmt.Errorf("%w: %w", cause, err)
		}
		return Partition{}, err
	}
}

// checkPartition refuses numbers that no partition has.
func checkPartition(topic string, partition int) error {
	if partition < 0 || int64(partition) > math.MaxInt32 {
		return fmt.Errorf("partition %d of topic %q: %w", partition, topic, UnknownTopicOrPartition)
	}
	return nil
}

func (d *Dialer) find(ctx context.Context, conn *Conn, topic string, partition int) (Partition, error) {
	list, err := d.readPartitions(ctx, conn, topic)
	if err != nil {
		return Partition{}, err
	}
	for _, p := range list {
		if p.ID == partition {
			return p, nil
		}
	}
	return Partition{}, UnknownTopicOrPartition
}

func lookupBackoff(attempt int) time.Duration {
	n := time.Duration(min(attempt, 10))
	return min(n*n*lookupBackoffMin, lookupBackoffMax)
}

// isTemporary tells whether the broker's answer may change.
func isTemporary(err error) bool {
	var code Error
	return errors.As(err, &code) && code.Temporary()
}

// pause waits, but not beyond the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
