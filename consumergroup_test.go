package kafka

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/findcoordinator"
	"github.com/segmentio/kafka-go/protocol/heartbeat"
	"github.com/segmentio/kafka-go/protocol/joingroup"
	"github.com/segmentio/kafka-go/protocol/leavegroup"
	"github.com/segmentio/kafka-go/protocol/offsetfetch"
	"github.com/segmentio/kafka-go/protocol/syncgroup"
)

func TestConsumerGroupConfigDefaults(t *testing.T) {
	config := ConsumerGroupConfig{ID: "g", Brokers: []string{"b"}, Topics: []string{"t"}}
	require.NoError(t, config.Validate())
	require.Equal(t, ConsumerGroupConfig{
		ID: "g", Brokers: []string{"b"}, Topics: []string{"t"},
		GroupBalancers:    []GroupBalancer{RangeGroupBalancer{}, RoundRobinGroupBalancer{}},
		HeartbeatInterval: 3 * time.Second, SessionTimeout: 30 * time.Second, RebalanceTimeout: 30 * time.Second,
		JoinGroupBackoff: 5 * time.Second, PartitionWatchInterval: 5 * time.Second, RetentionTime: -time.Millisecond,
		StartOffset: FirstOffset, Timeout: 5 * time.Second,
	}, config)
	require.NoError(t, config.Validate(), "what it has filled in is valid")

	config.RetentionTime = -1 // as documented
	require.NoError(t, config.Validate())
	require.Equal(t, -time.Millisecond, config.RetentionTime)
}

// All that is wrong is told at once.
func TestConsumerGroupConfigErrors(t *testing.T) {
	_, err := NewConsumerGroup(ConsumerGroupConfig{})
	require.ErrorContains(t, err, "Brokers")
	require.ErrorContains(t, err, "Topics")
	require.ErrorContains(t, err, "ID")
	_, err = NewConsumerGroup(ConsumerGroupConfig{
		ID: "g", Brokers: []string{"b", ""}, Topics: []string{"", "t"}, GroupInstanceID: "a b", GroupBalancers: []GroupBalancer{nil},
		HeartbeatInterval: -1, SessionTimeout: math.MaxInt32 * time.Millisecond, RebalanceTimeout: -time.Second, JoinGroupBackoff: -3,
		PartitionWatchInterval: -4, RetentionTime: -time.Second, StartOffset: 7, Timeout: -5,
	})
	for _, text := range []string{
		"Brokers[1]", "Topics[0]", `GroupInstanceID is "a b"`, "GroupBalancers[0]", "HeartbeatInterval is -1ns", "SessionTimeout is 596h",
		"RebalanceTimeout is -1s", "JoinGroupBackoff is -3ns", "PartitionWatchInterval is -4ns", "RetentionTime is -1s", "StartOffset is 7", "Timeout is -5ns",
	} {
		require.ErrorContains(t, err, text)
	}
	for _, id := range []string{".", "..", string(make([]byte, 250)), "ä"} {
		require.Error(t, validInstanceID(id), id)
	}
	require.NoError(t, validInstanceID("pod-0.a_B"))
}

func TestAGeneration(t *testing.T) {
	withGroup(t, 2, func(t *testing.T, k *fakeGroup) {
		k.coordinator = 2
		k.committed["t"] = map[int32]int64{1: 42}
		cg := k.member(t, func(c *ConsumerGroupConfig) { c.Topics = []string{"t", "none", "t"} })
		g := next(t, cg)
		require.Equal(t, "g", g.GroupID)
		require.Equal(t, "m1", g.MemberID)
		require.EqualValues(t, 1, g.ID)
		require.Equal(t, map[string][]PartitionAssignment{"t": {{0, FirstOffset}, {1, 42}}, "none": {}}, g.Assignments)
		require.NotNil(t, g.Assignments["none"])
		require.Equal(t, 1, k.logged(`topic "none" has no partitions`), "one line")

		// Heartbeats go on, however long the application takes, and nothing else happens.
		time.Sleep(time.Hour)
		require.NoError(t, g.cause())
		require.InDelta(t, 1200, len(had[*heartbeat.Request](k)), 2)
		require.EqualValues(t, 1, cg.joins.Load())

		require.NoError(t, cg.Close())
		require.NoError(t, cg.Close())
		require.ErrorIs(t, g.cause(), ErrGroupClosed)
		left := had[*leavegroup.Request](k)
		require.Len(t, left, 1)
		require.Equal(t, "m1", left[0].Members[0].MemberID)
		require.Zero(t, k.openConns())
		_, err := cg.Next(context.Background())
		require.Equal(t, ErrGroupClosed, err)
	})
}

func TestNextEndsWithItsContextAndWithClose(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		cg := k.member(t, nil)
		next(t, cg)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := cg.Next(ctx)
		require.Equal(t, context.DeadlineExceeded, err)
		_, err = cg.Next(ctx)
		require.Equal(t, context.DeadlineExceeded, err)
		go func() {
			time.Sleep(time.Second)
			cg.Close()
		}()
		_, err = cg.Next(context.Background())
		require.Equal(t, ErrGroupClosed, err)
	})
}

// Trap 28: with an error the member leaves the group, if it was in it.
func TestTrap28_ErrorsReachNextAndTheMemberLeaves(t *testing.T) {
	for name, test := range map[string]struct {
		like  protocol.Message
		code  Error
		leave int
	}{
		"join":     {&joingroup.Request{}, GroupAuthorizationFailed, 0},
		"max size": {&joingroup.Request{}, GroupMaxSizeReached, 0},
		"sync":     {&syncgroup.Request{}, GroupAuthorizationFailed, 1},
		"protocol": {&syncgroup.Request{}, InconsistentGroupProtocol, 1},
		"offsets":  {&offsetfetch.Request{}, TopicAuthorizationFailed, 1},
		"unknown":  {&offsetfetch.Request{}, Unknown, 1},
	} {
		t.Run(name, func(t *testing.T) {
			withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
				k.refuse(test.like, test.code, 1)
				start := time.Now()
				cg := k.member(t, nil)
				_, err := cg.Next(context.Background())
				require.ErrorIs(t, err, test.code)
				require.ErrorContains(t, err, `group "g"`)
				require.ErrorContains(t, err, "broker 1 at b1:9092")
				require.Len(t, had[*leavegroup.Request](k), test.leave)
				if test.leave > 0 {
					require.ErrorContains(t, err, `member "m1"`)
				}
				require.Equal(t, 1, k.logged(test.code.Title()))
				g := next(t, cg)
				require.InDelta(t, defaultJoinGroupBackoff, time.Since(start), float64(2*metadataPause))
				require.Equal(t, "m"+itoa(1+test.leave), g.MemberID)
				require.NoError(t, cg.Close())
				require.Len(t, had[*leavegroup.Request](k), test.leave+1)
			})
		})
	}
}

func TestErrorsOfBalancers(t *testing.T) {
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		balancer GroupBalancer
		text     string
	}{
		"user data":  {fakeBalancer{userData: func() ([]byte, error) { return nil, broken }}, `user data of balancer "fake": broken`},
		"assignment": {fakeBalancer{assign: GroupMemberAssignments{"m1": {"t": {-3}}}}, `has no partition -3`},
	} {
		t.Run(name, func(t *testing.T) {
			withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
				cg := k.member(t, func(c *ConsumerGroupConfig) { c.GroupBalancers = []GroupBalancer{test.balancer} })
				_, err := cg.Next(context.Background())
				require.ErrorContains(t, err, test.text)
			})
		})
	}
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		k.does(func(r *fakeRequest) (protocol.Message, bool) {
			if req, ok := r.message.(*joingroup.Request); ok && req.MemberID != "" {
				return &joingroup.Response{ProtocolName: "other", LeaderID: "m1", MemberID: "m1"}, true
			}
			return nil, false
		})
		_, err := k.member(t, nil).Next(context.Background())
		require.ErrorContains(t, err, "unable to find selected balancer")
	})
}

type fakeBalancer struct {
	userData func() ([]byte, error)
	assign   GroupMemberAssignments
}

func (b fakeBalancer) ProtocolName() string { return "fake" }

func (b fakeBalancer) UserData() ([]byte, error) {
	if b.userData != nil {
		return b.userData()
	}
	return nil, nil
}

func (b fakeBalancer) AssignGroups([]GroupMember, []Partition) GroupMemberAssignments {
	return b.assign
}

// An error that nobody takes is not kept for somebody later: the member tries again.
func TestAMemberTriesAgainThoughNobodyTakesTheError(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		k.refuse(&joingroup.Request{}, GroupAuthorizationFailed, 3)
		cg := k.member(t, nil)
		time.Sleep(time.Minute)
		require.EqualValues(t, 1, next(t, cg).ID)
	})
}

// Issue 1150: what only means that the member has to join again is no error.
func TestIssue1150_RebalancesAreNoErrors(t *testing.T) {
	for name, test := range map[string]struct {
		like protocol.Message
		code Error
		id   string // of the member in the end
	}{
		"join: unknown member":       {&joingroup.Request{}, UnknownMemberId, ""},
		"join: loading":              {&joingroup.Request{}, GroupLoadInProgress, ""},
		"join: moved":                {&joingroup.Request{}, NotCoordinatorForGroup, ""},
		"sync: rebalance":            {&syncgroup.Request{}, RebalanceInProgress, "m1"},
		"sync: unknown member":       {&syncgroup.Request{}, UnknownMemberId, "m2"},
		"sync: generation":           {&syncgroup.Request{}, IllegalGeneration, "m1"},
		"sync: moved":                {&syncgroup.Request{}, NotCoordinatorForGroup, "m1"},
		"offsets: loading":           {&offsetfetch.Request{}, GroupLoadInProgress, "m1"},
		"offsets: unstable":          {&offsetfetch.Request{}, UnstableOffsetCommit, "m1"},
		"heartbeat: rebalance":       {&heartbeat.Request{}, RebalanceInProgress, "m1"},
		"heartbeat: unknown member":  {&heartbeat.Request{}, UnknownMemberId, "m2"},
		"heartbeat: old generation":  {&heartbeat.Request{}, IllegalGeneration, "m1"},
		"heartbeat: moved, at last":  {&heartbeat.Request{}, NotCoordinatorForGroup, "m1"},
		"heartbeat: not to be found": {&heartbeat.Request{}, GroupCoordinatorNotAvailable, "m1"},
	} {
		t.Run(name, func(t *testing.T) {
			withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
				k.refuse(test.like, test.code, 9)
				cg := k.member(t, nil)
				start := time.Now()
				g := next(t, cg)
				require.Less(t, time.Since(start), 6*time.Second)
				if _, ok := test.like.(*heartbeat.Request); ok && groupFaults[test.code] != faultPasses {
					for range 9 {
						<-g.ctx.Done()
						g = next(t, cg)
					}
					if test.code == UnknownMemberId {
						test.id = "m10"
					}
				}
				beats(10)
				require.NoError(t, g.cause())
				if test.like.ApiKey() == protocol.SyncGroup && test.code == UnknownMemberId {
					test.id = "m10"
				}
				if test.id != "" {
					require.Equal(t, test.id, g.MemberID)
				}
				require.Empty(t, had[*leavegroup.Request](k))
			})
		})
	}
}

// Brokers that cannot be reached are told at once if none has ever answered, and
// otherwise when they have been away for a session.
func TestBrokersThatCannotBeReached(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		k.change(func() { k.node(1).down = true })
		cg := k.member(t, nil)
		start := time.Now()
		_, err := cg.Next(context.Background())
		require.ErrorContains(t, err, "connection refused")
		require.Less(t, time.Since(start), time.Second)
		k.change(func() { k.node(1).down = false })
		g := next(t, cg)
		beats(1)

		k.change(func() { k.node(1).down = true })
		k.node(1).hangUp()
		<-g.ctx.Done()
		require.True(t, g.lost())
		require.InDelta(t, 30, time.Since(start).Seconds()-8, 3)
		require.Less(t, after(func() { _, err = cg.Next(context.Background()) }), 2*leaveTimeout, "it has been a session already")
		require.ErrorContains(t, err, "connection refused")
		k.change(func() { k.node(1).down = false })
		require.Equal(t, g.MemberID, next(t, cg).MemberID, "the coordinator could not be told that it left")
	})
}

// A member that has been in a generation waits for a broker that starts again.
func TestARestartOfTheBrokerIsNoError(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		cg := k.member(t, nil)
		g := next(t, cg)
		k.change(func() { k.node(1).down = true })
		k.node(1).hangUp()
		g.Start(func(context.Context) {}) // ends the generation
		time.AfterFunc(20*time.Second, func() { k.change(func() { k.node(1).down = false }) })
		require.Equal(t, g.MemberID, next(t, cg).MemberID)
		require.Equal(t, 1, k.logged("trying again"), "one line")
	})
}

func TestACoordinatorThatIsNotToBeFound(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		k.does(func(r *fakeRequest) (protocol.Message, bool) {
			if _, ok := r.message.(*findcoordinator.Request); ok {
				return &findcoordinator.Response{ErrorCode: int16(GroupCoordinatorNotAvailable), NodeID: -1}, true
			}
			return nil, false
		})
		_, err := k.member(t, nil).Next(context.Background())
		require.ErrorIs(t, err, GroupCoordinatorNotAvailable)
	})
}

// Trap 22: the coordinator may hold JoinGroup and SyncGroup until other members come.
func TestTrap22_JoinAndSyncTakeTheirTime(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		k.does(func(r *fakeRequest) (protocol.Message, bool) {
			switch req := r.message.(type) {
			case *joingroup.Request:
				if req.MemberID != "" {
					time.Sleep(29 * time.Second)
				}
			case *syncgroup.Request:
				time.Sleep(29 * time.Second)
			}
			return nil, false
		})
		start := time.Now()
		g := next(t, k.member(t, nil))
		require.Equal(t, 58*time.Second, time.Since(start))
		beats(5)
		require.NoError(t, g.cause(), "its session begins with the answer")
		require.Len(t, had[*joingroup.Request](k), 2)
	})
}

// Trap 29: why a generation has ended is known, and logged in one line.
func TestTrap29_TheEndOfAGenerationHasACause(t *testing.T) {
	for code, lost := range map[Error]bool{
		RebalanceInProgress: false, IllegalGeneration: true, UnknownMemberId: true, FencedInstanceID: true, GroupAuthorizationFailed: false,
	} {
		t.Run(code.Title(), func(t *testing.T) {
			withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
				cg := k.member(t, nil)
				g := next(t, cg)
				k.refuse(&heartbeat.Request{}, code, 1)
				<-g.ctx.Done()
				require.Equal(t, lost, g.lost())
				require.ErrorIs(t, g.cause(), code)
				synctest.Wait()
				require.Equal(t, 1, k.logged("generation 1 ends"), k.lines)
			})
		})
	}
}

// Issue 939: a static member is known by its name.
func TestIssue939_AStaticMember(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		cg := k.member(t, func(c *ConsumerGroupConfig) { c.GroupInstanceID = "pod-0" })
		g := next(t, cg)
		beats(1)
		require.NoError(t, g.CommitOffsets(map[string]map[int]int64{"t": {0: 1}}))
		require.NoError(t, cg.Close())
		require.Empty(t, had[*leavegroup.Request](k), "it stays in the group")
		require.Equal(t, "pod-0", had[*joingroup.Request](k)[0].GroupInstanceID)
		require.Len(t, had[*joingroup.Request](k), 1)
		require.Equal(t, "pod-0", had[*syncgroup.Request](k)[0].GroupInstanceID)
		require.Equal(t, "pod-0", had[*heartbeat.Request](k)[0].GroupInstanceID)
	})
}

// Two static members of the same name would put each other out for ever.
func TestIssue939_AFencedMemberStaysOut(t *testing.T) {
	for _, like := range []protocol.Message{&joingroup.Request{}, &syncgroup.Request{}, &heartbeat.Request{}, &offsetfetch.Request{}} {
		withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
			k.refuse(like, FencedInstanceID, 1)
			cg := k.member(t, func(c *ConsumerGroupConfig) { c.GroupInstanceID = "pod-0" })
			g, err := cg.Next(context.Background())
			if err == nil {
				<-g.ctx.Done()
				require.True(t, g.lost())
				_, err = cg.Next(context.Background())
			}
			require.ErrorIs(t, err, FencedInstanceID)
			joins := len(had[*joingroup.Request](k))
			time.Sleep(time.Hour)
			for range 3 {
				_, err = cg.Next(context.Background())
				require.ErrorIs(t, err, FencedInstanceID)
			}
			require.Len(t, had[*joingroup.Request](k), joins)
			require.Equal(t, 1, k.logged("has taken the GroupInstanceID"))
			require.NoError(t, cg.Close())
			require.Empty(t, had[*leavegroup.Request](k))
		})
	}
}

// Issues 1248 and 1006: Close does not wait for the coordinator.
func TestIssue1248_CloseWhileJoining(t *testing.T) {
	held := func(k *fakeGroup, hold func(protocol.Message) bool) {
		k.does(func(r *fakeRequest) (protocol.Message, bool) { return nil, hold(r.message) })
	}
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		held(k, func(m protocol.Message) bool { req, ok := m.(*joingroup.Request); return ok && req.MemberID != "" })
		cg := k.member(t, nil)
		synctest.Wait()
		require.Zero(t, after(func() { require.NoError(t, cg.Close()) }))
		require.Equal(t, "m1", had[*leavegroup.Request](k)[0].Members[0].MemberID, "the group does not wait for it")
	})
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		held(k, func(m protocol.Message) bool { _, ok := m.(*syncgroup.Request); return ok })
		cg := k.member(t, nil)
		synctest.Wait()
		require.Zero(t, after(func() { require.NoError(t, cg.Close()) }))
		require.Len(t, had[*leavegroup.Request](k), 1)
	})
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) { // as before Kafka 2.2, without an id
		held(k, func(m protocol.Message) bool { _, ok := m.(*joingroup.Request); return ok })
		cg := k.member(t, nil)
		synctest.Wait()
		require.Equal(t, firstJoinGrace, after(func() { require.NoError(t, cg.Close()) }))
	})
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) { // the id comes in time
		k.does(func(r *fakeRequest) (protocol.Message, bool) {
			if req, ok := r.message.(*joingroup.Request); ok && req.MemberID == "" {
				time.Sleep(firstJoinGrace / 2)
			}
			return nil, false
		})
		cg := k.member(t, nil)
		synctest.Wait()
		require.Equal(t, firstJoinGrace/2, after(func() { require.NoError(t, cg.Close()) }))
		require.Len(t, had[*joingroup.Request](k), 1)
		require.Len(t, had[*leavegroup.Request](k), 1)
	})
}

// Issues 1248 and 1006, without a network.
func TestIssue1006_CloseWithoutANetwork(t *testing.T) {
	away := func(k *fakeGroup) {
		k.change(func() { k.node(1).lost, k.node(1).silent = true, true })
	}
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		away(k)
		cg := k.member(t, nil)
		time.Sleep(2 * time.Second)
		require.LessOrEqual(t, after(func() { require.NoError(t, cg.Close()) }), firstJoinGrace)
	})
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		cg := k.member(t, nil)
		g := next(t, cg)
		var err error
		g.Start(func(ctx context.Context) {
			<-ctx.Done()
			err = g.CommitOffsets(map[string]map[int]int64{"t": {0: 1}})
		})
		away(k)
		k.node(1).hangUp()
		require.LessOrEqual(t, after(func() { require.NoError(t, cg.Close()) }), defaultGroupTimeout+leaveTimeout)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// A member whose error nobody takes can be closed as well.
func TestCloseWithAnErrorThatNobodyTakes(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		k.refuse(&syncgroup.Request{}, GroupAuthorizationFailed, 1)
		cg := k.member(t, nil)
		synctest.Wait()
		require.Zero(t, after(func() { assert.NoError(t, cg.Close()) }))
	})
}
