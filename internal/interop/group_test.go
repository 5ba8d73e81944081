package interop_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/segmentio/kafka-go/internal/interop"
	"github.com/segmentio/kafka-go/internal/testkafka"
)

const (
	settleTimeout = 60 * time.Second
	pollEvery     = 50 * time.Millisecond
	loadEvery     = 20 * time.Millisecond // between messages to every partition, while the group changes
	burst         = 20                    // messages to every partition, when it has settled
)

func TestMain(m *testing.M) { os.Exit(testkafka.Main(m)) }

// required skips the test unless it was asked for.
func required(t *testing.T) {
	t.Helper()
	if os.Getenv("KAFKA_INTEROP") == "" {
		t.Skip("it takes minutes and fetches other clients: set KAFKA_INTEROP, or run make interop")
	}
}

// programs builds the members that KAFKA_INTEROP_MEMBERS names, or else those of
// kinds, and says why one of them is not there.
func programs(t *testing.T, kinds ...string) []interop.Program {
	t.Helper()
	if names := os.Getenv("KAFKA_INTEROP_MEMBERS"); names != "" {
		kinds = strings.Split(names, ",")
	}
	var list []interop.Program
	for _, kind := range kinds {
		p, err := interop.Build(t.TempDir(), kind)
		if interop.IsMissing(err) {
			fmt.Printf("not covered: %v\n", err)
			continue
		}
		require.NoError(t, err)
		list = append(list, p)
	}
	return list
}

// TestOneGroupOfAllClients has one member of each library join a group one after
// another and leave it one by one, under each protocol, with each library leading.
func TestOneGroupOfAllClients(t *testing.T) {
	required(t)
	members := programs(t, interop.KafkaGo, interop.Franz, interop.Librdkafka, interop.Java)
	if len(members) < 2 {
		t.Skip("a group of one shows nothing")
	}
	k := testkafka.Start(t, testkafka.Config{})
	results := &results{}
	for p, protocol := range []string{"range", "roundrobin"} {
		for first := range members {
			order := append(slices.Clone(members[first:]), members[:first]...)
			t.Run(fmt.Sprintf("%s led by %s", protocol, order[0].Kind), func(t *testing.T) {
				s := newScenario(t, k, protocol, results)
				s.run(order, (first+p)%2 == 0)
				require.Contains(t, results.rows, protocol+" "+order[0].Kind, "the first member never led")
			})
		}
	}
	fmt.Print(results)
}

// scenario is one group from its first member to its last.
type scenario struct {
	t        *testing.T
	k        *testkafka.Cluster
	o        *observer
	protocol string
	group    string
	topics   map[string]int
	ledger   *ledger
	results  *results
	members  []*interop.Member
}

func newScenario(t *testing.T, k *testkafka.Cluster, protocol string, r *results) *scenario {
	name := fmt.Sprintf("interop-%d", time.Now().UnixNano())
	s := &scenario{
		t: t, k: k, o: observe(t, k.Brokers()), protocol: protocol, group: name, results: r,
		topics: map[string]int{name + "-a": 7, name + "-b": 5},
		ledger: newLedger(t),
	}
	for topic, partitions := range s.topics {
		s.o.create(topic, partitions)
	}
	return s
}

// run has the members come in order, and go: the leader first, or last.
func (s *scenario) run(order []interop.Program, leaderFirst bool) {
	t := s.t
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what the members said:\n%s", s.ledger.story())
		}
	})
	for _, p := range order {
		s.change(func() { s.join(p) })
	}
	for len(s.members) > 1 {
		leaves := len(s.members) - 1
		if leaderFirst {
			leaves = 0
		}
		s.change(func() { s.leave(leaves) })
	}
	s.leave(0)
	s.checkCommits()
}

// join starts a member, with flags that count more than those that all have.
func (s *scenario) join(p interop.Program, flags ...string) {
	m := p.Start(s.t, p.Kind+"-1", s.ledger.on, append([]string{
		"-brokers", strings.Join(s.k.Brokers(), ","), "-group", s.group, "-topics", strings.Join(slices.Collect(maps.Keys(s.topics)), ","),
		"-protocol", s.protocol, "-session", "10s", "-heartbeat", "300ms", "-rebalance", "30s", "-wait", "100ms", "-commit", "0",
	}, flags...)...)
	s.members = append(s.members, m)
}

func (s *scenario) leave(i int) {
	m := s.members[i]
	s.members = slices.Delete(s.members, i, i+1)
	m.Close()
}

// change changes the group while messages come, and checks what it has become.
func (s *scenario) change(do func()) {
	s.t.Helper()
	began := time.Now()
	before, _ := s.ledger.totals()
	again, others := s.ledger.doubles()
	stop := s.load()
	do()
	g, leader := s.settle(began)
	settled := time.Now()
	stop()
	for range burst {
		s.write()
	}
	s.drain()
	after, err := s.o.describe(s.t.Context(), s.group)
	require.NoError(s.t, err)
	require.Equal(s.t, g, after, "the group changed without a reason")

	row := s.results.row(s.protocol, leader)
	written, missing := s.ledger.totals()
	againNow, othersNow := s.ledger.doubles()
	row.states++
	row.members = append(row.members, len(g.members))
	row.partitions = len(g.owners)
	row.messages += written - before
	row.missing += missing
	row.again += againNow - again
	row.others += othersNow - others
	row.strays += s.ledger.strays(settled, s.clientIDs(g))
	row.twice += s.sharedPartitions(g)
	row.slowest = max(row.slowest, settled.Sub(began))
	s.checkRule(g, leader, row)
	require.Zero(s.t, missing, "messages that nobody got")
	require.Equal(s.t, again, againNow, "messages that came again after they were committed")
	require.Zero(s.t, row.twice, "partitions with two owners")
	require.Zero(s.t, row.strays, "messages that came to a member which does not own the partition")
}

// clientIDs returns the owner of each partition by its client id.
func (s *scenario) clientIDs(g group) map[string]string {
	result := map[string]string{}
	for name, ids := range g.owners {
		result[name] = g.members[ids[0]]
	}
	return result
}

func (s *scenario) sharedPartitions(g group) int {
	n := 0
	for _, ids := range g.owners {
		if len(ids) > 1 {
			n++
		}
	}
	return n
}

// checkRule holds the assignment against the protocol's rule. The original has
// rules of its own.
func (s *scenario) checkRule(g group, leader string, row *row) {
	want := rules[s.protocol](slices.Collect(maps.Keys(g.members)), s.topics)
	if !maps.EqualFunc(want, g.owners, slices.Equal) {
		row.unlike++
	}
	if leader != interop.Original {
		require.Equal(s.t, want, g.owners, "the assignment by %s is not what the rule gives", leader)
	}
	require.Len(s.t, g.owners, len(want), "partitions without an owner")
}

// load writes a message to every partition, again and again.
func (s *scenario) load() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		ticks := time.NewTicker(loadEvery)
		defer ticks.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticks.C:
				s.write()
			}
		}
	})
	stop = func() { cancel(); wg.Wait() }
	s.t.Cleanup(stop)
	return stop
}

// write writes a message to every partition.
func (s *scenario) write() {
	var records []*kgo.Record
	for topic, partitions := range s.topics {
		for p := range partitions {
			records = append(records, &kgo.Record{Topic: topic, Partition: int32(p), Key: []byte("key"), Value: []byte("value")})
		}
	}
	if err := s.o.ProduceSync(context.Background(), records...).FirstErr(); err != nil {
		s.t.Errorf("writing: %v", err)
		return
	}
	for _, r := range records {
		s.ledger.wrote(partition(r.Topic, int(r.Partition)), 1)
	}
}

// settle waits until the group is stable, with exactly our members, and these say
// that they own what the coordinator says.
func (s *scenario) settle(since time.Time) (g group, leader string) {
	s.t.Helper()
	until(s.t, "the group settles", func() error {
		var err error
		if g, err = s.o.describe(s.t.Context(), s.group); err != nil {
			return err
		}
		if g.state != "Stable" || g.protocol != s.protocol {
			return fmt.Errorf("it is %s under %q", g.state, g.protocol)
		}
		if err := s.complete(g); err != nil {
			return err
		}
		if leader = s.ledger.lead(since); leader == "" {
			return errors.New("nobody says that it leads")
		}
		return nil
	})
	return g, leader
}

// complete holds the members of the group against ours.
func (s *scenario) complete(g group) error {
	var want []string
	for _, m := range s.members {
		want = append(want, m.ID)
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Values(g.members)); !slices.Equal(want, got) {
		return fmt.Errorf("its members are %v, and not %v", got, want)
	}
	for id, client := range g.members {
		var owns []string
		for name, ids := range g.owners {
			if slices.Contains(ids, id) {
				owns = append(owns, name)
			}
		}
		slices.Sort(owns)
		if says, tells := s.ledger.view(client); tells && !slices.Equal(owns, says) {
			return fmt.Errorf("%s says that it owns %v; the coordinator says %v", client, says, owns)
		}
	}
	return nil
}

// drain waits until all messages were handed over and committed.
func (s *scenario) drain() {
	s.t.Helper()
	s.drainRead()
	until(s.t, "all messages are committed", func() error {
		if what := s.ledger.uncommitted(); what != "" {
			return errors.New(what)
		}
		return nil
	})
}

// drainRead waits until all messages were handed over.
func (s *scenario) drainRead() {
	s.t.Helper()
	until(s.t, "all messages are read", func() error {
		if written, missing := s.ledger.totals(); missing > 0 {
			return fmt.Errorf("%d of %d messages have not come", missing, written)
		}
		return nil
	})
}

// checkCommits asks the coordinator for what is left of the group.
func (s *scenario) checkCommits() {
	offsets, err := s.o.committed(s.t.Context(), s.group)
	require.NoError(s.t, err)
	require.Equal(s.t, s.ledger.written, offsets, "committed offsets, when all have left")
}

// until waits for a condition.
func until(t testing.TB, what string, check func() error) {
	t.Helper()
	deadline := time.Now().Add(settleTimeout)
	ticks := time.NewTicker(pollEvery)
	defer ticks.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waiting until %s: %v", what, err)
		}
		<-ticks.C
	}
}

// results is the table.
type results struct {
	rows map[string]*row
}

// row is what was seen while one kind led under one protocol.
type row struct {
	states, partitions    int
	members               []int
	messages, missing     int64
	twice, unlike, strays int
	again, others         int
	slowest               time.Duration
}

func (r *results) row(protocol, leader string) *row {
	if r.rows == nil {
		r.rows = map[string]*row{}
	}
	key := protocol + " " + leader
	if r.rows[key] == nil {
		r.rows[key] = &row{}
	}
	return r.rows[key]
}

func (r *results) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "protocol\tleader\tstable states\tmembers\tpartitions\tmessages\tmissing\towned twice\tagainst the rule\tread by others\tagain after commit\tagain before\tslowest change")
	for _, key := range slices.Sorted(maps.Keys(r.rows)) {
		v := r.rows[key]
		protocol, leader, _ := strings.Cut(key, " ")
		fmt.Fprintf(w, "%s\t%s\t%d\t%d-%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f s\n", protocol, leader, v.states,
			slices.Min(v.members), slices.Max(v.members), v.partitions, v.messages, v.missing, v.twice, v.unlike, v.strays, v.again, v.others, v.slowest.Seconds())
	}
	if err := w.Flush(); err != nil {
		return err.Error()
	}
	return b.String()
}
