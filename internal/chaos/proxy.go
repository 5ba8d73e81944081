package chaos

import (
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Place is where a connection is cut.
type Place int

// The places there are.
const (
	Now      Place = iota // wherever both directions are
	Request               // in the next frame of the client
	Response              // in the next frame of the broker
)

// Cut says how a connection ends.
type Cut struct {
	Where Place

	// Part of the frame that still arrives, from 0 to less than 1; not for Now.
	Part float64

	// Reset ends the connection by RST instead of FIN.
	Reset bool
}

// RandomCut is one that r chooses. One in three of those in a frame lets nothing
// of it arrive: the broker has the request and the client gets no answer.
func RandomCut(r *rand.Rand) Cut {
	c := Cut{Where: Place(r.IntN(3)), Reset: r.IntN(2) == 0}
	if r.IntN(3) > 0 {
		c.Part = r.Float64()
	}
	return c
}

// Proxy forwards connections to a broker. They must carry plain Kafka frames.
type Proxy struct {
	target   string
	listener net.Listener
	cuts     *atomic.Int64
	running  sync.WaitGroup
	delay    atomic.Int64 // a time.Duration

	mu     sync.Mutex
	pipes  []*pipe
	closed bool
	thaw   chan struct{} // closed when forwarding goes on; nil while it does
}

func listen(target string, cuts *atomic.Int64) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{target: target, listener: l, cuts: cuts}
	p.running.Go(p.accept)
	return p, nil
}

func (p *Proxy) addr() string { return p.listener.Addr().String() }

// Delay has everything arrive later by d.
func (p *Proxy) Delay(d time.Duration) { p.delay.Store(int64(d)) }

// Freeze stops forwarding. Connections stay open, and new ones are accepted.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.thaw == nil {
		p.thaw = make(chan struct{})
	}
}

// Thaw goes on with forwarding.
func (p *Proxy) Thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.thaw != nil {
		close(p.thaw)
		p.thaw = nil
	}
}

// frozen returns what ends a freeze, nil if there is none.
func (p *Proxy) frozen() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.thaw
}

// accept ends when the listener is closed.
func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.serve(client) })
	}
}

// serve forwards a connection until it ends.
func (p *Proxy) serve(client net.Conn) {
	broker, err := net.Dial("tcp", p.target)
	if err != nil { // the broker is down: the client learns it as it would without the proxy
		reset(client)
		return
	}
	c := &pipe{proxy: p, client: client, broker: broker, done: make(chan struct{})}
	if !p.add(c) {
		c.end(true)
		return
	}
	defer p.remove(c)
	c.run()
}

func (p *Proxy) add(c *pipe) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.pipes = append(p.pipes, c)
	}
	return !p.closed
}

func (p *Proxy) remove(c *pipe) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, have := range p.pipes {
		if have == c {
			p.pipes = append(p.pipes[:i], p.pipes[i+1:]...)
			return
		}
	}
}

// cut arms a cut for one of the connections.
func (p *Proxy) cut(r *rand.Rand, c Cut) bool {
	p.mu.Lock()
	if len(p.pipes) == 0 {
		p.mu.Unlock()
		return false
	}
	victim := p.pipes[r.IntN(len(p.pipes))]
	p.mu.Unlock()
	victim.arm(c)
	return true
}

func (p *Proxy) close() error {
	p.Thaw()
	p.mu.Lock()
	p.closed = true
	pipes := append([]*pipe(nil), p.pipes...)
	p.mu.Unlock()
	err := p.listener.Close()
	for _, c := range pipes {
		c.end(true)
	}
	p.running.Wait()
	return err
}
