package kafka_test

import (
	"fmt"

	kafka "github.com/segmentio/kafka-go"
)

// fivePartitions and consumers are what the examples assign.
var fivePartitions = []kafka.Partition{
	{Topic: "orders", ID: 0}, {Topic: "orders", ID: 1}, {Topic: "orders", ID: 2}, {Topic: "orders", ID: 3}, {Topic: "orders", ID: 4},
}

var consumers = []kafka.GroupMember{
	{ID: "C0", Topics: []string{"orders"}},
	{ID: "C1", Topics: []string{"orders"}},
}

func ExampleRangeGroupBalancer() {
	assignments := kafka.RangeGroupBalancer{}.AssignGroups(consumers, fivePartitions)
	for _, c := range consumers {
		fmt.Println(c.ID, assignments[c.ID]["orders"])
	}
	// Output:
	// C0 [0 1 2]
	// C1 [3 4]
}

func ExampleRoundRobinGroupBalancer() {
	assignments := kafka.RoundRobinGroupBalancer{}.AssignGroups(consumers, fivePartitions)
	for _, c := range consumers {
		fmt.Println(c.ID, assignments[c.ID]["orders"])
	}
	// Output:
	// C0 [0 2 4]
	// C1 [1 3]
}

// Members read what is led in their racks, as far as all get equally much.
func ExampleRackAffinityGroupBalancer() {
	members := []kafka.GroupMember{
		{ID: "C0", Topics: []string{"orders"}, UserData: []byte("rack-1")},
		{ID: "C1", Topics: []string{"orders"}, UserData: []byte("rack-2")},
	}
	partitions := []kafka.Partition{
		{Topic: "orders", ID: 0, Leader: kafka.Broker{Rack: "rack-2"}},
		{Topic: "orders", ID: 1, Leader: kafka.Broker{Rack: "rack-1"}},
		{Topic: "orders", ID: 2, Leader: kafka.Broker{Rack: "rack-2"}},
		{Topic: "orders", ID: 3, Leader: kafka.Broker{Rack: "rack-1"}},
	}
	assignments := kafka.RackAffinityGroupBalancer{Rack: "rack-1"}.AssignGroups(members, partitions)
	for _, m := range members {
		fmt.Println(m.ID, assignments[m.ID]["orders"])
	}
	// Output:
	// C0 [1 3]
	// C1 [0 2]
}

// standby has one member read everything, while the others wait to take over.
type standby struct{}

func (standby) ProtocolName() string      { return "standby" }
func (standby) UserData() ([]byte, error) { return nil, nil }

func (standby) AssignGroups(members []kafka.GroupMember, partitions []kafka.Partition) kafka.GroupMemberAssignments {
	first := members[0].ID
	for _, m := range members {
		first = min(first, m.ID)
	}
	topics := map[string][]int{}
	for _, p := range partitions {
		topics[p.Topic] = append(topics[p.Topic], p.ID)
	}
	return kafka.GroupMemberAssignments{first: topics}
}

// A balancer of one's own. All members of a group need to have it.
func ExampleGroupBalancer() {
	var balancer kafka.GroupBalancer = standby{}
	fmt.Println(balancer.AssignGroups(consumers, fivePartitions))
	// Output: map[C0:map[orders:[0 1 2 3 4]]]
}
