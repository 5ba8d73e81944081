package measure

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestArgs(t *testing.T) {
	w := Work{
		Broker: "localhost:9092", Topic: "t", Partitions: 2, Group: "g", Codec: "zstd", Acks: "none", Defaults: true, Low: true,
		Callers: 3, Records: 4, Size: 16, Batch: 5, Rate: 6, Limit: 7 * time.Second,
	}
	parsed, err := parse(w.Args("consume"))
	require.NoError(t, err)
	require.Equal(t, w, parsed)
}

func TestFigures(t *testing.T) {
	f := Figures{"records_s": 1234567.5, "cpu_s_M": 0.25}
	f.latencies([]time.Duration{3000, 1000, 2000})
	require.Equal(t, "cpu_s_M=0.25 p50_us=2 p99_us=3 records_s=1234567.5", f.String())
	parsed, err := ParseFigures(f.String())
	require.NoError(t, err)
	require.Equal(t, f, parsed)
	_, err = ParseFigures("panic: no figures")
	require.Error(t, err)
}

// A consumer that loses, repeats, changes or cuts a record is found.
func TestTally(t *testing.T) {
	const records = Distinct + 10
	values := Values(100)
	read := func(see func(tally *Tally, offset int, value []byte)) error {
		tally := NewTally(2, 100)
		for offset := range records {
			tally.See(1, int64(offset), values[offset%Distinct])
			see(tally, offset, values[offset%Distinct])
		}
		return tally.Verify()
	}
	require.NoError(t, read(func(*Tally, int, []byte) {}))
	require.ErrorContains(t, read(func(tally *Tally, offset int, value []byte) {
		if offset == 7 {
			tally.See(1, int64(offset), value)
		}
	}), "offset 7")
	tally := NewTally(1, 100)
	tally.See(0, 1, values[0])
	require.ErrorContains(t, tally.Verify(), "offset 1")

	tally = NewTally(1, 100)
	tally.See(0, 0, values[0][:50])
	require.ErrorContains(t, tally.Verify(), "50 bytes")

	tally = NewTally(1, 100)
	tally.See(0, 0, values[1])
	require.ErrorContains(t, tally.Verify(), "checksum")

	changed := slices.Clone(values[0])
	changed[99]++
	tally = NewTally(1, 100)
	tally.See(0, 0, changed)
	require.ErrorContains(t, tally.Verify(), "checksum")
}
