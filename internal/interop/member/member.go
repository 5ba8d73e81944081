package member

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

const (
	commitTimeout = 30 * time.Second
	errorPause    = 100 * time.Millisecond // before the next try
)

// Record is a message. Native is the library's own.
type Record struct {
	Topic     string
	Partition int
	Offset    int64
	Key       []byte
	Native    any
}

// Client is a member of a group. Its methods are called by one goroutine.
type Client interface {
	// Take returns the next messages, once there are some. It may return
	// without any at any time. io.EOF means that there will never be more.
	Take(ctx context.Context) ([]Record, error)
	// Commit commits a message that Take returned. If Config.Commit is 0, it
	// returns when the broker has stored the offset; else the offset is to be
	// stored within Config.Commit, and when partitions are revoked.
	Commit(ctx context.Context, r Record) error
	// Close leaves the group, after the last commit.
	Close() error
}

// Pauser is a client that must be asked for messages even if none are wanted.
type Pauser interface {
	Pause() error
	Resume() error
}

// Main runs the program: open makes the client of the library.
func Main(library, version string, open func(Config, *Log) (Client, error)) {
	if err := run(library, version, open); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(library, version string, open func(Config, *Log) (Client, error)) error {
	cfg, err := parse(filepath.Base(os.Args[0]), os.Args[1:])
	if err != nil {
		return err
	}
	m := &member{cfg: cfg, wanted: reading, interrupt: func() {}}
	stop := m.listen()
	defer stop()
	m.log = newLog(os.Stdout, cfg)
	m.log.Printf("hello %s %s", library, version)
	if m.client, err = open(cfg, m.log); err != nil {
		return err
	}
	go m.obey(os.Stdin)
	if cfg.Summary {
		go m.ticks()
	}
	return errors.Join(m.read(), m.close())
}

// mode is what a member is told to do.
type mode int

const (
	reading mode = iota
	paused
	closing
)

type member struct {
	cfg    Config
	log    *Log
	client Client

	mu        sync.Mutex
	wanted    mode
	interrupt func() // ends what the loop waits for
}

// listen takes signals for close.
func (m *member) listen() (stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		for range c {
			m.want(closing)
		}
	}()
	return func() { signal.Stop(c) }
}

// obey does what the lines of in say, until it ends.
func (m *member) obey(in io.Reader) {
	defer m.want(closing)
	modes := map[string]mode{"pause": paused, "resume": reading, "close": closing}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		command := lines.Text()
		if command == "stats" {
			m.log.stats()
		} else if to, known := modes[command]; known {
			m.want(to)
		} else {
			m.log.Error("unknown command %q", command)
		}
	}
}

func (m *member) ticks() {
	for range time.Tick(time.Second) {
		m.log.tick()
	}
}

func (m *member) want(to mode) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.wanted != closing {
		m.wanted = to
	}
	m.interrupt()
}

// next returns what is wanted now, with a ctx that ends when that changes.
func (m *member) next() (mode, context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	m.mu.Lock()
	defer m.mu.Unlock()
	m.interrupt = cancel
	return m.wanted, ctx, cancel
}

// read takes messages until it is told to close.
func (m *member) read() error {
	is := reading
	for {
		wanted, ctx, cancel := m.next()
		if wanted == closing {
			cancel()
			return nil
		}
		err := m.turn(&is, wanted)
		if err == nil {
			err = m.once(ctx, is)
		}
		cancel()
		if err != nil {
			return err
		}
	}
}

// turn changes from one mode to another.
func (m *member) turn(is *mode, to mode) error {
	if *is == to {
		return nil
	}
	*is = to
	p, ok := m.client.(Pauser)
	if !ok {
		return nil
	}
	if to == paused {
		return p.Pause()
	}
	return p.Resume()
}

// once takes messages one time. What it returns ends the program.
func (m *member) once(ctx context.Context, is mode) error {
	if _, ok := m.client.(Pauser); is == paused && !ok {
		<-ctx.Done()
		return nil
	}
	records, err := m.client.Take(ctx)
	for _, r := range records {
		m.handle(r)
	}
	m.log.flush()
	if err == nil || ctx.Err() != nil {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("the client ended: %w", err)
	}
	m.log.Error("%v", err)
	pause(ctx, errorPause)
	return nil
}

// handle works on a message and commits it.
func (m *member) handle(r Record) {
	m.log.got(r)
	m.log.flush() // what is committed has been said, even if this is the last moment
	pause(context.Background(), m.cfg.Delay)
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	if err := m.client.Commit(ctx, r); err != nil {
		m.log.Error("commit %s %d %d: %v", r.Topic, r.Partition, r.Offset+1, err)
		return
	}
	if m.cfg.Commit == 0 {
		m.log.committed(r)
	}
}

func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (m *member) close() error {
	if err := m.client.Close(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	m.log.closed()
	return nil
}
