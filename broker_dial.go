package kafka

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"

	"github.com/segmentio/kafka-go/protocol"
)

// seedBroker is what is known of a broker by its address alone.
func seedBroker(s seed) Broker {
	host, port, _ := splitAddress(s.address)
	n, _ := strconv.Atoi(firstOf(port, defaultPort)) // 0 for a port that is no number
	return Broker{ID: -1, Host: host, Port: n}
}

// dial opens a connection that is ready for requests. Names are looked up anew
// each time, and every address is tried (KIP-302).
func (b *broker) dial(ctx context.Context) (*protocol.Conn, error) {
	info := b.describe()
	network, address := "tcp", net.JoinHostPort(info.Host, strconv.Itoa(info.Port))
	if info.ID < 0 {
		network, address = b.seed.network, b.seed.address
	}
	config := b.cluster.config
	d := config.dialer
	if config.resolver != nil {
		d.Resolver = hostResolver{config.resolver, info}
		d.TLS = withServerName(d.TLS, info.Host)
	}
	d.wire = protocol.ConnOptions{Broker: info.name(address), CallTimeout: requestTimeout}
	conn, err := d.connectReady(ctx, network, address, ConnConfig{}, d.negotiate)
	if err != nil {
		return nil, fmt.Errorf("kafka: %s: %w", info.name(address), err)
	}
	return conn.wire, nil
}

// name is how errors call a broker.
func (b Broker) name(address string) string {
	if b.ID < 0 {
		return address
	}
	return fmt.Sprintf("broker %d at %s", b.ID, address)
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
