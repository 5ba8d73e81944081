package member

import (
	"bufio"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// minGap is the shortest time without a message that is worth a line.
const minGap = 100 * time.Millisecond

// Log writes the lines. Its methods are safe for concurrent use.
type Log struct {
	mu       sync.Mutex
	out      *bufio.Writer
	summary  bool
	expect   int64
	base     int // goroutines before there was a client
	messages int64
	second   int64 // messages of it
	last     time.Time
	gap      time.Duration
}

func newLog(w io.Writer, cfg Config) *Log {
	return &Log{out: bufio.NewWriterSize(w, 1<<16), summary: cfg.Summary, expect: cfg.Expect, base: runtime.NumGoroutine()}
}

// Printf writes a line that is no message, and all lines before it.
func (l *Log) Printf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.out, "%d ", time.Now().UnixMilli())
	fmt.Fprintf(l.out, format, args...)
	l.end()
}

// end ends a line and hands it on. Nobody is left to tell when that fails.
func (l *Log) end() {
	_ = l.out.WriteByte('\n')
	_ = l.out.Flush()
}

// Leader says that this member makes the assignment.
func (l *Log) Leader(protocol string, members int) { l.Printf("leader %s %d", protocol, members) }

// Assigned, Revoked and Lost say what happened to partitions, which are written
// topic:partition; the order does not matter.
func (l *Log) Assigned(partitions []string) { l.Printf("assigned %s", list(partitions)) }
func (l *Log) Revoked(partitions []string)  { l.Printf("revoked %s", list(partitions)) }
func (l *Log) Lost(partitions []string)     { l.Printf("lost %s", list(partitions)) }

// Error says what went wrong, in one line.
func (l *Log) Error(format string, args ...any) {
	l.Printf("error %s", strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " "))
}

func list(partitions []string) string {
	if len(partitions) == 0 {
		return "-"
	}
	return strings.Join(slices.Sorted(slices.Values(partitions)), ",")
}

// got writes that a message was handed over. The line is held back until flush.
func (l *Log) got(r Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count(time.Now())
	if l.summary {
		return
	}
	key := string(r.Key)
	if key == "" {
		key = "-"
	}
	b := l.line("got ", r.Topic, r.Partition, r.Offset)
	b = append(b, ' ')
	b = append(b, key...)
	_, _ = l.out.Write(append(b, '\n')) // end flushes, and nobody is left to tell
}

func (l *Log) line(event, topic string, partition int, offset int64) []byte {
	b := l.out.AvailableBuffer()
	b = strconv.AppendInt(b, l.last.UnixMilli(), 10)
	b = append(b, ' ')
	b = append(b, event...)
	b = append(b, topic...)
	b = strconv.AppendInt(append(b, ' '), int64(partition), 10)
	return strconv.AppendInt(append(b, ' '), offset, 10)
}

// count counts a message of now.
func (l *Log) count(now time.Time) {
	l.messages++
	l.second++
	if l.messages == l.expect {
		fmt.Fprintf(l.out, "%d reached %d", now.UnixMilli(), l.messages)
		l.end()
	}
	gap := now.Sub(l.last)
	if l.last.IsZero() {
		gap = 0
	}
	l.last = now
	if gap < max(minGap, l.gap) {
		return
	}
	l.gap = gap
	if l.summary {
		fmt.Fprintf(l.out, "%d gap %d", now.UnixMilli(), gap.Milliseconds())
		l.end()
	}
}

// committed writes that a message is committed, and all lines before.
func (l *Log) committed(r Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.summary {
		return
	}
	b := l.out.AvailableBuffer()
	b = strconv.AppendInt(b, time.Now().UnixMilli(), 10)
	b = fmt.Appendf(b, " committed %s %d %d", r.Topic, r.Partition, r.Offset+1)
	_, _ = l.out.Write(b) // end flushes
	l.end()
}

// flush writes what was held back.
func (l *Log) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.out.Flush() // nobody is left to tell
}

// tick writes the messages of the last second.
func (l *Log) tick() {
	l.mu.Lock()
	n := l.second
	l.second = 0
	l.mu.Unlock()
	l.Printf("second %d", n)
}

// stats writes what the process holds.
func (l *Log) stats() {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	l.mu.Lock()
	messages := l.messages
	l.mu.Unlock()
	l.Printf("stats goroutines=%d base=%d heap=%d sys=%d messages=%d", runtime.NumGoroutine(), l.base, m.HeapAlloc, m.Sys, messages)
}

// closed writes the last line.
func (l *Log) closed() {
	l.mu.Lock()
	messages, gap := l.messages, l.gap
	l.mu.Unlock()
	l.Printf("closed %d %d", messages, gap.Milliseconds())
}
