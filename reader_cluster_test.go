package kafka

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/segmentio/kafka-go/sasl/plain"
)

// lines are what a Reader logs.
type lines struct {
	t    testing.TB
	mu   sync.Mutex
	list []string
}

func (l *lines) Printf(format string, args ...any) {
	l.t.Logf(format, args...)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, fmt.Sprintf(format, args...))
}

func (l *lines) count(text string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.list {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

// The only broker restarts: a Reader of its partition, and one in a group, go on by
// themselves, no call fails, and a line or two say so.
func TestIssue847_TheBrokerRestarts(t *testing.T) {
	k := testkafka.Start(t, testkafka.Config{})
	topic := newTopicWith(t, k, 1)
	for i, group := range []string{"", newTopicName()} {
		l := &lines{t: t}
		r := newTestReader(t, ReaderConfig{Brokers: k.Brokers(), Topic: topic, GroupID: group, Logger: l})
		fill(t, k, topic, 0, 3)
		for read(t, r, 1)[0].Offset != int64(6*i+2) {
		}
		k.Kill(1)
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		_, err := r.ReadMessage(ctx)
		require.Equal(t, context.DeadlineExceeded, err)
		cancel()
		k.Restart(1)
		fill(t, k, topic, 0, 3)
		for i, m := range read(t, r, 3) {
			require.Equal(t, fmt.Sprint(i), string(m.Value))
		}
		require.LessOrEqual(t, l.count("reading 1 partitions from broker 1"), 3, "one line for each outage")
		require.NoError(t, r.Close())
	}
}

// Three nodes: whether the leader is killed or frozen, reading goes on at the next.
func TestIssue955_TheLeaderIsGone(t *testing.T) {
	k := testkafka.Start(t, testkafka.Config{Nodes: 3})
	topic := newTopicName()
	require.NoError(t, dialController(t, k).CreateTopics(TopicConfig{Topic: topic, NumPartitions: 1, ReplicationFactor: 3}))
	w := newTestWriter(t, k, topic)
	config := ReaderConfig{Brokers: k.Brokers(), Topic: topic, Logger: testLogger(t)}
	alone := newTestReader(t, config)
	config.GroupID = topic
	member := newTestReader(t, config)
	written := 0
	next := func() {
		require.NoError(t, w.WriteMessages(patient(t), Message{Value: []byte(strconv.Itoa(written))}))
		for _, r := range []*Reader{alone, member} {
			for { // what could not be committed comes again after a session was lost
				m, err := r.ReadMessage(patient(t))
				require.NoError(t, err)
				if string(m.Value) == strconv.Itoa(written) {
					break
				}
				require.Equal(t, member, r)
			}
		}
		written++
	}
	next()
	for _, c := range []struct{ fault, heal func(int) }{{k.Kill, k.Restart}, {k.Freeze, k.Thaw}} {
		node := int(fetcherOf(alone, topic))
		c.fault(node)
		next()
		require.NotEqual(t, node, int(fetcherOf(alone, topic)))
		c.heal(node)
		next()
	}
}

// A Reader with a Rack reads from the replica there (KIP-392), and from the leader when
// that goes.
func TestReaderReadsFromTheReplicaInItsRack(t *testing.T) {
	k := testkafka.Start(t, testkafka.Config{Nodes: 2, Properties: map[string]string{
		"replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector",
	}})
	files, err := filepath.Glob(filepath.Join(k.Dir, "*", "server.properties"))
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if strings.Contains(string(text), "node.id=2\n") {
			require.NoError(t, os.WriteFile(file, append(text, "broker.rack=here\n"...), 0o600))
		}
	}
	k.Stop(2)
	k.Restart(2)
	topic := newTopicName()
	require.NoError(t, dialController(t, k).CreateTopics(TopicConfig{Topic: topic, ReplicaAssignments: []ReplicaAssignment{{0, 1}, {0, 2}}}))
	fill(t, k, topic, 0, 10)
	r := newTestReader(t, ReaderConfig{Brokers: k.Brokers(), Topic: topic, Rack: "here", MaxWait: time.Second, Logger: testLogger(t)})
	read(t, r, 10)
	require.EqualValues(t, 2, fetcherOf(r, topic))
	fill(t, k, topic, 0, 10)
	read(t, r, 10)
	require.EqualValues(t, 2, fetcherOf(r, topic))
	k.Kill(2)
	fill(t, k, topic, 0, 10)
	for i, m := range read(t, r, 10) {
		require.Equal(t, fmt.Sprint(i), string(m.Value))
	}
	require.EqualValues(t, 1, fetcherOf(r, topic))
}

// fetcherOf returns the broker that partition 0 is read from, -1 for none.
func fetcherOf(r *Reader, topic string) int32 {
	in := r.in.Load()
	in.mu.Lock()
	defer in.mu.Unlock()
	if p := in.partitions[partitionKey{topic, 0}]; p != nil && p.fetcher != nil {
		return p.fetcher.broker
	}
	return -1
}

// What may not be read says so at once, and is read when it may be.
func TestReaderWithoutPermission(t *testing.T) {
	k := testkafka.Start(t, testkafka.Config{Authorizer: true, Listeners: []testkafka.Security{testkafka.SASLPlaintext}})
	topic := newTopicWith(t, k, 1)
	fill(t, k, topic, 0, 1)
	dialer := &Dialer{Timeout: 10 * time.Second, SASLMechanism: plain.Mechanism{Username: "alice", Password: "alice-secret"}}
	config := ReaderConfig{Brokers: []string{k.Addr(testkafka.SASLPlaintext, 1)}, Topic: topic, Dialer: dialer, JoinGroupBackoff: time.Second, Logger: testLogger(t)}
	alone := newTestReader(t, config)
	_, err := alone.ReadMessage(patient(t))
	require.ErrorIs(t, err, TopicAuthorizationFailed)
	require.ErrorContains(t, err, topic)

	config.GroupID = "denied"
	member := newTestReader(t, config)
	_, err = member.ReadMessage(patient(t))
	require.ErrorIs(t, err, GroupAuthorizationFailed)

	config.Dialer = &Dialer{Timeout: 10 * time.Second, SASLMechanism: plain.Mechanism{Username: "alice", Password: "wrong"}}
	wrong := newTestReader(t, config)
	_, err = wrong.ReadMessage(patient(t))
	require.ErrorIs(t, err, SASLAuthenticationFailed)

	allow(t, k, ResourceTypeTopic, topic, ACLOperationTypeRead)
	allow(t, k, ResourceTypeGroup, "denied", ACLOperationTypeRead)
	for _, r := range []*Reader{alone, member} {
		var m Message
		waitUntil(t, func() bool {
			m, err = r.ReadMessage(patient(t))
			return err == nil
		})
		require.Equal(t, "0", string(m.Value))
	}
}

// allow lets alice do something.
func allow(t testing.TB, k *testkafka.Cluster, kind ResourceType, name string, what ACLOperationType) {
	t.Helper()
	client := &Client{Addr: TCP(k.Brokers()...)}
	res, err := client.CreateACLs(patient(t), &CreateACLsRequest{ACLs: []ACLEntry{{
		ResourceType: kind, ResourceName: name, ResourcePatternType: PatternTypeLiteral,
		Principal: "User:alice", Host: "*", Operation: what, PermissionType: ACLPermissionTypeAllow,
	}}})
	require.NoError(t, err)
	require.Equal(t, []error{nil}, res.Errors)
}
