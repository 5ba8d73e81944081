package kafka

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func topicPartitions(topic string, n int, racks ...string) []Partition {
	list := make([]Partition, n)
	for i := range list {
		list[i] = Partition{Topic: topic, ID: i}
		if len(racks) > 0 {
			list[i].Leader.Rack = racks[i%len(racks)]
		}
	}
	return list
}

func membersOf(n int, topics ...string) []GroupMember {
	list := make([]GroupMember, n)
	for i := range list {
		list[i] = GroupMember{ID: fmt.Sprintf("C%d", i), Topics: topics}
	}
	return list
}

var groupBalancers = []GroupBalancer{RangeGroupBalancer{}, RoundRobinGroupBalancer{}, RackAffinityGroupBalancer{}}

func TestGroupBalancersNamesAndUserData(t *testing.T) {
	for i, name := range []string{"range", "roundrobin", "rack-affinity"} {
		b := groupBalancers[i]
		assert.Equal(t, name, b.ProtocolName())
		data, err := b.UserData()
		assert.NoError(t, err)
		assert.Empty(t, data)
	}
	data, err := RackAffinityGroupBalancer{Rack: "eu-1"}.UserData()
	require.NoError(t, err)
	require.Equal(t, "eu-1", string(data))
}

// What the documentation shows, and sizes that are not even.
func TestGroupBalancersOneTopic(t *testing.T) {
	for _, c := range []struct {
		partitions, members int
		want                [3]string
	}{
		{5, 2, [3]string{"[0 1 2][3 4]", "[0 2 4][1 3]", "[0 1 4][2 3]"}},
		{6, 3, [3]string{"[0 1][2 3][4 5]", "[0 3][1 4][2 5]", "[0 1][2 3][4 5]"}},
		{7, 3, [3]string{"[0 1 2][3 4][5 6]", "[0 3 6][1 4][2 5]", "[0 1 6][2 3][4 5]"}},
		{2, 3, [3]string{"[0][1][]", "[0][1][]", "[0][1][]"}},
		{10, 4, [3]string{"[0 1 2][3 4 5][6 7][8 9]", "[0 4 8][1 5 9][2 6][3 7]", "[0 1 8][2 3 9][4 5][6 7]"}},
		{0, 2, [3]string{"[][]", "[][]", "[][]"}},
		{3, 0, [3]string{}},
	} {
		for i, b := range groupBalancers {
			members := membersOf(c.members, "t")
			result := b.AssignGroups(members, topicPartitions("t", c.partitions))
			require.Len(t, result, c.members, "every member has an entry")
			got := ""
			for _, m := range members {
				require.NotNil(t, result[m.ID])
				got += fmt.Sprint(result[m.ID]["t"])
			}
			assert.Equal(t, c.want[i], got, "%s: %d partitions, %d members", b.ProtocolName(), c.partitions, c.members)
		}
	}
}

// Brokers tell members and partitions in any order. Told twice, they count once.
func TestGroupBalancersSortTheirInput(t *testing.T) {
	members := []GroupMember{{ID: "b", Topics: []string{"t", "t"}}, {ID: "a", Topics: []string{"t"}}, {ID: "b", Topics: []string{"t"}}}
	var partitions []Partition
	for _, id := range []int{9, 4, 7, 4, 2, 30} {
		partitions = append(partitions, Partition{Topic: "t", ID: id})
	}
	for i, want := range []GroupMemberAssignments{
		{"a": {"t": {2, 4, 7}}, "b": {"t": {9, 30}}},
		{"a": {"t": {2, 7, 30}}, "b": {"t": {4, 9}}},
		{"a": {"t": {2, 4, 30}}, "b": {"t": {7, 9}}},
	} {
		assert.Equal(t, want, groupBalancers[i].AssignGroups(members, partitions), groupBalancers[i].ProtocolName())
	}
}

// The assignments are those of Java's assignors.
func TestGroupBalancersChooseWhatJavaChooses(t *testing.T) {
	b, err := os.ReadFile("testdata/golden/assignments.json")
	require.NoError(t, err)
	var groups []struct {
		Topics            map[string]int
		Members           map[string][]string
		Range, Roundrobin GroupMemberAssignments
	}
	require.NoError(t, json.Unmarshal(b, &groups))
	require.Greater(t, len(groups), 60)
	for i, g := range groups {
		var members []GroupMember
		for id, topics := range g.Members {
			members = append(members, GroupMember{ID: id, Topics: topics})
		}
		var partitions []Partition
		for topic, n := range g.Topics {
			partitions = append(partitions, topicPartitions(topic, n)...)
		}
		assert.Equal(t, g.Range, RangeGroupBalancer{}.AssignGroups(members, partitions), "group %d", i)
		assert.Equal(t, g.Roundrobin, RoundRobinGroupBalancer{}.AssignGroups(members, partitions), "group %d", i)
	}
}

// randomGroup makes up a group. All its members list the same topics, or not.
func randomGroup(r *rand.Rand, same bool) (members []GroupMember, partitions []Partition) {
	racks := []string{"a", "b", "c", ""}[:1+r.Intn(4)]
	var topics []string
	for i := range 1 + r.Intn(6) {
		topic := fmt.Sprintf("t%d", i)
		topics = append(topics, topic)
		for id := range r.Intn(15) {
			p := Partition{Topic: topic, ID: id}
			p.Leader.Rack = racks[r.Intn(len(racks))]
			partitions = append(partitions, p)
		}
	}
	for i := range 1 + r.Intn(9) {
		m := GroupMember{ID: fmt.Sprintf("member-%d", i*7%10), UserData: []byte(racks[r.Intn(len(racks))])}
		for _, topic := range topics {
			if same || r.Intn(3) > 0 {
				m.Topics = append(m.Topics, topic)
			}
		}
		members = append(members, m)
	}
	return members, partitions
}

func shuffled[T any](r *rand.Rand, list []T) []T {
	list = slices.Clone(list)
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

func TestGroupBalancersProperties(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for round := range 500 {
		members, partitions := randomGroup(r, round%2 == 0)
		for _, b := range groupBalancers {
			members, partitions := shuffled(r, members), shuffled(r, partitions)
			membersBefore, partitionsBefore := slices.Clone(members), slices.Clone(partitions)
			result := b.AssignGroups(members, partitions)
			require.Equal(t, membersBefore, members, "members are not changed")
			require.Equal(t, partitionsBefore, partitions, "partitions are not changed")
			require.Equal(t, result, b.AssignGroups(shuffled(r, members), shuffled(r, partitions)), "%s: the order is of no account", b.ProtocolName())
			requireFair(t, b.ProtocolName(), members, partitions, result)
			if round%2 == 0 && b.ProtocolName() == "roundrobin" {
				requireEven(t, members, func(m GroupMember) (n int) {
					for _, ids := range result[m.ID] {
						n += len(ids)
					}
					return n
				}, "all topics")
			}
		}
	}
}

// requireFair checks that each partition goes to one member that lists its topic, if
// there is one, and that no member has two partitions of a topic more than another.
func requireFair(t *testing.T, name string, members []GroupMember, partitions []Partition, result GroupMemberAssignments) {
	t.Helper()
	owners := map[string][]string{}
	for id, topics := range result {
		for topic, ids := range topics {
			require.NotEmpty(t, ids, "topics without partitions have no entry")
			require.True(t, slices.IsSorted(ids), "%s: %v", name, ids)
			for _, p := range ids {
				key := fmt.Sprint(topic, "/", p)
				owners[key] = append(owners[key], id)
			}
		}
	}
	byTopic := map[string][]GroupMember{}
	for _, m := range members {
		require.NotNil(t, result[m.ID])
		for _, topic := range m.Topics {
			byTopic[topic] = append(byTopic[topic], m)
		}
	}
	for _, p := range partitions {
		key := fmt.Sprint(p.Topic, "/", p.ID)
		if len(byTopic[p.Topic]) == 0 {
			require.Empty(t, owners[key])
			continue
		}
		require.Len(t, owners[key], 1, "%s: %s", name, key)
		require.True(t, slices.ContainsFunc(byTopic[p.Topic], func(m GroupMember) bool { return m.ID == owners[key][0] }))
		delete(owners, key)
	}
	require.Empty(t, owners, "%s: nothing else is assigned", name)
	for topic, members := range byTopic {
		requireEven(t, members, func(m GroupMember) int { return len(result[m.ID][topic]) }, name+" "+topic)
	}
}

func requireEven(t *testing.T, members []GroupMember, size func(GroupMember) int, what string) {
	t.Helper()
	least, most := size(members[0]), size(members[0])
	for _, m := range members {
		least, most = min(least, size(m)), max(most, size(m))
	}
	require.LessOrEqual(t, most-least, 1, what)
}

// As many partitions stay in their racks as can, if no member is to have two more
// than another: a rack keeps the target of each member, and one more for as many of
// them as there are to have one more.
func TestRackAffinityKeepsPartitionsInTheirRacks(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for range 1000 {
		members, partitions := randomGroup(r, true)
		result := RackAffinityGroupBalancer{}.AssignGroups(members, partitions)
		rack := map[string]string{}
		inRack := map[string]int{}
		for _, m := range members {
			rack[m.ID] = string(m.UserData)
			inRack[string(m.UserData)]++
		}
		leads := map[string]map[string]int{}
		kept, size := map[string]int{}, map[string]int{}
		for _, p := range partitions {
			if leads[p.Topic] == nil {
				leads[p.Topic] = map[string]int{}
			}
			leads[p.Topic][p.Leader.Rack]++
			size[p.Topic]++
			for id, topics := range result {
				if rack[id] == p.Leader.Rack && slices.Contains(topics[p.Topic], p.ID) {
					kept[p.Topic]++
				}
			}
		}
		for topic := range leads {
			target, extra := size[topic]/len(members), size[topic]%len(members)
			most, more := 0, 0
			for name, n := range leads[topic] {
				most += min(n, inRack[name]*target)
				more += max(0, min(inRack[name], n-inRack[name]*target))
			}
			require.Equal(t, most+min(more, extra), kept[topic], "%v of %v", leads[topic], rack)
		}
	}
}

// Where racks leave a choice, those who have less get more.
func TestRackAffinityIsEvenOverTopics(t *testing.T) {
	var partitions []Partition
	for i := range 10 {
		partitions = append(partitions, topicPartitions(fmt.Sprintf("t%d", i), 1, "elsewhere")...)
	}
	var topics []string
	for _, p := range partitions {
		topics = append(topics, p.Topic)
	}
	members := membersOf(5, topics...)
	result := RackAffinityGroupBalancer{}.AssignGroups(members, partitions)
	for _, m := range members {
		assert.Len(t, result[m.ID], 2, m.ID)
	}
}

func TestRackAffinityAcrossRacks(t *testing.T) {
	members := membersOf(3, "t")
	for i, rack := range []string{"a", "b", "c"} {
		members[i].UserData = []byte(rack)
	}
	result := RackAffinityGroupBalancer{Rack: "c"}.AssignGroups(members, topicPartitions("t", 9, "b", "c", "a"))
	require.Equal(t, GroupMemberAssignments{"C0": {"t": {2, 5, 8}}, "C1": {"t": {0, 3, 6}}, "C2": {"t": {1, 4, 7}}}, result)

	// A rack without members, and one that has more than its members may have.
	result = RackAffinityGroupBalancer{}.AssignGroups(members, topicPartitions("t", 7, "a", "a", "d", "a", "a", "b", "a"))
	require.Equal(t, GroupMemberAssignments{"C0": {"t": {0, 1, 3}}, "C1": {"t": {2, 5}}, "C2": {"t": {4, 6}}}, result)
}
