package testkafka

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"time"
)

const (
	minJDK       = 17
	fetchTimeout = 8 * time.Minute
)

// missingError says that this machine cannot start brokers, and what would help.
type missingError struct{ what string }

func (e *missingError) Error() string {
	return "testkafka: " + e.what + `: brokers are started from Apache Kafka's Maven jars. Install a JDK (17 or newer) and Maven,` +
		` or set KAFKA_BROKERS=host:port to use a cluster of your own where the test allows it`
}

// toolchain checks once that Java and Maven are there.
var toolchain = sync.OnceValue(func() error {
	if !canStart {
		return &missingError{"brokers are started on Unix only"}
	}
	if _, err := exec.LookPath("java"); err != nil {
		return &missingError{"no java on the PATH"}
	}
	out, err := exec.Command("java", "-version").CombinedOutput()
	if err != nil {
		return &missingError{fmt.Sprintf("java -version fails: %v", err)}
	}
	if major := jdkMajor(out); major < minJDK {
		return &missingError{fmt.Sprintf("java is older than %d: %s", minJDK, firstLine(out))}
	}
	return nil
})

var versionQuoted = regexp.MustCompile(`version "(\d+)`)

func jdkMajor(out []byte) int {
	m := versionQuoted.FindSubmatch(out)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(m[1])) // the expression matched digits
	return n
}

func firstLine(b []byte) string {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return string(line)
}

// cacheDir is the folder that holds jars between runs.
func cacheDir() (string, error) {
	if dir := os.Getenv("KAFKA_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("testkafka: no cache folder (set KAFKA_CACHE): %w", err)
	}
	return filepath.Join(dir, "kafka-go-testkafka"), nil
}

// pomFile finds testdata/kafka/pom.xml in the working folder or above it: tests
// run inside the repository.
func pomFile() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		pom := filepath.Join(dir, "testdata", "kafka", "pom.xml")
		if _, err := os.Stat(pom); err == nil {
			return pom, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("testkafka: testdata/kafka/pom.xml is neither in the working folder nor above it")
		}
		dir = up
	}
}

// Jars returns the folder that holds the jars of a Kafka version, fetching them
// with Maven if they are not cached. Safe for concurrent use, also by several
// processes.
func Jars(version string) (string, error) {
	if err := toolchain(); err != nil {
		return "", err
	}
	ver, err := parseVersion(version)
	if err != nil {
		return "", err
	}
	pom, err := pomFile()
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(pom)
	if err != nil {
		return "", err
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	dir := filepath.Join(cache, "jars-"+hex.EncodeToString(sum[:4]), version)
	if err := once(dir, func(tmp string) error { return fetchJars(pom, version, ver.scala(), tmp) }); err != nil {
		return "", err
	}
	return dir, nil
}

// once makes dir by fill, which gets an empty folder to work in. dir appears
// whole or not at all, and only one process fills it.
func once(dir string, fill func(tmp string) error) error {
	if exists(dir) {
		return nil
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	unlock, err := lockFile(dir + ".lock")
	if err != nil {
		return err
	}
	defer unlock()
	if exists(dir) {
		return nil
	}
	tmp, err := os.MkdirTemp(parent, ".fill-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := fill(tmp); err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	return os.Rename(tmp, dir)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func fetchJars(pom, version, scala, dir string) error {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return &missingError{"no mvn on the PATH, and the jars of Kafka " + version + " are not cached"}
	}
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, mvn, "-q", "-B", "-f", pom, "dependency:copy-dependencies",
		"-Dkafka.version="+version, "-Dkafka.scala="+scala, "-DoutputDirectory="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("testkafka: fetching the jars of Kafka %s: %w\n%s", version, err, tail(out, 20))
	}
	return nil
}
