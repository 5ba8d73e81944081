package kafka

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// partitionSets are the partitions of topics. A topic that does not exist has an
// entry without partitions.
type partitionSets map[string]partitionSet

type partitionSet struct {
	topic protocol.UUID // zero where brokers tell no ids
	ids   []int         // in ascending order
}

// differs tells whether the topic has other partitions now. What a broker that lags
// behind knows of an older set is no difference, nor is an error.
func (s partitionSet) differs(t *topicLayout) bool {
	if t == nil || t.err != nil || slices.Equal(s.ids, t.ids) {
		return false
	}
	older := !t.id.IsZero() && t.id == s.topic && len(t.ids) < len(s.ids)
	return !older
}

var errPartitionsChanged = errors.New("the partitions of a topic have changed")

// partitionWatch tells when a group has to be rebalanced because its topics have
// other partitions than the generation was made for.
//
// The leader of a group compares with what it has assigned, whenever metadata has
// been loaded. Other members do so only if the program wants them to, and leave it to
// the leader at first, who may be another kind of client that does not look.
type partitionWatch struct {
	cluster *cluster
	topics  []string
	basis   partitionSets // nil until it is known
	leads   bool
	asks    bool          // the program wants it
	loading *metadataLoad // under way for asks; may be nil
	seen    bool          // the last look has found a difference
}

// newPartitionWatch watches for the leader, whose assignments stand on basis, or, if
// that is nil, for another member with the topics given.
func newPartitionWatch(c *cluster, config *ConsumerGroupConfig, basis partitionSets) *partitionWatch {
	w := &partitionWatch{cluster: c, basis: basis, leads: basis != nil, asks: config.WatchPartitionChanges}
	switch {
	case w.leads:
		for topic := range basis {
			w.topics = append(w.topics, topic)
		}
	case w.asks && config.GroupInstanceID == "": // a static member could not make the group rebalance
		w.topics = config.topics()
		w.loading = c.load(w.topics, nil)
	}
	return w
}

// look returns the change that has to end the generation, nil if there is none. With
// tick it is a look that the program asks for.
func (w *partitionWatch) look(tick bool) error {
	if len(w.topics) == 0 {
		return nil
	}
	if tick && w.asks {
		defer func() { w.loading = w.cluster.load(w.topics, nil) }()
	}
	if w.leads {
		return w.change()
	}
	if !tick || !w.loaded() {
		return nil
	}
	change := w.change()
	if seen := w.seen; change == nil || !seen {
		w.seen = change != nil
		return nil
	}
	return change
}

// loaded tells whether there is something to compare, and with what.
func (w *partitionWatch) loaded() bool {
	select {
	case <-w.loading.done:
	default:
		return false
	}
	if w.loading.err != nil {
		return false
	}
	if w.basis == nil {
		w.basis = w.cluster.partitionSets(w.topics)
		return false
	}
	return true
}

func (w *partitionWatch) change() error {
	for _, topic := range w.topics {
		t := w.cluster.watched(topic)
		set, ok := w.basis[topic]
		if !ok && t != nil && t.err == nil {
			set = partitionSet{topic: t.id, ids: t.ids}
			w.basis[topic] = set
		}
		if ok && set.differs(t) {
			return fmt.Errorf("%w: topic %q has %d partitions, the generation was made for %d", errPartitionsChanged, topic, len(t.ids), len(set.ids))
		}
	}
	return nil
}

// watched returns the layout of a topic, nil if it is not known, and keeps the topic
// in use.
func (c *cluster) watched(topic string) *topicLayout {
	t := c.known(topic)
	if t == nil && time.Since(c.state.Load().loaded) > c.config.metadataTTL {
		c.load([]string{topic}, nil)
	}
	return t
}

// partitionSets returns the partitions that topics are known to have, without topics
// of which that cannot be told now.
func (c *cluster) partitionSets(topics []string) partitionSets {
	state := c.state.Load()
	sets := make(partitionSets, len(topics))
	for _, topic := range topics {
		switch t := state.topics[topic]; {
		case t == nil:
		case t.err == nil:
			sets[topic] = partitionSet{topic: t.id, ids: t.ids}
		case errors.Is(t.err, UnknownTopicOrPartition):
			sets[topic] = partitionSet{}
		}
	}
	return sets
}
