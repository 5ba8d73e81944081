package kafka

import (
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// keepAliveOf asks the operating system whether a socket has keep-alive probes.
func keepAliveOf(t *testing.T, conn net.Conn) (on, ok bool) {
	t.Helper()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Control(func(fd uintptr) {
		n, err := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_KEEPALIVE)
		on, ok = n != 0, err == nil
	}))
	return on, ok
}
