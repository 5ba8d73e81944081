//go:build unix

package chaos_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/internal/chaos/worker"
	"github.com/segmentio/kafka-go/protocol/offsetfetch"
)

const (
	crewSize        = 5
	groupTopic      = "group-chaos"
	groupPartitions = 12
	groupEach       = 100 * time.Millisecond // a message is written to each partition

	groupSession   = 6 * time.Second
	groupHeartbeat = time.Second
	groupRebalance = 10 * time.Second

	// longestStop bounds how long a partition may not be read on though there is
	// something to read. Several members, one after the other, may each take a
	// session timeout to be missed, brokers restart meanwhile, and a member that
	// commits one by one on a busy machine comes to its last partition late.
	longestStop = 2 * time.Minute
)

// groupRun is a run of crews, all on one topic and through the same failures.
type groupRun struct {
	*site
	crews   []*crew
	writer  *kafka.Writer
	stop    chan struct{} // closed when enough was written
	writing sync.WaitGroup
	written [groupPartitions][]acknowledgement

	mu       sync.Mutex
	failures errorTexts // of the producer
	faults   map[string]int
}

// acknowledgement is a message that the producer knows to be written.
type acknowledgement struct{ offset, number, ms int64 }

// TestChaosGroup has groups of five members read through everything that can happen
// to members and brokers: members join, leave, are killed and frozen, all crews
// alike at the same time, while brokers are stopped and killed one after the other.
func TestChaosGroup(t *testing.T) {
	f := chaosForm(t)
	seed := groupSeed(t)
	r := newGroupRun(t, f)
	defer r.end()
	start := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), f.group)
	defer cancel()
	r.begin()
	var tracks sync.WaitGroup
	for i, slots := range [][]int{{0, 1, 2}, {3, 4}} {
		tracks.Go(func() { r.disturbMembers(ctx, rand.New(rand.NewPCG(seed, uint64(i))), slots) })
	}
	r.restartBrokers(ctx, rand.New(rand.NewPCG(seed, 99)))
	tracks.Wait()
	r.awaitWhole(groupTopic, offsetsTopic)
	close(r.stop)
	r.writing.Wait()
	require.NoError(t, r.writer.Close())
	t.Logf("%v with %s (KAFKA_CHAOS_SEED=%d)", time.Since(start).Round(time.Second), r.describeFaults(), seed)
	written := r.readBack()
	r.drain(written)
	r.leave()
	r.report(written)
}

func groupSeed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("KAFKA_CHAOS_SEED")
	if text == "" {
		return rand.Uint64() >> 32
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err)
	return seed
}

func newGroupRun(t *testing.T, f form) *groupRun {
	t.Helper()
	r := &groupRun{site: newSite(t), stop: make(chan struct{}), failures: make(errorTexts), faults: make(map[string]int)}
	r.createTopic(groupTopic, groupPartitions, nodes)
	r.topics[offsetsTopic] = offsetsPartitions
	r.awaitWhole(groupTopic)
	dir := groupDir(t)
	for _, balancer := range []string{"range", "roundrobin", "rack-affinity"} {
		r.add(dir, "kafka-go", os.Args[0], balancer, false)
	}
	if program := buildPeer(t, f, dir); program != "" {
		r.add(dir, "franz-go", program, "range", true)
		r.add(dir, "franz-go", program, "roundrobin", true)
	}
	r.writer = &kafka.Writer{
		Addr: kafka.TCP(r.Brokers()...), Topic: groupTopic, RequiredAcks: kafka.RequireAll, Transport: r.transport(), ErrorLogger: errorLog(t),
		Balancer: kafka.BalancerFunc(func(m kafka.Message, _ ...int) int { return m.WriterData.(int) }),
	}
	return r
}

// groupDir is where members write. It is kept if the test fails.
func groupDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "group-chaos-*")
	require.NoError(t, err)
	t.Cleanup(func() {
		if t.Failed() || os.Getenv("KAFKA_KEEP") != "" {
			t.Logf("journals and logs of the members are in %s", dir)
			return
		}
		require.NoError(t, os.RemoveAll(dir))
	})
	return dir
}

// buildPeer returns the member that is built on franz-go, "" if there is to be none,
// or cannot.
func buildPeer(t *testing.T, f form, dir string) string {
	t.Helper()
	if !f.peer && os.Getenv("KAFKA_CHAOS_PEER") == "" {
		t.Log("not covered: franz-go, which the full form has beside, and KAFKA_CHAOS_PEER=1 any")
		return ""
	}
	program := filepath.Join(dir, "franz")
	cmd := exec.Command("go", "build", "-o", program, ".")
	cmd.Dir = "franz"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Logf("not covered: franz-go, which cannot be built: %v\n%s", err, out)
		return ""
	}
	return program
}

func (r *groupRun) add(dir, client, program, balancer string, informative bool) {
	c := &crew{t: r.t, client: client, program: program, informative: informative, dir: dir, config: worker.Config{
		Brokers: r.Brokers(), Group: client + "-" + balancer, Topic: groupTopic, Balancer: balancer,
		Session: groupSession, Heartbeat: groupHeartbeat, Rebalance: groupRebalance,
	}}
	r.t.Cleanup(c.end)
	r.crews = append(r.crews, c)
}

// end ends the producer, if a failure has kept the test from doing so.
func (r *groupRun) end() {
	select {
	case <-r.stop:
	default:
		close(r.stop)
		r.writing.Wait()
		_ = r.writer.Close() // the test has failed before
	}
}

// begin starts the members, and the producer.
func (r *groupRun) begin() {
	for slot := range crewSize {
		r.all(func(c *crew) { c.start(slot) })
	}
	for partition := range groupPartitions {
		r.writing.Go(func() { r.write(partition) })
	}
	r.await("each crew has read all partitions", func() error {
		for _, c := range r.crews {
			if n := c.seen(); n < groupPartitions {
				return fmt.Errorf("%s has read %d of them", c.name(), n)
			}
		}
		return nil
	})
}

// seen returns how many partitions the members have read from.
func (c *crew) seen() int {
	partitions := make(map[int]bool)
	for _, name := range c.journals {
		_ = worker.Read(name, func(e worker.Event) { // there may be none yet
			if e.What == processed {
				partitions[e.Partition] = true
			}
		})
	}
	return len(partitions)
}

// all does something with all crews at once.
func (r *groupRun) all(do func(*crew)) {
	var wg sync.WaitGroup
	for _, c := range r.crews {
		wg.Go(func() { do(c) })
	}
	wg.Wait()
}

// write writes the messages of a partition, in the order of their numbers.
func (r *groupRun) write(partition int) {
	tick := time.NewTicker(groupEach)
	defer tick.Stop()
	filler := strings.Repeat(" filler", 10)
	for number := int64(0); ; {
		select {
		case <-r.stop:
			return
		case <-tick.C:
		}
		m := kafka.Message{Value: fmt.Append(nil, number, filler), WriterData: partition}
		results, err := r.writer.WriteMessagesAt(context.Background(), m)
		if err != nil {
			r.mu.Lock()
			r.failures.note("producer: " + err.Error())
			r.mu.Unlock()
		} else {
			r.written[partition] = append(r.written[partition], acknowledgement{results[0].Offset, number, time.Now().UnixMilli()})
		}
		number++
	}
}

func (r *groupRun) count(fault string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults[fault]++
}

func (r *groupRun) describeFaults() string {
	var parts []string
	for _, fault := range slices.Sorted(maps.Keys(r.faults)) {
		parts = append(parts, fmt.Sprintf("%s: %d", fault, r.faults[fault]))
	}
	return strings.Join(parts, ", ")
}

// disturbMembers has one member after the other leave, killed or frozen, and come
// back. rng alone says what comes, so that a seed is a schedule.
func (r *groupRun) disturbMembers(ctx context.Context, rng *rand.Rand, slots []int) {
	faults := []struct {
		what     string
		do, undo func(c *crew, slot int)
		least    time.Duration
	}{
		{"members that left", (*crew).leave, (*crew).start, 0},
		{"members killed", (*crew).kill, (*crew).start, 0},
		{"members frozen", (*crew).freeze, (*crew).thaw, groupSession + time.Second},
	}
	for {
		for _, i := range rng.Perm(len(faults)) {
			fault, slot := faults[i], slots[rng.IntN(len(slots))]
			before, lasts := time.Second+upTo(rng, 6*time.Second), fault.least+upTo(rng, 5*time.Second)
			if !pause(ctx, before) {
				return
			}
			r.all(func(c *crew) { fault.do(c, slot) })
			r.count(fault.what)
			pause(ctx, lasts)
			r.all(func(c *crew) { fault.undo(c, slot) })
		}
	}
}

// restartBrokers stops one broker after the other in order, or kills it, and starts
// it again.
func (r *groupRun) restartBrokers(ctx context.Context, rng *rand.Rand) {
	faults := []struct {
		what string
		do   func(int)
	}{{"brokers stopped", r.Stop}, {"brokers killed", r.Kill}}
	for i := 0; ; {
		for _, node := range rng.Perm(nodes) {
			before, lasts := upTo(rng, 5*time.Second), upTo(rng, 3*time.Second)
			r.awaitWhole(groupTopic, offsetsTopic)
			if !pause(ctx, before) {
				return
			}
			fault := faults[i%len(faults)]
			i++
			fault.do(node + 1)
			r.count(fault.what)
			pause(ctx, lasts)
			r.Restart(node + 1)
		}
	}
}

// drain returns when all crews have committed all that was written.
func (r *groupRun) drain(written []*partitionLog) {
	tr := r.transport()
	start := time.Now()
	for _, c := range r.crews {
		err := r.until(func() error { return r.drained(tr, c, written) })
		if err != nil {
			c.problem("%v after the producer has ended: %v", time.Since(start).Round(time.Second), err)
			for _, m := range c.members {
				c.dump(m)
			}
		}
		r.t.Logf("%s has read all %v after the end of the producer", c.name(), time.Since(start).Round(time.Millisecond))
	}
}

// until waits until check is content, for as long as patience lasts.
func (r *groupRun) until(check func() error) error {
	ctx := r.context()
	for {
		err := check()
		if err == nil || !pause(ctx, 100*time.Millisecond) {
			return err
		}
	}
}

func (r *groupRun) drained(tr *kafka.Transport, c *crew, written []*partitionLog) error {
	res, err := tr.RoundTrip(r.context(), kafka.TCP(r.Brokers()...), &offsetfetch.Request{Groups: []offsetfetch.RequestGroup{{GroupID: c.config.Group}}})
	if err != nil {
		return err
	}
	group := res.(*offsetfetch.Response).Groups[0]
	if group.ErrorCode != 0 {
		return kafka.Error(group.ErrorCode)
	}
	behind := make(map[int]int64)
	for partition, log := range written {
		behind[partition] = int64(len(log.numbers))
	}
	for _, topic := range group.Topics {
		for _, p := range topic.Partitions {
			behind[int(p.PartitionIndex)] -= p.CommittedOffset
		}
	}
	maps.DeleteFunc(behind, func(_ int, n int64) bool { return n == 0 })
	if len(behind) > 0 {
		return fmt.Errorf("messages not committed, by partition: %v", behind)
	}
	return nil
}

// leave has all members leave.
func (r *groupRun) leave() {
	r.all(func(c *crew) {
		for slot := range c.members {
			if !c.members[slot].ended() {
				c.leave(slot)
			}
		}
	})
}

// errorTexts counts errors by what they say.
type errorTexts map[string]int

func (e errorTexts) note(text string) { e[withoutNumbers(text)]++ }
