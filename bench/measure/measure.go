// Package measure is what the programs of this module share: one command line, one workload, and the same way of counting.
package measure

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"time"
)

// Client is a Kafka client library under measurement.
type Client interface {
	// Produce writes w.Records records to the partition, w.Batch after w.Batch, each acknowledged by all replicas before the next is sent.
	Produce(ctx context.Context, w Work) error
	// Fetch reads the partition from its first offset on until it has seen w.Records records, and looks at the key and value of each.
	Fetch(ctx context.Context, w Work) (Tally, error)
	// OpenWriter returns the library's producer for programs, as opposed to Produce, which works on one connection. It writes to all partitions in turn, acknowledged by all replicas.
	OpenWriter(w Work) (Writer, error)
}

// Writer is a library's producer.
type Writer interface {
	// Write writes records and returns when all of them were acknowledged; if Work.Async is set, when the library has taken them.
	Write(ctx context.Context, records []Record) error
	// Close waits for what is not acknowledged yet, and returns the first error that no Write has returned.
	Close() error
}

// Work is what a program is asked to do.
type Work struct {
	Broker     string // host:port
	Topic      string
	Records    int
	Size       int    // bytes of a value
	Codec      string // none, gzip, snappy, lz4 or zstd
	FetchBytes int    // upper bound of one fetch
	Variant    string // of the settings of OpenWriter; empty for the library's defaults
	Callers    int    // goroutines that write
	Async      bool   // they do not wait for acknowledgements
	Batch      []Record

	cpuProfile, memProfile string // files; empty for none
}

// Partition is the one that all programs work on.
const Partition = 0

// Record is one record of the batch that is written again and again.
type Record struct{ Key, Value []byte }

// Tally counts what was read.
type Tally struct{ Records, Bytes int }

// Add counts one record.
func (t *Tally) Add(key, value []byte) {
	t.Records++
	t.Bytes += len(key) + len(value)
}

// Start is the state of the program at the first line of main.
type Start struct{ memory runtime.MemStats }

// AtMain must be the first call of main: what was allocated before it is what the imports cost.
func AtMain() Start {
	var s Start
	runtime.ReadMemStats(&s.memory)
	return s
}

// Main runs the command that the arguments name and ends the program. A nil client knows the command import alone.
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
		return errors.New("usage: import | produce [flags] | fetch [flags] | latency [flags] | write [flags]")
	}
	switch command := args[0]; {
	case command == "import":
		fmt.Printf("allocs=%d bytes=%d\n", start.memory.Mallocs, start.memory.TotalAlloc)
		return nil
	case client == nil:
		return fmt.Errorf("%s: this program measures imports only", command)
	case command == "produce":
		return produce(ctx, client, parse(args))
	case command == "fetch":
		return fetch(ctx, client, parse(args))
	case command == "latency":
		return latency(ctx, client, parse(args))
	case command == "write":
		return write(ctx, client, parse(args))
	default:
		return fmt.Errorf("unknown command %q", command)
	}
}

func parse(args []string) Work {
	var w Work
	flags := flag.NewFlagSet(args[0], flag.ExitOnError)
	brokers := flags.String("brokers", os.Getenv("KAFKA_BROKERS"), "host:port of a broker")
	batch := flags.Int("batch", 1000, "records in one produce request, or in one call")
	flags.StringVar(&w.Topic, "topic", "bench", "topic, of which produce and fetch use partition 0")
	flags.IntVar(&w.Records, "records", 1_000_000, "records to write or read")
	flags.IntVar(&w.Size, "size", 100, "bytes of a value")
	flags.StringVar(&w.Codec, "codec", "none", "none, gzip, snappy, lz4 or zstd")
	flags.IntVar(&w.FetchBytes, "fetch", 1<<20, "upper bound of one fetch in bytes")
	flags.StringVar(&w.Variant, "variant", "", "settings of the producer, see README.md")
	flags.IntVar(&w.Callers, "callers", 1, "write: goroutines that write")
	flags.BoolVar(&w.Async, "async", false, "write: do not wait for acknowledgements")
	flags.StringVar(&w.cpuProfile, "cpuprofile", "", "file for a CPU profile")
	flags.StringVar(&w.memProfile, "memprofile", "", "file for a profile of all allocations")
	_ = flags.Parse(args[1:]) // a flag that is wrong ends the program
	w.Broker, _, _ = strings.Cut(*brokers, ",")
	w.Batch = makeBatch(*batch, w.Size)
	return w
}

func produce(ctx context.Context, client Client, w Work) error {
	return report(w, func() (int, error) {
		return w.Records / len(w.Batch) * size(w.Batch), client.Produce(ctx, w)
	})
}

func fetch(ctx context.Context, client Client, w Work) error {
	return report(w, func() (int, error) {
		tally, err := client.Fetch(ctx, w)
		if err == nil && tally.Records < w.Records {
			err = fmt.Errorf("read %d records of %d", tally.Records, w.Records)
		}
		return tally.Bytes, err
	})
}

// report runs f and prints what it cost as one line of name=value pairs.
func report(w Work, f func() (bytes int, err error)) error {
	if w.Broker == "" || w.Records < len(w.Batch) || w.Records%len(w.Batch) != 0 {
		return errors.New("need -brokers, and -records that are a multiple of -batch")
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	stopProfile, err := w.profile()
	if err != nil {
		return err
	}
	cpu, start := cpuTime(), time.Now()

	bytes, err := f()
	if err != nil {
		return err
	}

	cpu, elapsed := cpuTime()-cpu, time.Since(start)
	runtime.ReadMemStats(&after)
	n := float64(w.Records)
	fmt.Printf("cpu_s_per_million=%.4f allocs_per_record=%.4f bytes_per_record=%.1f mb_per_s=%.1f rss_mb=%.1f\n",
		cpu.Seconds()*1e6/n, float64(after.Mallocs-before.Mallocs)/n, float64(after.TotalAlloc-before.TotalAlloc)/n,
		float64(bytes)/1e6/elapsed.Seconds(), float64(maxRSS())/1e6)
	return stopProfile()
}
