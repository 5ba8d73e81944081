package kafka

import (
	"os"
	"path/filepath"
)

// DefaultClientID is the client id of connections that are given none: the name
// of the program, "@", the name of the host, and the name of this library, as in
// "importer@web1 (github.com/segmentio/kafka-go)". Programs may set it before
// they make their first connection.
var DefaultClientID = defaultClientID()

func defaultClientID() string {
	program := "unknown"
	if len(os.Args) > 0 {
		program = filepath.Base(os.Args[0])
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return program + "@" + host + " (github.com/segmentio/kafka-go)"
}
