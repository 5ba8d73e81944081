package kafka

import (
	"context"
	"fmt"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
)

// stuffedReader is a Reader of a partition that answers of brokers are put into by
// hand.
func stuffedReader(t testing.TB) (*Reader, *intakePartition) {
	t.Helper()
	r := NewReader(ReaderConfig{Brokers: []string{"127.0.0.1:1"}, Topic: "t"})
	t.Cleanup(func() { r.Close() })
	in := newIntake(r.cluster, r.opt)
	r.in.Store(in)
	p := &intakePartition{partitionKey: partitionKey{topic: "t"}, intake: in, state: takeStopped}
	in.mu.Lock()
	in.partitions[p.partitionKey] = p
	in.mu.Unlock()
	return r, p
}

// stuff puts an answer with records into the queue, again and again the same.
func stuff(p *intakePartition, f *fetcher, wire []byte, records int) {
	in := p.intake
	in.mu.Lock()
	defer in.mu.Unlock()
	answer := f.newAnswer(new(protocol.Reply), 1)
	item := answer.item()
	*item = fetched{partition: p, answer: answer, wire: wire, records: records}
	in.queue.push(item)
}

// benchBatch is a batch of records with values of a size.
func benchBatch(t testing.TB, records, size int) []byte {
	t.Helper()
	var b protocol.BatchBuilder
	value := make([]byte, size)
	for range records {
		if err := b.Append(1_700_000_000_000, nil, value, nil); err != nil {
			t.Fatal(err)
		}
	}
	wire, err := b.Seal(protocol.BatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte(nil), wire...)
}

func BenchmarkFetchMessage(b *testing.B) {
	for _, size := range []int{100, 1024} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			r, p := stuffedReader(b)
			const records = 1000
			wire := benchBatch(b, records, size)
			f := newFetcher(p.intake, 1)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				if i%records == 0 {
					stuff(p, f, wire, records)
				}
				if _, err := r.FetchMessage(ctx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
