package kafka

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// ConsumerGroup is a member of a Kafka consumer group. Programs do not read with
// it: each time that the members of the group change they get a new Generation by
// Next, which says what to read, stores offsets, and runs functions that end with it.
//
// [Reader] with a GroupID does all this and reads the messages too.
//
// The methods may be called concurrently. A ConsumerGroup must be closed.
type ConsumerGroup struct {
	config  ConsumerGroupConfig
	cluster *cluster
	release func() // of cluster
	loggers

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	offers chan groupOffer // to Next, from the group's loop
	done   chan struct{}   // closed at the end of the loop

	joins atomic.Int64 // generations so far
}

// groupOffer is what Next returns.
type groupOffer struct {
	generation *Generation
	err        error
}

// NewConsumerGroup makes a member of a consumer group. It returns an error if the
// configuration is not valid, see ConsumerGroupConfig.Validate. It does not wait for
// the network: the group is joined in the background, and what goes wrong with that
// is returned by Next.
func NewConsumerGroup(config ConsumerGroupConfig) (*ConsumerGroup, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	c, release, err := retainShared(config.Brokers, config.Dialer)
	if err != nil {
		return nil, err
	}
	return newConsumerGroup(config, c, release)
}

// newConsumerGroup is NewConsumerGroup over a cluster, which is released at the end
// of Close, or at once with an error.
func newConsumerGroup(config ConsumerGroupConfig, c *cluster, release func()) (*ConsumerGroup, error) {
	if err := config.Validate(); err != nil {
		release()
		return nil, err
	}
	config.Brokers, config.Topics = slices.Clone(config.Brokers), slices.Clone(config.Topics)
	config.GroupBalancers = slices.Clone(config.GroupBalancers)
	cg := &ConsumerGroup{
		config:  config,
		cluster: c,
		release: sync.OnceFunc(release),
		loggers: newLoggers(config.Logger, config.ErrorLogger),
		offers:  make(chan groupOffer),
		done:    make(chan struct{}),
	}
	cg.ctx, cg.cancel = context.WithCancel(context.Background())
	go newGroupLoop(cg).run()
	return cg, nil
}

// Next waits for the next generation of the group. There are never two at a time:
// the next one comes after the functions that Start has launched in the one before
// have returned.
//
// It returns the error if the group could not be joined. The member goes on trying,
// so Next can be called again; all it takes for good is that another static member
// has taken its GroupInstanceID (FencedInstanceID). What rebalances, restarts of
// brokers and moves of the coordinator bring about is no error. errors.Is finds the
// code that a broker sent.
//
// It returns the error of ctx when that ends, and ErrGroupClosed after Close.
func (cg *ConsumerGroup) Next(ctx context.Context) (*Generation, error) {
	switch {
	case cg.ctx.Err() != nil:
		return nil, ErrGroupClosed
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	select {
	case offer := <-cg.offers:
		return offer.generation, offer.err
	case <-cg.ctx.Done():
		return nil, ErrGroupClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Close ends the generation, waits for the functions that were launched by its
// Start, and has the member leave the group, so that the others get its partitions
// at once; a static member (GroupInstanceID) stays. It takes no longer than these
// functions and some seconds, without a network too, and must not be called by one
// of them. The error is always nil. Further calls do nothing but wait as well.
func (cg *ConsumerGroup) Close() error {
	cg.cancel()
	<-cg.done
	return nil
}
