package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/heartbeat"
	"github.com/segmentio/kafka-go/protocol/offsetcommit"
	"github.com/segmentio/kafka-go/protocol/syncgroup"
)

// feedGroup is a group whose member reads from fake brokers.
type feedGroup struct {
	*fakeFeed
	group *fakeGroup

	mu       sync.Mutex
	assigned []int // partitions of topic "t"; nil for all, as the member assigns them
}

// withFeedGroup runs a test in fake time with topic "t" of some partitions.
func withFeedGroup(t *testing.T, partitions int, test func(t *testing.T, k *feedGroup)) {
	t.Helper()
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		leaders := make([]int32, partitions)
		for i := range leaders {
			leaders[i] = 1
		}
		f.create("t", leaders...)
		k := &feedGroup{fakeFeed: f, group: &fakeGroup{fakeCluster: f.fakeCluster, committed: make(map[string]map[int32]int64)}}
		f.alter = k.handle
		test(t, k)
	})
}

func (k *feedGroup) handle(n *fakeNode, r *fakeRequest) (protocol.Message, bool) {
	switch r.message.(type) {
	case *apiversions.Request:
		res := k.group.groupVersions()
		key := protocol.OffsetForLeaderEpoch
		res.ApiKeys = append(res.ApiKeys, apiversions.ApiKeyResponse{ApiKey: int16(key), MinVersion: key.MinVersion(), MaxVersion: key.MaxVersion()})
		return res, true
	case *syncgroup.Request:
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.assigned != nil {
			b, err := groupAssignment{partitions: map[string][]int{"t": k.assigned}}.encode()
			require.NoError(k.t, err)
			return &syncgroup.Response{Assignments: b}, true
		}
	}
	if res, ok := k.fakeFeed.handle(n, r); ok {
		return res, true
	}
	return k.group.handle(n, r)
}

// assign makes the next generation give the member some partitions, and the member
// join that.
func (k *feedGroup) assign(partitions ...int) {
	k.mu.Lock()
	k.assigned = append([]int{}, partitions...)
	k.mu.Unlock()
	k.group.refuse(&heartbeat.Request{}, RebalanceInProgress, 1)
	beats(2)
	synctest.Wait()
}

// lose ends the membership, so that others may have the partitions.
func (k *feedGroup) lose() {
	k.group.refuse(&heartbeat.Request{}, UnknownMemberId, 1)
	beats(2)
	synctest.Wait()
}

// member makes a Reader in the group.
func (k *feedGroup) member(change func(*ReaderConfig)) *Reader {
	return k.reader(func(c *ReaderConfig) {
		c.GroupID = "g"
		if change != nil {
			change(c)
		}
	})
}

// commits returns the offsets that were committed for a partition, in their order.
func (k *feedGroup) commits(id int32) (list []int64) {
	for _, req := range saw[*offsetcommit.Request](k.node(1)) {
		for _, t := range req.Topics {
			for _, p := range t.Partitions {
				if p.PartitionIndex == id {
					list = append(list, p.CommittedOffset)
				}
			}
		}
	}
	return list
}

// stored returns what the group has committed for a partition.
func (k *feedGroup) stored(id int32) int64 {
	k.group.state.Lock()
	defer k.group.state.Unlock()
	return k.group.committed["t"][id]
}

// After a rebalance, no message of a partition that was taken away comes, though it
// was read ahead; one that is kept is read on where it was.
func TestIssue1398_MessagesOfLostPartitionsDoNotCome(t *testing.T) {
	withFeedGroup(t, 2, func(t *testing.T, k *feedGroup) {
		k.write("t", 0, "a0", "a1", "a2")
		k.write("t", 1, "b0", "b1", "b2")
		r := k.member(nil)
		defer r.Close()
		first := nextMessage(t, r)
		synctest.Wait()
		lost := first.Partition
		k.assign(1 - lost)
		kept := []string{"b", "a"}[lost]
		for i := range 3 {
			m := nextMessage(t, r)
			require.Equal(t, 1-lost, m.Partition)
			require.Equal(t, fmt.Sprint(kept, i), string(m.Value))
		}
		nothing(t, r, time.Minute)

		// What is kept comes once; what comes back is read from its commit.
		k.assign(0, 1)
		for i := range 3 {
			m := nextMessage(t, r)
			require.Equal(t, lost, m.Partition)
			require.EqualValues(t, i, m.Offset)
		}
		nothing(t, r, time.Minute)
	})
}

// A commit of what another member may have by now is refused and not sent; those of
// partitions that were kept are made.
func TestIssue1308_ACommitOfAPastOwnershipIsRefused(t *testing.T) {
	withFeedGroup(t, 2, func(t *testing.T, k *feedGroup) {
		k.write("t", 0, "a0")
		k.write("t", 1, "b0")
		r := k.member(nil)
		defer r.Close()
		msgs := []Message{nextMessage(t, r), nextMessage(t, r)}
		k.assign(1)
		err := r.CommitMessages(t.Context(), msgs...)
		require.ErrorIs(t, err, ErrGenerationEnded)
		var e *CommitError
		require.ErrorAs(t, err, &e)
		require.Equal(t, CommitError{Topic: "t", Partition: 0, Offset: 0, Err: ErrGenerationEnded}, *e)
		require.ErrorContains(t, err, `offset 0 of partition 0 of topic "t"`)
		require.Equal(t, []int64{1}, k.commits(1))
		require.Empty(t, k.commits(0))

		// Also when it comes back: messages in between may be read by nobody.
		k.assign(0, 1)
		for _, m := range msgs {
			if m.Partition == 0 {
				require.ErrorIs(t, r.CommitMessages(t.Context(), m), ErrGenerationEnded)
			}
		}
		require.Empty(t, k.commits(0))
		m := nextMessage(t, r)
		require.NoError(t, r.CommitMessages(t.Context(), m))
		require.Equal(t, []int64{1}, k.commits(0))
	})
}

// A partition that was never this Reader's is refused, too; messages that the program
// made itself are committed where it has the partition.
func TestReaderCommitsOfMessagesOfTheProgram(t *testing.T) {
	withFeedGroup(t, 2, func(t *testing.T, k *feedGroup) {
		k.mu.Lock()
		k.assigned = []int{1}
		k.mu.Unlock()
		r := k.member(nil)
		defer r.Close()
		beats(1)
		require.ErrorIs(t, r.CommitMessages(t.Context(), Message{Topic: "t", Partition: 0, Offset: 3}), ErrGenerationEnded)
		require.ErrorIs(t, r.CommitMessages(t.Context(), Message{Topic: "other", Partition: 1, Offset: 3}), ErrGenerationEnded)
		require.NoError(t, r.CommitMessages(t.Context(), Message{Topic: "t", Partition: 1, Offset: 3}))
		require.Equal(t, []int64{4}, k.commits(1))
		require.NoError(t, r.CommitMessages(t.Context()))
	})
}

// After the membership is lost, a commit fails at once rather than when there is
// another generation.
func TestIssue1276_ACommitOfALostGenerationFailsAtOnce(t *testing.T) {
	withFeedGroup(t, 1, func(t *testing.T, k *feedGroup) {
		k.write("t", 0, "a0")
		r := k.member(nil)
		defer r.Close()
		m := nextMessage(t, r)
		k.group.does(func(req *fakeRequest) (protocol.Message, bool) {
			if _, ok := req.message.(*heartbeat.Request); ok {
				return refusal(req.message, UnknownMemberId), true
			}
			if _, ok := req.message.(*offsetcommit.Request); !ok && req.message.ApiKey() == protocol.JoinGroup {
				return nil, true // nobody answers
			}
			return nil, false
		})
		beats(2)
		begin := time.Now()
		require.ErrorIs(t, r.CommitMessages(t.Context(), m), ErrGenerationEnded)
		require.Less(t, time.Since(begin), time.Second)
		require.Empty(t, k.commits(0))
	})
}

// Commits never move backwards, whoever makes them in which order: not one after the
// other, not while one is on its way, not between generations.
func TestIssue439_CommitsNeverMoveBackwards(t *testing.T) {
	withFeedGroup(t, 1, func(t *testing.T, k *feedGroup) {
		k.write("t", 0, "0", "1", "2", "3", "4", "5")
		r := k.member(nil)
		defer r.Close()
		var msgs []Message
		for range 6 {
			msgs = append(msgs, nextMessage(t, r))
		}
		ctx := t.Context()
		require.NoError(t, r.CommitMessages(ctx, msgs[2], msgs[1]))
		require.NoError(t, r.CommitMessages(ctx, msgs[0]))
		require.Equal(t, []int64{3}, k.commits(0))

		// While 4 is on its way, 3 is asked for.
		k.group.does(func(req *fakeRequest) (protocol.Message, bool) {
			if req.message.ApiKey() == protocol.OffsetCommit {
				time.Sleep(time.Second)
			}
			return nil, false
		})
		var both sync.WaitGroup
		for i := range 2 {
			both.Go(func() {
				time.Sleep(time.Duration(i) * 100 * time.Millisecond)
				if err := r.CommitMessages(ctx, msgs[4-i]); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		require.Equal(t, []int64{3, 5}, k.commits(0))

		// While the group is rebalanced.
		r.group.commits.mu.Lock()
		gen := r.group.commits.gen
		r.group.commits.gen = nil
		r.group.commits.mu.Unlock()
		both.Go(func() {
			if err := r.CommitMessages(ctx, msgs[1]); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		r.group.commits.mu.Lock()
		r.group.commits.gen = gen
		r.group.commits.mu.Unlock()
		require.NoError(t, r.CommitMessages(ctx, msgs[5]))
		both.Wait()
		require.Equal(t, []int64{3, 5, 6}, k.commits(0))
	})
}

// Calls that commit at the same time share requests.
func TestIssue1056_ConcurrentCommitsShareRequests(t *testing.T) {
	withFeedGroup(t, 4, func(t *testing.T, k *feedGroup) {
		for p := range int32(4) {
			k.write("t", p, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
		}
		r := k.member(nil)
		defer r.Close()
		var msgs []Message
		for range 40 {
			msgs = append(msgs, nextMessage(t, r))
		}
		k.group.does(func(req *fakeRequest) (protocol.Message, bool) {
			if req.message.ApiKey() == protocol.OffsetCommit {
				time.Sleep(10 * time.Millisecond)
			}
			return nil, false
		})
		var all sync.WaitGroup
		for _, m := range msgs {
			all.Go(func() {
				if err := r.CommitMessages(t.Context(), m); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		require.LessOrEqual(t, len(saw[*offsetcommit.Request](k.node(1))), 3)
		for p := range int32(4) {
			require.EqualValues(t, 10, k.stored(p))
		}
	})
}

// The last commit of a generation is made: at a rebalance, and at Close.
func TestIssue711_TheLastCommitOfAGenerationIsSent(t *testing.T) {
	withFeedGroup(t, 1, func(t *testing.T, k *feedGroup) {
		k.write("t", 0, "0", "1", "2")
		r := k.member(func(c *ReaderConfig) { c.CommitInterval = time.Hour })
		begin := time.Now()
		for range 2 {
			_, err := r.ReadMessage(t.Context())
			require.NoError(t, err)
		}
		require.Less(t, time.Since(begin), 10*time.Second)
		require.Empty(t, k.commits(0))
		k.assign(0)
		require.Equal(t, []int64{2}, k.commits(0))
		_, err := r.ReadMessage(t.Context())
		require.NoError(t, err)
		require.NoError(t, r.Close())
		require.Equal(t, []int64{2, 3}, k.commits(0))
	})
}

// ReadMessage returns the message that it has taken though its ctx ends during the
// commit, and the commit is made.
func TestIssue622_ReadMessageNeverLosesAMessage(t *testing.T) {
	withFeedGroup(t, 1, func(t *testing.T, k *feedGroup) {
		k.write("t", 0, "0", "1", "2")
		r := k.member(nil)
		defer r.Close()
		k.group.does(func(req *fakeRequest) (protocol.Message, bool) {
			if req.message.ApiKey() == protocol.OffsetCommit {
				time.Sleep(2 * time.Second)
			}
			return nil, false
		})
		beats(1)
		for i := range int64(3) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			m, err := r.ReadMessage(ctx)
			cancel()
			require.NoError(t, err)
			require.Equal(t, i, m.Offset)
		}
		time.Sleep(10 * time.Second)
		require.EqualValues(t, 3, k.stored(0))
	})
}

// When the commit fails, the message is returned, and the next call tells why.
func TestTrap13_AMessageWhoseCommitFailsIsNotLost(t *testing.T) {
	withFeedGroup(t, 1, func(t *testing.T, k *feedGroup) {
		k.write("t", 0, "0", "1")
		r := k.member(nil)
		defer r.Close()
		k.group.refuse(&offsetcommit.Request{}, OffsetMetadataTooLarge, 1)
		m, err := r.ReadMessage(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 0, m.Offset)
		_, err = r.ReadMessage(t.Context())
		require.ErrorIs(t, err, OffsetMetadataTooLarge)
		m, err = r.ReadMessage(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 1, m.Offset)
		require.Equal(t, []int64{1, 2}, k.commits(0))
	})
}

// Where reading begins at the end of a partition is committed: after a restart, what
// came meanwhile is read.
func TestIssue904_TheEndThatReadingBeginsAtIsCommitted(t *testing.T) {
	withFeedGroup(t, 1, func(t *testing.T, k *feedGroup) {
		last := func(c *ReaderConfig) { c.StartOffset = LastOffset }
		r := k.member(last)
		nothing(t, r, time.Second)
		require.NoError(t, r.Close())
		require.Equal(t, []int64{0}, k.commits(0))
		k.write("t", 0, "while it was down")
		r = k.member(last)
		defer r.Close()
		wants(t, r, "while it was down")
	})
}

// CommitMessages after Close, and during it, comes back.
func TestTrap20_CommitsAfterClose(t *testing.T) {
	for _, interval := range []time.Duration{0, time.Second} {
		withFeedGroup(t, 1, func(t *testing.T, k *feedGroup) {
			k.write("t", 0, "0")
			r := k.member(func(c *ReaderConfig) { c.CommitInterval = interval })
			m := nextMessage(t, r)
			require.NoError(t, r.CommitMessages(t.Context(), m))
			var all sync.WaitGroup
			for i := range 20 {
				all.Go(func() {
					time.Sleep(time.Duration(i) * time.Microsecond)
					if err := r.CommitMessages(context.Background(), m); err != nil && err != io.ErrClosedPipe {
						t.Error(err)
					}
				})
			}
			require.NoError(t, r.Close())
			all.Wait()
			for range 20 {
				require.True(t, r.CommitMessages(context.Background(), m) == io.ErrClosedPipe)
			}
			require.Equal(t, []int64{1}, k.commits(0))
		})
	}
}

// An error of the group that does not pass reaches a call of FetchMessage, also
// between two generations.
func TestTrap21_ErrorsOfTheGroupAreTold(t *testing.T) {
	withFeedGroup(t, 1, func(t *testing.T, k *feedGroup) {
		k.write("t", 0, "0", "1")
		r := k.member(nil)
		defer r.Close()
		wants(t, r, "0")
		k.group.does(func(req *fakeRequest) (protocol.Message, bool) {
			if _, ok := req.message.(protocol.GroupMessage); ok {
				return refusal(req.message, GroupAuthorizationFailed), true
			}
			return nil, false
		})
		beats(2)
		for range 3 {
			_, err := r.FetchMessage(t.Context())
			require.ErrorIs(t, err, GroupAuthorizationFailed)
			require.NotErrorIs(t, err, io.EOF)
		}
		k.group.does(nil)
		begin := time.Now()
		m, err := r.FetchMessage(t.Context())
		for errors.Is(err, GroupAuthorizationFailed) { // of the last attempt before
			m, err = r.FetchMessage(t.Context())
		}
		require.NoError(t, err)
		require.EqualValues(t, 0, m.Offset, "nothing was committed")
		require.Less(t, time.Since(begin), 10*time.Second)
	})
}

// The functions of the configuration are told of all that is assigned, revoked and
// lost, one call at a time; no message comes before the first, and the second can
// commit.
func TestIssue1023_CallbacksTellOfRebalances(t *testing.T) {
	withFeedGroup(t, 2, func(t *testing.T, k *feedGroup) {
		k.write("t", 0, "a0", "a1", "a2")
		var mu sync.Mutex
		var events []string
		var last Message
		var r *Reader
		note := func(what string) func(map[string][]int) {
			return func(p map[string][]int) {
				time.Sleep(time.Second) // time for what must not come
				mu.Lock()
				defer mu.Unlock()
				events = append(events, fmt.Sprint(what, p["t"]))
			}
		}
		taken := func() {
			m := nextMessage(t, r)
			mu.Lock()
			defer mu.Unlock()
			events = append(events, "message")
			last = m
		}
		r = k.member(func(c *ReaderConfig) {
			c.OnPartitionsAssigned = note("assigned ")
			c.OnPartitionsLost = note("lost ")
			c.OnPartitionsRevoked = func(p map[string][]int) {
				note("revoked ")(p)
				mu.Lock()
				m := last
				mu.Unlock()
				if err := r.CommitMessages(context.Background(), m); err != nil {
					t.Error(err)
				}
			}
		})
		taken()
		k.assign(0, 1)
		taken()
		require.EqualValues(t, 1, last.Offset, "read again from the commit")
		k.lose()
		taken()
		require.NoError(t, r.Close())
		require.Equal(t, []string{
			"assigned [0 1]", "message", "revoked [0 1]", "assigned [0 1]", "message", "lost [0 1]", "assigned [0 1]", "message", "revoked [0 1]",
		}, events)
	})
}

// Messages of a topic that was deleted cannot be committed for the one that has its
// name now, whose own commits are made however small.
func TestIssue891_CommitsOfATopicCreatedAnew(t *testing.T) {
	withFeedGroup(t, 1, func(t *testing.T, k *feedGroup) {
		k.write("t", 0, "old 0", "old 1", "old 2")
		r := k.member(nil)
		defer r.Close()
		nextMessage(t, r)
		m := nextMessage(t, r)
		require.NoError(t, r.CommitMessages(t.Context(), m))
		old := nextMessage(t, r)
		k.remove("t")
		k.create("t", 1)
		k.write("t", 0, "new 0")
		m = nextMessage(t, r)
		require.Equal(t, "new 0", string(m.Value))
		require.ErrorIs(t, r.CommitMessages(t.Context(), old), ErrGenerationEnded)
		require.NoError(t, r.CommitMessages(t.Context(), m))
		require.Equal(t, []int64{2, 1}, k.commits(0))
	})
}

// Close is bounded: while a call waits for a message, with the network gone, and while
// the group is rebalanced.
func TestIssue1248_CloseOfAGroupReaderIsBounded(t *testing.T) {
	silence := func(k *feedGroup) { k.change(func() { k.node(1).silent = true }) }
	for name, c := range map[string]struct {
		fault func(k *feedGroup)
		bound time.Duration
	}{
		"idle": {func(*feedGroup) {}, time.Second},
		"network gone": {func(k *feedGroup) {
			k.change(func() { k.node(1).lost = true })
			k.node(1).hangUp()
		}, 15 * time.Second},
		"no answers":       {silence, 15 * time.Second},
		"no answers, long": {func(k *feedGroup) { silence(k); beats(3) }, 15 * time.Second},
		"in a rebalance": {func(k *feedGroup) {
			k.group.does(func(req *fakeRequest) (protocol.Message, bool) {
				switch req.message.ApiKey() {
				case protocol.Heartbeat:
					return refusal(req.message, RebalanceInProgress), true
				case protocol.JoinGroup:
					time.Sleep(time.Minute)
				}
				return nil, false
			})
			beats(2)
		}, 15 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			withFeedGroup(t, 1, func(t *testing.T, k *feedGroup) {
				defer time.Sleep(time.Hour) // for answers that take their time
				k.write("t", 0, "0")
				r := k.member(func(c *ReaderConfig) { c.CommitInterval = time.Hour })
				m := nextMessage(t, r)
				require.NoError(t, r.CommitMessages(t.Context(), m))
				ends := make(chan error, 1)
				go func() {
					_, err := r.FetchMessage(context.Background())
					ends <- err
				}()
				c.fault(k)
				begin := time.Now()
				require.NoError(t, r.Close())
				require.Less(t, time.Since(begin), c.bound)
				require.True(t, <-ends == io.EOF)
				require.NoError(t, r.Close())
			})
		})
	}
}
