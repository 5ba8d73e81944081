package main_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// maxImportAllocs is what importing the root package may allocate before main; kafka-go v0.4.51 allocates 13,500 times.
const maxImportAllocs = 500

func TestImportCost(t *testing.T) {
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", dir+string(filepath.Separator), "./empty", "./kafkago")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)

	empty, emptyBytes := importCost(t, filepath.Join(dir, "empty"))
	library, libraryBytes := importCost(t, filepath.Join(dir, "kafkago"))
	t.Logf("the import costs %d allocations, %d bytes", library-empty, libraryBytes-emptyBytes)
	require.Less(t, library-empty, maxImportAllocs)
}

// importCost runs a program whose command import prints what was allocated before its main.
func importCost(t *testing.T, program string) (allocs, bytes int) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, "import").Output()
	require.NoError(t, err)
	_, err = fmt.Sscanf(string(out), "allocs=%d bytes=%d\n", &allocs, &bytes)
	require.NoError(t, err)
	return allocs, bytes
}
