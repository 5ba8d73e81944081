package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

const howToRead = `Clients run in turn within a round, each run in a process of its own. A cell is the median over the rounds, in parentheses the lowest and the highest value;
"ours÷" is the median of the ratios of our figure to the client's, each within one round: below 1, ours needs less. CPU is user and system time of the client's
process for a million records. README.md tells what each figure and each row is, and the first lines of each client's source how it is tuned.
`

// heading tells on what and with what was measured.
func (b *bench) heading(out io.Writer, o options, began time.Time) {
	fmt.Fprintf(out, "# Results\n\nWritten by `make bench`, %s, %d rounds.\n\n%s\n", began.UTC().Format(time.DateOnly), o.rounds, howToRead)
	fmt.Fprintf(out, "| | |\n|---|---|\n")
	fmt.Fprintf(out, "| machine | %d cores, %s, %s, %s/%s; load when it began: %s |\n",
		runtime.NumCPU(), processor(), memory(), runtime.GOOS, runtime.GOARCH, load())
	fmt.Fprintf(out, "| broker | %s |\n| Go | %s |\n", b.cluster.version, runtime.Version())
	for _, name := range o.peers {
		if p, there := b.programs[name]; there {
			fmt.Fprintf(out, "| %s | %s |\n", name, p.version)
		} else if reason, known := b.missing[name]; known {
			fmt.Fprintf(out, "| %s | left out: %s |\n", name, reason)
		}
	}
	fmt.Fprintln(out)
}

// field returns what a file of Linux says after a name; "unknown …" elsewhere.
func field(file, name string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return "unknown " + name
	}
	for line := range strings.Lines(string(text)) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown " + name
}

func processor() string { return field("/proc/cpuinfo", "model name") }

func memory() string {
	var kib int
	if n, _ := fmt.Sscanf(field("/proc/meminfo", "MemTotal"), "%d kB", &kib); n == 1 {
		return fmt.Sprintf("%d GiB", (kib+1<<19)>>20)
	}
	return "unknown memory"
}

// load is the load average of the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
