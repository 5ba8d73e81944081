package protocol_test

import (
	"bytes"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// A connection that can gather writes large record sets from where they are. What
// arrives is the request as AppendRequest makes it, in all versions.
func TestRecordSetsAreWrittenFromWhereTheyAre(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		for version := int16(3); version <= 12; version++ {
			conn, peer := socketPair(t, network)
			req := produceOf(t, 100<<10, 10, 9<<10)
			want, err := protocol.AppendRequest(nil, version, 1, "client", req)
			require.NoError(t, err)
			arrived := make(chan []byte, 1)
			go func() {
				got := make([]byte, len(want))
				_, err := io.ReadFull(peer, got)
				if err != nil {
					t.Error(err)
				}
				arrived <- got
			}()
			c := protocol.NewConn(conn, "client")
			c.SetVersions(map[protocol.ApiKey]int16{protocol.Produce: version})
			inline, apart, err := c.Outgoing(req, version)
			require.NoError(t, err)
			require.Equal(t, len(want), inline+apart)
			require.Greater(t, apart, 109<<10, "the two large ones are not copied")
			require.Less(t, inline, 1<<10)
			_, err = c.Send(t.Context(), req, nil)
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, <-arrived), "%s, version %d", network, version)
			require.NoError(t, c.Close())
		}
	}
}

// TLS would make a record of each piece, and other connections a write: they get the
// request in one.
func TestRecordSetsAreCopiedForConnectionsThatDoNotGather(t *testing.T) {
	conn, peer := net.Pipe()
	defer peer.Close()
	c := protocol.NewConn(conn, "client")
	defer c.Close()
	_, apart, err := c.Outgoing(produceOf(t, 100<<10), 9)
	require.NoError(t, err)
	require.Zero(t, apart)
}

// socketPair returns both ends of a connection.
func socketPair(t *testing.T, network string) (client, server net.Conn) {
	addr := "127.0.0.1:0"
	if network == "unix" {
		addr = t.TempDir() + "/socket"
	}
	l, err := net.Listen(network, addr)
	require.NoError(t, err)
	defer l.Close()
	client, err = net.Dial(network, l.Addr().String())
	require.NoError(t, err)
	server, err = l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

// produceOf returns a request with a partition for each value, of that size.
func produceOf(t *testing.T, sizes ...int) *produce.Request {
	req := &produce.Request{Acks: -1, Timeout: 1000, Topics: []produce.RequestTopic{{Topic: "t"}}}
	for i, size := range sizes {
		var b protocol.BatchBuilder
		require.NoError(t, b.Append(1, nil, bytes.Repeat([]byte{byte('a' + i)}, size), nil))
		wire, err := b.Seal(protocol.BatchOptions{})
		require.NoError(t, err)
		req.Topics[0].Partitions = append(req.Topics[0].Partitions, produce.RequestPartition{
			Partition: int32(i), RecordSet: protocol.RecordSet{Records: protocol.NewWireRecords(wire)},
		})
	}
	return req
}
