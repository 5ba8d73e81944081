package kafkatest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net"
	"regexp"
	"strconv"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Option changes how a broker is started. A later option of the same kind replaces an earlier one, except that topics and users add up.
type Option func(*config)

// Mechanism is a SASL mechanism that a [User] authenticates with.
type Mechanism string

// The mechanisms that the broker knows.
const (
	Plain       Mechanism = "PLAIN"
	ScramSHA256 Mechanism = "SCRAM-SHA-256"
	ScramSHA512 Mechanism = "SCRAM-SHA-512"
)

// Brokers sets how many brokers the cluster has; the default is 1. Partitions spread over all of them.
func Brokers(n int) Option {
	return func(c *config) {
		if n < 1 {
			c.reject("a cluster needs at least 1 broker, not %d", n)
			return
		}
		c.brokers = n
	}
}

// Topic creates a topic with that many partitions before the broker answers its first request.
func Topic(name string, partitions int) Option {
	return func(c *config) {
		count, err := checkTopic(name, partitions)
		if err != nil {
			c.errs = append(c.errs, err)
			return
		}
		c.cluster = append(c.cluster, kfake.SeedTopics(count, name))
	}
}

// AutoCreateTopics lets a metadata request create the topics it names, with that many partitions each, as brokers with auto.create.topics.enable do.
// Without it an unknown topic stays unknown.
func AutoCreateTopics(partitions int) Option {
	return func(c *config) {
		if partitions < 1 {
			c.reject("a topic needs at least 1 partition, not %d", partitions)
			return
		}
		c.cluster = append(c.cluster, kfake.AllowAutoTopicCreation(), kfake.DefaultNumPartitions(partitions))
	}
}

// Listen sets the host:port of the first broker; further brokers take the ports that follow, and port 0 takes free ones. The default is 127.0.0.1:0.
// The broker sends its clients to the address that the host resolves to, so name one that they can reach, not the wildcard.
func Listen(addr string) Option {
	return func(c *config) {
		host, port, err := splitAddr(addr)
		if err != nil {
			c.reject("cannot listen on %q: %w", addr, err)
			return
		}
		c.host, c.port = host, port
	}
}

// TLS makes every listener speak TLS with this configuration, which must hold a certificate. The default is plaintext.
func TLS(server *tls.Config) Option {
	return func(c *config) {
		if server == nil {
			c.reject("TLS needs a configuration")
			return
		}
		c.cluster = append(c.cluster, kfake.TLS(server))
	}
}

// User makes SASL mandatory and adds a user who may do everything. The default is no authentication.
func User(mechanism Mechanism, name, password string) Option {
	return func(c *config) {
		switch mechanism {
		case Plain, ScramSHA256, ScramSHA512:
		default:
			c.reject("unknown SASL mechanism %q", mechanism)
			return
		}
		c.cluster = append(c.cluster, kfake.EnableSASL(), kfake.Superuser(string(mechanism), name, password))
	}
}

// config gathers the options; errs holds what is wrong with them until Start reports it.
type config struct {
	brokers int
	host    string
	port    int
	cluster []kfake.Opt
	errs    []error
}

func defaultConfig() config { return config{brokers: 1, host: "127.0.0.1"} }

func (c *config) reject(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf(format, args...))
}

func (c *config) check() error {
	if last := c.port + c.brokers - 1; last > math.MaxUint16 {
		c.reject("%d brokers from port %d on would need port %d", c.brokers, c.port, last)
	}
	return errors.Join(c.errs...)
}

func (c *config) clusterOptions() []kfake.Opt {
	opts := []kfake.Opt{kfake.NumBrokers(c.brokers), kfake.ListenFn(c.listen)}
	if c.port != 0 {
		opts = append(opts, kfake.Ports(c.ports()...))
	}
	return append(opts, c.cluster...)
}

// listen opens the port that the cluster asks for on the host that the user asked for.
func (c *config) listen(network, address string) (net.Listener, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return net.Listen(network, net.JoinHostPort(c.host, port))
}

func (c *config) ports() []int {
	ports := make([]int, c.brokers)
	for i := range ports {
		ports[i] = c.port + i
	}
	return ports
}

var topicName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

func splitAddr(addr string) (host string, port int, err error) {
	host, service, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, err
	}
	n, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("the port is no number from 0 to %d", math.MaxUint16)
	}
	return host, int(n), nil
}

func checkTopic(name string, partitions int) (int32, error) {
	if name == "." || name == ".." || !topicName.MatchString(name) {
		return 0, fmt.Errorf("invalid topic name %q: 1 to 249 of the characters a-z, A-Z, 0-9, '.', '_' and '-', and neither \".\" nor \"..\"", name)
	}
	if partitions < 1 || partitions > math.MaxInt32 {
		return 0, fmt.Errorf("topic %q needs at least 1 partition, not %d", name, partitions)
	}
	return int32(partitions), nil
}
