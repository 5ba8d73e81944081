package protocol

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
)

var errRawFrame = errors.New("a raw exchange writes one frame, its size before it, and reads one back")

// exchangeRaw runs an exchange without headers in the queue of all requests. It
// has no version: the broker may not even have the API.
func (c *Conn) exchangeRaw(ctx context.Context, raw RawExchanger, msg Message) (*Reply, error) {
	x := &rawExchange{c: c, ctx: ctx, msg: msg}
	defer x.release()
	res, err := raw.RawExchange(x)
	if x.err != nil {
		err = x.err // rather than what became of it
	}
	if err != nil {
		return nil, c.requestError(opRaw, msg, -1, x.written, err)
	}
	return &Reply{Message: res}, nil
}

// rawExchange makes one call of what is written to it before it is read from.
type rawExchange struct {
	c   *Conn
	ctx context.Context
	msg Message

	request  []byte
	response *frame
	head     [4]byte
	read     int // bytes of head and response given away
	written  bool
	err      error
}

// Write collects the request.
func (x *rawExchange) Write(b []byte) (int, error) {
	if x.response != nil || x.err != nil {
		return 0, errRawFrame
	}
	x.request = append(x.request, b...)
	return len(b), nil
}

// Read gives the response, its size before it.
func (x *rawExchange) Read(b []byte) (int, error) {
	if x.response == nil && x.err == nil {
		x.err = x.call()
	}
	if x.err != nil {
		return 0, x.err
	}
	rest := x.response.b
	if x.read < len(x.head) {
		rest = x.head[x.read:]
	} else {
		rest = rest[x.read-len(x.head):]
	}
	if len(rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, rest)
	x.read += n
	return n, nil
}

func (x *rawExchange) call() error {
	if len(x.request) < 4 || int(binary.BigEndian.Uint32(x.request)) != len(x.request)-4 {
		return errRawFrame
	}
	cl := x.c.newCall(x.ctx, x.msg)
	cl.raw = true
	written, err := x.c.send(x.ctx, &outgoing{b: x.request}, cl)
	x.written = written
	if err != nil {
		return err
	}
	if x.response, err = x.c.await(x.ctx, cl); err != nil {
		return err
	}
	binary.BigEndian.PutUint32(x.head[:], uint32(len(x.response.b)))
	return nil
}

func (x *rawExchange) release() {
	putFrame(x.response)
	x.response = nil
}
