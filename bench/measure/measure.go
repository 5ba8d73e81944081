// Package measure is what the programs of this module share: one command line, the workloads, and the same way of counting. A program is built on one
// client library and implements Client with it.
package measure

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Client is a Kafka client library under measurement, tuned as one who knows it would.
type Client interface {
	// OpenProducer returns the library's producer.
	OpenProducer(w Work) (Producer, error)
	// OpenConsumers returns what reads all partitions of the topic from their first offsets on: as many consumers as the library takes for it, each with the
	// same number of partitions. With w.Group it is one, the only member of that consumer group.
	OpenConsumers(w Work) ([]Consumer, error)
}

// Producer is a library's producer.
type Producer interface {
	// Caller returns what one goroutine calls again and again: it writes the values and returns when all of them are acknowledged. What a program has to
	// do for each call, as to make the library's records, is part of it.
	Caller(values [][]byte) func(ctx context.Context) error
	// Send hands one value over, as soon as the library takes it. It is called by one goroutine, with a value that is not used again.
	Send(ctx context.Context, value []byte) error
	// Close waits for what was sent, and returns the first error that no call has returned.
	Close() error
}

// Consumer is a library's consumer.
type Consumer interface {
	// Poll waits until there are records and passes some of them on, in the order of each partition. Offsets are not committed.
	Poll(ctx context.Context, see See) error
	Close() error
}

// See gets a record. The value is valid until it returns.
type See func(partition int, offset int64, value []byte)

// Work is what a program is asked to do.
type Work struct {
	Broker     string // host:port
	Topic      string
	Partitions int
	Group      string // of consumers; empty for none
	Codec      string // none, gzip, snappy, lz4 or zstd
	Acks       string // all or none
	Defaults   bool   // leave the library's settings alone
	Low        bool   // through one connection to one partition, in libraries that offer this
	Keyed      bool   // messages have keys, whose murmur2 hash chooses the partition where the library has that
	Callers    int    // goroutines that write
	Records    int    // to write or to read at least; for latency: at most
	Size       int    // bytes of a value
	Batch      int    // values in a call
	Rate       int    // messages in a second
	Limit      time.Duration

	cpuProfile, memProfile string // files; empty for none
}

// workloads are the commands of a program.
var workloads = map[string]func(ctx context.Context, c Client, w Work) (Figures, error){
	"produce":  produce,
	"consume":  consume,
	"latency":  latency,
	"endtoend": endToEnd,
	"idle":     idle,
}

// Start is the state of the program at the first line of main.
type Start struct{ memory runtime.MemStats }

// AtMain must be the first call of main: what was allocated before it is what the imports cost.
func AtMain() Start {
	var s Start
	runtime.ReadMemStats(&s.memory)
	return s
}

// Main runs the workload that the arguments name and ends the program. A nil client knows the command import alone.
func Main(start Start, client Client) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, start, client, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, start Start, client Client, args []string) error {
	if len(args) == 0 {
		return errors.New("usage: import | produce | consume | latency | endtoend | idle [flags]")
	}
	if args[0] == "import" {
		fmt.Println(Figures{"allocs": float64(start.memory.Mallocs), "bytes": float64(start.memory.TotalAlloc)})
		return nil
	}
	workload, known := workloads[args[0]]
	if !known || client == nil {
		return fmt.Errorf("no workload %q in this program", args[0])
	}
	w, err := parse(args)
	if err != nil {
		return err
	}
	stopProfile, err := w.profile()
	if err != nil {
		return err
	}
	figures, err := workload(ctx, client, w)
	if err = errors.Join(err, stopProfile()); err != nil {
		return err
	}
	fmt.Println(figures)
	return nil
}

func parse(args []string) (Work, error) {
	var w Work
	flags := flag.NewFlagSet(args[0], flag.ExitOnError)
	brokers := flags.String("brokers", os.Getenv("KAFKA_BROKERS"), "host:port of a broker")
	flags.StringVar(&w.Topic, "topic", "bench", "topic")
	flags.IntVar(&w.Partitions, "partitions", 6, "partitions that the topic has")
	flags.StringVar(&w.Group, "group", "", "consumer group; none without")
	flags.StringVar(&w.Codec, "codec", "none", "none, gzip, snappy, lz4 or zstd")
	flags.StringVar(&w.Acks, "acks", "all", "all or none")
	flags.BoolVar(&w.Defaults, "defaults", false, "leave the library's settings alone")
	flags.BoolVar(&w.Low, "low", false, "through one connection to one partition, in libraries that offer this")
	flags.BoolVar(&w.Keyed, "keyed", false, "write keys")
	flags.IntVar(&w.Callers, "callers", 1, "goroutines that write")
	flags.IntVar(&w.Records, "records", 1_000_000, "records to write or read")
	flags.IntVar(&w.Size, "size", 100, "bytes of a value")
	flags.IntVar(&w.Batch, "batch", 1000, "records in a call")
	flags.IntVar(&w.Rate, "rate", 500, "endtoend: messages in a second")
	flags.DurationVar(&w.Limit, "limit", 3*time.Second, "latency: ends then; endtoend, idle: how long")
	flags.StringVar(&w.cpuProfile, "cpuprofile", "", "file for a CPU profile")
	flags.StringVar(&w.memProfile, "memprofile", "", "file for a profile of all allocations")
	_ = flags.Parse(args[1:]) // a flag that is wrong ends the program
	w.Broker, _, _ = strings.Cut(*brokers, ",")
	switch {
	case w.Broker == "":
		return w, errors.New("no broker: -brokers or KAFKA_BROKERS")
	case w.Size < minSize:
		return w, fmt.Errorf("-size %d is less than %d", w.Size, minSize)
	case min(w.Partitions, w.Callers, w.Records, w.Batch, w.Rate) < 1:
		return w, errors.New("numbers must be positive")
	}
	return w, nil
}

// Key returns the key of a value, nil unless messages have keys.
func (w Work) Key(value []byte) []byte {
	if !w.Keyed {
		return nil
	}
	return value[len(value)-keySize:]
}

// keySize is the size of keys.
const keySize = 16

// Args are the arguments of a program that has to do the work as a command; parse reads them.
func (w Work) Args(command string) []string {
	return []string{
		command, "-brokers", w.Broker, "-topic", w.Topic, "-partitions", strconv.Itoa(w.Partitions), "-group", w.Group, "-codec", w.Codec, "-acks", w.Acks,
		"-defaults=" + strconv.FormatBool(w.Defaults), "-low=" + strconv.FormatBool(w.Low), "-keyed=" + strconv.FormatBool(w.Keyed), "-callers", strconv.Itoa(w.Callers), "-records", strconv.Itoa(w.Records),
		"-size", strconv.Itoa(w.Size), "-batch", strconv.Itoa(w.Batch), "-rate", strconv.Itoa(w.Rate), "-limit", w.Limit.String(),
	}
}
