package chaos_test

import (
	"context"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/chaos"
)

// echo is a broker that answers frames with themselves.
func echo(t *testing.T) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	return l.Addr().String()
}

func frame(n int) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(n)), make([]byte, n)...)
}

func newNet(t *testing.T) (*chaos.Net, net.Conn) {
	t.Helper()
	addr := echo(t)
	n, err := chaos.New([]string{addr})
	require.NoError(t, err)
	conn, err := n.Dial(context.Background(), "tcp", addr)
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	t.Cleanup(func() {
		conn.Close()
		require.NoError(t, n.Close())
	})
	exchange(t, conn)
	return n, conn
}

// exchange shows that frames pass.
func exchange(t *testing.T, conn net.Conn) {
	t.Helper()
	f := frame(100_000)
	go conn.Write(f)
	got := make([]byte, len(f))
	_, err := io.ReadFull(conn, got)
	require.NoError(t, err)
	require.Equal(t, f, got)
}

func TestCuts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		name string
		cut  chaos.Cut
		want int // bytes that come back of a frame of 1004
		err  error
	}{
		{"now", chaos.Cut{}, 0, io.EOF},
		{"now, reset", chaos.Cut{Reset: true}, 0, syscall.ECONNRESET},
		{"request", chaos.Cut{Where: chaos.Request, Part: 0.5}, -1, io.EOF},
		{"answer", chaos.Cut{Where: chaos.Response, Part: 0.5}, 502, io.EOF},
		{"no answer", chaos.Cut{Where: chaos.Response}, 0, io.EOF},
		{"no answer, reset", chaos.Cut{Where: chaos.Response, Reset: true}, 0, syscall.ECONNRESET},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, conn := newNet(t)
			require.True(t, n.Cut(r, c.cut))
			if c.cut.Where != chaos.Now {
				_, err := conn.Write(frame(1000))
				require.NoError(t, err)
			}
			b, err := io.ReadAll(conn)
			if err == nil {
				err = io.EOF
			}
			require.ErrorIs(t, err, c.err)
			if c.want >= 0 {
				require.Len(t, b, c.want)
			}
			require.Equal(t, 1, n.Cuts())
		})
	}
}

func TestFreezeAndDelay(t *testing.T) {
	n, conn := newNet(t)
	n.Proxy(0).Freeze()
	_, err := conn.Write(frame(10))
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	_, err = conn.Read(make([]byte, 1))
	var timeout net.Error
	require.ErrorAs(t, err, &timeout)
	require.True(t, timeout.Timeout())
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	n.Proxy(0).Thaw()
	_, err = io.ReadFull(conn, make([]byte, 14))
	require.NoError(t, err)
	n.Delay(20 * time.Millisecond)
	start := time.Now()
	_, err = conn.Write(frame(10))
	require.NoError(t, err)
	_, err = io.ReadFull(conn, make([]byte, 14))
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(start), 40*time.Millisecond)
}
