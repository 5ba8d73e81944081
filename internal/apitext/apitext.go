// Package apitext writes the exported API of a module as text, one declaration a
// line, and its test holds the API of this one to the files in testdata/api.
//
// A line is "pkg PATH, DECLARATION", with the path within the module, and the root
// package called by its name:
//
//	pkg kafka, const BrokerNotAvailable Error = 8
//	pkg kafka, func NewReader(config ReaderConfig) *Reader
//	pkg kafka, method (*Conn) Close() error
//	pkg kafka, type Logger interface, Printf(string, ...interface{})
//	pkg kafka, type WriterStats struct, Writes int64 `metric:"kafka.writer.write.count" type:"counter"`
//	pkg kafka, type Writer struct, comparable
//
// What is reached through an embedded type that is not exported is listed with the
// type that embeds it. A struct that can be compared has a line that says so: a field
// that cannot would break programs that use it as a key.
package apitext

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Packages returns the lines of each exported package of the module in dir, by its
// path within the module; that of the root package is "". Commands and internal
// packages have none. The packages of the module are read from source, without the
// bodies of functions; the go command tells which files they have, and what the
// compiler knows of packages that they import from elsewhere.
func Packages(dir string) (map[string][]string, error) {
	own, others, err := split(dir)
	if err != nil {
		return nil, err
	}
	exports, err := goList(dir, append([]string{"-export", "-json=ImportPath,Export", "--"}, others...)...)
	if err != nil {
		return nil, err
	}
	files := make(map[string]string)
	for _, p := range exports {
		files[p.ImportPath] = p.Export
	}
	c := &checker{fset: token.NewFileSet(), own: make(map[string]*types.Package)}
	c.others = importer.ForCompiler(c.fset, "gc", func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, fmt.Errorf("the go command has no export data of %s", path)
		}
		return os.Open(files[path])
	})
	texts := make(map[string][]string)
	for i := range own { // what they import comes first
		p := &own[i]
		pkg, err := c.check(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.ImportPath, err)
		}
		if p.exported() {
			texts[p.within()] = text(pkg, p.within())
		}
	}
	return texts, nil
}

// checker knows the packages of the module, and those that they import.
type checker struct {
	fset   *token.FileSet
	own    map[string]*types.Package
	others types.Importer
}

// Import implements types.Importer.
func (c *checker) Import(path string) (*types.Package, error) {
	if pkg := c.own[path]; pkg != nil {
		return pkg, nil
	}
	return c.others.Import(path)
}

func (c *checker) check(p *listed) (*types.Package, error) {
	var files []*ast.File
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(c.fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	conf := types.Config{IgnoreFuncBodies: true, Importer: c}
	pkg, err := conf.Check(p.ImportPath, c.fset, files, nil)
	if err != nil {
		return nil, err
	}
	c.own[p.ImportPath] = pkg
	return pkg, nil
}

// listed is what the go command tells of a package.
type listed struct {
	ImportPath string
	Name       string
	Dir        string
	GoFiles    []string
	Imports    []string
	Export     string // the file with what the compiler knows
	DepOnly    bool   // not of the module, or of a nested one
	Module     *struct{ Path string }
}

func (p *listed) exported() bool {
	return p.Name != "main" && !slices.Contains(strings.Split(p.within(), "/"), "internal")
}

// within is the path of the package within its module.
func (p *listed) within() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, p.Module.Path), "/")
}

// split lists the packages of the module, each after what it imports of them, and
// the paths of those that they import from elsewhere.
func split(dir string) (own []listed, others []string, err error) {
	list, err := goList(dir, "-deps", "-json=ImportPath,Name,Dir,GoFiles,Imports,DepOnly,Module", "./...")
	if err != nil {
		return nil, nil, err
	}
	seen := make(map[string]bool)
	for _, p := range list {
		if !p.DepOnly {
			own = append(own, p)
			seen[p.ImportPath] = true
		}
	}
	for _, p := range own {
		for _, path := range p.Imports {
			if !seen[path] && path != "unsafe" {
				seen[path] = true
				others = append(others, path)
			}
		}
	}
	return own, others, nil
}

func goList(dir string, args ...string) ([]listed, error) {
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			return nil, fmt.Errorf("%s: %w\n%s", cmd, err, failed.Stderr)
		}
		return nil, err
	}
	var list []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// text returns the sorted lines of a package.
func text(pkg *types.Package, path string) []string {
	if path == "" {
		path = pkg.Name()
	}
	w := &writer{pkg: pkg, prefix: "pkg " + path + ", "}
	for _, name := range pkg.Scope().Names() {
		if token.IsExported(name) {
			w.object(pkg.Scope().Lookup(name))
		}
	}
	slices.Sort(w.lines)
	return slices.Compact(w.lines)
}
