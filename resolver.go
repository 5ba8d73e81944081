package kafka

import (
	"context"
	"net"
)

// Resolver looks up the hosts of a cluster for a Dialer. *net.Resolver
// satisfies it.
type Resolver interface {
	// LookupHost returns the addresses of host, in the order in which they
	// are to be tried. Each is a host name or an IP address, and may have a
	// port, which is used if the program's address has none.
	LookupHost(ctx context.Context, host string) (addrs []string, err error)
}

// BrokerResolver looks up the addresses of the brokers of a cluster. It is
// called concurrently.
type BrokerResolver interface {
	// LookupBrokerIPAddr returns the IP addresses of a broker, whose ID is -1
	// while only its address is known.
	LookupBrokerIPAddr(ctx context.Context, broker Broker) ([]net.IPAddr, error)
}

// NewBrokerResolver makes a BrokerResolver that looks up a broker's host with
// r, or with net.DefaultResolver if r is nil. A host without any address gives
// a *net.DNSError.
func NewBrokerResolver(r *net.Resolver) BrokerResolver {
	if r == nil {
		r = net.DefaultResolver
	}
	return brokerResolver{r}
}

type brokerResolver struct{ *net.Resolver }

func (r brokerResolver) LookupBrokerIPAddr(ctx context.Context, broker Broker) ([]net.IPAddr, error) {
	addrs, err := r.LookupIPAddr(ctx, broker.Host)
	if err != nil {
		return nil, err
	}
	if len(addrs) == 0 {
		return nil, &net.DNSError{
			Err:         "no addresses were returned by the resolver",
			Name:        broker.Host,
			IsTemporary: true,
			IsNotFound:  true,
		}
	}
	return addrs, nil
}
