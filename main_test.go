package kafka

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/internal/testkafka"
)

// TestMain stops the shared broker, and fails if a test has left a goroutine of
// this module behind.
func TestMain(m *testing.M) {
	code := testkafka.Main(m)
	if left := leaked(5 * time.Second); code == 0 && len(left) > 0 {
		fmt.Fprintf(os.Stderr, "goroutines left behind:\n\n%s\n", strings.Join(left, "\n\n"))
		code = 1
	}
	os.Exit(code)
}

// leaked gives goroutines of this module some time to end, and returns the
// stacks of those that do not.
func leaked(patience time.Duration) (stacks []string) {
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if stacks = moduleGoroutines(); len(stacks) == 0 || time.Now().After(deadline) {
			return stacks
		}
		<-tick.C
	}
}

func moduleGoroutines() (stacks []string) {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	for stack := range bytes.SplitSeq(buf, []byte("\n\n")) {
		s := string(stack)
		if strings.Contains(s, "segmentio/kafka-go") && !strings.Contains(s, ".TestMain(") {
			stacks = append(stacks, s)
		}
	}
	return stacks
}
