package measure

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Figures are what a run has come to, by the names of README.md.
type Figures map[string]float64

// String is one line of name=value pairs, which ParseFigures reads.
func (f Figures) String() string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(f)) {
		pairs = append(pairs, name+"="+strconv.FormatFloat(f[name], 'g', 8, 64))
	}
	return strings.Join(pairs, " ")
}

// ParseFigures reads what String has written.
func ParseFigures(line string) (Figures, error) {
	f := Figures{}
	for _, pair := range strings.Fields(line) {
		name, text, _ := strings.Cut(pair, "=")
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no name=value", pair)
		}
		f[name] = value
	}
	return f, nil
}

// meter is where the counters of the process stood.
type meter struct {
	cpu    time.Duration
	start  time.Time
	memory runtime.MemStats
}

func begin() meter {
	var m meter
	runtime.GC() // what comes before has no share in the collections that follow
	runtime.ReadMemStats(&m.memory)
	m.cpu, m.start = cpuTime(), time.Now()
	return m
}

// end returns what n records have cost since begin.
func (m meter) end(n int) Figures {
	cpu, elapsed := cpuTime()-m.cpu, time.Since(m.start)
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	count := float64(n)
	return Figures{
		"records":     count,
		"elapsed_s":   elapsed.Seconds(),
		"records_s":   count / elapsed.Seconds(),
		"cpu_s":       cpu.Seconds(),
		"cpu_s_M":     cpu.Seconds() * 1e6 / count,
		"allocs":      float64(after.Mallocs-m.memory.Mallocs) / count,
		"bytes":       float64(after.TotalAlloc-m.memory.TotalAlloc) / count,
		"collections": float64(after.NumGC - m.memory.NumGC),
		"goroutines":  float64(runtime.NumGoroutine()),
		"connections": float64(connections()),
		"rss_mb":      float64(peakMemory()) / 1e6,
	}
}

// latencies adds percentiles of durations, which it sorts.
func (f Figures) latencies(took []time.Duration) {
	slices.Sort(took)
	for name, share := range map[string]float64{"p50_us": 0.50, "p99_us": 0.99} {
		i := min(int(float64(len(took))*share), len(took)-1)
		f[name] = float64(took[i].Nanoseconds()) / 1e3
	}
}

// connections counts the sockets of the process; 0 where the system does not tell.
func connections() int {
	files, _ := filepath.Glob("/proc/self/fd/*")
	n := 0
	for _, file := range files {
		if target, err := os.Readlink(file); err == nil && strings.HasPrefix(target, "socket:") {
			n++
		}
	}
	return n
}

// peakMemory returns the peak of resident memory in bytes. Linux counts it for the program; what getrusage tells there is at least that of the process that
// has started the program.
func peakMemory() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return maxRSS()
	}
	for line := range strings.Lines(string(status)) {
		var kib int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	return maxRSS()
}
