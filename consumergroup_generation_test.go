package kafka

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/heartbeat"
	"github.com/segmentio/kafka-go/protocol/joingroup"
	"github.com/segmentio/kafka-go/protocol/offsetcommit"
	"github.com/segmentio/kafka-go/protocol/offsetfetch"
	"github.com/segmentio/kafka-go/protocol/syncgroup"
)

func TestAFunctionThatReturnsEndsTheGeneration(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		cg := k.member(t, nil)
		g := next(t, cg)
		returned := 0
		g.Start(func(ctx context.Context) {
			<-ctx.Done()
			time.Sleep(10 * time.Second)
			assert.Equal(t, ErrGenerationEnded, ctx.Err())
			returned++
		})
		g.Start(func(context.Context) {})
		before := time.Now()
		second := next(t, cg)
		require.Equal(t, 1, returned, "there are never two generations")
		require.InDelta(t, 10*time.Second, time.Since(before), float64(2*metadataPause))
		require.Greater(t, second.ID, g.ID)
		require.Equal(t, g.MemberID, second.MemberID)
		require.ErrorIs(t, g.cause(), errFunctionReturned)
		require.False(t, g.lost())
	})
}

func TestFunctionsOfAnEndedGenerationRun(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		cg := k.member(t, nil)
		g := next(t, cg)
		require.NoError(t, cg.Close())
		ran := make(chan error)
		g.Start(func(ctx context.Context) { ran <- ctx.Err() })
		require.Equal(t, ErrGenerationEnded, <-ran)
	})
}

// What functions start while the generation ends is waited for as well.
func TestFunctionsStartFunctions(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		cg := k.member(t, nil)
		g := next(t, cg)
		returned := false
		g.Start(func(ctx context.Context) {
			<-ctx.Done()
			g.Start(func(context.Context) {
				time.Sleep(time.Second)
				returned = true
			})
		})
		require.NoError(t, cg.Close())
		require.True(t, returned)
	})
}

func TestTheContextOfAGeneration(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		cg := k.member(t, nil)
		g := next(t, cg)
		ctxs := make(chan context.Context)
		g.Start(func(ctx context.Context) {
			ctxs <- ctx
			<-ctx.Done()
		})
		ctx := <-ctxs
		_, limited := ctx.Deadline()
		require.False(t, limited)
		require.NoError(t, ctx.Err())
		require.Nil(t, ctx.Value("key"))
		before := runtime.NumGoroutine()
		child, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		require.Equal(t, before, runtime.NumGoroutine(), "a context derived from it needs no goroutine")
		require.NoError(t, cg.Close())
		<-child.Done()
		require.Equal(t, ErrGenerationEnded, child.Err())
		require.Equal(t, ErrGenerationEnded, context.Cause(child))
	})
}

// The coordinator may be away for less than the session, and move.
func TestTheGenerationOutlivesItsCoordinator(t *testing.T) {
	withGroup(t, 2, func(t *testing.T, k *fakeGroup) {
		cg := k.member(t, nil)
		g := next(t, cg)
		beats(2)
		k.change(func() { k.node(1).down = true })
		k.node(1).hangUp()
		time.Sleep(25 * time.Second)
		k.change(func() { k.coordinator = 2 })
		beats(20)
		require.NoError(t, g.cause())
		require.NotEmpty(t, saw[*heartbeat.Request](k.node(2)))
		require.Equal(t, 1, k.logged("no answer to heartbeats"), "one line")
		require.Equal(t, 1, k.logged("heartbeats are answered again"))

		k.change(func() { k.node(2).silent = true }) // frozen
		start := time.Now()
		<-g.ctx.Done()
		require.InDelta(t, 30*time.Second, time.Since(start), float64(4*time.Second))
		require.True(t, g.lost())
		require.ErrorIs(t, g.cause(), errSessionExpired)
		require.ErrorIs(t, g.CommitOffsets(map[string]map[int]int64{"t": {0: 1}}), ErrGenerationEnded)
	})
}

// A process that was frozen says so, and does not take the heartbeat that was under way
// for a sign of life.
func TestAFrozenMemberIsFenced(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		cg := k.member(t, nil)
		g := next(t, cg)
		beaten := len(had[*heartbeat.Request](k))
		h := &heartbeats{loggers: cg.loggers, generation: g, last: time.Now().Add(-40 * time.Second)}
		h.beat(g.life)
		require.True(t, g.lost())
		require.ErrorContains(t, g.cause(), "frozen")
		require.Equal(t, 1, k.logged("frozen"))
		require.Len(t, had[*heartbeat.Request](k), beaten, "it has nothing to tell any more")
	})
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		cg := k.member(t, func(c *ConsumerGroupConfig) { c.Timeout = time.Minute })
		g := next(t, cg)
		k.does(func(r *fakeRequest) (protocol.Message, bool) {
			if _, ok := r.message.(*heartbeat.Request); ok {
				time.Sleep(20 * time.Second) // the answer waits in the socket of a frozen process
			}
			return nil, false
		})
		h := &heartbeats{loggers: cg.loggers, generation: g, last: time.Now()}
		require.Zero(t, h.beat(g.life), "the next one is due at once")
		require.Equal(t, 20*time.Second, time.Since(h.last))
	})
}

// Heartbeats go on until the functions have returned, and learn that it took them too
// long.
func TestHeartbeatsWhileFunctionsReturn(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		cg := k.member(t, nil)
		g := next(t, cg)
		release := make(chan struct{})
		g.Start(func(ctx context.Context) {
			<-ctx.Done()
			<-release
		})
		k.refuse(&heartbeat.Request{}, RebalanceInProgress, 20)
		<-g.ctx.Done()
		before := len(had[*heartbeat.Request](k))
		beats(10)
		require.InDelta(t, 10, len(had[*heartbeat.Request](k))-before, 1)
		require.False(t, g.lost())
		require.Len(t, had[*joingroup.Request](k), 2)
		k.refuse(&heartbeat.Request{}, UnknownMemberId, 1)
		beats(1)
		synctest.Wait()
		require.True(t, g.lost())
		require.ErrorIs(t, g.cause(), RebalanceInProgress, "the first cause counts")
		close(release)
		next(t, cg)
	})
}

// The last commit of a generation goes out after its context is done.
func TestCommitsAfterTheEndOfTheContext(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		cg := k.member(t, nil)
		g := next(t, cg)
		g.Start(func(ctx context.Context) {
			<-ctx.Done()
			time.Sleep(time.Second)
			assert.NoError(t, g.CommitOffsets(map[string]map[int]int64{"t": {0: 7, 1: 8}}))
		})
		k.refuse(&heartbeat.Request{}, RebalanceInProgress, 1)
		second := next(t, cg)
		require.Equal(t, map[string][]PartitionAssignment{"t": {{0, 7}, {1, 8}}}, second.Assignments)
		commit := had[*offsetcommit.Request](k)[0]
		require.Equal(t, g.ID, commit.GenerationID)
		require.Equal(t, g.MemberID, commit.MemberID)

		err := g.CommitOffsets(map[string]map[int]int64{"t": {0: 9}})
		require.ErrorIs(t, err, ErrGenerationEnded)
		require.ErrorIs(t, err, RebalanceInProgress)
		require.Len(t, had[*offsetcommit.Request](k), 1, "trap 10: it is not sent in the name of another generation")

		second.Start(func(ctx context.Context) {
			<-ctx.Done()
			assert.NoError(t, second.CommitOffsets(map[string]map[int]int64{"t": {0: 9}}))
		})
		require.NoError(t, cg.Close())
		require.EqualValues(t, 9, k.committed["t"][0])
		require.ErrorIs(t, second.CommitOffsets(map[string]map[int]int64{"t": {0: 9}}), ErrGenerationEnded)
	})
}

func TestCommitOffsets(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		g := next(t, k.member(t, nil))
		require.NoError(t, g.CommitOffsets(nil))
		require.NoError(t, g.CommitOffsets(map[string]map[int]int64{"t": {}}))
		require.ErrorIs(t, g.CommitOffsets(map[string]map[int]int64{"t": {-1: 3}}), UnknownTopicOrPartition)
		require.Empty(t, had[*offsetcommit.Request](k))
		require.NoError(t, g.CommitOffsets(map[string]map[int]int64{"t": {0: 3}}))
		require.NoError(t, g.CommitOffsets(map[string]map[int]int64{"t": {0: 1}}), "exactly what is given, back as well")
		require.EqualValues(t, 1, k.committed["t"][0])
		require.EqualValues(t, -1, had[*offsetcommit.Request](k)[0].RetentionTimeMs)
	})
}

// Of the partitions of a commit, some may be declined, and others have to be tried again.
func TestPartitionsThatAreDeclined(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		g := next(t, k.member(t, nil))
		loading := 2
		k.does(func(r *fakeRequest) (protocol.Message, bool) {
			req, ok := r.message.(*offsetcommit.Request)
			if !ok {
				return nil, false
			}
			res := commitAnswer(req, 0)
			for i := range res.Topics[0].Partitions {
				switch p := &res.Topics[0].Partitions[i]; {
				case p.PartitionIndex == 0:
					p.ErrorCode = int16(OffsetMetadataTooLarge)
				case loading > 0:
					loading--
					p.ErrorCode = int16(GroupLoadInProgress)
				}
			}
			return res, true
		})
		err := g.CommitOffsets(map[string]map[int]int64{"t": {0: 3, 1: 4, 2: 5}})
		require.ErrorIs(t, err, OffsetMetadataTooLarge)
		require.ErrorContains(t, err, `topic="t" partition=0`)
		var partition *protocol.TopicPartitionError
		require.ErrorAs(t, err, &partition)
		commits := had[*offsetcommit.Request](k)
		require.Len(t, commits, 2)
		require.Len(t, commits[1].Topics[0].Partitions, 2, "only what was not stored")
		require.NoError(t, g.cause())
	})
}

func TestACommitEndsTheGenerationThatIsOver(t *testing.T) {
	for code, lost := range map[Error]bool{IllegalGeneration: true, UnknownMemberId: true, FencedInstanceID: true, RebalanceInProgress: false} {
		withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
			g := next(t, k.member(t, nil))
			k.refuse(&offsetcommit.Request{}, code, 1)
			err := g.CommitOffsets(map[string]map[int]int64{"t": {0: 3}})
			require.ErrorIs(t, err, ErrGenerationEnded)
			require.ErrorIs(t, err, code)
			require.Error(t, g.ctx.Err())
			require.Equal(t, lost, g.lost())
		})
	}
}

// Issue 1079: each commit finds the coordinator, wherever it is.
func TestIssue1079_CommitsFollowTheCoordinator(t *testing.T) {
	withGroup(t, 2, func(t *testing.T, k *fakeGroup) {
		g := next(t, k.member(t, nil))
		offset := int64(0)
		commit := func() {
			offset++
			require.NoError(t, g.CommitOffsets(map[string]map[int]int64{"t": {0: offset}}))
			require.Equal(t, offset, k.committed["t"][0])
		}
		commit()
		k.node(1).hangUp()
		commit()
		k.change(func() { k.coordinator = 2 })
		commit()
		k.change(func() { k.node(2).silent = true })
		time.AfterFunc(12*time.Second, func() { k.change(func() { k.coordinator, k.node(2).silent = 1, false }) })
		commit()
		k.change(func() { k.node(1).down = true })
		k.node(1).hangUp()
		time.AfterFunc(12*time.Second, func() { k.change(func() { k.coordinator = 2 }) })
		commit()
	})
}

func TestCommitsAreBounded(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		g := next(t, k.member(t, nil))
		k.refuse(&offsetcommit.Request{}, GroupLoadInProgress, 1<<30)
		ctx, cancel := context.WithTimeout(context.Background(), 7*time.Second)
		defer cancel()
		var err error
		offsets := map[string]map[int]int64{"t": {0: 1}}
		require.Equal(t, 7*time.Second, after(func() { err = g.commit(ctx, offsets) }))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, GroupLoadInProgress)
		require.Equal(t, defaultSessionTimeout, after(func() { err = g.CommitOffsets(offsets) }))
		require.ErrorIs(t, err, GroupLoadInProgress)

		// The next one waits for it, and no longer than its own ctx.
		k.does(func(r *fakeRequest) (protocol.Message, bool) {
			if _, ok := r.message.(*offsetcommit.Request); ok {
				time.Sleep(2 * time.Second)
			}
			return nil, false
		})
		go g.CommitOffsets(offsets)
		synctest.Wait()
		sent := len(had[*offsetcommit.Request](k))
		ctx, cancel = context.WithCancel(context.Background())
		time.AfterFunc(time.Second, cancel)
		require.Equal(t, time.Second, after(func() { err = g.commit(ctx, offsets) }))
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, errCommitWaits)
		require.Len(t, had[*offsetcommit.Request](k), sent)
	})
}

func TestATopicThatTheCoordinatorDoesNotKnowYet(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		g := next(t, k.member(t, nil))
		k.refuse(&offsetcommit.Request{}, UnknownTopicOrPartition, 3)
		require.NoError(t, g.CommitOffsets(map[string]map[int]int64{"t": {0: 3}}))
		k.refuse(&offsetcommit.Request{}, UnknownTopicOrPartition, 100)
		var err error
		require.Less(t, after(func() { err = g.CommitOffsets(map[string]map[int]int64{"t": {0: 3}}) }), 2*unknownTopicPatience)
		require.ErrorIs(t, err, UnknownTopicOrPartition)
	})
}

// A retention time can be said up to version 4, an instance id from version 7 on.
func TestRetentionTime(t *testing.T) {
	for _, instance := range []string{"", "i"} {
		withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
			g := next(t, k.member(t, func(c *ConsumerGroupConfig) { c.RetentionTime, c.GroupInstanceID = time.Hour, instance }))
			var version int16
			k.does(func(r *fakeRequest) (protocol.Message, bool) {
				if _, ok := r.message.(*offsetcommit.Request); ok {
					version = r.version
				}
				return nil, false
			})
			require.NoError(t, g.CommitOffsets(map[string]map[int]int64{"t": {0: 3}}))
			want, at := int64(time.Hour/time.Millisecond), int16(4)
			if instance != "" {
				want, at = -1, 9
			}
			require.Equal(t, want, had[*offsetcommit.Request](k)[0].RetentionTimeMs)
			require.Equal(t, at, version)
		})
	}
}

// Offsets that an open transaction is about to change are waited for, while heartbeats
// go on; brokers before 2.5 do not know of that.
func TestOffsetsAreStable(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		k.refuse(&offsetfetch.Request{}, UnstableOffsetCommit, 60)
		k.committed["t"] = map[int32]int64{0: 5}
		cg := k.member(t, nil)
		start := time.Now()
		g := next(t, cg)
		require.Greater(t, time.Since(start), 50*time.Second)
		require.EqualValues(t, 1, g.ID)
		require.EqualValues(t, 5, g.Assignments["t"][0].Offset)
		require.Greater(t, len(had[*heartbeat.Request](k)), 15)
		require.Equal(t, 1, k.logged("Unstable"))
		for _, req := range had[*offsetfetch.Request](k) {
			require.True(t, req.RequireStable)
		}
	})
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		k.newest = map[protocol.ApiKey]int16{protocol.OffsetFetch: 1}
		next(t, k.member(t, nil))
		require.False(t, had[*offsetfetch.Request](k)[0].RequireStable)
	})
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) { // the group rebalances meanwhile
		k.refuse(&offsetfetch.Request{}, UnstableOffsetCommit, 1<<30)
		cg := k.member(t, nil)
		beats(3)
		k.refuse(&heartbeat.Request{}, RebalanceInProgress, 1)
		require.EqualValues(t, 2, next(t, cg).ID)
		require.EqualValues(t, 1, cg.joins.Load(), "the first one had never begun")
	})
}

// A commit that is tried again ends with the member that has been lost.
func TestACommitOfALostMemberIsGivenUp(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		g := next(t, k.member(t, nil))
		k.refuse(&offsetcommit.Request{}, GroupLoadInProgress, 1<<30)
		release := make(chan struct{})
		defer close(release)
		g.Start(func(context.Context) { <-release })
		time.AfterFunc(3*time.Second, func() { g.close(UnknownMemberId, true) })
		var err error
		require.Equal(t, 3*time.Second, after(func() { err = g.CommitOffsets(map[string]map[int]int64{"t": {0: 3}}) }))
		require.ErrorIs(t, err, ErrGenerationEnded)
		require.ErrorIs(t, err, UnknownMemberId)
	})
}

// The session ends in time, however long a request may take.
func TestTheSessionBoundsHeartbeats(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		g := next(t, k.member(t, func(c *ConsumerGroupConfig) { c.Timeout = time.Minute }))
		k.change(func() { k.node(1).silent = true })
		require.LessOrEqual(t, after(func() { <-g.ctx.Done() }), defaultSessionTimeout)
		require.True(t, g.lost())
	})
}

// A group that rebalances all the time is not joined all the time.
func TestJoiningAgainIsPaced(t *testing.T) {
	withGroup(t, 1, func(t *testing.T, k *fakeGroup) {
		k.follow()
		joins := k.script
		k.does(func(r *fakeRequest) (protocol.Message, bool) {
			if _, ok := r.message.(*syncgroup.Request); ok {
				return refusal(r.message, RebalanceInProgress), true
			}
			return joins(r)
		})
		k.member(t, nil)
		time.Sleep(10 * time.Minute)
		require.InDelta(t, 600, len(had[*joingroup.Request](k)), 30)
	})
}
