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

	"github.com/segmentio/kafka-go/bench/measure"
)

// client is how a client's program is made.
type client struct {
	name  string
	build func(ctx context.Context, bin string) (program, error) // the error is a *missingError if this machine lacks what it takes
}

const ownModule = "github.com/segmentio/kafka-go"

var clients = []client{
	{"ours", buildOurs},
	{"floor", source{folder: ".", args: []string{"./floor"}}.build("floor")},
	{"franz", source{folder: "peers/franz", module: "github.com/twmb/franz-go"}.build("franz")},
	{"kafkago", source{folder: "peers/kafkago", args: []string{"-tags=original", ownModule + "/bench/kafkago"}, module: ownModule}.build("kafkago")},
	{"sarama", source{folder: "peers/sarama", module: "github.com/IBM/sarama"}.build("sarama")},
	{"librdkafka", buildLibrdkafka},
	{"java", buildJava},
}

// program is a client that can be run.
type program struct {
	name       string
	version    string
	countsOnly bool // it writes values of its own
	// run does the work as a command, with more arguments perhaps.
	run func(ctx context.Context, command string, w measure.Work) (measure.Figures, error)
}

// built are the programs of clients, and why there is none of others.
type built struct {
	programs map[string]program
	missing  map[string]string // reasons in words
}

// missingError says that this machine lacks what a client takes.
type missingError struct{ reason string }

func (e *missingError) Error() string { return e.reason }

// build makes the programs of the clients that are named.
func build(ctx context.Context, bin string, names []string) (built, error) {
	b := built{map[string]program{}, map[string]string{}}
	for _, c := range clients {
		if !slices.Contains(names, c.name) {
			continue
		}
		p, err := c.build(ctx, bin)
		if missing := (*missingError)(nil); errors.As(err, &missing) {
			b.missing[c.name] = missing.reason
			continue
		}
		if err != nil {
			return b, err
		}
		b.programs[c.name] = p
	}
	return b, nil
}

// source is a program in Go.
type source struct {
	folder string   // where to build
	args   []string // of go build
	module string   // the library, whose version is told; empty if there is none
}

func (s source) build(name string) func(ctx context.Context, bin string) (program, error) {
	return func(ctx context.Context, bin string) (program, error) {
		path := filepath.Join(bin, name)
		if _, err := output(ctx, s.folder, "go", append([]string{"build", "-o", path}, s.args...)...); err != nil {
			return program{}, err
		}
		version, err := s.version(path)
		return program{name: name, version: version, run: executable(path)}, err
	}
}

// executable runs a program that is built on package measure.
func executable(path string, more ...string) func(context.Context, string, measure.Work) (measure.Figures, error) {
	return func(ctx context.Context, command string, w measure.Work) (measure.Figures, error) {
		line, err := output(ctx, ".", path, append(w.Args(command), more...)...)
		if err != nil {
			return nil, err
		}
		return measure.ParseFigures(line)
	}
}

func (s source) version(path string) (string, error) {
	if s.module == "" {
		return "no library", nil
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return "", err
	}
	for _, module := range info.Deps {
		if module.Path == s.module {
			return module.Path + " " + module.Version, nil
		}
	}
	return "", fmt.Errorf("%s is built without %s", path, s.module)
}

func buildOurs(ctx context.Context, bin string) (program, error) {
	p, err := source{folder: ".", args: []string{"./kafkago"}}.build("ours")(ctx, bin)
	if err != nil {
		return p, err
	}
	commit, err := output(ctx, ".", "git", "describe", "--always", "--dirty")
	if err != nil {
		commit = "of no known commit"
	}
	p.version = ownModule + " " + commit
	return p, nil
}

func buildLibrdkafka(ctx context.Context, bin string) (program, error) {
	const folder = "peers/librdkafka"
	s := source{folder: folder, module: "github.com/confluentinc/confluent-kafka-go/v2"}
	env, err := output(ctx, folder, "go", "env", "CGO_ENABLED", "CC")
	if err != nil {
		return program{}, err
	}
	cgo, cc, _ := strings.Cut(env, "\n")
	if cgo != "1" {
		return program{}, &missingError{"cgo is off (CGO_ENABLED)"}
	}
	compiler, _, _ := strings.Cut(cc, " ")
	if _, err := exec.LookPath(compiler); err != nil {
		return program{}, &missingError{"no C compiler: " + err.Error()}
	}
	if _, err := output(ctx, folder, "go", "mod", "download", s.module); err != nil {
		return program{}, &missingError{"confluent-kafka-go cannot be fetched: " + err.Error()}
	}
	return s.build("librdkafka")(ctx, bin)
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
