package protocol

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// transactional returns a batch of a producer, inside a transaction or not.
func producerBatch(t *testing.T, base, producer int64, transactional bool, values ...string) []byte {
	return wireBatch{base: base, values: values, options: BatchOptions{
		Idempotent: true, Transactional: transactional, ProducerID: producer,
	}}.wire(t)
}

// marker returns a control batch of one record.
func marker(t *testing.T, base, producer int64, kind int16, compressed bool) []byte {
	var b BatchBuilder
	require.NoError(t, b.Append(0, appendInt16([]byte{0, 0}, kind), []byte{0, 0, 0, 0, 0, 1}, nil))
	o := BatchOptions{Transactional: true, Control: true, ProducerID: producer}
	if compressed {
		o.Codec, _ = lookupCodec(Gzip, magicV2)
	}
	batch, err := b.Seal(o)
	require.NoError(t, err)
	var h batchHeader
	h.read(batch)
	h.baseOffset = base
	h.put(batch, recordSum{})
	return batch
}

func TestIterHidesControlBatches(t *testing.T) {
	set := concat(
		producerBatch(t, 0, 7, true, "a"),
		marker(t, 1, 7, ControlCommit, false),
		producerBatch(t, 2, 7, true, "b"),
		marker(t, 3, 7, ControlAbort, false),
		goldenNamed(t, "batch-control-leader-change.bin").wire, // at 1000
	)
	for _, committed := range []bool{false, true} {
		var it RecordIter
		it.Reset(set, RecordIterOptions{ReadCommitted: committed})
		require.Equal(t, []string{"0:a", "2:b"}, shown(&it))
		require.NoError(t, it.Err())
		require.Equal(t, int64(1001), it.Position(), "control batches move the position")
	}
}

func TestIterDropsAbortedTransactions(t *testing.T) {
	set := concat(
		producerBatch(t, 0, 1, true, "a1"), // aborted below
		producerBatch(t, 1, 2, true, "b1"), // committed
		producerBatch(t, 2, 1, false, "c"), // same producer, no transaction
		marker(t, 3, 1, ControlAbort, false),
		producerBatch(t, 4, 1, true, "a2"), // committed
		marker(t, 5, 2, ControlCommit, false),
		producerBatch(t, 6, 2, true, "b2"), // aborted, its marker not fetched yet
		marker(t, 7, 1, ControlCommit, true),
		producerBatch(t, 8, 1, true, "a3"), // aborted
		marker(t, 9, 1, ControlAbort, true),
		producerBatch(t, 10, 1, true, "a4"),
		wireBatch{base: 11, values: []string{"d"}}.wire(t),
	)
	aborted := []AbortedTransaction{{1, 8}, {2, 6}, {1, 0}} // in no order
	for _, c := range []struct {
		name    string
		o       RecordIterOptions
		want    []string
		comment string
	}{
		{name: "committed", o: RecordIterOptions{ReadCommitted: true, Aborted: aborted},
			want: []string{"1:b1", "2:c", "4:a2", "10:a4", "11:d"}},
		{name: "uncommitted", o: RecordIterOptions{Aborted: aborted},
			want: []string{"0:a1", "1:b1", "2:c", "4:a2", "6:b2", "8:a3", "10:a4", "11:d"}},
		{name: "none aborted", o: RecordIterOptions{ReadCommitted: true},
			want: []string{"0:a1", "1:b1", "2:c", "4:a2", "6:b2", "8:a3", "10:a4", "11:d"}},
		{name: "from inside", o: RecordIterOptions{ReadCommitted: true, Aborted: aborted, Offset: 4},
			want: []string{"4:a2", "10:a4", "11:d"}},
		{name: "began before the set", o: RecordIterOptions{ReadCommitted: true, Aborted: []AbortedTransaction{{1, -100}}},
			want: []string{"1:b1", "2:c", "4:a2", "6:b2", "8:a3", "10:a4", "11:d"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var it RecordIter
			defer it.Close()
			it.Reset(set, c.o)
			require.Equal(t, c.want, shown(&it))
			require.NoError(t, it.Err())
			require.Equal(t, int64(12), it.Position())
		})
	}
	require.Equal(t, []AbortedTransaction{{1, 8}, {2, 6}, {1, 0}}, aborted, "the list is the caller's")
}

// One marker ends all transactions that the producer has begun: those whose own
// markers are gone.
func TestIterAbortMarkerEndsAll(t *testing.T) {
	var it RecordIter
	it.Reset(concat(
		producerBatch(t, 2, 7, true, "a"),
		marker(t, 3, 7, ControlAbort, false),
		producerBatch(t, 4, 7, true, "b"),
	), RecordIterOptions{ReadCommitted: true, Aborted: []AbortedTransaction{{7, 0}, {7, 1}}})
	require.Equal(t, []string{"4:b"}, shown(&it))
}

// The log that Kafka wrote: producer 4712 aborts its first transaction.
func TestIterDropsAbortedTransactionsOfGolden(t *testing.T) {
	g := goldenNamed(t, "batch-transactions.bin")
	var it RecordIter
	defer it.Close()
	it.Reset(g.wire, RecordIterOptions{ReadCommitted: true, Aborted: []AbortedTransaction{{4712, 3}}})
	var offsets []int64
	for it.Next() {
		offsets = append(offsets, it.Record().Offset)
	}
	require.NoError(t, it.Err())
	require.Equal(t, []int64{0, 1, 2, 6, 7, 8, 10, 11, 12, 14, 15, 16}, offsets)
	require.Equal(t, g.position(), it.Position())
}

func TestIterMalformedMarker(t *testing.T) {
	aborted := RecordIterOptions{ReadCommitted: true, Aborted: []AbortedTransaction{{7, 0}}}
	short := BatchBuilder{}
	require.NoError(t, short.Append(0, []byte{0, 0, 0}, nil, nil))
	b, err := short.Seal(BatchOptions{Transactional: true, Control: true, ProducerID: 7})
	require.NoError(t, err)
	var it RecordIter
	it.Reset(b, aborted)
	require.False(t, it.Next())
	require.ErrorIs(t, it.Err(), ErrMalformed)

	b[batchHeaderSize] = 120 // longer than the batch
	fixBatch(b)
	it.Reset(b, aborted)
	require.False(t, it.Next())
	require.ErrorIs(t, it.Err(), ErrMalformed)

	// An emptied control batch ends nothing, as in Kafka's own client.
	it.Reset(concat(
		wireBatch{noRecord: true, options: BatchOptions{Transactional: true, Control: true, ProducerID: 7}}.wire(t),
		producerBatch(t, 1, 7, true, "a"),
	), aborted)
	require.Empty(t, shown(&it))
	require.NoError(t, it.Err())
}
