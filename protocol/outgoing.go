package protocol

import (
	"net"
	"sync"
)

// outgoing is a request in wire form. Large record sets are not copied into it: they
// are written from where they are, which has to stay as it is until then.
type outgoing struct {
	b     []byte // all but what is apart
	apart splices

	vector net.Buffers // memory for unsent
	unsent net.Buffers // what a write has still to write
}

// splices are bytes that belong between others, in the order of their places.
type splices struct {
	list  []splice
	bytes int
}

type splice struct {
	at   int // in outgoing.b
	wire []byte
}

const (
	// spliceMin is the size from which bytes are worth being written from where
	// they are.
	spliceMin = 8 << 10

	// outgoingCap is the largest buffer for requests that is kept for another one.
	outgoingCap = 8 << 20
)

// takes tells whether bytes are to be left out here. A nil s takes none.
func (s *splices) takes(wire []byte) bool { return s != nil && len(wire) >= spliceMin }

func (s *splices) add(at int, wire []byte) {
	s.list = append(s.list, splice{at, wire})
	s.bytes += len(wire)
}

// size is the number of bytes that were left out.
func (s *splices) size() int {
	if s == nil {
		return 0
	}
	return s.bytes
}

var outgoings = sync.Pool{New: func() any { return &outgoing{b: make([]byte, 0, 1<<minFrameBits)} }}

// getOutgoing returns an empty request. Their buffers are not in size classes: the
// size of a request is known when it has been encoded.
func getOutgoing() *outgoing { return outgoings.Get().(*outgoing) }

func putOutgoing(out *outgoing) {
	if cap(out.b) > outgoingCap {
		return
	}
	clear(out.apart.list) // nothing of others is held
	clear(out.vector)
	*out = outgoing{b: out.b[:0], apart: splices{list: out.apart.list[:0]}, vector: out.vector[:0]}
	outgoings.Put(out)
}

// splicesFor returns where to leave out what a connection can gather when it writes;
// nil if it cannot. TLS, for one, would make a record of each piece.
func (out *outgoing) splicesFor(conn net.Conn) *splices {
	switch conn.(type) {
	case *net.TCPConn, *net.UnixConn:
		return &out.apart
	}
	return nil
}

// writeTo writes the request.
func (out *outgoing) writeTo(conn net.Conn) (int, error) {
	if len(out.apart.list) == 0 {
		return conn.Write(out.b)
	}
	from := 0
	for _, s := range out.apart.list {
		out.vector = append(out.vector, out.b[from:s.at], s.wire)
		from = s.at
	}
	if from < len(out.b) {
		out.vector = append(out.vector, out.b[from:])
	}
	out.unsent = out.vector // it is used up
	n, err := out.unsent.WriteTo(conn)
	return int(n), err
}
