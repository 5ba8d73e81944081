package protocol

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// serveEcho answers every request on the listener's connections with body.
func serveEcho(tb testing.TB, l net.Listener, body []byte) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			r, w := bufio.NewReaderSize(conn, 64<<10), bufio.NewWriterSize(conn, 64<<10)
			out := responseFrame(0, body)
			var head [12]byte
			for {
				if _, err := io.ReadFull(r, head[:]); err != nil {
					return
				}
				if _, err := r.Discard(int(binary.BigEndian.Uint32(head[:])) - 8); err != nil {
					return
				}
				copy(out[4:8], head[8:12])
				if _, err := w.Write(out); err != nil {
					return
				}
				if r.Buffered() == 0 && w.Flush() != nil {
					return
				}
			}
		}()
	}
}

func benchConn(b *testing.B, body []byte, opts ConnOptions) *Conn {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	go serveEcho(b, l, body)
	conn, err := net.Dial("tcp", l.Addr().String())
	require.NoError(b, err)
	c := NewConnWith(conn, opts)
	c.SetVersions(map[ApiKey]int16{})
	b.Cleanup(func() {
		_ = c.Close()
		_ = l.Close()
	})
	return c
}

func benchmarkExchange(b *testing.B, ctx context.Context, c *Conn, msg Message) {
	b.ReportAllocs()
	for b.Loop() {
		reply, err := c.Exchange(ctx, msg)
		if err != nil {
			b.Fatal(err)
		}
		reply.Release()
	}
}

// BenchmarkConnBare is the floor: a write and a read of the same bytes.
func BenchmarkConnBare(b *testing.B) {
	c := benchConn(b, appendString(nil, "hello"), ConnOptions{})
	out, in := append(appendInt32(nil, 17), make([]byte, 17)...), make([]byte, 15)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.conn.Write(out); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(c.conn, in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkConnExchange(b *testing.B) {
	body := appendString(nil, "hello")
	b.Run("background", func(b *testing.B) {
		benchmarkExchange(b, context.Background(), benchConn(b, body, ConnOptions{}), &echoRequest{Text: "hello"})
	})
	b.Run("ctx", func(b *testing.B) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		benchmarkExchange(b, ctx, benchConn(b, body, ConnOptions{CallTimeout: time.Minute}), &echoRequest{Text: "hello"})
	})
	b.Run("1MiB", func(b *testing.B) {
		records := appendInt32(nil, 1<<20)
		records = append(records, make([]byte, 1<<20)...)
		b.SetBytes(1 << 20)
		benchmarkExchange(b, context.Background(), benchConn(b, records, ConnOptions{}), &fetchingRequest{Text: "hello"})
	})
}

// BenchmarkConnPipelined has 64 callers on one connection.
func BenchmarkConnPipelined(b *testing.B) {
	for name, ctx := range map[string]func() (context.Context, func()){
		"background": func() (context.Context, func()) { return context.Background(), func() {} },
		"ctx": func() (context.Context, func()) {
			return context.WithTimeout(context.Background(), time.Hour)
		},
	} {
		b.Run(name, func(b *testing.B) {
			c := benchConn(b, appendString(nil, "hello"), ConnOptions{CallTimeout: time.Minute})
			ctx, cancel := ctx()
			defer cancel()
			b.ReportAllocs()
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				msg := &echoRequest{Text: "hello"}
				for pb.Next() {
					reply, err := c.Exchange(ctx, msg)
					if err != nil {
						b.Error(err)
						return
					}
					reply.Release()
				}
			})
		})
	}
}
