package kafka

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"
)

// A message without headers is returned without an allocation, but for the block of memory
// that it shares with some hundred others, which the mean does not show.
func TestFetchMessageAllocatesNothing(t *testing.T) {
	const records, rounds = 1000, 20
	r, p := stuffedReader(t)
	wire := benchBatch(t, records, 100)
	f := newFetcher(p.intake, 1)
	for range rounds + 1 {
		stuff(p, f, wire, records)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	require.Zero(t, testing.AllocsPerRun(rounds*records, func() {
		if _, err := r.FetchMessage(ctx); err != nil {
			t.Error(err)
		}
	}))
}

// Taking in an answer allocates nothing, however many records it has.
func TestFetcherAllocatesNothing(t *testing.T) {
	receive := func(records int) float64 {
		config := ReaderConfig{}.withDefaults()
		in := &intake{wake: make(chan struct{}, 1), news: make(chan struct{}), opt: config.options(0)} // it places nothing
		p := &intakePartition{partitionKey: partitionKey{topic: "t"}, intake: in, state: takeReading}
		f := newFetcher(in, 1)
		f.list, p.fetcher = []*intakePartition{p}, f
		res := &fetch.Response{Topics: []fetch.ResponseTopic{{Topic: "t", Partitions: []fetch.ResponsePartition{{
			PreferredReadReplica: -1, HighWatermark: 1 << 20,
			RecordSet: protocol.RecordSet{Records: protocol.NewWireRecords(benchBatch(t, records, 100))},
		}}}}}
		reply := new(protocol.Reply)
		return testing.AllocsPerRun(200, func() {
			f.receive(reply, res)
			if got := in.queue.records.Load(); got != int64(records) {
				t.Errorf("%d records, not %d", got, records)
			}
			in.purge(func(*fetched) bool { return true })
			p.position = 0
		})
	}
	require.Zero(t, receive(1))
	require.Zero(t, receive(5000))
}

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
