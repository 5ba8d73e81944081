package protocol

import (
	"context"
	"fmt"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// versionsV0 is the body of an answer to ApiVersions v0.
func versionsV0(code int16, ranges ...VersionRange) []byte {
	b := appendInt32(appendInt16(nil, code), int32(len(ranges)))
	for _, r := range ranges {
		b = appendInt16(appendInt16(appendInt16(b, int16(r.ApiKey)), r.Min), r.Max)
	}
	return b
}

// versionsV3 is the body of an answer to ApiVersions v3, with a tagged field
// that is not known here.
func versionsV3(throttle int32, ranges ...VersionRange) []byte {
	b := appendUvarint(appendInt16(nil, 0), uint64(len(ranges)+1))
	for _, r := range ranges {
		b = appendInt16(appendInt16(appendInt16(b, int16(r.ApiKey)), r.Min), r.Max)
		b = append(b, 0)
	}
	b = appendInt32(b, throttle)
	return append(b, 1, 1, 8, 0, 0, 0, 0, 0, 0, 0, 42)
}

func negotiate(ctx context.Context, c *Conn) <-chan error {
	ch := make(chan error, 1)
	go func() { ch <- c.Negotiate(ctx) }()
	return ch
}

func TestNegotiate(t *testing.T) {
	c, p := newRawPeer(t, ConnOptions{ClientID: "me", SoftwareName: "a client!", SoftwareVersion: "v1.2"})
	req := &echoRequest{Text: "hello"}
	ch := exchange(context.Background(), c, req)

	r := p.read()
	require.Equal(t, ApiVersions, r.key)
	require.Equal(t, int16(3), r.version)
	// Client id, tagged section; name and version, tagged section.
	require.Equal(t, "\x00\x02me\x00\x09a-client\x05v1.2\x00", string(r.rest))
	p.write(responseFrame(r.id, versionsV3(250, VersionRange{echoKey, 0, 1}, VersionRange{9999, 1, 2})))

	r = p.read()
	require.Equal(t, echoKey, r.key)
	require.Equal(t, int16(1), r.version)
	p.answer(r.id, "world")
	requireText(t, "world", ch)
	require.Equal(t, int16(1), req.prepared)

	// It is known now, and not asked again.
	require.NoError(t, c.Negotiate(context.Background()))
	v, err := c.ApiVersions(context.Background())
	require.NoError(t, err)
	require.Equal(t, BrokerVersions{
		Version:  3,
		Ranges:   []VersionRange{{echoKey, 0, 1}, {9999, 1, 2}},
		Throttle: 250 * time.Millisecond,
	}, v)
	require.Equal(t, map[ApiKey]int16{echoKey: 1}, c.versions.Load().selected())
}

func TestNegotiateAsksAgain(t *testing.T) {
	for name, test := range map[string]struct {
		opts    ConnOptions
		first   []byte // to version 3
		version int16  // of the second request
	}{
		"the answer names a range":           {first: versionsV0(35, VersionRange{ApiVersions, 0, 2}), version: 2},
		"the answer names nothing":           {first: versionsV0(35), version: 0},
		"the answer names what was rejected": {first: versionsV0(35, VersionRange{ApiVersions, 0, 3}), version: 0},
		"the answer names nonsense":          {first: versionsV0(35, VersionRange{ApiVersions, 0, -1}), version: 0},
		"the answer has a code only":         {first: []byte{0, 35, 0, 0, 0, 0}, version: 0},
		"legacy":                             {opts: ConnOptions{LegacyApiVersions: true}, version: 0},
	} {
		t.Run(name, func(t *testing.T) {
			c, p := newRawPeer(t, test.opts)
			ch := negotiate(context.Background(), c)
			if test.first != nil {
				r := p.read()
				require.Equal(t, int16(3), r.version)
				p.write(responseFrame(r.id, test.first))
			}
			r := p.read()
			require.Equal(t, test.version, r.version)
			require.Equal(t, "\x00\x00", string(r.rest))
			body := versionsV0(0, VersionRange{echoKey, 0, 0})
			if test.version > 0 {
				body = appendInt32(body, 0)
			}
			p.write(responseFrame(r.id, body))
			require.NoError(t, <-ch)
			v, err := c.ApiVersions(context.Background())
			require.NoError(t, err)
			require.Equal(t, test.version, v.Version)
			require.Equal(t, []VersionRange{{echoKey, 0, 0}}, v.Ranges)
		})
	}
}

func TestNegotiateFails(t *testing.T) {
	t.Run("the broker hangs up", func(t *testing.T) {
		c, p := newRawPeer(t, ConnOptions{})
		ch := echo(context.Background(), c, "x")
		p.read()
		require.NoError(t, p.conn.Close())
		failed := requireFailed(t, ch)
		require.Equal(t, opNegotiate, failed.Op)
		require.False(t, failed.Written)
		var n *NegotiateError
		require.ErrorAs(t, failed, &n)
		require.True(t, n.HungUp)
		require.Equal(t, int16(3), n.Version)
		require.ErrorIs(t, n, io.ErrUnexpectedEOF)
		require.ErrorContains(t, n, "TLS")
	})
	t.Run("an error code", func(t *testing.T) {
		c, p := newRawPeer(t, ConnOptions{})
		ch := negotiate(context.Background(), c)
		r := p.read()
		p.write(responseFrame(r.id, []byte("\x00\x2a\x01\x00\x00\x00\x00\x00")))
		var n *NegotiateError
		require.ErrorAs(t, <-ch, &n)
		require.Equal(t, int16(42), n.Code)
		require.False(t, n.HungUp)
		require.ErrorContains(t, n, "error code 42")
		// The connection is good, and the next one who needs it asks again.
		ch = negotiate(context.Background(), c)
		p.write(responseFrame(p.read().id, versionsV3(0)))
		require.NoError(t, <-ch)
	})
	t.Run("version 0 is not supported", func(t *testing.T) {
		c, p := newRawPeer(t, ConnOptions{LegacyApiVersions: true})
		ch := negotiate(context.Background(), c)
		p.write(responseFrame(p.read().id, versionsV0(35)))
		var n *NegotiateError
		require.ErrorAs(t, <-ch, &n)
		require.Equal(t, int16(35), n.Code)
	})
	t.Run("nonsense", func(t *testing.T) {
		for _, body := range []string{"", "\x00", "\x00\x00\xff\xff\xff\xff\x0f", "\x00\x00\x05"} {
			c, p := newRawPeer(t, ConnOptions{})
			ch := negotiate(context.Background(), c)
			p.write(responseFrame(p.read().id, []byte(body)))
			err := <-ch
			var n *NegotiateError
			require.ErrorAs(t, err, &n)
			require.ErrorIs(t, err, ErrMalformed)
		}
	})
	t.Run("the port of a web server", func(t *testing.T) {
		c, p := newRawPeer(t, ConnOptions{})
		ch := negotiate(context.Background(), c)
		p.read()
		p.write([]byte("HTTP/1.1 400 Bad Request\r\n"))
		require.ErrorContains(t, <-ch, "web server")
	})
	t.Run("closed", func(t *testing.T) {
		c, _ := newRawPeer(t, ConnOptions{})
		require.NoError(t, c.Close())
		err := c.Negotiate(context.Background())
		require.ErrorIs(t, err, net.ErrClosed)
		var n *NegotiateError
		require.NotErrorAs(t, err, &n)
	})
}

func TestNegotiateOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := newRawPeer(t, ConnOptions{})
		ctx, leave := context.WithCancel(t.Context())
		leader := negotiate(ctx, c)
		r := p.read()
		var others []<-chan outcome
		for range 10 {
			others = append(others, echo(t.Context(), c, "x"))
		}
		hurried, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, c.Negotiate(hurried), context.DeadlineExceeded)

		// Who asked leaves: one of the others takes over.
		leave()
		require.Equal(t, context.Canceled, <-leader)
		next := p.read()
		require.Equal(t, ApiVersions, next.key)
		p.write(responseFrame(r.id, versionsV3(0, VersionRange{echoKey, 0, 0}))) // nobody's
		p.write(responseFrame(next.id, versionsV3(0, VersionRange{echoKey, 0, 0})))
		for range others {
			r := p.read()
			require.Equal(t, echoKey, r.key)
			p.answer(r.id, "x")
		}
		for _, ch := range others {
			requireText(t, "x", ch)
		}
		require.NoError(t, c.Close())
	})
}

func TestNegotiateFailureIsSharedByAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := newRawPeer(t, ConnOptions{})
		var all []<-chan error
		for range 5 {
			all = append(all, negotiate(t.Context(), c))
		}
		synctest.Wait()
		p.write(responseFrame(p.read().id, []byte("\x00\x2a\x01\x00\x00\x00\x00\x00")))
		for _, ch := range all {
			require.ErrorContains(t, <-ch, "error code 42")
		}
		require.NoError(t, c.Close())
	})
}

func TestConnSelectVersion(t *testing.T) {
	for i, test := range []struct {
		msg     Message
		broker  VersionRange
		version int16
		err     string
	}{
		{msg: &echoRequest{}, broker: VersionRange{echoKey, 0, 2}, version: 2},
		{msg: &echoRequest{}, broker: VersionRange{echoKey, 0, 99}, version: 3},
		{msg: &echoRequest{}, broker: VersionRange{echoKey, 3, 99}, version: 3},
		{
			msg: &echoRequest{}, broker: VersionRange{echoKey, 4, 9},
			err: "no version of 110 in common: this client has v0-v3, the broker v4-v9",
		},
		{
			msg: &echoRequest{}, broker: VersionRange{Fetch, 0, 9},
			err: "the broker does not have 110; this client has v0-v3",
		},
		{
			msg: &rangedRequest{max: 9}, broker: VersionRange{rangeKey, 0, 1},
			err: "no version of 112 in common: this client has v2-v9, the broker v0-v1, the contents of the request need v0-v9",
		},
		{msg: &rangedRequest{min: 0, max: 5}, broker: VersionRange{rangeKey, 0, 8}, version: 5},
		{msg: &rangedRequest{min: 7, max: 99}, broker: VersionRange{rangeKey, 0, 8}, version: 8},
		{
			msg: &rangedRequest{min: 9, max: 9}, broker: VersionRange{rangeKey, 0, 8},
			err: "no version of 112 in common: this client has v2-v9, the broker v0-v8, the contents of the request need v9",
		},
		{msg: unregistered{}, broker: VersionRange{rangeKey, 0, 8}, err: "unsupported api key: 126"},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			c, p := newRawPeer(t, ConnOptions{})
			_, err := c.SelectVersion(test.msg)
			require.ErrorContains(t, err, "not known yet")

			ch := negotiate(context.Background(), c)
			p.write(responseFrame(p.read().id, versionsV3(0, test.broker)))
			require.NoError(t, <-ch)
			v, err := c.SelectVersion(test.msg)
			if test.err == "" {
				require.NoError(t, err)
				require.Equal(t, test.version, v)
				return
			}
			require.EqualError(t, err, test.err)
			failed := requireFailed(t, exchange(context.Background(), c, test.msg))
			require.Equal(t, opSelect, failed.Op)
			require.False(t, failed.Written)
			require.ErrorContains(t, failed, test.err)
		})
	}
}

type unregistered struct{}

func (unregistered) ApiKey() ApiKey { return 126 }

func TestConnSetVersions(t *testing.T) {
	c, p := newRawPeer(t, ConnOptions{})
	c.SetVersions(map[ApiKey]int16{echoKey: 1, rangeKey: 99})
	v, err := c.SelectVersion(&echoRequest{})
	require.NoError(t, err)
	require.Equal(t, int16(1), v)
	ch := echo(context.Background(), c, "x")
	r := p.read()
	require.Equal(t, int16(1), r.version)
	p.answer(r.id, "x")
	requireText(t, "x", ch)

	versions, err := c.ApiVersions(context.Background())
	require.NoError(t, err)
	require.Empty(t, versions.Ranges)
	failed := requireFailed(t, exchange(context.Background(), c, &rangedRequest{}))
	require.ErrorContains(t, failed, "v99")
	require.Equal(t, int16(99), failed.ApiVersion)

	c.SetVersions(nil)
	ch = echo(context.Background(), c, "x")
	r = p.read()
	require.Equal(t, ApiVersions, r.key)
	p.write(responseFrame(r.id, versionsV3(0, VersionRange{echoKey, 0, 0})))
	r = p.read()
	p.answer(r.id, "x")
	requireText(t, "x", ch)
}

func TestConnSetVersionsDuringNegotiation(t *testing.T) {
	c, p := newRawPeer(t, ConnOptions{})
	ch := negotiate(context.Background(), c)
	r := p.read()
	c.SetVersions(map[ApiKey]int16{echoKey: 1})
	p.write(responseFrame(r.id, versionsV3(0, VersionRange{echoKey, 0, 3})))
	require.NoError(t, <-ch)
	v, err := c.SelectVersion(&echoRequest{})
	require.NoError(t, err)
	require.Equal(t, int16(1), v)
}

func TestSoftwareText(t *testing.T) {
	for in, want := range map[string]string{
		"kafka-go": "kafka-go", "v0.4.51": "v0.4.51", "(devel)": "devel", "": "unknown", "-.-": "unknown",
		"größe 1": "gr--e-1", "v1+dirty": "v1-dirty",
	} {
		require.Equal(t, want, softwareText(in))
	}
	c, _ := newRawPeer(t, ConnOptions{})
	name, version := c.software()
	require.Equal(t, "kafka-go", name)
	require.NotEmpty(t, version)
}

// FuzzApiVersions decodes what a broker may answer.
func FuzzApiVersions(f *testing.F) {
	f.Add(versionsV3(1, VersionRange{Fetch, 0, 13}), int16(3))
	f.Add(versionsV0(0, VersionRange{Fetch, 0, 13}), int16(0))
	f.Add(versionsV0(35, VersionRange{ApiVersions, 0, 2}), int16(3))
	f.Fuzz(func(t *testing.T, body []byte, version int16) {
		version &= 3
		res, err := decodeApiVersions(append([]byte{0, 0, 0, 1}, body...), version)
		if err != nil {
			return
		}
		if len(res.Apis) > len(body) {
			t.Fatal("more APIs than bytes")
		}
		if v := res.lower(apiVersionsNewest); v < 0 || v >= apiVersionsNewest {
			t.Fatalf("asks again with version %d", v)
		}
		newVersionTable(res.versions(version)).selected()
	})
}
