package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/segmentio/kafka-go/bench/measure"
)

// runLimit ends a run that hangs.
const runLimit = 2 * time.Minute

// bench is one measurement of many rows.
type bench struct {
	built
	cluster  *cluster
	rounds   int
	scale    float64 // of the numbers of records
	profiles string  // folder for CPU profiles of ours; empty for none
	ours     string  // the program to profile
}

// result is what the rounds of a row have brought.
type result struct {
	row    row
	there  map[string]program           // the clients that can be run
	rounds []map[string]measure.Figures // by client
	failed map[string]error             // the first error of a client, which ends its runs
}

// measure runs a row: all clients in turn, round after round, so that what disturbs the machine disturbs all of them alike.
func (b *bench) measure(ctx context.Context, r row) (result, error) {
	res := result{row: r, there: b.programs, failed: map[string]error{}}
	if r.reads() {
		if _, err := b.cluster.prepared(ctx, r.data(), b.scaled(r.work).Records); err != nil {
			return res, err
		}
	}
	for range b.rounds {
		round := map[string]measure.Figures{}
		for _, name := range r.clients {
			p, there := b.programs[name]
			if !there || res.failed[name] != nil {
				continue
			}
			figures, err := b.run(ctx, r, p)
			if ctx.Err() != nil {
				return res, ctx.Err()
			}
			if err != nil {
				res.failed[name] = err
				continue
			}
			round[name] = figures
		}
		res.rounds = append(res.rounds, round)
	}
	return res, nil
}

// scaled returns work with the number of records that this measurement takes.
func (b *bench) scaled(w measure.Work) measure.Work {
	w.Records = max(1, int(float64(w.Records)*b.scale))
	return w
}

// run runs a client once and checks what it has done.
func (b *bench) run(ctx context.Context, r row, p program) (measure.Figures, error) {
	w := b.scaled(r.share(p.name))
	w.Broker = b.cluster.broker
	if r.command == "idle" {
		w.Records = r.work.Partitions
	}
	if r.group {
		w.Group = b.cluster.name()
	}
	if r.reads() {
		topic, err := b.cluster.prepared(ctx, r.data(), w.Records)
		if err != nil {
			return nil, err
		}
		w.Topic = topic
		return b.start(ctx, r, p, w)
	}
	topic, err := b.cluster.create(ctx, w.Partitions)
	if err != nil {
		return nil, err
	}
	w.Topic = topic
	figures, err := b.start(ctx, r, p, w)
	if err == nil && r.command == "produce" {
		err = b.cluster.verify(ctx, topic, w, p.countsOnly)
	}
	return figures, errors.Join(err, b.cluster.remove(ctx, topic))
}

// start has a program do the work.
func (b *bench) start(ctx context.Context, r row, p program, w measure.Work) (measure.Figures, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, runLimit, fmt.Errorf("no end after %v", runLimit))
	defer cancel()
	do := p.run
	if b.profiles != "" && p.name == "ours" {
		do = executable(b.ours, "-cpuprofile", filepath.Join(b.profiles, r.name+".pprof"))
	}
	figures, err := do(ctx, r.command, w)
	if err != nil {
		return nil, errors.Join(err, context.Cause(ctx))
	}
	return figures, nil
}
