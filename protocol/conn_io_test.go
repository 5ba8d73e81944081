package protocol

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

var _ net.Conn = (*Conn)(nil)

func TestConnRawAccessEndsWithTheFirstRequest(t *testing.T) {
	c, p := newPeer(t, ConnOptions{})
	go p.write([]byte("proxy says: hello"))
	b, err := c.Peek(5)
	require.NoError(t, err)
	require.Equal(t, "proxy", string(b))
	n, err := c.Discard(12)
	require.NoError(t, err)
	require.Equal(t, 12, n)
	b = make([]byte, 16)
	n, err = c.Read(b)
	require.NoError(t, err)
	require.Equal(t, "hello", string(b[:n]))

	go func() {
		_, err := c.Write([]byte("hi"))
		require.NoError(t, err)
	}()
	_, err = io.ReadFull(p.conn, b[:2])
	require.NoError(t, err)
	require.Equal(t, "hi", string(b[:2]))
	require.NoError(t, c.SetReadDeadline(time.Now().Add(-time.Second)))
	_, err = c.Read(b)
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)

	requireUsable(t, c, p) // the deadline was the program's own
	for name, raw := range map[string]func() error{
		"Read":    func() error { _, err := c.Read(b); return err },
		"Write":   func() error { _, err := c.Write(b); return err },
		"Peek":    func() error { _, err := c.Peek(1); return err },
		"Discard": func() error { _, err := c.Discard(1); return err },
	} {
		require.ErrorIs(t, raw(), errRawAccess, name)
	}
	requireUsable(t, c, p)
}

func TestConnDeadlineBoundsRoundTrip(t *testing.T) {
	roundTrip := func(c *Conn) <-chan outcome {
		ch := make(chan outcome, 1)
		go func() {
			_, err := c.RoundTrip(&echoRequest{Text: "x"})
			ch <- outcome{err: err}
		}()
		return ch
	}
	requireTimeout := func(t *testing.T, ch <-chan outcome) {
		t.Helper()
		failed := requireFailed(t, ch)
		require.ErrorIs(t, failed, os.ErrDeadlineExceeded)
		require.True(t, failed.Timeout())
	}
	for name, set := range map[string]func(*Conn, time.Time) error{
		"both":  (*Conn).SetDeadline,
		"read":  (*Conn).SetReadDeadline,
		"write": (*Conn).SetWriteDeadline,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := newPeer(t, ConnOptions{})
				defer c.Close()
				start := time.Now()
				require.NoError(t, set(c, start.Add(time.Second)))
				ch := roundTrip(c)
				id := p.read().id
				requireTimeout(t, ch)
				require.Equal(t, time.Second, time.Since(start))
				p.answer(id, "late")
				requireUsable(t, c, p)

				requireTimeout(t, roundTrip(c)) // it has passed
				require.NoError(t, set(c, time.Time{}))
				ch = roundTrip(c)
				r := p.read()
				time.Sleep(time.Minute)
				p.answer(r.id, "no bound")
				require.NoError(t, (<-ch).err)
			})
		})
	}
	t.Run("changed under way", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, p := newPeer(t, ConnOptions{})
			defer c.Close()
			start := time.Now()
			require.NoError(t, c.SetDeadline(start.Add(time.Second)))
			ch := roundTrip(c)
			p.read()
			require.NoError(t, c.SetDeadline(start.Add(time.Minute)))
			requireTimeout(t, ch)
			require.Equal(t, time.Minute, time.Since(start))

			require.NoError(t, c.SetDeadline(time.Time{}))
			ch = roundTrip(c)
			p.read()
			require.NoError(t, c.SetDeadline(time.Now()))
			requireTimeout(t, ch)
		})
	})
	t.Run("while writing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, p := newPeer(t, ConnOptions{})
			defer c.Close()
			start := time.Now()
			require.NoError(t, c.SetDeadline(start.Add(time.Minute)))
			ch := roundTrip(c)
			_, err := p.conn.Read(make([]byte, 1))
			require.NoError(t, err)
			requireTimeout(t, ch)
			require.Equal(t, time.Minute, time.Since(start))
			require.ErrorIs(t, c.Err(), errWriteCut)
		})
	})
	t.Run("the earlier one", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, _ := newPeer(t, ConnOptions{})
			now := time.Now()
			require.NoError(t, c.SetReadDeadline(now.Add(2*time.Second)))
			require.NoError(t, c.SetWriteDeadline(now.Add(time.Second)))
			at, ok := c.deadline.context().Deadline()
			require.True(t, ok)
			require.Equal(t, now.Add(time.Second), at)
			require.NoError(t, c.SetWriteDeadline(now.Add(time.Hour)))
			at, _ = c.deadline.context().Deadline()
			require.Equal(t, now.Add(2*time.Second), at)
			require.NoError(t, c.SetDeadline(now.Add(-time.Second)))
			require.ErrorIs(t, c.deadline.context().Err(), os.ErrDeadlineExceeded)
			require.NoError(t, c.SetDeadline(time.Time{}))
			_, ok = c.deadline.context().Deadline()
			require.False(t, ok)
		})
	})
}

// rawEcho exchanges a token as SASL does: a size and bytes, twice.
func rawEcho(token string) func(io.ReadWriter) (Message, error) {
	return func(rw io.ReadWriter) (Message, error) {
		if _, err := rw.Write(appendInt32(nil, int32(len(token)))); err != nil {
			return nil, err
		}
		if _, err := io.WriteString(rw, token); err != nil {
			return nil, err
		}
		var size [4]byte
		if _, err := io.ReadFull(rw, size[:]); err != nil {
			return nil, err
		}
		b, err := io.ReadAll(rw)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(size[:], appendInt32(nil, int32(len(b)))) {
			return nil, errors.New("wrong size")
		}
		return &tokenRequest{Token: b}, nil
	}
}

func TestConnRawExchange(t *testing.T) {
	c, p := newPeer(t, ConnOptions{})
	for _, answer := range []string{"challenge", ""} {
		before := echo(context.Background(), c, "before")
		r := p.read()
		ch := exchange(context.Background(), c, &tokenRequest{exchange: rawEcho("token")})
		b := make([]byte, 9)
		_, err := io.ReadFull(p.conn, b)
		require.NoError(t, err)
		require.Equal(t, "\x00\x00\x00\x05token", string(b))
		p.answer(r.id, "before")
		requireText(t, "before", before)
		p.write(append(appendInt32(nil, int32(len(answer))), answer...))
		out := <-ch
		require.NoError(t, out.err)
		require.Equal(t, answer, string(out.reply.Message.(*tokenRequest).Token))
		requireUsable(t, c, p)
	}
}

// TestConnRawExchangeWithABrokerThatLacksTheAPI has the versions of a broker whose
// SASL tokens are raw, and which has no API for them.
func TestConnRawExchangeWithABrokerThatLacksTheAPI(t *testing.T) {
	c, p := newRawPeer(t, ConnOptions{})
	ch := exchange(context.Background(), c, &tokenRequest{exchange: rawEcho("token")})
	p.write(responseFrame(p.read().id, versionsV3(0, VersionRange{echoKey, 0, 0})))
	_, err := io.ReadFull(p.conn, make([]byte, 9))
	require.NoError(t, err)
	p.write([]byte("\x00\x00\x00\x01x"))
	require.NoError(t, (<-ch).err)

	// With a newer one the API is needed.
	c, p = newRawPeer(t, ConnOptions{})
	ch = exchange(context.Background(), c, &tokenRequest{exchange: rawEcho("token")})
	p.write(responseFrame(p.read().id, versionsV3(0, VersionRange{echoKey, 0, 1})))
	var missing *VersionError
	require.ErrorAs(t, requireFailed(t, ch), &missing)
	require.False(t, missing.Listed)
}

func TestConnRawExchangeIsForOldBrokersOnly(t *testing.T) {
	c, p := newPeer(t, ConnOptions{})
	c.SetVersions(map[ApiKey]int16{echoKey: 1})
	ch := exchange(context.Background(), c, &tokenRequest{Token: []byte("token")})
	r := p.read()
	require.Equal(t, tokenKey, r.key)
	p.write(responseFrame(r.id, appendBytes(nil, []byte("challenge"))))
	require.NoError(t, (<-ch).err)
}

func TestConnRawExchangeFails(t *testing.T) {
	t.Run("the broker hangs up", func(t *testing.T) {
		c, p := newPeer(t, ConnOptions{})
		ch := exchange(context.Background(), c, &tokenRequest{exchange: rawEcho("token")})
		_, err := io.ReadFull(p.conn, make([]byte, 9))
		require.NoError(t, err)
		require.NoError(t, p.conn.Close())
		failed := requireFailed(t, ch)
		require.ErrorIs(t, failed, io.ErrUnexpectedEOF)
		require.Equal(t, opRaw, failed.Op)
		require.True(t, failed.Written)
		require.True(t, failed.HungUp())
	})
	t.Run("its caller leaves", func(t *testing.T) {
		c, p := newPeer(t, ConnOptions{})
		ctx, leave := context.WithCancel(context.Background())
		ch := exchange(ctx, c, &tokenRequest{exchange: rawEcho("token")})
		_, err := io.ReadFull(p.conn, make([]byte, 9))
		require.NoError(t, err)
		leave()
		require.ErrorIs(t, requireFailed(t, ch), context.Canceled)
		p.write([]byte("\x00\x00\x00\x01x"))
		requireUsable(t, c, p)
	})
	for name, exchangeRaw := range map[string]func(io.ReadWriter) (Message, error){
		"no size": func(rw io.ReadWriter) (Message, error) {
			_, _ = rw.Write([]byte("abc"))
			_, err := rw.Read(nil)
			return nil, err
		},
		"wrong size": func(rw io.ReadWriter) (Message, error) {
			_, _ = rw.Write([]byte("\x00\x00\x00\x05abc"))
			_, err := rw.Read(nil)
			return nil, err
		},
		"nothing": func(rw io.ReadWriter) (Message, error) { _, err := rw.Read(nil); return nil, err },
	} {
		t.Run(name, func(t *testing.T) {
			c, p := newPeer(t, ConnOptions{})
			failed := requireFailed(t, exchange(context.Background(), c, &tokenRequest{exchange: exchangeRaw}))
			require.ErrorIs(t, failed, errRawFrame)
			require.False(t, failed.Written)
			requireUsable(t, c, p)
		})
	}
}
