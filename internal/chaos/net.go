package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"
)

// Net is a proxy before each broker of a cluster. Its methods are safe for
// concurrent use, but for New and Close.
type Net struct {
	proxies []*Proxy
	byAddr  map[string]*Proxy
	cuts    atomic.Int64
}

// New listens before brokers, each given as host:port in the way the cluster
// advertises it.
func New(brokers []string) (*Net, error) {
	n := &Net{byAddr: make(map[string]*Proxy, len(brokers))}
	for _, addr := range brokers {
		p, err := listen(addr, &n.cuts)
		if err != nil {
			return nil, errors.Join(err, n.Close())
		}
		n.proxies = append(n.proxies, p)
		n.byAddr[addr] = p
	}
	return n, nil
}

// Dial connects to a broker through its proxy. It has the form of Dial of a
// Transport, and fails for an address that is none of a broker.
func (n *Net) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	p := n.byAddr[address]
	if p == nil {
		return nil, fmt.Errorf("chaos: there is no broker at %s", address)
	}
	return new(net.Dialer).DialContext(ctx, network, p.addr())
}

// Proxy returns the proxy of a broker, which are counted from 0.
func (n *Net) Proxy(i int) *Proxy { return n.proxies[i] }

// Cut arms a cut for a connection that r chooses. It returns false if there is no
// connection to cut.
func (n *Net) Cut(r *rand.Rand, c Cut) bool {
	for _, i := range r.Perm(len(n.proxies)) {
		if n.proxies[i].cut(r, c) {
			return true
		}
	}
	return false
}

// Cuts returns how many connections have been cut.
func (n *Net) Cuts() int { return int(n.cuts.Load()) }

// Delay has everything arrive later by d.
func (n *Net) Delay(d time.Duration) {
	for _, p := range n.proxies {
		p.Delay(d)
	}
}

// Close ends all connections and returns once nothing of the Net runs.
func (n *Net) Close() error {
	var errs []error
	for _, p := range n.proxies {
		errs = append(errs, p.close())
	}
	return errors.Join(errs...)
}
