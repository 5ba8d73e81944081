package interop_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/internal/interop"
)

// reading is one time that a message was handed over.
type reading struct {
	at time.Time
	by string // client id
}

// commit is an offset that a member says the broker has stored.
type commit struct {
	at     time.Time
	offset int64
	by     string // client id
}

// clock is how times are shown.
const clock = "05.000"

// ledger keeps what the members say.
type ledger struct {
	t testing.TB

	mu       sync.Mutex
	written  map[string]int64               // by topic:partition: messages
	read     map[string]map[int64][]reading // by topic:partition and offset
	commits  map[string][]commit            // by topic:partition
	views    map[string]map[string]bool     // what a member says that it owns, by client id; nil: it does not tell
	leader   string                         // kind
	leaderAt time.Time
	changes  []string // lines that are about the group
}

func newLedger(t testing.TB) *ledger {
	return &ledger{
		t:       t,
		written: map[string]int64{}, read: map[string]map[int64][]reading{},
		commits: map[string][]commit{}, views: map[string]map[string]bool{},
	}
}

// on takes a line of a member.
func (l *ledger) on(e interop.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := e.Member.ID
	if e.Name != "got" && e.Name != "committed" {
		l.changes = append(l.changes, fmt.Sprintf("%s %s: %s %s", e.Time.Format(clock), id, e.Name, e.Text))
	}
	switch e.Name {
	case "got":
		name, offset := l.position(e)
		if l.read[name] == nil {
			l.read[name] = map[int64][]reading{}
		}
		l.read[name][offset] = append(l.read[name][offset], reading{e.Time, id})
	case "committed":
		name, offset := l.position(e)
		l.commits[name] = append(l.commits[name], commit{e.Time, offset, id})
	case "assigned":
		if l.views[id] == nil {
			l.views[id] = map[string]bool{}
		}
		for _, p := range e.Partitions() {
			l.views[id][p] = true
		}
	case "revoked", "lost":
		for _, p := range e.Partitions() {
			delete(l.views[id], p)
		}
	case "leader":
		if !e.Time.Before(l.leaderAt) {
			l.leader, l.leaderAt = e.Member.Kind, e.Time
		}
	case "closed":
		delete(l.views, id)
	}
}

// position reads the partition and the offset of a got or committed line.
func (l *ledger) position(e interop.Event) (string, int64) {
	f := e.Fields()
	if len(f) < 3 {
		l.t.Errorf("%s: %q has no topic, partition and offset", e.Member.ID, e.Text)
		return "", 0
	}
	offset, err := strconv.ParseInt(f[2], 10, 64)
	if err != nil {
		l.t.Errorf("%s: %q: %v", e.Member.ID, e.Text, err)
	}
	return f[0] + ":" + f[1], offset
}

// wrote counts messages that were written to a partition.
func (l *ledger) wrote(name string, n int64) {
	l.mu.Lock()
	l.written[name] += n
	l.mu.Unlock()
}

// totals returns how many messages were written, and how many of them nobody got.
func (l *ledger) totals() (written, missing int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, n := range l.written {
		written += n
		missing += n - int64(len(l.read[name]))
	}
	return written, missing
}

// story tells of the messages that nobody got, and of those around them.
func (l *ledger) story() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(l.written)) {
		for offset := range l.written[name] {
			if len(l.read[name][offset]) > 0 {
				continue
			}
			fmt.Fprintf(&b, "%s offset %d did not come; before it:%s; after it:%s; first commit past it:", name, offset,
				readers(l.read[name][offset-1]), readers(l.read[name][offset+1]))
			if i := slices.IndexFunc(l.commits[name], func(c commit) bool { return c.offset > offset }); i >= 0 {
				c := l.commits[name][i]
				fmt.Fprintf(&b, " %d by %s at %s", c.offset, c.by, c.at.Format(clock))
			}
			b.WriteByte('\n')
		}
	}
	for _, line := range l.changes {
		fmt.Fprintln(&b, line)
	}
	return b.String()
}

func readers(list []reading) string {
	var b strings.Builder
	for _, r := range list {
		fmt.Fprintf(&b, " %s at %s", r.by, r.at.Format(clock))
	}
	return b.String()
}

// uncommitted returns a partition that is not committed up to its end, "" if there
// is none.
func (l *ledger) uncommitted() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(l.written)) {
		last := int64(0)
		for _, c := range l.commits[name] {
			last = max(last, c.offset)
		}
		if last < l.written[name] {
			return fmt.Sprintf("%s is committed up to %d of %d", name, last, l.written[name])
		}
	}
	return ""
}

// doubles counts the messages that came again: after a member had said that they
// are committed, and before that.
func (l *ledger) doubles() (afterCommit, others int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, offsets := range l.read {
		for offset, readings := range offsets {
			for _, again := range readings[1:] {
				if l.committedBefore(name, offset, again.at) {
					afterCommit++
				} else {
					others++
				}
			}
		}
	}
	return afterCommit, others
}

// committedBefore reports whether a commit that covers the message was there when
// it came again. The members' clock has milliseconds: one more, to be sure.
func (l *ledger) committedBefore(name string, offset int64, at time.Time) bool {
	return slices.ContainsFunc(l.commits[name], func(c commit) bool {
		return c.offset > offset && c.at.Add(time.Millisecond).Before(at)
	})
}

// strays counts messages handed over since then by somebody who does not own the
// partition. owner has client ids by topic:partition.
func (l *ledger) strays(since time.Time, owner map[string]string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for name, offsets := range l.read {
		for _, readings := range offsets {
			for _, r := range readings {
				if r.at.After(since) && r.by != owner[name] {
					n++
				}
			}
		}
	}
	return n
}

// view returns what a member says that it owns. Not all tell.
func (l *ledger) view(id string) (partitions []string, tells bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v, tells := l.views[id]
	return slices.Sorted(maps.Keys(v)), tells
}

// said returns an error until a member has written a line of that name.
func (l *ledger) said(name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.ContainsFunc(l.changes, func(line string) bool { return strings.Contains(line, ": "+name+" ") }) {
		return fmt.Errorf("nobody has said %s", name)
	}
	return nil
}

// lead returns the kind of the member that made the latest assignment, if it did so
// since then.
func (l *ledger) lead(since time.Time) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.leaderAt.Before(since.Truncate(time.Millisecond)) {
		return ""
	}
	return l.leader
}
