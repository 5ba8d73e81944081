// Package worker is what the members of the group chaos have in common, whatever
// client they are built on: each is a process that takes messages of a group, notes
// in its journal that it has processed them, and then commits them. The journal is a
// file that outlives the process, which may be killed at any moment.
//
// A member is started with its Config in the environment (Config.Env). The end of
// its standard input means to close the client, which leaves the group, and to end.
package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// variable of the environment that has the Config.
const variable = "KAFKA_CHAOS_MEMBER"

const (
	takeLimit     = 100 // messages taken at once
	commitTimeout = 30 * time.Second
	errorPause    = 100 * time.Millisecond // before the next try
)

// CommitInterval is that of Manner Interval.
const CommitInterval = 200 * time.Millisecond

// Manner is how a member commits.
type Manner string

// The manners there are.
const (
	Batches  Manner = "batches"  // some messages at once, and waits for the commit
	Singles  Manner = "singles"  // each message, and waits for the commit
	Interval Manner = "interval" // some messages at once, and the client commits every CommitInterval
)

// Config is what a member is told.
type Config struct {
	ID        string // the client id
	Brokers   []string
	Group     string
	Topic     string
	Balancer  string // range, roundrobin or rack-affinity
	Rack      string // where the member is, for rack-affinity
	Manner    Manner
	Session   time.Duration
	Heartbeat time.Duration
	Rebalance time.Duration
	Journal   string // a file
}

// Env is the setting of the environment that makes a program a member.
func (c *Config) Env() (string, error) {
	text, err := json.Marshal(c)
	return variable + "=" + string(text), err
}

// Asked tells whether this process is to be a member.
func Asked() bool { return os.Getenv(variable) != "" }

// Record is a message. Native is what the client has for it.
type Record struct {
	Partition int
	Offset    int64
	Value     []byte // begins with the number of the message in its partition
	Native    any
}

// Client is the member of a group. Its methods are called by one goroutine.
type Client interface {
	// Take returns messages, at most max, once there are some.
	Take(ctx context.Context, max int) ([]Record, error)
	// Commit commits messages that Take has returned, all of them. With Manner
	// Interval it only hands them to the client.
	Commit(ctx context.Context, records []Record) error
	// Close leaves the group, after the last commit.
	Close() error
}

// Main is a member process: open makes its client, which may note in the journal what
// no method returns. What Main returns is the code to exit with.
func Main(open func(Config, *Journal) (Client, error)) int {
	if err := run(open); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func run(open func(Config, *Journal) (Client, error)) error {
	var cfg Config
	if err := json.Unmarshal([]byte(os.Getenv(variable)), &cfg); err != nil {
		return fmt.Errorf("%s: %w", variable, err)
	}
	journal, err := openJournal(cfg.Journal)
	if err != nil {
		return err
	}
	client, err := open(cfg, journal)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // whatever ends it
		cancel()
	})
	w := &work{client: client, journal: journal, limit: takeLimit, waits: cfg.Manner != Interval}
	if cfg.Manner == Singles {
		w.limit = 1
	}
	for ctx.Err() == nil {
		w.once(ctx)
	}
	err = client.Close()
	wg.Wait()
	return errors.Join(err, journal.close())
}

type work struct {
	client  Client
	journal *Journal
	limit   int
	waits   bool // Commit returns when the commit is made
}

// once takes messages, processes and commits them.
func (w *work) once(ctx context.Context) {
	records, err := w.client.Take(ctx, w.limit)
	if len(records) > 0 {
		w.journal.processed(records)
		w.commit(records)
	}
	if err != nil && ctx.Err() == nil {
		w.journal.Error(err)
		timer := time.NewTimer(errorPause)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
}

func (w *work) commit(records []Record) {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	err := w.client.Commit(ctx, records)
	switch {
	case err != nil:
		w.journal.Error(err)
	case w.waits:
		w.journal.committed(records)
	}
}
