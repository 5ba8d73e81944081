package kafka

import (
	"errors"
	"io"
	"math"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/produce"
)

func TestNewConnDoesNoIO(t *testing.T) {
	client, _ := net.Pipe()
	c := NewConn(client, "t", 3)
	offset, whence := c.Offset()
	assert.Zero(t, offset)
	assert.Equal(t, SeekStart, whence)
	require.NoError(t, c.Close())
}

func TestNewConnPanicsWithoutAPartition(t *testing.T) {
	client, _ := net.Pipe()
	defer client.Close()
	assert.Panics(t, func() { NewConn(client, "t", -1) })
	if tooMany := int64(math.MaxInt32) + 1; int64(int(tooMany)) == tooMany {
		assert.PanicsWithValue(t, "kafka: partition 2147483648 is outside of [0, 2147483647]", func() { NewConn(client, "t", int(tooMany)) })
	}
}

func TestConnBroker(t *testing.T) {
	address := new(fakeLog).broker().listen(t)
	socket, err := net.Dial("tcp", address)
	require.NoError(t, err)
	c := NewConnWith(socket, ConnConfig{Broker: 4, Rack: "r"})
	defer c.Close()
	broker := c.Broker()
	assert.Equal(t, 4, broker.ID)
	assert.Equal(t, "r", broker.Rack)
	assert.Equal(t, "127.0.0.1", broker.Host)
	assert.Equal(t, TCP(address).String(), net.JoinHostPort(broker.Host, itoa(broker.Port)))
	assert.Equal(t, address, c.RemoteAddr().String())
	assert.Equal(t, socket.LocalAddr(), c.LocalAddr())
}

func TestClientID(t *testing.T) {
	for configured, want := range map[string]string{"": DefaultClientID, "me": "me"} {
		b := new(fakeLog).broker()
		pipe, _ := b.dial(t.Context(), "", "")
		c := NewConnWith(pipe, ConnConfig{ClientID: configured, Topic: "t"})
		_, err := c.ReadFirstOffset()
		require.NoError(t, err)
		c.Close()
		assert.Equal(t, want, b.requests[0].clientID)
	}
}

func TestConnAfterClose(t *testing.T) {
	c := new(fakeLog).broker().conn(t)
	require.NoError(t, c.Close())
	calls := map[string]func() error{
		"close":       c.Close,
		"write":       func() error { _, err := c.Write([]byte("x")); return err },
		"read":        func() error { _, err := c.Read(make([]byte, 1)); return err },
		"metadata":    func() error { _, err := c.Brokers(); return err },
		"offset":      func() error { _, err := c.ReadLastOffset(); return err },
		"batch":       func() error { return c.ReadBatch(1, 10).Err() },
		"create":      func() error { return c.CreateTopics(TopicConfig{Topic: "x"}) },
		"delete":      func() error { return c.DeleteTopics("x") },
		"apiversions": func() error { _, err := c.ApiVersions(); return err },
	}
	for name, call := range calls {
		err := call()
		var opErr *net.OpError
		require.ErrorAs(t, err, &opErr, name)
		assert.ErrorIs(t, err, net.ErrClosed, name)
		assert.False(t, opErr.Timeout(), name)
	}
}

func TestCloseEndsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBroker{handle: func(*fakeRequest) protocol.Message { return nil }}
		c := b.conn(t)
		var err error
		var wg sync.WaitGroup
		wg.Go(func() { _, err = c.ReadOffset(time.Now()) })
		synctest.Wait()
		require.NoError(t, c.Close())
		wg.Wait()
		assert.ErrorIs(t, err, net.ErrClosed)
	})
}

// The longer the deadline, the longer the broker may wait.
func TestTrap50WaitGrowsWithTheDeadline(t *testing.T) {
	last := int32(-1)
	for _, tt := range []struct {
		left time.Duration
		want int32
	}{
		{time.Millisecond, 0},
		{500 * time.Millisecond, 375},
		{time.Second, 750},
		{1100 * time.Millisecond, 825},
		{2 * time.Second, 1500},
		{4 * time.Second, 3000},
		{10 * time.Second, 9000},
		{0, math.MaxInt32},
	} {
		synctest.Test(t, func(t *testing.T) {
			log := &fakeLog{}
			b := log.broker()
			c := b.conn(t)
			if tt.left > 0 {
				c.SetDeadline(time.Now().Add(tt.left))
			}
			c.Seek(5, SeekAbsolute|SeekDontCheck)
			batch := c.ReadBatch(10, 100)
			require.ErrorIs(t, lastError(batch), RequestTimedOut)
			require.Equal(t, tt.want, seen[*fetch.Request](b)[0].MaxWaitTime)
			_, err := c.Write([]byte("x"))
			require.NoError(t, err)
			require.Equal(t, tt.want, seen[*produce.Request](b)[0].Timeout)
			require.GreaterOrEqual(t, tt.want, last)
			last = tt.want
		})
	}
}

func lastError(b *Batch) error {
	defer b.Close()
	for {
		if _, err := b.ReadMessage(); err != nil {
			return err
		}
	}
}

// waitingBroker answers a fetch when its time is up, as a broker without
// messages does.
func waitingBroker(t *testing.T) *fakeBroker {
	ctx := t.Context()
	log := new(fakeLog)
	b := log.broker()
	b.handle = func(r *fakeRequest) protocol.Message {
		if req, ok := r.message.(*fetch.Request); ok {
			pause(ctx, time.Duration(req.MaxWaitTime)*time.Millisecond)
		}
		return log.handle(r)
	}
	return b
}

func TestReadOfAnEmptyPartitionTimesOutAndLeavesTheConnUsable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := waitingBroker(t).conn(t)
		start := time.Now()
		c.SetReadDeadline(start.Add(2 * time.Second))
		n, err := c.Read(make([]byte, 10))
		assert.Zero(t, n)
		assert.Equal(t, RequestTimedOut, err)
		assert.Equal(t, 1500*time.Millisecond, time.Since(start))
		c.SetReadDeadline(time.Time{})
		_, err = c.ReadLastOffset()
		assert.NoError(t, err)
	})
}

// A read that waits for a single message lets others have the connection now and
// then: brokers answer in order.
func TestWriteWhileAReadWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := waitingBroker(t).conn(t)
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := c.ReadMessage(1000)
			assert.Error(t, err)
		})
		synctest.Wait()
		start := time.Now()
		_, err := c.Write([]byte("x"))
		require.NoError(t, err)
		assert.LessOrEqual(t, time.Since(start), fetchSlice)
		c.Close()
		wg.Wait()
	})
}

func TestDeadlineThatHasPassedLeavesTheConnUsable(t *testing.T) {
	b := (&fakeLog{last: 3}).broker()
	c := b.conn(t)
	require.NoError(t, c.SetDeadline(time.Unix(1, 0)))
	_, err := c.Write([]byte("x"))
	requireTimeout(t, err)
	_, err = c.Read(make([]byte, 1))
	requireTimeout(t, err)
	assert.Empty(t, b.requests, "nothing was sent")
	require.NoError(t, c.SetDeadline(time.Time{}))
	last, err := c.ReadLastOffset()
	require.NoError(t, err)
	assert.Equal(t, int64(3), last)
}

func requireTimeout(t testing.TB, err error) {
	t.Helper()
	netErr, ok := err.(net.Error)
	require.True(t, ok, "%T: %v", err, err)
	require.True(t, netErr.Timeout(), "%v", err)
}

func TestDeadlineWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &fakeLog{last: 5}
		var late *fakeRequest
		b := &fakeBroker{}
		b.handle = func(r *fakeRequest) protocol.Message {
			if late == nil {
				late = r
				return nil
			}
			return log.handle(r)
		}
		c := b.conn(t)
		c.SetReadDeadline(time.Now().Add(time.Second))
		start := time.Now()
		_, err := c.ReadLastOffset()
		requireTimeout(t, err)
		assert.Equal(t, time.Second, time.Since(start))

		// The answer that comes late is not taken for another.
		c.SetReadDeadline(time.Time{})
		synctest.Wait()
		late.answer(&listoffsets.Response{})
		last, err := c.ReadLastOffset()
		require.NoError(t, err)
		assert.Equal(t, int64(5), last)
	})
}

// A fetch that the broker may hold for long leaves the connection of no use.
func TestDeadlineOfALongFetchClosesTheConn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := waitingBroker(t).conn(t)
		c.setPosition(0)
		c.SetReadDeadline(time.Now().Add(time.Second))
		batch := c.ReadBatchWith(ReadBatchConfig{MinBytes: 1, MaxBytes: 10, MaxWait: time.Minute})
		requireTimeout(t, batch.Err())
		c.SetReadDeadline(time.Time{})
		_, err := c.ReadLastOffset()
		var opErr *net.OpError
		require.ErrorAs(t, err, &opErr)
		assert.ErrorIs(t, err, net.ErrClosed)
		assert.False(t, opErr.Timeout())
	})
}

func TestDeadlineCanBeMovedWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBroker{handle: func(*fakeRequest) protocol.Message { return nil }}
		c := b.conn(t)
		start := time.Now()
		c.SetReadDeadline(start.Add(time.Second))
		var err error
		var wg sync.WaitGroup
		wg.Go(func() { _, err = c.ReadLastOffset() })
		synctest.Wait()
		c.SetReadDeadline(start.Add(3 * time.Second))
		wg.Wait()
		requireTimeout(t, err)
		assert.Equal(t, 3*time.Second, time.Since(start))
	})
	synctest.Test(t, func(t *testing.T) {
		c := waitingBroker(t).conn(t)
		var err error
		var wg sync.WaitGroup
		wg.Go(func() { _, err = c.ReadMessage(100) })
		synctest.Wait()
		c.SetReadDeadline(time.Now())
		wg.Wait()
		requireTimeout(t, err)
	})
}

func TestDeadlinesAreForReadsOrForWrites(t *testing.T) {
	past := time.Unix(1, 0)
	reads := map[string]func(*Conn) error{
		"Read":            func(c *Conn) error { _, err := c.Read(make([]byte, 1)); return err },
		"ReadMessage":     func(c *Conn) error { _, err := c.ReadMessage(10); return err },
		"ReadBatch":       func(c *Conn) error { return c.ReadBatch(1, 10).Close() },
		"ReadOffset":      func(c *Conn) error { _, err := c.ReadOffset(past); return err },
		"ReadOffsets":     func(c *Conn) error { _, _, err := c.ReadOffsets(); return err },
		"ReadFirstOffset": func(c *Conn) error { _, err := c.ReadFirstOffset(); return err },
		"ReadLastOffset":  func(c *Conn) error { _, err := c.ReadLastOffset(); return err },
		"Seek":            func(c *Conn) error { _, err := c.Seek(0, SeekEnd); return err },
		"ReadPartitions":  func(c *Conn) error { _, err := c.ReadPartitions(); return err },
		"Brokers":         func(c *Conn) error { _, err := c.Brokers(); return err },
		"Controller":      func(c *Conn) error { _, err := c.Controller(); return err },
	}
	writes := map[string]func(*Conn) error{
		"Write":         func(c *Conn) error { _, err := c.Write([]byte("x")); return err },
		"WriteMessages": func(c *Conn) error { _, err := c.WriteMessages(values("x")...); return err },
		"CreateTopics":  func(c *Conn) error { return c.CreateTopics(TopicConfig{Topic: "x"}) },
		"DeleteTopics":  func(c *Conn) error { return c.DeleteTopics("x") },
	}
	check := func(calls map[string]func(*Conn) error, set, other func(*Conn, time.Time) error) {
		for name, call := range calls {
			c := (&fakeLog{records: wire(t, wireBatch{msgs: values("a")})}).broker().conn(t)
			require.NoError(t, other(c, past))
			assert.NoError(t, call(c), name)
			require.NoError(t, set(c, past))
			requireTimeout(t, call(c))
		}
	}
	check(reads, (*Conn).SetReadDeadline, (*Conn).SetWriteDeadline)
	check(writes, (*Conn).SetWriteDeadline, (*Conn).SetReadDeadline)
}

func TestApiVersionsTakesEitherDeadline(t *testing.T) {
	c := new(fakeLog).broker().conn(t)
	c.SetWriteDeadline(time.Unix(1, 0))
	_, err := c.ApiVersions()
	requireTimeout(t, err)
	c.SetReadDeadline(time.Now().Add(time.Minute))
	versions, err := c.ApiVersions()
	require.NoError(t, err)
	assert.Contains(t, versions, ApiVersion{ApiKey: 1, MinVersion: 4, MaxVersion: 18})
}

// After an error code of the broker, the next call works.
func TestTrap58ConnGoesOnAfterAnErrorCode(t *testing.T) {
	for _, code := range []Error{NotLeaderForPartition, OffsetOutOfRange, MessageSizeTooLarge, UnknownTopicOrPartition} {
		log := &fakeLog{code: code, last: 1, highWater: 1, records: wire(t, wireBatch{msgs: values("a")})}
		c := log.broker().conn(t)
		c.Seek(0, SeekAbsolute|SeekDontCheck)
		batch := c.ReadBatch(1, 100)
		assert.Equal(t, code, batch.Err())
		_, err := batch.ReadMessage()
		assert.Equal(t, code, err)
		assert.Equal(t, code, batch.Close())
		assert.Zero(t, batch.Offset())
		assert.Zero(t, batch.HighWaterMark())
		_, err = c.Write([]byte("x"))
		assert.Equal(t, code, err)
		_, err = c.ReadLastOffset()
		assert.Equal(t, code, err)

		log.code = 0
		offset, whence := c.Offset()
		assert.Equal(t, []int64{0, SeekAbsolute}, []int64{offset, int64(whence)}, "the position stays")
		m, err := c.ReadMessage(100)
		require.NoError(t, err)
		assert.Equal(t, "a", string(m.Value))
		_, err = c.Write([]byte("x"))
		assert.NoError(t, err)
	}
}

// Requests leave side by side, and whoever waits, waits without spinning: the
// bubble of synctest would never rest otherwise.
func TestTrap33RequestsAreInFlightSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &fakeLog{first: 1, last: 2}
		var held []*fakeRequest
		b := &fakeBroker{handle: func(r *fakeRequest) protocol.Message {
			held = append(held, r)
			return nil
		}}
		c := b.conn(t)
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				offset, err := c.ReadLastOffset()
				assert.NoError(t, err)
				assert.Equal(t, int64(2), offset)
			})
			wg.Go(func() {
				_, err := c.Write([]byte("x"))
				assert.NoError(t, err)
			})
		}
		synctest.Wait()
		require.Len(t, held, 10, "all were sent before any was answered")
		for _, r := range held {
			r.answer(log.handle(r))
		}
		wg.Wait()
	})
}

// An open batch keeps nothing from other calls, not even other batches.
func TestTrap34BatchDoesNotBlockTheConn(t *testing.T) {
	log := &fakeLog{last: 2, highWater: 2, records: wire(t, wireBatch{msgs: values("a", "b")})}
	c := log.broker().conn(t)
	first := c.ReadBatch(1, 100)
	require.NoError(t, first.Err())
	_, err := c.Write([]byte("x"))
	require.NoError(t, err)
	_, _, err = c.ReadOffsets()
	require.NoError(t, err)
	second := c.ReadBatch(1, 100)
	m, err := second.ReadMessage()
	require.NoError(t, err)
	assert.Equal(t, "a", string(m.Value))
	require.NoError(t, second.Close())
	m, err = first.ReadMessage()
	require.NoError(t, err)
	assert.Equal(t, "a", string(m.Value))
	require.NoError(t, first.Close())
}

func TestSeek(t *testing.T) {
	const first, last = 10, 20
	for name, tt := range map[string]struct {
		from           int64
		offset         int64
		whence         int
		want           int64
		err            error
		asks, position int64
	}{
		"start":                     {from: 15, offset: 2, whence: SeekStart, want: 12, asks: 2, position: 12},
		"end counts backwards":      {from: 15, offset: 2, whence: SeekEnd, want: 18, asks: 2, position: 18},
		"absolute":                  {from: 15, offset: 11, whence: SeekAbsolute, want: 11, asks: 2, position: 11},
		"absolute to the same":      {from: 15, offset: 15, whence: SeekAbsolute, want: 15, position: 15},
		"the end itself":            {from: 15, offset: last, whence: SeekAbsolute, want: last, asks: 2, position: last},
		"after the end":             {from: 15, offset: last + 1, whence: SeekAbsolute, err: OffsetOutOfRange, asks: 2, position: 15},
		"before the start":          {from: 15, offset: first - 1, whence: SeekAbsolute, err: OffsetOutOfRange, asks: 2, position: 15},
		"before the start from end": {from: 15, offset: 11, whence: SeekEnd, err: OffsetOutOfRange, asks: 2, position: 15},
		"current":                   {from: 15, offset: -2, whence: SeekCurrent, want: 13, asks: 2, position: 13},
		"current at FirstOffset":    {from: FirstOffset, offset: 1, whence: SeekCurrent, err: OffsetOutOfRange, asks: 2, position: FirstOffset},
		"unchecked absolute":        {from: 15, offset: 42, whence: SeekAbsolute | SeekDontCheck, want: 42, position: 42},
		"unchecked current":         {from: 15, offset: 42, whence: SeekCurrent | SeekDontCheck, want: 57, position: 57},
		"unchecked special":         {from: 15, offset: LastOffset, whence: SeekAbsolute | SeekDontCheck, want: LastOffset, position: LastOffset},
		"start is always checked":   {from: 15, offset: 11, whence: SeekStart | SeekDontCheck, err: OffsetOutOfRange, asks: 2, position: 15},
	} {
		t.Run(name, func(t *testing.T) {
			b := (&fakeLog{first: first, last: last}).broker()
			c := b.conn(t)
			c.setPosition(tt.from)
			got, err := c.Seek(tt.offset, tt.whence)
			assert.Equal(t, tt.err, err)
			assert.Equal(t, tt.want, got)
			assert.Equal(t, tt.position, c.position())
			assert.Len(t, seen[*listoffsets.Request](b), int(tt.asks))
		})
	}
	c := new(fakeLog).broker().conn(t)
	for _, whence := range []int{-1, 4, 4 | SeekDontCheck} {
		_, err := c.Seek(0, whence)
		assert.ErrorContains(t, err, "whence")
	}
}

func TestReadOffsetsOnError(t *testing.T) {
	c := (&fakeLog{code: NotLeaderForPartition, first: 5, last: 9}).broker().conn(t)
	first, last, err := c.ReadOffsets()
	assert.Equal(t, NotLeaderForPartition, err)
	assert.Zero(t, first)
	assert.Zero(t, last)
}

func TestReadOffsetAsksInMilliseconds(t *testing.T) {
	b := (&fakeLog{last: -1}).broker()
	c := b.conn(t)
	for _, at := range []time.Time{{}, time.UnixMilli(-1), time.UnixMilli(1700000000123)} {
		offset, err := c.ReadOffset(at)
		require.NoError(t, err)
		assert.Equal(t, LastOffset, offset, "there is no such message")
	}
	var asked []int64
	for _, r := range seen[*listoffsets.Request](b) {
		asked = append(asked, r.Topics[0].Partitions[0].Timestamp)
	}
	assert.Equal(t, []int64{0, 0, 1700000000123}, asked)
}

func TestFirstReadResolvesThePosition(t *testing.T) {
	for position, want := range map[int64]int64{FirstOffset: 10, LastOffset: 12} {
		log := &fakeLog{first: 10, last: 12, records: wire(t, wireBatch{base: 10, msgs: values("a", "b", "c")})}
		b := log.broker()
		c := b.conn(t)
		c.setPosition(position)
		m, err := c.ReadMessage(100)
		require.NoError(t, err)
		assert.Equal(t, want, m.Offset)
		assert.Equal(t, want, seen[*fetch.Request](b)[0].Topics[0].Partitions[0].FetchOffset)
		assert.Equal(t, want+1, c.position())
	}
}

func TestConnWithoutTopic(t *testing.T) {
	b := new(fakeLog).broker()
	pipe, _ := b.dial(t.Context(), "", "")
	c := NewConnWith(pipe, ConnConfig{})
	defer c.Close()
	_, err := c.Write([]byte("x"))
	assert.ErrorIs(t, err, errNoTopic)
	_, err = c.ReadMessage(10)
	assert.ErrorIs(t, err, errNoTopic)
	_, err = c.ReadLastOffset()
	assert.ErrorIs(t, err, errNoTopic)
	_, err = c.Brokers()
	assert.NoError(t, err)
}

func TestSetRequiredAcks(t *testing.T) {
	b := new(fakeLog).broker()
	c := b.conn(t)
	for _, acks := range []int{0, 2, -2} {
		assert.Equal(t, InvalidRequiredAcks, c.SetRequiredAcks(acks))
	}
	c.Write([]byte("x"))
	require.NoError(t, c.SetRequiredAcks(1))
	c.Write([]byte("x"))
	require.NoError(t, c.SetRequiredAcks(-1))
	c.Write([]byte("x"))
	var got []int16
	for _, r := range seen[*produce.Request](b) {
		got = append(got, r.Acks)
	}
	assert.Equal(t, []int16{-1, 1, -1}, got)
}

// What is no answer ends the connection with a clear error, and soon.
func TestBadAnswers(t *testing.T) {
	for name, answer := range map[string]string{
		"HTTP":          "HTTP/1.1 400 Bad Request\r\n\r\n",
		"TLS alert":     "\x15\x03\x01\x00\x02\x02\x46",
		"negative size": "\xff\xff\xff\xf0",
		"huge size":     "\x7f\xff\xff\xff",
		"short frame":   "\x00\x00\x00\x02\x00\x00",
		"wrong id":      "\x00\x00\x00\x08\x7f\x00\x00\x01\x00\x00\x00\x00",
		"cut":           "\x00\x00\x00\x20\x00\x00",
		"nothing":       "",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := net.Pipe()
				go func() {
					protocol.ReadRequest(server)
					server.Write([]byte(answer))
					server.Close()
				}()
				c := NewConn(client, "t", 0)
				defer c.Close()
				_, err := c.ReadLastOffset()
				require.Error(t, err)
				assert.NotErrorIs(t, err, io.EOF)
				var netErr net.Error
				assert.ErrorAs(t, err, &netErr)
				_, again := c.Write([]byte("x"))
				assert.Error(t, again)
				m, again := c.ReadMessage(10)
				assert.Error(t, again)
				assert.Zero(t, m)
			})
		})
	}
}

func TestAnswerAboutSomethingElse(t *testing.T) {
	b := &fakeBroker{handle: func(r *fakeRequest) protocol.Message {
		switch r.message.(type) {
		case *fetch.Request:
			return &fetch.Response{}
		case *produce.Request:
			return &produce.Response{}
		default:
			return &listoffsets.Response{}
		}
	}}
	c := b.conn(t)
	c.setPosition(0)
	_, err := c.ReadLastOffset()
	assert.ErrorContains(t, err, `nothing about partition 0 of topic "t"`)
	_, err = c.Write([]byte("x"))
	assert.ErrorContains(t, err, "nothing about")
	assert.ErrorContains(t, c.ReadBatch(1, 10).Close(), "nothing about")
	var code Error
	assert.False(t, errors.As(err, &code))
}
