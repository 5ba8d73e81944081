package kafka

import (
	"cmp"
	"slices"
)

// GroupMember describes a single participant in a consumer group.
type GroupMember struct {
	// ID is the unique ID for this member as taken from the JoinGroup response.
	ID string

	// Topics is a list of topics that this member is consuming.
	Topics []string

	// UserData contains any information that the GroupBalancer sent to the
	// consumer group coordinator. It is nil if there is none.
	UserData []byte
}

// GroupMemberAssignments holds MemberID => topic => partitions. A member or a
// topic that is missing, and an empty list, mean that nothing is assigned.
type GroupMemberAssignments map[string]map[string][]int

// add gives partitions of a topic to a member that has an entry.
func (a GroupMemberAssignments) add(member, topic string, partitions []int) {
	if len(partitions) > 0 {
		a[member][topic] = append(a[member][topic], partitions...)
	}
}

// GroupBalancer encapsulates the client side rebalancing logic: it decides which
// member of a consumer group reads which partitions.
//
// All members of a group offer the balancers that they have, and the coordinator
// of the group chooses one that all of them have. The member that the coordinator
// calls the leader then makes the assignments for all.
//
// The methods may be called at any time and by many readers at once, if they share
// the balancer.
type GroupBalancer interface {
	// ProtocolName is the name of the GroupBalancer. Members of a group agree on
	// a balancer by name, whatever client they use.
	ProtocolName() string

	// UserData provides the GroupBalancer an opportunity to embed custom
	// UserData into the metadata that is sent to the group when joining it. The
	// leader finds it in the GroupMember. An error keeps the member from joining.
	// See the JoinGroup request, https://kafka.apache.org/protocol.
	UserData() ([]byte, error)

	// AssignGroups returns which members will be consuming which topic
	// partitions. It is called on the leader of the group only, with all members
	// and with all partitions of all the topics that they list, both in no
	// particular order. It keeps and changes neither. Each partition ought to go
	// to exactly one of the members which list its topic.
	AssignGroups(members []GroupMember, partitions []Partition) GroupMemberAssignments
}

// RangeGroupBalancer groups consumers by partition: topic by topic, each member
// gets partitions that follow each other. Members and partitions are sorted by
// their IDs; where the partitions cannot be dealt out evenly, the first members get
// one more each.
//
// Example: 5 partitions, 2 consumers
//
//	C0: [0, 1, 2]
//	C1: [3, 4]
//
// Example: 6 partitions, 3 consumers
//
//	C0: [0, 1]
//	C1: [2, 3]
//	C2: [4, 5]
//
// Partitions of the same number of several topics go to the same member, if the
// topics have equally many partitions and the same members. With many topics of few
// partitions, the first members get most: [RoundRobinGroupBalancer] serves those
// better.
//
// Java's RangeAssignor assigns alike (for members that state no rack), and has the
// same name. Every member has an entry in the result.
type RangeGroupBalancer struct{}

// ProtocolName returns "range".
func (r RangeGroupBalancer) ProtocolName() string { return "range" }

// UserData returns nil: the members need not know anything of each other.
func (r RangeGroupBalancer) UserData() ([]byte, error) { return nil, nil }

// AssignGroups deals out the partitions of each topic in ranges.
func (r RangeGroupBalancer) AssignGroups(members []GroupMember, topicPartitions []Partition) GroupMemberAssignments {
	result := emptyAssignments(members)
	for _, t := range groupTopics(members, topicPartitions) {
		left := t.ids()
		share, extra := len(left)/len(t.members), len(left)%len(t.members)
		for i, member := range t.members {
			n := share
			if i < extra {
				n++
			}
			result.add(member, t.name, left[:n])
			left = left[n:]
		}
	}
	return result
}

// RoundRobinGroupBalancer divides partitions evenly among consumers: it deals them
// out one by one, to each member in turn. Members, topics and partitions are sorted.
//
// Example: 5 partitions, 2 consumers
//
//	C0: [0, 2, 4]
//	C1: [1, 3]
//
// Example: 6 partitions, 3 consumers
//
//	C0: [0, 3]
//	C1: [1, 4]
//	C2: [2, 5]
//
// The next topic goes on with the member whose turn it is. Members that do not list
// a topic are passed over. If all members list the same topics, no member has two
// partitions more than another, counted over all topics.
//
// Java's RoundRobinAssignor assigns alike, and has the same name. Every member has
// an entry in the result.
type RoundRobinGroupBalancer struct{}

// ProtocolName returns "roundrobin".
func (r RoundRobinGroupBalancer) ProtocolName() string { return "roundrobin" }

// UserData returns nil: the members need not know anything of each other.
func (r RoundRobinGroupBalancer) UserData() ([]byte, error) { return nil, nil }

// AssignGroups deals out the partitions to the members in turn.
func (r RoundRobinGroupBalancer) AssignGroups(members []GroupMember, topicPartitions []Partition) GroupMemberAssignments {
	result := emptyAssignments(members)
	ids := memberIDs(members)
	turn := 0
	for _, t := range groupTopics(members, topicPartitions) {
		for _, partition := range t.ids() {
			for !t.has(ids[turn]) {
				turn = (turn + 1) % len(ids)
			}
			result.add(ids[turn], t.name, []int{partition})
			turn = (turn + 1) % len(ids)
		}
	}
	return result
}

// groupTopic is a topic with at least one partition and one member that lists it.
type groupTopic struct {
	name       string
	partitions []Partition // sorted by ID, each once
	members    []string    // IDs, sorted, each once
}

func (t *groupTopic) ids() []int {
	ids := make([]int, len(t.partitions))
	for i, p := range t.partitions {
		ids[i] = p.ID
	}
	return ids
}

// has tells whether a member lists the topic.
func (t *groupTopic) has(member string) bool {
	_, ok := slices.BinarySearch(t.members, member)
	return ok
}

// groupTopics returns the topics that are to be dealt out, sorted by name.
func groupTopics(members []GroupMember, partitions []Partition) []groupTopic {
	byName := map[string]*groupTopic{}
	for _, p := range partitions {
		t := byName[p.Topic]
		if t == nil {
			t = &groupTopic{name: p.Topic}
			byName[p.Topic] = t
		}
		t.partitions = append(t.partitions, p)
	}
	for _, m := range members {
		for _, topic := range m.Topics {
			if t := byName[topic]; t != nil {
				t.members = append(t.members, m.ID)
			}
		}
	}
	topics := make([]groupTopic, 0, len(byName))
	for _, t := range byName {
		if len(t.members) == 0 {
			continue
		}
		slices.Sort(t.members)
		t.members = slices.Compact(t.members)
		slices.SortStableFunc(t.partitions, func(a, b Partition) int { return cmp.Compare(a.ID, b.ID) })
		t.partitions = slices.CompactFunc(t.partitions, func(a, b Partition) bool { return a.ID == b.ID })
		topics = append(topics, *t)
	}
	slices.SortFunc(topics, func(a, b groupTopic) int { return cmp.Compare(a.name, b.name) })
	return topics
}

// memberIDs returns the IDs of the members, sorted, each once.
func memberIDs(members []GroupMember) []string {
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// emptyAssignments returns an entry for each member, without topics.
func emptyAssignments(members []GroupMember) GroupMemberAssignments {
	result := make(GroupMemberAssignments, len(members))
	for _, m := range members {
		result[m.ID] = map[string][]int{}
	}
	return result
}
