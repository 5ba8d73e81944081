package main

import (
	"fmt"
	"path"
	"time"

	"github.com/segmentio/kafka-go/bench/measure"
)

// row is one workload, done by several clients.
type row struct {
	name    string
	about   string
	command string
	work    measure.Work // Broker, Topic and Group are set for each run
	group   bool         // consumers are in one
	clients []string     // in turn
	quick   bool         // part of bench-quick
}

// Which clients do a row: those that targets are against, those and the floor, or all.
var (
	rivals  = []string{"ours", "franz", "kafkago"}
	floored = []string{"ours", "floor", "franz", "kafkago"}
	all     = []string{"ours", "floor", "franz", "kafkago", "sarama", "librdkafka", "java"}
	lively  = []string{"ours", "floor", "franz", "kafkago", "sarama", "librdkafka"} // Java's tools cannot do these
	members = []string{"ours", "franz", "kafkago", "sarama", "librdkafka"}
)

const (
	calledBytes = 1_000_000 // in a call with many messages
	manyCallers = 4         // that write them, so that the library is never without work
	partitions  = 6
)

// rows are all workloads. The numbers of records are those of the fast clients: others do a part, see share.
func rows() []row {
	var list []row
	for _, size := range []int{100, 1024} {
		for _, codec := range []string{"none", "lz4", "snappy", "zstd", "gzip"} {
			list = append(list, produceRow(size, codec))
		}
	}
	list = append(list, keyedRow(), acksRow(), callersRow(1, 8_000), callersRow(16, 80_000), callersRow(256, 300_000))
	for _, size := range []int{100, 1024} {
		for _, codec := range []string{"none", "lz4", "snappy", "zstd", "gzip"} {
			list = append(list, consumeRow(size, codec))
		}
		list = append(list, groupRow(size))
	}
	return append(list,
		connRow("produce"),
		connRow("consume"),
		partitionsRow("group-100p", 100, 2_000_000),
		partitionsRow("group-1000p", 1000, 2_000_000),
		readersRow(),
		latencyRow("latency", true),
		latencyRow("latency-tuned", false),
		endToEndRow("e2e-500", 500),
		endToEndRow("e2e-5000", 5000),
		idleRow(),
	)
}

// work has what most rows share.
func work(size int, codec string, records int) measure.Work {
	return measure.Work{
		Partitions: partitions, Codec: codec, Acks: "all", Callers: 1, Records: records, Size: size, Batch: 1, Rate: 1, Limit: time.Second,
	}
}

var sizeNames = map[int]string{100: "100", 1024: "1k"}

// produced are records by size and codec.
var (
	produced = map[int]map[string]int{
		100:  {"none": 2_000_000, "lz4": 1_500_000, "snappy": 1_500_000, "zstd": 1_000_000, "gzip": 500_000},
		1024: {"none": 600_000, "lz4": 400_000, "snappy": 400_000, "zstd": 300_000, "gzip": 160_000},
	}
	consumed = map[int]map[string]int{
		100:  {"none": 4_000_000, "lz4": 3_000_000, "snappy": 3_000_000, "zstd": 2_000_000, "gzip": 2_000_000},
		1024: {"none": 2_000_000, "lz4": 1_000_000, "snappy": 1_000_000, "zstd": 1_000_000, "gzip": 1_000_000},
	}
)

func name(kind string, size int, codec string) string {
	n := kind + "-" + sizeNames[size]
	if codec != "none" {
		n += "-" + codec
	}
	return n
}

func produceRow(size int, codec string) row {
	w := work(size, codec, produced[size][codec])
	w.Callers, w.Batch = manyCallers, calledBytes/size
	r := row{name: name("produce", size, codec), command: "produce", work: w, clients: rivals, quick: size == 100 || codec == "none"}
	if codec == "none" {
		r.clients = all
	}
	r.about = "4 callers write calls of 1 MB, acknowledged by all replicas"
	return r
}

func keyedRow() row {
	r := produceRow(100, "none")
	r.name, r.work.Keyed, r.clients, r.quick = "produce-100-keyed", true, members, false
	r.about = "4 callers write calls of 1 MB with keys of 16 bytes, whose hash chooses the partition, acknowledged by all replicas"
	return r
}

func acksRow() row {
	r := produceRow(100, "none")
	r.name, r.work.Acks, r.clients, r.quick = "produce-100-acks0", "none", floored, false
	r.about = "4 callers write calls of 1 MB, acknowledged by nobody"
	return r
}

func callersRow(callers, records int) row {
	w := work(100, "none", records)
	w.Callers = callers
	r := row{name: fmt.Sprintf("callers-%d", callers), command: "produce", work: w, quick: callers == 256, about: "each caller writes one message in a call and waits"}
	r.clients = members
	if callers == 1 {
		r.clients = lively // the floor has no batches to put together
	}
	return r
}

func consumeRow(size int, codec string) row {
	r := row{
		name: name("consume", size, codec), command: "consume", work: work(size, codec, consumed[size][codec]),
		clients: rivals, quick: size == 100 || codec == "none",
	}
	r.about = "all of 6 partitions, without a group"
	if codec == "none" {
		r.clients = lively
	}
	return r
}

func groupRow(size int) row {
	r := consumeRow(size, "none")
	r.name, r.group, r.clients = "group-"+sizeNames[size], true, all
	r.about = "all of 6 partitions, as the one member of a group"
	return r
}

// connRow is of one partition.
func connRow(command string) row {
	w := work(100, "none", 1_500_000)
	w.Partitions, w.Low = 1, true
	r := row{name: "conn-" + command + "-100", command: command, work: w, clients: []string{"ours", "kafkago"}, about: "one partition, through Conn and Batch"}
	if command == "produce" {
		r.work.Batch = 1000
		r.about = "one partition, through Conn, 1,000 messages in a call"
	}
	return r
}

func partitionsRow(name string, count, records int) row {
	w := work(100, "none", records)
	w.Partitions = count
	r := row{name: name, command: "consume", work: w, group: true, clients: members, quick: true}
	r.about = "all of many partitions, as the one member of a group"
	return r
}

func readersRow() row {
	w := work(100, "none", 2_000_000)
	w.Partitions = 50
	r := row{name: "readers-50", command: "consume", work: w, clients: rivals, quick: false}
	r.about = "50 Readers in one process, with a partition each; franz-go has one client for all of them"
	return r
}

func latencyRow(name string, defaults bool) row {
	w := work(100, "none", 4_000)
	w.Defaults = defaults
	w.Limit = 3 * time.Second
	r := row{name: name, command: "latency", work: w, clients: lively, quick: true}
	r.about = "one caller writes one message at a time, the clients tuned for it"
	if defaults {
		r.about = "one caller writes one message at a time, default settings"
	}
	return r
}

func endToEndRow(name string, rate int) row {
	w := work(100, "none", 1)
	w.Rate, w.Limit = rate, 2*time.Second
	r := row{name: name, command: "endtoend", work: w, clients: lively, quick: rate == 500, about: "from the producer's call to the consumer, in one process"}
	if rate > 1000 {
		r.clients = members // the floor waits for each response
	}
	return r
}

func idleRow() row {
	w := work(100, "none", 1000)
	w.Partitions, w.Defaults, w.Limit = 1000, true, 5*time.Second
	return row{name: "idle-1000p", command: "idle", work: w, group: true, clients: members, about: "a member of a group waits at the ends of 1,000 partitions, default settings"}
}

// shares are what slow clients do of the records, so that their runs take no longer than others'. Figures are by record.
var shares = map[string]map[string]float64{
	"consume": {"kafkago": 0.25, "sarama": 0.5, "librdkafka": 0.25, "java": 0.5},
	"produce": {"kafkago": 0.5, "sarama": 0.25, "librdkafka": 0.25, "java": 0.5},
}

// share returns the part of a row's work that a client does.
func (r row) share(client string) measure.Work {
	w := r.work
	if part, slow := shares[r.command][client]; slow {
		w.Records = int(float64(w.Records) * part)
	}
	return w
}

// choose returns the rows whose names match one of the patterns; all without patterns.
func choose(list []row, patterns []string, quick bool) []row {
	var chosen []row
	for _, r := range list {
		if len(patterns) == 0 && (r.quick || !quick) || matches(r.name, patterns) {
			chosen = append(chosen, r)
		}
	}
	return chosen
}

func matches(name string, patterns []string) bool {
	for _, pattern := range patterns {
		if ok, err := path.Match(pattern, name); ok && err == nil {
			return true
		}
	}
	return false
}
