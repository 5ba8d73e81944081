package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSummarize(t *testing.T) {
	var out strings.Builder
	require.NoError(t, summarize(strings.NewReader("ours cpu=2 rss=10\npeer cpu=4\nours cpu=1\npeer cpu=6\nours cpu=12345.6\n\n"), &out))
	require.Equal(t, []string{
		"cpu", "client", "median", "min-max", "ratio",
		"ours", "2", "1-12346", "1.00x",
		"peer", "5", "4-6", "2.50x",
		"rss", "client", "median", "min-max", "ratio",
		"ours", "10", "10-10", "1.00x",
	}, strings.Fields(out.String()))
	require.ErrorContains(t, summarize(strings.NewReader("ours cpu"), &out), `"cpu" is no metric=value`)
}
