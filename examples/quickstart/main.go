// Command quickstart writes messages to Kafka with each compression codec, reads them back in a consumer group and compares every one.
//
//	go run ./quickstart                                     # against a broker inside this process
//	KAFKA_BROKERS=localhost:9092 go run ./quickstart        # against a cluster
//
// It works on a topic of its own, with one partition for each codec, and deletes the topic when it is done. A cluster needs Kafka 2.1 or later, for zstd.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/compress"
)

// timeout bounds each step that is not the Writer's, which has bounds of its own: a dial, a request, or the whole of one read.
const timeout = 30 * time.Second

// codecs are tried in this order; the index of a codec is its partition.
var codecs = []kafka.Compression{compress.None, kafka.Gzip, kafka.Snappy, kafka.Lz4, kafka.Zstd}

type settings struct {
	broker   string // host:port; empty starts the embedded broker
	topic    string
	messages int // for each codec
	keep     bool
}

func main() {
	s := settings{broker: os.Getenv("KAFKA_BROKERS")}
	flag.IntVar(&s.messages, "messages", 100_000, "messages to write with each codec")
	flag.StringVar(&s.topic, "topic", "quickstart-"+rand.Text(), "topic to create")
	flag.BoolVar(&s.keep, "keep", false, "keep the topic instead of deleting it at the end")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, s); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, s settings) (err error) {
	if s.messages < 1 {
		return fmt.Errorf("-messages must be 1 or more, not %d", s.messages)
	}
	broker, stop, err := connectTo(s.broker, out)
	if err != nil {
		return err
	}
	defer stop()

	if err := createTopic(ctx, broker, s.topic); err != nil {
		return err
	}
	fmt.Fprintf(out, "created topic %s with %d partitions, one for each codec\n\n", s.topic, len(codecs))
	if !s.keep {
		defer func() {
			if deleteErr := deleteTopic(broker, s.topic); err == nil {
				err = deleteErr
			}
		}()
	}

	reader := newReader(broker, s.topic)
	defer func() { err = errors.Join(err, reader.Close()) }()
	want := makeOrders(s.messages)
	table := newTable(out)
	for partition, codec := range codecs {
		row, err := roundTrip(ctx, reader, broker, s.topic, partition, codec, want)
		if ctx.Err() != nil {
			return context.Cause(ctx) // an interrupt closes the connection: what that reports is no news
		}
		if err != nil {
			return fmt.Errorf("%s: %w", codec, err)
		}
		table.print(row)
	}
	fmt.Fprintf(out, "\nOK: %d messages written and read back; every key, value, header and offset is right\n", len(codecs)*len(want))
	return nil
}
