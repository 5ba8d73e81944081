package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol/fetch"
)

// The leader moves: the broker says so, with or without the name of the new one
// (KIP-951), and reading goes on there.
func TestReaderFollowsTheLeader(t *testing.T) {
	for _, hint := range []bool{false, true} {
		t.Run(fmt.Sprintf("hint %v", hint), func(t *testing.T) {
			withFeed(t, 2, func(t *testing.T, f *fakeFeed) {
				f.write("t", 0, "a")
				r := f.reader(nil)
				defer r.Close()
				wants(t, r, "a")
				begin := time.Now()
				f.part("t", 0, func(p *feedLog) { p.leader, p.epoch, p.hint = 2, 1, hint })
				f.write("t", 0, "b")
				wants(t, r, "b")
				require.Less(t, time.Since(begin), time.Second)
				require.Len(t, f.lines("trying again"), 1)
				require.Len(t, f.lines("is read again"), 1)
			})
		})
	}
}

// A new leader whose log is shorter: what was read ahead and is not there any more is
// not given to the program, and what was is replaced (KIP-320).
func TestReaderTruncation(t *testing.T) {
	for _, leaderless := range []bool{false, true} {
		t.Run(fmt.Sprintf("leaderless %v", leaderless), func(t *testing.T) {
			withFeed(t, 2, func(t *testing.T, f *fakeFeed) {
				for i := range 6 {
					f.write("t", 0, fmt.Sprint("old ", i))
				}
				r := f.reader(nil)
				defer r.Close()
				wants(t, r, "old 0", "old 1", "old 2", "old 3", "old 4", "old 5")
				if leaderless {
					f.part("t", 0, func(p *feedLog) { p.leader = -1 })
					f.node(1).hangUp()
					nothing(t, r, 5*time.Second)
				}
				f.part("t", 0, func(p *feedLog) {
					p.cut(4)
					p.leader, p.epoch = 2, 1
					for i := range 6 {
						p.append(t, wireBatch{msgs: values(fmt.Sprint("new ", i))})
					}
				})
				wants(t, r, "new 0", "new 1", "new 2", "new 3", "new 4", "new 5")
				require.Len(t, f.lines("was cut off at offset 4"), 1)
			})
		})
	}
}

// A leader that has everything is asked, and reading goes on where it was.
func TestReaderNewLeaderWithTheWholeLog(t *testing.T) {
	withFeed(t, 2, func(t *testing.T, f *fakeFeed) {
		f.write("t", 0, "a")
		r := f.reader(nil)
		defer r.Close()
		wants(t, r, "a")
		f.part("t", 0, func(p *feedLog) { p.leader, p.epoch = 2, 1 })
		f.write("t", 0, "b")
		wants(t, r, "b")
		f.logs.Lock()
		defer f.logs.Unlock()
		require.Contains(t, f.asked, "broker 2: end of epoch 0 of t/0")
	})
}

// A partition whose new leader is reached while the dial to the old one hangs is read
// from the new one.
func TestReaderPartitionMovesWhileTheDialHangs(t *testing.T) {
	withFeed(t, 2, func(t *testing.T, f *fakeFeed) {
		f.create("t", 2)
		f.change(func() { f.node(2).lost = true })
		r := f.reader(func(c *ReaderConfig) { c.Dialer.Timeout = time.Hour })
		defer r.Close()
		require.NoError(t, r.SetOffset(0))
		nothing(t, r, time.Minute)
		f.part("t", 0, func(p *feedLog) { p.leader, p.epoch = 1, 1 })
		f.write("t", 0, "a")
		begin := time.Now()
		wants(t, r, "a")
		require.Less(t, time.Since(begin), 10*time.Second, "metadata is not older than that")
	})
}

func follower(f *fakeFeed) *Reader {
	f.part("t", 0, func(p *feedLog) { p.preferred = 2 })
	return f.reader(func(c *ReaderConfig) { c.Rack, c.MaxWait = "here", time.Second })
}

// readsFrom tells which broker the newest fetch of partition 0 was for.
func readsFrom(f *fakeFeed, r *Reader) int32 {
	in := r.in.Load()
	in.mu.Lock()
	defer in.mu.Unlock()
	if p := in.partitions[partitionKey{"t", 0}]; p.fetcher != nil {
		return p.fetcher.broker
	}
	return -1
}

// A Reader with a Rack reads from the replica that the leader names (KIP-392).
func TestReaderReadsFromAFollower(t *testing.T) {
	withFeed(t, 2, func(t *testing.T, f *fakeFeed) {
		f.write("t", 0, "a")
		r := follower(f)
		defer r.Close()
		wants(t, r, "a")
		require.EqualValues(t, 2, readsFrom(f, r))
		f.write("t", 0, "b")
		wants(t, r, "b")
		require.EqualValues(t, 2, readsFrom(f, r))
		require.Empty(t, f.lines("trying again"))
		require.Equal(t, "here", f.firstFetch().RackID)
	})
}

// When the leader changes to another epoch while a follower is read from, the leader
// is asked about it, and offsets are asked of leaders alone.
func TestReaderAtAFollowerAsksTheLeader(t *testing.T) {
	withFeed(t, 2, func(t *testing.T, f *fakeFeed) {
		f.write("t", 0, "a")
		r := follower(f)
		defer r.Close()
		wants(t, r, "a")
		f.part("t", 0, func(p *feedLog) { p.epoch = 1 })
		f.write("t", 0, "b")
		begin := time.Now()
		wants(t, r, "b")
		require.NoError(t, r.SetOffset(FirstOffset))
		wants(t, r, "a", "b")
		require.Less(t, time.Since(begin), 15*time.Second)
		f.logs.Lock()
		defer f.logs.Unlock()
		for _, q := range f.asked {
			require.Contains(t, q, "broker 1: ")
		}
	})
}

// A follower that does not have what the leader has, or is down, is left, and the
// leader is not asked for a replica for a while: it would send nothing itself.
func TestReaderLeavesAFollower(t *testing.T) {
	for name, fault := range map[string]func(f *fakeFeed){
		"that lags": func(f *fakeFeed) { f.part("t", 0, func(p *feedLog) { p.lagging = 10 }) },
		"that is down": func(f *fakeFeed) {
			f.change(func() { f.node(2).lost = true }) // and metadata still names it
			f.node(2).hangUp()
		},
	} {
		t.Run(name, func(t *testing.T) {
			withFeed(t, 2, func(t *testing.T, f *fakeFeed) {
				f.write("t", 0, "a")
				r := follower(f)
				r.config.Dialer.Timeout = time.Second
				defer r.Close()
				wants(t, r, "a")
				fault(f)
				before := f.fetched()
				begin := time.Now()
				f.write("t", 0, "b")
				f.write("t", 0, "c")
				wants(t, r, "b", "c")
				require.Less(t, time.Since(begin), 20*time.Second)
				require.Less(t, f.fetched()-before, 100, "it spins")
			})
		})
	}
}

// A topic that is deleted and created anew is another one: it is read from its
// beginning, and the session does not keep the old one.
func TestIssue891_ATopicCreatedAnewIsReadFromItsBeginning(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		f.write("t", 0, "old 0", "old 1", "old 2")
		r := f.reader(nil)
		defer r.Close()
		wants(t, r, "old 0", "old 1", "old 2")
		f.remove("t")
		nothing(t, r, time.Second)
		f.create("t", 1)
		f.write("t", 0, "new 0", "new 1")
		wants(t, r, "new 0", "new 1")
		require.Len(t, f.lines("created anew"), 1)
		before := len(f.lines("trying again"))
		nothing(t, r, time.Minute)
		require.Len(t, f.lines("trying again"), before, "nothing of the old one is left")
		f.write("t", 0, "new 2")
		wants(t, r, "new 2")
	})
}

// With OffsetOutOfRangeError it is told, once; SetOffset goes on.
func TestReaderATopicCreatedAnewIsToldIfWanted(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		f.write("t", 0, "old 0")
		r := f.reader(func(c *ReaderConfig) { c.OffsetOutOfRangeError = true })
		defer r.Close()
		wants(t, r, "old 0")
		f.remove("t")
		f.create("t", 1)
		f.write("t", 0, "new 0", "new 1")
		_, err := r.FetchMessage(t.Context())
		require.ErrorIs(t, err, OffsetOutOfRange)
		nothing(t, r, time.Minute)
		require.NoError(t, r.SetOffset(r.Offset()))
		wants(t, r, "new 1")
	})
}

// Retention passes the Reader: reading goes on at the new beginning, one line says how
// much is gone, and what was read ahead is not thrown away.
func TestIssue891_RetentionPassesTheReader(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		f.write("t", 0, "0", "1", "2")
		r := f.reader(func(c *ReaderConfig) { c.QueueCapacity = 1 })
		defer r.Close()
		wants(t, r, "0") // the others are read ahead
		synctest.Wait()
		for i := 3; i < 10; i++ {
			f.write("t", 0, fmt.Sprint(i))
		}
		f.part("t", 0, func(p *feedLog) {
			p.start = 7
			p.batches = slices.DeleteFunc(p.batches, func(b feedBatch) bool { return b.base < 7 })
		})
		in := r.in.Load()
		in.mu.Lock()
		r.opt.queueLimit = 0
		in.mu.Unlock()
		wants(t, r, "1", "2")
		wants(t, r, "7", "8", "9")
		require.Len(t, f.lines("4 messages from offset 3 on are gone"), 1)
		require.Zero(t, r.Lag())
	})
}

// What was read ahead when retention passes is the program's all the same.
func TestReaderKeepsWhatItHasWhenRetentionPasses(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		f.write("t", 0, "0", "1")
		r := f.reader(nil)
		defer r.Close()
		wants(t, r, "0")
		synctest.Wait()
		f.part("t", 0, func(p *feedLog) { // while "1" is read ahead
			p.batches, p.start, p.end = nil, 100, 100
		})
		f.write("t", 0, "100")
		synctest.Wait()
		wants(t, r, "1", "100")
	})
}

// A position behind the end waits until the partition gets there, or is told.
func TestReaderOutOfRange(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		f.write("t", 0, "0", "1")
		r := f.reader(nil)
		defer r.Close()
		require.NoError(t, r.SetOffset(3))
		nothing(t, r, time.Minute)
		require.Len(t, f.lines("ends at offset 2: waiting for it to reach 3"), 1)
		f.write("t", 0, "2", "3")
		wants(t, r, "3")

		r = f.reader(func(c *ReaderConfig) { c.OffsetOutOfRangeError = true })
		defer r.Close()
		require.NoError(t, r.SetOffset(30))
		_, err := r.FetchMessage(t.Context())
		require.ErrorIs(t, err, OffsetOutOfRange)
		var e *ReadError
		require.ErrorAs(t, err, &e)
		require.Equal(t, ReadError{Topic: "t", Offset: 30, Attempts: 1, Err: OffsetOutOfRange}, *e)
		nothing(t, r, time.Minute)
		require.NoError(t, r.SetOffset(30), "which is where it is, but stopped")
		_, err = r.FetchMessage(t.Context())
		require.ErrorIs(t, err, OffsetOutOfRange)
		require.NoError(t, r.SetOffset(1))
		wants(t, r, "1")
	})
}

// A topic or a partition that is not there is an error after some attempts, and read
// as soon as it is there. Metadata is asked for as often as is tried, no more.
func TestIssue800_ATopicCreatedLaterIsRead(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		r := f.reader(func(c *ReaderConfig) { c.Topic = "later" })
		defer r.Close()
		begin := time.Now()
		_, err := r.FetchMessage(t.Context())
		require.ErrorIs(t, err, UnknownTopicOrPartition)
		require.ErrorContains(t, err, `"later"`)
		require.InDelta(t, 1.4, time.Since(begin).Seconds(), 0.5)
		for range 60 {
			_, err = r.FetchMessage(t.Context())
			require.ErrorIs(t, err, UnknownTopicOrPartition)
		}
		require.Less(t, len(saw[*fetch.Request](f.node(1))), 1)
		f.create("later", 1)
		f.write("later", 0, "a")
		begin = time.Now()
		m, err := readUntil(r)
		require.NoError(t, err)
		require.Equal(t, "a", string(m.Value))
		require.Less(t, time.Since(begin), 3*time.Second)
	})
}

// readUntil reads through errors that may be repeated.
func readUntil(r *Reader) (m Message, err error) {
	for range 10 {
		if m, err = r.FetchMessage(context.Background()); err == nil || !isTemporary(err) {
			break
		}
	}
	return m, err
}

// A partition that the topic does not have is named in the error.
func TestReaderWrongPartition(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		r := f.reader(func(c *ReaderConfig) { c.Partition = 7 })
		defer r.Close()
		_, err := r.FetchMessage(t.Context())
		var e *ReadError
		require.ErrorAs(t, err, &e)
		require.Equal(t, 7, e.Partition)
		require.ErrorIs(t, err, UnknownTopicOrPartition)
		require.ErrorContains(t, err, `partition 7 of topic "t"`)
	})
}

// Errors that do not pass are told at once, and one line is logged however often.
func TestReaderPermanentErrors(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		f.part("t", 0, func(p *feedLog) { p.code = TopicAuthorizationFailed })
		r := f.reader(nil)
		defer r.Close()
		begin := time.Now()
		for range 5 {
			_, err := r.FetchMessage(t.Context())
			require.ErrorIs(t, err, TopicAuthorizationFailed)
		}
		require.Less(t, time.Since(begin), 5*time.Second)
		require.Len(t, f.lines("trying again"), 1)
	})
}

// A broker that goes away for a while is no error for a program that has been reading
// from it, even after hours of silence, and one line says that it is back. An io.EOF
// of the network is not taken for that of Close.
func TestIssue387_ABrokerThatComesBack(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		f.write("t", 0, "a")
		r := f.reader(nil)
		defer r.Close()
		wants(t, r, "a")
		nothing(t, r, 5*time.Hour)
		require.Empty(t, f.lines("trying again"))
		f.change(func() { f.node(1).down = true })
		f.node(1).hangUp()
		nothing(t, r, 20*time.Second)
		_, err := r.FetchMessage(t.Context())
		var e *ReadError
		require.ErrorAs(t, err, &e, "after more than ReaderConfig.MaxAttempts says")
		require.NotErrorIs(t, err, context.Canceled)
		require.False(t, errors.Is(err, errFetchOver))
		f.change(func() { f.node(1).down = false })
		f.write("t", 0, "b")
		begin := time.Now()
		m, err := readUntil(r)
		require.NoError(t, err)
		require.Equal(t, "b", string(m.Value))
		require.Less(t, time.Since(begin), 3*time.Second)
		require.Len(t, f.lines("trying again"), 1)
		require.Len(t, f.lines("again, after"), 1)
	})
}
