//go:build !original

package main

import (
	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/bench/measure"
)

// The tuning of this library: none. What is measured are its defaults, with idempotence, but for the share of one partition in a response, which is 1 MiB in
// all programs.

func tuneWriter(*kafka.Writer, measure.Work) {}

func tuneReader(config *kafka.ReaderConfig, _ measure.Work) {
	config.MaxBytes = 1 << 20
}
