package protocol

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

// What was being done when a request failed, as RequestError.Op says it.
const (
	opNegotiate = "negotiate versions"
	opSelect    = "select version"
	opEncode    = "encode request"
	opWrite     = "write request"
	opAwait     = "await response"
	opDecode    = "decode response"
	opRaw       = "raw exchange"
)

// RequestError is what every failure of a request on a [Conn] is returned as.
// A broker's error code is no failure: it is part of the response.
type RequestError struct {
	// Op is what was being done, such as "write request".
	Op string
	// Broker is the address of the broker, or what ConnOptions.Broker says.
	Broker string
	// ApiKey is the API of the request.
	ApiKey ApiKey
	// ApiVersion is the version of the request, -1 if none was chosen yet.
	ApiVersion int16
	// Written tells whether a byte of the request reached the socket. If not,
	// the broker cannot have acted on it, and it may be sent again elsewhere.
	Written bool
	// Err is the cause: for instance net.ErrClosed, io.ErrUnexpectedEOF, the
	// error of the ctx, a *VersionError, or what unwraps to ErrMalformed.
	Err error
}

// Error says which request to which broker failed, at what, and why.
func (e *RequestError) Error() string {
	version := ""
	if e.ApiVersion >= 0 {
		version = fmt.Sprintf(" v%d", e.ApiVersion)
	}
	return fmt.Sprintf("kafka: %s%s to %s: %s: %v", e.ApiKey, version, e.Broker, e.Op, e.Err)
}

// Unwrap returns the cause.
func (e *RequestError) Unwrap() error { return e.Err }

// Timeout reports whether a deadline passed.
func (e *RequestError) Timeout() bool {
	var t interface{ Timeout() bool }
	return errors.As(e.Err, &t) && t.Timeout()
}

// Temporary reports whether the cause says that it may pass by itself.
func (e *RequestError) Temporary() bool {
	var t interface{ Temporary() bool }
	return errors.As(e.Err, &t) && t.Temporary()
}

// HungUp reports whether the request failed because the broker closed or reset
// the connection, or something between the two did.
func (e *RequestError) HungUp() bool {
	if errors.Is(e.Err, io.ErrUnexpectedEOF) || errors.Is(e.Err, io.ErrClosedPipe) {
		return true
	}
	// The error numbers of a reset differ between systems.
	var lost *os.SyscallError
	return errors.As(e.Err, &lost) && !lost.Timeout()
}

var _ net.Error = (*RequestError)(nil)

// errWriteCut is why a connection ends when a caller leaves in the middle of
// its frame. It does not wrap the caller's ctx error, which is not that of the
// others on the connection.
var errWriteCut = errors.New("a request was cut off: its context ended while the socket accepted no more bytes")

// readError says what it means that reading the stream failed with err.
func readError(err error) error {
	if errors.Is(err, io.EOF) {
		// io.EOF would read as the regular end of something.
		return fmt.Errorf("the broker closed the connection: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// closedError is what calls get after Close. Programs look for *net.OpError as
// well as for net.ErrClosed.
func (c *Conn) closedError() error {
	addr := c.conn.RemoteAddr()
	network := "tcp"
	if addr != nil {
		network = addr.Network()
	}
	return &net.OpError{Op: "close", Net: network, Source: c.conn.LocalAddr(), Addr: addr, Err: net.ErrClosed}
}
