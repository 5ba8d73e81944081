package kafka

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"
)

// controlBatch is the marker that ends a transaction.
func controlBatch(producer int64, kind int16) wireBatch {
	key := binary.BigEndian.AppendUint16(make([]byte, 2), uint16(kind))
	return wireBatch{
		options: protocol.BatchOptions{Control: true, Transactional: true, ProducerID: producer, Idempotent: true},
		msgs:    []Message{{Key: key, Value: make([]byte, 6)}},
	}
}

// Batches that show nothing never stop a partition: emptied by compaction, compacted at
// their end, control batches; alone in an answer or not.
func TestIssue621_BatchesThatShowNothingAreNoStop(t *testing.T) {
	for _, maxBytes := range []int{1, 1 << 20} {
		withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
			f.part("t", 0, func(p *feedLog) {
				for i := range 3 {
					p.append(t, wireBatch{last: 9})                                              // no records
					p.append(t, wireBatch{last: 99, msgs: values(fmt.Sprint("a", i))})           // the last 99 are gone
					p.append(t, controlBatch(7, protocol.ControlCommit))                         //
					p.append(t, wireBatch{msgs: values(fmt.Sprint("b", i), fmt.Sprint("c", i))}) //
					p.append(t, wireBatch{last: 999})
				}
			})
			r := f.reader(func(c *ReaderConfig) { c.MaxBytes = maxBytes })
			defer r.Close()
			for i := range int64(3) {
				m := nextMessage(t, r)
				require.Equal(t, fmt.Sprint("a", i), string(m.Value))
				require.Equal(t, 10+i*1113, m.Offset)
				wants(t, r, fmt.Sprint("b", i), fmt.Sprint("c", i))
			}
			nothing(t, r, time.Minute)
			require.Zero(t, r.Lag())
			require.EqualValues(t, 3*1113, r.Offset())
			f.write("t", 0, "end")
			wants(t, r, "end")
			require.Empty(t, f.lines("trying again"))
		})
	}
}

// A fetch that brings nothing but a batch without records goes on behind it.
func TestIssue653_ABatchWithoutRecords(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		f.part("t", 0, func(p *feedLog) {
			p.start, p.end = 1000, 1000
			p.append(t, wireBatch{last: 1})
		})
		r := f.reader(nil)
		defer r.Close()
		nothing(t, r, time.Minute)
		require.EqualValues(t, 1002, r.Offset())
		before := f.fetched()
		nothing(t, r, time.Minute)
		require.Less(t, f.fetched()-before, 10, "it does not spin")
		f.write("t", 0, "a")
		require.EqualValues(t, 1002, nextMessage(t, r).Offset)
	})
}

// ReadCommitted hides what was aborted; nobody sees control records.
func TestIssue1332_AbortedMessagesAreHidden(t *testing.T) {
	for _, level := range []IsolationLevel{ReadCommitted, ReadUncommitted} {
		withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
			f.part("t", 0, func(p *feedLog) {
				in := func(producer int64, list ...string) {
					p.append(t, wireBatch{options: protocol.BatchOptions{Transactional: true, Idempotent: true, ProducerID: producer}, msgs: values(list...)})
				}
				in(1, "aborted 1")
				in(2, "committed 1")
				p.append(t, controlBatch(1, protocol.ControlAbort))
				in(1, "committed 2")
				p.append(t, controlBatch(2, protocol.ControlCommit))
				p.append(t, controlBatch(1, protocol.ControlCommit))
				p.append(t, wireBatch{msgs: values("plain")})
				if level == ReadCommitted {
					p.aborted = []fetch.ResponseTransaction{{ProducerID: 1, FirstOffset: 0}}
				}
			})
			r := f.reader(func(c *ReaderConfig) { c.IsolationLevel = level })
			defer r.Close()
			if level == ReadUncommitted {
				wants(t, r, "aborted 1")
			}
			wants(t, r, "committed 1", "committed 2", "plain")
			nothing(t, r, time.Minute)
			require.EqualValues(t, 7, r.Offset())
			require.Equal(t, int8(level), f.firstFetch().IsolationLevel)
		})
	}
}

// A message without key or value is told from an empty one, and a batch that has the
// time of its arrival gives it to its messages.
func TestTrap04_05_NilIsNotEmptyAndTimesAreThoseOfTheBatch(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		at := time.UnixMilli(1_700_000_000_123)
		f.part("t", 0, func(p *feedLog) {
			p.append(t, wireBatch{msgs: []Message{{Time: at}, {Key: []byte{}, Value: []byte{}, Time: at.Add(time.Second)}}})
			p.append(t, wireBatch{options: protocol.BatchOptions{LogAppendTime: true}, msgs: []Message{{Time: at}, {Time: at.Add(time.Second)}}})
		})
		r := f.reader(nil)
		defer r.Close()
		m := nextMessage(t, r)
		require.Nil(t, m.Key)
		require.Nil(t, m.Value)
		require.True(t, at.Equal(m.Time))
		m = nextMessage(t, r)
		require.NotNil(t, m.Key)
		require.NotNil(t, m.Value)
		require.Empty(t, m.Value)
		for range 2 {
			require.True(t, at.Add(time.Second).Equal(nextMessage(t, r).Time), "the largest of the batch")
		}
	})
}

// A batch that was damaged is named by its offset, again and again; the messages before
// it come, the connection stays, and SetOffset leaves it out. Whole again, it is read.
func TestTrap06_26_ADamagedBatchIsNamed(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		f.write("t", 0, "0", "1")
		f.write("t", 0, "2", "3")
		f.write("t", 0, "4")
		damage := func(at int) {
			f.part("t", 0, func(p *feedLog) { wire := p.batches[1].wire; wire[at] ^= 0x40 })
		}
		damage(70)
		r := f.reader(nil)
		defer r.Close()
		wants(t, r, "0", "1")
		for range 5 {
			_, err := r.FetchMessage(t.Context())
			var e *CorruptBatchError
			require.ErrorAs(t, err, &e)
			require.ErrorIs(t, err, protocol.ErrChecksum)
			require.Equal(t, CorruptBatchError{Topic: "t", Offset: 2, Err: e.Err}, *e)
			require.ErrorContains(t, err, `partition 0 of topic "t" cannot be read at offset 2`)
		}
		require.NoError(t, r.SetOffset(4))
		wants(t, r, "4")
		damage(70)
		require.NoError(t, r.SetOffset(2))
		wants(t, r, "2", "3", "4")

		damage(22) // a codec that there is not; the checksum is made to match
		f.part("t", 0, func(p *feedLog) { p.batches[1].wire[22] = 6; fixChecksum(p.batches[1].wire) })
		require.NoError(t, r.SetOffset(2))
		open := f.openConns()
		for range 5 {
			_, err := r.FetchMessage(t.Context())
			require.ErrorIs(t, err, protocol.ErrUnsupportedCompression)
		}
		synctest.Wait()
		require.LessOrEqual(t, f.openConns(), open, "no connection is left behind")
	})
}

// An idle topic is silent: no line, no new connection, one fetch for each MaxWait.
func TestIssue1286_AnIdleTopicIsSilent(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		f.write("t", 0, "a")
		r := f.reader(nil)
		defer r.Close()
		wants(t, r, "a")
		lines, dials, fetches := len(f.lines("")), len(f.dials()), f.fetched()
		nothing(t, r, time.Hour)
		require.Len(t, f.lines(""), lines)
		require.Len(t, f.dials(), dials)
		require.InDelta(t, 360, f.fetched()-fetches, 5)
		stats := r.Stats()
		require.Zero(t, stats.Errors)
		require.InDelta(t, 360, stats.Timeouts, 5)
	})
}

// Fifty partitions are read through one connection for fetches and one for the rest.
func TestIssue355_FewConnectionsForManyPartitions(t *testing.T) {
	withFeed(t, 2, func(t *testing.T, f *fakeFeed) {
		leaders := make([]int32, 50)
		var partitions []int32
		for i := range leaders {
			leaders[i] = int32(1 + i%2)
			partitions = append(partitions, int32(i))
		}
		f.create("t", leaders...)
		r := f.reader(nil)
		defer r.Close()
		f.intake(r, partitions...)
		for round := range 3 {
			for _, p := range partitions {
				f.write("t", p, fmt.Sprint(round))
			}
			seen := make(map[int]bool)
			for range partitions {
				seen[nextMessage(t, r).Partition] = true
			}
			require.Len(t, seen, 50)
		}
		// One for metadata, later closed; two to each broker.
		require.LessOrEqual(t, len(f.dials()), 8, "%v: a fetch was given up for partitions that came", f.dials())
		require.LessOrEqual(t, f.openConns(), 4)
	})
}

// FetchBatch returns what is there, no more than wanted, and waits for the first.
func TestIssue123_FetchBatch(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		f.write("t", 0, "0", "1", "2")
		f.write("t", 0, "3", "4")
		r := f.reader(nil)
		defer r.Close()
		require.NoError(t, r.SetOffset(0))
		batch, err := r.FetchBatch(t.Context(), 2)
		require.NoError(t, err)
		require.Equal(t, []string{"0@0", "1@1"}, valuesOf(batch))
		synctest.Wait()
		batch, err = r.FetchBatch(t.Context(), 1000)
		require.NoError(t, err)
		require.Equal(t, []string{"2@2", "3@3", "4@4"}, valuesOf(batch))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		batch, err = r.FetchBatch(ctx, 1)
		require.Equal(t, context.DeadlineExceeded, err)
		require.Empty(t, batch)
		for _, wrong := range []int{0, -1} {
			_, err = r.FetchBatch(t.Context(), wrong)
			require.ErrorContains(t, err, fmt.Sprint("not ", wrong))
		}

		// An error waits until the messages before it were returned.
		f.part("t", 0, func(p *feedLog) {
			p.append(t, wireBatch{msgs: values("5")})
			p.append(t, wireBatch{msgs: values("6")})
			p.batches[3].wire[66] ^= 1
		})
		synctest.Wait()
		batch, err = r.FetchBatch(t.Context(), 10)
		require.NoError(t, err)
		require.Equal(t, []string{"5@5"}, valuesOf(batch))
		_, err = r.FetchBatch(t.Context(), 10)
		require.ErrorIs(t, err, protocol.ErrChecksum)
	})
}

// Lags tells how far each partition is behind, in messages and in time.
func TestReaderLags(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		f.create("t", 1, 1)
		at := time.Now().Add(-time.Hour)
		f.part("t", 0, func(p *feedLog) {
			p.append(t, wireBatch{msgs: []Message{{Time: at}, {Time: at.Add(time.Minute)}, {Time: at.Add(2 * time.Minute)}}})
		})
		r := f.reader(nil)
		defer r.Close()
		require.Nil(t, r.Lags())
		require.Zero(t, r.Lag())
		f.intake(r, 0, 1)
		nextMessage(t, r)
		synctest.Wait()
		lags := r.Lags()
		require.Len(t, lags, 2)
		require.InDelta(t, time.Hour, lags[0].Time, float64(time.Second))
		lags[0].Time = 0
		require.Equal(t, []PartitionLag{{Topic: "t", Offset: 1, End: 3, Messages: 2}, {Topic: "t", Partition: 1}}, lags)
		require.EqualValues(t, 2, r.Stats().Lag)
		nextMessage(t, r)
		nextMessage(t, r)
		require.Zero(t, r.Lags()[0].Time)
		require.Zero(t, r.Lags()[0].Messages)
		require.NoError(t, r.Close())
		require.Nil(t, r.Lags())
	})
}

// While the Reader is full, the ends are asked for every ReadLagInterval.
func TestReaderLagWhileFull(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		f.write("t", 0, "0", "1")
		r := f.reader(func(c *ReaderConfig) { c.QueueCapacity = 1 })
		defer r.Close()
		nextMessage(t, r)
		require.EqualValues(t, 1, r.Lag())
		f.write("t", 0, "2", "3", "4")
		synctest.Wait()
		require.EqualValues(t, 1, r.Lag())
		time.Sleep(2 * time.Minute)
		require.EqualValues(t, 4, r.Lag())
	})
}

// Stats counts since the call before, and shows the settings.
func TestReaderStats(t *testing.T) {
	withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
		r := f.reader(func(c *ReaderConfig) { c.Dialer.ClientID = "me" })
		defer r.Close()
		require.Equal(t, ReaderStats{
			Offset: FirstOffset, MinBytes: 1, MaxBytes: 1e6, MaxWait: 10 * time.Second, QueueCapacity: 100,
			ClientID: "me", Topic: "t", Partition: "0",
		}, r.Stats())
		f.write("t", 0, "abc", "de")
		f.write("t", 0, "f")
		nextMessage(t, r)
		synctest.Wait()
		s := r.Stats()
		require.EqualValues(t, []int64{1, 1, 3, 1, 2, 2}, []int64{s.Dials, s.Messages, s.Bytes, s.Offset, s.Lag, s.QueueLength})
		require.Positive(t, s.Fetches)
		require.Equal(t, s.Fetches, s.DeprecatedFetchesWithTypo)
		require.EqualValues(t, s.Fetches, s.WaitTime.Count)
		nextMessage(t, r)
		nextMessage(t, r)
		nothing(t, r, time.Second)
		s = r.Stats()
		require.EqualValues(t, []int64{0, 2, 3, 3, 0, 0}, []int64{s.Dials, s.Messages, s.Bytes, s.Offset, s.Lag, s.QueueLength})
		require.EqualValues(t, 1, s.FetchSize.Count)
		require.EqualValues(t, []int64{3, 3, 3, 6, 6, 6}, []int64{
			s.FetchSize.Min, s.FetchSize.Avg, s.FetchSize.Max, s.FetchBytes.Min, s.FetchBytes.Avg, s.FetchBytes.Max,
		}, "trap 44")
		require.Zero(t, r.Stats().Messages)
		require.NoError(t, r.Close())
		require.Equal(t, "t", r.Stats().Topic)
		require.EqualValues(t, 3, r.Offset())
		require.Equal(t, "me", r.Config().Dialer.ClientID)
	})
}

// The broker is asked to wait for MaxWait, whatever that is, and for MinBytes.
func TestTrap50_MaxWaitIsWhatTheBrokerIsAskedFor(t *testing.T) {
	for _, wait := range []time.Duration{50 * time.Millisecond, time.Second, 1100 * time.Millisecond, time.Minute} {
		withFeed(t, 1, func(t *testing.T, f *fakeFeed) {
			r := f.reader(func(c *ReaderConfig) { c.MaxWait, c.MinBytes, c.MaxBytes = wait, 77, 1000 })
			defer r.Close()
			nothing(t, r, time.Millisecond)
			require.EqualValues(t, wait.Milliseconds(), f.firstFetch().MaxWaitTime)
			require.EqualValues(t, 77, f.firstFetch().MinBytes)
			require.EqualValues(t, 1000, f.firstFetch().Topics[0].Partitions[0].PartitionMaxBytes)
		})
	}
}

// All that is wrong with a configuration is said at once, field by field.
func TestReaderConfigErrors(t *testing.T) {
	config := ReaderConfig{
		GroupID: "g", Partition: -1, MinBytes: 20, MaxBytes: 10, BufferBytes: -1, QueueCapacity: -2, MaxWait: -3, CommitInterval: -4,
		ReadBackoffMin: 5 * time.Second, IsolationLevel: 9, HeartbeatInterval: -6, StartOffset: 7, RetentionTime: -8, GroupInstanceID: "a b",
	}
	err := config.Validate()
	for _, text := range []string{
		"Brokers is empty", "Topic and GroupTopics are empty", "Partition is -1", "MinBytes is 20, more than MaxBytes, which is 10", "BufferBytes is -1",
		"QueueCapacity is -2", "MaxWait is -3ns", "CommitInterval is -4ns", "ReadBackoffMin is 5s, more than ReadBackoffMax, which is 1s",
		"IsolationLevel is 9", "HeartbeatInterval is -6ns", "StartOffset is 7", "RetentionTime is -8ns", `GroupInstanceID is "a b"`,
		`GroupID "g": a group assigns the partitions`,
	} {
		require.ErrorContains(t, err, text)
	}
	require.Equal(t, 1, strings.Count(err.Error(), "Brokers"))
	require.PanicsWithError(t, err.Error(), func() { NewReader(config) })
	require.Panics(t, func() {
		NewReader(ReaderConfig{Brokers: []string{"b:1"}, Topic: "t", GroupID: "g", Partition: 1})
	}, "documented")

	ok := ReaderConfig{Brokers: []string{"b:1"}, Topic: "t"}
	require.NoError(t, ok.Validate())
	require.Equal(t, ReaderConfig{Brokers: []string{"b:1"}, Topic: "t"}, ok, "no defaults are filled in")
	require.ErrorContains(t, (&ReaderConfig{Brokers: []string{"b:1"}, GroupTopics: []string{"t"}}).Validate(), "Topic is empty")
}

// What programs have long given is taken: MinBytes alone, -1 as RetentionTime, and a
// negative MaxAttempts.
func TestTrap51_52_53_ConfigurationsThatArePossible(t *testing.T) {
	withFeedGroup(t, 1, func(t *testing.T, k *feedGroup) {
		k.write("t", 0, strings.Repeat("x", 3_000_000))
		r := k.member(func(c *ReaderConfig) { c.MinBytes, c.RetentionTime, c.MaxAttempts = 2_000_000, -1, -1 })
		defer r.Close()
		require.Equal(t, 2_000_000, r.Config().MaxBytes)
		require.Len(t, nextMessage(t, r).Value, 3_000_000)
	})
}

// Calls that need a group, or none, say so; a closed Reader says that.
func TestReaderCallsThatAreNotPossible(t *testing.T) {
	withFeedGroup(t, 1, func(t *testing.T, k *feedGroup) {
		r := k.reader(nil)
		require.ErrorContains(t, r.CommitMessages(t.Context(), Message{}), "GroupID is not set")
		require.ErrorContains(t, r.SetOffset(-5), "-5")
		require.NoError(t, r.Close())
		require.NoError(t, r.Close())
		require.Equal(t, "io: read/write on closed pipe", r.SetOffset(1).Error())
		require.Equal(t, "io: read/write on closed pipe", r.SetOffsetAt(t.Context(), time.Now()).Error())
		_, err := r.FetchMessage(t.Context())
		require.EqualError(t, err, "EOF")
		_, err = r.FetchBatch(t.Context(), 1)
		require.EqualError(t, err, "EOF")

		r = k.member(nil)
		defer r.Close()
		require.EqualValues(t, -1, r.Offset())
		require.EqualValues(t, -1, r.Lag())
		_, err = r.ReadLag(t.Context())
		require.ErrorContains(t, err, "GroupID is set")
		require.ErrorContains(t, r.SetOffset(1), "GroupID is set")
		require.ErrorContains(t, r.SetOffsetAt(t.Context(), time.Now()), "GroupID is set")
	})
}
