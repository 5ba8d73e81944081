package protocol

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The APIs of these tests have keys that Kafka does not use.
const (
	echoKey  ApiKey = 110
	mutedKey ApiKey = 111
	rangeKey ApiKey = 112
	tokenKey ApiKey = 113
	fetchKey ApiKey = 114
)

// echoRequest is what most of these tests send.
type echoRequest struct {
	_    struct{} `kafka:"min=v0,max=v3,flexible=v2"`
	Text string   `kafka:"min=v0,max=v3"`
	// New cannot be sent before version 3.
	New int32 `kafka:"min=v3,max=v3"`

	prepared int16
	wait     time.Duration
}

type echoResponse struct {
	_    struct{} `kafka:"min=v0,max=v3,flexible=v2"`
	Text string   `kafka:"min=v0,max=v3"`
}

func (*echoRequest) ApiKey() ApiKey              { return echoKey }
func (*echoResponse) ApiKey() ApiKey             { return echoKey }
func (r *echoRequest) Prepare(v int16)           { r.prepared = v }
func (r *echoRequest) BrokerWait() time.Duration { return r.wait }

// mutedRequest asks for no answer.
type mutedRequest struct {
	Text string `kafka:"min=v0,max=v0"`
}

func (*mutedRequest) ApiKey() ApiKey    { return mutedKey }
func (*mutedRequest) HasResponse() bool { return false }

// rangedRequest has contents that only some versions can carry.
type rangedRequest struct {
	_        struct{} `kafka:"min=v2,max=v9"`
	Text     string   `kafka:"min=v2,max=v9"`
	min, max int16
}

func (*rangedRequest) ApiKey() ApiKey               { return rangeKey }
func (r *rangedRequest) VersionRange() (a, b int16) { return r.min, r.max }

// tokenRequest is exchanged raw with brokers whose echo API is at version 0.
type tokenRequest struct {
	Token    []byte `kafka:"min=v0,max=v0"`
	exchange func(rw io.ReadWriter) (Message, error)
}

func (*tokenRequest) ApiKey() ApiKey                                  { return tokenKey }
func (*tokenRequest) Required(v map[ApiKey]int16) bool                { return v[echoKey] == 0 }
func (r *tokenRequest) RawExchange(rw io.ReadWriter) (Message, error) { return r.exchange(rw) }

// fetchedResponse has records.
type fetchedResponse struct {
	Records RecordSet `kafka:"min=v0,max=v0"`
}

type fetchingRequest struct {
	Text string `kafka:"min=v0,max=v0"`
}

func (*fetchedResponse) ApiKey() ApiKey { return fetchKey }
func (*fetchingRequest) ApiKey() ApiKey { return fetchKey }

func init() {
	Register(&echoRequest{}, &echoResponse{})
	Register(&mutedRequest{}, &mutedRequest{})
	Register(&rangedRequest{}, &rangedRequest{})
	Register(&tokenRequest{}, &tokenRequest{})
	Register(&fetchingRequest{}, &fetchedResponse{})
}

// connPeer is the broker's end of a connection, driven by the test.
type connPeer struct {
	t    testing.TB
	conn net.Conn
}

// request is a frame that the peer has read.
type request struct {
	key     ApiKey
	version int16
	id      int32
	rest    []byte // client id and body
}

// text is the string at the end of a request of version 0 or 1.
func (r request) text() string {
	n := int(binary.BigEndian.Uint16(r.rest))
	body := r.rest[2+n:]
	return string(body[2 : 2+binary.BigEndian.Uint16(body)])
}

// newPeer returns a connection with versions fixed to 0, and its other end.
func newPeer(t testing.TB, opts ConnOptions) (*Conn, *connPeer) {
	c, p := newRawPeer(t, opts)
	c.SetVersions(map[ApiKey]int16{})
	return c, p
}

// newRawPeer is newPeer before negotiation.
func newRawPeer(t testing.TB, opts ConnOptions) (*Conn, *connPeer) {
	ours, theirs := net.Pipe()
	c := NewConnWith(ours, opts)
	t.Cleanup(func() {
		_ = c.Close()
		_ = theirs.Close()
	})
	return c, &connPeer{t, theirs}
}

func (p *connPeer) read() request {
	p.t.Helper()
	var head [4]byte
	_, err := io.ReadFull(p.conn, head[:])
	require.NoError(p.t, err)
	b := make([]byte, binary.BigEndian.Uint32(head[:]))
	_, err = io.ReadFull(p.conn, b)
	require.NoError(p.t, err)
	return request{
		key:     ApiKey(binary.BigEndian.Uint16(b)),
		version: int16(binary.BigEndian.Uint16(b[2:])),
		id:      int32(binary.BigEndian.Uint32(b[4:])),
		rest:    b[8:],
	}
}

func (p *connPeer) write(b []byte) {
	p.t.Helper()
	_, err := p.conn.Write(b)
	require.NoError(p.t, err)
}

// answer writes a response of version 0 whose body is a string.
func (p *connPeer) answer(id int32, text string) {
	p.t.Helper()
	p.write(echoFrame(id, text))
}

func echoFrame(id int32, text string) []byte {
	return responseFrame(id, appendString(nil, text))
}

func responseFrame(id int32, body []byte) []byte {
	b := appendInt32(nil, int32(4+len(body)))
	return append(appendInt32(b, id), body...)
}

// outcome is what a call in another goroutine came to.
type outcome struct {
	reply *Reply
	err   error
}

func exchange(ctx context.Context, c *Conn, msg Message) <-chan outcome {
	ch := make(chan outcome, 1)
	go func() {
		reply, err := c.Exchange(ctx, msg)
		ch <- outcome{reply, err}
	}()
	return ch
}

func echo(ctx context.Context, c *Conn, text string) <-chan outcome {
	return exchange(ctx, c, &echoRequest{Text: text})
}

func requireText(t testing.TB, want string, ch <-chan outcome) {
	t.Helper()
	out := <-ch
	require.NoError(t, out.err)
	require.Equal(t, want, out.reply.Message.(*echoResponse).Text)
	out.reply.Release()
}

func requireFailed(t testing.TB, ch <-chan outcome) *RequestError {
	t.Helper()
	out := <-ch
	require.Error(t, out.err)
	var r *RequestError
	require.ErrorAs(t, out.err, &r)
	return r
}

// requireUsable makes a call from one end to the other.
func requireUsable(t testing.TB, c *Conn, p *connPeer) {
	t.Helper()
	ch := echo(context.Background(), c, "still there")
	r := p.read()
	p.answer(r.id, r.text())
	requireText(t, "still there", ch)
}

// requireNoGoroutine waits until no goroutine runs the code of a connection.
func requireNoGoroutine(t testing.TB) {
	t.Helper()
	require.Eventually(t, func() bool {
		buf := make([]byte, 1<<20)
		buf = buf[:runtime.Stack(buf, true)]
		for _, stack := range bytes.Split(buf, []byte("\n\n")) {
			if strings.Contains(string(stack), "protocol.(*Conn).readLoop") {
				return false
			}
		}
		return true
	}, 5*time.Second, time.Millisecond)
}
