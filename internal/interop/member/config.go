package member

import (
	"flag"
	"fmt"
	"strings"
	"time"
)

// Config is what the command line asks for.
type Config struct {
	Brokers   []string
	Group     string
	Topics    []string
	Protocol  string // "range" or "roundrobin"
	ID        string // the client id
	Session   time.Duration
	Heartbeat time.Duration
	Rebalance time.Duration
	Commit    time.Duration // between commits; 0: each message, before the next is taken
	Wait      time.Duration // of a fetch that finds nothing
	Delay     time.Duration // work on each message
	Expect    int64         // messages after which it says so; 0: never
	Summary   bool          // counts instead of got and committed lines
}

// parse reads a command line.
func parse(name string, args []string) (Config, error) {
	var cfg Config
	var brokers, topics string
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.StringVar(&brokers, "brokers", "127.0.0.1:9092", "host:port,…")
	f.StringVar(&cfg.Group, "group", "", "the group")
	f.StringVar(&topics, "topics", "", "topic,…")
	f.StringVar(&cfg.Protocol, "protocol", "range", "how partitions are assigned: range or roundrobin")
	f.StringVar(&cfg.ID, "id", name, "the client id")
	f.DurationVar(&cfg.Session, "session", 10*time.Second, "session timeout")
	f.DurationVar(&cfg.Heartbeat, "heartbeat", 300*time.Millisecond, "time between heartbeats")
	f.DurationVar(&cfg.Rebalance, "rebalance", 30*time.Second, "rebalance timeout")
	f.DurationVar(&cfg.Commit, "commit", 0, "time between commits; 0: each message, before the next is taken")
	f.DurationVar(&cfg.Wait, "wait", 500*time.Millisecond, "how long a broker may hold a fetch back that finds nothing")
	f.DurationVar(&cfg.Delay, "delay", 0, "work on each message")
	f.Int64Var(&cfg.Expect, "expect", 0, "messages after which a reached line is written")
	f.BoolVar(&cfg.Summary, "summary", false, "counts instead of got and committed lines")
	if err := f.Parse(args); err != nil {
		return cfg, err
	}
	cfg.Brokers, cfg.Topics = strings.Split(brokers, ","), strings.Split(topics, ",")
	switch {
	case f.NArg() > 0:
		return cfg, fmt.Errorf("%s: unexpected %q", name, f.Args())
	case cfg.Group == "" || topics == "":
		return cfg, fmt.Errorf("%s: -group and -topics are needed", name)
	case cfg.Protocol != "range" && cfg.Protocol != "roundrobin":
		return cfg, fmt.Errorf("%s: -protocol is %q: it may be range or roundrobin", name, cfg.Protocol)
	}
	return cfg, nil
}
