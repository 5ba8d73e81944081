package saslauthenticate_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/saslauthenticate"
	"github.com/stretchr/testify/require"
)

func TestRequiredAfterVersion0OfTheHandshake(t *testing.T) {
	req := &saslauthenticate.Request{}
	require.True(t, req.Required(nil))
	require.True(t, req.Required(map[protocol.ApiKey]int16{protocol.SaslHandshake: 0}))
	require.False(t, req.Required(map[protocol.ApiKey]int16{protocol.SaslHandshake: 1, protocol.SaslAuthenticate: 0}))
}

func TestRawExchange(t *testing.T) {
	client, broker := net.Pipe()
	defer client.Close()
	got := make(chan []byte, 1)
	go func() {
		defer broker.Close()
		b := make([]byte, 4+5)
		io.ReadFull(broker, b)
		got <- b
		broker.Write([]byte{0, 0, 0, 3, 'x', 'y', 'z'})
	}()
	msg, err := (&saslauthenticate.Request{AuthBytes: []byte("token")}).RawExchange(client)
	require.NoError(t, err)
	require.Equal(t, &saslauthenticate.Response{AuthBytes: []byte("xyz")}, msg)
	require.Equal(t, []byte("\x00\x00\x00\x05token"), <-got)
}

// peer is a broker that has sent what it will.
type peer struct {
	io.Reader
	fail error
}

func (p peer) Write(b []byte) (int, error) { return len(b), p.fail }

func TestRawExchangeFails(t *testing.T) {
	broken := errors.New("broken pipe")
	for name, test := range map[string]struct {
		peer peer
		is   error
		text string
	}{
		"write":         {peer{Reader: bytes.NewReader(nil), fail: broken}, broken, "sending a SASL token"},
		"closed":        {peer{Reader: bytes.NewReader(nil)}, io.EOF, "receiving a SASL token"},
		"half a size":   {peer{Reader: bytes.NewReader([]byte{0, 0})}, io.ErrUnexpectedEOF, "receiving a SASL token"},
		"half a token":  {peer{Reader: bytes.NewReader([]byte{0, 0, 0, 9, 1})}, io.ErrUnexpectedEOF, "of 9 bytes"},
		"no token":      {peer{Reader: bytes.NewReader([]byte{0, 0, 0, 9})}, io.EOF, "of 9 bytes"},
		"huge size":     {peer{Reader: bytes.NewReader([]byte{0x7f, 0xff, 0xff, 0xff})}, nil, "is not between 0 and"},
		"negative size": {peer{Reader: bytes.NewReader([]byte{0xff, 0xff, 0xff, 0xff})}, nil, "is not between 0 and"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := (&saslauthenticate.Request{AuthBytes: []byte("secret")}).RawExchange(test.peer)
			require.ErrorContains(t, err, test.text)
			require.NotContains(t, err.Error(), "secret")
			if test.is != nil {
				require.ErrorIs(t, err, test.is)
			}
		})
	}
}

func TestAnEmptyTokenIsAnAnswer(t *testing.T) {
	msg, err := (&saslauthenticate.Request{}).RawExchange(peer{Reader: bytes.NewReader([]byte{0, 0, 0, 0})})
	require.NoError(t, err)
	require.Empty(t, msg.(*saslauthenticate.Response).AuthBytes)
}
