package compress_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
)

const goldenDir = "testdata/golden"

// payload computes the content of a golden file, as Golden.java does.
func payload(t testing.TB, name string) []byte {
	t.Helper()
	switch name {
	case "empty":
		return nil
	case "small":
		return []byte("hello kafka")
	case "zeros":
		return make([]byte, 300_000)
	case "random":
		b := make([]byte, 5_000)
		x := uint64(1)
		for i := range b {
			x = next(x)
			b[i] = byte(x >> 56)
		}
		return b
	case "text":
		return textOf(150_000)
	}
	t.Fatalf("no payload %q", name)
	return nil
}

func next(x uint64) uint64 { return x*6364136223846793005 + 1442695040888963407 }

// textOf is at least n bytes of lines as logs have them.
func textOf(n int) []byte {
	var b []byte
	for x := uint64(7); len(b) < n; {
		x = next(x)
		b = append(b, `{"user":`...)
		b = strconv.AppendInt(b, int64(x>>33)%5000, 10)
		b = append(b, `,"event":"page_view","url":"/products/`...)
		b = strconv.AppendInt(b, int64(x>>20)%100_000, 10)
		b = append(b, "\"}\n"...)
	}
	return b
}

// goldenFile is what Java made of a payload, under the name
// codec[-maker].payload.
type goldenFile struct {
	name    string
	codec   compress.Codec
	data    []byte
	payload []byte
}

func goldenFiles(t testing.TB) []goldenFile {
	t.Helper()
	entries, err := os.ReadDir(goldenDir)
	require.NoError(t, err)
	var files []goldenFile
	for _, e := range entries {
		maker, content, ok := strings.Cut(e.Name(), ".")
		require.True(t, ok, e.Name())
		data, err := os.ReadFile(filepath.Join(goldenDir, e.Name()))
		require.NoError(t, err)
		format, _, _ := strings.Cut(maker, "-")
		var c compress.Compression
		require.NoError(t, c.UnmarshalText([]byte(format)))
		magic := int8(2)
		if strings.HasSuffix(maker, "-m0") {
			magic = 0
		}
		files = append(files, goldenFile{e.Name(), compress.ForMagic(c.Codec(), magic), data, payload(t, content)})
	}
	require.Len(t, files, 15*5)
	return files
}

func TestDecodesWhatJavaEncodes(t *testing.T) {
	for _, f := range goldenFiles(t) {
		t.Run(f.name, func(t *testing.T) {
			got, err := compress.AppendDecoded([]byte("prefix"), f.codec, f.data)
			require.NoError(t, err)
			requireSame(t, append([]byte("prefix"), f.payload...), got)
			requireSame(t, f.payload, readAll(t, f.codec, f.data))
		})
	}
}

// TestWriteForJava leaves files for the Java side: testdata/java/run read DIR.
func TestWriteForJava(t *testing.T) {
	dir := os.Getenv("COMPRESS_FOR_JAVA")
	if dir == "" {
		t.Skip("set COMPRESS_FOR_JAVA to a folder, then run testdata/java/run read on it")
	}
	for name, c := range testCodecs() {
		for _, content := range []string{"empty", "small", "text", "random", "zeros"} {
			if name == "snappy-unframed" && content == "empty" {
				continue // the Java client takes the one byte of it for a cut header
			}
			block, err := compress.Append(nil, c, payload(t, content))
			require.NoError(t, err)
			for form, data := range map[string][]byte{"block": block, "stream": writeAll(t, c, payload(t, content))} {
				file := filepath.Join(dir, name+"-"+form+"."+content)
				require.NoError(t, os.WriteFile(file, data, 0o644))
			}
		}
	}
}
