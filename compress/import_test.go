package compress_test

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestImportCost adds up what the codecs and the libraries below them allocate
// before main: next to nothing, since coders are made when first used.
func TestImportCost(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err)
	lines := regexp.MustCompile(`(?m)^init github\.com/(?:segmentio|klauspost|golang|pierrec)/\S+ .* (\d+) bytes, (\d+) allocs$`).
		FindAllSubmatch(out, -1)
	require.NotEmpty(t, lines, "%s", out)
	bytes, allocs := 0, 0
	for _, l := range lines {
		n, err := strconv.Atoi(string(l[1]))
		require.NoError(t, err)
		m, err := strconv.Atoi(string(l[2]))
		require.NoError(t, err)
		bytes, allocs = bytes+n, allocs+m
	}
	t.Logf("%d bytes, %d allocations", bytes, allocs)
	require.Less(t, bytes, 64<<10)
	require.Less(t, allocs, 50)
}
