package protocol

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
)

func TestAttributes(t *testing.T) {
	for a, want := range map[Attributes]string{
		0:                              "uncompressed",
		Gzip:                           "gzip",
		Snappy:                         "snappy",
		Lz4:                            "lz4",
		Zstd:                           "zstd",
		Transactional:                  "uncompressed+transactional",
		Control:                        "uncompressed+control",
		Transactional | Control:        "uncompressed+transactional+control",
		Gzip | Transactional | Control: "gzip+transactional+control",
		Zstd | LogAppendTime:           "zstd+log-append-time",
		DeleteHorizon:                  "uncompressed+delete-horizon",
	} {
		require.Equal(t, want, a.String())
		require.Equal(t, a&Control != 0, a.Control())
		require.Equal(t, a&Transactional != 0, a.Transactional())
		require.Equal(t, a&LogAppendTime != 0, a.LogAppendTime())
		require.Equal(t, compress.Compression(a&7), a.Compression())
	}
}
