package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/segmentio/kafka-go/bench/measure"
	"github.com/segmentio/kafka-go/internal/testkafka"
)

// The Java client is measured by Kafka's own perf tools, which write and read as fast as they can in one thread.
//
// Tuning: the heap and the collector that Kafka's scripts give the tools. Producing: idempotent and acknowledged by all, as by default; batches of 256 KiB and
// up to 10 ms of lingering, which fill them; a buffer of 64 MiB. The tool makes values of its own, of random letters, and waits for no call. Consuming: 1 MiB of
// a partition, as all programs do. Its CPU time is that of a run less that of a run with hardly any records: a JVM takes a second to start. The compiler is at
// work for a part of the rest. The number of records is checked, not what is in them.

const (
	javaHeap    = "-Xmx512m"
	fewRecords  = 1000
	producerJob = "org.apache.kafka.tools.ProducerPerformance"
	consumerJob = "org.apache.kafka.tools.ConsumerPerformance"
)

// java is where the tools are.
type java struct{ jars string }

// buildJava fetches the jars of the tools, once.
func buildJava(ctx context.Context, bin string) (program, error) {
	none := program{name: "java"}
	for _, tool := range []string{"java", "mvn"} {
		if _, err := exec.LookPath(tool); err != nil {
			return none, &missingError{"no " + tool + " on the PATH"}
		}
	}
	jars := filepath.Join(bin, "kafka-tools-"+testkafka.Newest)
	if _, err := os.Stat(jars); err != nil {
		partial := jars + ".partial"
		if _, err := output(ctx, "peers/java", "mvn", "-q", "-B", "dependency:copy-dependencies",
			"-Dkafka.version="+testkafka.Newest, "-DoutputDirectory="+partial); err != nil {
			return none, &missingError{"its tools cannot be fetched: " + err.Error()}
		}
		if err := os.Rename(partial, jars); err != nil {
			return none, err
		}
	}
	j := java{jars}
	return program{name: "java", version: "org.apache.kafka:kafka-clients " + testkafka.Newest, run: j.run, countsOnly: true}, nil
}

func (j java) run(ctx context.Context, command string, w measure.Work) (measure.Figures, error) {
	few := w
	few.Records = fewRecords
	if few.Group != "" {
		few.Group += "-few"
	}
	start, err := j.once(ctx, command, few)
	if err != nil {
		return nil, err
	}
	w.Records -= fewRecords * boolInt(command == "produce") // they are in the topic
	figures, err := j.once(ctx, command, w)
	if err != nil {
		return nil, err
	}
	cpu := figures["cpu_s"] - start["cpu_s"]
	figures["cpu_s_M"] = cpu * 1e6 / float64(w.Records-fewRecords)
	return figures, nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// once runs a tool.
func (j java) once(ctx context.Context, command string, w measure.Work) (measure.Figures, error) {
	records := strconv.Itoa(w.Records)
	args := []string{javaHeap, "-XX:+UseG1GC", "-XX:-UsePerfData", "-cp", filepath.Join(j.jars, "*")}
	read := readConsumer
	switch command {
	case "produce":
		args = append(args, producerJob, "--bootstrap-server", w.Broker, "--topic", w.Topic, "--num-records", records, "--throughput", "-1",
			"--record-size", strconv.Itoa(w.Size), "--command-property", "acks="+w.Acks, "compression.type="+w.Codec,
			"batch.size=262144", "linger.ms=10", "buffer.memory=67108864")
		read = readProducer
	case "consume":
		args = append(args, consumerJob, "--bootstrap-server", w.Broker, "--topic", w.Topic, "--group", w.Group, "--num-records", records,
			"--hide-header", "--timeout", "30000")
	default:
		return nil, fmt.Errorf("no tool for %s", command)
	}
	cmd := exec.CommandContext(ctx, "java", args...)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	figures, err := read(string(out))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	state := cmd.ProcessState
	figures["cpu_s"] = (state.UserTime() + state.SystemTime()).Seconds()
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		figures["rss_mb"] = float64(usage.Maxrss<<10) / 1e6
	}
	return figures, nil
}

var producerLine = regexp.MustCompile(`(?m)^(\d+) records sent, ([\d.]+) records/sec.* 50th`)

func readProducer(out string) (measure.Figures, error) {
	m := producerLine.FindStringSubmatch(out)
	if m == nil {
		return nil, errors.New("the tool has not told what it did")
	}
	speed, err := strconv.ParseFloat(m[2], 64)
	return measure.Figures{"records_s": speed}, err
}

// readConsumer reads the line of values; the last is messages in a second of fetching, without the time for joining the group.
func readConsumer(out string) (measure.Figures, error) {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	fields := strings.Split(lines[len(lines)-1], ",")
	speed, err := strconv.ParseFloat(strings.TrimSpace(fields[len(fields)-1]), 64)
	if err != nil || len(fields) != 10 {
		return nil, errors.New("the tool has not told what it did")
	}
	return measure.Figures{"records_s": speed}, nil
}
