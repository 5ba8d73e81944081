package interop_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// owners is who owns each topic:partition, by member id. More than one is a fault.
type owners map[string][]string

func partition(topic string, n int) string { return fmt.Sprintf("%s:%d", topic, n) }

// rules are how Java's assignors deal partitions out, if all members list the same
// topics. members are ids.
var rules = map[string]func(members []string, topics map[string]int) owners{
	"range":      rangeRule,
	"roundrobin": roundRobinRule,
}

// rangeRule: topic by topic, each member gets partitions that follow each other, and
// the first ones get the remainder, one each.
func rangeRule(members []string, topics map[string]int) owners {
	members = slices.Sorted(slices.Values(members))
	result := owners{}
	for topic, partitions := range topics {
		next := 0
		for i, m := range members {
			n := partitions / len(members)
			if i < partitions%len(members) {
				n++
			}
			for range n {
				result[partition(topic, next)] = []string{m}
				next++
			}
		}
	}
	return result
}

// roundRobinRule: all partitions of all topics, in order, to each member in turn.
func roundRobinRule(members []string, topics map[string]int) owners {
	members = slices.Sorted(slices.Values(members))
	result := owners{}
	i := 0
	for _, topic := range slices.Sorted(maps.Keys(topics)) {
		for p := range topics[topic] {
			result[partition(topic, p)] = []string{members[i%len(members)]}
			i++
		}
	}
	return result
}

func TestRules(t *testing.T) {
	members, topics := []string{"m2", "m1"}, map[string]int{"b": 2, "a": 3}
	require.Equal(t, owners{"a:0": {"m1"}, "a:1": {"m1"}, "a:2": {"m2"}, "b:0": {"m1"}, "b:1": {"m2"}}, rangeRule(members, topics))
	require.Equal(t, owners{"a:0": {"m1"}, "a:1": {"m2"}, "a:2": {"m1"}, "b:0": {"m2"}, "b:1": {"m1"}}, roundRobinRule(members, topics))
}
