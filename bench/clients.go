package main

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// client is how a client's program is built.
type client struct {
	name   string
	folder string   // where to build
	build  []string // arguments of go build
	module string   // the library whose version is told; empty if there is none
	needs  func(ctx context.Context, folder string) error
}

const ownModule = "github.com/segmentio/kafka-go"

var clients = []client{
	{name: "ours", folder: ".", build: []string{"./kafkago"}},
	{name: "floor", folder: ".", build: []string{"./floor"}},
	{name: "franz", folder: "peers/franz", build: []string{"."}, module: "github.com/twmb/franz-go"},
	{name: "kafkago", folder: "peers/kafkago", build: []string{"-tags=original", ownModule + "/bench/kafkago"}, module: ownModule},
}

// program is a client that can be run.
type program struct {
	name    string
	path    string
	version string
}

// built are the programs of clients, and why there is none of others.
type built struct {
	programs map[string]program
	missing  map[string]string // reasons in words
}

// build makes the programs of the clients that are named.
func build(ctx context.Context, bin string, names []string) (built, error) {
	b := built{map[string]program{}, map[string]string{}}
	for _, c := range clients {
		if !slices.Contains(names, c.name) {
			continue
		}
		if c.needs != nil {
			if err := c.needs(ctx, c.folder); err != nil {
				b.missing[c.name] = err.Error()
				continue
			}
		}
		p, err := c.compile(ctx, bin)
		if err != nil {
			return b, err
		}
		b.programs[c.name] = p
	}
	return b, nil
}

func (c client) compile(ctx context.Context, bin string) (program, error) {
	p := program{name: c.name, path: filepath.Join(bin, c.name)}
	if _, err := output(ctx, c.folder, "go", append([]string{"build", "-o", p.path}, c.build...)...); err != nil {
		return p, err
	}
	switch c.module {
	case "":
		p.version = "no library"
	default:
		info, err := buildinfo.ReadFile(p.path)
		if err != nil {
			return p, err
		}
		for _, module := range info.Deps {
			if module.Path == c.module {
				p.version = module.Path + " " + module.Version
			}
		}
	}
	if c.name == "ours" {
		commit, err := output(ctx, ".", "git", "describe", "--always", "--dirty")
		if err != nil {
			commit = "of no known commit"
		}
		p.version = ownModule + " " + commit
	}
	return p, nil
}

// output runs a program; its error holds what the program said.
func output(ctx context.Context, folder, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = folder
	out, err := cmd.Output()
	if err != nil {
		said := ""
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			said = strings.TrimSpace(string(exit.Stderr))
		}
		err = fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, said)
	}
	return strings.TrimSpace(string(out)), err
}
