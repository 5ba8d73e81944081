package interop

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// closeTimeout is how long a member may take to leave.
const closeTimeout = 30 * time.Second

// Event is a line that a member wrote.
type Event struct {
	Member *Member
	Time   time.Time // the member's, in milliseconds
	Name   string    // got, committed, assigned, …
	Text   string    // the rest of the line
}

// Fields returns the words of the text.
func (e Event) Fields() []string { return strings.Fields(e.Text) }

// Partitions returns the topic:partition that an assigned, revoked or lost line
// lists.
func (e Event) Partitions() []string {
	if e.Text == "-" || e.Text == "" {
		return nil
	}
	return strings.Split(e.Text, ",")
}

// parseEvent reads a line.
func parseEvent(line string) (Event, error) {
	ms, rest, found := strings.Cut(line, " ")
	at, err := strconv.ParseInt(ms, 10, 64)
	if err != nil || !found {
		return Event{}, fmt.Errorf("interop: %q is no line of a member", line)
	}
	name, text, _ := strings.Cut(rest, " ")
	return Event{Time: time.UnixMilli(at), Name: name, Text: text}, nil
}

// Member is a running member program.
type Member struct {
	Kind string
	ID   string // its client id

	t      testing.TB
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stderr bytes.Buffer  // read after done
	done   chan struct{} // closed when the program has ended and on has had all lines
	err    error         // how it ended; read after done
}

// Start starts a member. on gets each line, one after another, in a goroutine of
// the member's own. args are flags of the program, without -id. The member is
// killed when the test ends.
func (p Program) Start(t testing.TB, id string, on func(Event), args ...string) *Member {
	t.Helper()
	all := append(append(p.command[1:len(p.command):len(p.command)], "-id", id), args...)
	m := &Member{Kind: p.Kind, ID: id, t: t, cmd: exec.Command(p.command[0], all...), done: make(chan struct{})}
	m.cmd.Stderr = &m.stderr
	stdin, err := m.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	m.stdin = stdin
	stdout, err := m.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go m.follow(stdout, on)
	t.Cleanup(func() {
		m.Kill()
		if t.Failed() && m.stderr.Len() > 0 {
			t.Logf("standard error of %s:\n%s", m.ID, m.stderr.String())
		}
	})
	return m
}

// follow hands on what the program writes, until it ends.
func (m *Member) follow(stdout io.Reader, on func(Event)) {
	defer close(m.done)
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		event, err := parseEvent(lines.Text())
		if err != nil {
			m.t.Errorf("%s: %v", m.ID, err)
			continue
		}
		event.Member = m
		on(event)
	}
	m.err = m.cmd.Wait()
}

// Command sends a command, such as pause.
func (m *Member) Command(command string) {
	if _, err := io.WriteString(m.stdin, command+"\n"); err != nil {
		m.t.Errorf("%s: %s: %v", m.ID, command, err)
	}
}

// Close has the member leave and waits until it has ended.
func (m *Member) Close() {
	m.t.Helper()
	m.Command("close")
	timer := time.NewTimer(closeTimeout)
	defer timer.Stop()
	select {
	case <-m.done:
		if m.err != nil {
			m.t.Errorf("%s: %v\n%s", m.ID, m.err, m.stderr.String())
		}
	case <-timer.C:
		m.t.Errorf("%s has not closed within %v", m.ID, closeTimeout)
		m.Kill()
	}
}

// Kill ends the program at once and waits until it has ended.
func (m *Member) Kill() {
	_ = m.cmd.Process.Kill() // it may have ended
	<-m.done
}

// Signal sends a signal, such as one that freezes the program.
func (m *Member) Signal(s os.Signal) error { return m.cmd.Process.Signal(s) }

// Pid returns the id of the process.
func (m *Member) Pid() int { return m.cmd.Process.Pid }

// Done is closed when the program has ended and all of its lines were handed on.
func (m *Member) Done() <-chan struct{} { return m.done }
