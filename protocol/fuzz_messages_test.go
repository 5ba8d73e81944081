package protocol_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
)

// FuzzDecodeMessages decodes requests and responses of every API that this test
// program links, at every version. What is accepted can be encoded and decoded
// again, to the same bytes.
func FuzzDecodeMessages(f *testing.F) {
	types := make(map[protocol.ApiKey]protocol.RegisteredType)
	for _, r := range protocol.RegisteredTypes() {
		if r.Override || !ours(r.Request.PkgPath()) {
			continue
		}
		types[r.Key] = r
		for v := r.Min; v <= r.Max; v++ {
			b, err := protocol.AppendResponse(nil, v, 1, protocol.NewMessage(r.Response))
			require.NoError(f, err)
			f.Add(int16(r.Key), v, false, b[4:])
			if r.Key == protocol.Produce {
				continue // an empty request is one without records, which is none
			}
			b, err = protocol.AppendRequest(nil, v, 1, "", protocol.NewMessage(r.Request))
			require.NoError(f, err)
			f.Add(int16(r.Key), v, true, b[4:])
		}
	}
	f.Fuzz(func(t *testing.T, key, version int16, request bool, frame []byte) {
		r, ok := types[protocol.ApiKey(key)]
		if !ok || version < r.Min || version > r.Max {
			return
		}
		again := func(frame []byte) []byte {
			var msg protocol.Message
			var b []byte
			var err error
			if request {
				var client string
				if version, _, client, msg, err = protocol.DecodeRequest(frame, true); err == nil {
					b, err = protocol.AppendRequest(nil, version, 1, client, msg)
				}
			} else if _, msg, err = protocol.DecodeResponse(frame, r.Key, version, true); err == nil {
				b, err = protocol.AppendResponse(nil, version, 1, msg)
			}
			if err != nil {
				return nil
			}
			return b[4:]
		}
		once := again(frame)
		if once == nil {
			return
		}
		if twice := again(once); !bytes.Equal(once, twice) {
			t.Fatalf("%x\n%x", once, twice)
		}
	})
}
