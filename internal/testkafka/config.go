package testkafka

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// Newest is the version a Config with no Version gets.
const Newest = "4.4.0"

// Security names a listener, in Kafka's terms.
type Security string

// The listeners a cluster may have. Plaintext is always there.
const (
	Plaintext     Security = "PLAINTEXT"
	SSL           Security = "SSL"
	SASLPlaintext Security = "SASL_PLAINTEXT"
	SASLSSL       Security = "SASL_SSL"
)

// Config describes a cluster. The zero value is one node of the newest version
// with a PLAINTEXT listener.
type Config struct {
	// Version of Apache Kafka, "" for Newest.
	Version string
	// Nodes is the number of brokers, 0 for one. Their ids are 1 to Nodes.
	Nodes int
	// LogDirs is the number of directories of each broker, 0 for one.
	LogDirs int
	// Listeners beside PLAINTEXT, which every node has.
	Listeners []Security
	// Users maps names to passwords, for the SASL listeners. Each may log in
	// by PLAIN and, from 0.10.2, SCRAM-SHA-256 and SCRAM-SHA-512. nil with a
	// SASL listener is {"alice": "alice-secret", "admin": "admin-secret"}.
	Users map[string]string
	// Authorizer turns on Kafka's ACLs. User "admin" and every connection to
	// the PLAINTEXT listener (User:ANONYMOUS) may do all, others nothing
	// until an ACL says so.
	Authorizer bool
	// Racks are the racks of the nodes, by their ids; a node without one is in none.
	Racks []string
	// Properties go to server.properties, over what this package sets.
	Properties map[string]string
	// JVM options, after this package's own (-Xmx384m, …).
	JVM []string
	// Timeout bounds the whole start, 0 for 2 minutes. Fetching jars that are
	// not cached yet is not counted.
	Timeout time.Duration
}

// normalize fills in the defaults and refuses what no broker could do.
func (cfg *Config) normalize() error {
	if cfg.Version == "" {
		cfg.Version = Newest
	}
	if cfg.Nodes == 0 {
		cfg.Nodes = 1
	}
	if cfg.LogDirs == 0 {
		cfg.LogDirs = 1
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 2 * time.Minute
	}
	version, err := parseVersion(cfg.Version)
	if err != nil {
		return err
	}
	if !version.before(v(2, 0)) && version.before(v(2, 4)) {
		return fmt.Errorf("testkafka: the ZooKeeper of Kafka %s does not run on a current JDK", cfg.Version)
	}
	listeners := []Security{Plaintext}
	for _, s := range cfg.Listeners {
		if s != Plaintext {
			listeners = append(listeners, s)
		}
	}
	cfg.Listeners = listeners
	if cfg.has(SASLPlaintext, SASLSSL) && cfg.Users == nil {
		cfg.Users = map[string]string{"alice": "alice-secret", "admin": "admin-secret"}
	}
	return nil
}

// has reports whether any of the listeners is asked for.
func (cfg *Config) has(wanted ...Security) bool {
	for _, have := range cfg.Listeners {
		for _, s := range wanted {
			if have == s {
				return true
			}
		}
	}
	return false
}

// MatrixVersions returns the versions of the version matrix: those of
// KAFKA_MATRIX, or only Newest.
func MatrixVersions() []string {
	var list []string
	for version := range strings.SplitSeq(os.Getenv("KAFKA_MATRIX"), ",") {
		if version = strings.TrimSpace(version); version != "" {
			list = append(list, version)
		}
	}
	if list == nil {
		return []string{Newest}
	}
	return list
}
