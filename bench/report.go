package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// column is a figure in a row's table.
type column struct {
	figure, title string
	ratio         bool // ours by the client's is shown, too
	spread        bool // min and max are shown, too
}

var columns = []column{
	{"cpu_s_M", "CPU s/M", true, true},
	{"cpu_s_minute", "CPU s/min", true, true},
	{"records_s", "records/s", true, true},
	{"first_ms", "first poll ms", false, false},
	{"p50_us", "p50 µs", true, true},
	{"p99_us", "p99 µs", false, true},
	{"allocs", "allocs/rec", false, false},
	{"bytes", "B/rec", false, false},
	{"rss_mb", "RSS MB", true, false},
	{"connections", "conns", false, false},
	{"goroutines", "goroutines", false, false},
}

// table writes what a row has brought, and which of its targets are met.
func (r result) table(out io.Writer) {
	w := r.row.work
	fmt.Fprintf(out, "### %s\n\n%s. %d B, codec %s, %d partitions.\n\n", r.row.name, upper(r.row.about), w.Size, w.Codec, w.Partitions)
	var shown []column
	for _, c := range columns {
		if len(r.values(c.figure, "ours")) > 0 {
			shown = append(shown, c)
		}
	}
	titles := []string{"client"}
	for _, c := range shown {
		titles = append(titles, c.title)
		if c.ratio {
			titles = append(titles, "ours÷")
		}
	}
	fmt.Fprintf(out, "| %s |\n|%s\n", strings.Join(titles, " | "), strings.Repeat("---|", len(titles)))
	for _, name := range r.row.clients {
		if len(r.rounds) == 0 || len(r.values(shown[0].figure, name)) == 0 {
			continue
		}
		cells := []string{name}
		for _, c := range shown {
			cells = append(cells, c.cells(r, name)...)
		}
		fmt.Fprintf(out, "| %s |\n", strings.Join(cells, " | "))
	}
	for _, name := range r.row.clients {
		if err := r.failed[name]; err != nil {
			fmt.Fprintf(out, "\n%s failed: %s\n", name, strings.ReplaceAll(err.Error(), "\n", "; "))
		}
	}
	fmt.Fprintln(out)
	r.verdicts(out)
}

func (c column) cells(r result, name string) []string {
	values := r.values(c.figure, name)
	text := "-"
	if len(values) > 0 {
		text = number(median(values))
		if c.spread && len(values) > 1 {
			text += fmt.Sprintf(" (%s–%s)", number(slices.Min(values)), number(slices.Max(values)))
		}
	}
	if !c.ratio {
		return []string{text}
	}
	ratio := "-"
	if list := r.ratios(c.figure, name); len(list) > 0 && name != "ours" {
		ratio = number(median(list))
	}
	return []string{text, ratio}
}

// values are a figure of a client, by round.
func (r result) values(figure, name string) []float64 {
	var list []float64
	for _, round := range r.rounds {
		if v, there := round[name][figure]; there {
			list = append(list, v)
		}
	}
	return list
}

// ratios are ours by the client's, in each round.
func (r result) ratios(figure, name string) []float64 {
	var list []float64
	for _, round := range r.rounds {
		own, there := round["ours"][figure]
		its, also := round[name][figure]
		if there && also && its != 0 {
			list = append(list, own/its)
		}
	}
	return list
}

// verdict is a target of a row and what it has come to.
type verdict struct {
	row string
	target
	value float64 // NaN if it was not measured
}

func (r result) judge() []verdict {
	var list []verdict
	for _, t := range targets {
		if !t.of(r.row.name) {
			continue
		}
		values := r.values(t.figure, "ours")
		if t.against != "" {
			if _, there := r.there[t.against]; !there || !slices.Contains(r.row.clients, t.against) {
				continue
			}
			values = r.ratios(t.figure, t.against)
		}
		v := verdict{r.row.name, t, math.NaN()}
		if len(values) > 0 {
			v.value = median(values)
		}
		list = append(list, v)
	}
	return list
}

func (v verdict) String() string {
	what := v.figure
	if v.against != "" {
		what += " ÷ " + v.against
	}
	bound := "≤ "
	if v.atLeast {
		bound = "≥ "
	}
	return fmt.Sprintf("%s | %s | %s%s | %s | %s", v.row, what, bound, number(v.bound), number(v.value), v.word())
}

func (v verdict) word() string {
	switch {
	case math.IsNaN(v.value):
		return "not measured"
	case v.met(v.value):
		return "met"
	}
	return "**missed**"
}

const verdictTitles = "| row | figure | target | is | |\n|---|---|---|---|---|\n"

func (r result) verdicts(out io.Writer) {
	list := r.judge()
	if len(list) == 0 {
		return
	}
	fmt.Fprint(out, verdictTitles)
	for _, v := range list {
		fmt.Fprintf(out, "| %s |\n", v)
	}
	fmt.Fprintln(out)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

// number has three digits, or all those before the point.
func number(v float64) string {
	switch {
	case math.IsNaN(v):
		return "-"
	case math.Abs(v) >= 1000:
		return thousands(int(math.Round(v)))
	case math.Abs(v) >= 0.001 || v == 0:
		return strconv.FormatFloat(round(v), 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', 2, 64)
}

// round keeps three digits.
func round(v float64) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64) // it has just been formatted
	return rounded
}

func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// summary tells how many targets are met and lists those that are not.
func summary(out io.Writer, results []result) {
	met, total := 0, 0
	var rest []verdict
	for _, r := range results {
		for _, v := range r.judge() {
			total++
			if v.word() == "met" {
				met++
				continue
			}
			rest = append(rest, v)
		}
	}
	fmt.Fprintf(out, "%d of %d targets are met.\n\n", met, total)
	if len(rest) == 0 {
		return
	}
	fmt.Fprint(out, "Not met, or not measured:\n\n", verdictTitles)
	for _, v := range rest {
		fmt.Fprintf(out, "| %s |\n", v)
	}
	fmt.Fprintln(out)
}
