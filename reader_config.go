package kafka

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Defaults of ReaderConfig.
const (
	defaultReaderQueueCapacity = 100
	defaultReaderMinBytes      = 1
	defaultReaderMaxBytes      = 1e6
	defaultReaderMaxWait       = 10 * time.Second
	defaultReadBatchTimeout    = 10 * time.Second
	defaultReadLagInterval     = time.Minute
	defaultReadBackoffMin      = 100 * time.Millisecond
	defaultReadBackoffMax      = time.Second
	defaultReaderMaxAttempts   = 3
	defaultReaderBufferBytes   = 32 << 20
	defaultReaderResponseMax   = 2<<20 - 64<<10 // with its headers, a response fills a pooled frame of 2 MiB
	defaultReaderResponseMin   = 256 << 10
	defaultReaderResponseWide  = 7 << 20  // of many partitions: as each answer costs broker and Reader some work for each
	defaultReaderResponsePart  = 16 << 10 // for each partition, up to that
)

// ReaderConfig is how NewReader makes a Reader. It is read once.
type ReaderConfig struct {
	// Brokers are addresses of brokers of the cluster. There has to be one; the
	// others are found by it.
	Brokers []string

	// GroupID is the consumer group to be a member of. Empty means to read one
	// partition, without a group.
	GroupID string

	// GroupTopics are the topics that the group reads, in place of Topic. They
	// need a GroupID; without one, they are ignored.
	GroupTopics []string

	// Topic is the topic to read. With a GroupID and GroupTopics it is ignored.
	Topic string

	// Partition is the one to read without a group. It must be zero with one.
	Partition int

	// Dialer opens the connections. nil means DefaultDialer. Readers and
	// ConsumerGroups that have the same Dialer and the same Brokers share what they
	// know of the cluster, and connections.
	Dialer *Dialer

	// QueueCapacity bounds how many messages are read ahead: as long as so many
	// wait to be taken, nothing more is asked for. What one answer of a broker
	// brings is taken whole. Zero means 100 in Config and Stats, and that
	// BufferBytes alone is the bound.
	QueueCapacity int

	// BufferBytes bounds the memory of what is read ahead, over all partitions: the
	// answers of brokers, compressed as they come, that are on their way or not
	// taken yet. It is shared out evenly among the brokers that are read from, three
	// answers for each, or two for a single partition. Zero means 32 MiB. An answer is
	// never larger than 2 MiB, or 16 KiB for each partition up to 7 MiB, unless
	// MinBytes or a batch is, nor asked to be smaller than 256 KiB.
	BufferBytes int

	// MinBytes is how much a broker waits for before it answers, MaxWait at most.
	// Zero means 1: it answers as soon as there is something.
	MinBytes int

	// MaxBytes bounds the share of one partition in an answer; a batch that is
	// larger comes whole. Zero means 1e6, or MinBytes if that is more.
	MaxBytes int

	// MaxWait is how long a broker waits for MinBytes. Zero means 10 s. What takes
	// longer to come is asked for again, and no message waits for it.
	MaxWait time.Duration

	// ReadBatchTimeout was the time to wait for a message whose beginning has been
	// received. Answers are received as a whole here, and it has no effect. Zero
	// is shown as 10 s.
	ReadBatchTimeout time.Duration

	// ReadLagInterval is how often the end of a partition is asked for while the
	// Reader is full and asks for nothing else; otherwise every answer tells it.
	// Zero means a minute, a negative value never.
	ReadLagInterval time.Duration

	// GroupBalancers are the balancers to offer to the group, the preferred one
	// first. nil means RangeGroupBalancer and RoundRobinGroupBalancer. Only with a
	// GroupID.
	GroupBalancers []GroupBalancer

	// GroupInstanceID makes the Reader a static member of its group (KIP-345): one
	// that comes back with the same id within SessionTimeout gets its partitions
	// back, without a rebalance. Close does not leave the group then. Empty means a
	// dynamic member. Only with a GroupID.
	GroupInstanceID string

	// HeartbeatInterval is how often the coordinator of the group is told that the
	// Reader lives, whatever the program does meanwhile. Zero means 3 s. Only with
	// a GroupID.
	HeartbeatInterval time.Duration

	// CommitInterval is how often commits are sent. Zero means that CommitMessages
	// and ReadMessage wait until the coordinator has acknowledged their commit.
	// Otherwise they return at once, and a crash can lose the commits of an
	// interval. Only with a GroupID.
	CommitInterval time.Duration

	// PartitionWatchInterval is how often this Reader looks for new partitions if
	// WatchPartitionChanges is set. Zero means 5 s. Only with a GroupID.
	PartitionWatchInterval time.Duration

	// WatchPartitionChanges has this Reader look for new partitions. Without it,
	// the leader of the group does so. Only with a GroupID.
	WatchPartitionChanges bool

	// SessionTimeout is how long the coordinator waits for a heartbeat before it
	// takes the Reader for dead. Zero means 30 s. Only with a GroupID.
	SessionTimeout time.Duration

	// RebalanceTimeout is how long the coordinator waits for the members when the
	// group is rebalanced. Zero means 30 s. Only with a GroupID.
	RebalanceTimeout time.Duration

	// JoinGroupBackoff is the pause before the group is joined again after an
	// error. Zero means 5 s. Only with a GroupID.
	JoinGroupBackoff time.Duration

	// RetentionTime is how long brokers before 2.1 keep commits. Zero and -1 leave
	// it to the broker. Only with a GroupID.
	RetentionTime time.Duration

	// StartOffset is where to begin with a partition that the group has no commit
	// of: FirstOffset or LastOffset. Zero means FirstOffset. What LastOffset was
	// found to be is committed, so that a restart does not skip what came
	// meanwhile. Only with a GroupID.
	StartOffset int64

	// ReadBackoffMin and ReadBackoffMax bound the pause after a failure to read
	// from a partition, which grows with each. Zero means 100 ms and 1 s.
	ReadBackoffMin time.Duration
	ReadBackoffMax time.Duration

	// Logger gets a line about each change, ErrorLogger about each failure. A nil
	// ErrorLogger means Logger, both nil that nothing is logged.
	Logger      Logger
	ErrorLogger Logger

	// IsolationLevel says which records of transactions are seen. Zero means
	// ReadUncommitted.
	IsolationLevel IsolationLevel

	// MaxAttempts is how often a failure is kept from the program at first: what
	// fails more often is returned by FetchMessage and ReadMessage, which can be
	// called again. Once something has been read, failures that pass by themselves
	// are kept back for longer, MaxAttempts times MaxWait, and at least 30 s. Zero
	// and negative values mean 3.
	MaxAttempts int

	// OffsetOutOfRangeError has a position outside of its partition returned as an
	// error, OffsetOutOfRange, once, and the partition not read any more. Otherwise
	// reading goes on: from the first offset if the position is before it, or when
	// the partition has grown.
	OffsetOutOfRangeError bool

	// Rack is where the program runs: partitions are read from a replica there if
	// brokers know of one (KIP-392). Empty means from their leaders.
	Rack string

	// OnPartitionsAssigned, OnPartitionsRevoked and OnPartitionsLost tell of the
	// rebalances of the group, topic => partitions, one call at a time. No message
	// of a partition comes before OnPartitionsAssigned has returned for it, and
	// none after it was revoked or lost. A function that takes long holds up the
	// whole group. They may call CommitMessages; what OnPartitionsRevoked commits
	// counts, while lost partitions have gone to others already. They must not call
	// Close. The map belongs to the function. nil means not to be told.
	//
	// A partition that the Reader keeps through a rebalance is read on from where
	// it was; with OnPartitionsRevoked it is revoked, and read again from its
	// commit. Only with a GroupID.
	OnPartitionsAssigned func(partitions map[string][]int)
	OnPartitionsRevoked  func(partitions map[string][]int)
	OnPartitionsLost     func(partitions map[string][]int)
}

// Validate returns what is wrong with the configuration, all of it at once; nil if
// NewReader can work with it. It fills in no defaults.
func (config *ReaderConfig) Validate() error {
	var problems []error
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if len(config.Brokers) == 0 {
		wrong("Brokers is empty: at least one broker is needed")
	}
	switch {
	case config.GroupID == "" && config.Topic == "":
		wrong("Topic is empty: it is needed without a GroupID")
	case config.GroupID != "" && config.Topic == "" && len(config.GroupTopics) == 0:
		wrong("Topic and GroupTopics are empty: one of them is needed")
	}
	if config.Partition < 0 || config.Partition >= math.MaxInt32 {
		wrong("Partition is %d, outside of [0, %d)", config.Partition, math.MaxInt32)
	}
	if config.GroupID != "" && config.Partition != 0 {
		wrong("Partition is %d and GroupID %q: a group assigns the partitions", config.Partition, config.GroupID)
	}
	for _, size := range []struct {
		field string
		value int
	}{{"MinBytes", config.MinBytes}, {"MaxBytes", config.MaxBytes}, {"BufferBytes", config.BufferBytes}, {"QueueCapacity", config.QueueCapacity}} {
		if size.value < 0 || size.value > math.MaxInt32 {
			wrong("%s is %d, outside of [0, %d]", size.field, size.value, math.MaxInt32)
		}
	}
	if config.MaxBytes > 0 && config.MinBytes > config.MaxBytes {
		wrong("MinBytes is %d, more than MaxBytes, which is %d", config.MinBytes, config.MaxBytes)
	}
	low, high := config.ReadBackoffMin, config.ReadBackoffMax
	if low < 0 || high < 0 {
		wrong("ReadBackoffMin is %v and ReadBackoffMax %v: neither can be negative", low, high)
	} else if low, high = orDefault(low, defaultReadBackoffMin), orDefault(high, defaultReadBackoffMax); low > high {
		wrong("ReadBackoffMin is %v, more than ReadBackoffMax, which is %v", low, high)
	}
	if config.CommitInterval < 0 {
		wrong("CommitInterval is %v: it cannot be negative", config.CommitInterval)
	}
	if config.MaxWait < 0 {
		wrong("MaxWait is %v: it cannot be negative", config.MaxWait)
	}
	if config.IsolationLevel != ReadUncommitted && config.IsolationLevel != ReadCommitted {
		wrong("IsolationLevel is %d: there are ReadUncommitted and ReadCommitted", config.IsolationLevel)
	}
	if config.GroupID != "" {
		problems = append(problems, config.validGroup())
	}
	return errors.Join(problems...)
}

// validGroup returns what is wrong with the fields that are for the group alone.
func (config *ReaderConfig) validGroup() error {
	group := config.group()
	if len(group.Brokers) == 0 { // a problem that was found already, as is the next
		group.Brokers = []string{"-"}
	}
	if len(config.GroupTopics) == 0 {
		group.Topics = []string{"-"}
	}
	return group.Validate()
}

// group is the configuration of the Reader's ConsumerGroup.
func (config *ReaderConfig) group() ConsumerGroupConfig {
	return ConsumerGroupConfig{
		ID:                     config.GroupID,
		Brokers:                config.Brokers,
		Dialer:                 config.Dialer,
		Topics:                 config.topics(),
		GroupBalancers:         config.GroupBalancers,
		GroupInstanceID:        config.GroupInstanceID,
		HeartbeatInterval:      config.HeartbeatInterval,
		PartitionWatchInterval: config.PartitionWatchInterval,
		WatchPartitionChanges:  config.WatchPartitionChanges,
		SessionTimeout:         config.SessionTimeout,
		RebalanceTimeout:       config.RebalanceTimeout,
		JoinGroupBackoff:       config.JoinGroupBackoff,
		RetentionTime:          config.RetentionTime,
		StartOffset:            config.StartOffset,
		Logger:                 config.Logger,
		ErrorLogger:            config.ErrorLogger,
	}
}

// withDefaults returns the configuration as Config shows it.
func (config ReaderConfig) withDefaults() ReaderConfig {
	config.QueueCapacity = orDefault(config.QueueCapacity, defaultReaderQueueCapacity)
	config.MinBytes = orDefault(config.MinBytes, defaultReaderMinBytes)
	config.MaxBytes = orDefault(config.MaxBytes, max(defaultReaderMaxBytes, config.MinBytes))
	config.BufferBytes = orDefault(config.BufferBytes, defaultReaderBufferBytes)
	config.MaxWait = orDefault(config.MaxWait, defaultReaderMaxWait)
	config.ReadBatchTimeout = orDefault(config.ReadBatchTimeout, defaultReadBatchTimeout)
	if config.ReadLagInterval == 0 {
		config.ReadLagInterval = defaultReadLagInterval
	}
	config.ReadBackoffMin = orDefault(config.ReadBackoffMin, defaultReadBackoffMin)
	config.ReadBackoffMax = orDefault(config.ReadBackoffMax, defaultReadBackoffMax)
	config.MaxAttempts = orDefault(config.MaxAttempts, defaultReaderMaxAttempts)
	if config.Dialer == nil {
		config.Dialer = DefaultDialer
	}
	if config.GroupID != "" && len(config.GroupBalancers) == 0 {
		config.GroupBalancers = []GroupBalancer{RangeGroupBalancer{}, RoundRobinGroupBalancer{}}
	}
	return config
}

// topics are those that a group reads.
func (config *ReaderConfig) topics() []string {
	if len(config.GroupTopics) > 0 {
		return append([]string(nil), config.GroupTopics...)
	}
	return []string{config.Topic}
}

// readOptions are the settings of reading, with their defaults.
type readOptions struct {
	minBytes, maxBytes int32
	maxWait            time.Duration
	bufferBytes        int
	queueLimit         int // messages; 0 for no limit
	lagInterval        time.Duration
	backoffMin         time.Duration
	backoffMax         time.Duration
	maxAttempts        int
	patience           time.Duration // with failures that pass by themselves, once reading has worked
	isolation          IsolationLevel
	rack               string
	outOfRangeError    bool
	loggers
}

// minPatience is how long what has worked may fail until the program is told.
const minPatience = 30 * time.Second

// options are for a configuration that had the given QueueCapacity before it got
// its defaults.
func (config *ReaderConfig) options(queueCapacity int) *readOptions {
	o := &readOptions{
		minBytes:        int32(config.MinBytes),
		maxBytes:        int32(config.MaxBytes),
		maxWait:         config.MaxWait,
		bufferBytes:     config.BufferBytes,
		queueLimit:      queueCapacity,
		lagInterval:     config.ReadLagInterval,
		backoffMin:      config.ReadBackoffMin,
		backoffMax:      config.ReadBackoffMax,
		maxAttempts:     config.MaxAttempts,
		patience:        max(minPatience, time.Duration(config.MaxAttempts)*config.MaxWait),
		isolation:       config.IsolationLevel,
		rack:            config.Rack,
		outOfRangeError: config.OffsetOutOfRangeError,
		loggers:         newLoggers(config.Logger, config.ErrorLogger),
	}
	return o
}

// answersAboard is how many answers of a broker are on their way, or not read to the end,
// at most: one that is read, one that comes, and for more than one partition one that
// waits. Without that, fetcher and program wait for one another by turns, which takes a
// tenth more CPU time; programs with a Reader for each partition have others to go on.
func answersAboard(partitions int) int {
	if partitions == 1 {
		return 2
	}
	return 3
}

// responseBytes bounds an answer of one of some brokers, which has a number of partitions.
func (o *readOptions) responseBytes(brokers, partitions int) int32 {
	share := o.bufferBytes / (answersAboard(partitions) * max(brokers, 1))
	most := max(defaultReaderResponseMax, min(partitions*defaultReaderResponsePart, defaultReaderResponseWide))
	return max(int32(min(max(share, defaultReaderResponseMin), most)), o.minBytes)
}

// backoff is the pause after so many failures in a row.
func (o *readOptions) backoff(failures int) time.Duration {
	n := time.Duration(min(failures, 1000))
	return min(o.backoffMin*n*n, o.backoffMax)
}
