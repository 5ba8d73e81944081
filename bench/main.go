// Command bench measures this library beside other clients on the same broker, as README.md tells, and prints tables in Markdown.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// options are those of the command.
type options struct {
	rows, peers   []string
	rounds        int
	scale         float64
	quick         bool
	out, profiles string
	list          bool
}

func parse() options {
	var o options
	rows := flag.String("rows", "", "rows to measure, comma-separated, with * for any; empty for all")
	peers := flag.String("peers", "", "clients to run, comma-separated; empty for all. ours is always one")
	flag.IntVar(&o.rounds, "rounds", 5, "runs of each client in a row")
	flag.Float64Var(&o.scale, "scale", 1, "factor for the numbers of records")
	flag.BoolVar(&o.quick, "quick", false, "fewer rows, unless -rows are given, and the clients that targets are against")
	flag.StringVar(&o.out, "out", "", "file to write the report to, too")
	flag.StringVar(&o.profiles, "cpuprofile", "", "folder for CPU profiles of ours; they make it slower")
	flag.BoolVar(&o.list, "list", false, "print the rows and end")
	flag.Parse()
	o.rows, o.peers = split(*rows), split(*peers)
	if len(o.peers) == 0 {
		o.peers = all
		if o.quick {
			o.peers = floored
		}
	}
	if !slices.Contains(o.peers, "ours") {
		o.peers = append([]string{"ours"}, o.peers...)
	}
	return o
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

func run(ctx context.Context) error {
	o := parse()
	chosen := choose(rows(), o.rows, o.quick)
	if o.list {
		for _, r := range chosen {
			fmt.Printf("%-22s %s (%s)\n", r.name, r.about, strings.Join(r.clients, " "))
		}
		return nil
	}
	if len(chosen) == 0 {
		return fmt.Errorf("no row is called %s; -list prints them", strings.Join(o.rows, ", "))
	}
	bin, err := filepath.Abs("bin")
	if err != nil {
		return err
	}
	began := time.Now()
	b := &bench{rounds: o.rounds, scale: o.scale, profiles: o.profiles, ours: filepath.Join(bin, "ours")}
	if b.built, err = build(ctx, bin, o.peers); err != nil {
		return err
	}
	if o.profiles != "" {
		if err := os.MkdirAll(o.profiles, 0o755); err != nil {
			return err
		}
	}
	if b.cluster, err = openCluster(); err != nil {
		return err
	}
	defer b.cluster.stop()
	return b.report(ctx, chosen, o, began)
}

// report measures the rows and prints each as soon as it is there; the file has a summary in front.
func (b *bench) report(ctx context.Context, chosen []row, o options, began time.Time) error {
	var head, tables bytes.Buffer
	b.heading(io.MultiWriter(os.Stdout, &head), o, began)
	out := io.MultiWriter(os.Stdout, &tables)
	var results []result
	var failed []error
	for i, r := range chosen {
		start := time.Now()
		res, err := b.measure(ctx, r)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		res.table(out)
		results = append(results, res)
		fmt.Fprintf(os.Stderr, "%s: %v\n", r.name, time.Since(start).Round(time.Second))
		if err := res.failed["ours"]; err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", r.name, err))
		}
		if err := b.cluster.forget(ctx, chosen[i+1:]); err != nil {
			return err
		}
	}
	var end bytes.Buffer
	summary(io.MultiWriter(os.Stdout, &end), results)
	fmt.Printf("It took %v.\n", time.Since(began).Round(time.Second))
	if o.out != "" {
		text := slices.Concat(head.Bytes(), []byte("## Targets\n\n"), end.Bytes(), []byte("## Rows\n\n"), tables.Bytes())
		failed = append(failed, os.WriteFile(o.out, bytes.TrimRight(text, "\n"), 0o644))
	}
	return errors.Join(failed...)
}
