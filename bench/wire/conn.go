// Package wire is as much of Kafka's protocol as the floor of the measurements needs: Produce v7, Fetch v4, Metadata v1 and record batches of format 2.
// It is no client library: versions are fixed, one goroutine at a time uses a connection, nothing is retried, and any error is the end.
package wire

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
)

const (
	apiProduce  = 0
	apiFetch    = 1
	apiMetadata = 3

	versionProduce  = 7
	versionFetch    = 4
	versionMetadata = 1
)

// Conn is a connection to a broker.
type Conn struct {
	net   *net.TCPConn
	read  *bufio.Reader
	frame []byte // of the last response
}

// Dial connects to a broker.
func Dial(address string) (*Conn, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &Conn{net: c.(*net.TCPConn), read: bufio.NewReaderSize(c, 512)}, nil // small: what is larger goes to the frame at once
}

// Close closes the connection.
func (c *Conn) Close() error { return c.net.Close() }

// Read returns the body of the next response. It is valid until the next call.
func (c *Conn) Read() ([]byte, error) {
	var head [8]byte
	if _, err := io.ReadFull(c.read, head[:]); err != nil {
		return nil, err
	}
	size := int(binary.BigEndian.Uint32(head[:])) - 4 // the correlation id is read; responses come in order
	if size < 0 || size > 1<<30 {
		return nil, fmt.Errorf("wire: a response of %d bytes", size)
	}
	if cap(c.frame) < size {
		c.frame = make([]byte, size+size/8)
	}
	c.frame = c.frame[:size]
	_, err := io.ReadFull(c.read, c.frame)
	return c.frame, err
}

// appendHeader begins a request; finish completes it.
func appendHeader(b []byte, api, version int16) []byte {
	b = append(b, 0, 0, 0, 0) // the size
	b = binary.BigEndian.AppendUint16(b, uint16(api))
	b = binary.BigEndian.AppendUint16(b, uint16(version))
	b = append(b, 0, 0, 0, 0) // correlation id
	return appendString(b, "floor")
}

// finish sets the size of a request of which more bytes than those of b follow.
func finish(b []byte, more int) []byte {
	binary.BigEndian.PutUint32(b, uint32(len(b)-4+more))
	return b
}

func appendString(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(s)))
	return append(b, s...)
}

func appendInt32(b []byte, v int) []byte { return binary.BigEndian.AppendUint32(b, uint32(v)) }

// fields reads a response. After its end it returns zeros and bad is set.
type fields struct {
	b   []byte
	bad bool
}

func (f *fields) take(n int) []byte {
	if n < 0 || n > len(f.b) {
		f.bad = true
		f.b = nil
		return make([]byte, min(max(n, 0), 8))
	}
	taken := f.b[:n]
	f.b = f.b[n:]
	return taken
}

func (f *fields) int8() int    { return int(int8(f.take(1)[0])) }
func (f *fields) int16() int   { return int(int16(binary.BigEndian.Uint16(f.take(2)))) }
func (f *fields) int32() int   { return int(int32(binary.BigEndian.Uint32(f.take(4)))) }
func (f *fields) int64() int64 { return int64(binary.BigEndian.Uint64(f.take(8))) }

func (f *fields) string() string {
	n := f.int16()
	if n < 0 {
		return ""
	}
	return string(f.take(n))
}

func (f *fields) err() error {
	if f.bad {
		return io.ErrUnexpectedEOF
	}
	return nil
}
