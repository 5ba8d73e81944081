package interop_test

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/segmentio/kafka-go/internal/interop"
	"github.com/segmentio/kafka-go/internal/testkafka"
)

const (
	perPartition   = 100 // messages
	valueSize      = 100 // bytes
	readTimeout    = 3 * time.Minute
	idleTime       = 5 * time.Second
	shownErrors    = 3 // of one member
	maxConnections = 3 // of this library to one broker
)

// TestManyPartitions has one member alone in its group read all partitions of a
// topic on three brokers, and prints what it holds for that. KAFKA_INTEROP_PARTITIONS
// is their number.
func TestManyPartitions(t *testing.T) {
	number := os.Getenv("KAFKA_INTEROP_PARTITIONS")
	if number == "" {
		t.Skip("it is a measurement: set KAFKA_INTEROP_PARTITIONS to a number, or run make partitions")
	}
	partitions, err := strconv.Atoi(number)
	require.NoError(t, err)
	members := programs(t, interop.KafkaGo, interop.Original, interop.Franz)
	k := testkafka.Start(t, testkafka.Config{Nodes: 3})
	o := observe(t, k.Brokers())
	topic := fmt.Sprintf("partitions-%d", time.Now().UnixNano())
	o.create(topic, partitions)
	o.fill(topic, partitions)
	until(t, "there is a coordinator", func() error { _, err := o.committed(t.Context(), topic); return err }) // not at the cost of the first member
	fmt.Printf("%d partitions on 3 brokers, %d messages of %d bytes in each; one member alone in its group\n", partitions, perPartition, valueSize)
	var rows []holding
	for _, p := range members {
		t.Run(p.Kind, func(t *testing.T) { rows = append(rows, hold(t, k, p, topic, partitions)) })
	}
	fmt.Print(holdings(rows))
}

// fill writes messages to all partitions.
func (o *observer) fill(topic string, partitions int) {
	o.t.Helper()
	value := slices.Repeat([]byte("v"), valueSize)
	for p := range partitions {
		for range perPartition {
			o.Produce(o.t.Context(), &kgo.Record{Topic: topic, Partition: int32(p), Value: value}, func(_ *kgo.Record, err error) {
				if err != nil {
					o.t.Errorf("writing to partition %d: %v", p, err)
				}
			})
		}
	}
	require.NoError(o.t, o.Flush(o.t.Context()))
}

// holding is what a member holds while it owns all partitions.
type holding struct {
	kind                    string
	messages, want, errors  int
	seconds                 float64 // from its start until all were read
	connections             []int   // by broker
	most                    int     // of the connections to one broker, in between
	goroutines              int
	rss, peak, heap         int64
	cpuReading, cpuIdleTime time.Duration
}

// hold measures one kind.
func hold(t *testing.T, k *testkafka.Cluster, p interop.Program, topic string, partitions int) holding {
	h := &holding{kind: p.Kind, want: partitions * perPartition}
	events := make(chan interop.Event, 1000)
	m := p.Start(t, p.Kind+"-1", func(e interop.Event) {
		switch e.Name {
		case "hello", "reached", "stats":
			events <- e
		case "error":
			if h.errors++; h.errors <= shownErrors {
				t.Logf("%s: %s", p.Kind, e.Text)
			}
		}
	}, "-brokers", strings.Join(k.Brokers(), ","), "-group", topic+"-"+p.Kind, "-topics", topic,
		"-summary", "-commit", "1s", "-wait", "500ms", "-heartbeat", "3s", "-session", "30s", "-rebalance", "60s", "-expect", strconv.Itoa(h.want))
	began := next(t, m, events, "hello", nil).Time
	reached := next(t, m, events, "reached", func() { h.most = max(h.most, slices.Max(h.count(t, k, m))) })
	h.seconds = reached.Time.Sub(began).Seconds()
	h.cpuReading = used(t, m)
	waited := time.NewTimer(idleTime)
	<-waited.C // what is measured is what it costs to wait
	h.cpuIdleTime = used(t, m) - h.cpuReading
	h.connections = h.count(t, k, m)
	var err error
	h.rss, h.peak, err = memory(m.Pid())
	require.NoError(t, err)
	m.Command("stats")
	stats := numbers(t, next(t, m, events, "stats", nil))
	h.goroutines, h.heap, h.messages = int(stats["goroutines"]-stats["base"]), stats["heap"], int(stats["messages"])
	m.Close()

	require.Equal(t, h.want, h.messages, "messages read")
	if p.Kind == interop.KafkaGo {
		require.LessOrEqual(t, max(h.most, slices.Max(h.connections)), maxConnections, "connections to one broker")
	}
	return *h
}

// next waits for a line, doing something meanwhile.
func next(t *testing.T, m *interop.Member, events <-chan interop.Event, name string, meanwhile func()) interop.Event {
	t.Helper()
	deadline := time.NewTimer(readTimeout)
	defer deadline.Stop()
	ticks := time.NewTicker(200 * time.Millisecond)
	defer ticks.Stop()
	for {
		select {
		case e := <-events:
			if e.Name == name {
				return e
			}
		case <-m.Done():
			t.Fatalf("%s ended before it said %s", m.ID, name)
		case <-deadline.C:
			t.Fatalf("%s has not said %s within %v", m.ID, name, readTimeout)
		case <-ticks.C:
			if meanwhile != nil {
				meanwhile()
			}
		}
	}
}

// count counts the connections to each broker.
func (h *holding) count(t *testing.T, k *testkafka.Cluster, m *interop.Member) []int {
	t.Helper()
	byPort, err := connections(m.Pid())
	require.NoError(t, err)
	var list []int
	for _, broker := range k.Brokers() {
		_, text, err := net.SplitHostPort(broker)
		require.NoError(t, err)
		port, err := strconv.Atoi(text)
		require.NoError(t, err)
		list = append(list, byPort[port])
	}
	return list
}

func used(t *testing.T, m *interop.Member) time.Duration {
	t.Helper()
	d, err := cpu(m.Pid())
	require.NoError(t, err)
	return d
}

// numbers reads name=number words.
func numbers(t *testing.T, e interop.Event) map[string]int64 {
	t.Helper()
	result := map[string]int64{}
	for _, word := range e.Fields() {
		name, value, _ := strings.Cut(word, "=")
		n, err := strconv.ParseInt(value, 10, 64)
		require.NoError(t, err, e.Text)
		result[name] = n
	}
	return result
}

// holdings is the table.
func holdings(rows []holding) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "client\tconnections to each broker\tmost while reading\tgoroutines\theap\tresident\tpeak\tmessages\tall read after\tCPU until then\tCPU of %v idle\terrors logged\n", idleTime)
	for _, h := range rows {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%.1f MB\t%.1f MB\t%.1f MB\t%d\t%.1f s\t%.2f s\t%.2f s\t%d\n", h.kind, strings.Trim(fmt.Sprint(h.connections), "[]"), h.most,
			h.goroutines, mb(h.heap), mb(h.rss), mb(h.peak), h.messages, h.seconds, h.cpuReading.Seconds(), h.cpuIdleTime.Seconds(), h.errors)
	}
	if err := w.Flush(); err != nil {
		return err.Error()
	}
	return b.String()
}

func mb(bytes int64) float64 { return float64(bytes) / 1e6 }
