package protocol

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
)

// api is a pair of message types. Their tags are not looked at before a message
// is encoded or decoded, so that registering costs a program next to nothing.
type api struct {
	key      ApiKey
	request  messageType
	response messageType
	earlier  *api // what the key was registered with before, if anything
}

type overrideKey struct {
	api ApiKey
	typ OverrideTypeKey
}

var (
	registered [maxApiKey + 1]atomic.Pointer[api]
	overrides  sync.Map // overrideKey → *api
)

// Register makes the messages of an API known, so that they can be decoded. It
// is meant to be called from the init functions of packages that declare
// messages, with pointers to zero values.
//
// A key may be registered more than once, for instance by a program for an API that
// has a package here, too. A request is answered by the response that its own type
// was registered with. Where there is only a key to go by, as for [ReadRequest],
// [ReadResponse] and the methods of [ApiKey], the last registration counts.
//
// The tags of the types are read when they are first used; what is wrong with
// them is reported by the functions that encode and decode.
//
// Register panics if the messages have different keys, if the key is not
// between 0 and 127, or if a message is not a pointer to a struct.
func Register(req, res Message) {
	a := newAPI(req, res)
	for {
		last := registered[a.key].Load()
		a.earlier = last.without(a.request.typ)
		if registered[a.key].CompareAndSwap(last, a) {
			return
		}
	}
}

// without returns the registrations but that of a type of requests.
func (a *api) without(request reflect.Type) *api {
	if a == nil {
		return nil
	}
	earlier := a.earlier.without(request)
	if a.request.typ == request {
		return earlier
	}
	if earlier == a.earlier {
		return a
	}
	kept := &api{key: a.key, earlier: earlier}
	kept.request.typ, kept.request.request, kept.response.typ = a.request.typ, true, a.response.typ
	return kept
}

// RegisterOverride makes an alternative pair of messages of an API known:
// requests that are an [OverrideTypeMessage] with that key are answered by a
// response of the type of res. What is read with [ReadRequest] and
// [ReadResponse] remains of the types given to [Register].
//
// RegisterOverride panics when [Register] would.
func RegisterOverride(req, res Message, key OverrideTypeKey) {
	a := newAPI(req, res)
	overrides.Store(overrideKey{a.key, key}, a)
}

func newAPI(req, res Message) *api {
	k1, k2 := req.ApiKey(), res.ApiKey()
	if k1 != k2 {
		panic(fmt.Sprintf("[%T/%T]: request and response API keys mismatch: %d != %d", req, res, k1, k2))
	}
	if k1 < 0 || k1 > maxApiKey {
		panic(fmt.Sprintf("[%T/%T]: API key %d is not between 0 and %d", req, res, k1, maxApiKey))
	}
	a := &api{key: k1}
	a.request.typ, a.request.request = mustStruct(req), true
	a.response.typ = mustStruct(res)
	return a
}

func mustStruct(msg Message) reflect.Type {
	t := reflect.TypeOf(msg)
	if t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("%T is not a pointer to a struct", msg))
	}
	return t.Elem()
}

// lookup returns nil for a key that nothing was registered for.
func lookup(key ApiKey) *api {
	if key < 0 || key > maxApiKey {
		return nil
	}
	return registered[key].Load()
}

func lookupAPI(key ApiKey) (*api, error) {
	if a := lookup(key); a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("unsupported api key: %s", key)
}

// apiOf returns the api that a request was registered with.
func apiOf(req Message) (*api, error) {
	if req == nil {
		return nil, errNilMessage
	}
	if o, ok := req.(OverrideTypeMessage); ok {
		if a, ok := overrides.Load(overrideKey{req.ApiKey(), o.TypeKey()}); ok {
			return a.(*api), nil
		}
	}
	last, err := lookupAPI(req.ApiKey())
	if err != nil {
		return nil, err
	}
	typ := reflect.TypeOf(req)
	if last.earlier == nil || typ.Kind() != reflect.Pointer {
		return last, nil
	}
	for a := last; a != nil; a = a.earlier {
		if typ.Elem() == a.request.typ {
			return a, nil
		}
	}
	return last, nil
}

var errNilMessage = errors.New("nil message")

// messageType is a Go type that has a wire form, with what is known about it.
type messageType struct {
	typ     reflect.Type
	request bool // registered as one
	parsed  atomic.Pointer[schema]
}

// schema returns the parsed tags of the type. Goroutines that ask first may do
// the work twice; they agree on its result.
func (m *messageType) schema() *schema {
	if s := m.parsed.Load(); s != nil {
		return s
	}
	m.parsed.CompareAndSwap(nil, newSchema(m.typ, m.request))
	return m.parsed.Load()
}

// types holds the types that are encoded without being registered.
var types sync.Map // reflect.Type → *messageType

func typeOf(t reflect.Type) *messageType {
	if m, ok := types.Load(t); ok {
		return m.(*messageType)
	}
	m, _ := types.LoadOrStore(t, &messageType{typ: t})
	return m.(*messageType)
}

// messageTypeOf returns the type of msg, which in most cases is the one that
// was registered.
func messageTypeOf(msg Message, registered *messageType) (*messageType, error) {
	t := reflect.TypeOf(msg)
	if t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("%T is not a pointer to a struct", msg)
	}
	if reflect.ValueOf(msg).IsNil() {
		return nil, fmt.Errorf("nil %T", msg)
	}
	if t.Elem() == registered.typ {
		return registered, nil
	}
	return typeOf(t.Elem()), nil
}
