package chaos_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/segmentio/kafka-go"
)

// ledger has what Writers said became of each message.
type ledger struct {
	mu      sync.Mutex
	streams map[string]*stream
	twice   int // outcomes of messages that had one
	texts   map[string]int
	causes  []string
	padding string
}

// stream is the messages of one key, all written by one goroutine, one after the
// other or in one call.
type stream struct {
	key     string
	topic   string
	entries []entry // by number
	last    int     // the highest number read so far
}

type entry struct {
	state     state
	partition int16
	offset    int64
	cause     int16 // among the causes of the ledger
	found     int16 // times
}

type state int8

const (
	pending state = iota
	acknowledged
	refused
	unknown
)

// ticket is a message in the ledger.
type ticket struct {
	stream *stream
	number int
}

func newLedger() *ledger {
	return &ledger{streams: make(map[string]*stream), texts: make(map[string]int), padding: strings.Repeat(" filler", 30)}
}

func (l *ledger) stream(key, topic string) *stream {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &stream{key: key, topic: topic, last: -1}
	l.streams[key] = s
	return s
}

// message makes the next message of a stream.
func (l *ledger) message(s *stream) kafka.Message {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(s.entries)
	s.entries = append(s.entries, entry{})
	return kafka.Message{
		Topic: s.topic, Key: []byte(s.key),
		Value:      append(strconv.AppendInt(nil, int64(n), 10), l.padding[:1+n%len(l.padding)]...),
		WriterData: ticket{s, n},
	}
}

// bytes is the memory that the ledger takes.
func (l *ledger) bytes() (n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.streams {
		n += uint64(cap(s.entries)) * uint64(unsafe.Sizeof(entry{}))
	}
	return n
}

// settle notes the outcome of a message. An error that is not one of the message
// is one of the whole call: nothing was written.
func (l *ledger) settle(m *kafka.Message, partition int, offset int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := m.WriterData.(ticket)
	e := &t.stream.entries[t.number]
	if e.state != pending {
		l.twice++
		return
	}
	if err == nil {
		e.state, e.partition, e.offset = acknowledged, int16(partition), offset
		return
	}
	e.state = refused
	var w *kafka.WriteError
	if errors.As(err, &w) && w.Outcome == kafka.OutcomeUnknown {
		e.state = unknown
	}
	e.cause = l.cause(causeOf(err))
}

// cause counts a cause, and returns which it is.
func (l *ledger) cause(text string) int16 {
	if l.texts[text]++; l.texts[text] == 1 {
		l.causes = append(l.causes, text)
	}
	return int16(slices.Index(l.causes, text))
}

// causeOf is the text of an error without what differs from case to case.
func causeOf(err error) string {
	var w *kafka.WriteError
	if !errors.As(err, &w) {
		return "call: " + err.Error()
	}
	return w.Outcome.String() + ": " + withoutNumbers(w.Err.Error())
}

var numbers = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]+`) // those of members too

func withoutNumbers(text string) string { return numbers.ReplaceAllString(text, "#") }

// report is what a run has shown.
type report struct {
	given, acknowledged, refused, unknown, pending, twice int
	unknownFound                                          int
	missing, duplicates, disorder, ghosts, misplaced      []string
	foreign                                               int
}

// audit compares the ledger with the log.
func (l *ledger) audit(s *site, topics ...string) *report {
	r := &report{twice: l.twice}
	for _, topic := range topics {
		for p := range partitions {
			s.read(topic, p, func(m kafka.Message) { l.found(r, topic, p, m) })
		}
	}
	for _, s := range l.streams {
		for n := range s.entries {
			r.count(l, s, n)
		}
	}
	return r
}

// found notes a message of the log.
func (l *ledger) found(r *report, topic string, partition int, m kafka.Message) {
	text, _, _ := strings.Cut(string(m.Value), " ")
	n, err := strconv.Atoi(text)
	s := l.streams[string(m.Key)]
	if s == nil || err != nil || n >= len(s.entries) || s.topic != topic {
		r.foreign++
		return
	}
	e := &s.entries[n]
	where := func() string {
		return fmt.Sprintf("%s %d at %s-%d/%d (%s)", s.key, n, topic, partition, m.Offset, l.describe(e))
	}
	switch e.found++; {
	case e.found > 1:
		r.duplicates = append(r.duplicates, where())
	case n < s.last:
		r.disorder = append(r.disorder, fmt.Sprintf("%s after %d", where(), s.last))
	}
	s.last = max(s.last, n)
	if e.state == acknowledged && e.offset >= 0 && (int(e.partition) != partition || e.offset != m.Offset) {
		r.misplaced = append(r.misplaced, where())
	}
}

// describe says what became of a message.
func (l *ledger) describe(e *entry) string {
	switch e.state {
	case pending:
		return "no outcome"
	case acknowledged:
		return fmt.Sprintf("acknowledged, at %d/%d", e.partition, e.offset)
	default:
		return l.causes[e.cause]
	}
}

func (s *stream) where(l *ledger, n int) string {
	return fmt.Sprintf("%s %d of %s (%s)", s.key, n, s.topic, l.describe(&s.entries[n]))
}

// count counts a message that was given to a Writer.
func (r *report) count(l *ledger, s *stream, n int) {
	e := &s.entries[n]
	r.given++
	switch {
	case e.state == pending:
		r.pending++
	case e.state == unknown:
		r.unknown++
		r.unknownFound += int(min(e.found, 1))
	case e.state == refused:
		r.refused++
		if e.found > 0 {
			r.ghosts = append(r.ghosts, s.where(l, n))
		}
	default:
		r.acknowledged++
		if e.found == 0 {
			r.missing = append(r.missing, s.where(l, n))
		}
	}
}

// show prints the report, and fails the test if a promise was broken.
func (r *report) show(t *testing.T, l *ledger) {
	t.Helper()
	t.Logf("messages given %d, acknowledged %d, refused %d, unknown %d (of those in the log: %d)", r.given, r.acknowledged, r.refused, r.unknown, r.unknownFound)
	t.Logf("acknowledged but missing %d, duplicates %d, out of order %d, refused but in the log %d, not where the Writer said %d",
		len(r.missing), len(r.duplicates), len(r.disorder), len(r.ghosts), len(r.misplaced))
	for text, n := range l.texts {
		t.Logf("%8d × %s", n, text)
	}
	for _, wrong := range []struct {
		what string
		list []string
	}{
		{"acknowledged but missing", r.missing},
		{"duplicate", r.duplicates},
		{"out of order", r.disorder},
		{"refused but in the log", r.ghosts},
		{"not where the Writer said", r.misplaced},
	} {
		for _, where := range wrong.list[:min(len(wrong.list), 20)] {
			t.Errorf("%s: %s", wrong.what, where)
		}
	}
	if r.pending > 0 || r.twice > 0 || r.foreign > 0 {
		t.Errorf("messages without outcome: %d, with two: %d, in the log and never given: %d", r.pending, r.twice, r.foreign)
	}
}
