// Command kafkatest runs an in-process broker (see package kafkatest) on an address until it is interrupted.
//
//	kafkatest -addr 127.0.0.1:9092 -topics orders:3,payments:1
//
// Once it accepts connections it prints "listening on host:port" for each broker, one a line. Everything is in memory and gone when it ends.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/segmentio/kafka-go/kafkatest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, out io.Writer) error {
	opts, err := parse(args)
	if err != nil {
		return err
	}
	broker, err := kafkatest.Start(opts...)
	if err != nil {
		return err
	}
	defer broker.Close()
	for _, addr := range broker.Addrs() {
		if _, err := fmt.Fprintf(out, "listening on %s\n", addr); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return nil
}

func parse(args []string) ([]kafkatest.Option, error) {
	flags := flag.NewFlagSet("kafkatest", flag.ExitOnError)
	addr := flags.String("addr", "127.0.0.1:9092", "host:port of the first broker; port 0 takes a free one")
	brokers := flags.Int("brokers", 1, "number of brokers, on consecutive ports")
	topics := flags.String("topics", "", "topics to create, each as name or name:partitions, separated by commas")
	create := flags.Int("auto-create", 0, "create unknown topics on demand, with this many partitions (0: do not)")
	users := flags.String("users", "", "SASL users, each as mechanism:name:password, separated by commas; with any, connections have to authenticate")
	_ = flags.Parse(args) // a flag that is wrong ends the program
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("kafkatest: unexpected argument %q", flags.Arg(0))
	}
	opts := []kafkatest.Option{kafkatest.Listen(*addr), kafkatest.Brokers(*brokers)}
	if *create != 0 {
		opts = append(opts, kafkatest.AutoCreateTopics(*create))
	}
	accounts, err := parseUsers(*users)
	if err != nil {
		return nil, err
	}
	seeds, err := parseTopics(*topics)
	return append(append(opts, accounts...), seeds...), err
}

func parseUsers(list string) ([]kafkatest.Option, error) {
	var opts []kafkatest.Option
	for user := range strings.SplitSeq(list, ",") {
		if user == "" {
			continue
		}
		mechanism, rest, _ := strings.Cut(user, ":")
		name, password, whole := strings.Cut(rest, ":")
		if !whole {
			return nil, fmt.Errorf("kafkatest: a user of %s is not mechanism:name:password", mechanism)
		}
		opts = append(opts, kafkatest.User(kafkatest.Mechanism(mechanism), name, password))
	}
	return opts, nil
}

func parseTopics(list string) ([]kafkatest.Option, error) {
	var opts []kafkatest.Option
	for topic := range strings.SplitSeq(list, ",") {
		if topic == "" {
			continue
		}
		name, count, counted := strings.Cut(topic, ":")
		partitions := 1
		if counted {
			var err error
			if partitions, err = strconv.Atoi(count); err != nil {
				return nil, fmt.Errorf("kafkatest: topic %q: %q is no number of partitions", name, count)
			}
		}
		opts = append(opts, kafkatest.Topic(name, partitions))
	}
	return opts, nil
}
