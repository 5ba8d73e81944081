package crosscheck

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go/internal/leftout"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	rounds        = 25 // random messages for each type, version and direction
	clientID      = "crosscheck"
	correlationID = 0x01020304
)

// message is what the requests and responses of kmsg have in common.
type message interface {
	SetVersion(int16)
	IsFlexible() bool
	AppendTo([]byte) []byte
	ReadFrom([]byte) error
}

// forEachVersion runs a test for all versions of all APIs, with the messages of
// kmsg made anew for each round, and returns how many APIs and versions there are.
func forEachVersion(t *testing.T, test func(t *testing.T, v version, seed uint64)) int {
	pairs := 0
	for _, a := range apis {
		key := a.request.ApiKey()
		for v := key.MinVersion(); v <= key.MaxVersion(); v++ {
			pairs++
			t.Run(fmt.Sprintf("%s/v%d", key, v), func(t *testing.T) {
				require.LessOrEqual(t, v, kmsg.RequestForKey(int16(key)).MaxVersion(), "kmsg does not have the version")
				for seed := range uint64(rounds) {
					test(t, version{api: a, key: key, number: v}, seed)
				}
			})
		}
	}
	return pairs
}

type version struct {
	api
	key    protocol.ApiKey
	number int16
}

func (v version) theirRequest() kmsg.Request {
	r := kmsg.RequestForKey(int16(v.key))
	r.SetVersion(v.number)
	return r
}

func (v version) theirResponse() kmsg.Response {
	r := kmsg.ResponseForKey(int16(v.key))
	r.SetVersion(v.number)
	return r
}

// encodeRequest returns a frame made by kmsg.
func encodeRequest(r kmsg.Request) []byte {
	return kmsg.NewRequestFormatter(kmsg.FormatterClientID(clientID)).AppendRequest(nil, r, correlationID)
}

// encodeResponse returns a frame whose body is made by kmsg. The header of an
// ApiVersions response never has tags.
func encodeResponse(r kmsg.Response) []byte {
	b := binary.BigEndian.AppendUint32(make([]byte, 4), correlationID)
	if r.IsFlexible() && protocol.ApiKey(r.Key()) != protocol.ApiVersions {
		b = append(b, 0)
	}
	b = r.AppendTo(b)
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	return b
}

// recodeRequest decodes a frame with ours, and encodes what it got.
func recodeRequest(t *testing.T, v version, frame []byte) []byte {
	t.Helper()
	r := bytes.NewReader(frame)
	number, id, client, msg, err := protocol.ReadRequest(r)
	require.NoError(t, err)
	require.Zero(t, r.Len(), "bytes left over")
	require.Equal(t, v.number, number)
	require.EqualValues(t, correlationID, id)
	require.Equal(t, clientID, client)
	require.IsType(t, v.request, msg)
	return writeRequest(t, v, msg)
}

func writeRequest(t *testing.T, v version, msg protocol.Message) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, protocol.WriteRequest(&out, v.number, correlationID, clientID, msg))
	return out.Bytes()
}

// recodeResponse does with responses what recodeRequest does.
func recodeResponse(t *testing.T, v version, frame []byte) []byte {
	t.Helper()
	r := bytes.NewReader(frame)
	id, msg, err := protocol.ReadResponse(r, v.key, v.number)
	require.NoError(t, err)
	require.Zero(t, r.Len(), "bytes left over")
	require.EqualValues(t, correlationID, id)
	require.IsType(t, v.response, msg)
	return writeResponse(t, v, msg)
}

func writeResponse(t *testing.T, v version, msg protocol.Message) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, protocol.WriteResponse(&out, v.number, correlationID, msg))
	return out.Bytes()
}

// TestEveryAPIOfTheirsIsComparedOrLeftOut: kmsg has no API that is neither compared
// nor left out for a reason.
func TestEveryAPIOfTheirsIsComparedOrLeftOut(t *testing.T) {
	compared := make(map[protocol.ApiKey]bool)
	pairs := 0
	for _, a := range apis {
		key := a.request.ApiKey()
		compared[key] = true
		pairs += int(key.MaxVersion() - key.MinVersion() + 1)
	}
	for key := protocol.ApiKey(0); key <= kmsg.MaxKey; key++ {
		if kmsg.RequestForKey(int16(key)) == nil {
			continue
		}
		_, out := leftout.APIs[key]
		require.True(t, compared[key] != out, "%s is compared (%t) or in the table of those left out (%t)", key, compared[key], out)
	}
	t.Logf("%d APIs with %d pairs of api and version are compared; left out are%s", len(compared), pairs, leftout.Text())
}

// TestTheirsToOurs: what kmsg has encoded is decoded and encoded again by ours.
func TestTheirsToOurs(t *testing.T) {
	messages := 0
	pairs := forEachVersion(t, func(t *testing.T, v version, seed uint64) {
		messages += 2
		fill := newFiller(seed, v.key, v.number)

		req := v.theirRequest()
		fill.theirs(reflect.ValueOf(req).Elem())
		frame := encodeRequest(req)
		require.Equal(t, frame, recodeRequest(t, v, frame), "request of seed %d", seed)

		res := v.theirResponse()
		fill.theirs(reflect.ValueOf(res).Elem())
		frame = encodeResponse(res)
		require.Equal(t, frame, recodeResponse(t, v, frame), "response of seed %d", seed)
	})
	t.Logf("%d messages in %d pairs of api and version are the same bytes", messages, pairs)
}

// TestUnknownTagsAreSkipped: tagged fields that no version has change nothing.
func TestUnknownTagsAreSkipped(t *testing.T) {
	messages := 0
	forEachVersion(t, func(t *testing.T, v version, seed uint64) {
		if !v.theirRequest().IsFlexible() {
			return
		}
		messages += 2
		fill := newFiller(seed, v.key, v.number)

		req := v.theirRequest()
		fill.theirs(reflect.ValueOf(req).Elem())
		plain := encodeRequest(req)
		fill.addUnknownTags(reflect.ValueOf(req).Elem())
		tagged := encodeRequest(req)
		require.Greater(t, len(tagged), len(plain))
		require.Equal(t, plain, recodeRequest(t, v, tagged), "request of seed %d", seed)

		res := v.theirResponse()
		fill.theirs(reflect.ValueOf(res).Elem())
		plain = encodeResponse(res)
		fill.addUnknownTags(reflect.ValueOf(res).Elem())
		tagged = encodeResponse(res)
		require.Greater(t, len(tagged), len(plain))
		require.Equal(t, plain, recodeResponse(t, v, tagged), "response of seed %d", seed)
	})
	t.Logf("%d messages with unknown tags", messages)
}

// TestOursToTheirs: what ours has encoded is decoded and encoded again by kmsg.
func TestOursToTheirs(t *testing.T) {
	messages := 0
	pairs := forEachVersion(t, func(t *testing.T, v version, seed uint64) {
		messages += 2
		fill := newFiller(seed, v.key, v.number)
		checkOurRequest(t, v, fill, v.request, seed)

		res := newMessage(v.response)
		fill.ours(reflect.ValueOf(res).Elem())
		frame := writeResponse(t, v, res)
		theirs := v.theirResponse()
		read(t, theirs, frame, responseHeader(theirs))
		require.Equal(t, frame, encodeResponse(theirs), "response of seed %d", seed)
	})
	for _, msg := range overrides {
		key := msg.ApiKey()
		for n := key.MinVersion(); n <= key.MaxVersion(); n++ {
			t.Run(fmt.Sprintf("%T/v%d", msg, n), func(t *testing.T) {
				for seed := range uint64(rounds) {
					messages++
					checkOurRequest(t, version{key: key, number: n}, newFiller(seed, key, n), msg, seed)
				}
			})
		}
	}
	t.Logf("%d messages in %d pairs of api and version are the same bytes", messages, pairs)
}

func checkOurRequest(t *testing.T, v version, fill *filler, like protocol.Message, seed uint64) {
	t.Helper()
	req := newMessage(like)
	fill.ours(reflect.ValueOf(req).Elem())
	frame := writeRequest(t, v, req)
	theirs := v.theirRequest()
	read(t, theirs, frame, requestHeader(theirs))
	require.Equal(t, frame, encodeRequest(theirs), "request of seed %d", seed)
}

func newMessage(like protocol.Message) protocol.Message {
	return reflect.New(reflect.TypeOf(like).Elem()).Interface().(protocol.Message)
}

// requestHeader is the size of what stands before the body: the size of the frame,
// key, version, correlation id and client id.
func requestHeader(r kmsg.Request) int {
	n := 4 + 2 + 2 + 4 + 2 + len(clientID)
	if r.IsFlexible() {
		n++
	}
	return n
}

func responseHeader(r kmsg.Response) int {
	if r.IsFlexible() && protocol.ApiKey(r.Key()) != protocol.ApiVersions {
		return 4 + 4 + 1
	}
	return 4 + 4
}

func read(t *testing.T, m message, frame []byte, header int) {
	t.Helper()
	require.EqualValues(t, len(frame)-4, binary.BigEndian.Uint32(frame), "size of the frame")
	require.NoError(t, m.ReadFrom(frame[header:]), strings.TrimPrefix(fmt.Sprintf("%T", m), "*"))
}
