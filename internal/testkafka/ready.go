package testkafka

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"regexp"
	"time"
)

const (
	pollInterval = 50 * time.Millisecond
	askTimeout   = 2 * time.Second
	tailLines    = 25
	troubleLines = 12
	maxAnswer    = 1 << 20
)

// errPortTaken is a start that failed because another program took a port.
var errPortTaken = errors.New("a port was taken meanwhile")

// freePorts returns ports that nothing listens on. They lie below the range from
// which systems draw the ports of outgoing connections, so that they stay free
// while a node is down.
func freePorts(count int) ([]int, error) {
	const low, high, tries = 10000, 32000, 1000
	var ports []int
	taken := map[int]bool{}
	for range tries {
		port := low + rand.IntN(high-low)
		if taken[port] {
			continue
		}
		taken[port] = true
		l, err := net.Listen("tcp", address(port))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			return nil, err
		}
		if ports = append(ports, port); len(ports) == count {
			return ports, nil
		}
	}
	return nil, fmt.Errorf("testkafka: no %d free ports between %d and %d", count, low, high)
}

// waitReady waits until every running node knows every other and a controller.
func (c *Cluster) waitReady(ctx context.Context) error {
	for _, n := range c.nodes {
		if err := c.poll(ctx, n, func(ctx context.Context) error { return c.checkNode(ctx, n) }); err != nil {
			return err
		}
	}
	return nil
}

// poll calls check until it succeeds, the node's process ends, or ctx ends.
func (c *Cluster) poll(ctx context.Context, n *node, check func(context.Context) error) error {
	n.mu.Lock()
	proc, frozen := n.proc, n.frozen
	n.mu.Unlock()
	if proc == nil || frozen {
		return nil // a node that the test took down
	}
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		last := check(ctx)
		if last == nil {
			return nil
		}
		select {
		case <-ticker.C:
		case <-proc.done:
			return c.startError(n, fmt.Errorf("it ended: %w", cause(proc.err)))
		case <-ctx.Done():
			return c.startError(n, fmt.Errorf("%w, last: %w", ctx.Err(), last))
		}
	}
}

func cause(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

func (c *Cluster) startError(n *node, err error) error {
	if log, readErr := os.ReadFile(n.log()); readErr == nil && bytes.Contains(log, []byte("Address already in use")) {
		err = errors.Join(err, errPortTaken)
	}
	return fmt.Errorf("testkafka: node %d (%s, Kafka %s): %w\n%s", n.id, n.dir, c.Version, err, logTail(n.log()))
}

// checkNode asks a node for the cluster's metadata.
func (c *Cluster) checkNode(ctx context.Context, n *node) error {
	ids, controller, err := askMetadata(ctx, address(n.ports[Plaintext]))
	if err != nil {
		return err
	}
	if controller < 0 {
		return errors.New("no controller yet")
	}
	for _, other := range c.nodes {
		if other.running() && !ids[int32(other.id)] {
			return fmt.Errorf("node %d does not know node %d yet", n.id, other.id)
		}
	}
	return nil
}

// askMetadata exchanges a Metadata v1 request for no topics, which every version
// since 0.10 answers, and returns the brokers' ids and the controller's.
func askMetadata(ctx context.Context, addr string) (ids map[int32]bool, controller int32, err error) {
	const apiMetadata, version1, correlation = 3, 1, 7
	req := binary.BigEndian.AppendUint16(nil, apiMetadata)
	req = binary.BigEndian.AppendUint16(req, version1)
	req = binary.BigEndian.AppendUint32(req, correlation)
	req = append(req, 0, 0)       // client id ""
	req = append(req, 0, 0, 0, 0) // no topics
	answer, err := ask(ctx, addr, req)
	if err != nil {
		return nil, 0, err
	}
	r := wireReader{b: answer}
	if got := r.int32(); got != correlation {
		return nil, 0, fmt.Errorf("correlation id %d, want %d", got, correlation)
	}
	ids = map[int32]bool{}
	for range r.int32() {
		ids[r.int32()] = true
		r.string() // host
		r.int32()  // port
		r.string() // rack
		if r.err != nil {
			break
		}
	}
	controller = r.int32()
	return ids, controller, r.err
}

// ask sends one request without its size and returns the answer without its.
func ask(ctx context.Context, addr string, req []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return exchange(ctx, conn, req)
}

func exchange(ctx context.Context, conn net.Conn, req []byte) ([]byte, error) {
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	frame := binary.BigEndian.AppendUint32(nil, uint32(len(req)))
	if _, err := conn.Write(append(frame, req...)); err != nil {
		return nil, err
	}
	var size [4]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > maxAnswer {
		return nil, fmt.Errorf("answer of %d bytes", n)
	}
	answer := make([]byte, n)
	_, err := io.ReadFull(conn, answer)
	return answer, err
}

// wireReader reads Kafka's oldest primitives; err sticks.
type wireReader struct {
	b   []byte
	err error
}

func (r *wireReader) take(n int) []byte {
	if r.err == nil && n > len(r.b) {
		r.err = io.ErrUnexpectedEOF
	}
	if r.err != nil {
		return make([]byte, 4)
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *wireReader) int32() int32 { return int32(binary.BigEndian.Uint32(r.take(4))) }

// string reads a nullable string; null is "".
func (r *wireReader) string() string {
	n := int16(binary.BigEndian.Uint16(r.take(2)))
	if n <= 0 || r.err != nil {
		return ""
	}
	return string(r.take(int(n)))
}

var trouble = regexp.MustCompile(`(?m)^.*( ERROR | FATAL |Exception: |Caused by: ).*$`)

// logTail returns the first lines of a log that name trouble and its last lines,
// or why there are none.
func logTail(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	first := bytes.Join(trouble.FindAll(b, troubleLines), []byte("\n"))
	return fmt.Sprintf("%s\n… %s ends:\n%s", first, path, tail(b, tailLines))
}

func tail(b []byte, lines int) string {
	all := bytes.Split(bytes.TrimRight(b, "\n"), []byte("\n"))
	if len(all) > lines {
		all = all[len(all)-lines:]
	}
	return string(bytes.Join(all, []byte("\n")))
}
