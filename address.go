package kafka

import (
	"net"
	"strings"
)

// defaultPort is the port of an address that has none.
const defaultPort = "9092"

// TCP makes an address of one or more "host:port", which together name a
// cluster. A host without a port gets 9092. With several, Network() is "tcp"
// for each, and String() the addresses, both joined with commas. TCP() is nil.
func TCP(address ...string) net.Addr {
	if len(address) == 0 {
		return nil
	}
	if len(address) == 1 {
		return &networkAddress{"tcp", withDefaultPort(address[0])}
	}
	addrs := make([]string, len(address))
	networks := make([]string, len(address))
	for i, a := range address {
		addrs[i], networks[i] = withDefaultPort(a), "tcp"
	}
	return &networkAddress{strings.Join(networks, ","), strings.Join(addrs, ",")}
}

type networkAddress struct{ network, address string }

func (a *networkAddress) Network() string { return a.network }
func (a *networkAddress) String() string  { return a.address }

func withDefaultPort(address string) string {
	host, port, ok := splitAddress(address)
	if !ok {
		port = defaultPort
	}
	return net.JoinHostPort(host, port)
}

// splitAddress takes "host:port" apart; ok is false if there is no port. Unlike
// net.SplitHostPort it takes a bare host too, and an IPv6 address with or
// without brackets. The host has no brackets.
func splitAddress(address string) (host, port string, ok bool) {
	if rest, bracketed := strings.CutPrefix(address, "["); bracketed {
		host, after, closed := strings.Cut(rest, "]")
		if !closed {
			return address, "", false
		}
		port, ok = strings.CutPrefix(after, ":")
		return host, port, ok
	}
	if strings.Count(address, ":") > 1 {
		return address, "", false
	}
	return strings.Cut(address, ":")
}
