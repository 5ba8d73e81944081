package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	module     = "github.com/segmentio/kafka-go"
	root       = "../.."
	maxFuncLen = 80
	maxFileLen = 700
)

// layers names, for each part of the module, what it may import of the module.
// The longest matching prefix holds. "" is the root package.
var layers = []struct {
	pkg  string
	may  []string
	what string
}{
	{"compress/", []string{"compress/internal/"}, "codecs are leaves"},
	{"compress", []string{"compress/"}, "the codec registry stands on the codecs"},
	{"sasl", nil, "mechanisms are leaves"},
	{"sasl/", []string{"sasl"}, "mechanisms implement sasl"},
	{"protocol", []string{"compress"}, "the wire knows nothing of what uses it"},
	{"protocol/", []string{"protocol"}, "a message package is its schema"},
	{"protocol/rawproduce", []string{"protocol", "protocol/produce"}, "its requests are answered by the response of produce"},
	{"internal/", []string{"internal/"}, "helpers are leaves"},
	{"internal/leftout", []string{"protocol"}, "a table of APIs, for tests"},
	{"", []string{"protocol", "protocol/", "compress", "compress/", "sasl", "sasl/", "internal/"}, "the faces stand on everything"},
	{"gzip", []string{"", "compress", "compress/"}, "a shim registers its codec with the root package"},
	{"lz4", []string{"", "compress", "compress/"}, "a shim registers its codec with the root package"},
	{"snappy", []string{"", "compress", "compress/"}, "a shim registers its codec with the root package"},
	{"zstd", []string{"", "compress", "compress/"}, "a shim registers its codec with the root package"},
	{"topics", []string{""}, "a helper on Client"},
}

// goroutines lists every function that may start one, with the file it stands
// in: each has an owner and an end, as ARCHITECTURE.md tells.
var goroutines = map[string]string{
	"protocol/conn_io.go:startLocked":   "the read loop of a connection: ends when its socket is closed",
	"cluster_metadata.go:load":          "loads metadata: ends when nothing more is asked for, or with the cluster",
	"link.go:get":                       "dials a broker: ends with the dial, which the cluster bounds and ends",
	"consumergroup.go:newConsumerGroup": "the loop of a ConsumerGroup: ends with its Close",
	"consumergroup_heartbeat.go:start":  "heartbeats of a Generation: end with its functions, or when the member is lost",
	"consumergroup_generation.go:Start": "functions of the program: they end when it has them return, as it must with their Generation",
	"intake.go:newIntake":               "places the partitions of a Reader: ends with the intake, which Close closes",
	"intake.go:placeAt":                 "the fetcher of a broker: ends when it has no partitions, or with the intake",
	"reader_group.go:join":              "serves the generations of a Reader: ends with its ConsumerGroup, which Close closes",
	"sender.go:start":                   "the sender of a broker: ends when idle, or with its Writer",
	"writer_queue.go:packAside":         "compresses a batch, beside the sender: ends with that, at the latest before its Writer, which waits for it with its senders",
}

// longFunctions and longFiles are the waivers, each with its reason.
var (
	longFunctions = map[string]string{}
	longFiles     = map[string]string{}
)

type source struct {
	path string // slash-separated, relative to the module root
	pkg  string // folder, "" for the root package
	file *ast.File
	fset *token.FileSet
}

func (s source) line(p token.Pos) int { return s.fset.Position(p).Line }

// sources parses every non-test Go file of the root module.
func sources(t *testing.T) []source {
	t.Helper()
	var list []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skipDir(path, d)
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		pkg := strings.TrimSuffix(rel[:strings.LastIndex(rel, "/")+1], "/")
		list = append(list, source{rel, pkg, file, fset})
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, list)
	return list
}

// skipDir leaves out nested modules and what the go command ignores.
func skipDir(path string, d fs.DirEntry) error {
	if path == root {
		return nil
	}
	name := d.Name()
	if strings.HasPrefix(name, ".") || name == "testdata" {
		return filepath.SkipDir
	}
	if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil {
		return filepath.SkipDir
	}
	return nil
}

func matches(pkg, pattern string) bool {
	if strings.HasSuffix(pattern, "/") {
		return strings.HasPrefix(pkg, pattern)
	}
	return pkg == pattern
}

func TestImportsGoDownOnly(t *testing.T) {
	for _, src := range sources(t) {
		best := -1
		for i, l := range layers {
			if matches(src.pkg, l.pkg) && (best < 0 || len(l.pkg) > len(layers[best].pkg)) {
				best = i
			}
		}
		if best < 0 {
			t.Errorf("%s: folder %q is in no layer: name it in the table", src.path, src.pkg)
			continue
		}
		for _, imp := range src.file.Imports {
			path, err := strconv.Unquote(imp.Path.Value)
			require.NoError(t, err)
			if path != module && !strings.HasPrefix(path, module+"/") {
				continue
			}
			target := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
			if target == src.pkg || allowed(target, layers[best].may) {
				continue
			}
			t.Errorf("%s imports %q: %s", src.path, target, layers[best].what)
		}
	}
}

func allowed(target string, may []string) bool {
	for _, m := range may {
		if matches(target, m) {
			return true
		}
	}
	return false
}

func TestFunctionsAndFilesStaySmall(t *testing.T) {
	seenFunctions, seenFiles := map[string]bool{}, map[string]bool{}
	for _, src := range sources(t) {
		if n := src.line(src.file.End()); n > maxFileLen {
			seenFiles[src.path] = true
			if longFiles[src.path] == "" {
				t.Errorf("%s has %d lines, more than %d: split it by subject", src.path, n, maxFileLen)
			}
		}
		for _, decl := range src.file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			n := src.line(fn.End()) - src.line(fn.Pos()) + 1
			if n <= maxFuncLen {
				continue
			}
			name := src.path + ":" + fn.Name.Name
			seenFunctions[name] = true
			if longFunctions[name] == "" {
				t.Errorf("%s has %d lines, more than %d", name, n, maxFuncLen)
			}
		}
	}
	requireNoStale(t, longFunctions, seenFunctions)
	requireNoStale(t, longFiles, seenFiles)
}

func TestGoroutinesStartWhereTheyAreListed(t *testing.T) {
	seen := map[string]bool{}
	for _, src := range sources(t) {
		if strings.HasPrefix(src.pkg, "internal/testkafka") {
			continue // test support: it owns processes
		}
		for _, decl := range src.file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				stmt, ok := n.(*ast.GoStmt)
				if !ok {
					return true
				}
				name := src.path + ":" + fn.Name.Name
				seen[name] = true
				if goroutines[name] == "" {
					t.Errorf("%s:%d starts a goroutine: give it an owner and an end, and list it", name, src.line(stmt.Pos()))
				}
				return true
			})
		}
	}
	requireNoStale(t, goroutines, seen)
}

func TestNothingSleeps(t *testing.T) {
	for _, src := range sources(t) {
		ast.Inspect(src.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && sel.Sel.Name == "Sleep" {
				t.Errorf("%s:%d sleeps: wait on a timer together with a ctx", src.path, src.line(sel.Pos()))
			}
			return true
		})
	}
}

// TestOnlyTheWireTouchesBytes keeps encoding/binary out of the faces: nothing
// writes a Kafka message by hand outside protocol.
func TestOnlyTheWireTouchesBytes(t *testing.T) {
	for _, src := range sources(t) {
		if src.pkg != "" && !strings.HasPrefix(src.pkg, "protocol/") {
			continue
		}
		for _, imp := range src.file.Imports {
			if imp.Path.Value == `"encoding/binary"` {
				t.Errorf("%s imports encoding/binary: messages are written by package protocol", src.path)
			}
		}
	}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	var missing []string
	for _, src := range sources(t) {
		if strings.HasPrefix(src.pkg, "protocol/") || strings.HasPrefix(src.pkg, "internal/") {
			continue // message packages are their tags
		}
		for _, decl := range src.file.Decls {
			missing = append(missing, undocumented(src, decl)...)
		}
	}
	sort.Strings(missing)
	for _, m := range missing {
		t.Errorf("%s has no doc comment", m)
	}
}

func undocumented(src source, decl ast.Decl) []string {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
			return []string{fmt.Sprintf("%s: func %s", src.path, d.Name.Name)}
		}
	case *ast.GenDecl:
		var list []string
		for _, spec := range d.Specs {
			if s, ok := spec.(*ast.TypeSpec); ok && s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
				list = append(list, fmt.Sprintf("%s: type %s", src.path, s.Name.Name))
			}
		}
		return list
	}
	return nil
}

func exportedReceiver(fn *ast.FuncDecl) bool {
	if fn.Recv == nil {
		return true
	}
	typ := fn.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if index, ok := typ.(*ast.IndexExpr); ok {
		typ = index.X
	}
	id, ok := typ.(*ast.Ident)
	return ok && id.IsExported()
}

func requireNoStale(t *testing.T, waivers map[string]string, seen map[string]bool) {
	t.Helper()
	for name := range waivers {
		if !seen[name] {
			t.Errorf("%s is listed and no longer true: remove the entry", name)
		}
	}
}

// TestCompatibilityNamesTestsThatExist holds COMPATIBILITY.md, which names the test
// for each of its promises, to the tests there are.
func TestCompatibilityNamesTestsThatExist(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "COMPATIBILITY.md"))
	require.NoError(t, err)
	tests := testNames(t)
	names := regexp.MustCompile(`\bTest[A-Z][A-Za-z0-9_]*`).FindAllString(string(text), -1)
	require.NotEmpty(t, names)
	for _, name := range names {
		if !tests[name] {
			t.Errorf("COMPATIBILITY.md names %s, which does not exist", name)
		}
	}
}

// testNames are the tests of all modules of the repository.
func testNames(t *testing.T) map[string]bool {
	names := make(map[string]bool)
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range declared.FindAllStringSubmatch(string(text), -1) {
			names[match[1]] = true
		}
		return err
	})
	require.NoError(t, err)
	return names
}
