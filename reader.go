package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go/protocol/listoffsets"
)

// Reader reads the messages of a partition, or, as the member of a consumer group,
// of those partitions of its topics that the group assigns to it. NewReader makes
// Readers; they have to be closed.
//
// Messages of a partition come in the order of their offsets; partitions take
// turns. Reading goes on by itself when brokers restart, leaders move, topics are
// created or get partitions, and when messages that were next are deleted. What
// does not pass is returned as an error, and reading still goes on: the call can be
// repeated.
//
// In a group, what was processed has to be committed, by CommitMessages, or by
// ReadMessage, which commits what it returns. After a crash, or a rebalance that
// takes the partition away, messages that were not committed are read again, by
// whoever has the partition then.
//
// There is one fetch under way for each broker that is read from, for all of its
// partitions. What it brings waits in the Reader, bounded by
// ReaderConfig.BufferBytes, and is decoded by the call that returns it.
//
// All methods are safe for concurrent use; each message goes to one of the callers.
type Reader struct {
	config  ReaderConfig // with its defaults
	opt     *readOptions
	cluster *cluster
	release func()
	group   *readerGroup  // nil without a group
	done    chan struct{} // closed by Close

	in     atomic.Pointer[intake] // nil before the first read
	mu     sync.Mutex
	offset int64 // where in is to begin
	closed bool
	ended  chan struct{} // closed at the end of Close
}

var (
	errNeedsGroup    = errors.New("unavailable when GroupID is not set")
	errNotInGroup    = errors.New("unavailable when GroupID is set")
	errReaderOffset  = errors.New("the offset is negative, and neither FirstOffset nor LastOffset")
	errReaderNoLimit = errors.New("max has to be positive")
)

// NewReader makes a Reader. It panics if the configuration is not valid, see
// ReaderConfig.Validate. With a GroupID it begins to join the group at once;
// without one, nothing is sent before the first read.
func NewReader(config ReaderConfig) *Reader {
	if err := config.Validate(); err != nil {
		panic(err)
	}
	capacity := config.QueueCapacity
	config = config.withDefaults()
	r := &Reader{
		config: config,
		opt:    config.options(capacity),
		offset: FirstOffset,
		done:   make(chan struct{}),
		ended:  make(chan struct{}),
	}
	var err error
	if r.cluster, r.release, err = retainShared(config.Brokers, config.Dialer); err != nil {
		panic(err)
	}
	if config.GroupID != "" {
		if err := r.join(); err != nil {
			r.release()
			panic(err)
		}
	}
	return r
}

// Config returns the configuration, with defaults in place of what was not set.
func (r *Reader) Config() ReaderConfig { return r.config }

// reading returns the intake, which it starts if need be. It is nil if the Reader was
// closed before.
func (r *Reader) reading() *intake {
	if in := r.in.Load(); in != nil {
		return in
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	in := r.in.Load()
	if in == nil && !r.closed {
		in = newIntake(r.cluster, r.opt)
		in.assign(map[partitionKey]intakeStart{r.partition(): {offset: r.offset}})
		r.in.Store(in)
	}
	return in
}

// partition is what is read without a group.
func (r *Reader) partition() partitionKey {
	return partitionKey{r.config.Topic, int32(r.config.Partition)}
}

// FetchMessage returns the next message, which belongs to the caller for good. It
// waits for one until ctx ends. In a group, CommitMessages has to be called once
// the message is processed.
//
// The error is
//   - that of ctx, as it is;
//   - io.EOF, as it is, when the Reader is closed;
//   - a *ReadError when reading from a partition has failed for a while, see
//     ReaderConfig.MaxAttempts, or cannot be hoped to succeed;
//   - a *CorruptBatchError for messages that cannot be read;
//   - in a group, why it could not be joined.
//
// After the last three, reading goes on, and the next call waits for its success.
func (r *Reader) FetchMessage(ctx context.Context) (m Message, err error) {
	err = r.take(ctx, func(in *intake) (bool, error) { return in.takeLocked(&m) })
	return m, err
}

// take calls f, with the intake locked, until it has something or fails.
func (r *Reader) take(ctx context.Context, f func(*intake) (bool, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	in := r.reading()
	if in == nil {
		return io.EOF
	}
	for {
		in.mu.Lock()
		if in.closed {
			in.mu.Unlock()
			return io.EOF
		}
		ok, err := f(in)
		if ok || err != nil {
			in.mu.Unlock()
			return err
		}
		news := in.newsLocked()
		in.mu.Unlock()
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		case <-r.done:
			return io.EOF
		}
	}
}

// FetchBatch returns the messages that are there, in the order in which FetchMessage
// would return them, at most max; it waits until there is one. The slice and the
// messages belong to the caller. The rules are those of FetchMessage: in a group,
// CommitMessages with all of them, or with the last one of each partition, commits
// the batch.
func (r *Reader) FetchBatch(ctx context.Context, max int) ([]Message, error) {
	if max <= 0 {
		return nil, fmt.Errorf("kafka.(*Reader).FetchBatch: %w, not %d", errReaderNoLimit, max)
	}
	var batch []Message
	err := r.take(ctx, func(in *intake) (bool, error) {
		batch = slices.Grow(batch, min(max, int(in.queue.records.Load()), fetchBatchRoom))
		for len(batch) < max {
			batch = append(batch, Message{})
			ok, err := in.takeLocked(&batch[len(batch)-1])
			if ok {
				continue
			}
			batch = batch[:len(batch)-1]
			if err != nil && len(batch) > 0 {
				in.queue.keepFor(err)
				err = nil
			}
			return len(batch) > 0, err
		}
		return true, nil
	})
	return batch, err
}

// fetchBatchRoom is how many messages FetchBatch makes room for at first.
const fetchBatchRoom = 1024

// ReadMessage returns the next message, and commits it if the Reader is the member
// of a group. The errors are those of FetchMessage.
//
// A message that was taken is always returned. With a CommitInterval of zero, the
// call waits for the commit as long as ctx lets it, and the commit goes on when it
// does not. If it fails, the next call of ReadMessage returns the error before it
// takes a message, and the offset is part of the next commit.
func (r *Reader) ReadMessage(ctx context.Context) (Message, error) {
	if r.group == nil {
		return r.FetchMessage(ctx)
	}
	if err := r.group.commits.takeFailure(); err != nil {
		return Message{}, err
	}
	m, err := r.FetchMessage(ctx)
	if err != nil {
		return Message{}, err
	}
	r.group.commits.auto(ctx, m)
	return m, nil
}

// CommitMessages commits that the messages, and all before them in their partitions,
// are processed: reading will go on after them. Of several messages of a partition
// the last one counts, and a commit never moves backwards. Only Topic, Partition and
// Offset of a message matter.
//
// With a CommitInterval of zero, it waits for the coordinator's answer, or for the
// end of ctx, after which the commit may still be made; calls that wait at the same
// time share a request. Otherwise it returns at once.
//
// Messages of partitions that the Reader has lost meanwhile are not committed: the
// error is a *CommitError for each, which errors.Is finds ErrGenerationEnded in. The
// others are committed all the same. After Close, the error is io.ErrClosedPipe.
func (r *Reader) CommitMessages(ctx context.Context, msgs ...Message) error {
	if r.group == nil {
		return errNeedsGroup
	}
	return r.group.commits.commit(ctx, msgs)
}

// Offset returns the offset of the message that is read next, which may be
// FirstOffset or LastOffset before anything was read; -1 in a group.
func (r *Reader) Offset() int64 {
	if r.group != nil {
		return -1
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if in := r.in.Load(); in != nil {
		return in.nextOf(r.partition(), r.offset)
	}
	return r.offset
}

// nextOf returns the offset of the next message of a partition.
func (in *intake) nextOf(key partitionKey, unknown int64) int64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	if p := in.partitions[key]; p != nil {
		return p.next
	}
	return unknown
}

// SetOffset has reading go on from an offset, or from FirstOffset or LastOffset.
// What was read ahead is dropped. Whether there is such an offset is found out when
// it is read: see ReaderConfig.OffsetOutOfRangeError. The error is io.ErrClosedPipe
// when the Reader is closed; with a group there is always one.
func (r *Reader) SetOffset(offset int64) error {
	if r.group != nil {
		return errNotInGroup
	}
	if offset < 0 && offset != FirstOffset && offset != LastOffset {
		return fmt.Errorf("kafka.(*Reader).SetOffset: %w: %d", errReaderOffset, offset)
	}
	r.opt.logf("reading partition %d of topic %q from offset %s on", r.config.Partition, r.config.Topic, offsetName(offset))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return io.ErrClosedPipe
	}
	r.offset = offset
	if in := r.in.Load(); in != nil {
		in.seek(r.partition(), offset)
	}
	return nil
}

// offsetName is how log lines call an offset.
func offsetName(offset int64) string {
	switch offset {
	case FirstOffset:
		return "first"
	case LastOffset:
		return "last"
	}
	return strconv.FormatInt(offset, 10)
}

// SetOffsetAt has reading go on from the first message that is not older than t, or
// from the end if there is none.
func (r *Reader) SetOffsetAt(ctx context.Context, t time.Time) error {
	if r.group != nil {
		return errNotInGroup
	}
	select {
	case <-r.done:
		return io.ErrClosedPipe
	default:
	}
	offset, err := r.offsetAt(ctx, max(0, t.UnixMilli())) // negative ones have a meaning of their own
	if err != nil {
		return fmt.Errorf("kafka.(*Reader).SetOffsetAt: %w", err)
	}
	return r.SetOffset(offset) // LastOffset for none
}

// offsetAt asks for the offset at a time, in milliseconds, or at one of the constants
// of ListOffsets.
func (r *Reader) offsetAt(ctx context.Context, timestamp int64) (int64, error) {
	key := r.partition()
	answer, err := r.cluster.roundTrip(ctx, &listoffsets.Request{
		ReplicaID: -1, IsolationLevel: int8(r.config.IsolationLevel),
		Topics: []listoffsets.RequestTopic{{Topic: key.topic, Partitions: []listoffsets.RequestPartition{
			{Partition: key.id, CurrentLeaderEpoch: -1, Timestamp: timestamp},
		}}},
	})
	if err != nil {
		return 0, err
	}
	res := answer.(*listoffsets.Response)
	if len(res.Topics) == 0 || len(res.Topics[0].Partitions) == 0 {
		return 0, fmt.Errorf("partition %d of topic %q: the broker did not answer about it", key.id, key.topic)
	}
	part := &res.Topics[0].Partitions[0]
	if part.Err != nil {
		return 0, part.Err
	}
	return part.Offset, errorOf(part.ErrorCode)
}

// Lag returns how many offsets there are from the next message to the end of the
// partition, as far as brokers have told; -1 in a group, see Lags.
func (r *Reader) Lag() int64 {
	if r.group != nil {
		return -1
	}
	lags := r.Lags()
	if len(lags) == 0 {
		return 0
	}
	return lags[0].Messages
}

// ReadLag asks a broker for the end of the partition, and returns how many offsets
// there are from the next message to it: from the first one at FirstOffset, and none
// at LastOffset. In a group it fails, see Lags.
func (r *Reader) ReadLag(ctx context.Context) (lag int64, err error) {
	if r.group != nil {
		return 0, errNotInGroup
	}
	offset := r.Offset()
	if offset == LastOffset {
		return 0, nil
	}
	last, err := r.offsetAt(ctx, listoffsets.Latest)
	if err == nil && offset == FirstOffset {
		offset, err = r.offsetAt(ctx, listoffsets.Earliest)
	}
	if err != nil {
		return 0, fmt.Errorf("kafka.(*Reader).ReadLag: %w", err)
	}
	return max(0, last-offset), nil
}

// PartitionLag is how far a Reader is behind the end of a partition.
type PartitionLag struct {
	Topic     string
	Partition int

	// Offset is that of the next message, FirstOffset or LastOffset while it is not
	// known.
	Offset int64

	// End is where messages that can be read end, as the last answer of a broker
	// told it: the high water mark, or with ReadCommitted the last stable offset. -1
	// before the first answer.
	End int64

	// Messages is how many offsets there are from Offset to End; never negative, 0
	// while one of them is not known. Offsets that hold no message count too.
	Messages int64

	// Time is how old the message before Offset is, by its timestamp, if there are
	// messages after it: the program is as far behind, or less. 0 if there are
	// none, or nothing was read yet.
	Time time.Duration
}

// Lags returns the lag of each partition that the Reader reads, sorted by topic and
// partition. It asks no broker: every answer to a fetch tells where partitions end.
// It is nil before reading has begun, and after Close.
func (r *Reader) Lags() []PartitionLag {
	in := r.in.Load()
	if in == nil {
		return nil
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return nil
	}
	now := time.Now()
	lags := make([]PartitionLag, 0, len(in.partitions))
	for _, p := range in.partitions {
		lag := PartitionLag{Topic: p.topic, Partition: int(p.id), Offset: p.next, End: p.end(), Messages: p.lag()}
		if lag.Messages > 0 && p.lastTime > 0 {
			lag.Time = max(0, now.Sub(time.UnixMilli(p.lastTime)))
		}
		lags = append(lags, lag)
	}
	slices.SortFunc(lags, func(a, b PartitionLag) int {
		return comparePartitionKeys(partitionKey{a.Topic, int32(a.Partition)}, partitionKey{b.Topic, int32(b.Partition)})
	})
	return lags
}

// Stats returns what happened since the previous call, or since the Reader was
// made, and the settings in force.
func (r *Reader) Stats() ReaderStats {
	stats := ReaderStats{
		Offset:        r.Offset(),
		MinBytes:      int64(r.config.MinBytes),
		MaxBytes:      int64(r.config.MaxBytes),
		MaxWait:       r.config.MaxWait,
		QueueCapacity: int64(r.config.QueueCapacity),
		ClientID:      r.config.Dialer.ClientID,
		Topic:         r.config.Topic,
		Partition:     strconv.Itoa(r.config.Partition),
	}
	if r.group != nil {
		stats.Partition = "-1"
	}
	if in := r.in.Load(); in != nil {
		in.snapshot(&stats)
	}
	stats.DeprecatedFetchesWithTypo = stats.Fetches
	return stats
}

// Close ends the Reader. Calls of FetchMessage and ReadMessage that wait return
// io.EOF, and so do all later ones. In a group, commits that were accepted are made,
// and the group is left, unless the Reader is a static member. It waits for that,
// some seconds at most if brokers do not answer. It returns nil, and may be called
// more than once.
func (r *Reader) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		<-r.ended
		return nil
	}
	r.closed = true
	in := r.in.Load()
	r.mu.Unlock()
	close(r.done)
	if in != nil {
		in.refuse()
	}
	if r.group != nil {
		r.group.close()
	}
	if in != nil {
		in.close()
	}
	r.release()
	close(r.ended)
	return nil
}
