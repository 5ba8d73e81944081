package kafka

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// A message without headers costs next to no allocation of its own, taken one by one
// or by the batch: keys and values share blocks of memory.
func TestReaderAllocations(t *testing.T) {
	const records, rounds = 1000, 20
	for name, take := range map[string]func(r *Reader, ctx context.Context) error{
		"FetchMessage": func(r *Reader, ctx context.Context) error {
			for range records {
				if _, err := r.FetchMessage(ctx); err != nil {
					return err
				}
			}
			return nil
		},
		"FetchBatch": func(r *Reader, ctx context.Context) error {
			for n := 0; n < records; {
				batch, err := r.FetchBatch(ctx, 500)
				if err != nil {
					return err
				}
				n += len(batch)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, p := stuffedReader(t)
			wire := benchBatch(t, records, 100)
			f := newFetcher(p.intake, 1)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			n := testing.AllocsPerRun(rounds, func() {
				stuff(p, f, wire, records)
				if err := take(r, ctx); err != nil {
					t.Error(err)
				}
			})
			require.Less(t, n/records, 0.02)
		})
	}
}
