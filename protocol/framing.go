package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
)

// A frame is a message with its header, and before it the size of both in four
// bytes. The header of a request has its api key, api version, correlation id
// and client id; that of a response has the correlation id of the request. In
// flexible versions, headers end in a tagged section, too.

const frameSizeLength = 4

// AppendRequest appends a request, as a frame, to dst. When it fails, dst is
// returned as it was.
//
// If msg is a PreparedMessage, it is prepared for the version.
func AppendRequest(dst []byte, apiVersion int16, correlationID int32, clientID string, msg Message) ([]byte, error) {
	a, err := apiOf(msg)
	if err != nil {
		return dst, err
	}
	return a.appendRequest(dst, apiVersion, correlationID, clientID, msg, nil)
}

// appendRequest is AppendRequest. With apart, dst is empty and gets the request
// without what is left to apart.
func (a *api) appendRequest(dst []byte, apiVersion int16, correlationID int32, clientID string, msg Message, apart *splices) ([]byte, error) {
	m, p, err := planOf(msg, &a.request, apiVersion)
	if err != nil {
		return dst, err
	}
	if len(clientID) > maxString {
		return dst, fmt.Errorf("client id of %d bytes is longer than %d", len(clientID), maxString)
	}
	if prepared, ok := msg.(PreparedMessage); ok {
		prepared.Prepare(apiVersion)
	}
	out := appendInt32(dst, 0)
	out = appendInt16(out, int16(a.key))
	out = appendInt16(out, apiVersion)
	out = appendInt32(out, correlationID)
	out = appendString(out, clientID)
	if p.flexible {
		out = append(out, 0)
	}
	return appendBody(dst, out, a.key, m, p, msg, apart)
}

// AppendResponse appends a response, as a frame, to dst. When it fails, dst is
// returned as it was.
func AppendResponse(dst []byte, apiVersion int16, correlationID int32, msg Message) ([]byte, error) {
	if msg == nil {
		return dst, errNilMessage
	}
	a, err := lookupAPI(msg.ApiKey())
	if err != nil {
		return dst, err
	}
	m, p, err := planOf(msg, &a.response, apiVersion)
	if err != nil {
		return dst, err
	}
	if prepared, ok := msg.(PreparedMessage); ok {
		prepared.Prepare(apiVersion)
	}
	out := appendInt32(dst, 0)
	out = appendInt32(out, correlationID)
	if flexibleResponseHeader(a.key, p) {
		out = append(out, 0)
	}
	return appendBody(dst, out, a.key, m, p, msg, nil)
}

// appendBody appends the message to out, which is dst with the header, and puts
// the size where the frame begins, which counts what is left to apart.
func appendBody(dst, out []byte, key ApiKey, m *messageType, p *plan, msg Message, apart *splices) ([]byte, error) {
	start := len(dst)
	out, err := p.append(out, reflect.ValueOf(msg).UnsafePointer(), apart)
	if err != nil {
		return dst, fmt.Errorf("%s v%d: %w", key, p.version, err)
	}
	size := len(out) - start - frameSizeLength + apart.size()
	if size > math.MaxInt32 {
		return dst, fmt.Errorf("%s v%d: %s of %d bytes is larger than %d", key, p.version, m.typ, size, math.MaxInt32)
	}
	binary.BigEndian.PutUint32(out[start:], uint32(size))
	return out, nil
}

// flexibleResponseHeader reports whether the header of a response has a tagged
// section. Those of ApiVersions never do, for a client that asks with a version
// that the broker does not know has to understand the answer.
func flexibleResponseHeader(key ApiKey, p *plan) bool {
	return p.flexible && key != ApiVersions
}

// planOf returns the plan for msg, whose type in most cases is the registered.
func planOf(msg Message, registered *messageType, apiVersion int16) (*messageType, *plan, error) {
	m, err := messageTypeOf(msg, registered)
	if err != nil {
		return nil, nil, err
	}
	p, err := m.plan(msg.ApiKey(), apiVersion)
	return m, p, err
}

// plan returns the plan of a message of an API.
func (m *messageType) plan(key ApiKey, apiVersion int16) (*plan, error) {
	s := m.schema()
	if s.err == nil && apiVersion < 0 {
		return nil, &versionError{name: key.String(), version: apiVersion, min: s.min, max: s.max}
	}
	p, err := s.plan(apiVersion)
	if err == nil {
		return p, nil
	}
	if unsupported := (*versionError)(nil); errors.As(err, &unsupported) {
		unsupported.name = key.String()
	}
	return nil, err
}

// decodeRequest reads a request from a frame, without its size. Of a request
// that it cannot read, it returns as much of the header as it could.
func decodeRequest(frame []byte, mode recordMode) (apiVersion int16, correlationID int32, clientID string, msg Message, err error) {
	d := decoder{cursor: cursor{buf: frame}, mode: mode}
	key := ApiKey(d.int16())
	apiVersion = d.int16()
	correlationID = d.int32()
	if n := d.length(int64(d.int16()), 1); n > 0 {
		clientID = string(d.take(n))
	}
	if d.err != nil {
		return apiVersion, correlationID, clientID, nil, fmt.Errorf("request header: %w", d.err)
	}
	a, err := lookupAPI(key)
	if err != nil {
		return apiVersion, correlationID, clientID, nil, err
	}
	p, err := a.request.plan(key, apiVersion)
	if err != nil {
		return apiVersion, correlationID, clientID, nil, err
	}
	if p.flexible {
		d.section(&step{}, nil)
	}
	msg, err = d.message(key, "request", &a.request, p)
	return apiVersion, correlationID, clientID, msg, err
}

// decodeResponse reads a response from a frame, without its size. Bytes that
// are left over are an error.
func decodeResponse(frame []byte, key ApiKey, apiVersion int16, mode recordMode) (correlationID int32, msg Message, err error) {
	a, err := lookupAPI(key)
	if err != nil {
		return 0, nil, err
	}
	return a.decodeResponse(frame, apiVersion, mode)
}

// decodeResponse is also good for responses of types that were registered with
// RegisterOverride.
func (a *api) decodeResponse(frame []byte, apiVersion int16, mode recordMode) (correlationID int32, msg Message, err error) {
	d := decoder{cursor: cursor{buf: frame}, mode: mode}
	p, err := a.response.plan(a.key, apiVersion)
	if err != nil {
		return 0, nil, err
	}
	correlationID = d.int32()
	if flexibleResponseHeader(a.key, p) {
		d.section(&step{}, nil)
	}
	msg, err = d.message(a.key, "response", &a.response, p)
	return correlationID, msg, err
}

// message reads a message and nothing after it.
func (d *decoder) message(key ApiKey, what string, m *messageType, p *plan) (Message, error) {
	v := reflect.New(m.typ)
	if d.err == nil {
		d.decode(&p.program, v.UnsafePointer())
	}
	if d.err == nil && d.remain() > 0 {
		d.fail("%d bytes are left over", d.remain())
	}
	if d.err == nil {
		return v.Interface().(Message), nil
	}
	if d.where == "" {
		return nil, fmt.Errorf("%s v%d %s: %w", key, p.version, what, d.err)
	}
	return nil, fmt.Errorf("%s v%d %s: %s: %w", key, p.version, what, d.where, d.err)
}

// WriteRequest writes a request to w, in one call of its Write method.
func WriteRequest(w io.Writer, apiVersion int16, correlationID int32, clientID string, msg Message) error {
	buf := frames.get()
	defer frames.put(buf)
	b, err := AppendRequest((*buf)[:0], apiVersion, correlationID, clientID, msg)
	if err != nil {
		return err
	}
	*buf = b
	_, err = w.Write(b)
	return err
}

// WriteResponse writes a response to w, in one call of its Write method.
func WriteResponse(w io.Writer, apiVersion int16, correlationID int32, msg Message) error {
	buf := frames.get()
	defer frames.put(buf)
	b, err := AppendResponse((*buf)[:0], apiVersion, correlationID, msg)
	if err != nil {
		return err
	}
	*buf = b
	_, err = w.Write(b)
	return err
}

// ReadRequest reads a request from r. At the end of the input the error is
// io.EOF, and io.ErrUnexpectedEOF if that is within a request. A request of an
// API or version that is not registered is an error that names them, and is
// returned with as much of the header as could be read; the input is then at
// the end of that request.
//
// The message shares no memory with anything else.
func ReadRequest(r io.Reader) (apiVersion int16, correlationID int32, clientID string, msg Message, err error) {
	buf := frames.get()
	defer frames.put(buf)
	if err := readFrame(r, buf); err != nil {
		return 0, 0, "", nil, err
	}
	return decodeRequest(*buf, ownRecords)
}

// ReadResponse reads a response from r to a request of the given API and
// version. The end of the input is io.ErrUnexpectedEOF wherever it is.
//
// The message shares no memory with anything else.
func ReadResponse(r io.Reader, apiKey ApiKey, apiVersion int16) (correlationID int32, msg Message, err error) {
	a, err := lookupAPI(apiKey)
	if err != nil {
		return 0, nil, err
	}
	return a.readResponse(r, apiVersion)
}

func (a *api) readResponse(r io.Reader, apiVersion int16) (correlationID int32, msg Message, err error) {
	if _, err := a.response.plan(a.key, apiVersion); err != nil {
		return 0, nil, err
	}
	buf := frames.get()
	defer frames.put(buf)
	err = readFrame(r, buf)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return 0, nil, err
	}
	return a.decodeResponse(*buf, apiVersion, ownRecords)
}

// RoundTrip writes a request to rw and reads the response. A response with
// another correlation id is an error. The response is nil if the request is one
// that brokers do not answer, such as a produce request without acknowledgement.
func RoundTrip(rw io.ReadWriter, apiVersion int16, correlationID int32, clientID string, req Message) (Message, error) {
	a, err := apiOf(req)
	if err != nil {
		return nil, err
	}
	if err := WriteRequest(rw, apiVersion, correlationID, clientID, req); err != nil {
		return nil, err
	}
	if r, ok := req.(noResponder); ok && !r.HasResponse() {
		return nil, nil
	}
	id, res, err := a.readResponse(rw, apiVersion)
	if err != nil {
		return nil, err
	}
	if id != correlationID {
		return nil, fmt.Errorf("correlation id mismatch: %d expected, %d found", correlationID, id)
	}
	return res, nil
}

// Result turns one of the results that a [Merger] is given into the message or
// the error that it is.
func Result(r interface{}) (Message, error) {
	switch v := r.(type) {
	case Message:
		return v, nil
	case error:
		return nil, v
	default:
		return nil, fmt.Errorf("result is neither a message nor an error but %T", r)
	}
}
