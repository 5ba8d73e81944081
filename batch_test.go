package kafka

import (
	"errors"
	"io"
	"math"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"
)

// batchOf fetches records from an offset on.
func batchOf(t *testing.T, log *fakeLog, offset int64) (*Conn, *Batch) {
	t.Helper()
	if log.highWater == 0 {
		log.highWater = 1000
	}
	c := log.broker().conn(t)
	c.setPosition(offset)
	return c, c.ReadBatchWith(ReadBatchConfig{MaxBytes: 1 << 20, IsolationLevel: ReadCommitted})
}

// readAll reads a batch to its end.
func readAll(b *Batch) (msgs []Message, err error) {
	for {
		m, err := b.ReadMessage()
		if err != nil {
			return msgs, err
		}
		msgs = append(msgs, m)
	}
}

// valuesOf is "value@offset" of messages.
func valuesOf(msgs []Message) (list []string) {
	for _, m := range msgs {
		list = append(list, string(m.Value)+"@"+itoa(int(m.Offset)))
	}
	return list
}

func TestBatch(t *testing.T) {
	at := time.UnixMilli(1_600_000_000_123).UTC()
	log := &fakeLog{throttle: 250, highWater: 99, records: wire(t, wireBatch{base: 5, msgs: []Message{
		{Key: []byte("k"), Value: []byte("a"), Time: at, Headers: []Header{{Key: "h", Value: []byte("1")}, {Key: "h"}}},
		{Value: []byte("b"), Time: at.Add(time.Second)},
	}})}
	b := log.broker()
	c := b.conn(t)
	c.partition = 3
	c.setPosition(5)
	batch := c.ReadBatch(1, 1000)
	require.NoError(t, batch.Err())
	assert.Equal(t, int64(99), batch.HighWaterMark())
	assert.Equal(t, 250*time.Millisecond, batch.Throttle())
	assert.Equal(t, 3, batch.Partition())
	assert.Equal(t, int64(5), batch.Offset())

	m, err := batch.ReadMessage()
	require.NoError(t, err)
	assert.Equal(t, Message{
		Topic: "t", Partition: 3, Offset: 5, HighWaterMark: 99, Key: []byte("k"), Value: []byte("a"), Time: at,
		Headers: []Header{{Key: "h", Value: []byte("1")}, {Key: "h"}},
	}, m)
	assert.Equal(t, int64(6), batch.Offset())
	m, err = batch.ReadMessage()
	require.NoError(t, err)
	assert.Nil(t, m.Key)
	assert.Nil(t, m.Headers)
	assert.NoError(t, batch.Err())

	for range 2 {
		_, err = batch.ReadMessage()
		assert.Equal(t, io.EOF, err)
		_, err = batch.Read(nil)
		assert.Equal(t, io.EOF, err)
		assert.Equal(t, io.EOF, batch.Err())
	}
	assert.Equal(t, int64(5), c.position(), "the connection moves on Close")
	require.NoError(t, batch.Close())
	require.NoError(t, batch.Close())
	assert.Equal(t, int64(7), c.position())

	req := seen[*fetch.Request](b)[0]
	assert.Equal(t, int32(1), req.MinBytes)
	assert.Equal(t, int32(1000), req.MaxBytes)
	assert.Equal(t, int32(1000), req.Topics[0].Partitions[0].PartitionMaxBytes)
}

func TestBatchClosedHalfWay(t *testing.T) {
	c, batch := batchOf(t, &fakeLog{records: wire(t, wireBatch{msgs: values("a", "b", "c")})}, 0)
	_, err := batch.ReadMessage()
	require.NoError(t, err)
	require.NoError(t, batch.Close())
	assert.Equal(t, int64(1), c.position())
	_, err = batch.ReadMessage()
	assert.Equal(t, io.ErrClosedPipe, err)
	assert.NoError(t, batch.Close())
	c.setPosition(2)
	batch.Close()
	assert.Equal(t, int64(2), c.position(), "a second Close does not move the connection")
}

func TestBatchSkipsWhatWasNotAskedFor(t *testing.T) {
	_, batch := batchOf(t, &fakeLog{records: wire(t, wireBatch{base: 10, msgs: values("a", "b", "c")})}, 11)
	p := make([]byte, 8)
	n, err := batch.Read(p)
	require.NoError(t, err)
	assert.Equal(t, "b", string(p[:n]))
	msgs, err := readAll(batch)
	assert.Equal(t, io.EOF, err)
	assert.Equal(t, []string{"c@12"}, valuesOf(msgs))
}

func TestBatchShortBuffer(t *testing.T) {
	log := &fakeLog{records: wire(t, wireBatch{base: 10, msgs: values("first", "0123456789")})}
	c, batch := batchOf(t, log, 10)
	_, err := batch.Read(make([]byte, 10))
	require.NoError(t, err)
	p := make([]byte, 4)
	n, err := batch.Read(p)
	assert.Equal(t, io.ErrShortBuffer, err)
	assert.Equal(t, 4, n)
	assert.Equal(t, "0123", string(p))
	assert.Equal(t, int64(11), batch.Offset())
	assert.Equal(t, io.ErrShortBuffer, batch.Err())
	assert.Equal(t, io.ErrShortBuffer, batch.Close())
	assert.Equal(t, io.ErrShortBuffer, batch.Close())

	for range 10 {
		n, err = c.Read(p)
		require.Equal(t, io.ErrShortBuffer, err)
		require.Equal(t, 4, n)
		require.Equal(t, "0123", string(p))
	}
	n, err = c.Read(make([]byte, 10))
	require.NoError(t, err, "the connection is open, and the message still there")
	assert.Equal(t, 10, n)
}

// The markers that end transactions are not messages.
func TestTrap02ControlRecordsAreNotMessages(t *testing.T) {
	log := &fakeLog{records: wire(t,
		wireBatch{base: 0, msgs: values("a")},
		wireBatch{base: 1, msgs: []Message{{Key: []byte{0, 0, 0, 1}, Value: []byte("marker")}}, options: protocol.BatchOptions{Control: true}},
		wireBatch{base: 2, msgs: values("b")},
		wireBatch{base: 3, msgs: []Message{{Key: []byte{0, 0, 0, 1}}}, options: protocol.BatchOptions{Control: true}},
	)}
	c, batch := batchOf(t, log, 0)
	msgs, err := readAll(batch)
	assert.Equal(t, io.EOF, err)
	assert.Equal(t, []string{"a@0", "b@2"}, valuesOf(msgs))
	require.NoError(t, batch.Close())
	assert.Equal(t, int64(4), c.position(), "the position moves past them")
}

func TestTrap03ReadCommittedLeavesOutAbortedTransactions(t *testing.T) {
	txn := func(id int64) protocol.BatchOptions {
		return protocol.BatchOptions{Transactional: true, ProducerID: id}
	}
	end := func(id int64, typ byte) wireBatch {
		o := txn(id)
		o.Control = true
		return wireBatch{msgs: []Message{{Key: []byte{0, 0, 0, typ}}}, options: o}
	}
	at := func(base int64, b wireBatch) wireBatch { b.base = base; return b }
	log := &fakeLog{
		aborted: []fetch.ResponseTransaction{{ProducerID: 7, FirstOffset: 1}},
		records: wire(t,
			wireBatch{base: 0, msgs: values("plain")},
			wireBatch{base: 1, msgs: values("aborted"), options: txn(7)},
			wireBatch{base: 2, msgs: values("other"), options: txn(8)},
			wireBatch{base: 3, msgs: values("aborted"), options: txn(7)},
			at(4, end(7, 0)),
			wireBatch{base: 5, msgs: values("committed"), options: txn(7)},
			at(6, end(8, 1)),
			at(7, end(7, 1)),
		),
	}
	b := log.broker()
	for level, want := range map[IsolationLevel][]string{
		ReadCommitted:   {"plain@0", "other@2", "committed@5"},
		ReadUncommitted: {"plain@0", "aborted@1", "other@2", "aborted@3", "committed@5"},
	} {
		c := b.conn(t)
		c.setPosition(0)
		batch := c.ReadBatchWith(ReadBatchConfig{MaxBytes: 1000, IsolationLevel: level})
		msgs, err := readAll(batch)
		assert.Equal(t, io.EOF, err)
		assert.Equal(t, want, valuesOf(msgs))
		assert.Equal(t, int64(8), batch.Offset())
		requests := seen[*fetch.Request](b)
		assert.Equal(t, int8(level), requests[len(requests)-1].IsolationLevel)
	}
}

// A null value (a tombstone) and an empty one are told apart, and so are keys
// and header values.
func TestTrap04NullAndEmptyStayApart(t *testing.T) {
	log := &fakeLog{records: wire(t, wireBatch{msgs: []Message{
		{Key: nil, Value: nil, Headers: []Header{{Key: "h"}}},
		{Key: []byte{}, Value: []byte{}, Headers: []Header{{Key: "", Value: []byte{}}}},
	}})}
	c, batch := batchOf(t, log, 0)
	msgs, err := readAll(batch)
	assert.Equal(t, io.EOF, err)
	require.Len(t, msgs, 2)
	assert.True(t, msgs[0].Key == nil && msgs[0].Value == nil && msgs[0].Headers[0].Value == nil)
	assert.True(t, msgs[1].Key != nil && msgs[1].Value != nil && msgs[1].Headers[0].Value != nil)
	assert.Empty(t, msgs[1].Key)
	c.setPosition(0)
	n, err := c.Read(make([]byte, 1))
	assert.NoError(t, err)
	assert.Zero(t, n)
}

func TestTrap05LogAppendTime(t *testing.T) {
	created, appended := time.UnixMilli(1_500_000_000_000).UTC(), time.UnixMilli(1_600_000_000_000).UTC()
	msgs := []Message{{Time: created}, {Time: appended}, {Time: created}}
	for logAppend, want := range map[bool][]time.Time{
		true:  {appended, appended, appended},
		false: {created, appended, created},
	} {
		_, batch := batchOf(t, &fakeLog{records: wire(t, wireBatch{msgs: msgs, options: protocol.BatchOptions{LogAppendTime: logAppend}})}, 0)
		got, _ := readAll(batch)
		require.Len(t, got, 3)
		for i := range got {
			assert.Equal(t, want[i], got[i].Time)
		}
	}
}

func TestTrap06ChecksumIsChecked(t *testing.T) {
	good := wire(t, wireBatch{base: 4, msgs: values("fine")})
	bad := wire(t, wireBatch{base: 5, msgs: values("broken")})
	bad[len(bad)-3] ^= 1
	c, batch := batchOf(t, &fakeLog{records: append(good, bad...)}, 4)
	msgs, err := readAll(batch)
	assert.Equal(t, []string{"fine@4"}, valuesOf(msgs))
	require.ErrorIs(t, err, protocol.ErrChecksum)
	var batchErr *protocol.BatchError
	require.ErrorAs(t, err, &batchErr)
	assert.Equal(t, int64(5), batchErr.BaseOffset)
	assert.ErrorContains(t, err, `partition 0 of topic "t"`)
	assert.Equal(t, err, batch.Close())
	assert.Equal(t, int64(5), c.position(), "what was good counts as read")
	_, err = c.ReadLastOffset()
	assert.NoError(t, err, "the connection is good")
}

// A batch whose last records compaction has removed, and one that it has
// emptied, are passed.
func TestTrap08EmptyAndCompactedBatchesMoveThePosition(t *testing.T) {
	for name, tt := range map[string]struct {
		records []byte
		want    []string
		offset  int64
	}{
		"compacted tail":    {wire(t, wireBatch{base: 1000, last: 1009, msgs: values("a", "b")}), []string{"a@1000", "b@1001"}, 1010},
		"only an empty one": {wire(t, wireBatch{base: 1000, last: 1004}), nil, 1005},
		"empty before data": {wire(t, wireBatch{base: 1000, last: 1004}, wireBatch{base: 1005, msgs: values("a")}), []string{"a@1005"}, 1006},
		"empty after data":  {wire(t, wireBatch{base: 1000, msgs: values("a")}, wireBatch{base: 1001, last: 1004}), []string{"a@1000"}, 1005},
	} {
		t.Run(name, func(t *testing.T) {
			c, batch := batchOf(t, &fakeLog{records: tt.records, highWater: 2000}, 1000)
			msgs, err := readAll(batch)
			assert.Equal(t, io.EOF, err)
			assert.Equal(t, tt.want, valuesOf(msgs))
			require.NoError(t, batch.Close())
			assert.Equal(t, tt.offset, c.position())
		})
	}
}

// Conn.ReadMessage does not return what is no message, but goes on.
func TestReadMessagePassesBatchesWithoutMessages(t *testing.T) {
	log := &fakeLog{}
	b := log.broker()
	b.handle = func(r *fakeRequest) protocol.Message {
		if req, ok := r.message.(*fetch.Request); ok {
			log.records = wire(t, wireBatch{base: 0, last: 9})
			if req.Topics[0].Partitions[0].FetchOffset == 10 {
				log.records = wire(t, wireBatch{base: 10, msgs: values("a")})
			}
		}
		return log.handle(r)
	}
	c := b.conn(t)
	c.setPosition(0)
	m, err := c.ReadMessage(100)
	require.NoError(t, err)
	assert.Equal(t, "a", string(m.Value))
	assert.Equal(t, int64(11), c.position())
}

func TestEmptyFetch(t *testing.T) {
	c, batch := batchOf(t, &fakeLog{highWater: 42}, 42)
	require.NoError(t, batch.Err())
	assert.Equal(t, int64(42), batch.HighWaterMark())
	assert.Equal(t, int64(42), batch.Offset())
	_, err := batch.ReadMessage()
	assert.Equal(t, RequestTimedOut, err)
	assert.Equal(t, RequestTimedOut, batch.Close())
	assert.Equal(t, int64(42), c.position())

	_, batch = batchOf(t, &fakeLog{highWater: 42}, 42)
	assert.NoError(t, batch.Close(), "nothing was read, nothing failed")
}

func TestTruncatedFetch(t *testing.T) {
	whole := wire(t, wireBatch{msgs: values("a")}, wireBatch{base: 1, msgs: values("b")})
	log := &fakeLog{records: whole[:len(whole)-5]}
	c, batch := batchOf(t, log, 0)
	msgs, err := readAll(batch)
	assert.Equal(t, io.EOF, err)
	assert.Equal(t, []string{"a@0"}, valuesOf(msgs))
	require.NoError(t, batch.Close())
	assert.Equal(t, int64(1), c.position())

	synctest.Test(t, func(t *testing.T) {
		c := log.broker().conn(t)
		c.setPosition(0)
		c.SetReadDeadline(time.Now().Add(time.Second))
		batch := c.ReadBatch(0, 1000)
		require.NoError(t, pause(t.Context(), time.Second))
		_, err := readAll(batch)
		assert.Equal(t, RequestTimedOut, err, "the deadline is too near")
	})

	// Not even the first message is there: asking again would not help.
	log.records = whole[:20]
	c, _ = batchOf(t, log, 0)
	_, err = c.ReadMessage(10)
	assert.ErrorIs(t, err, io.ErrNoProgress)
	_, batch = batchOf(t, log, 0)
	msgs, err = readAll(batch)
	assert.Empty(t, msgs)
	assert.ErrorIs(t, err, io.ErrNoProgress)
	assert.ErrorIs(t, batch.Close(), io.ErrNoProgress)
	assert.ErrorContains(t, err, "offset 0")
}

func TestReadBatchLimits(t *testing.T) {
	b := (&fakeLog{highWater: 1}).broker()
	c := b.conn(t)
	most := math.MaxInt32 - 59
	for name, cfg := range map[string]ReadBatchConfig{
		"negative min": {MinBytes: -1, MaxBytes: 10},
		"negative max": {MaxBytes: -1},
		"min > max":    {MinBytes: 2, MaxBytes: 1},
		"max too big":  {MaxBytes: most + 1},
		"min too big":  {MinBytes: most + 1, MaxBytes: most + 1},
	} {
		batch := c.ReadBatchWith(cfg)
		require.NotNil(t, batch)
		assert.Error(t, batch.Err(), name)
		_, err := batch.ReadMessage()
		assert.Equal(t, batch.Err(), err)
		assert.Equal(t, err, batch.Close())
	}
	assert.Empty(t, b.requests, "no request was made")
	assert.NoError(t, c.ReadBatchWith(ReadBatchConfig{}).Err())
	assert.NoError(t, c.ReadBatch(0, most).Err())
}

func TestMaxWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := waitingBroker(t)
		c := b.conn(t)
		c.setPosition(0)
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		batch := c.ReadBatchWith(ReadBatchConfig{MinBytes: 1, MaxBytes: 10, MaxWait: 1100 * time.Millisecond})
		assert.Equal(t, RequestTimedOut, lastError(batch))
		assert.Equal(t, int32(1100), seen[*fetch.Request](b)[0].MaxWaitTime)

		c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		start := time.Now()
		batch = c.ReadBatchWith(ReadBatchConfig{MinBytes: 1, MaxBytes: 10, MaxWait: time.Second})
		requireTimeout(t, batch.Err())
		assert.Equal(t, 50*time.Millisecond, time.Since(start), "the deadline is shorter")
	})
}

func TestReadWithNoRoom(t *testing.T) {
	b := new(fakeLog).broker()
	n, err := b.conn(t).Read(nil)
	assert.NoError(t, err)
	assert.Zero(t, n)
	assert.Empty(t, b.requests)
}

// Messages belong to the program: later reads do not change them, and appending
// to one does not reach another.
func TestMessagesAreOwned(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // pools give back what was put last
	for _, codec := range []CompressionCodec{nil, compress.Lz4.Codec()} {
		log := &fakeLog{records: wire(t, wireBatch{msgs: []Message{
			{Key: []byte("key1"), Value: []byte("value1"), Headers: []Header{{Key: "h1", Value: []byte("x1")}}},
			{Key: []byte("key2"), Value: []byte("value2"), Headers: []Header{{Key: "h2", Value: []byte("x2")}}},
		}, options: protocol.BatchOptions{Codec: codec}})}
		c, batch := batchOf(t, log, 0)
		msgs, err := readAll(batch)
		require.ErrorIs(t, err, io.EOF)
		require.NoError(t, batch.Close())
		for _, m := range msgs {
			_ = append(m.Key, "!!!!!!!!"...)
			_ = append(m.Value, "!!!!!!!!"...)
			_ = append(m.Headers, Header{Key: "!"})
			_ = append(m.Headers[0].Value, "!!!!!!!!"...)
		}
		for range 20 { // the memory of the fetch is used again
			c.setPosition(0)
			log.records = wire(t, wireBatch{msgs: values("zzzzzzzzzzzzzzzzzzzz", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzz"), options: protocol.BatchOptions{Codec: codec}})
			_, err := c.ReadMessage(1000)
			require.NoError(t, err)
		}
		for i, m := range msgs {
			n := itoa(i + 1)
			assert.Equal(t, []string{"key" + n, "value" + n, "h" + n, "x" + n},
				[]string{string(m.Key), string(m.Value), m.Headers[0].Key, string(m.Headers[0].Value)})
		}
	}
}

func TestBatchIsSafeForConcurrentUse(t *testing.T) {
	const total = 200
	msgs := make([]Message, total)
	for i := range msgs {
		msgs[i].Value = []byte(itoa(i))
	}
	_, batch := batchOf(t, &fakeLog{records: wire(t, wireBatch{msgs: msgs})}, 0)
	var mu sync.Mutex
	got := map[int64]bool{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				m, err := batch.ReadMessage()
				_, _ = batch.Err(), batch.Offset()
				if err != nil {
					return
				}
				mu.Lock()
				got[m.Offset] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	require.NoError(t, batch.Close())
	assert.Len(t, got, total)
}

// A message set of a broker before 0.11, compressed as one message.
func TestBatchOfAnOldBroker(t *testing.T) {
	var builder protocol.BatchBuilder
	at := time.UnixMilli(1_500_000_000_000).UTC()
	for _, v := range []string{"a", "b", "c"} {
		require.NoError(t, builder.Append(at.UnixMilli(), nil, []byte(v), nil))
	}
	batch, err := builder.Seal(protocol.BatchOptions{})
	require.NoError(t, err)
	for _, codec := range []CompressionCodec{nil, compress.Gzip.Codec()} {
		set, err := protocol.AppendMessageSet(nil, 1, codec, batch)
		require.NoError(t, err)
		log := &fakeLog{records: set}
		b := log.broker()
		b.versions = map[protocol.ApiKey][2]int16{protocol.Fetch: {0, 3}}
		c := b.conn(t)
		c.setPosition(1)
		msgs, err := readAll(c.ReadBatch(1, 1000))
		assert.Equal(t, io.EOF, err)
		assert.Equal(t, []string{"b@1", "c@2"}, valuesOf(msgs))
		assert.Equal(t, at, msgs[0].Time)
		assert.Equal(t, int16(3), b.requests[0].version)
	}
}

func TestUnknownCodecIsAnError(t *testing.T) {
	records := wire(t, wireBatch{base: 3, msgs: values("a"), options: protocol.BatchOptions{Codec: unknownCodec{}}})
	_, batch := batchOf(t, &fakeLog{records: records}, 3)
	_, err := batch.ReadMessage()
	require.ErrorIs(t, err, protocol.ErrUnsupportedCompression)
	assert.Equal(t, int64(3), batch.Offset())
}

type unknownCodec struct{ CompressionCodec }

func (unknownCodec) Code() int8   { return 6 }
func (unknownCodec) Name() string { return "unknown" }
func (unknownCodec) NewWriter(w io.Writer) io.WriteCloser {
	return struct {
		io.Writer
		io.Closer
	}{w, io.NopCloser(nil)}
}

func BenchmarkBatchReadMessage(b *testing.B) {
	const n = 1000
	msgs := make([]Message, n)
	for i := range msgs {
		msgs[i] = Message{Key: []byte("key-" + itoa(i)), Value: make([]byte, 100)}
	}
	c := (&fakeLog{records: wire(b, wireBatch{msgs: msgs}), highWater: n}).broker().conn(b)
	b.ReportAllocs()
	b.SetBytes(n * 100)
	for b.Loop() {
		c.setPosition(0)
		batch := c.ReadBatch(1, 1<<20)
		for {
			if _, err := batch.ReadMessage(); err != nil {
				if !errors.Is(err, io.EOF) {
					b.Fatal(err)
				}
				break
			}
		}
		batch.Close()
	}
}
