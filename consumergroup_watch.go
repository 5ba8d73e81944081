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
	asks    bool      // the program wants it
	asked   time.Time // when metadata was asked for last, for asks
	seen    bool      // the last look has found a difference
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
		w.ask()
	}
	return w
}

// ask has the partitions loaded, to be there at the next look.
func (w *partitionWatch) ask() {
	w.asked = time.Now()
	w.cluster.load(w.topics, nil)
}

// look returns the change that has to end the generation, nil if there is none. With
// tick it is a look that the program asks for.
func (w *partitionWatch) look(tick bool) error {
	if len(w.topics) == 0 {
		return nil
	}
	fresh := !w.cluster.state.Load().loaded.Before(w.asked)
	if fresh && len(w.basis) < len(w.topics) {
		w.basis = w.cluster.partitionSets(w.topics, w.basis)
	}
	if tick && w.asks {
		defer w.ask()
	}
	if w.leads {
		return w.change()
	}
	if !tick || !fresh {
		return nil
	}
	change := w.change()
	if seen := w.seen; change == nil || !seen { // the leader may see to it
		w.seen = change != nil
		return nil
	}
	return change
}

func (w *partitionWatch) change() error {
	for _, topic := range w.topics {
		t := w.cluster.watched(topic)
		if set, ok := w.basis[topic]; ok && set.differs(t) {
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

// partitionSets returns the partitions of topics: those in known and, for others, those
// of now, without topics of which that cannot be told.
func (c *cluster) partitionSets(topics []string, known partitionSets) partitionSets {
	state := c.state.Load()
	sets := make(partitionSets, len(topics))
	for _, topic := range topics {
		t := state.topics[topic]
		if set, ok := known[topic]; ok {
			sets[topic] = set
		} else if t != nil && t.err == nil {
			sets[topic] = partitionSet{topic: t.id, ids: t.ids}
		} else if t != nil && errors.Is(t.err, UnknownTopicOrPartition) {
			sets[topic] = partitionSet{}
		}
	}
	return sets
}
