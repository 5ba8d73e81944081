package kafka

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
)

// pipeEnd makes a net.Conn of two topics: what one end writes, the other reads.
// A message of one zero byte is the end of the stream.
type pipeEnd struct{ r, w *Conn }

func (p *pipeEnd) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if n == 1 && b[0] == 0 {
		return 0, io.EOF
	}
	return n, err
}

func (p *pipeEnd) Close() error {
	p.w.SetWriteDeadline(time.Time{})
	p.w.Write([]byte{0})
	p.r.Close()
	return p.w.Close()
}

func (p *pipeEnd) Write(b []byte) (int, error)        { return p.w.Write(b) }
func (p *pipeEnd) LocalAddr() net.Addr                { return p.r.LocalAddr() }
func (p *pipeEnd) RemoteAddr() net.Addr               { return p.r.RemoteAddr() }
func (p *pipeEnd) SetReadDeadline(t time.Time) error  { return p.r.SetReadDeadline(t) }
func (p *pipeEnd) SetWriteDeadline(t time.Time) error { return p.w.SetWriteDeadline(t) }
func (p *pipeEnd) SetDeadline(t time.Time) error {
	return errors.Join(p.r.SetReadDeadline(t), p.w.SetWriteDeadline(t))
}

// TestKafkaNetConn holds a Conn to what net.Conn promises.
func TestKafkaNetConn(t *testing.T) {
	k := testkafka.Shared(t)
	for name, test := range map[string]func(t *testing.T, a, b net.Conn){
		"stream":             netStream,
		"ping-pong":          netPingPong,
		"racy deadlines":     netRacyDeadlines,
		"past deadline":      netPastDeadline,
		"future deadline":    netFutureDeadline,
		"close ends a read":  netCloseEndsRead,
		"concurrent methods": netConcurrentMethods,
	} {
		t.Run(name, func(t *testing.T) {
			there, back := newTopic(t, k), newTopic(t, k)
			a := &pipeEnd{r: dialTopic(t, k, back.topic), w: there}
			b := &pipeEnd{r: dialTopic(t, k, there.topic), w: back}
			test(t, a, b)
		})
	}
}

func netStream(t *testing.T, a, b net.Conn) {
	want := make([]byte, 100_000)
	for i := range want {
		want[i] = byte(i / 1024)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for part := range chunks(want, 1024) {
			_, err := a.Write(part)
			assert.NoError(t, err)
		}
		assert.NoError(t, a.Close())
	})
	var got bytes.Buffer
	_, err := io.CopyBuffer(struct{ io.Writer }{&got}, struct{ io.Reader }{b}, make([]byte, 1024))
	wg.Wait()
	require.NoError(t, err)
	assert.True(t, bytes.Equal(want, got.Bytes()))
}

func chunks(b []byte, n int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(b) > 0 && yield(b[:min(n, len(b))]) {
			b = b[min(n, len(b)):]
		}
	}
}

func netPingPong(t *testing.T, a, b net.Conn) {
	var wg sync.WaitGroup
	wg.Go(func() {
		buf := make([]byte, 8)
		for range 20 {
			n, err := b.Read(buf)
			assert.NoError(t, err)
			_, err = b.Write(append(buf[:n:n], '!'))
			assert.NoError(t, err)
		}
	})
	roundTrips(t, a, 20)
	wg.Wait()
}

// roundTrips writes and expects the same back, with a mark.
func roundTrips(t *testing.T, c net.Conn, n int) {
	t.Helper()
	require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
	buf := make([]byte, 8)
	for i := range n {
		_, err := c.Write([]byte(itoa(i)))
		require.NoError(t, err)
		m, err := c.Read(buf)
		require.NoError(t, err)
		require.Equal(t, itoa(i)+"!", string(buf[:m]))
	}
}

// echo answers until the connection ends.
func echo(c net.Conn) {
	buf := make([]byte, 8)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		if _, err = c.Write(append(buf[:n:n], '!')); err != nil {
			return
		}
	}
}

// netRacyDeadlines has many goroutines read and write while deadlines pass: all
// errors are timeouts, and the connection is good for more.
func netRacyDeadlines(t *testing.T, a, b net.Conn) {
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			buf := make([]byte, 8)
			for range 10 {
				assert.NoError(t, a.SetReadDeadline(time.Now().Add(time.Millisecond)))
				if _, err := a.Read(buf); err != nil {
					requireTimeout(t, err)
				}
			}
		})
		wg.Go(func() {
			for range 10 {
				assert.NoError(t, b.SetWriteDeadline(time.Now().Add(time.Millisecond)))
				if _, err := b.Write([]byte("x")); err != nil {
					requireTimeout(t, err)
				}
			}
		})
	}
	wg.Wait()
	require.NoError(t, b.SetDeadline(time.Time{}))
	require.NoError(t, a.SetDeadline(time.Time{}))
	_, err := b.Write([]byte("last"))
	require.NoError(t, err)
	buf := make([]byte, 8)
	for {
		n, err := a.Read(buf)
		require.NoError(t, err)
		if string(buf[:n]) == "last" {
			return
		}
	}
}

func netPastDeadline(t *testing.T, a, b net.Conn) {
	var wg sync.WaitGroup
	wg.Go(func() { echo(b) })
	roundTrips(t, a, 1)
	require.NoError(t, a.SetDeadline(time.Unix(1, 0)))
	n, err := a.Write(make([]byte, 1024))
	assert.Zero(t, n)
	requireTimeout(t, err)
	n, err = a.Read(make([]byte, 1024))
	assert.Zero(t, n)
	requireTimeout(t, err)
	roundTrips(t, a, 1)
	require.NoError(t, b.Close())
	wg.Wait()
}

func netFutureDeadline(t *testing.T, a, b net.Conn) {
	require.NoError(t, a.SetDeadline(time.Now().Add(100*time.Millisecond)))
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := a.Read(make([]byte, 8))
		requireTimeout(t, err)
	})
	written := 0
	for {
		if _, err := a.Write([]byte("xx")); err != nil {
			requireTimeout(t, err)
			break
		}
		written++
	}
	wg.Wait()
	assert.Positive(t, written)
	go echoAfter(b, "now")
	require.NoError(t, a.SetDeadline(time.Now().Add(patience)))
	_, err := a.Write([]byte("now"))
	require.NoError(t, err)
	buf := make([]byte, 8)
	n, err := a.Read(buf)
	require.NoError(t, err)
	assert.Equal(t, "now!", string(buf[:n]))
}

// echoAfter answers one message and passes over those before it.
func echoAfter(c net.Conn, text string) {
	buf := make([]byte, 8)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		if string(buf[:n]) == text {
			c.Write([]byte(text + "!"))
			return
		}
	}
}

func netCloseEndsRead(t *testing.T, a, b net.Conn) {
	require.NoError(t, a.SetDeadline(time.Time{}))
	started := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		close(started)
		_, err := a.Read(make([]byte, 8))
		assert.ErrorIs(t, err, net.ErrClosed)
	})
	<-started
	require.NoError(t, a.Close())
	wg.Wait()
}

func netConcurrentMethods(t *testing.T, a, b net.Conn) {
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { a.Read(make([]byte, 1024)) })
		wg.Go(func() { a.Write(make([]byte, 10)) })
		wg.Go(func() { a.SetDeadline(time.Now().Add(10 * time.Millisecond)) })
		wg.Go(func() { a.SetReadDeadline(time.Unix(1, 0)) })
		wg.Go(func() { a.SetWriteDeadline(time.Unix(1, 0)) })
		wg.Go(func() { a.LocalAddr() })
		wg.Go(func() { a.RemoteAddr() })
	}
	wg.Wait()
}
