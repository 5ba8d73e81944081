//go:build unix

package chaos_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/internal/chaos/worker"
)

// What journals have lines of.
const (
	processed = "processed"
	committed = "committed"
	failed    = "error"
)

const never = math.MaxInt64

func numberOf(m kafka.Message) int64 { return worker.Number(m.Value) }

// verdict is what became of the messages in a group.
type verdict struct {
	processed, twice int
	rebalances       int

	// The promises that were broken, each time.
	missing    []string // messages that nobody has processed
	early      []string // commits of what nobody had processed
	backwards  []string // commits below one that was made before
	unmade     []string // commits that a member was told to be made, and were not
	unexpected []string // messages that are not what was written there

	group, partition stop
	errors           errorTexts
}

// stop is the longest time without a message, while there were some.
type stop struct {
	lasted time.Duration
	where  string
}

func (s *stop) note(from, to int64, where string) {
	d := time.Duration(to-from) * time.Millisecond
	if d > s.lasted {
		*s = stop{d, fmt.Sprintf("%s from %s", where, time.UnixMilli(from).Format("15:04:05.000"))}
	}
}

// reading is how a partition was read by a group.
type reading struct {
	*partitionLog
	first    []int64 // when an offset was processed first, never if not
	order    []int64 // offsets, in the order of that
	reported []groupCommit
}

// judge compares the journals of a crew with what was written, and with what the
// coordinator has noted.
func judge(c *crew, written []*partitionLog, h *groupHistory) (*verdict, error) {
	v := &verdict{rebalances: len(h.generations), errors: make(errorTexts)}
	readings := make([]*reading, len(written))
	for p, log := range written {
		readings[p] = &reading{partitionLog: log, first: slices.Repeat([]int64{never}, len(log.numbers))}
	}
	for _, name := range c.journals {
		if err := worker.Read(name, func(e worker.Event) { v.take(readings, e) }); err != nil {
			return nil, err
		}
	}
	for p, r := range readings {
		r.sort()
		v.commits(p, r, h.commits[p])
		v.stops(p, r)
	}
	v.groupStop(readings)
	return v, nil
}

// take notes a line of a journal.
func (v *verdict) take(readings []*reading, e worker.Event) {
	r := readings[e.Partition]
	switch e.What {
	case failed:
		v.errors.note(e.Text)
	case committed:
		r.reported = append(r.reported, groupCommit{e.Offset, e.Time})
	case processed:
		v.processed++
		if e.Offset >= int64(len(r.numbers)) || r.numbers[e.Offset] != e.Number {
			v.unexpected = append(v.unexpected, fmt.Sprintf("message %d at %d/%d", e.Number, e.Partition, e.Offset))
			return
		}
		if r.first[e.Offset] != never {
			v.twice++
		}
		r.first[e.Offset] = min(r.first[e.Offset], e.Time)
	}
}

// sort finds the order in which messages were processed.
func (r *reading) sort() {
	for offset, ms := range r.first {
		if ms != never {
			r.order = append(r.order, int64(offset))
		}
	}
	slices.SortStableFunc(r.order, func(a, b int64) int { return int(r.first[a] - r.first[b]) })
}

// commits checks the commits of a partition.
func (v *verdict) commits(partition int, r *reading, made []groupCommit) {
	latest := make([]int64, len(r.first)+1) // when all before an offset were processed
	for offset, ms := range r.first {
		if ms == never {
			v.missing = append(v.missing, fmt.Sprintf("message %d at %d/%d", r.numbers[offset], partition, offset))
		}
		latest[offset+1] = max(latest[offset], ms)
	}
	most := make([]int64, len(made)) // committed so far
	for i, c := range made {
		most[i] = c.offset
		if i > 0 {
			most[i] = max(most[i-1], c.offset)
		}
		if c.offset < most[i] {
			v.backwards = append(v.backwards, fmt.Sprintf("%d/%d after %d", partition, c.offset, most[i]))
		}
		if c.offset >= int64(len(latest)) || latest[c.offset] > c.ms {
			v.early = append(v.early, fmt.Sprintf("%d/%d at %s", partition, c.offset, time.UnixMilli(c.ms).Format("15:04:05.000")))
		}
	}
	for _, c := range r.reported {
		n := sort.Search(len(made), func(i int) bool { return made[i].ms > c.ms })
		if n == 0 || most[n-1] < c.offset {
			v.unmade = append(v.unmade, fmt.Sprintf("%d/%d at %s", partition, c.offset, time.UnixMilli(c.ms).Format("15:04:05.000")))
		}
	}
}

// stops finds the longest time in which a partition was not read on, though there
// was something to read.
func (v *verdict) stops(partition int, r *reading) {
	for i := 1; i < len(r.order); i++ {
		before, next := r.order[i-1], r.order[i]
		v.partition.note(max(r.first[before], r.ready[next]), r.first[next], fmt.Sprintf("partition %d at %d,", partition, next))
	}
}

// groupStop finds the longest time in which no partition was read on, though there
// was something to read in one of them.
func (v *verdict) groupStop(readings []*reading) {
	at := make([]int, len(readings)) // what comes next of each partition
	for last := int64(0); ; {
		next, ready := -1, int64(never)
		for p, r := range readings {
			if at[p] == len(r.order) {
				continue
			}
			offset := r.order[at[p]]
			ready = min(ready, r.ready[offset])
			if next < 0 || r.first[offset] < readings[next].first[readings[next].order[at[next]]] {
				next = p
			}
		}
		if next < 0 {
			return
		}
		now := readings[next].first[readings[next].order[at[next]]]
		if last > 0 {
			v.group.note(max(last, ready), now, "all partitions,")
		}
		last = now
		at[next]++
	}
}

// report prints what became of the messages in all groups, and fails the test if
// a promise was broken.
func (r *groupRun) report(written []*partitionLog) {
	total := 0
	for _, log := range written {
		total += len(log.numbers)
	}
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "client\tbalancer\tmessages\tmissing\tcommitted but unprocessed\tcommits backwards\tcommits not made\tprocessed twice\tstop of the group\tstop of a partition\trebalances\terrors seen")
	histories := r.histories()
	for _, c := range r.crews {
		v, err := judge(c, written, histories[c.config.Group])
		require.NoError(r.t, err)
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d ms\t%d ms\t%d\t%d\n", c.client, c.config.Balancer, total,
			len(v.missing), len(v.early), len(v.backwards), len(v.unmade), v.twice,
			v.group.lasted.Milliseconds(), v.partition.lasted.Milliseconds(), v.rebalances, len(v.errors))
		v.show(c)
	}
	require.NoError(r.t, w.Flush())
	r.t.Logf("what five members have made of %d messages, in each group:\n%s", total, table.String())
	for text, n := range r.failures {
		r.t.Logf("%8d × %s", n, text)
	}
}

// show tells what the table has no room for.
func (v *verdict) show(c *crew) {
	c.t.Helper()
	c.t.Logf("%s: the longest stops: %s; %s", c.name(), v.group.where, v.partition.where)
	for _, text := range slices.Sorted(maps.Keys(v.errors)) {
		c.t.Logf("%s: %8d × %s", c.name(), v.errors[text], text)
	}
	for _, wrong := range []struct {
		what string
		list []string
	}{
		{"never processed", v.missing},
		{"committed but not processed", v.early},
		{"commits that go backwards", v.backwards},
		{"commits that were not made", v.unmade},
		{"not what was written", v.unexpected},
	} {
		if n := len(wrong.list); n > 0 {
			c.problem("%s, %d: %s", wrong.what, n, strings.Join(wrong.list[:min(n, 20)], ", "))
		}
	}
	if v.partition.lasted > longestStop {
		c.problem("%s stood still for %v", v.partition.where, v.partition.lasted)
	}
}
