package testkafka

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

const (
	stopTimeout   = 30 * time.Second // for a broker to end by itself
	killTimeout   = 10 * time.Second // for the kernel to end it
	startAttempts = 3                // on fresh ports, when one was taken meanwhile
)

// Cluster is a running Kafka. Its methods are safe for concurrent use, but not
// on the same node at once.
type Cluster struct {
	// Version of Kafka; "" for a cluster named by KAFKA_BROKERS.
	Version string
	// Dir holds the cluster's files: node-1/log is the first broker's log,
	// node-1/data its data. "" for a cluster named by KAFKA_BROKERS.
	Dir string

	t         testing.TB // nil when shared
	cfg       Config
	ver       version
	jars      string
	id        string
	ca        *authority // nil without an SSL listener
	support   *node      // ZooKeeper or the controller of several KRaft nodes; nil when the one broker does it
	nodes     []*node
	external  []string // KAFKA_BROKERS
	closeOnce sync.Once
}

// node is one broker, controller or ZooKeeper.
type node struct {
	id         int
	dir        string
	args       []string // the command
	ports      map[Security]int
	controller int // port of the KRaft controller or of ZooKeeper; 0 without

	mu     sync.Mutex
	proc   *process
	frozen bool
}

func (n *node) log() string { return filepath.Join(n.dir, "log") }

// running reports whether the node is up and not frozen.
func (n *node) running() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.proc == nil || n.frozen {
		return false
	}
	select {
	case <-n.proc.done:
		return false
	default:
		return true
	}
}

// Start starts a cluster of its own for the test and stops it when the test
// ends. Without JDK and Maven the test is skipped, or fails if KAFKA_REQUIRED is
// set. It returns once every node answers, knows every other, and has a
// controller.
func Start(t testing.TB, cfg Config) *Cluster {
	t.Helper()
	c, err := start(cfg)
	if err != nil {
		unavailable(t, err)
	}
	c.t = t
	t.Cleanup(func() {
		if t.Failed() {
			c.reportDead(t)
		}
		c.close()
	})
	return c
}

// unavailable ends the test: a skip if this machine lacks something, else a
// failure.
func unavailable(t testing.TB, err error) {
	t.Helper()
	var missing *missingError
	if errors.As(err, &missing) && os.Getenv("KAFKA_REQUIRED") == "" {
		t.Skip(err)
	}
	t.Fatal(err)
}

// reportDead shows the log of every broker that ended by itself.
func (c *Cluster) reportDead(t testing.TB) {
	for _, n := range c.nodes {
		n.mu.Lock()
		proc := n.proc
		n.mu.Unlock()
		if proc == nil {
			continue // stopped by the test
		}
		select {
		case <-proc.done:
			t.Logf("testkafka: node %d had ended (%v):\n%s", n.id, proc.err, logTail(n.log()))
		default:
		}
	}
}

// start starts a cluster that belongs to no test yet.
func start(cfg Config) (*Cluster, error) {
	if err := cfg.normalize(); err != nil {
		return nil, err
	}
	jars, err := Jars(cfg.Version)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), cfg.Timeout)
	defer cancel()
	for attempt := 1; ; attempt++ {
		c, err := launch(ctx, cfg, jars)
		if err == nil {
			return c, nil
		}
		if attempt == startAttempts || !errors.Is(err, errPortTaken) {
			return nil, err
		}
	}
}

// launch makes one attempt at a running cluster.
func launch(ctx context.Context, cfg Config, jars string) (*Cluster, error) {
	ver, err := parseVersion(cfg.Version)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "testkafka-*")
	if err != nil {
		return nil, err
	}
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		return nil, err
	}
	id[0] &= 0x7f // no "-" in front: Kafka's tools would take it for an option
	c := &Cluster{
		Version: cfg.Version, Dir: dir,
		cfg: cfg, ver: ver, jars: jars, id: base64.RawURLEncoding.EncodeToString(id[:]),
	}
	err = c.bring(ctx)
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// bring lays out the cluster's files and starts its processes.
func (c *Cluster) bring(ctx context.Context) error {
	if err := c.layOut(); err != nil {
		return err
	}
	steps := []func(context.Context) error{c.startZooKeeper, c.addZooKeeperUsers, c.formatKRaft, c.startController}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	for _, n := range c.nodes {
		if err := c.writeProperties(n); err != nil {
			return err
		}
		if err := c.run(n); err != nil {
			return err
		}
	}
	return c.waitReady(ctx)
}

// layOut makes folders, chooses ports and writes keys.
func (c *Cluster) layOut() error {
	if c.cfg.has(SSL, SASLSSL) {
		var err error
		if c.ca, err = newAuthority(c.Dir); err != nil {
			return err
		}
	}
	if err := c.writeCommon(); err != nil {
		return err
	}
	want := len(c.cfg.Listeners)*c.cfg.Nodes + 1
	ports, err := freePorts(want)
	if err != nil {
		return err
	}
	for i := range c.cfg.Nodes {
		n := &node{id: i + 1, dir: filepath.Join(c.Dir, "node-"+strconv.Itoa(i+1)), ports: map[Security]int{}}
		for _, s := range c.cfg.Listeners {
			n.ports[s], ports = ports[0], ports[1:]
		}
		c.nodes = append(c.nodes, n)
	}
	switch {
	case !c.ver.kraft():
		c.support = &node{id: 0, dir: filepath.Join(c.Dir, "zookeeper"), controller: ports[0]}
	case c.cfg.Nodes > 1:
		c.support = &node{id: controllerID, dir: filepath.Join(c.Dir, "controller"), controller: ports[0]}
	default:
		c.nodes[0].controller = ports[0]
	}
	return c.makeDirs()
}

func (c *Cluster) makeDirs() error {
	all := c.nodes
	if c.support != nil {
		all = append([]*node{c.support}, all...)
	}
	for _, n := range all {
		for _, dir := range c.logDirs(n) {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
		}
	}
	return nil
}

// logDirs are the directories of a node. The first has the metadata.
func (c *Cluster) logDirs(n *node) []string {
	dirs := []string{filepath.Join(n.dir, "data")}
	if n == c.support {
		return dirs
	}
	for i := 2; i <= c.cfg.LogDirs; i++ {
		dirs = append(dirs, filepath.Join(n.dir, "data-"+strconv.Itoa(i)))
	}
	return dirs
}

// run starts the node's process.
func (c *Cluster) run(n *node) error {
	cleanup := c.Dir
	if os.Getenv("KAFKA_KEEP") != "" {
		cleanup = ""
	}
	p, err := startProcess(n.dir, n.log(), cleanup, n.args...)
	if err != nil {
		return err
	}
	n.mu.Lock()
	n.proc, n.frozen = p, false
	n.mu.Unlock()
	return nil
}

// close kills all processes and removes the files.
func (c *Cluster) close() {
	c.closeOnce.Do(func() {
		all := c.nodes
		if c.support != nil {
			all = append(all, c.support)
		}
		for _, n := range all {
			n.mu.Lock()
			if n.proc != nil {
				_ = n.proc.kill() // it may have ended; the wait below tells
			}
			n.mu.Unlock()
		}
		for _, n := range all {
			_ = n.wait(killTimeout) // nothing more can be done than was
		}
		if os.Getenv("KAFKA_KEEP") == "" && c.Dir != "" {
			_ = os.RemoveAll(c.Dir) // a left-over in the temporary folder is no failure of the test
		}
	})
}

// wait waits for the node's process to end and forgets it.
func (n *node) wait(timeout time.Duration) error {
	n.mu.Lock()
	proc := n.proc
	n.mu.Unlock()
	if proc == nil {
		return nil
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-proc.done:
	case <-timer.C:
		return fmt.Errorf("testkafka: process %d still runs after %v", proc.pid, timeout)
	}
	n.mu.Lock()
	n.proc = nil
	n.mu.Unlock()
	return nil
}

// Brokers returns the host:port of every node's PLAINTEXT listener, in the order
// of their ids, stopped ones included.
func (c *Cluster) Brokers() []string {
	if c.external != nil {
		return append([]string(nil), c.external...)
	}
	list := make([]string, len(c.nodes))
	for i, n := range c.nodes {
		list[i] = address(n.ports[Plaintext])
	}
	return list
}

// Addr returns the host:port of a node's listener; node is its id, from 1. It
// panics if the cluster has no such node or listener.
func (c *Cluster) Addr(s Security, node int) string {
	if c.external != nil && s == Plaintext {
		return c.external[node-1]
	}
	port, ok := c.node(node).ports[s]
	if !ok {
		panic(fmt.Sprintf("testkafka: the cluster has no %s listener", s))
	}
	return address(port)
}

// Embedded reports whether this is the embedded broker of kafkatest/, which does
// less than Kafka.
func (c *Cluster) Embedded() bool {
	return c.external != nil && os.Getenv("KAFKA_BROKERS_EMBEDDED") != ""
}

// SkipEmbedded skips the test, with the reason, when it runs on the embedded
// broker.
func (c *Cluster) SkipEmbedded(t testing.TB, reason string) {
	t.Helper()
	if c.Embedded() {
		t.Skipf("the embedded broker does not do this: %s. Install a JDK (17 or newer) and Maven to run it on Apache Kafka", reason)
	}
}

// Stop stops a node in order (SIGTERM, controlled shutdown) and waits until it
// has ended. node is its id, from 1; so too for the methods below.
func (c *Cluster) Stop(node int) {
	n := c.owned(node)
	c.signal(n, "stop", (*process).terminate)
	if err := n.wait(stopTimeout); err != nil {
		c.t.Errorf("%v: killing it", err)
		c.Kill(node)
	}
}

// Kill kills a node (SIGKILL) and waits until it has ended.
func (c *Cluster) Kill(node int) {
	n := c.owned(node)
	c.signal(n, "kill", (*process).kill)
	if err := n.wait(killTimeout); err != nil {
		c.t.Error(err)
	}
}

// Freeze stops a node's threads (SIGSTOP): its connections stay open and nothing
// answers.
func (c *Cluster) Freeze(node int) {
	n := c.owned(node)
	c.signal(n, "freeze", (*process).freeze)
	n.mu.Lock()
	n.frozen = true
	n.mu.Unlock()
}

// Thaw lets a frozen node go on.
func (c *Cluster) Thaw(node int) {
	n := c.owned(node)
	c.signal(n, "thaw", (*process).thaw)
	n.mu.Lock()
	n.frozen = false
	n.mu.Unlock()
}

// Restart starts a node again on the same data and ports, stopping it first if
// it runs, and waits until all running nodes know it.
func (c *Cluster) Restart(node int) {
	n := c.owned(node)
	if n.running() {
		c.Stop(node)
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.cfg.Timeout)
	defer cancel()
	if err := c.revive(ctx, n); err != nil {
		c.t.Errorf("testkafka: restart of node %d: %v", node, err)
	}
}

// revive runs a node until it is ready.
func (c *Cluster) revive(ctx context.Context, n *node) error {
	if err := c.waitForgotten(ctx, n); err != nil {
		return err
	}
	if err := c.run(n); err != nil {
		return err
	}
	return c.waitReady(ctx)
}

func (c *Cluster) signal(n *node, verb string, send func(*process) error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.proc == nil {
		return
	}
	if err := send(n.proc); err != nil {
		c.t.Errorf("testkafka: %s node %d: %v", verb, n.id, err)
	}
}

// owned returns a node that a test may disturb.
func (c *Cluster) owned(id int) *node {
	if c.t == nil {
		panic("testkafka: a shared cluster is not to be disturbed: use Start")
	}
	return c.node(id)
}

func (c *Cluster) node(id int) *node {
	if id < 1 || id > len(c.nodes) {
		panic(fmt.Sprintf("testkafka: no node %d among %d", id, len(c.nodes)))
	}
	return c.nodes[id-1]
}

// Run runs a main class of Kafka's jars, such as kafka.admin.ConfigCommand, and
// returns what it printed.
func (c *Cluster) Run(ctx context.Context, class string, args ...string) (string, error) {
	if c.external != nil {
		return "", &missingError{"the cluster named by KAFKA_BROKERS has no jars here"}
	}
	cmd := exec.CommandContext(ctx, "java", c.java("128m", class, args...)[1:]...)
	cmd.Dir = c.Dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("testkafka: %s: %w\n%s", class, err, tail(out, 20))
	}
	return string(out), err
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
