package chaos_test

import (
	"os"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/internal/chaos/worker"
	"github.com/segmentio/kafka-go/internal/testkafka"
)

// TestMain makes a process that is asked to be a member of a group one, and runs the
// tests in all others.
func TestMain(m *testing.M) {
	if worker.Asked() {
		os.Exit(worker.Main(openReader))
	}
	os.Exit(testkafka.Main(m))
}

// form is the size of the chaos runs.
type form struct {
	messages int // at least
	kills    int
	cuts     int
	freeze   time.Duration
	moves    int
	group    time.Duration // of the group chaos
	peer     bool          // franz-go takes part in it
}

var forms = map[string]form{
	"ci":   {messages: 100_000, kills: 3, cuts: 40, freeze: 12 * time.Second, moves: 1, group: 90 * time.Second},
	"full": {messages: 1_000_000, kills: 20, cuts: 200, freeze: 60 * time.Second, moves: 5, group: 10 * time.Minute, peer: true},
}

// chaosForm is what KAFKA_CHAOS asks for. Without it, the test is skipped.
func chaosForm(t *testing.T) form {
	t.Helper()
	name := os.Getenv("KAFKA_CHAOS")
	if name == "" {
		t.Skip(`it takes minutes: set KAFKA_CHAOS to "ci" or "full", or run make chaos`)
	}
	f, ok := forms[name]
	if !ok {
		t.Fatalf(`KAFKA_CHAOS is %q: it may be "ci" or "full"`, name)
	}
	return f
}
