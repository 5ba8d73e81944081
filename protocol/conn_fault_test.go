package protocol

import (
	"bytes"
	"context"
	"io"
	"math"
	"net"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestConnDiagnosesWhatIsNotAResponse gives answers that end the connection.
func TestConnDiagnosesWhatIsNotAResponse(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(id int32) []byte
		is     error
		text   string
	}{
		"HTTP": {
			answer: func(int32) []byte { return []byte("HTTP/1.1 400 Bad Request\r\n\r\n") },
			is:     ErrMalformed, text: "web server",
		},
		"TLS alert": {
			answer: func(int32) []byte { return []byte{0x15, 3, 3, 0, 2, 2, 80} },
			is:     ErrMalformed, text: "expects TLS",
		},
		"SSH": {
			answer: func(int32) []byte { return []byte("SSH-2.0-OpenSSH_9.6\r\n") },
			is:     ErrMalformed, text: "SSH",
		},
		"another text": {
			answer: func(int32) []byte { return []byte("220 mail.example.com ESMTP") },
			is:     ErrMalformed, text: "correlation id",
		},
		"negative size": {
			answer: func(int32) []byte { return []byte("\xff\xff\xff\xff") },
			is:     ErrMalformed, text: "size of a frame is negative, -1",
		},
		"too large": {
			answer: func(int32) []byte { return appendInt32(nil, math.MaxInt32) },
			is:     ErrMalformed, text: "2147483647 bytes",
		},
		"empty frame": {
			answer: func(int32) []byte { return appendInt32(nil, 0) },
			is:     ErrMalformed, text: "no correlation id",
		},
		"frame of three bytes": {
			answer: func(int32) []byte { return []byte("\x00\x00\x00\x03\x00\x00\x00") },
			is:     ErrMalformed, text: "no correlation id",
		},
		"wrong correlation id": {
			answer: func(id int32) []byte { return echoFrame(id+1, "x") },
			is:     ErrMalformed, text: "correlation id 2, the next one due has 1",
		},
		"end before an answer": {
			answer: func(int32) []byte { return nil },
			is:     io.ErrUnexpectedEOF, text: "closed the connection",
		},
		"end in the size": {
			answer: func(id int32) []byte { return echoFrame(id, "x")[:3] },
			is:     io.ErrUnexpectedEOF,
		},
		"end in the correlation id": {
			answer: func(id int32) []byte { return echoFrame(id, "x")[:6] },
			is:     io.ErrUnexpectedEOF,
		},
		"end in the frame": {
			answer: func(id int32) []byte { return echoFrame(id, "hello")[:10] },
			is:     io.ErrUnexpectedEOF,
		},
		"end in a large frame": {
			answer: func(id int32) []byte { return appendInt32(appendInt32(nil, 1<<29), id) },
			is:     io.ErrUnexpectedEOF,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, p := newPeer(t, ConnOptions{})
			first := echo(context.Background(), c, "1")
			id := p.read().id
			second := echo(context.Background(), c, "2")
			p.read()
			p.write(test.answer(id))
			require.NoError(t, p.conn.Close())
			for _, ch := range []<-chan outcome{first, second} {
				failed := requireFailed(t, ch)
				require.ErrorIs(t, failed, test.is)
				require.NotErrorIs(t, failed, io.EOF)
				require.ErrorContains(t, failed, test.text)
				require.True(t, failed.Written)
			}
			<-c.Done()
			require.ErrorIs(t, c.Err(), test.is)
			requireNoGoroutine(t)
		})
	}
}

// TestConnAnnouncedSizeIsNotAllocated has a peer claim a frame of a gibibyte.
func TestConnAnnouncedSizeIsNotAllocated(t *testing.T) {
	c, p := newPeer(t, ConnOptions{})
	ch := echo(context.Background(), c, "1")
	id := p.read().id
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p.write(appendInt32(appendInt32(nil, defaultMaxFrame), id))
	require.NoError(t, p.conn.Close())
	require.ErrorIs(t, requireFailed(t, ch), io.ErrUnexpectedEOF)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
}

func TestConnUnsolicitedFrame(t *testing.T) {
	c, p := newPeer(t, ConnOptions{})
	requireUsable(t, c, p)
	p.write(echoFrame(7, "nobody asked"))
	<-c.Done()
	require.ErrorIs(t, c.Err(), ErrMalformed)
	require.ErrorContains(t, c.Err(), "answers no request")
	failed := requireFailed(t, echo(context.Background(), c, "x"))
	require.False(t, failed.Written)
	require.ErrorContains(t, failed, "answers no request")
}

func TestConnIdleCloseSaysThatNothingWasWritten(t *testing.T) {
	c, p := newPeer(t, ConnOptions{})
	requireUsable(t, c, p)
	require.NoError(t, p.conn.Close())
	<-c.Done()
	failed := requireFailed(t, echo(context.Background(), c, "x"))
	require.False(t, failed.Written)
	require.ErrorIs(t, failed, io.ErrUnexpectedEOF)
	require.ErrorContains(t, failed, "the broker closed the connection")
}

func TestConnWriteToClosedPeer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		conn, _ := l.Accept()
		accepted <- conn
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	c := NewConn(conn, "")
	c.SetVersions(map[ApiKey]int16{})
	defer c.Close()
	remote := <-accepted
	ch := echo(context.Background(), c, "1")
	(&connPeer{t, remote}).read()
	require.NoError(t, remote.(*net.TCPConn).SetLinger(0))
	require.NoError(t, remote.Close()) // a reset
	failed := requireFailed(t, ch)
	require.True(t, failed.Written)
	require.True(t, failed.HungUp())
	require.Equal(t, l.Addr().String(), failed.Broker)
	failed = requireFailed(t, echo(context.Background(), c, "2"))
	require.False(t, failed.Written)
}

func TestFrameReader(t *testing.T) {
	var stream []byte
	sizes := []int{0, 4, 5, 1 << 10, readBufferSize, minTrust - 1, minTrust, minTrust + 1, 9 << 20, 3 << 20}
	for i, size := range sizes {
		stream = append(appendInt32(stream, int32(size)), bytes.Repeat([]byte{byte(i)}, size)...)
	}
	r := newFrameReader(bytes.NewReader(stream), defaultMaxFrame)
	for i, want := range sizes {
		size, err := r.size()
		require.NoError(t, err)
		require.Equal(t, want, size)
		f, err := r.body(size, func() {})
		require.NoError(t, err)
		require.True(t, bytes.Equal(bytes.Repeat([]byte{byte(i)}, size), f.b))
		putFrame(f)
	}
	require.Equal(t, 9<<20, r.trust)
	_, err := r.size()
	require.Equal(t, io.EOF, err)
	_, err = newFrameReader(bytes.NewReader(stream[:3]), defaultMaxFrame).size()
	require.Equal(t, io.ErrUnexpectedEOF, err)
}

func TestFramesAreReused(t *testing.T) {
	for _, size := range []int{0, 1, 1 << 10, 1<<10 + 1, 1 << 23} {
		f := getFrame(size)
		require.GreaterOrEqual(t, cap(f.b), size)
		require.LessOrEqual(t, cap(f.b), max(2*size, 1<<minFrameBits))
		require.Empty(t, f.b)
		putFrame(f)
	}
	// Beyond the cap, the size is exact and nothing is kept.
	f := getFrame(1<<maxFrameBits + 1)
	require.Equal(t, 1<<maxFrameBits+1, cap(f.b))
	putFrame(nil)
	require.Zero(t, testing.AllocsPerRun(100, func() { putFrame(getFrame(100_000)) }))
}

// FuzzFrameReader reads a stream of frames as a connection does. What comes out
// is what went in, and memory follows the input.
func FuzzFrameReader(f *testing.F) {
	f.Add(echoFrame(1, "hello"))
	f.Add(append(echoFrame(1, "hello"), echoFrame(2, "world")...))
	f.Add(echoFrame(1, "hello")[:9])
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n"))
	f.Add([]byte{0x15, 3, 3, 0, 2, 2, 80})
	f.Add([]byte("\xff\xff\xff\xff\x00"))
	f.Add([]byte("\x7f\xff\xff\xff\x00\x00\x00\x01"))
	f.Add([]byte("\x00\x00\x00\x02\x00\x00"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := newFrameReader(bytes.NewReader(stream), defaultMaxFrame)
		rest := stream
		for {
			size, err := r.size()
			if err != nil {
				return
			}
			if _, err := r.correlation(size); err != nil && size >= 4 && len(rest) >= 8 {
				t.Fatalf("no correlation id in a frame of %d bytes: %v", size, err)
			}
			if size%2 == 1 {
				if err := r.discard(size, func() {}); err != nil {
					return
				}
				rest = rest[4+size:]
				continue
			}
			got, err := r.body(size, func() {})
			if err != nil {
				if len(rest) >= 4+size {
					t.Fatalf("a frame of %d bytes is there: %v", size, err)
				}
				return
			}
			if !bytes.Equal(rest[4:4+size], got.b) {
				t.Fatal("other bytes than were sent")
			}
			rest = rest[4+size:]
			putFrame(got)
		}
	})
}
