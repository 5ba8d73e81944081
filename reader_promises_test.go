package kafka

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/protocol/describegroups"
	"github.com/segmentio/kafka-go/protocol/offsetfetch"
)

// read reads n messages and fails at an error.
func read(t testing.TB, r *Reader, n int) (msgs []Message) {
	t.Helper()
	for range n {
		m, err := r.ReadMessage(patient(t))
		require.NoError(t, err)
		msgs = append(msgs, m)
	}
	return msgs
}

// storedOffset returns what a group has committed, -1 for nothing.
func storedOffset(t testing.TB, k *testkafka.Cluster, group, topic string, partition int32) int64 {
	t.Helper()
	c, release, err := retainShared(k.Brokers(), new(Dialer))
	require.NoError(t, err)
	defer release()
	answer, err := c.roundTrip(patient(t), &offsetfetch.Request{GroupID: group, Topics: []offsetfetch.RequestTopic{{Name: topic, PartitionIndexes: []int32{partition}}}})
	require.NoError(t, err)
	offsets, err := readOffsets(answer.(*offsetfetch.Response))
	require.NoError(t, err)
	if offset, ok := offsets[topic][int(partition)]; ok {
		return offset
	}
	return -1
}

// groupMembers returns how many members a group has.
func groupMembers(t testing.TB, k *testkafka.Cluster, group string) int {
	t.Helper()
	c, release, err := retainShared(k.Brokers(), new(Dialer))
	require.NoError(t, err)
	defer release()
	answer, err := c.roundTrip(patient(t), &describegroups.Request{Groups: []string{group}})
	require.NoError(t, err)
	return len(answer.(*describegroups.Response).Groups[0].Members)
}

// What programs have relied on of Readers of a partition.
func TestReaderPromisesOfAPartition(t *testing.T) {
	k := testkafka.Shared(t)
	topic := newTopicWith(t, k, 1)
	at := time.UnixMilli(1_600_000_000_000)
	w := newTestWriter(t, k, topic)
	var msgs []Message
	for i := range 20 {
		msgs = append(msgs, Message{Value: fmt.Append(nil, i), Time: at.Add(time.Duration(i) * time.Second)})
	}
	require.NoError(t, w.WriteMessages(patient(t), msgs...))
	r := newTestReader(t, ReaderConfig{Brokers: k.Brokers(), Topic: topic, Logger: testLogger(t)})
	t.Run("cancelled ctx", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := r.ReadMessage(ctx)
		require.True(t, err == context.Canceled)
		require.Zero(t, r.Lag())
	})
	t.Run("SetOffset", func(t *testing.T) {
		require.NoError(t, r.SetOffset(FirstOffset))
		require.Equal(t, "0", string(read(t, r, 1)[0].Value))
		require.EqualValues(t, 1, r.Offset())
		for range 10 {
			n := rand.N(20)
			require.NoError(t, r.SetOffset(int64(n)))
			require.Equal(t, fmt.Sprint(n), string(read(t, r, 1)[0].Value))
			require.EqualValues(t, n+1, r.Offset())
			require.EqualValues(t, 19-n, r.Lag())
			lag, err := r.ReadLag(patient(t))
			require.NoError(t, err)
			require.EqualValues(t, 19-n, lag)
		}
	})
	t.Run("SetOffsetAt", func(t *testing.T) {
		require.NoError(t, r.SetOffsetAt(patient(t), msgs[10].Time))
		require.EqualValues(t, 10, read(t, r, 1)[0].Offset)
		require.NoError(t, r.SetOffsetAt(patient(t), time.Time{}))
		require.EqualValues(t, 0, read(t, r, 1)[0].Offset)
		require.NoError(t, r.SetOffsetAt(patient(t), time.UnixMilli(-1)))
		require.EqualValues(t, 0, read(t, r, 1)[0].Offset)
		require.NoError(t, r.SetOffsetAt(patient(t), time.Now()))
		require.EqualValues(t, LastOffset, r.Offset())
	})
	t.Run("ReadLag before reading", func(t *testing.T) {
		r := newTestReader(t, ReaderConfig{Brokers: k.Brokers(), Topic: topic})
		lag, err := r.ReadLag(patient(t))
		require.NoError(t, err)
		require.EqualValues(t, 20, lag)
		require.NoError(t, r.SetOffset(LastOffset))
		lag, err = r.ReadLag(patient(t))
		require.NoError(t, err)
		require.Zero(t, lag)
	})
	t.Run("out of range", func(t *testing.T) {
		require.NoError(t, r.SetOffset(10_000))
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		begin := time.Now()
		_, err := r.ReadMessage(ctx)
		require.Equal(t, context.DeadlineExceeded, err)
		require.GreaterOrEqual(t, time.Since(begin), time.Second)
	})
	t.Run("MaxBytes 100", func(t *testing.T) {
		topic := newTopicWith(t, k, 1)
		w := newTestWriter(t, k, topic)
		w.BatchSize = 3
		require.NoError(t, w.WriteMessages(patient(t), msgs...))
		r := newTestReader(t, ReaderConfig{Brokers: k.Brokers(), Topic: topic, MaxBytes: 100})
		for i, m := range read(t, r, 20) {
			require.Equal(t, fmt.Sprint(i), string(m.Value))
		}
	})
	t.Run("close right away", func(t *testing.T) {
		for _, group := range []string{"", newTopicName()} {
			begin := time.Now()
			require.NoError(t, NewReader(ReaderConfig{Brokers: k.Brokers(), Topic: topic, GroupID: group}).Close())
			require.Less(t, time.Since(begin), 10*time.Second)
		}
	})
}

// Nobody at the address: an error comes before ctx ends, with and without a group.
func TestReaderCannotConnect(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	for _, group := range []string{"", "g"} {
		r := newTestReader(t, ReaderConfig{Brokers: []string{address}, Topic: "t", GroupID: group, MaxAttempts: 1, Logger: testLogger(t)})
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		_, err := r.ReadMessage(ctx)
		require.Error(t, err)
		require.NoError(t, ctx.Err())
		var e *net.OpError
		require.ErrorAs(t, err, &e)
		cancel()
		begin := time.Now()
		require.NoError(t, r.Close())
		require.Less(t, time.Since(begin), 10*time.Second)
	}
}

// What programs have relied on of Readers in groups.
func TestReaderPromisesOfAGroup(t *testing.T) {
	k := testkafka.Shared(t)
	topic := newTopicWith(t, k, 2)
	fill(t, k, topic, 0, 10)
	fill(t, k, topic, 1, 10)
	group := newTopicName()
	config := ReaderConfig{Brokers: k.Brokers(), Topic: topic, GroupID: group, Logger: testLogger(t)}
	t.Run("commit", func(t *testing.T) {
		r := newTestReader(t, config)
		for range 4 {
			m, err := r.FetchMessage(patient(t))
			require.NoError(t, err)
			require.NoError(t, r.CommitMessages(patient(t), m))
			require.Equal(t, m.Offset+1, storedOffset(t, k, group, topic, int32(m.Partition)))
		}
		lags := r.Lags()
		require.Len(t, lags, 2)
		require.EqualValues(t, 16, lags[0].Messages+lags[1].Messages)
		require.NoError(t, r.Close())
		require.Zero(t, groupMembers(t, k, group), "it has left")
	})
	t.Run("interval", func(t *testing.T) {
		config := config
		config.CommitInterval = 500 * time.Millisecond
		r := newTestReader(t, config)
		m, err := r.FetchMessage(patient(t))
		require.NoError(t, err)
		begin := time.Now()
		require.NoError(t, r.CommitMessages(patient(t), m))
		require.Less(t, time.Since(begin), 10*time.Millisecond)
		waitUntil(t, func() bool { return storedOffset(t, k, group, topic, int32(m.Partition)) == m.Offset+1 })
	})
	t.Run("flush on Close", func(t *testing.T) {
		config := config
		config.CommitInterval = time.Hour
		r := newTestReader(t, config)
		m, err := r.ReadMessage(patient(t))
		require.NoError(t, err)
		require.NoError(t, r.Close())
		require.Equal(t, m.Offset+1, storedOffset(t, k, group, topic, int32(m.Partition)))
	})
	t.Run("GroupTopics", func(t *testing.T) {
		other := newTopicWith(t, k, 1)
		fill(t, k, other, 0, 5)
		config := config
		config.Topic, config.GroupTopics, config.GroupID = "", []string{topic, other}, newTopicName()
		r := newTestReader(t, config)
		seen := make(map[string]int)
		for _, m := range read(t, r, 25) {
			seen[m.Topic]++
		}
		require.Equal(t, map[string]int{topic: 20, other: 5}, seen)
		require.Empty(t, r.Stats().Topic)
	})
	t.Run("more consumers than partitions", func(t *testing.T) {
		config := config
		config.GroupID = newTopicName()
		var count atomic.Int64
		var readers []*Reader
		var done sync.WaitGroup
		for range 4 {
			r := newTestReader(t, config)
			readers = append(readers, r)
			done.Go(func() {
				for {
					if _, err := r.ReadMessage(context.Background()); err != nil {
						return
					}
					count.Add(1)
				}
			})
		}
		waitUntil(t, func() bool { return count.Load() >= 20 && groupMembers(t, k, config.GroupID) == 4 })
		for _, r := range readers { // with whom it is closed, the rest goes on
			require.NoError(t, r.Close())
		}
		done.Wait()
		require.Zero(t, groupMembers(t, k, config.GroupID))
		for p := range int32(2) {
			require.EqualValues(t, 10, storedOffset(t, k, config.GroupID, topic, p))
		}
	})
}

// A deploy that replaces one member after the other resets no offset, and loses none.
func TestIssue410_ADeployOfReadersResetsNothing(t *testing.T) {
	k := testkafka.Shared(t)
	topic := newTopicWith(t, k, 3)
	const each = 40
	for p := range 3 {
		fill(t, k, topic, p, each)
	}
	config := ReaderConfig{Brokers: k.Brokers(), Topic: topic, GroupID: newTopicName(), StartOffset: LastOffset, CommitInterval: time.Second, Logger: testLogger(t)}
	first := config
	first.StartOffset = FirstOffset
	var mu sync.Mutex
	seen := make(map[string]int)
	consume := func(config ReaderConfig) *Reader {
		r := newTestReader(t, config)
		go func() {
			for {
				m, err := r.ReadMessage(context.Background())
				if err != nil {
					return
				}
				mu.Lock()
				seen[fmt.Sprint(m.Partition, "/", m.Offset)]++
				mu.Unlock()
			}
		}()
		return r
	}
	count := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(seen)
	}
	old := []*Reader{consume(first), consume(first)}
	waitUntil(t, func() bool { return count() == 3*each })
	for i, r := range old { // one after the other, with messages in between
		require.NoError(t, r.Close())
		fill(t, k, topic, i, 10)
		consume(config)
		waitUntil(t, func() bool { return groupMembers(t, k, config.GroupID) == 2 })
	}
	waitUntil(t, func() bool { return count() == 3*each+20 })
	mu.Lock()
	defer mu.Unlock()
	repeated := 0
	for _, n := range seen {
		repeated += n - 1
	}
	require.Less(t, repeated, 3*each, "what was committed is not read again from the beginning")
}

// Partitions that are added are read, by default and soon.
func TestIssue646_AddedPartitionsAreRead(t *testing.T) {
	k := testkafka.Shared(t)
	topic := newTopicWith(t, k, 1)
	fill(t, k, topic, 0, 1)
	r := newTestReader(t, ReaderConfig{Brokers: k.Brokers(), Topic: topic, GroupID: newTopicName(), Logger: testLogger(t)})
	read(t, r, 1)
	client := &Client{Addr: TCP(k.Brokers()...)}
	res, err := client.CreatePartitions(patient(t), &CreatePartitionsRequest{Topics: []TopicPartitionsConfig{{Name: topic, Count: 3}}})
	require.NoError(t, err)
	require.NoError(t, res.Errors[topic])
	fill(t, k, topic, 2, 1)
	begin := time.Now()
	require.Equal(t, 2, read(t, r, 1)[0].Partition)
	require.Less(t, time.Since(begin), 20*time.Second)
}

// A group that waits for its topic reads it when it is there.
func TestIssue800_AGroupReadsATopicThatIsCreatedLater(t *testing.T) {
	k := testkafka.Shared(t)
	topic := newTopicName()
	r := newTestReader(t, ReaderConfig{Brokers: k.Brokers(), Topic: topic, GroupID: topic, WatchPartitionChanges: true, Logger: testLogger(t)})
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, err := r.ReadMessage(ctx)
	require.Equal(t, context.DeadlineExceeded, err)
	admin := dialController(t, k)
	// These brokers may have created it by themselves, when the leader of the group asked.
	require.NoError(t, admin.CreateTopics(TopicConfig{Topic: topic, NumPartitions: 1, ReplicationFactor: 1}))
	t.Cleanup(func() { admin.DeleteTopics(topic) })
	fill(t, k, topic, 0, 3)
	read(t, r, 3)
}

// A compacted topic delivers every key, whatever compaction has left of its batches.
func TestIssue621_ACompactedTopic(t *testing.T) {
	k := testkafka.Shared(t)
	topic := newTopicWith(t, k, 1,
		ConfigEntry{"cleanup.policy", "compact"}, ConfigEntry{"segment.bytes", "1048576"}, ConfigEntry{"segment.ms", "100"},
		ConfigEntry{"min.cleanable.dirty.ratio", "0.01"}, ConfigEntry{"delete.retention.ms", "0"})
	w := newTestWriter(t, k, topic)
	const keys = 50
	write := func(round int) {
		var msgs []Message
		for i := range keys {
			m := Message{Key: fmt.Append(nil, i), Value: fmt.Append(nil, round, strings.Repeat("x", 500))}
			if i%5 == 4 && round == 4 {
				m.Value = nil
			}
			msgs = append(msgs, m)
		}
		require.NoError(t, w.WriteMessages(patient(t), msgs...))
	}
	for round := range 5 {
		write(round)
	}
	c := dialTopic(t, k, topic)
	waitUntil(t, func() bool { // compaction has begun
		require.NoError(t, w.WriteMessages(patient(t), Message{Key: []byte("tick"), Value: []byte("x")}))
		require.NoError(t, pause(patient(t), 100*time.Millisecond))
		c.setPosition(0)
		m, err := c.ReadMessage(1 << 20)
		return err == nil && m.Offset >= keys
	})
	require.NoError(t, w.WriteMessages(patient(t), Message{Key: []byte("end"), Value: []byte("x")}))
	r := newTestReader(t, ReaderConfig{Brokers: k.Brokers(), Topic: topic, MaxBytes: 1000, Logger: testLogger(t)})
	last := make(map[string]string)
	for last["end"] == "" {
		for _, m := range read(t, r, 1) {
			last[string(m.Key)] = string(m.Value)
		}
	}
	for i := range keys {
		if i%5 != 4 {
			require.True(t, strings.HasPrefix(last[fmt.Sprint(i)], "4"), "key %d", i)
		}
	}
}
