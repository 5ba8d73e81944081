// Package kafkatest runs a Kafka broker inside the test's own process, so that a program that uses kafka-go can be tested, or tried out, without Kafka.
//
//	func TestOrders(t *testing.T) {
//		broker := kafkatest.New(t, kafkatest.Topic("orders", 3))
//		conn, err := kafka.DialLeader(t.Context(), "tcp", broker.Addr(), "orders", 0)
//		...
//	}
//
// The broker speaks the real protocol over real TCP sockets and keeps everything in memory: topics, record batches, consumer groups, committed offsets,
// idempotent and transactional producers, SASL users. A program without a testing.TB uses [Start]; the command kafkatest/cmd/kafkatest listens on an address.
//
// # What it does not cover
//
// It is a simulation (franz-go's kfake) and answers the way current Kafka answers when all is well. It is no proof of how a program behaves against Apache Kafka:
//
//   - Replication: a topic's replicas exist in metadata only. There is one copy of a log, all acknowledgements mean the same, in-sync replicas never shrink,
//     and no record is lost or truncated when a leader changes.
//   - The log: nothing is written to disk. Compaction and retention do not run by themselves, segments do not roll, and a restart is an empty cluster.
//   - Old brokers: it speaks the newest versions of each API, and record batches only. Message sets, which brokers before 0.11 store, and the conversions
//     between formats are absent.
//   - Validation: a real broker checks more of what it is sent (configuration values, record contents, sizes, timestamps), and words its refusals differently.
//   - Timing: rebalance delays, elections, quotas and throttling, purgatory and slow disks, broker restarts and network partitions.
//   - Operations: listeners with different security side by side, certificate rotation, delegation tokens, OAuth, Kerberos, log directories, reassignment.
//
// Hold what depends on these against a real cluster.
package kafkatest

import (
	"fmt"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Broker is a running cluster of one or more in-process brokers. All methods are safe for concurrent use.
type Broker struct {
	cluster *kfake.Cluster
	addrs   []string
	close   func()
}

// New starts a broker on a free port of the loopback interface and stops it when the test and all its subtests are done.
// It fails the test at once if the broker cannot start.
func New(t testing.TB, opts ...Option) *Broker {
	t.Helper()
	b, err := Start(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// Start starts a broker outside of a test. The caller must Close it.
// It returns an error if an option is invalid or an address cannot be listened on, and then leaves nothing behind.
func Start(opts ...Option) (*Broker, error) {
	cfg := defaultConfig()
	for _, opt := range opts {
		opt(&cfg)
	}
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("kafkatest: %w", err)
	}
	cluster, err := kfake.NewCluster(cfg.clusterOptions()...)
	if err != nil {
		return nil, fmt.Errorf("kafkatest: cannot start the broker: %w", err)
	}
	return &Broker{
		cluster: cluster,
		addrs:   cluster.ListenAddrs(),
		close:   sync.OnceFunc(cluster.Close),
	}, nil
}

// Addr returns the host:port of the first broker, which is enough to find the others.
func (b *Broker) Addr() string { return b.addrs[0] }

// Addrs returns the host:port of every broker. The slice is the caller's own.
func (b *Broker) Addrs() []string { return append([]string(nil), b.addrs...) }

// CreateTopic adds a topic to the running broker. It returns an error if the topic exists, its name is invalid, or partitions is below 1.
func (b *Broker) CreateTopic(name string, partitions int) error {
	count, err := checkTopic(name, partitions)
	if err != nil {
		return fmt.Errorf("kafkatest: %w", err)
	}
	if err := b.cluster.CreateTopic(name, count, nil); err != nil {
		return fmt.Errorf("kafkatest: cannot create topic %q: %w", name, err)
	}
	return nil
}

// Close stops the broker, drops what it stored and closes its connections. A second Close does nothing. The error is always nil; it is there for [io.Closer].
func (b *Broker) Close() error {
	b.close()
	return nil
}
