package apitext

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	root  = "../.."
	files = root + "/testdata/api"
)

var update = flag.Bool("update", false, "write testdata/api anew")

// TestAPI holds the exported API to what testdata/api says. Run make api, which
// writes the files anew, when something was added. What they lose in a diff is what
// programs lose.
func TestAPI(t *testing.T) {
	touchSources(t)
	have, err := Packages(root)
	require.NoError(t, err)
	require.NotEmpty(t, have[""], "the root package")
	if *update {
		require.NoError(t, os.RemoveAll(files))
		for pkg, lines := range have {
			write(t, fileOf(pkg), lines)
		}
	}
	listed := read(t)
	for pkg, lines := range have {
		want := listed[fileOf(pkg)]
		delete(listed, fileOf(pkg))
		for _, line := range missing(want, lines) {
			t.Errorf("gone or changed: %s", line)
		}
		for _, line := range missing(lines, want) {
			t.Errorf("not listed: %s", line)
		}
	}
	for file := range listed {
		t.Errorf("gone: the package of %s", file)
	}
	if t.Failed() {
		t.Log("the exported API is a contract (CONTRIBUTING.md): make api lists what was added, nothing may be gone or change its meaning")
	}
}

// fileOf is the name of the file that lists a package, relative to files.
func fileOf(pkg string) string {
	if pkg == "" {
		pkg = "kafka"
	}
	return strings.ReplaceAll(pkg, "/", ".") + ".txt"
}

func write(t *testing.T, file string, lines []string) {
	require.NoError(t, os.MkdirAll(files, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(files, file), []byte(strings.Join(lines, "\n")+"\n"), 0o644))
}

func read(t *testing.T) map[string][]string {
	list := make(map[string][]string)
	entries, err := os.ReadDir(files)
	require.NoError(t, err)
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(files, e.Name()))
		require.NoError(t, err)
		lines := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
		list[e.Name()] = slices.DeleteFunc(lines, func(line string) bool { return line == "" })
	}
	return list
}

// missing returns what is in want and not in have.
func missing(want, have []string) (list []string) {
	set := make(map[string]bool, len(have))
	for _, line := range have {
		set[line] = true
	}
	for _, line := range want {
		if !set[line] {
			list = append(list, line)
		}
	}
	return list
}

// touchSources looks at every file of the module: go test takes a result for cached
// by what the test itself has opened, and the go command does the reading here.
func touchSources(t *testing.T) {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() && filepath.Ext(path) != ".go" && d.Name() != "go.mod" {
			return err
		}
		if d.IsDir() && path != root {
			if strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil {
				return filepath.SkipDir
			}
		}
		_, err = os.Stat(path)
		return err
	})
	require.NoError(t, err)
}

// TestText: what is in the lines, by a small module that has one of each.
func TestText(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		"go.mod":             "module example.com/m\n\ngo 1.24\n",
		"internal/in/in.go":  "package in\n\ntype In struct{}\n",
		"cmd/tool/main.go":   "package main\n\nfunc main() {}\n",
		"nested/go.mod":      "module example.com/m/nested\n\ngo 1.24\n",
		"nested/nested.go":   "package nested\n\nconst Nested = 1\n",
		"sub/pkg/pkg.go":     "package pkg\n\nimport \"example.com/m\"\n\ntype Alias = m.Plain\n\nvar Err error\n",
		"m.go":               source,
		"m_test.go":          "package m\n\nconst InTest = 1\n",
		"testdata/broken.go": "package",
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	t.Setenv("GOWORK", "off")
	have, err := Packages(dir)
	require.NoError(t, err)
	require.Equal(t, map[string][]string{
		"": strings.Split(strings.TrimSpace(lines), "\n"),
		"sub/pkg": {
			"pkg sub/pkg, type Alias = m.Plain",
			"pkg sub/pkg, var Err error",
		},
	}, have)
}

const source = `package m

import "io"

const (
	First Number = iota + 1
	Second
	Text = "x\ny"
	hidden = 1
)

type Number int16

func (n Number) String() string { return "" }

type Plain struct {
	A int ` + "`json:\"a\"`" + `
	b int
	io.Reader
	inner
}

type inner struct {
	Promoted string
	deep *int
}

func (inner) Shown()   {}
func (*inner) Pointed() {}
func (inner) unseen()  {}

type Slices struct{ L []int }

func (s *Slices) Len() int { return 0 }

type Generic[K comparable, V io.Reader] struct{ M map[K]V }

func (g *Generic[K, V]) Get(key K) (v V) { return v }

func Map[T, U any](in []T, f func(T) U) []U { return nil }

type Union interface{ ~int | ~string }

type Closer interface {
	io.Closer
	Name(x ...interface{}) string
	private()
}

type Func func(a, b string) error

var Table map[string][]Number

func init() { _ = hidden }
`

const lines = "pkg m, const First Number = 1\n" +
	"pkg m, const Second Number = 2\n" +
	"pkg m, const Text untyped string = \"x\\ny\"\n" +
	"pkg m, func Map[T, U any](in []T, f func(T) U) []U\n" +
	"pkg m, method (*Generic[K, V]) Get(key K) (v V)\n" +
	"pkg m, method (*Plain) Pointed()\n" +
	"pkg m, method (*Slices) Len() int\n" +
	"pkg m, method (Number) String() string\n" +
	"pkg m, method (Plain) Shown()\n" +
	"pkg m, type Closer interface\n" +
	"pkg m, type Closer interface, Close() error\n" +
	"pkg m, type Closer interface, Name(x ...interface{}) string\n" +
	"pkg m, type Closer interface, unexported methods\n" +
	"pkg m, type Func func(a string, b string) error\n" +
	"pkg m, type Generic[K comparable, V io.Reader] struct\n" +
	"pkg m, type Generic[K comparable, V io.Reader] struct, M map[K]V\n" +
	"pkg m, type Number int16\n" +
	"pkg m, type Plain struct\n" +
	"pkg m, type Plain struct, A int `json:\"a\"`\n" +
	"pkg m, type Plain struct, Promoted string\n" +
	"pkg m, type Plain struct, comparable\n" +
	"pkg m, type Plain struct, embedded io.Reader\n" +
	"pkg m, type Slices struct\n" +
	"pkg m, type Slices struct, L []int\n" +
	"pkg m, type Union interface\n" +
	"pkg m, type Union interface, comparable\n" +
	"pkg m, type Union interface, embedded ~int | ~string\n" +
	"pkg m, var Table map[string][]Number\n"
