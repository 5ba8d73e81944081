package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// Client makes single requests to a Kafka cluster: those of operators, and those
// that Reader and Writer are made of. The methods are named after the APIs of
// Kafka's protocol, and each is one request as far as the program can see; it is
// sent to the broker, or the brokers, that have to answer it.
//
// A method returns an error if there is no answer, and the answer otherwise. What
// brokers had against the request, or against parts of it, is in the answer.
//
// A Client has nothing to close. It is safe for concurrent use. The fields must
// not be changed while it is in use.
type Client struct {
	// Addr is the cluster, unless the request names one. See TCP.
	Addr net.Addr

	// Timeout bounds each call, beside its context. Zero means no bound.
	Timeout time.Duration

	// Transport carries the requests. nil means DefaultTransport.
	Transport RoundTripper
}

// ClientConfig is how NewClientWith makes a Client.
type ClientConfig struct {
	// Brokers are addresses of brokers of the cluster. There has to be one.
	Brokers []string

	// Dialer opens the connections. nil means NewDialer().
	Dialer *Dialer
}

// NewClient makes a Client of the cluster that the brokers are part of. It panics
// if there are none.
func NewClient(brokers ...string) *Client {
	return NewClientWith(ClientConfig{Brokers: brokers})
}

// NewClientWith makes a Client that dials with a Dialer of the program's. It panics
// if the configuration names no brokers, and keeps nothing of it but the Dialer.
func NewClientWith(config ClientConfig) *Client {
	if len(config.Brokers) == 0 {
		panic("kafka.NewClientWith: ClientConfig.Brokers is empty: at least one broker is needed")
	}
	dialer := config.Dialer
	if dialer == nil {
		dialer = NewDialer()
	}
	return &Client{
		Addr:      TCP(config.Brokers...),
		Transport: &Transport{ClientID: dialer.ClientID, dialer: dialer},
	}
}

var errNoClientAddress = errors.New("no address: neither the request nor the Client has one")

// call sends a request of a Client's method, to the cluster at addr if that is not
// nil. The response is zero for a request that has none.
func call[Res Response](ctx context.Context, c *Client, method string, addr net.Addr, req Request) (res Res, err error) {
	ctx, cancel := c.bound(ctx)
	defer cancel()
	answer, err := c.roundTrip(ctx, addr, req)
	if err != nil {
		return res, clientError(method, err)
	}
	if answer == nil {
		return res, nil
	}
	res, ok := answer.(Res)
	if !ok {
		return res, clientError(method, fmt.Errorf("the RoundTripper answered with %T", answer))
	}
	return res, nil
}

// clientError says which method an error is of.
func clientError(method string, err error) error {
	return fmt.Errorf("kafka.(*Client).%s: %w", method, err)
}

func (c *Client) roundTrip(ctx context.Context, addr net.Addr, req Request) (Response, error) {
	if addr == nil {
		addr = c.Addr
	}
	if addr == nil {
		return nil, errNoClientAddress
	}
	rt := c.Transport
	if rt == nil {
		rt = DefaultTransport
	}
	return rt.RoundTrip(ctx, addr, req)
}

// bound returns ctx with the Timeout of the Client. Methods that make several
// requests, or tell brokers how long they may take, call it before they do.
func (c *Client) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.Timeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, c.Timeout)
}
