package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/sasl"
)

const defaultDialTimeout = 10 * time.Second

// Dialer opens connections to Kafka brokers. It resembles net.Dialer. It must
// not be changed while it is in use, and is then safe for concurrent use. Its
// zero value dials plaintext without a timeout.
type Dialer struct {
	// ClientID names the program to the brokers. Empty means DefaultClientID.
	ClientID string

	// DialFunc opens the connections of the network, in place of net.Dialer.
	// LocalAddr, DualStack, FallbackDelay and KeepAlive do not apply then.
	DialFunc func(ctx context.Context, network string, address string) (net.Conn, error)

	// Timeout and Deadline bound a dial as a whole: name lookup, connect, TLS
	// and SASL; the earlier one holds. Zero means no bound, but for that of
	// the context and of the operating system. A name with several addresses
	// has its time shared out among them.
	Timeout  time.Duration
	Deadline time.Time

	// LocalAddr is the local address to dial from; nil to have one chosen.
	LocalAddr net.Addr

	// DualStack has no effect any more: a host with IPv4 and IPv6 addresses is
	// always dialled over both, one a little later (RFC 6555). A negative
	// FallbackDelay turns that off.
	DualStack bool

	// FallbackDelay is how much later. Zero means 300 ms.
	FallbackDelay time.Duration

	// KeepAlive is the period of TCP keep-alive probes. Zero means what
	// net.Dialer does by default, 15 s: without probes, a connection that a
	// firewall has forgotten looks alive for ever. Negative means none.
	KeepAlive time.Duration

	// Resolver looks up hosts in place of the system. All addresses that it
	// returns are tried, in order. Their port is used if the program's address
	// has none; without either it is 9092. nil means the system's resolver.
	Resolver Resolver

	// TLS has connections made with TLS; nil means plaintext. If its ServerName
	// is empty, that of the host dialled is used, as the Resolver gave it.
	TLS *tls.Config

	// SASLMechanism is how connections authenticate; nil for not at all.
	SASLMechanism sasl.Mechanism

	// TransactionalID is handed to the connections, see ConnConfig.
	TransactionalID string

	shared *dialerState // see state
	dials  *summary     // counts the dials of a copy apart; nil if nobody asks

	wire protocol.ConnOptions // of the connections, for Transport
}

// DialerOptions changes a Dialer that NewDialer makes.
type DialerOptions func(*Dialer)

// NewDialer makes a Dialer with a timeout of 10 s and dual-stack dialling, and
// applies ops to it.
func NewDialer(ops ...DialerOptions) *Dialer {
	d := &Dialer{Timeout: defaultDialTimeout, DualStack: true, shared: new(dialerState)}
	for _, op := range ops {
		op(d)
	}
	return d
}

// DefaultDialer is the Dialer of the package's functions, and of what is given
// none. It has a timeout of 10 s.
var DefaultDialer = NewDialer()

// Dial is DefaultDialer.Dial.
func Dial(network string, address string) (*Conn, error) {
	return DefaultDialer.Dial(network, address)
}

// DialContext is DefaultDialer.DialContext.
func DialContext(ctx context.Context, network string, address string) (*Conn, error) {
	return DefaultDialer.DialContext(ctx, network, address)
}

// DialLeader is DefaultDialer.DialLeader.
func DialLeader(ctx context.Context, network string, address string, topic string, partition int) (*Conn, error) {
	return DefaultDialer.DialLeader(ctx, network, address, topic, partition)
}

// DialPartition is DefaultDialer.DialPartition.
func DialPartition(ctx context.Context, network string, address string, partition Partition) (*Conn, error) {
	return DefaultDialer.DialPartition(ctx, network, address, partition)
}

// Dial connects to a broker, for metadata and topic requests. The network is
// that of net.Dial, such as "tcp"; without a port, 9092 is used.
func (d *Dialer) Dial(network string, address string) (*Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialContext is Dial, bounded by a context. The connection, once it is
// returned, does not depend on the context any more.
//
// The error says at which step the dial failed, and wraps the cause. No
// connection is left open.
func (d *Dialer) DialContext(ctx context.Context, network string, address string) (*Conn, error) {
	return d.connect(ctx, network, address, ConnConfig{})
}

// DialPartition connects to the leader of a partition, as LookupPartition or
// LookupPartitions describe it. The network is used, the address is not.
func (d *Dialer) DialPartition(ctx context.Context, network string, address string, partition Partition) (*Conn, error) {
	start := time.Now()
	defer func() { d.state().dialPartition.observeSince(start) }()
	if err := checkPartition(partition.Topic, partition.ID); err != nil {
		return nil, err
	}
	leader := partition.Leader
	if leader.Host == "" {
		return nil, fmt.Errorf("failed to dial the leader of partition %d of topic %q: %w", partition.ID, partition.Topic, LeaderNotAvailable)
	}
	conn, err := d.connect(ctx, network, net.JoinHostPort(leader.Host, strconv.Itoa(leader.Port)), ConnConfig{
		Topic:     partition.Topic,
		Partition: partition.ID,
		Broker:    leader.ID,
		Rack:      leader.Rack,
	})
	if err != nil {
		return nil, advertised(leader, err)
	}
	return conn, nil
}

// advertised adds to the error of a dial that the address was not the program's.
func advertised(b Broker, err error) error {
	var lookup *net.DNSError
	if !errors.As(err, &lookup) {
		return err
	}
	return fmt.Errorf("broker %d advertises host %q, which does not resolve here (advertised.listeners): %w", b.ID, b.Host, err)
}

// connect opens a connection. With SASL it is authenticated and has negotiated
// versions; else that is left to its first request.
func (d *Dialer) connect(ctx context.Context, network, address string, config ConnConfig) (*Conn, error) {
	ctx, cancel := d.bound(ctx)
	defer cancel()
	var ready func(context.Context, *Conn, string) error
	if d.SASLMechanism != nil {
		ready = d.authenticate
	}
	return d.connectReady(ctx, network, address, config, ready)
}

// connectReady opens a connection and has ready, if it is not nil, send the
// first requests. A broker that hangs up on how it is asked for its versions is
// connected to once more, and asked the way that all brokers know.
func (d *Dialer) connectReady(ctx context.Context, network, address string, config ConnConfig, ready func(context.Context, *Conn, string) error) (*Conn, error) {
	legacy := d.state().legacy.Load()
	conn, err := d.connectOnce(ctx, network, address, config, legacy, ready)
	var versions *protocol.NegotiateError
	if !legacy && errors.As(err, &versions) && versions.HungUp {
		again, againErr := d.connectOnce(ctx, network, address, config, true, ready)
		if againErr == nil {
			d.state().legacy.Store(true)
			return again, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("failed to dial: %w", err)
	}
	return conn, nil
}

func (d *Dialer) connectOnce(ctx context.Context, network, address string, config ConnConfig, legacy bool, ready func(context.Context, *Conn, string) error) (*Conn, error) {
	socket, target, err := d.open(ctx, network, address)
	if err != nil {
		return nil, err
	}
	config.ClientID, config.TransactionalID = d.ClientID, d.TransactionalID
	options := d.wire
	options.LegacyApiVersions = legacy
	conn := newConn(socket, config, options)
	if ready == nil {
		return conn, nil
	}
	if err := ready(ctx, conn, target); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

func (d *Dialer) authenticate(ctx context.Context, conn *Conn, target string) error {
	host, port, _ := splitAddress(target)
	n, _ := strconv.Atoi(port) // 0 for what is no number, such as a socket's path
	return authenticate(ctx, conn.wire, d.SASLMechanism, host, n)
}

// negotiate is authenticate for those who send a request at once anyway.
func (d *Dialer) negotiate(ctx context.Context, conn *Conn, target string) error {
	if d.SASLMechanism != nil {
		return d.authenticate(ctx, conn, target)
	}
	if err := conn.wire.Negotiate(ctx); err != nil {
		return fmt.Errorf("asking for the versions of its APIs: %w", err)
	}
	return nil
}

func (d *Dialer) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline := d.Deadline
	if d.Timeout > 0 {
		if t := time.Now().Add(d.Timeout); deadline.IsZero() || t.Before(deadline) {
			deadline = t
		}
	}
	if deadline.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline)
}

// open opens a connection, with TLS if that is asked for. It returns the address
// that it was made to as well, which a Resolver may have chosen.
func (d *Dialer) open(ctx context.Context, network, address string) (net.Conn, string, error) {
	targets, err := d.targets(ctx, network, address)
	if err != nil {
		return nil, "", err
	}
	conn, target, err := d.dialAny(ctx, network, targets)
	if err != nil {
		return nil, "", err
	}
	if d.TLS == nil {
		return conn, target, nil
	}
	secured, err := d.handshake(ctx, conn, target)
	if err != nil {
		_ = conn.Close()
		return nil, "", fmt.Errorf("TLS handshake with %s: %w", target, tlsHint(err))
	}
	return secured, target, nil
}

// targets returns the addresses to try for the one that a program gave.
func (d *Dialer) targets(ctx context.Context, network, address string) ([]string, error) {
	if strings.HasPrefix(network, "unix") {
		return []string{address}, nil
	}
	host, port, _ := splitAddress(address)
	var found []string
	if d.Resolver != nil {
		var err error
		if found, err = d.Resolver.LookupHost(ctx, host); err != nil {
			return nil, fmt.Errorf("looking up %q: %w", host, err)
		}
	}
	if len(found) == 0 {
		found = []string{host}
	}
	targets := make([]string, len(found))
	for i, f := range found {
		h, p, _ := splitAddress(f)
		targets[i] = net.JoinHostPort(h, firstOf(port, p, defaultPort))
	}
	return targets, nil
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// dialAny tries addresses in turn, each with its share of the time left.
func (d *Dialer) dialAny(ctx context.Context, network string, targets []string) (net.Conn, string, error) {
	var failures []error
	for i, target := range targets {
		conn, err := d.dialOne(ctx, network, target, len(targets)-i)
		if err == nil {
			return conn, target, nil
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
	}
	if len(failures) == 1 {
		return nil, "", failures[0]
	}
	return nil, "", errors.Join(failures...)
}

// dialShareMin is the least time that an address of several is given.
const dialShareMin = 2 * time.Second

func (d *Dialer) dialOne(ctx context.Context, network, target string, candidates int) (net.Conn, error) {
	if deadline, ok := ctx.Deadline(); ok && candidates > 1 {
		share := max(time.Until(deadline)/time.Duration(candidates), dialShareMin)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, share)
		defer cancel()
	}
	start := time.Now()
	defer func() {
		d.state().netDial.observeSince(start)
		if d.dials != nil {
			d.dials.observeSince(start)
		}
	}()
	if d.DialFunc != nil {
		return d.DialFunc(ctx, network, target)
	}
	dialer := net.Dialer{
		LocalAddr:     d.LocalAddr,
		FallbackDelay: d.FallbackDelay,
		KeepAlive:     d.KeepAlive,
	}
	return dialer.DialContext(ctx, network, target)
}

func (d *Dialer) handshake(ctx context.Context, conn net.Conn, target string) (net.Conn, error) {
	start := time.Now()
	defer func() { d.state().tlsHandshake.observeSince(start) }()
	config := d.TLS
	if config.ServerName == "" {
		config = config.Clone()
		config.ServerName = serverName(target)
	}
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return secured, nil
}

// serverName is the host of an address as certificates have it: without
// brackets and without the zone of an IPv6 address.
func serverName(address string) string {
	host, _, _ := splitAddress(address)
	host, _, _ = strings.Cut(host, "%")
	return host
}

// tlsHint adds what is likely wrong when the other side does not understand TLS.
func tlsHint(err error) error {
	var header tls.RecordHeaderError
	switch {
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	case errors.As(err, &header), errors.Is(err, syscall.ECONNRESET):
	default:
		return err
	}
	return fmt.Errorf("%w: the broker may not speak TLS on this port", err)
}
