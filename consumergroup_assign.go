package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/describegroups"
	"github.com/segmentio/kafka-go/protocol/joingroup"
	"github.com/segmentio/kafka-go/protocol/syncgroup"
)

// groupAssigner makes the assignments of a group whose leader this member is.
type groupAssigner struct {
	loggers
	cluster *cluster
	config  *ConsumerGroupConfig
	before  partitionSets // what the last assignments stood on; may be nil
}

// offers are the balancers in the form of a JoinGroup request, in order.
func (a *groupAssigner) offers() ([]joingroup.RequestProtocol, error) {
	offers := make([]joingroup.RequestProtocol, 0, len(a.config.GroupBalancers))
	for _, b := range a.config.GroupBalancers {
		name := b.ProtocolName()
		userData, err := b.UserData()
		if err != nil {
			return nil, fmt.Errorf("kafka: group %q: the user data of balancer %q: %w", a.config.ID, name, err)
		}
		metadata, err := groupSubscription{topics: a.config.Topics, userData: userData}.encode()
		if err != nil {
			return nil, fmt.Errorf("kafka: group %q: the subscription for balancer %q: %w", a.config.ID, name, err)
		}
		if !slices.ContainsFunc(offers, func(p joingroup.RequestProtocol) bool { return p.Name == name }) {
			offers = append(offers, joingroup.RequestProtocol{Name: name, Metadata: metadata})
		}
	}
	return offers, nil
}

// balancer returns the one that the coordinator has chosen.
func (a *groupAssigner) balancer(name string) (GroupBalancer, error) {
	names := make([]string, len(a.config.GroupBalancers))
	for i, b := range a.config.GroupBalancers {
		if names[i] = b.ProtocolName(); names[i] == name {
			return b, nil
		}
	}
	return nil, fmt.Errorf("unable to find selected balancer %q of group %q: this member has %s", name, a.config.ID, strings.Join(names, ", "))
}

// assign makes the assignments for the members that the coordinator has told of. It
// returns the partitions that they stand on as well.
func (a *groupAssigner) assign(ctx context.Context, m *groupMember, res *joingroup.Response) ([]syncgroup.RequestAssignment, partitionSets, error) {
	members := a.members(res)
	sets, partitions, err := a.partitions(ctx, m, subscribed(members))
	if err != nil {
		return nil, nil, err
	}
	if res.SkipAssignment {
		if sets, err = a.assigned(ctx, m, sets); err != nil {
			a.errorf("group %q: what is assigned is not known, new partitions will be seen from now on: %v", a.config.ID, err)
		}
		return nil, sets, nil
	}
	balancer, err := a.balancer(res.ProtocolName)
	if err != nil {
		return nil, nil, err
	}
	result := balancer.AssignGroups(members, partitions)
	assignments := make([]syncgroup.RequestAssignment, len(members))
	for i, member := range members {
		b, err := groupAssignment{partitions: result[member.ID]}.encode()
		if err != nil {
			return nil, nil, fmt.Errorf("kafka: group %q: what balancer %q assigns to member %q: %w", a.config.ID, res.ProtocolName, member.ID, err)
		}
		assignments[i] = syncgroup.RequestAssignment{MemberID: member.ID, Assignment: b}
	}
	a.logf("group %q: as the leader of generation %d, assigned %d partitions of %d topics to %d members by %q",
		a.config.ID, res.GenerationID, len(partitions), len(sets), len(members), res.ProtocolName)
	return assignments, sets, nil
}

// members returns the members with what they have subscribed to. One that does not
// make sense gets nothing.
func (a *groupAssigner) members(res *joingroup.Response) []GroupMember {
	members := make([]GroupMember, len(res.Members))
	for i, m := range res.Members {
		members[i].ID = m.MemberID
		s, err := decodeGroupSubscription(m.Metadata)
		if err != nil {
			a.errorf("group %q: member %q gets no partitions: %v", a.config.ID, m.MemberID, err)
			continue
		}
		members[i].Topics, members[i].UserData = s.topics, s.userData
	}
	return members
}

// subscribed returns the topics of all members, sorted, each once.
func subscribed(members []GroupMember) []string {
	var topics []string
	for _, m := range members {
		topics = append(topics, m.Topics...)
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}

// partitions asks for the partitions of topics. A topic that does not exist has none,
// and is no error; brokers that create topics by themselves are made to do so. A topic
// of this member that is not to be read is one.
func (a *groupAssigner) partitions(ctx context.Context, m *groupMember, topics []string) (partitionSets, []Partition, error) {
	ctx, cancel := context.WithTimeout(ctx, a.config.Timeout)
	defer cancel()
	if err := a.load(ctx, topics); err != nil {
		return nil, nil, m.failed("loading the partitions of its topics", err)
	}
	state := a.cluster.state.Load()
	brokers := make(map[int32]Broker, len(state.brokers))
	for _, b := range state.brokers {
		brokers[int32(b.ID)] = b
	}
	sets := make(partitionSets, len(topics))
	var partitions []Partition
	for _, name := range topics {
		t := state.topics[name]
		if t == nil || t.err != nil {
			if err := a.missing(m, name, t); err != nil {
				return nil, nil, err
			}
			sets[name] = partitionSet{}
			continue
		}
		sets[name] = partitionSet{topic: t.id, ids: t.ids}
		for _, p := range t.response().Partitions {
			partitions = append(partitions, makePartition(name, &p, brokers))
		}
	}
	return sets, partitions, nil
}

// missing is for a topic whose partitions are not known.
func (a *groupAssigner) missing(m *groupMember, name string, t *topicLayout) error {
	err := error(UnknownTopicOrPartition)
	if t != nil {
		err = t.err
	}
	if !isTemporary(err) && slices.Contains(a.config.Topics, name) {
		return m.failed("loading the partitions of its topics", protocol.NewTopicError(name, err))
	}
	a.errorf("group %q: topic %q has no partitions to assign; the group will rebalance when it has: %v", a.config.ID, name, err)
	return nil
}

// load has fresh metadata of topics loaded.
func (a *groupAssigner) load(ctx context.Context, topics []string) error {
	if err := a.cluster.load(topics, nil).wait(ctx); err != nil {
		return err
	}
	if absent := a.absent(topics, UnknownTopicOrPartition); len(absent) > 0 {
		if err := a.cluster.load(nil, absent).wait(ctx); err != nil {
			return err
		}
		if denied := a.absent(absent, TopicAuthorizationFailed); len(denied) > 0 { // to create them
			if err := a.cluster.load(denied, nil).wait(ctx); err != nil {
				return err
			}
		}
	}
	a.settle(ctx, topics)
	return nil
}

// settle waits for topics that exist, though brokers cannot tell their partitions at
// the moment. If that takes too long, what is known has to do.
func (a *groupAssigner) settle(ctx context.Context, topics []string) {
	for attempt := 0; attempt < routeAttempts && a.unsure(topics); attempt++ {
		if pause(ctx, groupPause(attempt)) != nil || a.cluster.load(topics, nil).wait(ctx) != nil {
			return
		}
	}
}

// absent returns the topics that brokers have answered with a code for.
func (a *groupAssigner) absent(topics []string, code Error) (absent []string) {
	state := a.cluster.state.Load()
	for _, name := range topics {
		if t := state.topics[name]; t != nil && errors.Is(t.err, code) {
			absent = append(absent, name)
		}
	}
	return absent
}

// unsure tells whether there are topics which exist, though their partitions cannot be
// told.
func (a *groupAssigner) unsure(topics []string) bool {
	state := a.cluster.state.Load()
	return slices.ContainsFunc(topics, func(name string) bool {
		t := state.topics[name]
		if t == nil || t.err == nil || !isTemporary(t.err) {
			return false
		}
		return !errors.Is(t.err, UnknownTopicOrPartition) || len(a.before[name].ids) > 0
	})
}

// assigned returns the partitions that the members of the group have, for a static
// leader that has come back to assignments made by another one, or before it was gone
// (KIP-814). Those of now are in sets, which is returned if it cannot find out.
func (a *groupAssigner) assigned(ctx context.Context, m *groupMember, sets partitionSets) (partitionSets, error) {
	res, err := askCoordinator[*describegroups.Response](ctx, m, "describing the group", a.config.Timeout, &describegroups.Request{Groups: []string{a.config.ID}})
	if err != nil {
		return sets, err
	}
	if len(res.Groups) != 1 || res.Groups[0].ErrorCode != 0 || res.Groups[0].GroupState != "Stable" {
		return sets, m.failed("describing the group", fmt.Errorf("the answer is %+v", res.Groups))
	}
	found := make(partitionSets, len(sets))
	for name, set := range sets {
		found[name] = partitionSet{topic: set.topic}
	}
	for _, member := range res.Groups[0].Members {
		assignment, err := decodeGroupAssignment(member.MemberAssignment)
		if err != nil {
			return sets, err
		}
		for topic, set := range found {
			set.ids = append(set.ids, assignment.partitions[topic]...)
			slices.Sort(set.ids)
			found[topic] = set
		}
	}
	return found, nil
}
