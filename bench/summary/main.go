// Command summary reads lines "client metric=value …", one for each run, and prints for each metric the median of every client, its lowest and highest value,
// and the ratio of its median to that of the first client.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

func main() {
	if err := summarize(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "summary:", err)
		os.Exit(1)
	}
}

// series holds the values of each client, and both in the order in which they first came.
type series struct {
	metrics []string
	clients []string
	values  map[[2]string][]float64
}

func summarize(in io.Reader, out io.Writer) error {
	s := series{values: map[[2]string][]float64{}}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if err := s.add(strings.Fields(lines.Text())); err != nil {
			return err
		}
	}
	for _, metric := range s.metrics {
		s.print(out, metric)
	}
	return lines.Err()
}

func (s *series) add(fields []string) error {
	if len(fields) == 0 {
		return nil
	}
	client := fields[0]
	s.clients = appendNew(s.clients, client)
	for _, field := range fields[1:] {
		metric, text, _ := strings.Cut(field, "=")
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%s: %q is no metric=value", client, field)
		}
		s.metrics = appendNew(s.metrics, metric)
		key := [2]string{metric, client}
		s.values[key] = append(s.values[key], value)
	}
	return nil
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func (s *series) print(out io.Writer, metric string) {
	fmt.Fprintf(out, "%-18s %-10s %12s %25s %9s\n", metric, "client", "median", "min-max", "ratio")
	base := 0.0
	for i, client := range s.clients {
		values := slices.Sorted(slices.Values(s.values[[2]string{metric, client}]))
		if len(values) == 0 {
			continue
		}
		middle := median(values)
		if i == 0 {
			base = middle
		}
		spread := number(values[0]) + "-" + number(values[len(values)-1])
		fmt.Fprintf(out, "%-18s %-10s %12s %25s %8.2fx\n", "", client, number(middle), spread, middle/base)
	}
}

// median takes sorted values.
func median(values []float64) float64 {
	half := len(values) / 2
	if len(values)%2 == 1 {
		return values[half]
	}
	return (values[half-1] + values[half]) / 2
}

// number has four digits, or all those before the point.
func number(v float64) string {
	if v >= 1000 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}
