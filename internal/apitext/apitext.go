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
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Packages returns the lines of each exported package of the module in dir, by its
// path within the module; that of the root package is "". Commands and internal
// packages have none. It asks the go command for what compilers know of packages, so
// a package that does not build is an error.
func Packages(dir string) (map[string][]string, error) {
	list, err := goList(dir)
	if err != nil {
		return nil, err
	}
	exports := make(map[string]string)
	for _, p := range list {
		exports[p.ImportPath] = p.Export
	}
	imp := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("the go command does not list %s", path)
		}
		return os.Open(exports[path])
	})
	texts := make(map[string][]string)
	for _, p := range list {
		if !p.exported() {
			continue
		}
		pkg, err := imp.Import(p.ImportPath)
		if err != nil {
			return nil, fmt.Errorf("reading what the compiler wrote of %s: %w", p.ImportPath, err)
		}
		texts[p.within()] = text(pkg, p.within())
	}
	return texts, nil
}

// listed is what the go command tells of a package.
type listed struct {
	ImportPath string
	Name       string
	Export     string // the file with what the compiler knows
	DepOnly    bool   // not of the module, or of a nested one
	Module     *struct{ Path string }
}

func (p *listed) exported() bool {
	if p.DepOnly || p.Name == "main" {
		return false
	}
	return !slices.Contains(strings.Split(p.within(), "/"), "internal")
}

// within is the path of the package within its module.
func (p *listed) within() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, p.Module.Path), "/")
}

func goList(dir string) ([]listed, error) {
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Name,Export,DepOnly,Module", "./...")
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
