package protocol

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// apiVersionsNewest is the version of ApiVersions that is asked for first. From
// version 3 on, KIP-511, answers are the same for our purpose. Version 4 only
// adds features whose minimum is 0, and version 5 checks that the broker is the
// one expected; either would cost a round trip more with every broker of years,
// and some look-alikes hang up on them.
const apiVersionsNewest = 3

const unsupportedVersion = 35 // error code UNSUPPORTED_VERSION

// VersionRange is a range of versions of an API, both ends included.
type VersionRange struct {
	ApiKey   ApiKey
	Min, Max int16
}

// String returns the range as "v0-v13".
func (r VersionRange) String() string {
	if r.Min == r.Max {
		return fmt.Sprintf("v%d", r.Min)
	}
	return fmt.Sprintf("v%d-v%d", r.Min, r.Max)
}

// BrokerVersions is what a broker answered to ApiVersions (API 18).
type BrokerVersions struct {
	// Version is the version of ApiVersions that the broker understood.
	Version int16
	// Ranges are the APIs that the broker has, as it lists them.
	Ranges []VersionRange
	// Throttle is for how long the broker delays requests of this client
	// because of a quota, see KIP-219.
	Throttle time.Duration
}

// VersionError is for a request that has no version in common with the broker.
type VersionError struct {
	// ApiKey is the API of the request.
	ApiKey ApiKey
	// Ours are the versions that this client has.
	Ours VersionRange
	// Broker are the versions that the broker has. They count if Listed.
	Broker VersionRange
	// Listed tells whether the broker has the API at all.
	Listed bool
	// Contents are the versions that can carry what is in the request. They
	// count if Restricted.
	Contents VersionRange
	// Restricted tells whether the request is a VersionedMessage.
	Restricted bool
}

// Error names all the ranges.
func (e *VersionError) Error() string {
	if !e.Listed {
		return fmt.Sprintf("the broker does not have %s; this client has %s", e.ApiKey, e.Ours)
	}
	s := fmt.Sprintf("no version of %s in common: this client has %s, the broker %s", e.ApiKey, e.Ours, e.Broker)
	if e.Restricted {
		s += fmt.Sprintf(", the contents of the request need %s", e.Contents)
	}
	return s
}

// NegotiateError is for a broker that does not answer ApiVersions as it should.
type NegotiateError struct {
	// Version is that of the request.
	Version int16
	// HungUp tells that the broker closed the connection instead of an answer.
	// If Version is not 0, a new connection with ConnOptions.LegacyApiVersions
	// may do better.
	HungUp bool
	// Code is the broker's error code, 0 if there was no such answer.
	Code int16
	// Err is the cause, nil if there is a Code.
	Err error
}

// Error says what happened, and what is likely wrong.
func (e *NegotiateError) Error() string {
	switch {
	case e.HungUp && e.Version > 0:
		return fmt.Sprintf("the broker hung up on ApiVersions v%d: a port for TLS, for another protocol, or a broker that knows version 0 only: %v", e.Version, e.Err)
	case e.HungUp:
		return fmt.Sprintf("the broker hung up on ApiVersions v%d: a port for TLS or for another protocol: %v", e.Version, e.Err)
	case e.Err != nil:
		return fmt.Sprintf("ApiVersions v%d: %v", e.Version, e.Err)
	}
	return fmt.Sprintf("the broker answers ApiVersions v%d with error code %d", e.Version, e.Code)
}

// Unwrap returns the cause.
func (e *NegotiateError) Unwrap() error { return e.Err }

// apiVersionsRequest and apiVersionsResponse are the messages of negotiation.
// Package protocol/apiversions, which stands above this one, has them for
// programs.
type apiVersionsRequest struct {
	_       struct{} `kafka:"min=v0,max=v3,flexible=v3"`
	Name    string   `kafka:"min=v3,max=v3,ignorable"`
	Version string   `kafka:"min=v3,max=v3,ignorable"`
}

type apiVersionsResponse struct {
	_          struct{}           `kafka:"min=v0,max=v3,flexible=v3"`
	ErrorCode  int16              `kafka:"min=v0,max=v3"`
	Apis       []apiVersionsRange `kafka:"min=v0,max=v3"`
	ThrottleMs int32              `kafka:"min=v1,max=v3,ignorable"`
}

type apiVersionsRange struct {
	ApiKey int16 `kafka:"min=v0,max=v3"`
	Min    int16 `kafka:"min=v0,max=v3"`
	Max    int16 `kafka:"min=v0,max=v3"`
}

// apiVersionsAPI is not registered: the key may be, with other types.
var apiVersionsAPI = newAPI(&apiVersionsRequest{}, &apiVersionsResponse{})

func (*apiVersionsRequest) ApiKey() ApiKey  { return ApiVersions }
func (*apiVersionsResponse) ApiKey() ApiKey { return ApiVersions }

// versionTable is what a connection chooses versions by. It does not change.
type versionTable struct {
	// fixed are the versions given by SetVersions, instead of all else.
	fixed map[ApiKey]int16

	broker BrokerVersions
	ranges map[ApiKey]VersionRange
}

func newVersionTable(v BrokerVersions) *versionTable {
	t := &versionTable{broker: v, ranges: make(map[ApiKey]VersionRange, len(v.Ranges))}
	for _, r := range v.Ranges {
		t.ranges[r.ApiKey] = r
	}
	return t
}

// selected returns the version of each API that a plain request has.
func (c *Conn) selected() map[ApiKey]int16 {
	t := c.versions.Load()
	if t == nil {
		return nil
	}
	return t.selected()
}

func (t *versionTable) selected() map[ApiKey]int16 {
	if t.fixed != nil {
		return t.fixed
	}
	versions := make(map[ApiKey]int16, len(t.ranges))
	for key, r := range t.ranges {
		if v := key.SelectVersion(r.Min, r.Max); v >= 0 {
			versions[key] = v
		}
	}
	return versions
}

// choose returns the version of a request.
func (t *versionTable) choose(msg Message) (int16, error) {
	key := msg.ApiKey()
	if t.fixed != nil {
		return t.fixed[key], nil
	}
	ours, err := rangeOf(msg)
	if err != nil {
		return -1, err
	}
	broker, listed := t.ranges[key]
	if !listed {
		return -1, &VersionError{ApiKey: key, Ours: ours}
	}
	low, high := max(ours.Min, broker.Min), min(ours.Max, broker.Max)
	contents, restricted := VersionRange{}, false
	if v, ok := msg.(VersionedMessage); ok {
		contents.ApiKey, restricted = key, true
		contents.Min, contents.Max = v.VersionRange()
		low, high = max(low, contents.Min), min(high, contents.Max)
	}
	if low > high {
		return -1, &VersionError{ApiKey: key, Ours: ours, Broker: broker, Listed: true, Restricted: restricted, Contents: contents}
	}
	return high, nil
}

// rangeOf returns the versions that the type of a request can be encoded at.
func rangeOf(msg Message) (VersionRange, error) {
	a, err := apiOf(msg)
	if err != nil {
		return VersionRange{}, err
	}
	t, err := messageTypeOf(msg, &a.request)
	if err != nil {
		return VersionRange{}, err
	}
	s := t.schema()
	return VersionRange{a.key, s.min, s.max}, s.err
}

// SetVersions fixes the version of each API, 0 for those not in the map, and
// there is no negotiation. A nil map returns the connection to negotiation,
// which takes place with the next request. The map must not change afterwards.
func (c *Conn) SetVersions(versions map[ApiKey]int16) {
	if versions == nil {
		c.versions.Store(nil)
		return
	}
	c.versions.Store(&versionTable{fixed: versions})
}

// SelectVersion returns the version that a request would have: the highest in
// the ranges of its type, of the broker, and of its contents if it is a
// VersionedMessage. It fails with a *VersionError if these do not meet, and
// before the versions of the broker are known, see Negotiate.
func (c *Conn) SelectVersion(msg Message) (int16, error) {
	t := c.versions.Load()
	if t == nil {
		return -1, errors.New("the versions of the broker are not known yet")
	}
	return t.choose(msg)
}

// ApiVersions returns what the broker has, asking it if need be. The slice in it
// is shared and must not be changed. It is empty after SetVersions.
func (c *Conn) ApiVersions(ctx context.Context) (BrokerVersions, error) {
	if err := c.Negotiate(ctx); err != nil {
		return BrokerVersions{}, err
	}
	if t := c.versions.Load(); t != nil {
		return t.broker, nil
	}
	return BrokerVersions{}, nil
}

// negotiation is one that is under way; those who need it wait for done.
type negotiation struct {
	done chan struct{}
	err  error // set before done is closed
	left bool  // the ctx of who ran it ended, which says nothing to the others
}

// Negotiate asks the broker for the versions of its APIs (ApiVersions, API 18),
// once in the life of a connection; requests do it when they need it. Of
// concurrent calls one asks. The answer to version 3 may be that the broker does
// not have it; it is then asked with the version that it names, or with 0.
//
// Errors are of type *NegotiateError or that of the ctx or of the connection.
func (c *Conn) Negotiate(ctx context.Context) error {
	for c.versions.Load() == nil {
		c.mu.Lock()
		n, mine := c.flight, false
		if n == nil {
			n, mine = &negotiation{done: make(chan struct{})}, true
			c.flight = n
		}
		c.mu.Unlock()
		if mine {
			return c.lead(ctx, n)
		}
		select {
		case <-n.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if n.err != nil && !n.left {
			return n.err
		}
	}
	return nil
}

// lead runs a negotiation for all who wait for it.
func (c *Conn) lead(ctx context.Context, n *negotiation) error {
	table, err := c.askVersions(ctx)
	if err == nil {
		// SetVersions may have been called meanwhile, and wins.
		c.versions.CompareAndSwap(nil, table)
	}
	n.err, n.left = err, err != nil && ctx.Err() != nil
	c.mu.Lock()
	c.flight = nil
	c.mu.Unlock()
	close(n.done)
	return err
}

func (c *Conn) askVersions(ctx context.Context) (*versionTable, error) {
	version := int16(apiVersionsNewest)
	if c.opts.LegacyApiVersions {
		version = 0
	}
	for {
		res, err := c.askVersionsAt(ctx, version)
		if err != nil {
			return nil, err
		}
		switch {
		case res.ErrorCode == 0:
			return newVersionTable(res.versions(version)), nil
		case res.ErrorCode != unsupportedVersion || version == 0:
			return nil, &NegotiateError{Version: version, Code: res.ErrorCode}
		}
		version = res.lower(version)
	}
}

// lower returns the version to ask with after one that the broker rejected:
// the one that its answer names, as it does since Kafka 2.4, or 0.
func (r *apiVersionsResponse) lower(rejected int16) int16 {
	for _, a := range r.Apis {
		if ApiKey(a.ApiKey) == ApiVersions && a.Min <= a.Max && a.Max >= 0 && a.Max < rejected {
			return a.Max
		}
	}
	return 0
}

func (r *apiVersionsResponse) versions(version int16) BrokerVersions {
	v := BrokerVersions{
		Version:  version,
		Ranges:   make([]VersionRange, len(r.Apis)),
		Throttle: time.Duration(r.ThrottleMs) * time.Millisecond,
	}
	for i, a := range r.Apis {
		v.Ranges[i] = VersionRange{ApiKey(a.ApiKey), a.Min, a.Max}
	}
	return v
}

func (c *Conn) askVersionsAt(ctx context.Context, version int16) (*apiVersionsResponse, error) {
	req := new(apiVersionsRequest)
	req.Name, req.Version = c.software()
	f, err := c.roundTrip(ctx, apiVersionsAPI, req, version)
	if err != nil {
		return nil, negotiateError(ctx, version, err)
	}
	defer putFrame(f)
	res, err := decodeApiVersions(f.b, version)
	if err != nil {
		return nil, &NegotiateError{Version: version, Err: err}
	}
	return res, nil
}

// negotiateError says what a failed request for the versions means.
func negotiateError(ctx context.Context, version int16, err error) error {
	var r *RequestError
	if !errors.As(err, &r) {
		return err
	}
	switch {
	case ctx.Err() != nil && errors.Is(r.Err, ctx.Err()):
		return r.Err
	case r.Written && r.HungUp():
		return &NegotiateError{Version: version, HungUp: true, Err: r.Err}
	case !r.Written:
		return r.Err // the connection had ended before
	}
	return &NegotiateError{Version: version, Err: r.Err}
}

// decodeApiVersions decodes a frame. Its header has no tagged section at any
// version, and UNSUPPORTED_VERSION is answered in the layout of version 0, so
// that every client can read it.
func decodeApiVersions(b []byte, version int16) (*apiVersionsResponse, error) {
	body := b[4:]
	if len(body) >= 2 && binary.BigEndian.Uint16(body) == unsupportedVersion {
		version = 0
	}
	res := new(apiVersionsResponse)
	if err := Unmarshal(body, version, res); err != nil {
		return nil, err
	}
	return res, nil
}
