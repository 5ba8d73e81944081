//go:build unix

package chaos_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/chaos/worker"
)

// leaveTimeout bounds how long a member takes to close its client and to end.
const leaveTimeout = 30 * time.Second

// manners of the members, by slot.
var manners = [crewSize]worker.Manner{worker.Batches, worker.Singles, worker.Interval, worker.Batches, worker.Interval}

// crew is a group of members that are built on the same client.
type crew struct {
	t           *testing.T
	client      string
	program     string
	informative bool // what goes wrong is no failure
	config      worker.Config
	dir         string

	mu       sync.Mutex
	started  int
	journals []string
	members  [crewSize]*memberProcess
}

// memberProcess is a member that was started.
type memberProcess struct {
	name  string
	cmd   *exec.Cmd
	stdin io.Closer
	done  chan struct{} // closed when it has ended
	err   error         // how; read after done
}

func (m *memberProcess) ended() bool {
	select {
	case <-m.done:
		return true
	default:
		return false
	}
}

func (c *crew) name() string { return c.client + " " + c.config.Balancer }

// problem fails the test, unless the crew is there to compare with only.
func (c *crew) problem(format string, args ...any) {
	c.t.Helper()
	if c.informative {
		c.t.Logf(c.name()+": "+format, args...)
		return
	}
	c.t.Errorf(c.name()+": "+format, args...)
}

// start starts the member of a slot, which has none.
func (c *crew) start(slot int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.started++
	m := &memberProcess{name: fmt.Sprintf("%s-%s-%d-%d", c.client, c.config.Balancer, slot, c.started), done: make(chan struct{})}
	cfg := c.config
	cfg.ID, cfg.Journal = m.name, filepath.Join(c.dir, m.name+".journal")
	cfg.Manner, cfg.Rack = manners[slot], racks[slot%len(racks)]
	env, err := cfg.Env()
	require.NoError(c.t, err)
	m.cmd = exec.Command(c.program)
	m.cmd.Env = append(os.Environ(), env)
	stderr, err := os.Create(filepath.Join(c.dir, m.name+".stderr"))
	require.NoError(c.t, err)
	defer stderr.Close()
	m.cmd.Stderr = stderr
	m.stdin, err = m.cmd.StdinPipe()
	require.NoError(c.t, err)
	require.NoError(c.t, m.cmd.Start())
	go func() {
		m.err = m.cmd.Wait()
		close(m.done)
	}()
	c.members[slot] = m
	c.journals = append(c.journals, cfg.Journal)
}

// running returns the member of a slot, after it was seen to run.
func (c *crew) running(slot int) *memberProcess {
	m := c.members[slot]
	if m.ended() {
		c.problem("member %s has ended by itself: %v\n%s", m.name, m.err, c.tail(m))
	}
	return m
}

// leave has the member close its client, and end.
func (c *crew) leave(slot int) {
	m := c.running(slot)
	_ = m.stdin.Close() // it may have ended
	timer := time.NewTimer(leaveTimeout)
	defer timer.Stop()
	select {
	case <-m.done:
		if m.err != nil {
			c.problem("member %s: %v\n%s", m.name, m.err, c.tail(m))
		}
	case <-timer.C:
		c.problem("member %s has not closed within %v", m.name, leaveTimeout)
		c.dump(m)
		c.kill(slot)
	}
}

func (c *crew) kill(slot int) {
	m := c.running(slot)
	_ = m.cmd.Process.Kill() // it may have ended
	<-m.done
}

func (c *crew) freeze(slot int) { _ = c.running(slot).cmd.Process.Signal(syscall.SIGSTOP) } // running has told of its end

func (c *crew) thaw(slot int) { _ = c.members[slot].cmd.Process.Signal(syscall.SIGCONT) } // leave tells of its end

// dump has the runtime of a Go program write its goroutines, and end it.
func (c *crew) dump(m *memberProcess) {
	_ = m.cmd.Process.Signal(syscall.SIGQUIT) // it may have ended
	select {
	case <-m.done:
	case <-time.After(5 * time.Second):
	}
	c.t.Logf("goroutines of %s:\n%s", m.name, c.tail(m))
}

// tail is the end of what a member has logged.
func (c *crew) tail(m *memberProcess) string {
	text, err := os.ReadFile(filepath.Join(c.dir, m.name+".stderr"))
	if err != nil {
		return err.Error()
	}
	const most = 20_000
	if len(text) > most {
		text = append([]byte("…"), text[len(text)-most:]...)
	}
	return string(bytes.TrimSpace(text))
}

// end ends what still runs, whatever state it is in.
func (c *crew) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.members {
		if m != nil {
			_ = m.cmd.Process.Kill() // it may have ended
			<-m.done
		}
	}
}
