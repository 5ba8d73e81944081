package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/bench/measure"
	"github.com/segmentio/kafka-go/internal/testkafka"
)

func TestMain(m *testing.M) { os.Exit(testkafka.Main(m)) }

// Every kind of workload goes through with this library and with the floor, and their checks pass.
func TestRows(t *testing.T) {
	b := &bench{rounds: 1, scale: 0.002, cluster: newCluster(testkafka.Shared(t).Brokers()[0])}
	var err error
	b.built, err = build(t.Context(), t.TempDir(), []string{"ours", "floor"})
	require.NoError(t, err)
	for _, r := range choose(rows(), []string{"produce-100-zstd", "callers-16", "consume-1k", "group-100", "conn-*", "latency", "e2e-500", "idle-*"}, false) {
		r.clients = []string{"ours", "floor"}
		if r.command == "idle" || r.work.Low {
			r.clients = r.clients[:1]
		}
		r.work.Limit /= 3
		r.work.Partitions = min(r.work.Partitions, 20)
		res, err := b.measure(t.Context(), r)
		require.NoError(t, err, r.name)
		require.Empty(t, res.failed, r.name)
		for _, name := range r.clients {
			require.NotEmpty(t, res.rounds[0][name], r.name)
		}
	}
}

// What is in a topic too often, or is not what was written, is found.
func TestVerify(t *testing.T) {
	c := newCluster(testkafka.Shared(t).Brokers()[0])
	const each = 334
	topic, err := c.prepared(t.Context(), data{100, partitions, "none"}, each*partitions)
	require.NoError(t, err)

	w := work(100, "none", each*partitions/2)
	w.Batch = w.Records
	want, _ := w.Written()
	require.Equal(t, each*partitions, want)
	require.ErrorContains(t, c.verify(t.Context(), topic, w, false), "checksum")
	require.NoError(t, c.verify(t.Context(), topic, measure.Work{Records: want, Partitions: partitions, Batch: 1, Callers: 1, Size: 100}, true))

	w.Batch--
	require.ErrorContains(t, c.verify(t.Context(), topic, w, false), "2004 records are in the topic, not 2002")
}
