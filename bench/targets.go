package main

import "strings"

// target is what one figure of ours should come to, in the same round.
type target struct {
	rows    string // patterns
	figure  string
	against string // the client whose figure ours is divided by; empty for ours alone
	bound   float64
	atLeast bool // bound is the least; otherwise the most
}

// cpu are targets for CPU seconds by record, against franz-go, the floor and kafka-go v0.4.51; 0 for none.
func cpu(rows string, franz, floor, kafkago float64) []target {
	return against(rows, "cpu_s_M", franz, floor, kafkago)
}

func against(rows, figure string, franz, floor, kafkago float64) []target {
	var list []target
	for _, t := range []target{
		{rows, figure, "franz", franz, false}, {rows, figure, "floor", floor, false}, {rows, figure, "kafkago", kafkago, false},
	} {
		if t.bound > 0 {
			list = append(list, t)
		}
	}
	return list
}

const (
	bulk  = "produce-* consume-* group-* readers-50" // many records, many in a call
	paced = "callers-*"
)

// targets are all there are.
var targets = concat(
	cpu("consume-100 group-100", 0.6, 2.5, 0.2),
	cpu("consume-1k group-1k", 0.75, 1.6, 0.3),
	cpu("consume-100-lz4 consume-100-snappy", 0.65, 0, 0.35),
	cpu("consume-100-zstd", 0.7, 0, 0.35),
	cpu("consume-100-gzip", 0.85, 0, 0.35),
	cpu("group-100p group-1000p", 0.6, 0, 0.15),
	[]target{{"group-100p group-1000p", "connections", "", 3, false}},
	cpu("produce-100", 0.6, 2.5, 0.3),
	cpu("callers-256", 0.8, 0, 0.3),
	cpu("produce-1k", 0.8, 1.5, 0.45),
	cpu("produce-100-lz4 produce-100-snappy", 0.75, 0, 0.6),
	cpu("produce-100-zstd produce-100-gzip", 0.95, 0, 0.6),
	against("latency", "p50_us", 1.0, 1.4, 0.0003),
	against("latency-tuned", "p50_us", 1.0, 1.4, 1.0),
	against("e2e-500", "p50_us", 1.0, 1.1, 1.0),
	[]target{{bulk, "allocs", "", 0.02, false}},
	against(bulk+" "+paced, "rss_mb", 0.33, 0, 4),
	[]target{{bulk + " " + paced + " latency*", "records_s", "franz", 1.0, true}, {bulk + " " + paced + " latency*", "records_s", "kafkago", 1.5, true}},
)

func concat(lists ...[]target) []target {
	var list []target
	for _, l := range lists {
		list = append(list, l...)
	}
	return list
}

// of reports whether the target is one of a row.
func (t target) of(row string) bool { return matches(row, strings.Fields(t.rows)) }

// met reports whether a value is what is wanted.
func (t target) met(value float64) bool {
	if t.atLeast {
		return value >= t.bound
	}
	return value <= t.bound
}
