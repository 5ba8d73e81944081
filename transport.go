package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/sasl"
)

// RoundTripper sends requests to a Kafka cluster. *Transport is the one of this
// package; programs may plug in their own wherever a field asks for one.
type RoundTripper interface {
	// RoundTrip sends req to the cluster at addr, to the broker that has to
	// answer it, and returns the response; it is nil for a request that has
	// none. The ctx bounds the call. It must be safe for concurrent use.
	RoundTrip(ctx context.Context, addr net.Addr, req Request) (Response, error)
}

// DefaultTransport is used where a program gives none. It is a *Transport with
// default values.
var DefaultTransport RoundTripper = &Transport{}

// Defaults of Transport.
const (
	defaultTransportDialTimeout = 5 * time.Second
	defaultTransportIdleTimeout = 30 * time.Second
	defaultMetadataTTL          = 6 * time.Second
)

// Transport is a RoundTripper which keeps connections to the brokers of any
// number of clusters, dialled when needed and closed when idle: one per broker,
// which all requests share. Requests that the broker holds on to have others, one
// for each at a time, as long as there are no more than 256 of Fetch, and 256 of
// JoinGroup and SyncGroup; beyond that they share these.
//
// A broker that cannot be reached is dialled again after a pause, which grows to
// a second with each failure (KIP-144). One that asks for a pause because of a
// quota is given it, as long as the contexts of requests allow (KIP-219).
//
// Clients, Writers and Readers that use the same Transport and the same address
// share connections and metadata. The fields are read when a cluster is used for
// the first time; later changes do not affect it. The zero value is ready to
// use. A Transport is safe for concurrent use.
type Transport struct {
	// Dial opens connections, in place of a net.Dialer. It is given the context
	// of the dial, and has to heed it.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// DialTimeout bounds the opening of a connection: resolving names, connecting,
	// the TLS handshake, SASL, and the negotiation of versions. Zero means 5 s.
	DialTimeout time.Duration

	// IdleTimeout is how long an unused connection is kept. Zero means 30 s.
	IdleTimeout time.Duration

	// MetadataTTL is the age from which on what is known of a topic in use is
	// asked for again. It is asked for at once when a broker's answer shows that
	// it is out of date. Zero means 6 s.
	MetadataTTL time.Duration

	// MetadataTopics are topics to keep metadata of from the start, beside those
	// that come into use.
	MetadataTopics []string

	// ClientID names the program to brokers. Empty means DefaultClientID.
	ClientID string

	// TLS has connections use TLS. Where its ServerName is empty, it is the host
	// that is dialled. nil means plain connections.
	TLS *tls.Config

	// SASL authenticates connections. nil means no authentication.
	SASL sasl.Mechanism

	// Resolver finds the addresses of brokers, anew for each dial; all that it
	// returns are tried. nil leaves it to Dial.
	Resolver BrokerResolver

	// Context is the parent of what the Transport does in the background: when it
	// ends, connections close and requests fail. nil means context.Background().
	Context context.Context

	dialer *Dialer // of a Writer that was given one

	mutex    sync.Mutex
	clusters map[clusterKey]*cluster
}

// clusterKey identifies a cluster by how the program names it.
type clusterKey struct{ network, address string }

var errNoAddress = errors.New("kafka: no address: the cluster to send the request to is not given")

// RoundTrip sends a request to the broker of the cluster at addr that has to
// answer it: the leader of a partition, the coordinator of a group or of a
// transaction, the controller, or any. What addr names only serves to find the
// cluster's brokers. It does so again when all of them are gone (KIP-899).
//
// A request that its broker declines because another one has become leader,
// coordinator or controller is sent to that one. Where only part of a request is
// declined, the answer is returned as it is, and what is known is brought up to
// date for the next.
//
// Metadata requests that name topics are answered from what is known if that is
// younger than MetadataTTL.
//
// Errors of the network come as *protocol.RequestError, which tells whether the
// request was written; errors of brokers are in the response.
func (t *Transport) RoundTrip(ctx context.Context, addr net.Addr, req Request) (Response, error) {
	c, err := t.retain(addr)
	if err != nil {
		return nil, err
	}
	defer c.release()
	return c.roundTrip(ctx, req)
}

// CloseIdleConnections closes the connections that carry no request, and lets go
// of what is known about clusters; those in use by a Writer or Reader remain
// theirs. The Transport stays usable.
func (t *Transport) CloseIdleConnections() {
	t.mutex.Lock()
	clusters := t.clusters
	t.clusters = nil
	t.mutex.Unlock()
	for _, c := range clusters {
		c.closeIdle()
		c.release() // the reference that the map held
	}
}

// retain returns the cluster at addr for use until its release.
func (t *Transport) retain(addr net.Addr) (*cluster, error) {
	if addr == nil {
		return nil, errNoAddress
	}
	if t.Context != nil && t.Context.Err() != nil {
		return nil, contextEnded(t.Context)
	}
	key := clusterKey{addr.Network(), addr.String()}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	c := t.clusters[key]
	if c != nil && c.ctx.Err() == nil {
		c.refs.Add(1)
		return c, nil
	}
	seeds, err := seedAddresses(key)
	if err != nil {
		return nil, err
	}
	c = newCluster(t.config(), seeds)
	if t.clusters == nil {
		t.clusters = make(map[clusterKey]*cluster)
	}
	t.clusters[key] = c
	c.refs.Add(1)
	return c, nil
}

// transportConfig is a Transport's configuration with its defaults filled in.
type transportConfig struct {
	dialer         Dialer // but for what depends on the broker
	resolver       BrokerResolver
	idleTimeout    time.Duration
	metadataTTL    time.Duration
	metadataTopics []string
	parent         context.Context
}

func (t *Transport) config() *transportConfig {
	c := &transportConfig{
		dialer:         t.newDialer(),
		resolver:       t.Resolver,
		idleTimeout:    orDefault(t.IdleTimeout, defaultTransportIdleTimeout),
		metadataTTL:    orDefault(t.MetadataTTL, defaultMetadataTTL),
		metadataTopics: append([]string(nil), t.MetadataTopics...),
		parent:         t.Context,
	}
	if c.parent == nil {
		c.parent = context.Background()
	}
	return c
}

func (t *Transport) newDialer() Dialer {
	if t.dialer != nil {
		t.dialer.state() // has to be there before there are copies
		return *t.dialer
	}
	return Dialer{
		ClientID:      t.ClientID,
		DialFunc:      t.Dial,
		Timeout:       orDefault(t.DialTimeout, defaultTransportDialTimeout),
		TLS:           t.TLS,
		SASLMechanism: t.SASL,
		shared:        new(dialerState),
	}
}

// orDefault returns v, or def if v is not set.
func orDefault[T ~int | ~int64](v, def T) T {
	if v <= 0 {
		return def
	}
	return v
}

// seed is an address that a program gave for a cluster.
type seed struct{ network, address string }

// seedAddresses takes an address apart that may name several brokers, see TCP.
func seedAddresses(key clusterKey) ([]seed, error) {
	networks := strings.Split(key.network, ",")
	addresses := strings.Split(key.address, ",")
	seeds := make([]seed, 0, len(addresses))
	for i, a := range addresses {
		if a = strings.TrimSpace(a); a == "" {
			continue
		}
		seeds = append(seeds, seed{networks[min(i, len(networks)-1)], a})
	}
	if len(seeds) == 0 {
		return nil, errNoAddress
	}
	return seeds, nil
}
