package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// The pause after a dial that failed doubles with each one (KIP-144).
const (
	dialBackoffMin = 50 * time.Millisecond
	dialBackoffMax = time.Second
)

// seedBroker is what is known of a broker by its address alone.
func seedBroker(s seed) Broker {
	host, port, _ := splitAddress(s.address)
	n, _ := strconv.Atoi(firstOf(port, defaultPort)) // 0 for a port that is no number
	return Broker{ID: -1, Host: host, Port: n}
}

// dialInTurn dials once the pause after the failures before is over.
func (b *broker) dialInTurn(ctx context.Context) (*protocol.Conn, error) {
	b.mu.Lock()
	wait := time.Until(b.dialFrom)
	b.mu.Unlock()
	if wait > 0 && pause(ctx, wait) != nil {
		return nil, b.cluster.closedError()
	}
	conn, err := b.dial(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		b.failures, b.failure, b.dialFrom = 0, nil, time.Time{}
		return conn, nil
	}
	if ctx.Err() != nil {
		return nil, b.cluster.closedError()
	}
	b.failures++
	b.failure = err
	b.dialFrom = time.Now().Add(dialBackoff(b.failures))
	if b.failures > 1 {
		err = fmt.Errorf("%w (%d failures in a row)", err, b.failures)
	}
	return nil, err
}

func dialBackoff(failures int) time.Duration {
	d := min(dialBackoffMin<<min(failures-1, 10), dialBackoffMax)
	return d - d/5 + rand.N(2*d/5)
}

// failed returns how many dials in a row have failed.
func (b *broker) failed() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failures
}

// notYet is for who has stopped waiting for a connection, for the reason given.
func (b *broker) notYet(reason error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failure != nil {
		return fmt.Errorf("%w; the last dial failed: %w", reason, b.failure)
	}
	return reason
}

// dial opens a connection that is ready for requests. Names are looked up anew
// each time, and every address is tried (KIP-302).
func (b *broker) dial(ctx context.Context) (*protocol.Conn, error) {
	info := b.describe()
	network, address := b.address()
	config := b.cluster.config
	d := config.dialer
	if d.Timeout <= 0 {
		d.Timeout = defaultTransportDialTimeout
	}
	ready := d.negotiate
	if config.resolver != nil {
		d.Resolver = hostResolver{config.resolver, info}
		d.TLS = withServerName(d.TLS, info.Host)
		ready = func(ctx context.Context, conn *Conn, _ string) error { return d.negotiate(ctx, conn, address) }
	}
	d.wire = protocol.ConnOptions{Broker: b.name(), CallTimeout: requestTimeout}
	ctx, cancel := d.bound(ctx)
	defer cancel()
	conn, err := d.connectReady(ctx, network, address, ConnConfig{}, ready)
	if err != nil {
		return nil, info.explain(err)
	}
	return conn.wire, nil
}

// explain adds what is likely wrong when a broker is at a name that means nothing
// here.
func (b Broker) explain(err error) error {
	var dns *net.DNSError
	if b.ID < 0 || !errors.As(err, &dns) {
		return err
	}
	return fmt.Errorf("%w: broker %d advertises the host %q, which does not resolve here (see advertised.listeners of the broker)", err, b.ID, b.Host)
}

// withServerName has certificates checked against the name of the broker rather
// than against the address that a resolver made of it.
func withServerName(config *tls.Config, host string) *tls.Config {
	if config == nil || config.ServerName != "" {
		return config
	}
	config = config.Clone()
	config.ServerName = host
	return config
}

// hostResolver lets a BrokerResolver look up one broker for a Dialer.
type hostResolver struct {
	resolver BrokerResolver
	broker   Broker
}

// LookupHost returns the addresses of the broker.
func (r hostResolver) LookupHost(ctx context.Context, host string) ([]string, error) {
	addrs, err := r.resolver.LookupBrokerIPAddr(ctx, r.broker)
	if err != nil {
		return nil, err
	}
	hosts := make([]string, len(addrs))
	for i, a := range addrs {
		hosts[i] = a.String()
	}
	return hosts, nil
}
