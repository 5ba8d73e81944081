package kafka

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol/fetch"
)

// Once a session stands, requests name only what has changed (KIP-227).
func TestReaderSessionNamesWhatHasChanged(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		f.create("t", 1, 1, 1)
		r := f.reader(nil)
		defer r.Close()
		f.intake(r, 0, 1, 2)
		f.write("t", 0, "a")
		wants(t, r, "a")
		f.write("t", 2, "b")
		wants(t, r, "b")
		synctest.Wait()
		f.logs.Lock()
		defer f.logs.Unlock()
		last := f.fetches[len(f.fetches)-1]
		require.Positive(t, last.SessionEpoch)
		require.Len(t, last.Topics, 1)
		require.Len(t, last.Topics[0].Partitions, 1)
		require.EqualValues(t, 2, last.Topics[0].Partitions[0].Partition)
		require.EqualValues(t, 1, last.Topics[0].Partitions[0].FetchOffset)
		require.Len(t, f.sessions, 1)
	})
}

// The session ends with the Reader.
func TestReaderSessionEndsWithClose(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		f.write("t", 0, "a")
		r := f.reader(nil)
		wants(t, r, "a")
		begin := time.Now()
		require.NoError(t, r.Close())
		require.Less(t, time.Since(begin), time.Second)
		synctest.Wait()
		f.logs.Lock()
		require.Empty(t, f.sessions)
		f.logs.Unlock()
		require.Zero(t, f.openConns())
	})
}

// A session that the broker has forgotten, or that is out of step, is replaced: that
// is worth no error and no line.
func TestReaderSessionErrorsAreSilent(t *testing.T) {
	for _, code := range []Error{FetchSessionIDNotFound, InvalidFetchSessionEpoch, FetchSessionTopicIDError, InconsistentTopicID} {
		t.Run(code.Title(), func(t *testing.T) {
			withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
				f.write("t", 0, "a")
				r := f.reader(nil)
				defer r.Close()
				wants(t, r, "a")
				synctest.Wait()
				f.logs.Lock()
				f.script = func(n *fakeNode, req *fetch.Request) *fetch.Response {
					if req.SessionEpoch == 0 {
						return nil
					}
					f.script = nil
					clear(f.sessions)
					return &fetch.Response{ErrorCode: int16(code)}
				}
				f.logs.Unlock()
				f.write("t", 0, "b")
				wants(t, r, "b")
				f.write("t", 0, "c")
				wants(t, r, "c")
				require.Empty(t, f.lines("trying again"))
				require.Zero(t, r.Stats().Errors)
			})
		})
	}
}

// A broker without room for sessions gets full requests.
func TestReaderWithoutSessions(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		f.script = func(n *fakeNode, req *fetch.Request) *fetch.Response {
			if req.SessionEpoch > 0 || len(req.Topics) == 0 {
				t.Errorf("epoch %d, %d topics", req.SessionEpoch, len(req.Topics))
			}
			s, _ := f.enter(n, req)
			res, ready := f.collect(n, s, true, 17)
			clear(f.sessions)
			if !ready {
				return &fetch.Response{ErrorCode: int16(Unknown)}
			}
			res.SessionID = 0
			return res
		}
		f.write("t", 0, "a")
		f.write("t", 0, "b")
		r := f.reader(func(c *ReaderConfig) { c.MaxBytes = 1 })
		defer r.Close()
		wants(t, r, "a", "b")
	})
}

// A partition that is read anew, from elsewhere, gets nothing of what was on its way
// for the one before: messages in between would be left out.
func TestReaderAnswersForAPartitionBeforeAreNotTaken(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		for i := range 10 {
			f.write("t", 0, fmt.Sprint(i))
		}
		r := f.reader(nil)
		defer r.Close()
		in := newIntake(r.cluster, r.opt)
		r.in.Store(in)
		key := partitionKey{"t", 0}
		in.assign(map[partitionKey]intakeStart{key: {offset: 10, ownership: 1}})
		synctest.Wait() // a fetch at the end is under way
		in.mu.Lock()
		p := in.partitions[key]
		fetcher := p.fetcher
		require.NotNil(t, fetcher)
		require.True(t, p.known)
		in.mu.Unlock()
		// The answer and the new assignment come at the same time.
		f.script = func(*fakeNode, *fetch.Request) *fetch.Response { return nil }
		in.assign(map[partitionKey]intakeStart{key: {offset: 3, ownership: 2}})
		in.tend()
		f.write("t", 0, "late")
		for i := 3; i < 10; i++ {
			require.Equal(t, fmt.Sprint(i), string(nextMessage(t, r).Value))
		}
		wants(t, r, "late")
	})
}

// SetOffset does not wait for the fetch that is under way.
func TestReaderSetOffsetDuringALongPoll(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		f.write("t", 0, "a", "b")
		r := f.reader(func(c *ReaderConfig) { c.MaxWait = time.Minute })
		defer r.Close()
		wants(t, r, "a", "b")
		for _, offset := range []int64{1, FirstOffset, 0} {
			synctest.Wait()
			begin := time.Now()
			require.NoError(t, r.SetOffset(offset))
			require.Equal(t, max(offset, 0), nextMessage(t, r).Offset)
			require.Less(t, time.Since(begin), time.Second)
		}
	})
}

// Neither does what becomes of another partition: the broker is not asked to wait for
// longer than until that is to be asked for again.
func TestReaderAFailingPartitionIsNotHeldUpByAnIdleOne(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		f.create("t", 1, 1)
		r := f.reader(func(c *ReaderConfig) { c.MaxWait = 10 * time.Minute })
		defer r.Close()
		f.intake(r, 0, 1)
		f.write("t", 0, "a")
		f.write("t", 1, "b")
		nextMessage(t, r)
		nextMessage(t, r)
		f.part("t", 1, func(p *feedLog) { p.code = KafkaStorageError })
		nothing(t, r, 10*time.Second)
		f.part("t", 1, func(p *feedLog) { p.code = 0 })
		f.write("t", 1, "c")
		begin := time.Now()
		wants(t, r, "c")
		require.Less(t, time.Since(begin), 3*time.Second)
	})
}

// Room that is given back without being read wakes the fetchers of other brokers.
func TestReaderRoomOfDroppedMessagesIsUsed(t *testing.T) {
	withFeed(t, 2, func(t *testing.T, f *fakeFeed) {
		f.create("t", 1, 2)
		r := f.reader(func(c *ReaderConfig) { c.QueueCapacity, c.ReadLagInterval = 1, -1 })
		defer r.Close()
		f.write("t", 0, "a", "b")
		in := f.intake(r, 0)
		synctest.Wait()
		keep := map[partitionKey]intakeStart{{"t", 0}: {keep: true}, {"t", 1}: {}}
		in.assign(keep)
		synctest.Wait()
		f.write("t", 1, "c") // nobody asks for it: "a" and "b" wait
		require.EqualValues(t, 2, in.queue.records.Load())
		in.assign(map[partitionKey]intakeStart{{"t", 1}: {keep: true}})
		wants(t, r, "c")
	})
}

// A Reader that nobody takes messages from asks for no more than its bound.
func TestReaderMemoryIsBounded(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		r := f.reader(func(c *ReaderConfig) { c.ReadLagInterval = -1 })
		defer r.Close()
		big := string(make([]byte, 100_000))
		for range 100 {
			f.write("t", 0, big)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := r.FetchMessage(ctx)
		require.NoError(t, err)
		synctest.Wait()
		before := f.fetched()
		nothingHappens := time.NewTimer(time.Hour)
		<-nothingHappens.C
		require.Equal(t, before, f.fetched())
		in := r.in.Load()
		in.mu.Lock()
		held := 0
		for item := in.queue.head; item != nil; item = item.next {
			held += len(item.wire)
		}
		in.mu.Unlock()
		require.LessOrEqual(t, held, defaultReaderBufferBytes)
		for i := 1; i < 100; i++ {
			require.EqualValues(t, i, nextMessage(t, r).Offset)
		}
	})
}

// An answer has room for what many partitions have, within what BufferBytes leaves.
func TestResponsesGrowWithTheirPartitions(t *testing.T) {
	for _, test := range []struct{ buffer, brokers, partitions, want int }{
		{32 << 20, 1, 1, defaultReaderResponseMax},
		{32 << 20, 1, 100, defaultReaderResponseMax},
		{32 << 20, 1, 200, 200 * defaultReaderResponsePart},
		{32 << 20, 1, 1000, defaultReaderResponseWide},
		{32 << 20, 3, 1000, 32 << 20 / 9},
		{1 << 20, 1, 1000, 1 << 20 / 3},
		{1 << 20, 1, 1, 512 << 10},
		{1 << 10, 3, 1000, defaultReaderResponseMin},
	} {
		o := readOptions{bufferBytes: test.buffer, minBytes: 1}
		require.EqualValues(t, test.want, o.responseBytes(test.brokers, test.partitions), test)
	}
	o := readOptions{bufferBytes: 1 << 20, minBytes: 9 << 20}
	require.EqualValues(t, 9<<20, o.responseBytes(1, 1))
}
