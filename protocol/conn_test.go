package protocol

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestConnExchange(t *testing.T) {
	c, p := newPeer(t, ConnOptions{ClientID: "me"})
	req := &echoRequest{Text: "hello", prepared: -1}
	ch := exchange(context.Background(), c, req)

	r := p.read()
	require.Equal(t, echoKey, r.key)
	require.Equal(t, int16(0), r.version)
	require.Equal(t, "\x00\x02me\x00\x05hello", string(r.rest))
	p.answer(r.id, "world")

	out := <-ch
	require.NoError(t, out.err)
	require.Equal(t, "world", out.reply.Message.(*echoResponse).Text)
	require.Equal(t, int16(0), out.reply.Version)
	require.Equal(t, int16(0), req.prepared)
	out.reply.Release()
	out.reply.Release()
	require.NoError(t, c.Err())
}

func TestConnRoundTrip(t *testing.T) {
	c, p := newPeer(t, ConnOptions{})
	go func() {
		r := p.read()
		p.answer(r.id, r.text())
	}()
	res, err := c.RoundTrip(&echoRequest{Text: "hello"})
	require.NoError(t, err)
	require.Equal(t, "hello", res.(*echoResponse).Text)
}

func TestConnCarriesRequestsSideBySide(t *testing.T) {
	c, p := newPeer(t, ConnOptions{})
	const n = 50
	calls := make(map[string]<-chan outcome)
	for i := range n {
		text := fmt.Sprint("call ", i)
		calls[text] = echo(context.Background(), c, text)
	}
	// All are written before any is answered; answers are in their order.
	var requests []request
	for range n {
		requests = append(requests, p.read())
	}
	for i, r := range requests {
		if i > 0 {
			require.Equal(t, requests[i-1].id+1, r.id)
		}
		p.answer(r.id, r.text())
	}
	for text, ch := range calls {
		requireText(t, text, ch)
	}
}

func TestConnBoundsRequestsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := newPeer(t, ConnOptions{MaxInFlight: 2})
		first, second := echo(t.Context(), c, "1"), echo(t.Context(), c, "2")
		r1, r2 := p.read(), p.read()

		ctx, cancel := context.WithCancel(t.Context())
		third := echo(ctx, c, "3")
		synctest.Wait()
		require.Len(t, third, 0)
		cancel()
		failed := requireFailed(t, third)
		require.ErrorIs(t, failed, context.Canceled)
		require.False(t, failed.Written)

		fourth := echo(t.Context(), c, "4")
		p.answer(r1.id, "1")
		r4 := p.read()
		p.answer(r2.id, "2")
		p.answer(r4.id, "4")
		for _, ch := range []<-chan outcome{first, second, fourth} {
			require.NoError(t, (<-ch).err)
		}
		require.NoError(t, c.Close())
	})
}

func TestConnRequestWithoutResponse(t *testing.T) {
	c, p := newPeer(t, ConnOptions{})
	ch := exchange(context.Background(), c, &mutedRequest{Text: "no answer"})
	require.Equal(t, "no answer", p.read().text())
	out := <-ch
	require.NoError(t, out.err)
	require.Nil(t, out.reply.Message)
	out.reply.Release()
	requireUsable(t, c, p)

	go p.read()
	res, err := c.RoundTrip(&mutedRequest{Text: "nor here"})
	require.NoError(t, err)
	require.Nil(t, res)
}

func TestConnWithdrawsWhatIsNotWritten(t *testing.T) {
	c, p := newPeer(t, ConnOptions{})
	over, cancel := context.WithCancel(context.Background())
	cancel()
	failed := requireFailed(t, echo(over, c, "too late"))
	require.ErrorIs(t, failed, context.Canceled)
	require.False(t, failed.Written)

	// One request is being written, another waits for its turn and leaves.
	first := echo(context.Background(), c, "first")
	var size [1]byte
	_, err := io.ReadFull(p.conn, size[:])
	require.NoError(t, err)
	ctx, leave := context.WithCancel(context.Background())
	second := echo(ctx, c, "second")
	leave()
	failed = requireFailed(t, second)
	require.ErrorIs(t, failed, context.Canceled)
	require.False(t, failed.Written)

	p.conn = &prefixed{p.conn, size[:]}
	r := p.read()
	require.Equal(t, "first", r.text())
	p.answer(r.id, "first")
	requireText(t, "first", first)
	requireUsable(t, c, p) // what is read next is not "second"
}

// prefixed gives bytes before those of the connection.
type prefixed struct {
	net.Conn
	b []byte
}

func (c *prefixed) Read(b []byte) (int, error) {
	if len(c.b) == 0 {
		return c.Conn.Read(b)
	}
	n := copy(b, c.b)
	c.b = c.b[n:]
	return n, nil
}

func TestConnDropsTheAnswerOfWhoLeft(t *testing.T) {
	for _, size := range []int{5, 30_000} {
		c, p := newPeer(t, ConnOptions{})
		ctx, leave := context.WithCancel(context.Background())
		gone, stays := echo(ctx, c, "gone"), (<-chan outcome)(nil)
		r1 := p.read()
		stays = echo(context.Background(), c, "stays")
		r2 := p.read()
		leave()
		failed := requireFailed(t, gone)
		require.ErrorIs(t, failed, context.Canceled)
		require.True(t, failed.Written)
		require.Equal(t, opAwait, failed.Op)

		p.answer(r1.id, string(make([]byte, size)))
		p.answer(r2.id, "stays")
		requireText(t, "stays", stays)
		requireUsable(t, c, p)
	}
}

func TestConnDropsAnAnswerWhoseCallerLeavesWhileItArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := newPeer(t, ConnOptions{})
		ctx, leave := context.WithCancel(t.Context())
		gone := echo(ctx, c, "gone")
		b := echoFrame(p.read().id, "half an answer")
		p.write(b[:12])
		synctest.Wait()
		leave()
		require.ErrorIs(t, requireFailed(t, gone), context.Canceled)
		p.write(b[12:])
		requireUsable(t, c, p)
		require.NoError(t, c.Close())
	})
}

func TestConnAnswerWinsOverLeaving(t *testing.T) {
	c, _ := newPeer(t, ConnOptions{})
	cl := c.newCall(context.Background(), &echoRequest{})
	require.NoError(t, c.push(cl, 1))
	c.room <- struct{}{}
	c.answer(getFrame(1))
	require.False(t, c.abandon(cl))
	over, cancel := context.WithCancel(context.Background())
	cancel()
	f, err := c.await(over, cl)
	require.NoError(t, err)
	require.NotNil(t, f)
}

func TestConnEndsWhenARequestIsCutOff(t *testing.T) {
	for _, taken := range []int{0, 2} {
		synctest.Test(t, func(t *testing.T) {
			c, p := newPeer(t, ConnOptions{})
			other := echo(t.Context(), c, "other")
			p.read()

			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			start := time.Now()
			cut := echo(ctx, c, "cut")
			_, err := io.ReadFull(p.conn, make([]byte, taken))
			require.NoError(t, err)

			failed := requireFailed(t, cut)
			require.Equal(t, time.Minute, time.Since(start))
			require.ErrorIs(t, failed, context.DeadlineExceeded)
			require.Equal(t, taken > 0, failed.Written)
			require.Equal(t, opWrite, failed.Op)

			failed = requireFailed(t, other)
			require.NotErrorIs(t, failed, context.DeadlineExceeded)
			require.ErrorIs(t, failed, errWriteCut)
			require.True(t, failed.Written)
			require.ErrorIs(t, c.Err(), errWriteCut)
			require.NoError(t, c.Close())
		})
	}
}

func TestConnIsNotCutOffByAnEarlierContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := newPeer(t, ConnOptions{})
		ctx, cancel := context.WithCancel(t.Context())
		first := echo(ctx, c, "first")
		time.Sleep(2 * writeGrace) // the write is watched by now
		r := p.read()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, requireFailed(t, first), context.Canceled)
		p.answer(r.id, "first")
		requireUsable(t, c, p)
		require.NoError(t, c.Close())
	})
}

func TestConnCallTimeout(t *testing.T) {
	t.Run("the call at the head is overdue", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, p := newPeer(t, ConnOptions{CallTimeout: 10 * time.Second})
			start := time.Now()
			first, second := echo(t.Context(), c, "1"), (<-chan outcome)(nil)
			p.read()
			time.Sleep(4 * time.Second)
			second = echo(t.Context(), c, "2")
			p.read()
			for _, ch := range []<-chan outcome{first, second} {
				failed := requireFailed(t, ch)
				require.True(t, failed.Timeout())
				require.True(t, failed.Written)
				require.ErrorContains(t, failed, "has not answered for 10s")
			}
			require.Equal(t, 10*time.Second, time.Since(start))
			require.Error(t, c.Err())
			require.NoError(t, c.Close())
		})
	})
	t.Run("its clock starts at the head", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, p := newPeer(t, ConnOptions{CallTimeout: 10 * time.Second})
			first, second := echo(t.Context(), c, "1"), (<-chan outcome)(nil)
			r := p.read()
			second = echo(t.Context(), c, "2")
			r2 := p.read()
			time.Sleep(9 * time.Second)
			p.answer(r.id, "1")
			requireText(t, "1", first)
			time.Sleep(9 * time.Second)
			p.answer(r2.id, "2")
			requireText(t, "2", second)
			time.Sleep(time.Hour) // idle
			requireUsable(t, c, p)
			require.NoError(t, c.Close())
		})
	})
	t.Run("what the request asks the broker to wait is added", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, p := newPeer(t, ConnOptions{CallTimeout: 10 * time.Second})
			start := time.Now()
			ch := exchange(t.Context(), c, &echoRequest{Text: "1", wait: time.Minute})
			p.read()
			require.True(t, requireFailed(t, ch).Timeout())
			require.Equal(t, 70*time.Second, time.Since(start))
		})
	})
	t.Run("a later deadline of the caller holds", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, p := newPeer(t, ConnOptions{CallTimeout: 10 * time.Second})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			ch := echo(ctx, c, "1")
			r := p.read()
			time.Sleep(59 * time.Second)
			p.answer(r.id, "1")
			requireText(t, "1", ch)
			require.NoError(t, c.Close())
		})
	})
	t.Run("an answer under way is progress", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, p := newPeer(t, ConnOptions{CallTimeout: 10 * time.Second})
			ch := exchange(t.Context(), c, &fetchingRequest{})
			r := p.read()
			const size = 5 << 20
			p.write(appendInt32(appendInt32(nil, 4+size), r.id))
			for range 5 {
				time.Sleep(9 * time.Second)
				p.write(make([]byte, 1<<20))
			}
			requireFailed(t, ch) // it is nonsense, but all of it was read
			require.NoError(t, c.Err())
			requireUsable(t, c, p)
			require.NoError(t, c.Close())
		})
	})
	t.Run("an answer that stops half-way", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, p := newPeer(t, ConnOptions{CallTimeout: 10 * time.Second})
			ch := exchange(t.Context(), c, &fetchingRequest{})
			r := p.read()
			p.write(appendInt32(appendInt32(nil, 5<<20), r.id))
			time.Sleep(9 * time.Second)
			p.write(make([]byte, 2<<20))
			synctest.Wait()
			start := time.Now()
			require.True(t, requireFailed(t, ch).Timeout())
			require.Equal(t, 10*time.Second, time.Since(start))
		})
	})
	t.Run("a request without response", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, p := newPeer(t, ConnOptions{CallTimeout: 10 * time.Second})
			ch := exchange(t.Context(), c, &mutedRequest{})
			p.read()
			require.NoError(t, (<-ch).err)
			time.Sleep(time.Minute)
			requireUsable(t, c, p) // its bound is not that of others
			start := time.Now()
			failed := requireFailed(t, exchange(t.Context(), c, &mutedRequest{}))
			require.True(t, failed.Timeout())
			require.False(t, failed.Written)
			require.Equal(t, 10*time.Second, time.Since(start))
		})
	})
}

func TestConnEndsWhenAnAbandonedCallIsNeverAnswered(t *testing.T) {
	for _, wait := range []time.Duration{0, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			c, p := newPeer(t, ConnOptions{})
			first := echo(t.Context(), c, "first")
			r := p.read()
			ctx, leave := context.WithCancel(t.Context())
			gone := exchange(ctx, c, &echoRequest{Text: "gone", wait: wait})
			p.read()
			leave()
			requireFailed(t, gone)
			time.Sleep(time.Hour) // who waits without bound is not interrupted
			require.NoError(t, c.Err())

			p.answer(r.id, "first")
			requireText(t, "first", first)
			start := time.Now()
			<-c.Done()
			require.Equal(t, abandonTimeout+wait, time.Since(start))
			require.NoError(t, c.Close())
		})
	}
}

func TestConnClose(t *testing.T) {
	c, p := newPeer(t, ConnOptions{})
	pending := echo(context.Background(), c, "pending")
	p.read()
	blocked := echo(context.Background(), c, "blocked")
	_, err := p.conn.Read(make([]byte, 1))
	require.NoError(t, err)
	queued := echo(context.Background(), c, "queued")

	require.NoError(t, c.Close())
	require.NoError(t, c.Close())
	<-c.Done()
	var opError *net.OpError
	for name, ch := range map[string]<-chan outcome{"pending": pending, "blocked": blocked, "queued": queued, "after": echo(context.Background(), c, "after")} {
		failed := requireFailed(t, ch)
		require.ErrorIs(t, failed, net.ErrClosed, name)
		require.ErrorAs(t, failed, &opError, name)
		require.Equal(t, name == "pending" || name == "blocked", failed.Written, name)
	}
	require.True(t, isClosed(c.loop), "Close has waited")
	require.ErrorIs(t, c.Err(), net.ErrClosed)
	_, err = c.Read(make([]byte, 1))
	require.ErrorIs(t, err, net.ErrClosed)
	require.ErrorIs(t, c.SetDeadline(time.Now()), net.ErrClosed)
	requireNoGoroutine(t)
}

func TestConnCloseWithoutUse(t *testing.T) {
	c, _ := newPeer(t, ConnOptions{})
	require.NoError(t, c.Close())
	require.ErrorIs(t, requireFailed(t, echo(context.Background(), c, "x")), net.ErrClosed)
	requireNoGoroutine(t)
}

// TestConnUnderFire has callers come, leave and be cut off at every moment.
func TestConnUnderFire(t *testing.T) {
	c, p := newPeer(t, ConnOptions{MaxInFlight: 8})
	go func() {
		for {
			var head [4]byte
			if _, err := io.ReadFull(p.conn, head[:]); err != nil {
				return
			}
			b := make([]byte, binary.BigEndian.Uint32(head[:]))
			if _, err := io.ReadFull(p.conn, b); err != nil {
				return
			}
			r := request{id: int32(binary.BigEndian.Uint32(b[4:])), rest: b[8:]}
			if _, err := p.conn.Write(echoFrame(r.id, r.text())); err != nil {
				return
			}
		}
	}()
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 200 {
				text := fmt.Sprint(i, "-", j)
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(j%7)*50*time.Microsecond+time.Microsecond)
				if j%2 == 0 {
					ctx = context.Background()
				}
				reply, err := c.Exchange(ctx, &echoRequest{Text: text})
				cancel()
				if err == nil && reply.Message.(*echoResponse).Text != text {
					t.Errorf("%s is answered by %s", text, reply.Message.(*echoResponse).Text)
				}
				if err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, errWriteCut) {
					t.Errorf("%s: %v", text, err)
				}
			}
		})
	}
	wg.Wait()
	require.NoError(t, c.Close())
	requireNoGoroutine(t)
}

func TestConnEncodeErrorHarmsNothing(t *testing.T) {
	c, p := newPeer(t, ConnOptions{})
	failed := requireFailed(t, exchange(context.Background(), c, &echoRequest{New: 1}))
	require.Equal(t, opEncode, failed.Op)
	require.False(t, failed.Written)
	requireUsable(t, c, p)
}

func TestConnDecodeErrorHarmsNothing(t *testing.T) {
	c, p := newPeer(t, ConnOptions{})
	for name, body := range map[string]string{
		"truncated":          "\x00\x09short",
		"more than the text": "\x00\x05hello and more",
		"empty":              "",
	} {
		ch := echo(context.Background(), c, "hello")
		p.write(responseFrame(p.read().id, []byte(body)))
		failed := requireFailed(t, ch)
		require.Equal(t, opDecode, failed.Op, name)
		require.True(t, failed.Written, name)
		require.ErrorIs(t, failed, ErrMalformed, name)
		requireUsable(t, c, p)
	}
}

// Programs of v0.4.51 can compare values of type Conn.
var _ = Conn{} == Conn{}

func TestConnString(t *testing.T) {
	c, _ := newPeer(t, ConnOptions{})
	require.Equal(t, "kafka connection pipe->pipe", c.String())
	require.Equal(t, "pipe", c.LocalAddr().String())
	require.Equal(t, "pipe", c.RemoteAddr().Network())
}

func TestRequestError(t *testing.T) {
	err := &RequestError{Op: opAwait, Broker: "broker:9092", ApiKey: Fetch, ApiVersion: 12, Written: true, Err: io.ErrUnexpectedEOF}
	require.EqualError(t, err, "kafka: Fetch v12 to broker:9092: await response: unexpected EOF")
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.False(t, err.Timeout())
	require.False(t, err.Temporary())

	err = &RequestError{Op: opNegotiate, Broker: "broker:9092", ApiKey: Fetch, ApiVersion: -1, Err: context.DeadlineExceeded}
	require.EqualError(t, err, "kafka: Fetch to broker:9092: negotiate versions: context deadline exceeded")
	require.True(t, err.Timeout())
	require.True(t, err.Temporary())
}

func TestReleaseMakesFramesReusable(t *testing.T) {
	records := []byte("\x00\x00\x00\x00") // no batch
	c, p := newPeer(t, ConnOptions{})
	ch := exchange(context.Background(), c, &fetchingRequest{})
	p.write(responseFrame(p.read().id, records))
	out := <-ch
	require.NoError(t, out.err)
	require.NotNil(t, out.reply.frame, "records may alias the frame")
	out.reply.Release()
	require.Nil(t, out.reply.frame)

	ch = echo(context.Background(), c, "hello")
	p.answer(p.read().id, "hello")
	out = <-ch
	require.NoError(t, out.err)
	require.Nil(t, out.reply.frame, "nothing aliases the frame")
}
