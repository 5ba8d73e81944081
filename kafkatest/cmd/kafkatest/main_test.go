package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRunListensUntilInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-addr", "127.0.0.1:0", "-brokers", "2", "-topics", "a:3,b"}, in) }()

	lines := bufio.NewScanner(out)
	var addr string
	for range 2 {
		require.True(t, lines.Scan())
		var found bool
		addr, found = strings.CutPrefix(lines.Text(), "listening on ")
		require.True(t, found, lines.Text())
		conn, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		require.NoError(t, conn.Close())
	}

	interrupt()
	require.NoError(t, <-ended)
	_, err := net.Dial("tcp", addr)
	require.Error(t, err, "the port must be free again")
}

func TestRunRefusesBadArguments(t *testing.T) {
	for args, text := range map[string]string{
		"-topics a:x":               `"x" is no number of partitions`,
		"-topics a:0":               `topic "a" needs at least 1 partition`,
		"-topics a!":                `invalid topic name "a!"`,
		"-brokers 0":                "at least 1 broker",
		"-users PLAIN:alice":        "a user of PLAIN is not mechanism:name:password",
		"-users X:alice:secret":     `unknown SASL mechanism "X"`,
		"-addr nowhere":             "missing port",
		"-auto-create -1":           "at least 1 partition",
		"-addr 127.0.0.1:0 topic:1": `unexpected argument "topic:1"`,
	} {
		t.Run(args, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			require.ErrorContains(t, run(ctx, strings.Fields(args), io.Discard), text)
		})
	}
}
