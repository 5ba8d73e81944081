package kafka

import (
	"cmp"
	"slices"
)

// RackAffinityGroupBalancer makes a best effort to pair up consumers with
// partitions whose leader is in the same rack. This strategy can have performance
// benefits by minimizing round trip latency between the consumer and the broker. In
// environments where network traffic across racks incurs charges (such as cross AZ
// data transfer in AWS), this strategy is also a cost optimization measure because
// it keeps network traffic within the local rack where possible.
//
// The primary objective is to spread partitions evenly across consumers with a
// secondary focus on maximizing the number of partitions where the leader and the
// consumer are in the same rack. For best affinity, it's recommended to have a
// balanced spread of consumers and partition leaders across racks.
//
// Topic by topic, no member gets two partitions more than another, and within that
// bound as many partitions as possible go to members in the racks of their leaders.
// Where racks leave a choice of who gets one more than others, it is the member with
// the fewest partitions of the topics before, then the one whose ID comes first. The
// same members and partitions, in any order, are assigned alike.
//
// This balancer requires Kafka version 0.10.0.0 or later. Earlier versions do not
// return the brokers' racks in the metadata request. An empty name of a rack is a
// rack like others. Every member has an entry in the result.
type RackAffinityGroupBalancer struct {
	// Rack is the name of the rack where this consumer is running.  It will be
	// communicated to the consumer group leader via the UserData so that
	// assignments can be made with affinity to the partition leader.
	Rack string
}

// ProtocolName returns "rack-affinity".
func (r RackAffinityGroupBalancer) ProtocolName() string { return "rack-affinity" }

// UserData returns the name of the rack.
func (r RackAffinityGroupBalancer) UserData() ([]byte, error) { return []byte(r.Rack), nil }

// AssignGroups deals out the partitions of each topic. The racks of the members are
// in their UserData: its own rack is of no account for that.
func (r RackAffinityGroupBalancer) AssignGroups(members []GroupMember, partitions []Partition) GroupMemberAssignments {
	result := emptyAssignments(members)
	all := make(map[string]*rackMember, len(members))
	for _, m := range members {
		all[m.ID] = &rackMember{id: m.ID, rack: string(m.UserData)}
	}
	for _, t := range groupTopics(members, partitions) {
		d := newRackDeal(&t, all)
		d.dealWithinRacks()
		d.dealExtrasWithinRacks()
		d.dealRest()
		for _, m := range d.members {
			slices.Sort(m.got)
			result.add(m.id, t.name, m.got)
			m.load += len(m.got)
			m.got = m.got[:0]
		}
	}
	return result
}

// rackMember is a member of a group, while partitions are dealt out.
type rackMember struct {
	id, rack string
	load     int   // partitions of the topics before
	got      []int // partitions of the topic that is being dealt out
}

// rackGroup is what a rack has of a topic.
type rackGroup struct {
	left    []int // partitions led there that nobody has got yet
	members []*rackMember
}

// take moves the first n partitions of a list to the member.
func (m *rackMember) take(left []int, n int) []int {
	m.got = append(m.got, left[:n]...)
	return left[n:]
}

// rackDeal is the dealing out of a topic: every member gets target partitions, and
// extra members get one more.
type rackDeal struct {
	target, extra int
	members       []*rackMember // those with the least load first, then by ID
	racks         map[string]*rackGroup
}

func newRackDeal(t *groupTopic, all map[string]*rackMember) *rackDeal {
	d := &rackDeal{
		target: len(t.partitions) / len(t.members),
		extra:  len(t.partitions) % len(t.members),
		racks:  map[string]*rackGroup{},
	}
	for _, id := range t.members {
		d.members = append(d.members, all[id])
	}
	slices.SortStableFunc(d.members, func(a, b *rackMember) int { return cmp.Compare(a.load, b.load) })
	for _, m := range d.members {
		g := d.rack(m.rack)
		g.members = append(g.members, m)
	}
	for _, p := range t.partitions {
		g := d.rack(p.Leader.Rack)
		g.left = append(g.left, p.ID)
	}
	return d
}

func (d *rackDeal) rack(name string) *rackGroup {
	g := d.racks[name]
	if g == nil {
		g = &rackGroup{}
		d.racks[name] = g
	}
	return g
}

// dealWithinRacks gives the partitions of each rack to its members, as evenly as
// possible and up to the target. After it, a rack has partitions left only if all
// its members have reached the target.
func (d *rackDeal) dealWithinRacks() {
	for _, g := range d.racks {
		if len(g.members) == 0 {
			continue
		}
		share := min(d.target, len(g.left)/len(g.members))
		for _, m := range g.members {
			g.left = m.take(g.left, share)
		}
		for _, m := range g.members {
			if len(g.left) > 0 && len(m.got) < d.target {
				g.left = m.take(g.left, 1)
			}
		}
	}
}

// dealExtrasWithinRacks gives members one more partition of their racks.
func (d *rackDeal) dealExtrasWithinRacks() {
	for _, m := range d.members {
		if g := d.racks[m.rack]; d.extra > 0 && len(g.left) > 0 {
			g.left = m.take(g.left, 1)
			d.extra--
		}
	}
}

// dealRest gives what is left to members in other racks.
func (d *rackDeal) dealRest() {
	var left []int
	for _, g := range d.racks {
		left = append(left, g.left...)
	}
	slices.Sort(left)
	for _, m := range d.members {
		if n := d.target - len(m.got); n > 0 {
			left = m.take(left, n)
		}
	}
	for _, m := range d.members {
		if len(left) > 0 && len(m.got) == d.target {
			left = m.take(left, 1)
		}
	}
}
