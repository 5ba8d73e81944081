package measure

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
)

const (
	// Distinct is how many different values there are. They come in turn: the value at an offset of a topic that is prepared for consumers is
	// Values(size)[offset%Distinct].
	Distinct = 1000

	// minSize leaves room for two words that are looked at.
	minSize = 16
)

// Values returns Distinct values that are half text that repeats and half noise, so that a codec halves them or a little better. The same size gives the
// same bytes in every program.
func Values(size int) [][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	values := make([][]byte, Distinct)
	bytes := make([]byte, Distinct*size) // of all: few allocations, as the client's are counted
	for i := range values {
		value := bytes[i*size:][:size:size]
		for j := range value {
			value[j] = "the quick brown fox jumps over the lazy dog. "[j%45]
			if j%2 == 1 && j > size/2 {
				value[j] = byte(random.Uint32())
			}
		}
		binary.LittleEndian.PutUint32(value, uint32(i))
		values[i] = value
	}
	return values
}

// Sum is what a value adds to a checksum: its first and last eight bytes, so that a client that gets records wrong is found and the check costs next to nothing.
func Sum(value []byte) uint64 {
	return binary.LittleEndian.Uint64(value) + 3*binary.LittleEndian.Uint64(value[len(value)-8:])
}

// Tally counts what was read of a topic.
type Tally struct {
	Records int
	size    int
	next    []int64 // by partition: the offset that comes
	sums    []uint64
	err     error // the first thing that was wrong
}

// NewTally returns one for a topic whose values all have a size.
func NewTally(partitions, size int) *Tally {
	return &Tally{size: size, next: make([]int64, partitions), sums: make([]uint64, partitions)}
}

// See counts a record. It expects the offsets of a partition one by one.
func (t *Tally) See(partition int, offset int64, value []byte) {
	if offset != t.next[partition] || len(value) != t.size {
		t.wrong(partition, offset, len(value))
		return
	}
	t.Records++
	t.next[partition]++
	t.sums[partition] += Sum(value)
}

func (t *Tally) wrong(partition int, offset int64, size int) {
	if t.err == nil {
		t.err = fmt.Errorf("partition %d: offset %d with %d bytes where %d with %d was to come", partition, offset, size, t.next[partition], t.size)
	}
}

// Err returns what was wrong with the offsets and sizes.
func (t *Tally) Err() error { return t.err }

// Total is the checksum over all partitions.
func (t *Tally) Total() uint64 {
	var total uint64
	for _, sum := range t.sums {
		total += sum
	}
	return total
}

// Verify returns what is wrong with what was read of a topic that is prepared for consumers.
func (t *Tally) Verify() error {
	if t.err != nil {
		return t.err
	}
	values := Values(t.size)
	var whole uint64
	before := make([]uint64, len(values)) // sums of the values before each
	for i, value := range values {
		before[i] = whole
		whole += Sum(value)
	}
	for partition, n := range t.next {
		if want := uint64(n/Distinct)*whole + before[n%Distinct]; t.sums[partition] != want {
			return fmt.Errorf("partition %d: the checksum of %d records is %x, not %x", partition, n, t.sums[partition], want)
		}
	}
	return nil
}
