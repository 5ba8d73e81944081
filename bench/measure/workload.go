package measure

import (
	"fmt"
	"math/rand/v2"
)

// makeBatch returns n records whose values are half text that repeats and half noise, so that a codec halves them or a little better.
// The same arguments give the same bytes in every program.
func makeBatch(n, size int) []Record {
	random := rand.New(rand.NewPCG(1, 2))
	batch := make([]Record, max(n, 1))
	for i := range batch {
		value := make([]byte, size)
		for j := range value {
			value[j] = "the quick brown fox jumps over the lazy dog. "[j%45]
			if j%2 == 1 && j > size/2 {
				value[j] = byte(random.Uint32())
			}
		}
		batch[i] = Record{Key: fmt.Appendf(nil, "key-%06d", i), Value: value}
	}
	return batch
}
