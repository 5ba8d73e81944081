package kafka

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/consumer"
)

// newestGroupLayout is the newest layout known of subscriptions and assignments.
// Fields are only ever added at the end, so this is how newer versions are read.
const newestGroupLayout = 3

// groupSubscription is what a member tells the leader of its group for one balancer.
// The coordinator carries it as the metadata of the JoinGroup request.
type groupSubscription struct {
	topics   []string
	userData []byte // of the balancer, nil for none

	// owned is what the member has and would like to keep (KIP-429), topic =>
	// partitions. Balancers that start anew each time leave it out, so that the
	// subscription of a member does not change with what it has got.
	owned map[string][]int

	// generation is the one that owned is from (KIP-792), 0 or less if not known.
	generation int

	// rack is where the member is (KIP-881), empty if not known.
	rack string
}

// version returns the oldest version that carries the subscription, but at least
// the one that this library has always written.
func (s groupSubscription) version() int16 {
	switch {
	case s.rack != "":
		return 3
	case s.generation > 0:
		return 2
	}
	return consumer.MaxVersionSupported
}

// encode returns the whole layout of the version that the subscription has. Equal
// subscriptions have equal bytes, whatever the order of their parts: a static member
// that comes back with the same bytes causes no rebalance.
func (s groupSubscription) encode() ([]byte, error) {
	return s.encodeVersion(s.version())
}

func (s groupSubscription) encodeVersion(version int16) ([]byte, error) {
	owned, err := groupPartitions(s.owned)
	if err != nil {
		return nil, fmt.Errorf("kafka: owned partitions of a subscription: %w", err)
	}
	if s.generation > math.MaxInt32 {
		return nil, fmt.Errorf("kafka: generation %d of a subscription is out of range", s.generation)
	}
	topics := slices.Sorted(slices.Values(s.topics))
	wire := consumer.Subscription{
		Version:         version,
		Topics:          slices.Compact(topics),
		UserData:        s.userData,
		OwnedPartitions: owned,
		GenerationID:    -1,
		RackID:          s.rack,
	}
	if s.generation > 0 {
		wire.GenerationID = int32(s.generation)
	}
	return protocol.Marshal(version, wire)
}

// decodeGroupSubscription decodes what a member told, in any version. It keeps
// nothing of b.
//
// Some members write a version but not the fields that it has added. What ends
// exactly where an older layout does is taken as that.
func decodeGroupSubscription(b []byte) (groupSubscription, error) {
	newest, err := groupLayout(b)
	if err != nil {
		return groupSubscription{}, fmt.Errorf("kafka: subscription of a group member: %w", err)
	}
	var wire consumer.Subscription
	err = protocol.Unmarshal(b, newest, &wire)
	for layout := newest - 1; err != nil && layout >= 0; layout-- {
		if older, ok := wholeSubscription(b, layout); ok {
			wire, err = older, nil
		}
	}
	if err != nil {
		return groupSubscription{}, fmt.Errorf("kafka: subscription of a group member: %w", err)
	}
	owned, err := partitionsByTopic(wire.OwnedPartitions)
	if err != nil {
		return groupSubscription{}, fmt.Errorf("kafka: owned partitions of a group member: %w", err)
	}
	return groupSubscription{
		topics:     wire.Topics,
		userData:   wire.UserData,
		owned:      owned,
		generation: int(wire.GenerationID),
		rack:       wire.RackID,
	}, nil
}

// wholeSubscription decodes b if the layout has all of it.
func wholeSubscription(b []byte, layout int16) (s consumer.Subscription, ok bool) {
	if err := protocol.Unmarshal(b, layout, &s); err != nil {
		return s, false
	}
	again, err := protocol.Marshal(layout, s)
	return s, err == nil && len(again) == len(b)
}

// groupAssignment is what the leader of a group tells a member to read, topic =>
// partitions. The coordinator carries it in SyncGroup.
type groupAssignment struct {
	partitions map[string][]int
	userData   []byte // of the balancer, nil for none
}

// encode returns the assignment sorted, each partition once. All versions of
// assignments have the same layout.
func (a groupAssignment) encode() ([]byte, error) {
	return a.encodeVersion(consumer.MaxVersionSupported)
}

func (a groupAssignment) encodeVersion(version int16) ([]byte, error) {
	partitions, err := groupPartitions(a.partitions)
	if err != nil {
		return nil, fmt.Errorf("kafka: assignment of a group member: %w", err)
	}
	return protocol.Marshal(version, consumer.Assignment{
		Version:            version,
		AssignedPartitions: partitions,
		UserData:           a.userData,
	})
}

// decodeGroupAssignment decodes an assignment in any version. Nothing at all is what
// the coordinator gives to members that the leader has left out: they have no
// partitions. It keeps nothing of b.
func decodeGroupAssignment(b []byte) (groupAssignment, error) {
	if len(b) == 0 {
		return groupAssignment{partitions: map[string][]int{}}, nil
	}
	layout, err := groupLayout(b)
	if err != nil {
		return groupAssignment{}, fmt.Errorf("kafka: assignment of the group: %w", err)
	}
	var wire consumer.Assignment
	if err := protocol.Unmarshal(b, layout, &wire); err != nil {
		return groupAssignment{}, fmt.Errorf("kafka: assignment of the group: %w", err)
	}
	partitions, err := partitionsByTopic(wire.AssignedPartitions)
	if err != nil {
		return groupAssignment{}, fmt.Errorf("kafka: assignment of the group: %w", err)
	}
	return groupAssignment{partitions: partitions, userData: wire.UserData}, nil
}

// groupLayout returns the layout to read b with: that of its version, as far as
// known.
func groupLayout(b []byte) (int16, error) {
	var version int16
	if err := protocol.Unmarshal(b, 0, &version); err != nil {
		return 0, err
	}
	if version < 0 {
		return 0, fmt.Errorf("there is no version %d", version)
	}
	return min(version, newestGroupLayout), nil
}

// groupPartitions returns the partitions sorted, each once, without topics that have
// none.
func groupPartitions(topics map[string][]int) ([]consumer.TopicPartition, error) {
	list := make([]consumer.TopicPartition, 0, len(topics))
	for _, topic := range slices.Sorted(maps.Keys(topics)) {
		if len(topics[topic]) == 0 {
			continue
		}
		ids := make([]int32, len(topics[topic]))
		for i, id := range topics[topic] {
			if id < 0 || id > math.MaxInt32 {
				return nil, fmt.Errorf("topic %q has no partition %d", topic, id)
			}
			ids[i] = int32(id)
		}
		slices.Sort(ids)
		list = append(list, consumer.TopicPartition{Topic: topic, Partitions: slices.Compact(ids)})
	}
	return list, nil
}

// partitionsByTopic returns the partitions by topic, sorted, each once. The map is
// not nil.
func partitionsByTopic(list []consumer.TopicPartition) (map[string][]int, error) {
	topics := make(map[string][]int, len(list))
	for _, t := range list {
		ids := slices.Grow(topics[t.Topic], len(t.Partitions))
		for _, id := range t.Partitions {
			if id < 0 {
				return nil, fmt.Errorf("topic %q has no partition %d", t.Topic, id)
			}
			ids = append(ids, int(id))
		}
		slices.Sort(ids)
		topics[t.Topic] = slices.Compact(ids)
	}
	return topics, nil
}
