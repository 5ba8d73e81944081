package protocol

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type pingRequest struct {
	_    struct{} `kafka:"min=v1,max=v3,flexible=v2"`
	Text string   `kafka:"min=v1,max=v3"`
	key  ApiKey
	mute bool
	prep []int16
}

func (r *pingRequest) ApiKey() ApiKey    { return r.key + testKey }
func (r *pingRequest) HasResponse() bool { return !r.mute }
func (r *pingRequest) Prepare(v int16)   { r.prep = append(r.prep, v) }

type pingResponse struct {
	_    struct{} `kafka:"min=v1,max=v3,flexible=v2"`
	Text string   `kafka:"min=v1,max=v3"`
	key  ApiKey
}

func (r *pingResponse) ApiKey() ApiKey { return r.key + testKey }

func TestFrames(t *testing.T) {
	register(t, &pingRequest{}, &pingResponse{})
	for _, test := range []struct {
		version           int16
		request, response string
	}{
		{1, "00000010 0078 0001 00000009 0002 6964 0002 6869", "00000008 00000009 0002 6869"},
		{2, "00000011 0078 0002 00000009 0002 6964 00 03 6869 00", "00000009 00000009 00 03 6869 00"},
	} {
		plain := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		var buf bytes.Buffer
		req := &pingRequest{Text: "hi"}
		require.NoError(t, WriteRequest(&buf, test.version, 9, "id", req))
		assert.Equal(t, []int16{test.version}, req.prep, "prepared once")
		assert.Equal(t, plain(test.request), hex.EncodeToString(buf.Bytes()))
		version, id, client, msg, err := ReadRequest(iotest.OneByteReader(&buf))
		require.NoError(t, err)
		assert.Equal(t, test.version, version)
		assert.Equal(t, int32(9), id)
		assert.Equal(t, "id", client)
		assert.Equal(t, &pingRequest{Text: "hi"}, msg)

		require.NoError(t, WriteResponse(&buf, test.version, 9, &pingResponse{Text: "hi"}))
		assert.Equal(t, plain(test.response), hex.EncodeToString(buf.Bytes()))
		id, msg, err = ReadResponse(iotest.OneByteReader(&buf), testKey, test.version)
		require.NoError(t, err)
		assert.Equal(t, int32(9), id)
		assert.Equal(t, &pingResponse{Text: "hi"}, msg)
	}
}

// TestHeaderTagsAreSkipped: headers may carry tagged fields of the future.
func TestHeaderTagsAreSkipped(t *testing.T) {
	register(t, &pingRequest{}, &pingResponse{})
	_, _, client, msg, err := decodeRequest([]byte{0, 120, 0, 2, 0, 0, 0, 9, 0xff, 0xff, 1, 7, 2, 1, 1, 2, 'x', 0}, ownRecords)
	require.NoError(t, err)
	assert.Empty(t, client)
	assert.Equal(t, &pingRequest{Text: "x"}, msg)
	_, msg, err = decodeResponse([]byte{0, 0, 0, 9, 1, 7, 2, 1, 1, 2, 'x', 0}, testKey, 2, ownRecords)
	require.NoError(t, err)
	assert.Equal(t, &pingResponse{Text: "x"}, msg)
}

// TestApiVersionsResponseHeader is never flexible, at no version.
func TestApiVersionsResponseHeader(t *testing.T) {
	key := ApiVersions - testKey
	register(t, &pingRequest{key: key}, &pingResponse{key: key})
	b, err := AppendResponse(nil, 2, 9, &pingResponse{Text: "x", key: key})
	require.NoError(t, err)
	assert.Equal(t, []byte{0, 0, 0, 7, 0, 0, 0, 9, 2, 'x', 0}, b)
	b, err = AppendRequest(nil, 2, 9, "", &pingRequest{Text: "x", key: key})
	require.NoError(t, err)
	assert.Equal(t, []byte{0, 0, 0, 14, 0, 18, 0, 2, 0, 0, 0, 9, 0, 0, 0, 2, 'x', 0}, b)
}

func TestUnsupported(t *testing.T) {
	register(t, &pingRequest{}, &pingResponse{})
	dst := []byte("before")
	check := func(err error, want string) {
		t.Helper()
		assert.EqualError(t, err, want)
	}
	for _, version := range []int16{-1, 0, 4, math.MaxInt16} {
		want := fmt.Sprintf("unsupported 120 version: v%d not in range v1-v3", version)
		b, err := AppendRequest(dst, version, 1, "", &pingRequest{})
		check(err, want)
		assert.Equal(t, dst, b)
		b, err = AppendResponse(dst, version, 1, &pingResponse{})
		check(err, want)
		assert.Equal(t, dst, b)
		_, _, err = ReadResponse(bytes.NewReader(nil), testKey, version)
		check(err, want)
		frame := appendInt32(appendInt16([]byte{0, 120}, version), 5)
		got, id, client, _, err := decodeRequest(append(frame, 0, 1, 'c'), ownRecords)
		check(err, want)
		assert.Equal(t, []any{version, int32(5), "c"}, []any{got, id, client})
	}
	for _, key := range []ApiKey{-1, 119, 127, 128, 1000} {
		want := fmt.Sprintf("unsupported api key: %d", int(key))
		_, err := AppendRequest(dst, 1, 1, "", &pingRequest{key: key - testKey})
		check(err, want)
		check(WriteResponse(io.Discard, 1, 1, &pingResponse{key: key - testKey}), want)
		_, _, err = ReadResponse(bytes.NewReader(nil), key, 1)
		check(err, want)
		_, err = RoundTrip(nil, 1, 1, "", &pingRequest{key: key - testKey})
		check(err, want)
		_, _, _, _, err = ReadRequest(bytes.NewReader(append([]byte{0, 0, 0, 10}, append(appendInt16(nil, int16(key)), 0, 1, 0, 0, 0, 5, 0, 0)...)))
		check(err, want)
	}
	_, err := AppendRequest(dst, 1, 1, "", (*pingNil)(nil))
	check(err, "nil *protocol.pingNil")
	_, err = AppendRequest(dst, 1, 1, "", nil)
	check(err, "nil message")
	_, err = AppendResponse(dst, 1, 1, nil)
	check(err, "nil message")
	_, err = AppendRequest(dst, 1, 1, "", pingValue{})
	check(err, "protocol.pingValue is not a pointer to a struct")
	_, err = AppendRequest(dst, 1, 1, strings.Repeat("x", 32768), &pingRequest{})
	check(err, "client id of 32768 bytes is longer than 32767")
	b, err := AppendRequest(dst, 1, 1, "", &pingRequest{Text: strings.Repeat("x", 32768)})
	check(err, "120 v1: protocol.pingRequest.Text: string of 32768 bytes is longer than 32767")
	assert.Equal(t, dst, b)
}

type pingNil struct{}

func (*pingNil) ApiKey() ApiKey { return testKey }

type pingValue struct{}

func (pingValue) ApiKey() ApiKey { return testKey }

// pingLike is a message that was not registered, of an API that was.
type pingLike struct {
	Text string `kafka:"min=v1,max=v3"`
}

func (*pingLike) ApiKey() ApiKey { return testKey }

func TestMessageOfAnotherType(t *testing.T) {
	register(t, &pingRequest{}, &pingResponse{})
	b, err := AppendRequest(nil, 1, 9, "", &pingLike{Text: "x"})
	require.NoError(t, err)
	_, _, _, msg, err := decodeRequest(b[4:], ownRecords)
	require.NoError(t, err)
	assert.Equal(t, &pingRequest{Text: "x"}, msg)
}

func TestReadErrors(t *testing.T) {
	register(t, &pingRequest{}, &pingResponse{})
	_, _, _, _, err := ReadRequest(strings.NewReader(""))
	assert.Equal(t, io.EOF, err)
	_, _, err = ReadResponse(strings.NewReader(""), testKey, 1)
	assert.Equal(t, io.ErrUnexpectedEOF, err)
	for _, s := range []string{"\x00\x00", "\x00\x00\x00\x01", "\x00\x00\x00\x08\x00\x00"} {
		_, _, _, _, err = ReadRequest(strings.NewReader(s))
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
		_, _, err = ReadResponse(strings.NewReader(s), testKey, 1)
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
	for _, s := range []string{"\xff\xff\xff\xff", "\x80\x00\x00\x00", "\x00\x00\x00\x00", "\x00\x00\x00\x02\x00\x00"} {
		_, _, _, _, err = ReadRequest(strings.NewReader(s))
		assert.ErrorIs(t, err, ErrMalformed)
		_, _, err = ReadResponse(strings.NewReader(s), testKey, 1)
		assert.ErrorIs(t, err, ErrMalformed)
	}
	_, _, err = ReadResponse(strings.NewReader("\x80\x00\x00\x00"), testKey, 1)
	assert.ErrorContains(t, err, "frame of -2147483648 bytes")
	broken := errors.New("broken")
	_, _, err = ReadResponse(iotest.ErrReader(broken), testKey, 1)
	assert.Equal(t, broken, err)
}

// TestFrameSizeIsNotBelieved: a size alone costs no memory.
func TestFrameSizeIsNotBelieved(t *testing.T) {
	input := "\x7f\xff\xff\xff" + strings.Repeat("x", 100_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := readFrame(strings.NewReader(input), new([]byte))
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.ErrorContains(t, err, "after 100000 bytes of a frame")
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}

func TestLargeFrames(t *testing.T) {
	register(t, &everyRequest{}, &everyResponse{})
	want := everyValue(2)
	want.Bytes = bytes.Repeat([]byte("0123456789abcdef"), 1<<17)
	var buf bytes.Buffer
	require.NoError(t, WriteRequest(&buf, 2, 1, "", want))
	_, _, _, got, err := ReadRequest(iotest.HalfReader(&buf))
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.Zero(t, buf.Len())
}

// peer answers what is written to it.
type peer struct {
	requests  bytes.Buffer
	responses bytes.Buffer
}

func (p *peer) Write(b []byte) (int, error) { return p.requests.Write(b) }
func (p *peer) Read(b []byte) (int, error)  { return p.responses.Read(b) }

func TestRoundTrip(t *testing.T) {
	register(t, &pingRequest{}, &pingResponse{})
	p := new(peer)
	require.NoError(t, WriteResponse(&p.responses, 2, 9, &pingResponse{Text: "pong"}))
	res, err := RoundTrip(p, 2, 9, "me", &pingRequest{Text: "ping"})
	require.NoError(t, err)
	assert.Equal(t, &pingResponse{Text: "pong"}, res)
	_, id, client, req, err := ReadRequest(&p.requests)
	require.NoError(t, err)
	assert.Equal(t, []any{int32(9), "me", &pingRequest{Text: "ping"}}, []any{id, client, req})

	require.NoError(t, WriteResponse(&p.responses, 2, 8, &pingResponse{}))
	_, err = RoundTrip(p, 2, 9, "me", &pingRequest{})
	assert.EqualError(t, err, "correlation id mismatch: 9 expected, 8 found")

	p.requests.Reset()
	res, err = RoundTrip(p, 2, 9, "me", &pingRequest{mute: true})
	require.NoError(t, err)
	assert.Nil(t, res)
	assert.NotZero(t, p.requests.Len())
	_, err = RoundTrip(p, 2, 9, "me", &pingRequest{})
	assert.Equal(t, io.ErrUnexpectedEOF, err)
}

type pingOverride struct {
	pingRequest `kafka:"-"`
	Raw         []byte `kafka:"min=v1,max=v1"`
}

func (*pingOverride) ApiKey() ApiKey           { return testKey }
func (*pingOverride) TypeKey() OverrideTypeKey { return 77 }

type pingOverrideResponse struct {
	Raw []byte `kafka:"min=v1,max=v1"`
}

func (*pingOverrideResponse) ApiKey() ApiKey { return testKey }

func TestRegisterOverride(t *testing.T) {
	register(t, &pingRequest{}, &pingResponse{})
	RegisterOverride(&pingOverride{}, &pingOverrideResponse{}, 77)
	t.Cleanup(func() { overrides.Delete(overrideKey{testKey, 77}) })
	p := new(peer)
	p.responses.Write([]byte{0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 1, 'r'})
	res, err := RoundTrip(p, 1, 1, "", &pingOverride{Raw: []byte("raw")})
	require.NoError(t, err)
	assert.Equal(t, &pingOverrideResponse{Raw: []byte("r")}, res)
	assert.True(t, bytes.HasSuffix(p.requests.Bytes(), []byte("\x00\x00\x00\x03raw")))
	assert.Equal(t, int16(3), testKey.MaxVersion(), "the range is that of Register")
}

func TestRegisterPanics(t *testing.T) {
	assert.PanicsWithValue(t, "[*protocol.pingRequest/*protocol.pingResponse]: request and response API keys mismatch: 120 != 121", func() {
		Register(&pingRequest{}, &pingResponse{key: 1})
	})
	assert.Panics(t, func() { Register(&pingRequest{key: 8}, &pingResponse{key: 8}) })
	assert.Panics(t, func() { Register(&pingRequest{key: -121}, &pingResponse{key: -121}) })
	assert.Panics(t, func() { Register(pingValue{}, &pingResponse{}) })
}

func TestResult(t *testing.T) {
	msg, err := Result(&pingResponse{})
	assert.Equal(t, &pingResponse{}, msg)
	assert.NoError(t, err)
	_, err = Result(io.EOF)
	assert.Equal(t, io.EOF, err)
	for _, v := range []any{nil, 3} {
		_, err = Result(v)
		assert.ErrorContains(t, err, "neither a message nor an error")
	}
}

func TestSelectVersion(t *testing.T) {
	assert.Equal(t, []int16{0, 0, 0}, []int16{testKey.MinVersion(), testKey.MaxVersion(), testKey.SelectVersion(0, 9)})
	register(t, &pingRequest{}, &pingResponse{})
	assert.Equal(t, []int16{1, 3}, []int16{testKey.MinVersion(), testKey.MaxVersion()})
	for _, test := range [][3]int16{
		{0, 9, 3}, {0, 2, 2}, {2, 3, 3}, {3, 9, 3}, {1, 1, 1}, {4, 9, -1}, {0, 0, -1}, {-5, -3, -1}, {3, 2, -1},
	} {
		assert.Equal(t, test[2], testKey.SelectVersion(test[0], test[1]), "%v", test)
	}
}

func TestApiKeyNames(t *testing.T) {
	for key, want := range map[ApiKey]string{
		Produce: "Produce", ApiVersions: "ApiVersions", AlterUserScramCredentials: "AlterUserScramCredentials",
		DescribeCluster: "DescribeCluster", UnregisterController: "UnregisterController", 95: "95", -1: "-1",
	} {
		assert.Equal(t, want, key.String())
	}
	for i, name := range apiNames {
		assert.NotEmpty(t, name, "%d", i)
	}
}

// TestFirstUseIsConcurrent: plans are compiled by whoever needs them first.
func TestFirstUseIsConcurrent(t *testing.T) {
	register(t, &everyRequest{}, &everyResponse{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for version := range int16(5) {
				b, err := AppendRequest(nil, version, int32(i), "", everyValue(version))
				if assert.NoError(t, err) {
					_, _, _, msg, err := decodeRequest(b[4:], ownRecords)
					assert.NoError(t, err)
					assert.Equal(t, everyValue(version), msg)
				}
			}
		})
	}
	wg.Wait()
}

type otherPingRequest struct {
	_    struct{} `kafka:"min=v0,max=v0"`
	Name string   `kafka:"min=v0,max=v0"`
}

type otherPingResponse struct {
	_    struct{} `kafka:"min=v0,max=v0"`
	Text string   `kafka:"min=v0,max=v0"`
}

func (*otherPingRequest) ApiKey() ApiKey  { return testKey }
func (*otherPingResponse) ApiKey() ApiKey { return testKey }

// TestRequestsAreAnsweredByTheResponseOfTheirType: a program may register messages
// of its own for an API that is registered already, and neither breaks the other.
func TestRequestsAreAnsweredByTheResponseOfTheirType(t *testing.T) {
	register(t, &everyRequest{}, &everyResponse{})
	first, err := apiOf(&everyRequest{})
	require.NoError(t, err)
	Register(&otherPingRequest{}, &otherPingResponse{})

	a, err := apiOf(&otherPingRequest{})
	require.NoError(t, err)
	require.Equal(t, reflect.TypeFor[otherPingResponse](), a.response.typ)
	require.EqualValues(t, 0, testKey.MaxVersion(), "of the last one")
	a, err = apiOf(&everyRequest{})
	require.NoError(t, err)
	require.Same(t, first, a)
	r, err := rangeOf(&everyRequest{})
	require.NoError(t, err)
	require.EqualValues(t, 4, r.Max)

	Register(&everyRequest{}, &otherPingResponse{}) // again: the type has one response
	a, err = apiOf(&everyRequest{})
	require.NoError(t, err)
	require.Equal(t, reflect.TypeFor[otherPingResponse](), a.response.typ)
	kept, err := apiOf(&otherPingRequest{})
	require.NoError(t, err)
	require.Equal(t, reflect.TypeFor[otherPingRequest](), kept.request.typ)
	require.Nil(t, kept.earlier)
}
