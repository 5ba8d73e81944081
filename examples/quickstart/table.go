package main

import (
	"fmt"
	"io"
	"time"

	"github.com/segmentio/kafka-go"
)

// row is the result of one codec.
type row struct {
	codec    kafka.Compression
	messages int
	payload  int64 // bytes of keys, values and headers
	wire     int64 // bytes written to the socket for them
	writing  time.Duration
	reading  time.Duration
}

type table struct{ out io.Writer }

func newTable(out io.Writer) table {
	fmt.Fprintf(out, "%-12s %9s %11s %11s %7s\n", "codec", "messages", "write MB/s", "read MB/s", "ratio")
	return table{out: out}
}

// print writes one line; the ratio is payload to bytes on the wire, so that 4 means a quarter of the traffic.
func (t table) print(r row) {
	ratio := float64(r.payload) / float64(r.wire)
	fmt.Fprintf(t.out, "%-12s %9d %11.1f %11.1f %6.2fx\n", r.codec, r.messages, megabytes(r.payload, r.writing), megabytes(r.payload, r.reading), ratio)
}

func megabytes(n int64, d time.Duration) float64 { return float64(n) / 1e6 / d.Seconds() }
