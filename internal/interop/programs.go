package interop

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/segmentio/kafka-go/internal/testkafka"
)

// The kinds of members.
const (
	KafkaGo    = "kafkago"
	Original   = "original"
	Franz      = "franz"
	Librdkafka = "librdkafka"
	Java       = "java"
)

// MissingError says that this machine lacks what a kind of member needs.
type MissingError struct {
	Kind   string
	Reason string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("no member of kind %s: %s", e.Kind, e.Reason)
}

// Program is a member program that is ready to be started.
type Program struct {
	Kind    string
	command []string
}

// builders make the command of a kind; dir is where they may write.
var builders = map[string]func(dir string) ([]string, error){
	KafkaGo: func(dir string) ([]string, error) { return goBuild(dir, KafkaGo, "member-kafkago", ".") },
	Original: func(dir string) ([]string, error) {
		return goBuild(dir, Original, "member-kafkago", "-modfile=original.mod", "-tags=original", ".")
	},
	Franz:      func(dir string) ([]string, error) { return goBuild(dir, Franz, "member-franz", ".") },
	Librdkafka: buildLibrdkafka,
	Java:       buildJava,
}

// Build builds a member program into folder dir. The error is a *MissingError if
// this machine lacks what it takes.
func Build(dir, kind string) (Program, error) {
	build, known := builders[kind]
	if !known {
		return Program{}, fmt.Errorf("interop: no kind of members is called %q", kind)
	}
	command, err := build(dir)
	return Program{kind, command}, err
}

// folder returns a folder beside this file.
func folder(name string) string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), name)
}

func goBuild(dir, kind, source string, args ...string) ([]string, error) {
	program := filepath.Join(dir, "member-"+kind)
	_, err := output(folder(source), "go", append([]string{"build", "-o", program}, args...)...)
	return []string{program}, err
}

// output runs a program in a folder; its error holds what the program said.
func output(dir, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("interop: %s %s in %s: %w\n%s", name, strings.Join(args, " "), dir, err, out)
	}
	return strings.TrimSpace(string(out)), err
}

func buildLibrdkafka(dir string) ([]string, error) {
	source := folder("member-librdkafka")
	env, err := output(source, "go", "env", "CGO_ENABLED", "CC")
	if err != nil {
		return nil, err
	}
	cgo, cc, _ := strings.Cut(env, "\n")
	if cgo != "1" {
		return nil, &MissingError{Librdkafka, "cgo is off (CGO_ENABLED)"}
	}
	if _, err := exec.LookPath(strings.Fields(cc)[0]); err != nil {
		return nil, &MissingError{Librdkafka, "no C compiler: " + err.Error()}
	}
	if _, err := output(source, "go", "mod", "download", "github.com/confluentinc/confluent-kafka-go/v2"); err != nil {
		return nil, &MissingError{Librdkafka, "confluent-kafka-go cannot be fetched: " + err.Error()}
	}
	return goBuild(dir, Librdkafka, "member-librdkafka", ".")
}

func buildJava(dir string) ([]string, error) {
	jars, err := testkafka.Jars(testkafka.Newest)
	if err != nil {
		return nil, &MissingError{Java, err.Error()}
	}
	javac, err := exec.LookPath("javac")
	if err != nil {
		return nil, &MissingError{Java, "no javac: a JDK is needed"}
	}
	classes := filepath.Join(dir, "java")
	if err := os.MkdirAll(classes, 0o755); err != nil {
		return nil, err
	}
	logging := filepath.Join(dir, "log4j.properties")
	if err := os.WriteFile(logging, []byte("log4j.rootLogger=OFF\n"), 0o644); err != nil {
		return nil, err
	}
	all := filepath.Join(jars, "*")
	if _, err := output(folder("member-java"), javac, "-cp", all, "-d", classes, "Member.java"); err != nil {
		return nil, err
	}
	return []string{
		"java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData",
		"-Dlog4j.configuration=file:" + logging, "-cp", all + string(filepath.ListSeparator) + classes, "Member",
	}, nil
}

// IsMissing reports whether the machine lacks what a member needs.
func IsMissing(err error) bool {
	var missing *MissingError
	return errors.As(err, &missing)
}
