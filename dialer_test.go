package kafka

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/sasl/plain"
)

func TestNewDialer(t *testing.T) {
	d := NewDialer()
	assert.Equal(t, 10*time.Second, d.Timeout)
	assert.True(t, d.DualStack)
	d = NewDialer(func(d *Dialer) { d.ClientID = "me" }, func(d *Dialer) { d.Timeout = 0 })
	assert.Equal(t, "me", d.ClientID)
	assert.Zero(t, d.Timeout)
	assert.Equal(t, 10*time.Second, DefaultDialer.Timeout)
	assert.True(t, DefaultDialer.DualStack)
}

func TestDial(t *testing.T) {
	address := new(fakeLog).broker().listen(t)
	for name, dial := range map[string]func() (*Conn, error){
		"Dial":        func() (*Conn, error) { return Dial("tcp", address) },
		"DialContext": func() (*Conn, error) { return DialContext(t.Context(), "tcp", address) },
		"zero Dialer": func() (*Conn, error) { return (&Dialer{}).Dial("tcp", address) },
	} {
		c, err := dial()
		require.NoError(t, err, name)
		assert.Equal(t, address, c.RemoteAddr().String())
		_, err = c.Brokers()
		assert.NoError(t, err)
		assert.NoError(t, c.Close())
	}
}

// The context ends with the dial: the connection lives on.
func TestConnOutlivesItsDialContext(t *testing.T) {
	address := new(fakeLog).broker().listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	c, err := (&Dialer{Timeout: time.Minute, Deadline: time.Now().Add(time.Minute)}).DialContext(ctx, "tcp", address)
	require.NoError(t, err)
	defer c.Close()
	cancel()
	_, err = c.Brokers()
	assert.NoError(t, err)
}

func TestDialFailures(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	l.Close()
	_, err = Dial("tcp", address)
	require.ErrorContains(t, err, "failed to dial: ")
	var opErr *net.OpError
	require.ErrorAs(t, err, &opErr)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = DialContext(ctx, "tcp", address)
	assert.ErrorIs(t, err, context.Canceled)

	_, err = (&Dialer{Deadline: time.Unix(1, 0)}).Dial("tcp", address)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestDialFuncIsBoundedByTimeoutAndDeadline(t *testing.T) {
	wait := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		for _, d := range []*Dialer{
			{DialFunc: wait, Timeout: 3 * time.Second},
			{DialFunc: wait, Timeout: time.Hour, Deadline: time.Now().Add(6 * time.Second)},
			{DialFunc: wait, Timeout: 3 * time.Second, Deadline: time.Now().Add(time.Hour)},
		} {
			_, err := d.Dial("tcp", "b")
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		}
		assert.Equal(t, 9*time.Second, time.Since(start))
	})
}

type resolverFunc func(ctx context.Context, host string) ([]string, error)

func (f resolverFunc) LookupHost(ctx context.Context, host string) ([]string, error) {
	return f(ctx, host)
}

func TestDialerResolver(t *testing.T) {
	for name, tt := range map[string]struct {
		address string
		host    string // that the resolver is asked for
		found   []string
		dialled []string
	}{
		"port of the address":     {"b:1", "b", []string{"1.2.3.4"}, []string{"1.2.3.4:1"}},
		"the address' port wins":  {"b:1", "b", []string{"1.2.3.4:5"}, []string{"1.2.3.4:1"}},
		"port of the resolver":    {"b", "b", []string{"1.2.3.4:5"}, []string{"1.2.3.4:5"}},
		"empty port":              {"b:", "b", []string{"1.2.3.4:5"}, []string{"1.2.3.4:5"}},
		"default port":            {"b", "b", []string{"1.2.3.4"}, []string{"1.2.3.4:9092"}},
		"all addresses are tried": {"b:1", "b", []string{"1.1.1.1", "c", "2.2.2.2"}, []string{"1.1.1.1:1", "c:1", "2.2.2.2:1"}},
		"nothing found":           {"b:1", "b", nil, []string{"b:1"}},
		"IPv6":                    {"[::1]:1", "::1", []string{"::2", "[::3]:4"}, []string{"[::2]:1", "[::3]:1"}},
		"bare IPv6":               {"::1", "::1", []string{"::2"}, []string{"[::2]:9092"}},
	} {
		t.Run(name, func(t *testing.T) {
			var host string
			var dialled []string
			d := &Dialer{
				Resolver: resolverFunc(func(_ context.Context, h string) ([]string, error) {
					host = h
					return tt.found, nil
				}),
				DialFunc: func(_ context.Context, _, address string) (net.Conn, error) {
					dialled = append(dialled, address)
					return nil, errors.New("refused " + address)
				},
			}
			_, err := d.Dial("tcp", tt.address)
			for _, address := range tt.dialled {
				assert.ErrorContains(t, err, "refused "+address)
			}
			assert.Equal(t, tt.host, host)
			assert.Equal(t, tt.dialled, dialled)
		})
	}
}

func TestDialerWithoutResolver(t *testing.T) {
	for network, want := range map[string]string{"tcp": "b:9092", "unix": "b"} {
		var got string
		d := &Dialer{DialFunc: func(_ context.Context, n, address string) (net.Conn, error) {
			assert.Equal(t, network, n)
			got = address
			return nil, io.ErrClosedPipe
		}}
		_, err := d.Dial(network, "b")
		assert.ErrorIs(t, err, io.ErrClosedPipe)
		assert.Equal(t, want, got)
	}
}

func TestResolverFails(t *testing.T) {
	d := &Dialer{Resolver: resolverFunc(func(context.Context, string) ([]string, error) { return nil, io.ErrNoProgress })}
	_, err := d.Dial("tcp", "b:1")
	assert.ErrorIs(t, err, io.ErrNoProgress)
	assert.ErrorContains(t, err, `looking up "b"`)
}

// One address that does not answer leaves time for the others.
func TestDialSharesTimeAmongAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := new(fakeLog).broker()
		d := &Dialer{
			Timeout:  12 * time.Second,
			Resolver: resolverFunc(func(context.Context, string) ([]string, error) { return []string{"dead", "dead", "alive"}, nil }),
			DialFunc: func(ctx context.Context, network, address string) (net.Conn, error) {
				if address == "alive:1" {
					return b.dial(ctx, network, address)
				}
				<-ctx.Done()
				return nil, ctx.Err()
			},
		}
		start := time.Now()
		c, err := d.Dial("tcp", "b:1")
		require.NoError(t, err)
		c.Close()
		assert.Equal(t, 8*time.Second, time.Since(start))
	})
}

// serverTLS makes a certificate for names, and a configuration that trusts it.
func serverTLS(t *testing.T, ips []net.IP, names ...string) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "broker"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		DNSNames:     names,
		IPAddresses:  ips,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, &tls.Config{RootCAs: pool}
}

func TestDialTLS(t *testing.T) {
	server, client := serverTLS(t, []net.IP{net.IPv4(127, 0, 0, 1)}, "broker.example")
	b := new(fakeLog).broker()
	address := listen(t, func(conn net.Conn) { b.serve(tls.Server(conn, server)) })

	c, err := (&Dialer{TLS: client}).Dial("tcp", address)
	require.NoError(t, err)
	_, err = c.Brokers()
	require.NoError(t, err)
	require.NoError(t, c.Close())
	assert.Empty(t, client.ServerName, "the program's configuration is not changed")

	named := client.Clone()
	named.ServerName = "broker.example"
	c, err = (&Dialer{TLS: named}).Dial("tcp", address)
	require.NoError(t, err)
	c.Close()

	named.ServerName = "other.example"
	_, err = (&Dialer{TLS: named}).Dial("tcp", address)
	require.ErrorContains(t, err, "failed to dial: TLS handshake with "+address)
	var hostErr x509.HostnameError
	assert.ErrorAs(t, err, &hostErr)
}

func TestTLSServerName(t *testing.T) {
	server, client := serverTLS(t, []net.IP{net.IPv6loopback}, "broker.example")
	for _, address := range []string{"[::1]:9093", "broker.example:9093", "broker.example", "::1"} {
		d := &Dialer{TLS: client, DialFunc: func(context.Context, string, string) (net.Conn, error) {
			c, s := net.Pipe()
			go new(fakeLog).broker().serve(tls.Server(s, server))
			return c, nil
		}}
		c, err := d.Dial("tcp", address)
		require.NoError(t, err, address)
		c.Close()
	}
	assert.Equal(t, "fe80::1", serverName("[fe80::1%eth0]:9093"))
}

// countingDial tells how many of its connections are open.
func countingDial(dial func() net.Conn) (func(context.Context, string, string) (net.Conn, error), *atomic.Int32) {
	open := new(atomic.Int32)
	return func(context.Context, string, string) (net.Conn, error) {
		open.Add(1)
		return &countedConn{Conn: dial(), open: open}, nil
	}, open
}

type countedConn struct {
	net.Conn
	open *atomic.Int32
	once sync.Once
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

func TestTrap25FailedHandshakeClosesTheSocket(t *testing.T) {
	for name, answer := range map[string]string{
		"not TLS": "\x00\x00\x00\x08\x00\x00\x00\x01\x00\x00\x00\x00",
		"hung up": "",
	} {
		dial, open := countingDial(func() net.Conn {
			client, server := net.Pipe()
			go func() {
				server.Read(make([]byte, 4096))
				server.Write([]byte(answer))
				server.Close()
			}()
			return client
		})
		_, err := (&Dialer{DialFunc: dial, TLS: &tls.Config{}}).Dial("tcp", "b")
		require.Error(t, err, name)
		assert.ErrorContains(t, err, "the broker may not speak TLS on this port", name)
		assert.NotErrorIs(t, err, io.EOF)
		assert.Zero(t, open.Load(), name)
	}
}

func TestTLSHandshakeHonoursTheContext(t *testing.T) {
	dial, open := countingDial(silentPeer)
	d := &Dialer{DialFunc: dial, TLS: &tls.Config{}}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := d.DialContext(ctx, "tcp", "b")
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Zero(t, open.Load())
}

// silentPeer takes what it gets and says nothing.
func silentPeer() net.Conn {
	client, server := net.Pipe()
	go io.Copy(io.Discard, server)
	return client
}

func TestTrap24SASLIsBoundedByTheDial(t *testing.T) {
	mechanism := plain.Mechanism{Username: "alice", Password: "alice-secret"}
	synctest.Test(t, func(t *testing.T) {
		dial, open := countingDial(silentPeer)
		for name, d := range map[string]*Dialer{
			"timeout":  {DialFunc: dial, SASLMechanism: mechanism, Timeout: 2 * time.Second},
			"deadline": {DialFunc: dial, SASLMechanism: mechanism, Deadline: time.Now().Add(2 * time.Second)},
		} {
			_, err := d.Dial("tcp", "b")
			require.ErrorIs(t, err, context.DeadlineExceeded, name)
			assert.NotContains(t, err.Error(), "secret")
			assert.Zero(t, open.Load(), name)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := (&Dialer{DialFunc: dial, SASLMechanism: mechanism}).DialContext(ctx, "tcp", "b")
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Zero(t, open.Load())
	})
}

func TestDialWithSASL(t *testing.T) {
	b := new(fakeLog).broker()
	d := &Dialer{DialFunc: b.dial, SASLMechanism: plain.Mechanism{Username: "alice", Password: "alice-secret"}}
	c, err := d.Dial("tcp", "b")
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Brokers()
	assert.NoError(t, err)
}

// A look-alike that hangs up on ApiVersions v3 is asked again with version 0.
func TestDialFallsBackToTheOldestApiVersions(t *testing.T) {
	b := metadataBroker()
	hangUps := 0
	d := &Dialer{DialFunc: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			version, id, _, _, err := protocol.ReadRequest(server)
			if err != nil || version > 0 {
				hangUps++
				server.Close()
				return
			}
			protocol.WriteResponse(server, 0, id, b.apiVersions())
			b.serve(server)
		}()
		return client, nil
	}}
	for range 2 {
		partitions, err := d.LookupPartitions(t.Context(), "tcp", "b", "t")
		require.NoError(t, err)
		assert.Len(t, partitions, 2)
	}
	assert.Equal(t, 1, hangUps, "once is enough to know")
	c, err := d.Dial("tcp", "b")
	require.NoError(t, err)
	defer c.Close()
	_, err = c.ReadPartitions("t")
	assert.NoError(t, err)
}

func TestLookupPartitions(t *testing.T) {
	dial, open := countingDial(func() net.Conn {
		c, _ := metadataBroker().dial(t.Context(), "", "")
		return c
	})
	d := &Dialer{DialFunc: dial}
	partitions, err := d.LookupPartitions(t.Context(), "tcp", "b", "u")
	require.NoError(t, err)
	require.Len(t, partitions, 2)
	assert.Equal(t, "u", partitions[0].Topic)
	_, err = d.LookupPartitions(t.Context(), "tcp", "b", "missing")
	assert.Equal(t, UnknownTopicOrPartition, err)

	p, err := d.LookupPartition(t.Context(), "tcp", "b", "u", 1)
	require.NoError(t, err)
	assert.Equal(t, LeaderNotAvailable, p.Error, "a description is wanted, not a leader")
	leader, err := d.LookupLeader(t.Context(), "tcp", "b", "u", 0)
	require.NoError(t, err)
	assert.Equal(t, Broker{Host: "b1", Port: 1, ID: 1, Rack: "r1"}, leader)
	assert.Zero(t, open.Load(), "lookups close their connections")
}

func TestTrap23LookupsGiveUp(t *testing.T) {
	d := &Dialer{DialFunc: metadataBroker().dial}
	lookups := map[string]func(ctx context.Context) error{
		"topic": func(ctx context.Context) error {
			_, err := d.LookupPartition(ctx, "tcp", "b", "missing", 0)
			return err
		},
		"partition": func(ctx context.Context) error { _, err := d.LookupPartition(ctx, "tcp", "b", "t", 7); return err },
		"leader":    func(ctx context.Context) error { _, err := d.LookupLeader(ctx, "tcp", "b", "t", 1); return err },
		"dial":      func(ctx context.Context) error { _, err := d.DialLeader(ctx, "tcp", "b", "t", 1); return err },
	}
	for name, lookup := range lookups {
		want := UnknownTopicOrPartition
		if name == "leader" || name == "dial" {
			want = LeaderNotAvailable
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				err := lookup(context.Background())
				require.ErrorIs(t, err, want)
				assert.ErrorContains(t, err, "of topic")
				assert.NotErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, lookupTimeout, time.Since(start))

				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				start = time.Now()
				err = lookup(ctx)
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.ErrorIs(t, err, want, "the reason is told too")
				assert.Equal(t, 2*time.Second, time.Since(start))

				ctx, stop := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, stop)
				assert.ErrorIs(t, lookup(ctx), context.Canceled)
			})
		})
	}
	_, err := d.LookupPartition(t.Context(), "tcp", "b", "t", -1)
	assert.ErrorIs(t, err, UnknownTopicOrPartition)
}

func TestLookupWaitsForTheTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		known := metadataBroker()
		b := &fakeBroker{handle: func(r *fakeRequest) protocol.Message {
			asked++
			if asked < 4 {
				return &metadata.Response{Topics: []metadata.ResponseTopic{{Name: "t", ErrorCode: int16(LeaderNotAvailable)}}}
			}
			return known.handle(r)
		}}
		start := time.Now()
		p, err := (&Dialer{DialFunc: b.dial}).LookupPartition(t.Context(), "tcp", "b", "t", 0)
		require.NoError(t, err)
		assert.Equal(t, "b1", p.Leader.Host)
		assert.Equal(t, (100+400+900)*time.Millisecond, time.Since(start))
	})
}

func TestLookupReturnsWhatDoesNotPass(t *testing.T) {
	b := &fakeBroker{handle: func(r *fakeRequest) protocol.Message {
		return &metadata.Response{Topics: []metadata.ResponseTopic{{Name: "t", ErrorCode: int16(TopicAuthorizationFailed)}}}
	}}
	_, err := (&Dialer{DialFunc: b.dial}).LookupPartition(t.Context(), "tcp", "b", "t", 0)
	assert.Equal(t, TopicAuthorizationFailed, err)
}

func TestDialLeader(t *testing.T) {
	b := metadataBroker()
	var dialled []string
	d := &Dialer{DialFunc: func(ctx context.Context, network, address string) (net.Conn, error) {
		dialled = append(dialled, address)
		return b.dial(ctx, network, address)
	}}
	c, err := d.DialLeader(t.Context(), "tcp", "bootstrap:5", "t", 0)
	require.NoError(t, err)
	defer c.Close()
	assert.Equal(t, []string{"bootstrap:5", "b1:1"}, dialled)
	assert.Equal(t, "t", c.topic)
	assert.Equal(t, 1, c.Broker().ID)
	assert.Equal(t, "r1", c.Broker().Rack)

	_, err = d.DialPartition(t.Context(), "tcp", "ignored", Partition{Topic: "t"})
	assert.ErrorIs(t, err, LeaderNotAvailable)
	_, err = d.DialPartition(t.Context(), "tcp", "ignored", Partition{Topic: "t", ID: -1, Leader: Broker{Host: "b1"}})
	assert.ErrorIs(t, err, UnknownTopicOrPartition)
	assert.Len(t, dialled, 2)
}

// The address of a leader is the broker's word: if it does not resolve, the
// error tells where to look.
func TestLeaderThatDoesNotResolve(t *testing.T) {
	b := metadataBroker()
	d := &Dialer{DialFunc: func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == "b1:1" {
			return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: "b1", IsNotFound: true}}
		}
		return b.dial(ctx, network, address)
	}}
	_, err := d.DialLeader(t.Context(), "tcp", "bootstrap", "t", 0)
	assert.ErrorContains(t, err, `broker 1 advertises host "b1", which does not resolve here`)
	var dns *net.DNSError
	assert.ErrorAs(t, err, &dns)
}

func TestDialerStats(t *testing.T) {
	server, client := serverTLS(t, nil, "bootstrap", "b1")
	b := metadataBroker()
	d := &Dialer{TLS: client, DialFunc: func(context.Context, string, string) (net.Conn, error) {
		c, s := net.Pipe()
		go b.serve(tls.Server(s, server))
		return c, nil
	}}
	assert.Zero(t, d.Stats())
	c, err := d.DialLeader(t.Context(), "tcp", "bootstrap", "t", 0)
	require.NoError(t, err)
	c.Close()
	s := d.Stats()
	assert.Equal(t, int64(1), s.PartitionLookupsDialTime.Count)
	assert.Equal(t, int64(1), s.DialPartitionTime.Count)
	assert.Equal(t, int64(1), s.ReadPartitionTime.Count)
	assert.Equal(t, int64(2), s.NetDialTime.Count)
	assert.Equal(t, int64(2), s.TLSHandshakeTime.Count)
	assert.Positive(t, s.TLSHandshakeTime.Min)
	assert.GreaterOrEqual(t, s.PartitionLookupsDialTime.Sum, s.TLSHandshakeTime.Min)
	assert.Zero(t, d.Stats(), "each call begins anew")
}

// The probes that keep a connection alive are on unless they are turned off.
func TestTrap55KeepAlive(t *testing.T) {
	address := new(fakeLog).broker().listen(t)
	for period, want := range map[time.Duration]bool{0: true, time.Minute: true, -1: false} {
		c, _, err := (&Dialer{KeepAlive: period}).open(t.Context(), "tcp", address)
		require.NoError(t, err)
		on, ok := keepAliveOf(t, c)
		c.Close()
		if ok {
			assert.Equal(t, want, on, "%v", period)
		}
	}
}
