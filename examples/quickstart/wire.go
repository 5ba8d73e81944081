package main

import (
	"context"
	"net"
	"sync/atomic"
)

// byteCount counts what is written to the sockets that it dials, to see what a codec saves.
type byteCount struct{ written atomic.Int64 }

// dial is a kafka.Transport's Dial.
func (c *byteCount) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return countedConn{Conn: conn, count: c}, nil
}

type countedConn struct {
	net.Conn
	count *byteCount
}

func (c countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.count.written.Add(int64(n))
	return n, err
}
