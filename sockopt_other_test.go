//go:build !linux

package kafka

import (
	"net"
	"testing"
)

func keepAliveOf(*testing.T, net.Conn) (on, ok bool) { return false, false }
