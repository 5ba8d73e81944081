package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/bench/measure"
)

// Every target is about rows that there are, and every row's name is its own.
func TestTargets(t *testing.T) {
	names := map[string]bool{}
	for _, r := range rows() {
		require.False(t, names[r.name], r.name)
		names[r.name] = true
		require.Equal(t, "ours", r.clients[0], r.name)
	}
	for _, target := range targets {
		for _, pattern := range strings.Fields(target.rows) {
			require.NotEmpty(t, choose(rows(), []string{pattern}, false), pattern)
		}
	}
}

func TestChoose(t *testing.T) {
	require.Len(t, choose(rows(), []string{"consume-100", "latency"}, false), 2)
	require.Len(t, choose(rows(), []string{"callers-*"}, true), 3)
	require.Len(t, choose(rows(), nil, false), len(rows()))
	require.Less(t, len(choose(rows(), nil, true)), len(rows()))
}

func TestVerdicts(t *testing.T) {
	r := result{
		row:   consumeRow(100, "none"),
		there: map[string]program{"ours": {}, "franz": {}},
		rounds: []map[string]measure.Figures{
			{"ours": {"cpu_s_M": 1, "allocs": 0.01, "records_s": 10}, "franz": {"cpu_s_M": 2, "records_s": 20}},
			{"ours": {"cpu_s_M": 10, "allocs": 0.03, "records_s": 10}, "franz": {"cpu_s_M": 100, "records_s": 1}},
			{"ours": {"cpu_s_M": 3, "allocs": 0.05, "records_s": 10}, "franz": {"cpu_s_M": 4, "records_s": 10}},
		},
	}
	var out bytes.Buffer
	r.table(&out)
	text := out.String()
	require.Contains(t, text, "| consume-100 | cpu_s_M ÷ franz | ≤ 0.6 | 0.5 | met |", "the median of the rounds' ratios, not the ratio of the medians")
	require.Contains(t, text, "| consume-100 | allocs | ≤ 0.02 | 0.03 | **missed** |")
	require.Contains(t, text, "| consume-100 | records_s ÷ franz | ≥ 1 | 1 | met |")
	require.Contains(t, text, "| consume-100 | rss_mb ÷ franz | ≤ 0.33 | - | not measured |")
	require.NotContains(t, text, "kafkago", "a client that is not run has no targets")
	require.Contains(t, text, "| franz | 4 (2–100) | 0.5 |")

	out.Reset()
	summary(&out, []result{r})
	require.Contains(t, out.String(), "2 of 4 targets are met.")
}

func TestNumber(t *testing.T) {
	for v, text := range map[float64]string{
		0: "0", 0.00018: "0.00018", 0.0123: "0.0123", 0.12345: "0.123", 12.345: "12.3", 999: "999", 1234.5: "1,235", 1234567: "1,234,567",
	} {
		require.Equal(t, text, number(v))
	}
}

func TestJavaTools(t *testing.T) {
	f, err := readProducer("5 records sent, 1.0 records/sec (1 MB/sec), 2 ms avg latency, 3 ms max latency.\n" +
		"1000 records sent, 4807.7 records/sec (0.46 MB/sec), 8.77 ms avg latency, 189.00 ms max latency, 5 ms 50th, 6 ms 95th, 7 ms 99th, 8 ms 99.9th.\n")
	require.NoError(t, err)
	require.Equal(t, measure.Figures{"records_s": 4807.7}, f)
	f, err = readConsumer("2026-11-27 13:00:00:000, 2026-11-27 13:00:01:000, 9.5367, 9.5, 100000, 100000.0, 300, 700, 13.6, 142857.1\n")
	require.NoError(t, err)
	require.Equal(t, measure.Figures{"records_s": 142857.1}, f)
	_, err = readConsumer("WARN nothing")
	require.Error(t, err)
}
