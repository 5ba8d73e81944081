package kafka

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/describegroups"
	"github.com/segmentio/kafka-go/protocol/joingroup"
	"github.com/segmentio/kafka-go/protocol/leavegroup"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/syncgroup"
)

// metadataAge is when metadata shows a change at the latest.
const metadataAge = defaultMetadataTTL + time.Second

// topicIs sets the leaders of the partitions of a topic.
func (k *fakeGroup) topicIs(name string, leaders ...int32) {
	k.change(func() { k.topics[name] = &fakeTopic{leaders: leaders} })
}

func partitionsOf(g *Generation, topic string) (ids []int) {
	for _, a := range g.Assignments[topic] {
		ids = append(ids, a.ID)
	}
	return ids
}

// changesWithin waits for the next generation.
func changesWithin(t testing.TB, cg *ConsumerGroup, g *Generation, limit time.Duration) *Generation {
	t.Helper()
	start := time.Now()
	<-g.ctx.Done()
	require.ErrorIs(t, g.cause(), errPartitionsChanged)
	require.False(t, g.lost())
	g = next(t, cg)
	require.LessOrEqual(t, time.Since(start), limit)
	return g
}

// Issue 646: partitions that are added are read, without WatchPartitionChanges.
func TestIssue646_NewPartitionsAreAssigned(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		cg := k.member(t, nil)
		g := next(t, cg)
		time.Sleep(time.Hour) // the topic stays in use
		require.Equal(t, []int{0, 1}, partitionsOf(g, "t"))
		k.topicIs("t", 1, 1, 1)
		g = changesWithin(t, cg, g, metadataAge)
		require.Equal(t, []int{0, 1, 2}, partitionsOf(g, "t"))
		require.Equal(t, 1, k.logged("the partitions of a topic have changed"))
		time.Sleep(time.Hour)
		require.NoError(t, g.cause())
		joins := had[*joingroup.Request](k)
		require.Contains(t, joins[len(joins)-1].Reason, `topic "t" has 3 partitions`)
	})
}

// Issues 800, 1314 and 1414: a group that was there before its topic.
func TestIssue800_ATopicThatComesLater(t *testing.T) {
	for _, watch := range []bool{false, true} {
		withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
			cg := k.member(t, func(c *ConsumerGroupConfig) { c.Topics, c.WatchPartitionChanges = []string{"late"}, watch })
			g := next(t, cg)
			require.Equal(t, map[string][]PartitionAssignment{"late": {}}, g.Assignments)

			// Trap 27: a missing topic is no reason to join again.
			time.Sleep(time.Hour)
			require.NoError(t, g.cause())
			require.Len(t, had[*joingroup.Request](k), 2)

			k.topicIs("late", 1, 1)
			g = changesWithin(t, cg, g, metadataAge)
			require.Equal(t, []int{0, 1}, partitionsOf(g, "late"))
		})
	}
}

func TestIssue1314_ATopicThatTheBrokersCreate(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		k.autoCreate = true
		cg := k.member(t, func(c *ConsumerGroupConfig) { c.Topics = []string{"t", "new"} })
		g := next(t, cg)
		require.Equal(t, []int{0}, partitionsOf(g, "new"))
		require.Equal(t, []int{0, 1}, partitionsOf(g, "t"))
	})
}

// Issue 1414: what counts is what was assigned, not what metadata said a moment later.
func TestIssue1414_ATopicThatComesWhileTheGroupJoins(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		k.does(func(r *fakeRequest) (protocol.Message, bool) {
			if _, ok := r.message.(*syncgroup.Request); ok {
				k.topicIs("late", 1)
				time.Sleep(10 * time.Second) // metadata is loaded meanwhile
			}
			return nil, false
		})
		cg := k.member(t, func(c *ConsumerGroupConfig) { c.Topics = []string{"late"} })
		time.Sleep(30 * time.Second)
		k.does(nil)
		g := next(t, cg)
		for g.ID < 2 {
			g = next(t, cg)
		}
		require.Equal(t, []int{0}, partitionsOf(g, "late"))
	})
}

// Trap 17: one topic that is missing takes nothing from the others.
func TestTrap17_OtherTopicsAreAssigned(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		k.topicIs("u", 1)
		g := next(t, k.member(t, func(c *ConsumerGroupConfig) { c.Topics = []string{"t", "missing", "u"} }))
		require.Equal(t, []int{0, 1}, partitionsOf(g, "t"))
		require.Equal(t, []int{0}, partitionsOf(g, "u"))
		require.Equal(t, []PartitionAssignment{}, g.Assignments["missing"])
		require.Equal(t, 1, k.logged("missing"))
	})
}

// Errors of metadata, and brokers that lag behind, are no change.
func TestWhatIsNoChangeOfPartitions(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		cg := k.member(t, func(c *ConsumerGroupConfig) { c.WatchPartitionChanges = true })
		g := next(t, cg)
		for _, change := range []func(){
			func() { k.topics["t"] = &fakeTopic{code: LeaderNotAvailable} },
			func() { delete(k.topics, "t") },
			func() { k.topics["t"] = &fakeTopic{code: TopicAuthorizationFailed} },
			func() { k.topics["t"] = &fakeTopic{leaders: []int32{1}} }, // older
			func() { k.topics["t"] = &fakeTopic{leaders: []int32{-1, -1}} },
		} {
			k.change(change)
			time.Sleep(time.Minute)
			require.NoError(t, g.cause())
		}
		k.does(func(r *fakeRequest) (protocol.Message, bool) {
			req, ok := r.message.(*metadata.Request)
			if !ok {
				return nil, false
			}
			res := &metadata.Response{ControllerID: 1, Brokers: []metadata.ResponseBroker{{NodeID: 1, Host: "b1", Port: 9092}}}
			for _, topic := range req.Topics {
				res.Topics = append(res.Topics, metadata.ResponseTopic{Name: topic.Name, TopicID: protocol.UUID{9}, // created anew
					Partitions: []metadata.ResponsePartition{{LeaderID: 1}}})
			}
			return res, true
		})
		g = changesWithin(t, cg, g, metadataAge)
		require.Equal(t, []int{0}, partitionsOf(g, "t"))
	})
}

func TestATopicThatMustNotBeRead(t *testing.T) {
	for _, code := range []Error{TopicAuthorizationFailed, InvalidTopic} {
		withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
			k.topics["t"] = &fakeTopic{code: code}
			_, err := k.member(t, nil).Next(context.Background())
			require.ErrorIs(t, err, code)
			require.ErrorContains(t, err, `topic="t"`)
		})
	}
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) { // that must not be created
		k.does(func(r *fakeRequest) (protocol.Message, bool) {
			if req, ok := r.message.(*metadata.Request); ok && req.AllowAutoTopicCreation {
				return &metadata.Response{ControllerID: 1, Brokers: []metadata.ResponseBroker{{NodeID: 1, Host: "b1", Port: 9092}},
					Topics: []metadata.ResponseTopic{{Name: "new", ErrorCode: int16(TopicAuthorizationFailed)}}}, true
			}
			return nil, false
		})
		g := next(t, k.member(t, func(c *ConsumerGroupConfig) { c.Topics = []string{"t", "new"} }))
		require.Len(t, g.Assignments["t"], 2)
	})
}

// A topic that is briefly out of sight in a rebalance is waited for.
func TestATopicThatBrokersCannotTellAtTheMoment(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		cg := k.member(t, nil)
		g := next(t, cg)
		away := k.topics["t"]
		k.change(func() { delete(k.topics, "t") })
		g.Start(func(context.Context) {}) // ends the generation
		<-g.ctx.Done()
		time.AfterFunc(200*time.Millisecond, func() { k.change(func() { k.topics["t"] = away }) })
		g = next(t, cg)
		require.Equal(t, []int{0, 1}, partitionsOf(g, "t"))
	})
}

// follow makes the member a follower of a leader that does not look after partitions.
func (k *fakeGroup) follow() {
	k.does(func(r *fakeRequest) (protocol.Message, bool) {
		req, ok := r.message.(*joingroup.Request)
		if !ok || req.MemberID == "" {
			return nil, false
		}
		return &joingroup.Response{GenerationID: 1, ProtocolName: "range", LeaderID: "other", MemberID: req.MemberID}, true
	})
}

// A member that does not lead looks if the program wants it to, and has the group
// rebalance: if it only joined again, the coordinator would change nothing.
func TestAFollowerThatWatchesPartitions(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		k.follow()
		cg := k.member(t, func(c *ConsumerGroupConfig) { c.WatchPartitionChanges, c.PartitionWatchInterval = true, time.Second })
		g := next(t, cg)
		time.Sleep(time.Minute)
		require.NoError(t, g.cause())
		k.topicIs("t", 1, 1, 1)
		g = changesWithin(t, cg, g, 4*time.Second)
		require.Len(t, had[*leavegroup.Request](k), 1)
		require.Equal(t, "m2", g.MemberID)
		time.Sleep(time.Minute)
		require.NoError(t, g.cause(), "once is enough, whatever the leader does")
	})
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) { // it leaves time for the leader
		k.follow()
		cg := k.member(t, func(c *ConsumerGroupConfig) { c.WatchPartitionChanges, c.PartitionWatchInterval = true, 20*time.Second })
		g := next(t, cg)
		time.Sleep(10 * time.Second)
		k.topicIs("t", 1, 1, 1)
		time.Sleep(29 * time.Second) // a look at 20 s
		require.NoError(t, g.cause())
		changesWithin(t, cg, g, 2*time.Second)
	})
	for _, change := range []func(*ConsumerGroupConfig){
		nil,
		func(c *ConsumerGroupConfig) { c.WatchPartitionChanges, c.GroupInstanceID = true, "static" },
	} {
		withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
			k.does(func(r *fakeRequest) (protocol.Message, bool) {
				if req, ok := r.message.(*joingroup.Request); ok && (req.MemberID != "" || req.GroupInstanceID != "") {
					return &joingroup.Response{GenerationID: 1, ProtocolName: "range", LeaderID: "other", MemberID: "m"}, true
				}
				return nil, false
			})
			g := next(t, k.member(t, change))
			k.topicIs("t", 1, 1, 1)
			time.Sleep(time.Minute)
			require.NoError(t, g.cause(), "it is for the leader to see")
		})
	}
}

// A static leader that comes back is told that the assignments stand (KIP-814).
func TestAStaticLeaderThatComesBack(t *testing.T) {
	for name, test := range map[string]struct {
		assigned []int
		code     Error // of DescribeGroups
		changes  bool
	}{
		"as it was":      {[]int{0, 1}, 0, false},
		"new partitions": {[]int{0}, 0, true}, // while there was no leader
		"not to be told": {[]int{0}, GroupAuthorizationFailed, false},
	} {
		t.Run(name, func(t *testing.T) {
			withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
				assignment, err := groupAssignment{partitions: map[string][]int{"t": test.assigned}}.encode()
				require.NoError(t, err)
				k.assignment = assignment
				k.does(func(r *fakeRequest) (protocol.Message, bool) {
					switch req := r.message.(type) {
					case *joingroup.Request:
						k.state.Lock()
						res := k.join(r.version, req)
						k.state.Unlock()
						res.SkipAssignment = req.MemberID == ""
						return res, true
					case *describegroups.Request:
						return &describegroups.Response{Groups: []describegroups.ResponseGroup{{
							GroupID: "g", GroupState: "Stable", ErrorCode: int16(test.code),
							Members: []describegroups.ResponseGroupMember{{MemberID: "m1", MemberAssignment: assignment}},
						}}}, true
					}
					return nil, false
				})
				cg := k.member(t, func(c *ConsumerGroupConfig) { c.GroupInstanceID = "static" })
				g := next(t, cg)
				require.Empty(t, had[*syncgroup.Request](k)[0].Assignments)
				if test.changes { // at once, perhaps before there was time to offer the first
					test.assigned = []int{0, 1}
					for g.ID < 2 {
						g = next(t, cg)
					}
				}
				require.Equal(t, test.assigned, partitionsOf(g, "t"))
				time.Sleep(time.Hour)
				require.NoError(t, g.cause())
				k.topicIs("t", 1, 1, 1)
				g = changesWithin(t, cg, g, metadataAge)
				require.Equal(t, []int{0, 1, 2}, partitionsOf(g, "t"))
			})
		})
	}
}

// Trap 56: the subscription has the layout of the version that it is stamped with.
func TestTrap56_TheSubscription(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		next(t, k.member(t, func(c *ConsumerGroupConfig) {
			c.Topics = []string{"u", "t"}
			c.GroupBalancers = []GroupBalancer{RoundRobinGroupBalancer{}, RackAffinityGroupBalancer{Rack: "r"}, RangeGroupBalancer{}, RangeGroupBalancer{}}
		}))
		join := had[*joingroup.Request](k)[0]
		require.Equal(t, "consumer", join.ProtocolType)
		require.Len(t, join.Protocols, 3)
		for i, name := range []string{"roundrobin", "rack-affinity", "range"} {
			require.Equal(t, name, join.Protocols[i].Name)
		}
		require.Equal(t, "\x00\x01"+"\x00\x00\x00\x02\x00\x01t\x00\x01u"+"\x00\x00\x00\x01r"+"\x00\x00\x00\x00", string(join.Protocols[1].Metadata))
	})
}

// Balancers get the leaders of partitions with their racks, and members whose
// subscription makes no sense get nothing.
func TestWhatBalancersGet(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		k.does(func(r *fakeRequest) (protocol.Message, bool) {
			switch req := r.message.(type) {
			case *joingroup.Request:
				k.state.Lock()
				defer k.state.Unlock()
				res := k.join(r.version, req)
				res.Members = append(res.Members, joingroup.ResponseMember{MemberID: "odd", Metadata: []byte{1}})
				return res, true
			case *metadata.Request:
				k.mu.Lock()
				defer k.mu.Unlock()
				res := k.metadata(req)
				res.Brokers[0].Rack = "r1"
				return res, true
			}
			return nil, false
		})
		balancer := &recordingBalancer{}
		cg := k.member(t, func(c *ConsumerGroupConfig) { c.GroupBalancers = []GroupBalancer{balancer} })
		g := next(t, cg)
		require.Equal(t, []int{0, 1}, partitionsOf(g, "t"))
		require.Equal(t, []GroupMember{{ID: "m1", Topics: []string{"t"}}, {ID: "odd"}}, balancer.members)
		require.Len(t, balancer.partitions, 2)
		require.Equal(t, Broker{ID: 1, Host: "b1", Port: 9092, Rack: "r1"}, balancer.partitions[1].Leader)
		require.Equal(t, 1, k.logged(`member "odd"`))
		synctest.Wait()
	})
}

type recordingBalancer struct {
	RangeGroupBalancer
	members    []GroupMember
	partitions []Partition
}

func (b *recordingBalancer) AssignGroups(members []GroupMember, partitions []Partition) GroupMemberAssignments {
	b.members, b.partitions = members, partitions
	return b.RangeGroupBalancer.AssignGroups(members, partitions)
}
