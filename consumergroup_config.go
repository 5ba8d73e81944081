package kafka

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Defaults of ConsumerGroupConfig.
const (
	defaultHeartbeatInterval      = 3 * time.Second
	defaultSessionTimeout         = 30 * time.Second
	defaultRebalanceTimeout       = 30 * time.Second
	defaultJoinGroupBackoff       = 5 * time.Second
	defaultPartitionWatchInterval = 5 * time.Second
	defaultGroupTimeout           = 5 * time.Second

	// noRetentionTime leaves it to the brokers how long offsets are kept.
	noRetentionTime = -time.Millisecond
)

// ConsumerGroupConfig configures a ConsumerGroup. It is not changed by
// NewConsumerGroup, which takes a copy; Dialer, GroupBalancers and the loggers are
// shared and may be used at any time.
type ConsumerGroupConfig struct {
	// ID is the consumer group ID. Required.
	ID string

	// Brokers are the addresses of some brokers of the cluster. At least one is
	// required.
	Brokers []string

	// Dialer opens the connections. nil means DefaultDialer. Groups and Readers
	// with the same Dialer and Brokers share connections.
	Dialer *Dialer

	// Topics are the topics that this member consumes. At least one is required.
	// Members of a group may have different topics.
	Topics []string

	// GroupBalancers are the ways to share out partitions that this member can
	// work with, the preferred one first. The coordinator of the group chooses one
	// that all its members have.
	// Default: [Range, RoundRobin]
	GroupBalancers []GroupBalancer

	// GroupInstanceID makes the member a static one (KIP-345) with this name,
	// which must be unique in the group and stay the same when the program starts
	// again. A static member that is back within SessionTimeout gets the partitions
	// that it had and causes no rebalance; it does not leave the group when it is
	// closed. Letters, digits, '.', '_' and '-', at most 249. It takes Kafka 2.3.
	// Default: empty, the member is dynamic.
	GroupInstanceID string

	// HeartbeatInterval is the time between two heartbeats, by which the
	// coordinator knows that the member is alive, and the member learns of
	// rebalances. More than half of SessionTimeout is taken as that half.
	// Default: 3s
	HeartbeatInterval time.Duration

	// PartitionWatchInterval is the time between two looks at the partitions of
	// the topics, with WatchPartitionChanges.
	// Default: 5s
	PartitionWatchInterval time.Duration

	// WatchPartitionChanges has this member look for new partitions by itself,
	// every PartitionWatchInterval, and rebalance the group if there are any.
	// Without it they are found all the same, by the member that has assigned the
	// partitions, as soon as its metadata shows them: within 6 s.
	WatchPartitionChanges bool

	// SessionTimeout is the time without a heartbeat after which the coordinator
	// considers the member dead and gives its partitions to others. Brokers have
	// limits for it.
	// Default: 30s
	SessionTimeout time.Duration

	// RebalanceTimeout is how long the coordinator waits in a rebalance for the
	// members to join again, and so the time that functions of Generation.Start
	// have to return.
	// Default: 30s
	RebalanceTimeout time.Duration

	// JoinGroupBackoff is the pause before the group is joined again after an
	// error that Next returns.
	// Default: 5s
	JoinGroupBackoff time.Duration

	// RetentionTime is how long the brokers keep the offsets that are committed.
	// -1 leaves that to the setting offsets.retention.minutes of the brokers, which
	// is 1 day before Kafka 2.0 and 7 days since. Since Kafka 2.1, offsets with
	// another value expire although the group is in use. It is not used together
	// with GroupInstanceID, which only newer requests carry. Milliseconds count.
	// Default: -1
	RetentionTime time.Duration

	// StartOffset is where to begin in a partition that has no committed offset:
	// FirstOffset or LastOffset.
	// Default: FirstOffset
	StartOffset int64

	// Logger, if not nil, gets a line for each event in the life of the member.
	Logger Logger

	// ErrorLogger gets what goes wrong. nil stands for Logger.
	ErrorLogger Logger

	// Timeout bounds requests that are answered at once. To those that the
	// coordinator holds until other members have joined, RebalanceTimeout is added.
	// Default: 5s
	Timeout time.Duration
}

// Validate checks the configuration and fills in the defaults. The error names
// every field that is wrong.
func (config *ConsumerGroupConfig) Validate() error {
	problems := []error{
		nonEmpty("Brokers", config.Brokers),
		nonEmpty("Topics", config.Topics),
	}
	if config.ID == "" {
		problems = append(problems, errors.New("ID is empty: the group has to have a name"))
	}
	problems = append(problems, validInstanceID(config.GroupInstanceID))
	for i, b := range config.GroupBalancers {
		if b == nil {
			problems = append(problems, fmt.Errorf("GroupBalancers[%d] is nil", i))
		}
	}
	if len(config.GroupBalancers) == 0 {
		config.GroupBalancers = []GroupBalancer{RangeGroupBalancer{}, RoundRobinGroupBalancer{}}
	}
	problems = append(problems,
		duration("HeartbeatInterval", &config.HeartbeatInterval, defaultHeartbeatInterval),
		duration("SessionTimeout", &config.SessionTimeout, defaultSessionTimeout),
		duration("RebalanceTimeout", &config.RebalanceTimeout, defaultRebalanceTimeout),
		duration("JoinGroupBackoff", &config.JoinGroupBackoff, defaultJoinGroupBackoff),
		config.validRetention(),
		duration("PartitionWatchInterval", &config.PartitionWatchInterval, defaultPartitionWatchInterval),
		config.validStart(),
		duration("Timeout", &config.Timeout, defaultGroupTimeout),
	)
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("invalid ConsumerGroupConfig: %w", err)
	}
	return nil
}

func nonEmpty(field string, list []string) error {
	if len(list) == 0 {
		return fmt.Errorf("%s is empty: at least one is needed", field)
	}
	if i := slices.Index(list, ""); i >= 0 {
		return fmt.Errorf("%s[%d] is empty", field, i)
	}
	return nil
}

// duration fills in the default of a field that goes over the wire as 32 bits of
// milliseconds.
func duration(field string, d *time.Duration, def time.Duration) error {
	if *d == 0 {
		*d = def
	}
	if *d < 0 || *d/time.Millisecond >= math.MaxInt32 {
		return fmt.Errorf("%s is %v: it must be between 0 and %v", field, *d, math.MaxInt32*time.Millisecond)
	}
	return nil
}

func (config *ConsumerGroupConfig) validRetention() error {
	switch r := config.RetentionTime; {
	case r == 0, r == -1: // as a number, -1 means what the broker takes it for
		config.RetentionTime = noRetentionTime
	case r < 0 && r != noRetentionTime:
		return fmt.Errorf("RetentionTime is %v: it must be positive, or -1 for what the brokers are set to", r)
	}
	return nil
}

func (config *ConsumerGroupConfig) validStart() error {
	switch config.StartOffset {
	case 0:
		config.StartOffset = FirstOffset
	case FirstOffset, LastOffset:
	default:
		return fmt.Errorf("StartOffset is %d: it must be FirstOffset (%d) or LastOffset (%d)", config.StartOffset, FirstOffset, LastOffset)
	}
	return nil
}

// maxInstanceID is the length that brokers allow.
const maxInstanceID = 249

func validInstanceID(id string) error {
	legal := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r)
	}
	if id == "." || id == ".." || len(id) > maxInstanceID || strings.ContainsFunc(id, func(r rune) bool { return !legal(r) }) {
		return fmt.Errorf("GroupInstanceID is %s: it must be at most %d of letters, digits, '.', '_' and '-', and neither \".\" nor \"..\"",
			strconv.Quote(id), maxInstanceID)
	}
	return nil
}

// heartbeatInterval leaves time for a second heartbeat within the session.
func (config *ConsumerGroupConfig) heartbeatInterval() time.Duration {
	return max(min(config.HeartbeatInterval, config.SessionTimeout/2), time.Millisecond)
}

// topics are the topics, sorted, each once.
func (config *ConsumerGroupConfig) topics() []string {
	return slices.Compact(slices.Sorted(slices.Values(config.Topics)))
}
